"""What the standards say of documents, as JSON Schemas written from their text; nothing is loaded from the
net."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

Json = dict[str, Any]

TEXT: Json = {"type": "string", "minLength": 1}
URI: Json = {"type": "string", "pattern": r"^(https?://[^\s<>]+|urn:[a-z0-9][a-z0-9-]{0,31}:[^\s<>]+)$"}
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"


def array(items: Json, **more: Any) -> Json:
    """A list of `items`."""
    return {"type": "array", "items": items, **more}


def thing(required: str, **properties: Json) -> Json:
    """An object with at least the `required` members."""
    return {"type": "object", "required": required.split(), "properties": properties}


LINK = thing("href rel type", href=URI, rel=TEXT, type=TEXT, hreflang=TEXT, title=TEXT)
"""core/openapi/schemas/link.yaml; rel and type are wanted of every link by /req/core/*-links."""

LANDING = thing("links", title=TEXT, description={"type": "string"}, links=array(LINK, minItems=3))
CONFORMANCE = thing("conformsTo", conformsTo=array(URI, minItems=1, uniqueItems=True))

_NUMBER: Json = {"type": "number"}
BOX: Json = {"oneOf": [array(_NUMBER, minItems=size, maxItems=size) for size in (4, 6)]}
INSTANT: Json = {"type": ["string", "null"], "pattern": MOMENT}
EXTENT: Json = {
    "type": "object",
    "properties": {
        "spatial": thing(
            "bbox",
            bbox=array(BOX, minItems=1),
            crs={
                "enum": [f"http://www.opengis.net/def/crs/OGC/{name}" for name in ("1.3/CRS84", "0/CRS84h")]
            },
        ),
        "temporal": thing("interval", interval=array(array(INSTANT, minItems=2, maxItems=2), minItems=1)),
    },
}
COLLECTION = thing(
    "id title links extent itemType crs storageCrs",
    id=TEXT,
    title=TEXT,
    description={"type": "string"},
    keywords=array(TEXT),
    license=TEXT,
    attribution=TEXT,
    extent=EXTENT,
    itemType={"const": "feature"},
    crs=array(URI, minItems=1, uniqueItems=True),
    storageCrs=URI,
    defaultSortOrder=array(TEXT),
    links=array(LINK, minItems=2),
)
COLLECTIONS = thing("links collections", links=array(LINK, minItems=1), collections=array(COLLECTION))


def _nested(depth: int, **more: Any) -> Json:
    position = array(_NUMBER, minItems=2, maxItems=3)
    for level in range(depth):
        position = array(position, **(more if level == 0 else {}))
    return position


def _geometry(name: str, coordinates: Json) -> Json:
    return thing("type coordinates", type={"const": name}, coordinates=coordinates)


_SHAPES = [
    _geometry("Point", _nested(0)),
    _geometry("MultiPoint", _nested(1)),
    _geometry("LineString", _nested(1, minItems=2)),
    _geometry("MultiLineString", _nested(2, minItems=2)),
    _geometry("Polygon", _nested(2, minItems=4)),
    _geometry("MultiPolygon", _nested(3, minItems=4)),
]
GEOMETRY: Json = {
    "oneOf": [
        {"type": "null"},
        *_SHAPES,
        thing("type geometries", type={"const": "GeometryCollection"}, geometries=array({"oneOf": _SHAPES})),
    ]
}
"""RFC 7946."""

FEATURE = thing(
    "type id geometry properties",
    type={"const": "Feature"},
    id={"type": ["string", "integer"]},
    geometry=GEOMETRY,
    properties={"type": ["object", "null"]},
    links=array(LINK),
)
FEATURES = thing(
    "type features links numberReturned timeStamp",
    type={"const": "FeatureCollection"},
    features=array(FEATURE),
    links=array(LINK, minItems=1),
    numberMatched={"type": "integer", "minimum": 0},
    numberReturned={"type": "integer", "minimum": 0},
    timeStamp={"type": "string", "pattern": MOMENT},
)

PROBLEM = thing("type title status detail", status={"type": "integer"}, title=TEXT, detail=TEXT)

_KINDS = array({"enum": ["string", "number", "integer", "datetime", "geometry", "boolean"]}, minItems=1)
FUNCTIONS = thing(
    "functions",
    functions=array(
        thing("name returns", name=TEXT, arguments=array(thing("type", type=_KINDS)), returns=_KINDS),
        minItems=1,
    ),
)

GEOMETRY_FORMATS = [
    f"geometry-{name}"
    for name in (
        "point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon",
        "geometrycollection", "any", "point-or-multipoint", "linestring-or-multilinestring",
        "polygon-or-multipolygon",
    )
]  # fmt: skip

PROPERTY: Json = {
    "type": "object",
    "propertyNames": {
        "pattern": "^(type|format|title|description|enum|items|readOnly|writeOnly|minimum|maximum|x-ogc-.+)$"
    },
    "properties": {"x-ogc-role": TEXT, "x-ogc-propertySeq": {"type": "integer"}, "x-ogc-unit": TEXT},
    "oneOf": [
        {
            "required": ["type"],
            "not": {"properties": {"format": {"pattern": "^geometry-"}}, "required": ["format"]},
        },
        {
            "required": ["format"],
            "properties": {"format": {"enum": GEOMETRY_FORMATS}, "type": False, "$ref": False},
        },
    ],
}
"""Part 5, /req/schemas/properties and /req/schemas/additional-keywords."""

SCHEMA = thing(
    "$schema $id type properties",
    **{
        "$schema": {"const": "https://json-schema.org/draft/2020-12/schema"},
        "$id": {"type": "string", "pattern": r"^https?://[^?#]+$"},
    },
    type={"const": "object"},
    properties={"type": "object", "additionalProperties": PROPERTY},
)


def check(schema: Json, document: Any) -> None:
    """Assert that a document is what a schema wants; says the first place that is not."""
    # The validator in Rust looks through ten thousand features at once; the other one finds the words.
    if jsonschema_rs.Draft202012Validator(schema).is_valid(document):
        return
    problem = next(iter(Draft202012Validator(schema).iter_errors(document)), None)
    assert problem, "the two validators do not agree"
    raise AssertionError(f"{problem.json_path}: {problem.message[:300]}")


def check_schema(document: Json) -> None:
    """Assert that a document is a Part 5 schema, and itself valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(document)
    check(SCHEMA, document)

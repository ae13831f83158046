"""The parts of the OpenAPI document that many operations share: parameters, schemas and responses."""

from __future__ import annotations

from typing import Any

from api.errors import PROBLEM_SCHEMA
from api.ogc.config import DEFAULT_LIMIT
from api.ogc.exports import FILES
from layers.features import MAX_LIMIT, MAX_ZOOM
from layers.filters import LANGUAGES

Json = dict[str, Any]

DEFINITION = "application/vnd.oai.openapi+json;version=3.0"
MOST_SKIPPED = 2**31 - 1


def parameter(name: str, description: str, schema: Json) -> Json:
    """Write a query parameter; a list is written with commas."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def reference(kind: str, name: str) -> Json:
    """Point to a part of this module."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _array(items: Json, **more: Any) -> Json:
    return {"type": "array", "items": items, **more}


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


_TEXT: Json = {"type": "string"}
_URI: Json = {"type": "string", "format": "uri"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_BOX: Json = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_LINKS = _array(reference("schemas", "link"))

# QGIS and GDAL look for `limit` under this very name, and for a $ref to it in every items path.
PARAMETERS: Json = {
    "f": parameter("f", "Form of the answer", {**_TEXT, "enum": ["json", "html"], "default": "json"}),
    "lang": parameter("lang", "Language of titles", {**_TEXT, "enum": ["zh", "en"], "default": "zh"}),
    "q": parameter("q", "Texts with commas between, of which one must occur", _TEXT),
    "limit": parameter(
        "limit",
        "Most features on one page",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "offset": parameter(
        "offset",
        "Features to skip",
        {"type": "integer", "minimum": 0, "maximum": MOST_SKIPPED, "default": 0},
    ),
    "bbox": parameter(
        "bbox",
        "west,south,east,north, by default in degrees; west > east crosses the antimeridian; "
        "heights are ignored",
        _BOX,
    ),
    "bbox-crs": parameter("bbox-crs", "Reference system of bbox; CRS84 unless told", _URI),
    "crs": parameter("crs", "Reference system of the answer; CRS84 unless told", _URI),
    "datetime": parameter(
        "datetime", "RFC 3339 instant, or interval with / and .. for an open end", {"type": "string"}
    ),
    "filter": parameter("filter", "CQL2: only features for which this is true", _TEXT),
    # GDAL up to 3.13 pushes filters down only where it finds the draft's name `cql-text`.
    "filter-lang": parameter(
        "filter-lang",
        "How the filter is written",
        {**_TEXT, "enum": list(LANGUAGES), "default": "cql2-text"},
    ),
    "filter-crs": parameter("filter-crs", "Reference system of coordinates in the filter", _URI),
    "token": parameter("token", "Where the page begins: from a link next or prev", _TEXT),
    "zoom-level": parameter(
        "zoom-level",
        "Simplify geometries to a pixel of WebMercatorQuad at this zoom",
        {"type": "number", "minimum": 0, "maximum": MAX_ZOOM},
    ),
    "skipGeometry": parameter(
        "skipGeometry", "Leave the geometry out", {"type": "boolean", "default": False}
    ),
    "featureId": {
        "name": "featureId",
        "in": "path",
        "description": "Identifier of a feature",
        "required": True,
        "schema": {"type": "string"},
    },
}

SCHEMAS: Json = {
    "problem": PROBLEM_SCHEMA,
    "link": _object("href rel", href=_URI, rel=_TEXT, type=_TEXT, title=_TEXT, hreflang=_TEXT),
    "landingPage": _object("links", title=_TEXT, description=_TEXT, attribution=_TEXT, links=_LINKS),
    "conformance": _object("conformsTo", conformsTo=_array(_URI)),
    "extent": {
        "type": "object",
        "properties": {
            "spatial": _object("bbox", bbox=_array(_BOX, minItems=1), crs=_URI),
            "temporal": _object(
                "interval",
                interval=_array(
                    _array(
                        {"type": "string", "format": "date-time", "nullable": True}, minItems=2, maxItems=2
                    ),
                    minItems=1,
                ),
                trs=_URI,
            ),
        },
    },
    "collection": _object(
        "id links",
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        keywords=_array(_TEXT),
        attribution=_TEXT,
        license=_TEXT,
        itemType=_TEXT,
        extent=reference("schemas", "extent"),
        crs=_array(_URI, minItems=1),
        storageCrs=_URI,
        defaultSortOrder=_array(_TEXT),
        links=_LINKS,
    ),
    "collections": _object(
        "links collections", links=_LINKS, collections=_array(reference("schemas", "collection"))
    ),
    "jsonSchema": {
        "type": "object",
        "required": ["$schema", "$id", "type", "properties"],
        "properties": {
            "$schema": _URI,
            "$id": _URI,
            "type": {"type": "string", "enum": ["object"]},
            "title": _TEXT,
            "properties": {"type": "object", "additionalProperties": {"type": "object"}},
        },
    },
    "functions": _object(
        "functions",
        functions=_array(_object("name returns", name=_TEXT, arguments=_array({"type": "object"}))),
    ),
    "document": {"type": "object"},
    "definition": _object("openapi info paths", openapi=_TEXT, info={"type": "object"}),
    "geometry": {
        "type": "object",
        "nullable": True,
        "required": ["type"],
        "properties": {
            "type": {
                **_TEXT,
                "enum": [
                    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
                    "GeometryCollection",
                ],
            },
            "coordinates": _array({}),
            "geometries": _array({"type": "object"}),
        },
    },
    "feature": _object(
        "type id geometry properties",
        type={**_TEXT, "enum": ["Feature"]},
        id={"oneOf": [{"type": "string"}, {"type": "integer"}]},
        geometry=reference("schemas", "geometry"),
        properties={"type": "object", "nullable": True},
        links=_LINKS,
    ),
    "features": _object(
        "type features links numberReturned timeStamp",
        type={**_TEXT, "enum": ["FeatureCollection"]},
        features=_array(reference("schemas", "feature")),
        links=_LINKS,
        numberMatched=_COUNT,
        numberMatchedIs=_TEXT,
        numberReturned=_COUNT,
        timeStamp={"type": "string", "format": "date-time"},
    ),
}  # fmt: skip


def _with_files(response: Json) -> Json:
    binary = {"schema": {"type": "string", "format": "binary"}}
    files = {each.media_type: binary for each in FILES.values()}
    return {**response, "content": {**response["content"], **files}}


def _response(description: str, media_type: str, schema: str, page: bool = True) -> Json:
    content: Json = {media_type: {"schema": reference("schemas", schema)}}
    if page:
        content["text/html"] = {"schema": {"type": "string"}}
    return {"description": description, "content": content}


RESPONSES: Json = {
    "LandingPage": _response("The landing page", "application/json", "landingPage"),
    "Conformance": _response("What this service conforms to", "application/json", "conformance"),
    "Collections": _response("The collections", "application/json", "collections"),
    "Collection": _response("A collection", "application/json", "collection"),
    "Functions": _response("Functions of filters", "application/json", "functions"),
    "Definition": _response("This document", DEFINITION, "definition"),
    "Schema": _response("A JSON Schema", "application/schema+json", "jsonSchema"),
    "Features": _with_files(_response("A page of features", "application/geo+json", "features")),
    "Feature": _response("A feature", "application/geo+json", "feature"),
    "Document": _response("The document", "application/json", "document"),
    "NotModified": {"description": "You have this state already"},
    "Problem": _response("What was wrong, and where", "application/problem+json", "problem", page=False),
}

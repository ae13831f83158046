"""What features look like, in JSON Schema 2020-12 (Part 5): schema, queryables, sortables; and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from api.ogc import openapi
from api.ogc.call import Call, Document, Handler, Json, Offer, link
from api.ogc.documents import JSON, REL, SCHEMA_JSON, address_of, title_of
from api.ogc.parameters import plain
from api.ogc.publication import Published
from api.ogc.validators import tagged
from layers import filters
from layers.catalogue import Field, Layer
from layers.filters.queryables import GEOMETRY

DIALECT = "https://json-schema.org/draft/2020-12/schema"

GEOMETRY_FORMATS = {
    "point": "geometry-point-or-multipoint",
    "line": "geometry-linestring-or-multilinestring",
    "polygon": "geometry-polygon-or-multipolygon",
}

UNITS = {
    "_m": "m", "_m2": "m2", "_m3": "m3", "_km": "km", "_km2": "km2", "_mm": "mm", "_cm": "cm",
    "_mps": "m/s", "_kmh": "km/h", "_s": "s", "_h": "h", "_min": "min", "_kg": "kg", "_t": "t",
    "_kpa": "kPa", "_mpa": "MPa", "_m3h": "m3/h", "_lps": "L/s", "_percent": "%", "_deg": "deg", "_kw": "kW",
}  # fmt: skip
"""End of an attribute's name → its unit in UCUM: names of measures say their unit."""

Properties = Iterator[tuple[str, Json]]

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    # Part 5 was published as Common Part 3; QGIS asks for the first family, newer clients for the second.
    *(
        f"http://www.opengis.net/spec/{standard}/1.0/conf/{name}"
        for standard in ("ogcapi-features-5", "ogcapi-common-3")
        for name in ("schemas", "advanced-property-roles", "queryables", "sortables")
    ),
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sortables",
)


def schema(layer: Layer, language: str) -> Properties:
    """All that a feature has: identifier, geometry and attributes, in their order."""
    if layer.id_column not in layer.field_names:
        title = "标识" if language == "zh" else "Identifier"
        yield layer.id_column, {"type": "string", "title": title, "readOnly": True, "x-ogc-role": "id"}
    yield GEOMETRY, _geometry(layer, language)
    for each in layer.fields:
        fixed = {"readOnly": True} if each.read_only else {}
        yield each.name, {**_attribute(layer, each, language), **fixed}


def queryables(layer: Layer, language: str) -> Properties:
    """What a filter may name."""
    fields = {each.name: each for each in layer.fields}
    for name in filters.queryables(layer):
        yield (
            name,
            _attribute(layer, fields[name], language) if name in fields else _geometry(layer, language),
        )


def sortables(layer: Layer, language: str) -> Properties:
    """What has an order: no geometry, no list."""
    for each in openapi.sortable(layer):
        yield each.name, _attribute(layer, each, language)


KINDS: dict[str, Callable[[Layer, str], Properties]] = {
    "schema": schema,
    "queryables": queryables,
    "sortables": sortables,
}


def answer(call: Call, name: str, kind: str) -> Document:
    """One of the three schemas; its `$id` has no query, whatever was asked with."""
    layer = call.collection(name).layer
    plain(call.ask.query)
    body: Json = {
        "$schema": DIALECT,
        "$id": f"{address_of(call, layer)}/{kind}",
        "type": "object",
        "title": title_of(layer, call.language),
        **({"description": layer.description} if layer.description else {}),
        "properties": _numbered(KINDS[kind](layer, call.language)),
    }
    required = [each.name for each in layer.fields if each.required]
    if kind == "schema" and required:
        body["required"] = required
    if kind != "schema":
        body["additionalProperties"] = False
    return Document(body, SCHEMA_JSON, "schema.html", layer)


def functions(call: Call) -> Document:
    """Functions that filters may call beyond the operators of CQL2."""
    plain(call.ask.query)
    return Document(filters.functions_document(), JSON, "functions.html")


def unit_of(field: Field) -> str | None:
    """Name the unit of a measure in UCUM, as far as its name says it."""
    if field.type not in ("number", "integer"):
        return None
    return UNITS.get(f"_{field.name.rpartition('_')[2]}") if "_" in field.name else None


def _numbered(properties: Properties) -> Json:
    return {
        name: {**written, "x-ogc-propertySeq": number} for number, (name, written) in enumerate(properties, 1)
    }


def _geometry(layer: Layer, language: str) -> Json:
    """No `type` and no `$ref`: requirement /req/schemas/properties."""
    return {
        "title": "几何" if language == "zh" else "Geometry",
        "format": GEOMETRY_FORMATS.get(layer.geometry_type, "geometry-any"),
        "x-ogc-role": "primary-geometry",
    }


def _attribute(layer: Layer, field: Field, language: str) -> Json:
    written = {**openapi.value_schema(field), "title": title_of(field, language)}
    unit = unit_of(field)
    if unit:
        written["x-ogc-unit"] = unit
    if field.name == layer.time_column:
        written["x-ogc-role"] = "primary-instant"
    if field.name == layer.id_column:
        written["x-ogc-role"] = "id"
    return written


def _links(call: Call, published: Published) -> list[Json]:
    url = address_of(call, published.layer)
    return [link(f"{REL}/{kind}", SCHEMA_JSON, f"{url}/{kind}") for kind in KINDS]


def _resource(kind: str) -> dict[str, Handler]:
    return {"GET": tagged(partial(answer, kind=kind))}


def _landing_links(call: Call) -> list[Json]:
    return [link(f"{REL}/functions", JSON, f"{call.base_url}/functions")]


OFFER = Offer(
    {
        "functions": {"GET": tagged(functions)},
        **{f"collections/{{collection}}/{kind}": _resource(kind) for kind in KINDS},
    },
    CONFORMANCE,
    collection_links=_links,
    landing_links=_landing_links,
)

"""Describe this door in OpenAPI 3.0, whole in one document: nothing in it points to another server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.errors import PROBLEM_SCHEMA
from api.ogc.config import DEFAULT_LIMIT, DESCRIPTION, TITLE
from api.ogc.parameters import CRS84
from layers.catalogue import Field, Layer
from layers.features import MAX_LIMIT

if TYPE_CHECKING:
    from api.ogc.call import Offer

Json = dict[str, Any]

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"


def document(layers: Mapping[str, Layer], base_url: str, language: str, offers: tuple[Offer, ...]) -> Json:
    """Write the definition of every path for these layers, as served from `base_url`."""
    paths: Json = {}
    for offer in offers:
        for path, operations in (offer.paths(layers, language) if offer.paths else {}).items():
            paths.setdefault(path, {}).update(operations)
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE[language], "description": DESCRIPTION[language], "version": "1.0.0"},
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "a token as the password"},
            },
            "parameters": PARAMETERS,
            "responses": RESPONSES,
            "schemas": SCHEMAS,
        },
    }


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _get(identifier: str, summary: str, tag: str, parameters: list[Json], ok: str) -> Json:
    return {
        "get": {
            "operationId": identifier,
            "summary": summary,
            "tags": [tag],
            "parameters": [*parameters, _ref("parameters", "f"), _ref("parameters", "lang")],
            "responses": {
                "200": _ref("responses", ok),
                **{status: _ref("responses", "Problem") for status in ("400", "401", "404", "default")},
            },
        }
    }


# QGIS and GDAL look for `limit` under this very name, and for a $ref to it in every items path.
PARAMETERS: Json = {
    "f": _parameter(
        "f", "Form of the answer", {"type": "string", "enum": ["json", "html"], "default": "json"}
    ),
    "lang": _parameter(
        "lang", "Language of titles", {"type": "string", "enum": ["zh", "en"], "default": "zh"}
    ),
    "limit": _parameter(
        "limit",
        "Most features on one page",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "offset": _parameter(
        "offset", "Features to skip", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}
    ),
    "bbox": _parameter(
        "bbox",
        "west,south,east,north in degrees; west > east crosses the antimeridian; heights are ignored",
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
    ),
    "datetime": _parameter(
        "datetime", "RFC 3339 instant, or interval with / and .. for an open end", {"type": "string"}
    ),
    "crs": _parameter("crs", "Only CRS84", {"type": "string", "format": "uri", "enum": [CRS84]}),
    "bbox-crs": _parameter("bbox-crs", "Only CRS84", {"type": "string", "format": "uri", "enum": [CRS84]}),
    "skipGeometry": _parameter(
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

SHARED_BY_ITEMS = ("limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "skipGeometry")

SCHEMAS: Json = {
    "problem": PROBLEM_SCHEMA,
    "feature": {
        "type": "object",
        "required": ["type", "id", "geometry", "properties", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object"},
            "links": {"type": "array", "items": {"type": "object"}},
        },
    },
    "features": {
        "type": "object",
        "required": ["type", "features", "links", "numberMatched", "numberReturned", "timeStamp"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"type": "object"}},
            "links": {"type": "array", "items": {"type": "object"}},
            "numberMatched": {"type": "integer"},
            "numberReturned": {"type": "integer"},
            "timeStamp": {"type": "string", "format": "date-time"},
        },
    },
    "document": {"type": "object"},
}


def _response(description: str, media_type: str, schema: str) -> Json:
    content = {media_type: {"schema": _ref("schemas", schema)}}
    if schema != "problem":
        content["text/html"] = {"schema": {"type": "string"}}
    return {"description": description, "content": content}


RESPONSES: Json = {
    "Document": _response("The document", "application/json", "document"),
    "Definition": _response("This document", MEDIA_TYPE, "document"),
    "Schema": _response("A JSON Schema", "application/schema+json", "document"),
    "Features": _response("A page of features", "application/geo+json", "features"),
    "Feature": _response("A feature", "application/geo+json", "feature"),
    "Problem": _response("What was wrong, and where", "application/problem+json", "problem"),
}

SUMMARIES = {
    "zh": {
        "/": "首页",
        "/openapi": "接口定义（本文档）",
        "/conformance": "符合性声明",
        "/collections": "全部数据集",
        "queryables": "可查询字段",
        "schema": "数据结构",
        "items": "要素",
        "item": "单个要素",
    },
    "en": {
        "/": "Landing page",
        "/openapi": "This definition",
        "/conformance": "Conformance classes",
        "/collections": "All collections",
        "queryables": "queryables",
        "schema": "schema",
        "items": "items",
        "item": "one item",
    },
}


def server_paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of the common documents, and for each collection those of its own."""
    summaries = SUMMARIES[language]
    paths = {
        "/": _get("getLandingPage", summaries["/"], "server", [], "Document"),
        "/openapi": _get("getDefinition", summaries["/openapi"], "server", [], "Definition"),
        "/conformance": _get("getConformance", summaries["/conformance"], "server", [], "Document"),
        "/collections": _get("getCollections", summaries["/collections"], "server", [], "Document"),
    }
    for layer in layers.values():
        paths.update(_collection_paths(layer, language))
    return paths


def _collection_paths(layer: Layer, language: str) -> Json:
    """Paths are written out for each collection: GDAL does not read templates."""
    path, title = f"/collections/{layer.name}", layer.title if language == "zh" else layer.title_en
    key = "".join(part.capitalize() for part in layer.name.split("_"))
    identifier = [_ref("parameters", "featureId")]

    def get(operation: str, kind: str, parameters: list[Json], ok: str) -> Json:
        summary = f"{title}: {SUMMARIES[language][kind]}" if kind else title
        return _get(operation, summary, layer.name, parameters, ok)

    return {
        path: get(f"describe{key}", "", [], "Document"),
        f"{path}/queryables": get(f"get{key}Queryables", "queryables", [], "Schema"),
        f"{path}/schema": get(f"get{key}Schema", "schema", [], "Schema"),
        f"{path}/items": get(f"get{key}Features", "items", _items_parameters(layer), "Features"),
        f"{path}/items/{{featureId}}": get(f"get{key}Feature", "item", identifier, "Feature"),
    }


def _items_parameters(layer: Layer) -> list[Json]:
    names = {"type": "array", "items": {"type": "string", "enum": list(layer.field_names)}}
    signed = [sign + name for name in layer.field_names for sign in ("", "+", "-")]
    taken = {*PARAMETERS, "properties", "sortby"}
    return [
        *(_ref("parameters", name) for name in SHARED_BY_ITEMS),
        _parameter("properties", "Attributes to return", names),
        _parameter("sortby", "Attributes to sort by", {"type": "array", "items": {"enum": signed}}),
        *(_queryable(field) for field in layer.fields if field.name not in taken),
    ]


def _queryable(field: Field) -> Json:
    return _parameter(field.name, f"Only features whose {field.title_en} is this", value_schema(field))


def value_schema(field: Field) -> Json:
    """Write the JSON Schema of an attribute's value."""
    if field.type in ("date", "date-time"):
        return {"type": "string", "format": field.type}
    if field.type == "array":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": "object"} if field.type == "json" else {"type": field.type}

"""Describe this door in OpenAPI 3.0, whole in one document: nothing in it points to another server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.ogc.components import DEFINITION, PARAMETERS, RESPONSES, SCHEMAS, parameter, reference
from api.ogc.config import DESCRIPTION, TITLE
from api.ogc.exports import FILES
from layers.catalogue import Field, Layer
from layers.features.selection import UNSORTABLE

if TYPE_CHECKING:
    from api.ogc.call import Offer

Json = dict[str, Any]

MEDIA_TYPE = DEFINITION


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
        "tags": [{"name": name} for name in _tags(paths)],
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


def _tags(paths: Json) -> list[str]:
    operations = [each for path in paths.values() for each in path.values() if isinstance(each, dict)]
    return list(dict.fromkeys(tag for each in operations for tag in each.get("tags", [])))


def get(identifier: str, summary: str, tag: str, parameters: list[Json], ok: str) -> Json:
    """Write a path that is only read: its answer is the shared response `ok`."""
    return {
        "get": {
            "operationId": identifier,
            "summary": summary,
            "tags": [tag],
            "parameters": [*parameters, reference("parameters", "f"), reference("parameters", "lang")],
            "responses": {
                "200": reference("responses", ok),
                "304": reference("responses", "NotModified"),
                **{
                    status: reference("responses", "Problem")
                    for status in ("400", "401", "404", "405", "500", "default")
                },
            },
        }
    }


SHARED_BY_ITEMS = (
    "limit", "offset", "token", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs",
    "q", "skipGeometry", "zoom-level",
)  # fmt: skip

SUMMARIES = {
    "zh": {
        "/": "首页",
        "/openapi": "接口定义（本文档）",
        "/conformance": "符合性声明",
        "/collections": "全部数据集",
        "/functions": "筛选可用函数",
        "queryables": "可查询字段",
        "sortables": "可排序字段",
        "schema": "数据结构",
        "items": "要素",
        "item": "单个要素",
    },
    "en": {
        "/": "Landing page",
        "/openapi": "This definition",
        "/conformance": "Conformance classes",
        "/collections": "All collections",
        "/functions": "Functions of filters",
        "queryables": "queryables",
        "sortables": "sortables",
        "schema": "schema",
        "items": "items",
        "item": "one item",
    },
}


def server_paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of the common documents, and for each collection those of its own."""
    summaries = SUMMARIES[language]
    words = [reference("parameters", "q")]
    paths = {
        "/": get("landingPage", summaries["/"], "server", [], "LandingPage"),
        "/openapi": get("definition", summaries["/openapi"], "server", [], "Definition"),
        "/conformance": get("conformance", summaries["/conformance"], "server", [], "Conformance"),
        "/collections": get("collections", summaries["/collections"], "server", words, "Collections"),
        "/functions": get("functions", summaries["/functions"], "server", [], "Functions"),
    }
    for layer in layers.values():
        paths.update(_collection_paths(layer, language))
    return paths


def _collection_paths(layer: Layer, language: str) -> Json:
    """Paths are written out for each collection: GDAL does not read templates."""
    path, title = f"/collections/{layer.name}", layer.title if language == "zh" else layer.title_en
    named = (reference("parameters", name) for name in ("featureId", "crs", "skipGeometry", "zoom-level"))
    one = [*named, *_of_names(layer)[:1]]

    def read(kind: str, parameters: list[Json], ok: str) -> Json:
        summary = f"{title}: {SUMMARIES[language][kind]}" if kind else title
        return get(f"{layer.name}.{kind or 'collection'}", summary, layer.name, parameters, ok)

    return {
        path: read("", [], "Collection"),
        f"{path}/schema": read("schema", [], "Schema"),
        f"{path}/queryables": read("queryables", [], "Schema"),
        f"{path}/sortables": read("sortables", [], "Schema"),
        f"{path}/items": _in_more_forms(read("items", _items_parameters(layer), "Features")),
        f"{path}/items/{{featureId}}": read("item", one, "Feature"),
    }


def _in_more_forms(path: Json) -> Json:
    """Items come as files, too."""
    form, names = reference("parameters", "f"), ["json", "html", *FILES]
    schema = {"type": "string", "enum": names, "default": "json"}
    forms = parameter("f", "Form of the answer: a page, or all features as a file", schema)
    path["get"]["parameters"] = [forms if each == form else each for each in path["get"]["parameters"]]
    return path


def _items_parameters(layer: Layer) -> list[Json]:
    taken = {*PARAMETERS, "properties", "sortby"}
    return [
        *(reference("parameters", name) for name in SHARED_BY_ITEMS),
        *_of_names(layer),
        *(_queryable(field) for field in layer.fields if field.name not in taken and field.type != "json"),
    ]


def _of_names(layer: Layer) -> list[Json]:
    """Parameters whose values are names of attributes; a list of no names would not be valid."""
    if not layer.fields:
        return []
    names = {"type": "string", "enum": list(layer.field_names)}
    signed = {
        "type": "string",
        "enum": [sign + each.name for each in sortable(layer) for sign in ("", "+", "-")],
    }
    found = [parameter("properties", "Attributes to return", {"type": "array", "items": names})]
    if signed["enum"]:
        found.append(parameter("sortby", "Attributes to sort by", {"type": "array", "items": signed}))
    return found


def sortable(layer: Layer) -> list[Field]:
    """List the attributes that have an order."""
    return [each for each in layer.fields if each.type not in UNSORTABLE]


def _queryable(field: Field) -> Json:
    return parameter(field.name, f"Only features whose {field.title_en} is this", value_schema(field))


def value_schema(field: Field) -> Json:
    """Write the JSON Schema of an attribute's value."""
    if field.type in ("date", "date-time"):
        return {"type": "string", "format": field.type}
    if field.type == "array":
        return {"type": "array", "items": {"type": "string"}}
    written: Json = {"type": "object" if field.type == "json" else field.type}
    return {**written, "enum": list(field.values)} if field.values else written

"""Describe in OpenAPI how features are changed: for the layers that can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.ogc.bodies import FEATURE_TYPES, PATCH_TYPES
from api.ogc.components import reference
from api.ogc.openapi import value_schema
from layers.catalogue import Field, Layer

Json = dict[str, Any]

SUMMARIES = {
    "zh": {"post": "新增要素", "put": "替换要素", "patch": "修改要素", "delete": "删除要素", "tx": "事务"},
    "en": {
        "post": "create features",
        "put": "replace a feature",
        "patch": "change a feature",
        "delete": "delete a feature",
        "tx": "Many changes in one go: all of them or none",
    },
}
REFUSALS = ("400", "401", "403", "404", "409", "412", "413", "415", "428", "500", "default")


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


_CRS = _header("Content-Crs", "Reference system of the coordinates, in its order of axes; CRS84 unless told")
_PREFER = _header("Prefer", "return=minimal: without the feature in the answer")
_MATCH = _header("If-Match", "Tag of the state that the change starts from; 412 when there is another one")
_NONE_MATCH = _header("If-None-Match", "Tags of states, or *, that must not be there")


def paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the changing operations of each editable layer, and of transactions."""
    found: Json = {}
    for layer in layers.values():
        if layer.editable:
            found |= _of_layer(layer, language)
    if found:
        found["/transactions"] = {"post": _transaction(SUMMARIES[language]["tx"])}
    return found


def _of_layer(layer: Layer, language: str) -> Json:
    path, feature = f"/collections/{layer.name}/items", _feature(layer, language)
    key = reference("parameters", "featureId")
    many = {"type": "object", "description": "or a FeatureCollection: all of its features, or none"}
    bodies = {
        "post": _body(FEATURE_TYPES, {"anyOf": [feature, many]}),
        "put": _body(FEATURE_TYPES, feature),
        "patch": _body(PATCH_TYPES, {"type": "object", "description": "JSON Merge Patch (RFC 7396)"}),
    }
    changing = {
        method: _operation(
            layer, language, method, [key, _MATCH, _NONE_MATCH, *_more(method)], bodies.get(method)
        )
        for method in ("put", "patch", "delete")
    }
    created = _operation(layer, language, "post", [_CRS, _PREFER], bodies["post"])
    return {path: {"post": created}, f"{path}/{{featureId}}": changing}


def _more(method: str) -> list[Json]:
    return [] if method == "delete" else [_CRS, _PREFER]


def _operation(layer: Layer, language: str, method: str, parameters: list[Json], body: Json | None) -> Json:
    title = layer.title if language == "zh" else layer.title_en
    return {
        "operationId": f"{layer.name}.{method}",
        "summary": f"{title}: {SUMMARIES[language][method]}",
        "tags": [layer.name],
        "parameters": parameters,
        **({"requestBody": body} if body else {}),
        "responses": {**_good(method), **_refusals()},
    }


def _good(method: str) -> Json:
    if method == "delete":
        return {"204": {"description": "It is gone"}}
    if method == "post":
        location = {"Location": {"description": "Its address", "schema": {"type": "string", "format": "uri"}}}
        content = {"application/geo+json": {"schema": {"type": "object"}}}
        return {
            "201": {
                "description": "The new feature, or a report on many",
                "headers": location,
                "content": content,
            }
        }
    return {"200": reference("responses", "Feature"), "204": {"description": "Done; return=minimal"}}


def _refusals() -> Json:
    return {status: reference("responses", "Problem") for status in REFUSALS}


def _body(types: tuple[str, ...], schema: Json) -> Json:
    return {"required": True, "content": {each: {"schema": schema} for each in types}}


def _feature(layer: Layer, language: str) -> Json:
    """What a client may send of a feature: the attributes that the platform does not write itself."""

    def described(field: Field) -> Json:
        title = field.title if language == "zh" else field.title_en
        return {**value_schema(field), "title": title, "nullable": not field.required}

    fields = [field for field in layer.fields if not field.read_only]
    required = [field.name for field in fields if field.required]
    properties: Json = {
        "type": "object",
        "properties": {field.name: described(field) for field in fields},
        **({"required": required} if required else {}),
    }
    return {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "geometry": {"type": "object", "nullable": True},
            "properties": properties,
        },
    }


def _transaction(summary: str) -> Json:
    action = {
        "type": "object",
        "required": ["action", "collection"],
        "properties": {
            "action": {"type": "string", "enum": ["insert", "update", "replace", "delete"]},
            "collection": {"type": "string"},
        },
    }
    schema = {
        "type": "object",
        "required": ["transaction"],
        "properties": {
            "semantic": {"type": "string", "enum": ["atomic"], "default": "atomic"},
            "transaction": {"type": "array", "items": action},
        },
    }
    good = {"description": "What was done", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "operationId": "transaction",
        "summary": summary,
        "tags": ["server"],
        "parameters": [_CRS],
        "requestBody": _body(("application/ogc-tx+json", "application/json"), schema),
        "responses": {"200": good, **_refusals()},
    }

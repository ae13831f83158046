"""The part of the definition that describes the catalogue of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.ogc.components import parameter, reference
from layers.catalogue import Layer

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}


def paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of the catalogue, and of each collection's metadata."""
    zh = language == "zh"
    own = [reference("parameters", name) for name in ("limit", "offset", "bbox", "datetime", "f", "lang")]
    own += [
        parameter("q", "Texts with commas between, of which one must occur", _TEXT),
        parameter("type", "Kind of resource: dataset", _TEXT),
        parameter("ids", "Identifiers of records, with commas between", _TEXT),
        parameter("externalIds", "Identifiers elsewhere, with commas between", _TEXT),
    ]
    common = [reference("parameters", name) for name in ("f", "lang")]
    title = "图层目录" if zh else "Catalogue of the layers"
    one = {"name": "record", "in": "path", "required": True, "schema": _TEXT}
    found = {
        "/collections/catalogue": _read("describeCatalogue", title, common, "application/json"),
        "/collections/catalogue/items": _read("getRecords", title, own, "application/geo+json"),
        "/collections/catalogue/items/{record}": _read(
            "getRecord", title, [one, *common], "application/geo+json"
        ),
    }
    for layer in layers.values():
        form = parameter("f", "Form of the answer", {**_TEXT, "enum": ["json", "html", "xml"]})
        summary = f"{layer.title}：ISO 19139" if zh else f"{layer.title_en}: ISO 19139"
        operation = _read(f"{layer.name}.getMetadata", summary, [form, common[1]], "application/geo+json")
        operation["get"]["responses"]["200"]["content"]["application/xml"] = {"schema": _TEXT}
        found[f"/collections/{layer.name}/metadata"] = operation
    return found


def _read(operation: str, summary: str, parameters: list[Json], media_type: str) -> Json:
    content: Json = {media_type: {"schema": {"type": "object"}}, "text/html": {"schema": _TEXT}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["Records"],
            "parameters": parameters,
            "responses": {
                "200": {"description": "OK", "content": content},
                "default": reference("responses", "Problem"),
            },
        }
    }

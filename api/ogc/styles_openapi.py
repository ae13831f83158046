"""The part of the definition that describes styles, legends and files for QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.ogc.components import parameter, reference
from layers.catalogue import Layer

Json = dict[str, Any]

LEGEND: Json = {"type": "object", "required": ["classes"], "properties": {"classes": {"type": "array"}}}
STYLE_FORMS = ("mapbox", "qml", "sld11", "sld10", "json", "html")


def paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of styles; those of a collection are written out for each."""
    zh = language == "zh"
    titles = {
        "/styles": "全部样式" if zh else "All styles",
        "/styles/{style}": "一个样式" if zh else "One style",
        "/styles/{style}/metadata": "样式说明" if zh else "What there is to know of a style",
        "/styles/{style}/{sprite}": "样式图标" if zh else "The signs of a style",
        "/qgis/{file}": "QGIS 工程：project.qgz、project.qgs、图层名.qlr"
        if zh
        else "QGIS project: project.qgz, project.qgs, or NAME.qlr for one layer",
    }
    found = {
        "/styles": _read("getStyles", titles["/styles"], (), ("json", "html")),
        "/styles/{style}": _read("getStyle", titles["/styles/{style}"], ("style",), STYLE_FORMS),
        "/styles/{style}/metadata": _read(
            "getStyleMetadata", titles["/styles/{style}/metadata"], ("style",), ("json", "html")
        ),
        "/styles/{style}/{sprite}": _read(
            "getSprite", titles["/styles/{style}/{sprite}"], ("style", "sprite"), ()
        ),
        "/qgis/{file}": _read("getQgisFile", titles["/qgis/{file}"], ("file",), ()),
    }
    found["/qgis/{file}"]["get"]["parameters"].append(
        parameter(
            "authcfg",
            "Entry of QGIS's key store that layers log in by",
            {"type": "string", "pattern": "^[A-Za-z0-9]{7}$"},
        )
    )
    for layer in layers.values():
        found |= _of_layer(layer, language)
    return found


def _of_layer(layer: Layer, language: str) -> Json:
    path, title = f"/collections/{layer.name}", layer.title if language == "zh" else layer.title_en
    key = "".join(part.capitalize() for part in layer.name.split("_"))
    words = ("样式", "图例") if language == "zh" else ("styles", "legend")
    own = _read(f"get{key}Style", f"{title}: {words[0]}", (), STYLE_FORMS)
    own["put"] = _write(f"replace{key}Style", {"200": reference("responses", "Document")}, LEGEND)
    own["delete"] = _write(f"delete{key}Style", {"204": {"description": "Back to the delivered style"}}, None)
    return {
        f"{path}/styles": _read(f"list{key}Styles", f"{title}: {words[0]}", (), ("json", "html")),
        f"{path}/styles/default": own,
        f"{path}/legend": _read(f"get{key}Legend", f"{title}: {words[1]}", (), ("json", "html", "svg")),
    }


def _read(identifier: str, summary: str, parts: tuple[str, ...], forms: tuple[str, ...]) -> Json:
    named = [{"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in parts]
    form = [parameter("f", "Form of the answer", {"type": "string", "enum": list(forms)})] if forms else []
    return {
        "get": {
            "operationId": identifier,
            "summary": summary,
            "tags": ["styles"],
            "parameters": [*named, *form, reference("parameters", "lang")],
            "responses": {
                "200": {"description": "What was asked for", "content": {"*/*": {"schema": {}}}},
                "304": reference("responses", "NotModified"),
                **_PROBLEMS,
            },
        }
    }


def _write(identifier: str, answers: Json, body: Json | None) -> Json:
    sent = (
        {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {}
    )
    return {
        "operationId": identifier,
        "summary": "For administrators of the whole city",
        "tags": ["styles"],
        **sent,
        "responses": {**answers, **_PROBLEMS},
    }


_PROBLEMS: Json = {
    status: reference("responses", "Problem")
    for status in ("400", "401", "403", "404", "405", "500", "default")
}

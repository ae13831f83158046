"""Tiles in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.ogc.components import parameter, reference
from api.ogc.openapi import get
from layers.catalogue import Layer
from spatial.geometry.datum import DATUMS
from spatial.geometry.tile_matrix import TILE_MATRIX_SETS
from tiles.vector import MEDIA_TYPE

Json = dict[str, Any]

SUMMARIES = {
    "zh": {
        "sets": "瓦片矩阵集",
        "set": "一个瓦片矩阵集",
        "list": "瓦片集",
        "tileset": "一个瓦片集",
        "tile": "瓦片",
        "all": "全部图层",
    },
    "en": {
        "sets": "Tile matrix sets",
        "set": "One tile matrix set",
        "list": "Tilesets",
        "tileset": "One tileset",
        "tile": "A tile",
        "all": "All layers",
    },
}


def _in_path(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "description": description, "required": True, "schema": schema}


_NUMBER: Json = {"type": "integer", "minimum": 0}
_SET = _in_path("tileMatrixSetId", "Tile matrix set", {"type": "string", "enum": list(TILE_MATRIX_SETS)})
_ADDRESS = [
    _SET,
    _in_path("tileMatrix", "Zoom", {"type": "string", "pattern": "^[0-9]{1,2}$"}),
    _in_path("tileRow", "Row, from the north", _NUMBER),
    _in_path("tileCol", "Column, from the west", _NUMBER),
]
_FORM = parameter("f", "Form of the tile", {"type": "string", "enum": ["mvt"], "default": "mvt"})
_DATUM = parameter(
    "datum",
    "Positions are shifted to this datum",
    {"type": "string", "enum": list(DATUMS), "default": "wgs84"},
)


def paths(layers: Mapping[str, Layer], language: str) -> Json:
    """Write the paths of tiles: of the dataset, and of each collection."""
    words = SUMMARIES[language]
    known = {"type": "string", **({"enum": list(layers)} if layers else {})}
    names = parameter("collections", "Only these collections", {"type": "array", "items": known})
    found: Json = {
        "/tileMatrixSets": get("getTileMatrixSetsList", words["sets"], "tiles", [], "Document"),
        "/tileMatrixSets/{tileMatrixSetId}": get(
            "getTileMatrixSet", words["set"], "tiles", [_SET], "Document"
        ),
        **_tilesets(
            "/tiles", "dataset", "tiles", words, words["all"], [names], [names, _of_items("datetime")]
        ),
    }
    for layer in layers.values():
        title = layer.title if language == "zh" else layer.title_en
        under = f"/collections/{layer.name}/tiles"
        found |= _tilesets(under, f"{layer.name}.collection", layer.name, words, title, [], _own(layer))
    return found


def _own(layer: Layer) -> list[Json]:
    chosen = parameter("properties", "Attributes to carry", {"type": "array", "items": {"type": "string"}})
    shared = ("datetime", "filter", "filter-lang", "filter-crs")
    return [*map(_of_items, shared), *([chosen] if layer.fields else [])]


def _of_items(name: str) -> Json:
    return reference("parameters", name)


def _tilesets(
    under: str,
    what: str,
    tag: str,
    words: Mapping[str, str],
    title: str,
    of_set: list[Json],
    of_tile: list[Json],
) -> Json:
    """Identifiers end as requirement /req/oas30/operation-id has them."""
    one = f"{under}/{{tileMatrixSetId}}"
    return {
        under: get(f"{what}.vector.getTileSetsList", f"{title}: {words['list']}", tag, [], "Document"),
        one: get(
            f"{what}.vector.getTileSet", f"{title}: {words['tileset']}", tag, [_SET, *of_set], "Document"
        ),
        f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tile(
            f"{what}.vector.getTile", f"{title}: {words['tile']}", tag, of_tile
        ),
    }


def _tile(identifier: str, summary: str, tag: str, parameters: list[Json]) -> Json:
    binary = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    answers: Json = {
        "200": {"description": "The tile", "content": binary},
        "204": {"description": "There is nothing in this tile"},
        "304": reference("responses", "NotModified"),
    }
    answers |= {
        status: reference("responses", "Problem") for status in ("400", "401", "404", "405", "500", "default")
    }
    return {
        "get": {
            "operationId": identifier,
            "summary": summary,
            "tags": [tag],
            "parameters": [*_ADDRESS, *parameters, _DATUM, _FORM],
            "responses": answers,
        }
    }

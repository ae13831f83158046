"""A whole style of MapLibre: sources, the ground, the layers and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layers.catalogue import Layer
from layers.legends import ground
from layers.legends.legend import Legend
from layers.legends.maplibre.base_map import ground_labels, ground_layers
from layers.legends.maplibre.bodies import bodies, told_apart
from layers.legends.maplibre.labels import counts, labels_of
from layers.legends.maplibre.values import Json

DEEPEST_TILES = 16
"""Beyond this zoom the deepest tiles are drawn larger."""


@dataclass(frozen=True)
class Drawn:
    """A layer with its look."""

    layer: Layer
    legend: Legend


@dataclass(frozen=True)
class Where:
    """The addresses that a style names."""

    tiles: str
    """Template with {layer}, {z}, {x} and {y}."""
    sprite: str
    """Address without its ending."""
    credit: str = ""
    """Whom the base map is thanked to."""


def style(
    drawn: Sequence[Drawn], title: str, language: str, where: Where, singles_from_zoom: int, with_ground: bool
) -> Json:
    """Write the style of some layers, from below in their order, all labels on top.

    singles_from_zoom: from where the tiles of point layers hold single features.
    """
    lowest_first = sorted(drawn, key=lambda each: each.legend.order)
    sources = {each.layer.name: _source(each, where) for each in lowest_first}
    if with_ground:
        credit = {"attribution": _plain(where.credit)} if where.credit else {}
        sources[ground.NAME] = {**_vector(where, ground.NAME, 0), **credit}
    drawings = [body for each in lowest_first for body in bodies(each.layer, each.legend, singles_from_zoom)]
    writing = [text for each in lowest_first for text in labels_of(each.layer, each.legend, language)]
    numbers = [
        text
        for each in lowest_first
        for text in counts(each.layer, each.legend, told_apart(each.layer, singles_from_zoom)[0])
    ]
    layers = [
        *(ground_layers() if with_ground else ()),
        *drawings,
        *(ground_labels(language) if with_ground else ()),
        *writing,
        *numbers,
    ]
    icons = (
        {"sprite": where.sprite} if any(each["type"] == "symbol" and _icon(each) for each in layers) else {}
    )
    return {"version": 8, "name": title, **icons, "sources": sources, "layers": layers}


def _icon(layer: Json) -> bool:
    return "icon-image" in layer["layout"]


def _source(drawn: Drawn, where: Where) -> Json:
    layer = drawn.layer
    first = max(layer.min_zoom, int(drawn.legend.min_zoom))
    source = _vector(where, layer.name, min(first, DEEPEST_TILES))
    if layer.id_column in layer.tile_fields:
        source["promoteId"] = layer.id_column
    if isinstance(attribution := layer.about.get("attribution"), str) and attribution:
        source["attribution"] = _plain(attribution)
    return source


def _plain(text: str) -> str:
    """MapLibre sets attributions as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _vector(where: Where, name: str, first: int) -> Json:
    tiles = where.tiles.replace("{layer}", name)
    return {"type": "vector", "tiles": [tiles], "minzoom": first, "maxzoom": DEEPEST_TILES}

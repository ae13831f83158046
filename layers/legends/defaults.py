"""The look of a layer: its own, the one it was delivered with, or a good one by its geometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.catalogue import Layer
from layers.legends.builtin import BUILTIN, OTHER_AREAS, OTHER_THEME, THEMES, counted
from layers.legends.colours import stable_colour
from layers.legends.legend import Class, Fill, Labels, Legend, Mark, Stroke, Symbol, always
from layers.legends.stored import read_stored
from layers.legends.themes import themed

ORDERS = {"polygon": 50, "geometry": 100, "line": 100, "point": 150}
"""Where layers without a look of their own lie: between the areas and the events of the city."""

NAMES = ("name", "title", "名称", "标题", "label")
"""Attributes that serve as a label, in this order."""


def legend_of(layer: Layer) -> Legend:
    """Give the look of a layer; what is stored and cannot be read (any more) counts as none."""
    return read_stored(layer) or delivered(layer)


def delivered(layer: Layer) -> Legend:
    """Give the look that a layer has as long as nobody chose another."""
    return BUILTIN.get(layer.name) or themed(layer) or default(layer)


def theme_of(layer: Layer, language: str) -> str:
    """Name the group of layers that it belongs to: about.group, one text or one in each language."""
    given: Any = layer.about.get("group")
    if isinstance(given, Mapping):
        given = given.get(language) or next(iter(given.values()), None)
    if isinstance(given, str) and given.strip():
        return given.strip()
    return THEMES.get(layer.name, OTHER_THEME)[0 if language == "zh" else 1]


def default(layer: Layer) -> Legend:
    """Make a look by geometry: one class in a colour that stays with the layer's name."""
    colour = OTHER_AREAS.get(layer.name) or stable_colour(layer.name)
    points = layer.geometry_type == "point"
    return Legend(
        (Class(layer.title[:200], layer.title_en[:200], _symbol(layer.geometry_type, colour)),),
        labels=_labels(layer),
        min_zoom=min(float(layer.min_zoom), 22.0),
        single_zoom=max(12.0, min(float(layer.min_zoom), 22.0)) if points else None,
        clusters=counted(colour),
        order=ORDERS.get(layer.geometry_type, 100),
    )


def _symbol(geometry_type: str, colour: str) -> Symbol:
    border = Stroke(colour, ((8, 0.8), (14, 1.5), (18, 2.2)))
    line = Stroke(colour, ((8, 1.0), (13, 1.8), (18, 4.0)))
    mark = Mark("circle", colour, ((10, 5), (14, 8), (18, 13)))
    if geometry_type == "point":
        return Symbol(mark=mark)
    if geometry_type == "line":
        return Symbol(strokes=(line,))
    return Symbol(Fill(colour, always(0.18)), (border,), mark if geometry_type == "geometry" else None)


def _labels(layer: Layer) -> Labels | None:
    texts = {each.name for each in layer.fields if each.type == "string"}
    found = next((name for name in NAMES if name in texts), None)
    if found is None:
        return None
    english = (f"{found}_en", found) if f"{found}_en" in texts else ()
    zoom = 15.0 if layer.geometry_type == "point" else 13.0
    return Labels((found,), english, ((13, 10.5), (17, 13)), min_zoom=zoom)

"""Advice on colours: what is hard to see on the map, and what people with colour-vision deficiency mix up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from layers.catalogue import Layer
from layers.legends.colours import DEFICIENCIES, GROUND, contrast, difference
from layers.legends.legend import Class, Legend, Symbol
from spatial.errors import Problem

LEAST_CONTRAST = 1.5
"""Below it a line or a mark is lost on the land of the base map (#f4f2ed); it is advice, not a rule."""
LEAST_LABEL_CONTRAST = 4.5
LEAST_DIFFERENCE = 10.0
"""CIE76: what two classes that lie side by side should differ by."""


def advice(legend: Legend, layer: Layer) -> list[Problem]:
    """Say what would be better; nothing of it hinders the look from being kept."""
    return [*_contrasts(legend), *_mixed_up(legend), *_tiles(legend, layer)]


def _contrasts(legend: Legend) -> Iterator[Problem]:
    for number, each in enumerate(legend.classes):
        found = contrast(main_colour(each.symbol), GROUND)
        if found < LEAST_CONTRAST:
            reason = f"{main_colour(each.symbol)} is faint on the base map (contrast {found:.1f})"
            yield Problem(f"classes.{number}.symbol", reason)
    labels = legend.labels
    if labels and contrast(labels.colour, labels.halo) < LEAST_LABEL_CONTRAST:
        found = contrast(labels.colour, labels.halo)
        yield Problem("labels.colour", f"is hard to read on its halo (contrast {found:.1f}, 4.5 is wanted)")


def _mixed_up(legend: Legend) -> Iterator[Problem]:
    for one, other in combinations(legend.classes, 2):
        if _shape(one) != _shape(other):
            continue  # a shape of its own tells them apart
        colours = main_colour(one.symbol), main_colour(other.symbol)
        for deficiency in (None, *DEFICIENCIES):
            found = difference(*colours, deficiency)
            if found < LEAST_DIFFERENCE:
                who = f"with {deficiency}" if deficiency else "by everybody"
                reason = f"'{one.title}' and '{other.title}' are mixed up {who} (difference {found:.0f})"
                yield Problem("classes", reason)
                break


def _shape(each: Class) -> str | None:
    return each.symbol.mark.shape if each.symbol.mark else None


def main_colour(symbol: Symbol) -> str:
    """Give the colour that a reader knows a symbol by."""
    if symbol.mark:
        return symbol.mark.colour
    if symbol.fill and (max(share for _, share in symbol.fill.opacity) >= 0.1 or not symbol.strokes):
        return symbol.fill.colour
    return symbol.strokes[-1].colour


def _tiles(legend: Legend, layer: Layer) -> Iterator[Problem]:
    if legend.attribute and legend.attribute not in layer.tile_fields:
        reason = "tiles do not carry the attribute, so on the web map all classes look alike"
        yield Problem("attribute", reason)
    wanted = {*legend.labels.attributes, *legend.labels.attributes_en} if legend.labels else set()
    if wanted and not wanted & {*layer.tile_fields}:
        yield Problem("labels.attributes", "tiles carry none of them, so the web map writes no labels")

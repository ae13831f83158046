"""Looks of theme layers: of one class of components a sign of its own, of other parts that of the whole.

The colour's hue says the group of the class; shade and shape tell classes of a group apart.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import replace

from layers.catalogue import Layer, Part
from layers.legends.builtin import BUILTIN, COMPONENT_CLASSES, counted
from layers.legends.colours import rgb
from layers.legends.legend import Class, Legend, Mark, Shape, Symbol

SHAPES: tuple[Shape, ...] = ("circle", "square", "triangle", "diamond", "star", "cross")
SHADES = (1.0, 0.78, 0.58)
"""Lightness beside the group's colour; darker than it, so that all stand out from the ground."""
RIMS = ("#ffffff", "#1d2433")
_WHOLE = ("components", "events", "places")


def themed(layer: Layer) -> Legend | None:
    """Give the look of a layer that is part of a built-in one; None for any other."""
    if layer.part is None or layer.relation not in _WHOLE:
        return None
    if layer.relation == "components" and len(layer.part.values) == 1:
        return _component(layer, layer.part.values[0])
    # Of the whole there is too much to be shown from afar; a part is counted there.
    whole = replace(BUILTIN[layer.relation], min_zoom=0.0)
    return replace(whole, classes=tuple(_kept(whole, layer.part)))


def _kept(whole: Legend, part: Part) -> Iterator[Class]:
    """Leave out the classes that nothing of the part can be of."""
    if whole.attribute != part.column:
        yield from whole.classes
        return
    values = {value[: whole.characters] for value in (*part.values, *filter(None, [part.prefix]))}
    for each in whole.classes:
        if values.intersection(map(str, each.values)):
            yield each


def _component(layer: Layer, code: str) -> Legend:
    mark = sign(code)
    return Legend(
        (Class(layer.title[:200], layer.title_en[:200], Symbol(mark=mark)),),
        single_zoom=14,
        clusters=counted(mark.colour),
        order=200,
    )


def sign(code: str) -> Mark:
    """Make the sign of a class of components, five digits; the same wherever it is asked."""
    number = int(code[2:]) - 1
    shape = SHAPES[number % len(SHAPES)]
    shade = SHADES[number // len(SHAPES) % len(SHADES)]
    rim = RIMS[number // (len(SHAPES) * len(SHADES)) % len(RIMS)]
    return Mark(shape, _shade(_hue(code[:2]), shade), ((12, 5), (14, 7), (16, 10), (19, 14)), rim, 1.2)


def _hue(group: str) -> str:
    return next(
        (colour for colour, *_, major in COMPONENT_CLASSES if major == group), COMPONENT_CLASSES[-1][0]
    )


def _shade(colour: str, light: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in rgb(colour)))
    parts = colorsys.hls_to_rgb(hue, lightness * light, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)

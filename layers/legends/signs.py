"""What stands beside a layer's name in a list: for each class of its look one small sign, as data."""

from __future__ import annotations

from typing import Any

from layers.legends.legend import Class, Legend, Symbol

Json = dict[str, Any]


def signs(legend: Legend, geometry_type: str) -> list[Json]:
    """Give the sign of each class, in order: shape (of a mark, `line` or `area`), colour, border, dashes.

    geometry_type: as of the layer; a mixture shows the sign that says most of it.
    """
    return [_sign(each, geometry_type) for each in legend.classes]


def _sign(one: Class, geometry_type: str) -> Json:
    symbol = one.symbol
    if geometry_type in ("point", "geometry") and symbol.mark:
        return {"shape": symbol.mark.shape, "colour": symbol.mark.colour, "border": symbol.mark.rim}
    return _area(symbol) if geometry_type != "line" and symbol.fill else _line(symbol)


def _area(symbol: Symbol) -> Json:
    border = symbol.strokes[-1].colour if symbol.strokes else None
    return {"shape": "area", "colour": symbol.fill.colour if symbol.fill else "#000000", "border": border}


def _line(symbol: Symbol) -> Json:
    stroke = symbol.strokes[-1] if symbol.strokes else None
    colour = stroke.colour if stroke else "#000000"
    return {"shape": "line", "colour": colour, "border": None, "dashed": bool(stroke and stroke.dashes)}

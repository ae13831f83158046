"""What QGIS writes into XML: maps of options, colours, expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, tostring

from layers.legends.colours import rgb
from layers.legends.elements import add, clean
from layers.legends.legend import Value
from layers.legends.scales import MM_PER_PX

DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.16-Białowieża"
"""The version whose form is written; later ones read it, earlier ones may not."""


def document(root: Element) -> bytes:
    """Write a document with QGIS's type."""
    return (DOCTYPE + tostring(root, encoding="unicode")).encode()


def options(parent: Element, values: Mapping[str, object]) -> None:
    """Write a map of settings."""
    holder = add(parent, "Option", {"type": "Map"})
    for name, value in values.items():
        add(holder, "Option", {"name": name, "value": value, "type": "QString"})


def data_defined(parent: Element, tag: str, expressions: Mapping[str, str]) -> None:
    """Write settings that an expression gives."""
    holder = SubElement(SubElement(parent, tag), "Option", {"type": "Map"})
    add(holder, "Option", {"name": "name", "value": "", "type": "QString"})
    named = add(holder, "Option", {"name": "properties", "type": "Map"})
    for name, expression in expressions.items():
        each = add(named, "Option", {"name": name, "type": "Map"})
        add(each, "Option", {"name": "active", "value": "true", "type": "bool"})
        add(each, "Option", {"name": "expression", "value": expression, "type": "QString"})
        add(each, "Option", {"name": "type", "value": 3, "type": "int"})
    add(holder, "Option", {"name": "type", "value": "collection", "type": "QString"})


def colour(text: str, opacity: float = 1.0) -> str:
    """Write a colour: red, green, blue, alpha."""
    return ",".join(map(str, (*rgb(text), round(255 * opacity))))


def mm(pixels: float) -> str:
    """Write CSS pixels as millimetres."""
    return f"{pixels * MM_PER_PX:.4g}"


def quoted(name: str) -> str:
    """Write the name of an attribute in an expression."""
    return '"' + clean(name).replace('"', '""') + '"'


def literal(value: Value) -> str:
    """Write a value in an expression: quotes and backslashes cannot end it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = clean(value).replace("\\", "\\\\").replace("'", "''")
    return "'" + text.replace("\n", "\\n").replace("\t", "\\t") + "'"


def by_zoom(stops: Sequence[tuple[float, float]], zoom_0: float, factor: float) -> str | None:
    """Write stops as an expression over the scale of the map; None for a value that is always the same.

    zoom_0: denominator of zoom 0; factor: what one unit of the stops is in the setting's own measure.
    """
    if len(stops) == 1:
        return None
    pairs = pairwise(stops)
    cases = [
        f"WHEN @z < {high:g} THEN scale_linear(@z,{low:g},{high:g},{small * factor:.4g},{large * factor:.4g})"
        for (low, small), (high, large) in pairs
    ]
    # No ELSE: without a map there is no scale, and the setting keeps its own value.
    last = f"WHEN @z >= {stops[-1][0]:g} THEN {stops[-1][1] * factor:.4g} END"
    zoom = f"log(2,{zoom_0:.1f}/@map_scale)"
    return f"with_variable('z',{zoom},CASE {' '.join(cases)} {last})"

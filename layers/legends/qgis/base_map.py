"""Our base map as a layer of vector tiles of QGIS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from layers.legends import ground
from layers.legends.elements import add, element
from layers.legends.legend import NEAR
from layers.legends.qgis.labels import settings
from layers.legends.qgis.symbols import symbol
from layers.legends.qgis.xml import literal, quoted
from layers.legends.scales import zoom_0

GEOMETRY_NUMBERS = {"point": 0, "line": 1, "polygon": 2}


def ground_look(language: str, latitude: float) -> Iterator[Element]:
    """Write how the tiles are drawn and labelled."""
    at = zoom_0(latitude)
    drawn = element("renderer", {"type": "basic"})
    styles = add(drawn, "styles")
    for theme in ground.THEMES:
        if theme.symbol != ground.NOTHING:
            symbols = add(_style(styles, theme, theme.min_zoom), "symbols")
            symbols.append(symbol(theme.symbol, theme.geometry, "0", at))
    yield drawn
    labelling = element("labeling", {"type": "basic"})
    written = add(labelling, "styles")
    for theme in ground.THEMES:
        if theme.labels:
            style = _style(written, theme, theme.labels.min_zoom)
            style.append(settings(theme.labels, theme.geometry, language, at, NEAR))
    yield labelling


def _style(parent: Element, theme: ground.Theme, min_zoom: float) -> Element:
    # Tiles have whole zooms: what begins in between shows from the next deeper one.
    attributes = {
        "name": theme.name,
        "layer": theme.source_layer,
        "geometry": GEOMETRY_NUMBERS[theme.geometry],
        "expression": _filter(theme),
        "min-zoom": math.ceil(min_zoom) if min_zoom else -1,
        "max-zoom": -1,
        "enabled": "1",
    }
    return add(parent, "style", attributes)


def _filter(theme: ground.Theme) -> str:
    names = ",".join(literal(kind) for kind in theme.kinds or theme.other_than)
    if not names:
        return ""
    asked = f"{quoted('kind')} IN ({names})"
    return asked if theme.kinds else f"NOT coalesce({asked},false)"

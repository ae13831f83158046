"""Labels of QGIS."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from layers.legends.elements import add, element
from layers.legends.legend import GENERATED_MARKS, Labels, at_zoom
from layers.legends.qgis.symbols import PREVIEW_ZOOM
from layers.legends.qgis.xml import by_zoom, colour, data_defined, literal, mm, quoted

POINTS_PER_PX = 0.75
"""QGIS measures letters in points."""

AROUND, LINE, CURVED, HORIZONTAL, ORDERED = 0, 2, 3, 4, 6
PLACEMENTS = {"point": ORDERED, "line": CURVED, "polygon": HORIZONTAL}
GEOMETRIES = {"point": "PointGeometry", "line": "LineGeometry", "polygon": "PolygonGeometry"}


def settings(labels: Labels, geometry_type: str, language: str, zoom_0: float, max_zoom: float) -> Element:
    """Write the settings of labels; they follow the scale of the map."""
    made = element("settings", {"calloutType": "simple"})
    _style(made, labels, text_of(labels.texts(language), labels.skip))
    add(made, "text-format", {"wrapChar": "", "multilineAlign": "3", "autoWrapLength": "0"})
    _placement(made, labels, geometry_type)
    _rendering(made, labels, zoom_0, max_zoom)
    size = by_zoom(labels.size_px, zoom_0, POINTS_PER_PX)
    data_defined(made, "dd_properties", {"Size": size} if size else {})
    return made


def _style(parent: Element, labels: Labels, text: str) -> None:
    # Without a family QGIS takes the font of the machine, which has the characters that its user reads.
    style = add(
        parent,
        "text-style",
        {
            "fieldName": text,
            "isExpression": "1",
            "fontSize": at_zoom(labels.size_px, PREVIEW_ZOOM) * POINTS_PER_PX,
            "fontSizeUnit": "Point",
            "fontWeight": 75 if labels.bold else 50,
            "textColor": colour(labels.colour),
            "textOpacity": "1",
            "multilineHeight": "1",
        },
    )
    add(
        style,
        "text-buffer",
        {
            "bufferDraw": labels.halo_px > 0,
            "bufferSize": mm(labels.halo_px),
            "bufferSizeUnits": "MM",
            "bufferColor": colour(labels.halo),
            "bufferOpacity": "0.92",
            "bufferJoinStyle": "128",
        },
    )


def _placement(parent: Element, labels: Labels, geometry_type: str) -> None:
    add(
        parent,
        "placement",
        {
            "placement": PLACEMENTS[geometry_type],
            "layerType": GEOMETRIES[geometry_type],
            "priority": labels.priority,
            "dist": "0.8" if geometry_type == "point" else "0",
            "distUnits": "MM",
            "offsetType": "1",
            "predefinedPositionOrder": "BSR,TSR,R,L,BR,TR,BL,TL",
            "centroidInside": "1",
            "centroidWhole": "0",
            "repeatDistance": "80" if geometry_type == "line" else "0",
            "repeatDistanceUnits": "MM",
            "placementFlags": "9" if geometry_type == "line" else "10",
        },
    )


def _rendering(parent: Element, labels: Labels, zoom_0: float, max_zoom: float) -> None:
    low, high = labels.min_zoom, min(labels.max_zoom, max_zoom)
    add(
        parent,
        "rendering",
        {
            "drawLabels": "1",
            "scaleVisibility": low > 0 or high < 24,
            "scaleMax": round(zoom_0 / 2**low) if low > 0 else 0,
            "scaleMin": round(zoom_0 / 2**high) if high < 24 else 0,
            "obstacle": "1",
            "obstacleFactor": "1",
            "obstacleType": "1",
            "zIndex": labels.priority / 10,
            "fontMinPixelSize": "3",
            "fontMaxPixelSize": "10000",
            "maxNumLabels": "2000",
        },
    )


def text_of(names: Sequence[str], skip: int) -> str:
    """Write the first of the attributes that has text, without the marks of made-up names."""
    texts = [f"nullif(to_string({quoted(name)}),'')" for name in names]
    text = f"coalesce({','.join(texts)},'')"
    if skip:
        text = f"substr({text},{skip + 1})"
    for mark in GENERATED_MARKS:
        text = f"replace({text},{literal(mark)},'')"
    return text

"""The legend of a layer as a picture: SVG with a title and one row for each class."""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element, tostring

from layers.legends.elements import add, element
from layers.legends.legend import Legend, Mark, Stroke, Symbol, at_zoom
from layers.legends.qgis.symbols import PREVIEW_ZOOM
from layers.legends.sprite import outline

ROW_PX, SIDE_PX, SWATCH_PX, LETTER_PX = 24, 12, 28, 13
FONTS = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Noto Sans SC, sans-serif"
INK = "#222831"


def picture(legend: Legend, title: str, language: str, geometry_type: str) -> bytes:
    """Draw a legend; letters are drawn by whoever shows the picture."""
    rows = [each.name(language) for each in legend.classes]
    width = SIDE_PX * 3 + SWATCH_PX + max(map(_width, [title, *rows]), default=0)
    height = SIDE_PX * 2 + ROW_PX * (len(rows) + 1)
    box = f"0 0 {width} {height}"
    root = element(
        "svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "width": width, "height": height}
    )
    add(root, "title", text=title)
    add(root, "rect", {"width": width, "height": height, "fill": "#ffffff"})
    _text(root, SIDE_PX, SIDE_PX + ROW_PX / 2, title, bold=True)
    for number, each in enumerate(legend.classes, 1):
        middle = SIDE_PX + ROW_PX * (number + 0.5)
        _swatch(root, each.symbol, geometry_type, middle)
        _text(root, SIDE_PX * 2 + SWATCH_PX, middle, rows[number - 1])
    return tostring(root, encoding="unicode").encode()


def _width(text: str) -> int:
    """About as wide as it will be: Chinese letters are square, others some 0.6 of that."""
    wide = sum(1 if unicodedata.east_asian_width(letter) in "WF" else 0.6 for letter in text)
    return round(wide * LETTER_PX) + 4


def _text(root: Element, x: float, y: float, text: str, bold: bool = False) -> None:
    look = {"font-family": FONTS, "font-size": LETTER_PX, "fill": INK, "dominant-baseline": "central"}
    add(root, "text", {"x": x, "y": y, **look, **({"font-weight": "bold"} if bold else {})}, text)


def _swatch(root: Element, symbol: Symbol, geometry_type: str, middle: float) -> None:
    half = 8.0
    if geometry_type == "point" and symbol.mark:
        _mark(root, symbol.mark, SIDE_PX + SWATCH_PX / 2, middle)
        return
    if geometry_type != "line":
        box = {"x": SIDE_PX, "y": middle - half, "width": SWATCH_PX, "height": half * 2}
        fill = symbol.fill
        inside = (
            {"fill": fill.colour, "fill-opacity": f"{at_zoom(fill.opacity, PREVIEW_ZOOM):.3g}"}
            if fill
            else {"fill": "none"}
        )
        add(root, "rect", {**box, **inside})
        for stroke in symbol.strokes:
            add(root, "rect", {**box, "fill": "none", **_stroke(stroke)})
        return
    for stroke in symbol.strokes:
        ends = {"x1": SIDE_PX, "x2": SIDE_PX + SWATCH_PX, "y1": middle, "y2": middle}
        add(root, "line", {**ends, **_stroke(stroke)})


def _stroke(stroke: Stroke) -> dict[str, object]:
    width = max(0.8, min(8.0, at_zoom(stroke.width_px, PREVIEW_ZOOM)))
    dashes = ",".join(f"{part * width:.3g}" for part in stroke.dashes)
    look = {"stroke": stroke.colour, "stroke-width": f"{width:.3g}"}
    opacity = {"stroke-opacity": f"{at_zoom(stroke.opacity, PREVIEW_ZOOM):.3g}"}
    return {**look, **opacity, **({"stroke-dasharray": dashes} if dashes else {})}


def _mark(root: Element, mark: Mark, x: float, y: float) -> None:
    half = max(3.0, min(9.0, at_zoom(mark.size_px, PREVIEW_ZOOM) / 2))
    look = {
        "fill": mark.colour,
        "fill-opacity": mark.opacity,
        "stroke": mark.rim if mark.rim != "#ffffff" else "#c9cdd3",
        "stroke-width": min(mark.rim_px, 1.0),
    }
    if mark.shape == "circle":
        add(root, "circle", {"cx": x, "cy": y, "r": half, **look})
    else:
        corners = " ".join(f"{x + across:.2f},{y + down:.2f}" for across, down in outline(mark.shape, half))
        add(root, "polygon", {"points": corners, **look})

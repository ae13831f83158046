"""Symbols and renderers of QGIS."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from layers.legends.colours import rgb
from layers.legends.elements import add, clean
from layers.legends.legend import Class, Fill, Legend, Mark, Stroke, Symbol, at_zoom
from layers.legends.qgis.xml import by_zoom, colour, data_defined, literal, mm, options, quoted
from layers.legends.scales import MM_PER_PX

KINDS = {"point": "marker", "line": "line", "polygon": "fill"}
PREVIEW_ZOOM = 15.0
"""Where there is no map, as in a legend, sizes are those of this zoom."""

BEYOND = 1e300
OTHERS = "others"
"""Name of the symbol of what no class names."""


def renderer(legend: Legend, geometry_type: str, language: str, zoom_0: float) -> Element:
    """Write how features are drawn: all alike, by category, by range, or by rules."""
    if legend.attribute is None:
        return _holder("singleSymbol", legend, geometry_type, zoom_0)
    if legend.by_range and legend.others:
        return _rules(legend, geometry_type, language, zoom_0)
    return (_ranges if legend.by_range else _categories)(legend, geometry_type, language, zoom_0)


def _holder(kind: str, legend: Legend, geometry_type: str, zoom_0: float, **more: object) -> Element:
    """A renderer with one symbol for each class, named by its number."""
    # Levels of symbols put the first class on top.
    levels = len(legend.classes) > 1 and geometry_type == "point"
    attributes = {"type": kind, "symbollevels": levels, "forceraster": "0", "enableorderby": "0", **more}
    made = Element("renderer-v2", {name: clean(str(_number(value))) for name, value in attributes.items()})
    symbols = add(made, "symbols")
    for number, each in enumerate(legend.classes):
        level = len(legend.classes) - 1 - number if levels else 0
        symbols.append(symbol(each.symbol, geometry_type, str(number), zoom_0, level))
        if each.others:
            # QGIS gives a symbol away once: what takes the others needs one of its own.
            symbols.append(symbol(each.symbol, geometry_type, OTHERS, zoom_0, level))
    return made


def _number(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _key(legend: Legend) -> str:
    name = quoted(legend.attribute or "")
    return f"left({name},{legend.characters})" if legend.characters else name


def _categories(legend: Legend, geometry_type: str, language: str, zoom_0: float) -> Element:
    made = _holder("categorizedSymbol", legend, geometry_type, zoom_0, attr=_key(legend))
    listed = Element("categories")
    made.insert(0, listed)
    for number, each in enumerate(legend.classes):
        if not each.values:
            continue
        common = {"symbol": number, "label": each.name(language), "render": "true"}
        if len(each.values) == 1:
            add(listed, "category", {"value": _value(each.values[0]), **common})
        else:
            category = add(listed, "category", common)
            for value in each.values:
                add(category, "val", {"value": _value(value)})
    if legend.others:
        rest = {"value": "", "symbol": OTHERS, "label": _rest(legend.others, language), "render": "true"}
        add(listed, "category", rest)
    return made


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rest(others: Class, language: str) -> str:
    if not (others.values or others.by_range):
        return others.name(language)
    return others.name(language) + ("，其他值" if language == "zh" else ", other values")


def _ranges(legend: Legend, geometry_type: str, language: str, zoom_0: float) -> Element:
    """From above: QGIS takes the first range that holds a value, both ends included; ours end before high."""
    made = _holder("graduatedSymbol", legend, geometry_type, zoom_0, attr=_key(legend))
    listed = Element("ranges")
    made.insert(0, listed)
    numbered = [(each, number) for number, each in enumerate(legend.classes) if each.by_range]
    for each, number in sorted(numbered, key=lambda pair: -_low(pair[0])):
        upper = BEYOND if each.high is None else each.high
        ends = {"lower": repr(_low(each)), "upper": repr(upper)}
        add(listed, "range", {**ends, "symbol": number, "label": each.name(language), "render": "true"})
    return made


def _low(each: Class) -> float:
    return -BEYOND if each.low is None else each.low


def _rules(legend: Legend, geometry_type: str, language: str, zoom_0: float) -> Element:
    made = _holder("RuleRenderer", legend, geometry_type, zoom_0)
    root = Element("rules", {"key": "all"})
    made.insert(0, root)
    for number, each in enumerate(legend.classes):
        common = {"symbol": number, "label": each.name(language)}
        if each.by_range:
            add(root, "rule", {"key": f"class-{number}", "filter": range_filter(legend, each), **common})
        if each.others:
            rest = {"symbol": OTHERS, "label": _rest(each, language)}
            add(root, "rule", {"key": f"others-{number}", "filter": "ELSE", **rest})
    return made


def range_filter(legend: Legend, each: Class) -> str:
    """Write a range as an expression."""
    name = quoted(legend.attribute or "")
    low = [] if each.low is None else [f"{name} >= {literal(each.low)}"]
    high = [] if each.high is None else [f"{name} < {literal(each.high)}"]
    return " AND ".join(low + high)


def symbol(look: Symbol, geometry_type: str, name: str, zoom_0: float, level: int = 0) -> Element:
    """Write a symbol; level: what is drawn with a higher one lies on top."""
    attributes = {
        "type": KINDS[geometry_type],
        "name": name,
        "alpha": "1",
        "clip_to_extent": "1",
        "force_rhr": "0",
    }
    made = Element("symbol", attributes)
    if geometry_type == "point":
        _marker(made, look.mark or Mark("circle", "#000000"), zoom_0, level)
        return made
    if geometry_type == "polygon":
        _inside(made, look.fill, zoom_0)
    for stroke in look.strokes:
        _line(made, stroke, zoom_0)
    return made


def _layer(
    parent: Element, kind: str, values: dict[str, object], expressions: dict[str, str | None], level: int = 0
) -> None:
    made = add(parent, "layer", {"class": kind, "enabled": "1", "pass": level, "locked": "0"})
    options(made, values)
    data_defined(made, "data_defined_properties", {k: v for k, v in expressions.items() if v is not None})


def _marker(parent: Element, mark: Mark, zoom_0: float, level: int) -> None:
    values: dict[str, object] = {
        "name": "cross_fill" if mark.shape == "cross" else mark.shape,
        "color": colour(mark.colour, mark.opacity),
        "outline_color": colour(mark.rim, mark.opacity),
        "outline_width": mm(mark.rim_px),
        "outline_width_unit": "MM",
        "outline_style": "solid" if mark.rim_px else "no",
        "joinstyle": "miter",
        "size": mm(at_zoom(mark.size_px, PREVIEW_ZOOM)),
        "size_unit": "MM",
        "scale_method": "diameter",
        "horizontal_anchor_point": "1",
        "vertical_anchor_point": "1",
    }
    _layer(parent, "SimpleMarker", values, {"size": by_zoom(mark.size_px, zoom_0, MM_PER_PX)}, level)


def _inside(parent: Element, fill: Fill | None, zoom_0: float) -> None:
    values: dict[str, object] = {
        "color": colour(fill.colour, at_zoom(fill.opacity, PREVIEW_ZOOM)) if fill else "0,0,0,0",
        "style": "solid" if fill else "no",
        "outline_style": "no",
    }
    alpha = by_zoom(fill.opacity, zoom_0, 255) if fill else None
    shown = f"color_rgba({','.join(map(str, rgb(fill.colour)))},{alpha})" if fill and alpha else None
    _layer(parent, "SimpleFill", values, {"fillColor": shown})


def _line(parent: Element, stroke: Stroke, zoom_0: float) -> None:
    width_px = at_zoom(stroke.width_px, PREVIEW_ZOOM)
    opacity = at_zoom(stroke.opacity, PREVIEW_ZOOM)
    values: dict[str, object] = {
        "line_color": colour(stroke.colour, opacity),
        "line_style": "solid",
        "line_width": mm(width_px),
        "line_width_unit": "MM",
        "joinstyle": "round",
        "capstyle": "flat" if stroke.dashes else "round",
    }
    if stroke.dashes:
        dashes = ";".join(mm(part * max(width_px, 0.5)) for part in stroke.dashes)
        values |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    # The name is QGIS's: the width of a line is its outline, too.
    _layer(parent, "SimpleLine", values, {"outlineWidth": by_zoom(stroke.width_px, zoom_0, MM_PER_PX)})

"""Write a look as a Styled Layer Descriptor: 1.1.0 with Symbology Encoding, and 1.0.0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from layers.catalogue import Layer
from layers.legends.elements import add, element
from layers.legends.legend import FAR, NEAR, Class, Labels, Legend, Mark, Stroke, Symbol, Value, at_zoom
from layers.legends.scales import OGC_PX_M, zoom_0

OGC = "http://www.opengis.net/ogc"
SLD = "http://www.opengis.net/sld"
SE = "http://www.opengis.net/se"


@dataclass(frozen=True)
class Dialect:
    """How the two versions differ."""

    version: str
    prefix: str
    """Of the elements of symbology."""
    parameter: str
    root: dict[str, str]


SLD_11 = Dialect(
    "1.1.0", "se:", "se:SvgParameter", {"xmlns": SLD, "xmlns:ogc": OGC, "xmlns:se": SE, "version": "1.1.0"}
)
SLD_10 = Dialect("1.0.0", "", "CssParameter", {"xmlns": SLD, "xmlns:ogc": OGC, "version": "1.0.0"})

SIZE_ZOOM = 15.0
"""SLD has no sizes that grow with the zoom: they are those of this one."""


def sld(layers: Sequence[tuple[Layer, Legend, float]], dialect: Dialect, name: str, language: str) -> bytes:
    """Write the look of layers, each with the latitude at which its zooms are turned into scales."""
    root = element("StyledLayerDescriptor", dialect.root)
    for layer, legend, latitude in layers:
        _layer(root, _Writer(dialect, layer, legend, language, zoom_0(latitude, OGC_PX_M)), name)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode()


@dataclass(frozen=True)
class _Writer:
    dialect: Dialect
    layer: Layer
    legend: Legend
    language: str
    zoom_0: float

    def tag(self, name: str) -> str:
        return self.dialect.prefix + name


def _layer(root: Element, to: _Writer, name: str) -> None:
    named = add(root, "NamedLayer")
    add(named, to.tag("Name"), text=to.layer.name)
    style = add(named, "UserStyle")
    add(style, to.tag("Name"), text=name)
    _titled(style, to, to.layer.title if to.language == "zh" else to.layer.title_en)
    drawn = _feature_type_style(style, to)
    for each in to.legend.classes:
        for condition in _conditions(to, each):
            rule = _rule(drawn, to, each.name(to.language), condition, to.legend.min_zoom, to.legend.max_zoom)
            _symbolizers(rule, to, each.symbol)
    if labels := to.legend.labels:
        # In a list of rules of its own: one that takes everything would leave nothing to an ElseFilter.
        low, high = max(labels.min_zoom, to.legend.min_zoom), min(labels.max_zoom, to.legend.max_zoom)
        _text(_rule(_feature_type_style(style, to), to, "labels", None, low, high), to, labels)


def _feature_type_style(style: Element, to: _Writer) -> Element:
    made = add(style, to.tag("FeatureTypeStyle"))
    add(made, to.tag("FeatureTypeName"), text=to.layer.name)
    return made


def _titled(parent: Element, to: _Writer, title: str) -> None:
    holder = add(parent, "se:Description") if to.dialect is SLD_11 else parent
    add(holder, to.tag("Title"), text=title)


def _rule(
    parent: Element, to: _Writer, title: str, condition: Element | None, low: float, high: float
) -> Element:
    rule = add(parent, to.tag("Rule"))
    add(rule, to.tag("Name"), text=title)
    _titled(rule, to, title)
    if condition is not None:
        rule.append(condition)
    if high < NEAR:
        add(rule, to.tag("MinScaleDenominator"), text=f"{to.zoom_0 / 2**high:.0f}")
    if low > FAR:
        add(rule, to.tag("MaxScaleDenominator"), text=f"{to.zoom_0 / 2**low:.0f}")
    return rule


def _conditions(to: _Writer, each: Class) -> Iterator[Element | None]:
    """What a class takes: a filter, and for the others a rule of their own; None for everything."""
    if to.legend.attribute is None:
        yield None
        return
    if each.values or each.by_range:
        made = element("ogc:Filter")
        parts = list(_range(to, each) if each.by_range else _equals(to, each.values))
        joined = "ogc:And" if each.by_range else "ogc:Or"
        holder = add(made, joined) if len(parts) > 1 else made
        holder.extend(parts)
        yield made
    if each.others:
        yield element(to.tag("ElseFilter"))


def _equals(to: _Writer, values: Sequence[Value]) -> Iterator[Element]:
    for value in values:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if to.legend.characters:
            yield _begins(to, text)
        else:
            yield _compared(to, "ogc:PropertyIsEqualTo", text)


def _begins(to: _Writer, text: str) -> Element:
    wild = {"wildCard": "*", "singleChar": "?"}
    # Version 1.0 of the filters calls it escape, 1.1 escapeChar.
    escape = "escapeChar" if to.dialect is SLD_11 else "escape"
    made = _compared(to, "ogc:PropertyIsLike", "".join(f"!{c}" if c in "*?!" else c for c in text) + "*")
    for name, value in {**wild, escape: "!"}.items():
        made.set(name, value)
    return made


def _range(to: _Writer, each: Class) -> Iterator[Element]:
    if each.low is not None:
        yield _compared(to, "ogc:PropertyIsGreaterThanOrEqualTo", repr(each.low))
    if each.high is not None:
        yield _compared(to, "ogc:PropertyIsLessThan", repr(each.high))


def _compared(to: _Writer, tag: str, text: str) -> Element:
    made = element(tag)
    add(made, "ogc:PropertyName", text=to.legend.attribute)
    add(made, "ogc:Literal", text=text)
    return made


def _symbolizers(rule: Element, to: _Writer, symbol: Symbol) -> None:
    kind = to.layer.geometry_type
    if kind in ("polygon", "geometry") and symbol.fill:
        _parameters(
            add(add(rule, to.tag("PolygonSymbolizer")), to.tag("Fill")), to,
            {"fill": symbol.fill.colour, "fill-opacity": f"{at_zoom(symbol.fill.opacity, SIZE_ZOOM):.3g}"},
        )  # fmt: skip
    if kind != "point":
        for stroke in symbol.strokes:
            line = add(rule, to.tag("LineSymbolizer"))
            _parameters(add(line, to.tag("Stroke")), to, _stroke(stroke))
    if kind in ("point", "geometry") and symbol.mark:
        _mark(add(rule, to.tag("PointSymbolizer")), to, symbol.mark)


def _stroke(stroke: Stroke) -> dict[str, object]:
    width_px = at_zoom(stroke.width_px, SIZE_ZOOM)
    dashes = " ".join(f"{part * width_px:.3g}" for part in stroke.dashes)
    return {
        "stroke": stroke.colour,
        "stroke-width": f"{width_px:.3g}",
        "stroke-opacity": f"{at_zoom(stroke.opacity, SIZE_ZOOM):.3g}",
        "stroke-linejoin": "round",
        **({"stroke-dasharray": dashes} if dashes else {"stroke-linecap": "round"}),
    }


def _mark(parent: Element, to: _Writer, mark: Mark) -> None:
    graphic = add(parent, to.tag("Graphic"))
    drawn = add(graphic, to.tag("Mark"))
    # The well-known names have no diamond: it is a square that is turned.
    turned = mark.shape == "diamond"
    add(drawn, to.tag("WellKnownName"), text="square" if turned else mark.shape)
    _parameters(add(drawn, to.tag("Fill")), to, {"fill": mark.colour})
    _parameters(add(drawn, to.tag("Stroke")), to, {"stroke": mark.rim, "stroke-width": mark.rim_px})
    add(graphic, to.tag("Opacity"), text=f"{mark.opacity:g}")
    # The side of the square that fills, once turned, the same box.
    size_px = at_zoom(mark.size_px, SIZE_ZOOM) * (0.7071 if turned else 1)
    add(graphic, to.tag("Size"), text=f"{size_px:.3g}")
    if turned:
        add(graphic, to.tag("Rotation"), text="45")


def _parameters(parent: Element, to: _Writer, values: dict[str, object]) -> None:
    for name, value in values.items():
        add(parent, to.dialect.parameter, {"name": name}, str(value))


def _text(rule: Element, to: _Writer, labels: Labels) -> None:
    made = add(rule, to.tag("TextSymbolizer"))
    # One attribute: SLD has no expression that chooses between two.
    add(add(made, to.tag("Label")), "ogc:PropertyName", text=labels.texts(to.language)[0])
    weight = {"font-weight": "bold"} if labels.bold else {}
    size = f"{at_zoom(labels.size_px, SIZE_ZOOM):.3g}"
    _parameters(add(made, to.tag("Font")), to, {"font-size": size, **weight})
    halo = add(made, to.tag("Halo"))
    add(halo, to.tag("Radius"), text=f"{labels.halo_px:g}")
    _parameters(add(halo, to.tag("Fill")), to, {"fill": labels.halo})
    _parameters(add(made, to.tag("Fill")), to, {"fill": labels.colour})

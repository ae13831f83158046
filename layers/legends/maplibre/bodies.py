"""Areas, lines, marks and circles for counts, as style layers of MapLibre."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from layers.catalogue import Layer
from layers.legends.legend import Class, Cluster, Fill, Legend, Mark, Stroke, Symbol, always, at_zoom
from layers.legends.maplibre.values import Json, by_class, by_zoom, is_geometry, taken, zoom_range
from layers.legends.sprite import BASE_PX, icon_name


def bodies(layer: Layer, legend: Legend, singles_from_zoom: int) -> Iterator[Json]:
    """Write everything but labels, from below."""
    name, kind = layer.name, layer.geometry_type
    if kind in ("polygon", "geometry"):
        yield from fills(name, legend, kind == "geometry")
    if kind != "point":
        yield from lines(name, legend)
    counted, single = told_apart(layer, singles_from_zoom)
    if legend.clusters:
        yield from _clusters(name, legend, counted)
    if kind in ("point", "geometry"):
        yield from _marks(name, legend, single)


def told_apart(layer: Layer, singles_from_zoom: int) -> tuple[Any, Any]:
    """Write filters for points that stand for several features, and for those that are one.

    Tiles count from afar and where features stand close. A layer with a `count` of its own goes by the zoom.
    """
    point = is_geometry("Point")
    if layer.geometry_type in ("line", "polygon"):
        return ["all", point, ["has", "count"]], None
    if "count" in layer.tile_fields:
        near = [">=", ["zoom"], singles_from_zoom]
        return ["all", point, ["!", near]], ["all", point, near]
    return ["all", point, ["has", "count"]], ["all", point, ["!", ["has", "count"]]]


def _body(kind: str, identifier: str, name: str, legend: Legend, filters: Iterable[Any]) -> Json:
    body: Json = {"id": identifier, "type": kind, "source": name, "source-layer": name}
    kept = [each for each in filters if each is not None]
    if kept:
        body["filter"] = kept[0] if len(kept) == 1 else ["all", *kept]
    return {**body, **zoom_range(legend.min_zoom, legend.max_zoom)}


def fills(name: str, legend: Legend, mixed: bool) -> Iterator[Json]:
    """Write the insides of areas; mixed: of a layer that holds other geometries, too."""
    if not any(each.symbol.fill for each in legend.classes):
        return
    only = is_geometry("Polygon") if mixed else None
    opacities = [_fill(each.symbol).opacity for each in legend.classes]
    yield {
        **_body("fill", f"{name}-fill", name, legend, [taken(legend), only]),
        "paint": {
            "fill-color": by_class(legend, lambda s: _fill(s).colour),
            "fill-opacity": by_zoom(legend, opacities, lambda s, zoom: at_zoom(_fill(s).opacity, zoom)),
        },
    }


def _fill(symbol: Symbol) -> Fill:
    return symbol.fill or Fill("#000000", always(0))


def lines(name: str, legend: Legend) -> Iterator[Json]:
    """Write lines and borders. Dashes cannot go by attributes: one style layer for each pattern of dashes."""
    for level in range(max(len(each.symbol.strokes) for each in legend.classes)):
        there = [each for each in legend.classes if len(each.symbol.strokes) > level]
        patterns = list(dict.fromkeys(each.symbol.strokes[level].dashes for each in there))
        for number, dashes in enumerate(patterns):
            alike = [each for each in there if each.symbol.strokes[level].dashes == dashes]
            identifier = "-".join([name, "line", *map(str, filter(None, (level, number)))])
            yield _line(identifier, name, legend, level, alike, dashes)


def _line(
    identifier: str, name: str, legend: Legend, level: int, alike: list[Class], dashes: tuple[float, ...]
) -> Json:
    def stroke(symbol: Symbol) -> Stroke:
        return symbol.strokes[level] if len(symbol.strokes) > level else Stroke("#000000")

    everything = len(alike) == len(legend.classes)
    strokes = [stroke(each.symbol) for each in legend.classes]
    body = _body("line", identifier, name, legend, [taken(legend, None if everything else alike)])
    width = by_zoom(
        legend, [each.width_px for each in strokes], lambda s, zoom: at_zoom(stroke(s).width_px, zoom)
    )
    opacity = by_zoom(
        legend, [each.opacity for each in strokes], lambda s, zoom: at_zoom(stroke(s).opacity, zoom)
    )
    paint = {
        "line-color": by_class(legend, lambda s: stroke(s).colour),
        "line-width": width,
        "line-opacity": opacity,
        **({"line-dasharray": list(dashes)} if dashes else {}),
    }
    caps = {} if dashes else {"line-cap": "round"}
    return {**body, "layout": {"line-join": "round", **caps}, "paint": paint}


def _marks(name: str, legend: Legend, single: Any) -> Iterator[Json]:
    """Circles by MapLibre itself, other shapes from the sprite."""
    round_ones = [each for each in legend.classes if each.symbol.mark and each.symbol.mark.shape == "circle"]
    shaped = [each for each in legend.classes if each.symbol.mark and each.symbol.mark.shape != "circle"]
    for alike, draw, kind, ending in (
        (round_ones, _circle, "circle", "point"),
        (shaped, _sign, "symbol", "sign" if round_ones else "point"),
    ):
        if alike:
            chosen = None if len(alike) == len(legend.classes) else alike
            body = _body(kind, f"{name}-{ending}", name, legend, [single, taken(legend, chosen)])
            yield {**body, **draw(legend)}


def _mark(symbol: Symbol) -> Mark:
    return symbol.mark or Mark("circle", "#000000", opacity=0.0)


def _size(legend: Legend, scale: float) -> Any:
    """Scale is what one pixel of the mark is in the property's own measure."""
    stops = [_mark(each.symbol).size_px for each in legend.classes]
    return by_zoom(legend, stops, lambda s, zoom: round(at_zoom(_mark(s).size_px, zoom) * scale, 4))


def _circle(legend: Legend) -> Json:
    paint = {
        "circle-color": by_class(legend, lambda s: _mark(s).colour),
        "circle-radius": _size(legend, 0.5),
        "circle-opacity": by_class(legend, lambda s: _mark(s).opacity),
        "circle-stroke-color": by_class(legend, lambda s: _mark(s).rim),
        "circle-stroke-width": by_class(legend, lambda s: _mark(s).rim_px),
    }
    return {"layout": {"circle-sort-key": _rank(legend)}, "paint": paint}


def _sign(legend: Legend) -> Json:
    layout = {
        "icon-image": by_class(legend, lambda s: icon_name(_mark(s))),
        "icon-size": _size(legend, 1 / BASE_PX),
        "icon-allow-overlap": True,
        "symbol-sort-key": _rank(legend),
    }
    return {"layout": layout, "paint": {"icon-opacity": by_class(legend, lambda s: _mark(s).opacity)}}


def _rank(legend: Legend) -> Any:
    """The first class is drawn last, and so on top."""
    ranks = {id(each.symbol): len(legend.classes) - number for number, each in enumerate(legend.classes)}
    return by_class(legend, lambda symbol: ranks[id(symbol)])


def _clusters(name: str, legend: Legend, counted: Any) -> Iterator[Json]:
    def steps(value: Callable[[Cluster], Any]) -> Any:
        first, *rest = legend.clusters
        pairs = [part for each in rest for part in (each.count, value(each))]
        return ["step", ["get", "count"], value(first), *pairs] if pairs else value(first)

    # Over the whole city circles stand close: they are drawn smaller so that the map shows through.
    far, near = steps(lambda each: round(each.radius_px * 0.78, 2)), steps(lambda each: each.radius_px)
    body = _body("circle", f"{name}-cluster", name, legend, [counted])
    yield {
        **body,
        "layout": {"circle-sort-key": ["get", "count"]},
        "paint": {
            "circle-color": steps(lambda each: each.colour),
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, far, 13, near],
            "circle-opacity": 0.88,
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 1.5,
        },
    }

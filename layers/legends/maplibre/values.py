"""Values that go by the class of a feature, by the zoom, or by both, as expressions of MapLibre."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from layers.legends.legend import Class, Legend, Symbol, Value, zooms

Json = dict[str, Any]


def zoom_range(low: float, high: float) -> Json:
    """Write the zooms at which a style layer shows."""
    return {**({"minzoom": low} if low > 0 else {}), **({"maxzoom": high} if high < 24 else {})}


def string(name: str) -> Any:
    """Read an attribute as text; nothing is an empty text."""
    return ["to-string", ["get", name]]


def is_geometry(geometry: str) -> Any:
    """Ask for a kind of geometry: Point, LineString or Polygon."""
    return ["==", ["geometry-type"], geometry]


def interpolated(stops: Sequence[tuple[float, Any]]) -> Any:
    """Write values by zoom."""
    if len(stops) == 1:
        return stops[0][1]
    return ["interpolate", ["linear"], ["zoom"], *(part for stop in stops for part in stop)]


def by_zoom(
    legend: Legend, stops: Sequence[tuple[tuple[float, float], ...]], value: Callable[[Symbol, float], Any]
) -> Any:
    """By zoom outside (it may stand nowhere else) and by class inside."""
    at = zooms(stops)
    found = [(zoom, by_class(legend, lambda s, z=zoom: value(s, z))) for zoom in at]  # type: ignore[misc]
    return found[0][1] if all(each == found[0][1] for _, each in found) else interpolated(found)


def by_class(legend: Legend, value: Callable[[Symbol], Any]) -> Any:
    """Write a value that goes by the class of a feature; the plain value where all have the same."""
    values = [value(each.symbol) for each in legend.classes]
    if all(each == values[0] for each in values):
        return values[0]
    rest = value((legend.others or legend.classes[-1]).symbol)
    pairs = list(zip(legend.classes, values, strict=True))
    if legend.by_range:
        cases = [part for each, found in pairs if each.by_range for part in (_in_range(legend, each), found)]
        return ["case", *cases, rest]
    arms = [part for each, found in pairs if each.values for part in (_texts(each.values), found)]
    return ["match", _key(legend), *arms, rest]


def taken(legend: Legend, only: list[Class] | None = None) -> Any:
    """Filter what the classes (or only some of them) take; None where that is everything."""
    if legend.attribute is None or (only is None and legend.others is not None):
        return None
    classes = legend.classes if only is None else only
    takes_others = any(each.others for each in classes)
    if takes_others:
        left = [each for each in legend.classes if each not in classes]
        return ["!", _any(legend, left)]
    return _any(legend, classes)


def _any(legend: Legend, classes: Iterable[Class]) -> Any:
    if legend.by_range:
        return ["any", *(_in_range(legend, each) for each in classes if each.by_range)]
    return ["in", _key(legend), ["literal", [text for each in classes for text in _texts(each.values)]]]


def _key(legend: Legend) -> Any:
    """Values are compared as text: a match over numbers takes whole ones only."""
    text = string(legend.attribute or "")
    return ["slice", text, 0, legend.characters] if legend.characters else text


def _texts(values: Iterable[Value]) -> list[str]:
    return [text_value(value) for value in values]


def text_value(value: Value) -> str:
    """Write a value as MapLibre's to-string does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _in_range(legend: Legend, each: Class) -> Any:
    number = ["get", legend.attribute]
    checks: list[Any] = [["==", ["typeof", number], "number"]]
    if each.low is not None:
        checks.append([">=", ["to-number", number], each.low])
    if each.high is not None:
        checks.append(["<", ["to-number", number], each.high])
    return ["all", *checks]

"""Looks that people made: kept in what a layer says of itself (about.legend), and checked before."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter, ValidationError

from layers.catalogue import Layer
from layers.legends.legend import Class, Legend, Stroke, Symbol
from spatial.database import query
from spatial.errors import InvalidInput, NotFound, Problem

LOG = logging.getLogger(__name__)
KEY = "legend"
"""Where it stands in about."""
MOST_PROBLEMS = 50

_ADAPTER: TypeAdapter[Legend] = TypeAdapter(Legend)


def written(legend: Legend) -> dict[str, Any]:
    """Write a look as JSON, as `parsed` reads it."""
    document: dict[str, Any] = _ADAPTER.dump_python(legend, mode="json")
    return document


def parsed(document: Any, layer: Layer) -> Legend:
    """Read and check a look for a layer; InvalidInput names every place that is wrong."""
    try:
        legend = _ADAPTER.validate_python(document)
    except ValidationError as error:
        raise InvalidInput(_refused(error)) from None
    problems = list(problems_of(legend, layer))
    if problems:
        raise InvalidInput(problems[:MOST_PROBLEMS])
    return legend


def _refused(error: ValidationError) -> list[Problem]:
    """Say what is wrong; that a whole is too short since a part of it was refused is no news."""
    found = error.errors()
    wholes = {each["loc"][:depth] for each in found for depth in range(1, len(each["loc"]))}
    kept = [each for each in found if each["loc"] not in wholes]
    return [Problem(_place(each["loc"]), each["msg"]) for each in kept[:MOST_PROBLEMS]]


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))[:200] or "legend"


def read_stored(layer: Layer) -> Legend | None:
    """Give the look that is stored with a layer, None for none; one that does not hold is logged and left."""
    document = layer.about.get(KEY)
    return None if document is None else _known(layer.name, repr(document), _Held(layer, document))


class _Held:
    """Equal to all others: the name and the text beside it are the key."""

    def __init__(self, layer: Layer, document: Any) -> None:
        self.layer, self.document = layer, document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(500)
def _known(name: str, _text: str, held: _Held) -> Legend | None:
    try:
        return parsed(held.document, held.layer)
    except InvalidInput as error:
        LOG.warning("the stored look of layer %s is left aside: %s", name, error.detail)
        return None


def store(connection: Connection[Any], name: str, legend: Legend | None) -> None:
    """Keep a look with a layer, or (None) go back to the delivered one; NotFound for no such layer."""
    value = None if legend is None else Jsonb(written(legend))
    if connection.execute(query("layers.legends", "store"), {"name": name, "legend": value}).rowcount != 1:
        raise NotFound(f"there is no layer '{name}'")


def problems_of(legend: Legend, layer: Layer) -> Iterator[Problem]:
    """Say what does not hold together: among the classes, and between them and the layer."""
    yield from _zooms(legend)
    yield from _classes(legend)
    for number, each in enumerate(legend.classes):
        where = f"classes.{number}"
        yield from _symbol(f"{where}.symbol", each.symbol, layer.geometry_type)
        if each.low is not None and each.high is not None and each.low >= each.high:
            yield Problem(where, "low must be less than high")
    yield from _attributes(legend, layer)
    if [each.count for each in legend.clusters] != sorted({each.count for each in legend.clusters}):
        yield Problem("clusters", "counts must rise")


def _zooms(legend: Legend) -> Iterator[Problem]:
    if legend.min_zoom >= legend.max_zoom:
        yield Problem("min_zoom", "must be less than max_zoom")
    if legend.labels and legend.labels.min_zoom >= legend.labels.max_zoom:
        yield Problem("labels.min_zoom", "must be less than labels.max_zoom")
    if legend.labels:
        yield from _rising("labels.size_px", legend.labels.size_px)


def _rising(where: str, stops: tuple[tuple[float, float], ...]) -> Iterator[Problem]:
    at = [zoom for zoom, _ in stops]
    if at != sorted(set(at)):
        yield Problem(where, "zooms must rise")


def _classes(legend: Legend) -> Iterator[Problem]:
    if legend.attribute is None:
        if len(legend.classes) > 1 or any(each.values or each.by_range for each in legend.classes):
            yield Problem("attribute", "is needed to tell classes apart")
        return
    kinds = {"values" if each.values else "range" for each in legend.classes if each.values or each.by_range}
    if len(kinds) > 1 or any(each.values and each.by_range for each in legend.classes):
        yield Problem("classes", "go either by values or by ranges")
    if legend.characters and "range" in kinds:
        yield Problem("characters", "is for classes by values")
    for number, each in enumerate(legend.classes):
        if not (each.values or each.by_range or each.others):
            yield Problem(f"classes.{number}", "takes nothing: give values, low or high, or others")
    if sum(each.others for each in legend.classes) > 1:
        yield Problem("classes", "only one can take the others")
    yield from _overlaps(legend)


def _overlaps(legend: Legend) -> Iterator[Problem]:
    counted = Counter(_text(value) for each in legend.classes for value in each.values)
    for value in (value for value, count in counted.items() if count > 1):
        yield Problem("classes", f"the value '{value[:100]}' stands more than once")
    ranges = sorted(_bounds(each) for each in legend.classes if each.by_range)
    for (_, high), (low, _) in pairwise(ranges):
        if low < high:
            yield Problem("classes", f"ranges overlap at {low:g}")


def _text(value: bool | int | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(each: Class) -> tuple[float, float]:
    low, high = each.low, each.high
    return (float("-inf") if low is None else low), (float("inf") if high is None else high)


NEEDS = {
    "point": (("mark",), "a point needs a mark"),
    "line": (("strokes",), "a line needs a stroke"),
    "polygon": (("fill", "strokes"), "an area needs a fill or a stroke"),
    "geometry": (("fill", "strokes", "mark"), "needs a fill, a stroke or a mark"),
}


def _symbol(where: str, symbol: Symbol, geometry_type: str) -> Iterator[Problem]:
    parts, reason = NEEDS.get(geometry_type, NEEDS["geometry"])
    if not any(getattr(symbol, part) for part in parts):
        yield Problem(where, reason)
    for number, stroke in enumerate(symbol.strokes):
        yield from _stroke(f"{where}.strokes.{number}", stroke)
    if symbol.mark:
        yield from _rising(f"{where}.mark.size_px", symbol.mark.size_px)


def _stroke(where: str, stroke: Stroke) -> Iterator[Problem]:
    yield from _rising(f"{where}.width_px", stroke.width_px)
    yield from _rising(f"{where}.opacity", stroke.opacity)
    if len(stroke.dashes) % 2:
        yield Problem(f"{where}.dashes", "must be pairs of dash and gap")


def _attributes(legend: Legend, layer: Layer) -> Iterator[Problem]:
    asked = [("attribute", legend.attribute)] if legend.attribute is not None else []
    if legend.labels:
        asked += [("labels.attributes", name) for name in legend.labels.attributes]
        asked += [("labels.attributes_en", name) for name in legend.labels.attributes_en]
    for where, name in asked:
        if name not in layer.field_names:
            yield Problem(where, f"the layer has no attribute '{str(name)[:100]}'")

"""What is asked of a layer: which features, in which order, which page of them, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from layers.catalogue import Layer
from layers.features.systems import offered
from layers.filters import Condition
from spatial.errors import InvalidInput, Problem
from spatial.geometry.crs import CRS84, Crs
from spatial.types import BBox

MAX_LIMIT = 10_000
"""Most features one page may hold."""
MAX_ZOOM = 30.0
UNSORTABLE = ("json", "array")
"""Types of attributes that have no order."""


@dataclass(frozen=True)
class Selection:
    """Which features of a layer are asked for, and how they are ordered, paged and written."""

    bbox: BBox | None = None
    """In `bbox_crs`, x before y; in degrees west > east crosses the antimeridian."""
    since: datetime | None = None
    until: datetime | None = None
    equals: Mapping[str, str] = field(default_factory=dict)
    """Attribute equals value; the text is read as the attribute's type."""
    sort: Sequence[tuple[str, bool]] = ()
    """(attribute, descending) pairs; the identifier always breaks ties."""
    limit: int | None = 10
    """None: all of them, for what is streamed."""
    offset: int = 0
    attributes: Sequence[str] | None = None
    """Published attributes to return; None is all of them."""
    geometry: bool = True
    where: Condition | None = None
    """A compiled filter."""
    q: Sequence[str] = ()
    """Texts of which at least one must occur in an attribute of type string, whatever the case."""
    crs: Crs = CRS84
    """Of the coordinates that are written."""
    bbox_crs: Crs = CRS84
    after: Sequence[str | None] | None = None
    """Values (as text) of the sort attributes and the identifier of the feature before the page."""
    before: Sequence[str | None] | None = None
    """The same of the feature behind the page; at most one of the two."""
    zoom: float | None = None
    """Simplify geometries to a pixel of WebMercatorQuad at this zoom."""

    def filters(self) -> dict[str, Any]:
        """Give what decides which features match, whatever their order, page and form."""
        return {
            name: getattr(self, name)
            for name in ("bbox", "bbox_crs", "since", "until", "equals", "where", "q")
        }


def names_of(layer: Layer, selection: Selection) -> tuple[str, ...]:
    """List the attributes that are returned, in the layer's order."""
    if selection.attributes is None:
        return layer.field_names
    chosen = set(selection.attributes)
    return tuple(name for name in layer.field_names if name in chosen)


def check(layer: Layer, selection: Selection) -> None:
    """Raise InvalidInput that names every attribute, box, system or page that is wrong."""
    problems = [
        *_unknown(layer, selection),
        *_bad_page(selection),
        *_bad_box(selection),
        *_bad_system(layer, selection),
    ]
    if problems:
        raise InvalidInput(problems)


def _unknown(layer: Layer, selection: Selection) -> Iterator[Problem]:
    types = {each.name: each.type for each in layer.fields}
    asked = [
        *((name, name) for name in selection.equals),
        *(("sortby", name) for name, _ in selection.sort),
        *(("properties", name) for name in selection.attributes or ()),
    ]
    for where, name in asked:
        if name not in types:
            yield Problem(where, f"layer '{layer.name}' has no attribute '{name}'")
        elif where == "sortby" and types[name] in UNSORTABLE:
            yield Problem(where, f"'{name}' has no order to sort by")


def _bad_page(selection: Selection) -> Iterator[Problem]:
    if selection.limit is not None and not 1 <= selection.limit <= MAX_LIMIT:
        yield Problem("limit", f"must be between 1 and {MAX_LIMIT}")
    if not 0 <= selection.offset < 2**31:
        yield Problem("offset", "must be 0 or more")
    for keys in (selection.after, selection.before):
        if keys is not None and (len(keys) != len(selection.sort) + 1 or keys[-1] is None):
            yield Problem("token", "belongs to another order")
    if selection.zoom is not None and not 0 <= selection.zoom <= MAX_ZOOM:
        yield Problem("zoom-level", f"must be between 0 and {MAX_ZOOM:g}")


def _bad_box(selection: Selection) -> Iterator[Problem]:
    bbox = selection.bbox
    if bbox is None:
        return
    if not all(map(math.isfinite, bbox)):
        yield Problem("bbox", "must be four finite numbers")
    elif bbox.south > bbox.north:
        yield Problem("bbox", "south is north of north")
    elif not selection.bbox_crs.in_degrees:
        if bbox.west > bbox.east:
            yield Problem("bbox", "west is east of east, and only a box in degrees crosses the antimeridian")
    elif max(abs(bbox.west), abs(bbox.east)) > 180 or max(abs(bbox.south), abs(bbox.north)) > 90:
        yield Problem("bbox", "is outside longitude ±180, latitude ±90")


def _bad_system(layer: Layer, selection: Selection) -> Iterator[Problem]:
    for where, crs in (("crs", selection.crs), ("bbox-crs", selection.bbox_crs)):
        if crs is not CRS84 and crs not in offered(layer):
            yield Problem(where, f"layer '{layer.name}' is not offered in {crs.name}")

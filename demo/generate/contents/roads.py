"""Places along streets: sections, points beside them, and the nearest street of a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.contents.city import City, Points, coordinates
from demo.generate.contents.files import texts

SECTION_M = 300.0

BUSY = {"motorway": 0.3, "primary": 3.0, "secondary": 2.5, "tertiary": 2.0}
"""How much more happens along a metre of street of a class than along a lane (1.0)."""

DRAWN_BUSY = 0.7
"""Drawn streets, of which there are more than there would be, against real ones."""


@dataclass(frozen=True)
class Streets:
    """Every street of the extent in sections of at most 300 m.

    lines: plane LineStrings; names: None where unnamed; klass: highway class as in OSM.
    """

    lines: NDArray[np.object_]
    names: list[str | None]
    klass: list[str]
    generated: NDArray[np.bool_]

    @cached_property
    def lengths_m(self) -> NDArray[np.float64]:
        """Length of every section."""
        return np.asarray(shapely.length(self.lines))

    @cached_property
    def busy(self) -> NDArray[np.float64]:
        """How much happens on every section, by its length and class."""
        by_class = np.array([BUSY.get(klass, 1.0) for klass in self.klass])
        return self.lengths_m * by_class * np.where(self.generated, DRAWN_BUSY, 1.0)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the sections."""
        return shapely.STRtree(self.lines)


def read_streets(city: City) -> Streets:
    """Take the real drive network and the drawn streets, cut to the extent and into sections."""
    real = city.features[(city.features["layer"] == "roads_drive") & city.features["tunnel"].isna()]
    drawn = city.roads[city.roads["generated"] & city.roads["kind"].isin(["road", "lane"])]
    lines = [*real["plane"], *drawn["plane"]]
    names = texts([*real["name"], *([None] * len(drawn))])
    klass = [*real["highway"], *drawn["class"]]
    generated = np.repeat([False, True], [len(real), len(drawn)])
    return _sectioned(city.extent, np.asarray(lines), names, klass, generated)


def _sectioned(extent: Any, lines: Any, names: list[Any], klass: list[Any], generated: Any) -> Streets:
    shapely.prepare(extent)
    within = [line if extent.contains(line) else line.intersection(extent) for line in lines]
    parts, owner = shapely.get_parts(within, return_index=True)
    keep = shapely.get_type_id(parts) == 1
    pieces = [(piece, i) for part, i in zip(parts[keep], owner[keep], strict=True) for piece in _cut(part)]
    rows = [i for _, i in pieces]
    shapes = np.array([piece for piece, _ in pieces], dtype=object)
    return Streets(shapes, [names[i] for i in rows], [klass[i] for i in rows], generated[rows])


def _cut(line: Any) -> list[Any]:
    from shapely.ops import substring

    count = max(1, int(np.ceil(line.length / SECTION_M)))
    ends = np.linspace(0.0, line.length, count + 1)
    return [substring(line, a, b) for a, b in pairwise(ends) if b - a > 1.0]


def beside(lines: Any, distances_m: Any, offsets_m: Any) -> Points:
    """Return points `distances_m` along plane lines and `offsets_m` to their left (negative: right)."""
    at_m = np.asarray(distances_m)
    here, ahead, behind = (
        coordinates(shapely.line_interpolate_point(lines, where_m))
        for where_m in (at_m, at_m + 0.5, np.maximum(at_m - 0.5, 0.0))
    )
    along = ahead - behind
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    return here + np.column_stack([-along[:, 1], along[:, 0]]) * np.asarray(offsets_m)[:, None]


def onto_streets(streets: Streets, xy: Points, offsets_m: Any) -> Points:
    """Move points to their nearest street, then `offsets_m` to its left."""
    rows = streets.tree.nearest(shapely.points(xy))
    lines = streets.lines[rows]
    return beside(lines, shapely.line_locate_point(lines, shapely.points(xy)), offsets_m)

"""The units of the coverage `grids` that a reader may see, and sums per unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.events.hot_spots import adjacent_areas
from spatial.types import BBox

ROOM = "layers.processing"
LEVELS = ("district", "street", "community", "grid")
"""Levels of the coverage by name, from coarse to fine."""


@dataclass(frozen=True)
class Units:
    """Units of one level, in the order of their codes."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    names_en: tuple[str, ...]
    shapes: npt.NDArray[np.object_]

    def chosen(self, wanted: Callable[[str], bool]) -> Units:
        """Keep those whose code is wanted."""
        kept = [index for index, code in enumerate(self.codes) if wanted(code)]
        codes, names, names_en = (
            tuple(column[index] for index in kept) for column in (self.codes, self.names, self.names_en)
        )
        return Units(codes, names, names_en, self.shapes[kept])

    def neighbours(self) -> Any:
        """Tell which touch (n, n), in an edge or in a corner: their arcs are shared, so it is exact."""
        coordinates, owners = shapely.get_coordinates(self.shapes, return_index=True)
        return adjacent_areas(coordinates, owners, len(self.codes))


def read_units(connection: Connection[Any], level: int) -> Units:
    """Read the units of a level (1: the coarsest) in force now that the session's reader may see."""
    rows = connection.execute(query(ROOM, "units"), {"level": level}, binary=True).fetchall()
    codes, names, names_en, shapes = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Units(codes, names, names_en, np.asarray(shapely.from_wkb(list(shapes)), object))


def units_box(connection: Connection[Any], level: int) -> BBox | None:
    """Measure the box around those units, in degrees; None when there are none."""
    (edges,) = connection.execute(query(ROOM, "units_box"), {"level": level}).fetchall()
    return None if edges[0] is None else BBox(*edges)


def places_of(chains: Sequence[Sequence[Any]], level: int, codes: Sequence[str]) -> npt.NDArray[np.int64]:
    """For each base unit, by its chain from coarse to fine, find its unit's place among codes; -1: none.

    One more, -1, stands at the end: what base unit -1 finds.
    """
    place = {code: index for index, code in enumerate(codes)}
    return np.array([*(place.get(chain[level - 1].code, -1) for chain in chains), -1], np.int64)


@dataclass(frozen=True)
class Sums:
    """Figures of n places, from the points that lie in each."""

    count: npt.NDArray[np.int64]
    sum: npt.NDArray[np.float64]
    """Of the values that there are."""
    mean: npt.NDArray[np.float64]
    """NaN where no point has a value."""


def sums(place: npt.NDArray[np.int64], value: npt.NDArray[np.float64], size: int) -> Sums:
    """Count points and add up their values by place (p,), each 0 … size-1, or -1 for nowhere."""
    here = place >= 0
    known = here & np.isfinite(value)
    count = np.bincount(place[here], minlength=size).astype(np.int64)
    total = np.asarray(np.bincount(place[known], value[known], size), np.float64)
    valued = np.bincount(place[known], minlength=size).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Sums(count, total, total / valued)

"""Which unit has a point? Exactly, and ten million times a second on one core.

Points are raw doubles and are never snapped; the units are the polygons whose vertices are the published
doubles of their arcs. Rulings:

* inside: exactly one unit covers the point.
* border: the point lies on an arc, exactly. At a node (where two or more arcs meet) the unit with the
  smallest code around it has the point; elsewhere the arc's left unit in its canonical direction
  (`spatial.geometry.arcs.Arcs`); where the left is outside the coverage, the unit on the right.
* nearest: outside the coverage, but a unit is within the tolerance; equally near, the smallest code.
* unassigned: none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from spatial.errors import InvalidInput
from spatial.geometry.arcs import Arcs
from spatial.grids import locate_files, locate_kernels
from spatial.grids.locate_kernels import Tables
from spatial.grids.locate_tables import make_tables

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]


class Ruling(IntEnum):
    """Why a point belongs to its unit (归属判定)."""

    inside = locate_kernels.INSIDE
    border = locate_kernels.BORDER
    nearest = locate_kernels.NEAREST
    unassigned = locate_kernels.UNASSIGNED


class Answer(NamedTuple):
    """What locate says of one point."""

    unit: int
    """Index of the unit, or -1."""
    ruling: Ruling
    border_m: float
    """Metres to the border of the unit; NaN when unassigned."""
    runner_up: int
    """Index of the unit beyond the nearest piece of border, or -1 for outside the coverage."""


@dataclass(frozen=True)
class LocateIndex:
    """A compiled coverage version: immutable, shared by threads, and by processes when loaded from a file."""

    codes: tuple[str, ...]
    """Code of each unit."""
    tolerance_m: float
    """How far outside the coverage a point may lie and still be given to the nearest unit."""
    buffer: npt.NDArray[np.uint8]
    layout: npt.NDArray[np.int64]

    @cached_property
    def tables(self) -> Tables:
        """The tables of the index, viewed in its buffer."""
        return Tables(*locate_kernels.unpack(self.buffer, self.layout))

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[IntArray, npt.NDArray[np.uint8]]:
        """Assign points, lon and lat float (n,) degrees: unit int32 (n,), -1 = unassigned; ruling uint8 (n,).

        Coordinates that are NaN, infinite or out of range come back unassigned. No points give empty arrays.
        """
        x, y = _columns(lon, lat)
        unit, ruling = np.empty(len(x), np.int32), np.empty(len(x), np.uint8)
        locate_kernels.locate_many(self.tables, x, y, unit, ruling)
        locate_kernels.adopt_many(self.tables, x, y, unit, ruling)
        return unit, ruling

    def border(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, unit: npt.ArrayLike
    ) -> tuple[FloatArray, IntArray]:
        """Measure points (n,) to the border of their unit: metres float (n,) and the unit beyond int32 (n,).

        The metric is that of the ellipsoid at the middle latitude (1e-6 of the geodesic within a kilometre).
        Beyond is -1 outside the coverage; of several units equally near, the smallest code. A unit of -1
        gives NaN and -1.
        """
        x, y = _columns(lon, lat)
        of = _read_only(np.ascontiguousarray(unit, np.int32))
        if of.shape != x.shape:
            raise InvalidInput.at("unit", "there must be one unit per point")
        border_m, runner_up = np.empty(len(x)), np.empty(len(x), np.int32)
        locate_kernels.border_many(self.tables, x, y, of, border_m, runner_up)
        return border_m, runner_up

    def answer(self, lon: float, lat: float) -> Answer:
        """Locate one point and measure it to its border: the path of a single request."""
        unit, ruling, border_m, runner_up = locate_kernels.answer_point(
            self.buffer, self.layout, float(lon), float(lat)
        )
        return Answer(unit, _RULINGS[ruling], border_m, runner_up)

    def save(self, path: Path) -> None:
        """Write the index to one file, all or nothing: a reader sees the old file or the new one."""
        locate_files.write(path, self.codes, self.tolerance_m, self.buffer, self.layout)


_RULINGS = tuple(Ruling)


def _columns(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = (_read_only(np.ascontiguousarray(column, np.float64)) for column in (lon, lat))
    if x.ndim != 1 or x.shape != y.shape:
        raise InvalidInput.at("lat", "lon and lat must be two columns of the same length")
    return x, y


def _read_only(array: Any) -> Any:
    """Give a view that may not be written: numba compiles a kernel anew for each kind it meets."""
    view = array.view()
    view.setflags(write=False)
    return view


def compile_index(
    arcs: Arcs, codes: Sequence[str], tolerance_m: float, max_cells: int = 1 << 22
) -> LocateIndex:
    """Compile the arcs of a coverage whose unit i has codes[i].

    tolerance_m: see `LocateIndex`. max_cells: most cells of the label raster (4 bytes each).
    Raises InvalidInput when an arc names a unit that has no code, or the arcs do not close.
    A coverage without arcs assigns nothing.
    """
    if not 0 <= tolerance_m <= 100_000:
        raise InvalidInput.at("tolerance_m", "must be between 0 and 100,000 metres")
    return LocateIndex(tuple(codes), float(tolerance_m), *make_tables(arcs, codes, tolerance_m, max_cells))


def load_index(path: Path) -> LocateIndex:
    """Open a saved index without reading it: its pages are mapped and shared between processes.

    Raises NotFound when there is no such file, InvalidInput when it is not an index of this version.
    """
    return LocateIndex(*locate_files.read(path))

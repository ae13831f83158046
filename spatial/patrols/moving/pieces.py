"""Pieces of a clean track (temporal primitive geometries): where nobody was lost, and no day ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.patrols.columns import Columns
from spatial.patrols.grading.plane import scales
from spatial.patrols.moving.curves import DISCRETE, LINEAR, STEP, Curve
from spatial.patrols.track_forms import pieces
from spatial.patrols.tracks import Track
from spatial.types import BBox

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """Fixes of one mover (n,), n at least 1, in one local day, with no long silence between them.

    It is known by when it begins, in POSIX microseconds.
    """

    columns: Columns

    @property
    def name(self) -> int:
        """When it begins."""
        return int(self.columns.time_us[0])

    @property
    def end_us(self) -> int:
        """When it ends."""
        return int(self.columns.time_us[-1])

    @cached_property
    def path(self) -> Curve:
        """Positions (n, 2): longitude, latitude, WGS-84. Longitudes go on beyond 180 across that meridian."""
        lon = np.unwrap(self.columns.lon, period=360.0)
        return Curve(self.columns.time_us, np.column_stack([lon, self.columns.lat]), self._way)

    @property
    def _way(self) -> str:
        """Of a single fix there is no way."""
        return LINEAR if len(self.columns) > 1 else DISCRETE

    @cached_property
    def _legs_m(self) -> Float:
        east, north = scales(self.path.values[:, 1])
        steps = np.diff(self.path.values, axis=0)
        x, y = steps[:, 0] * (east[1:] + east[:-1]) / 2, steps[:, 1] * (north[1:] + north[:-1]) / 2
        return np.asarray(np.hypot(x, y))

    @cached_property
    def _legs_s(self) -> Float:
        return np.asarray(np.diff(self.columns.time_us) / 1e6)

    def distance(self) -> Curve:
        """Tell how far it went since it began, in metres, along its own line."""
        gone = np.concatenate([[0.0], np.cumsum(self._legs_m)])
        return Curve(self.columns.time_us, gone, self._way)

    def velocity(self) -> Curve:
        """Tell the speed along its line in m/s: of straight legs, so it is one number for each."""
        if len(self.columns) < 2:
            return self._nothing()
        legs = self._legs_m / self._legs_s
        return Curve(self.columns.time_us, np.append(legs, legs[-1]), STEP)

    def acceleration(self) -> Curve:
        """Tell how the speed changes, in m/s², at each fix but the first and the last.

        From the mean speed of the leg before to that of the leg behind, over the time between their middles.
        """
        if len(self.columns) < 3:
            return self._nothing()
        change = np.diff(self._legs_m / self._legs_s)
        over = (self._legs_s[1:] + self._legs_s[:-1]) / 2
        way = LINEAR if len(change) > 1 else DISCRETE
        return Curve(self.columns.time_us[1:-1], change / over, way)

    def _nothing(self) -> Curve:
        return Curve(np.zeros(0, np.int64), np.zeros(0), DISCRETE)

    def measured(self, name: str, interpolation: str) -> Curve:
        """Tell what devices said with each fix; fixes that did not say it are left out."""
        values = np.round(getattr(self.columns, name).astype(np.float64), 3)
        said = np.isfinite(values)
        way = interpolation if said.sum() > 1 else DISCRETE
        return Curve(self.columns.time_us[said], values[said], way)

    def unit(self) -> Curve:
        """Tell the base unit that the mover was in, by its code."""
        names = np.array([*self.columns.units, None], object)[self.columns.unit]
        known = self.columns.unit >= 0
        return Curve(self.columns.time_us[known], names[known], STEP if known.sum() > 1 else DISCRETE)


@dataclass(frozen=True)
class Kind:
    """What changes with time along a piece, and how it is written in MF-JSON."""

    curve: Callable[[Piece], Curve]
    type: str
    """TReal or TText."""
    form: str | None
    """Unit: a common code of UN/CEFACT, or an address."""
    description: str


QUERIES = {
    "distance": Kind(Piece.distance, "TReal", "MTR", "Way since the piece began, along its line"),
    "velocity": Kind(Piece.velocity, "TReal", "MTS", "Speed along the line, leg by leg"),
    "acceleration": Kind(Piece.acceleration, "TReal", "MSK", "Change of the speed from leg to leg"),
}
"""What can be asked of the line itself."""

PROPERTIES = {
    "speed": Kind(
        lambda piece: piece.measured("speed_mps", LINEAR), "TReal", "MTS", "Speed as the device told it"
    ),
    "course": Kind(
        lambda piece: piece.measured("course_deg", DISCRETE),
        "TReal", "http://qudt.org/vocab/unit/DEG", "Course as the device told it, clockwise from north",
    ),
    "accuracy": Kind(
        lambda piece: piece.measured("accuracy_m", DISCRETE), "TReal", "MTR", "Accuracy of the position"
    ),
    "unit": Kind(Piece.unit, "TText", None, "Code of the grid that the mover was in"),
}  # fmt: skip
"""What was said with the fixes."""


def pieces_of(track: Track, gap_s: float) -> Iterator[Piece]:
    """Cut the clean track of one local day where there was silence for longer than `gap_s`."""
    for rows in pieces(track, gap_s):
        part = track.columns[rows]
        # Two devices may tell of the same moment: MF-JSON has each moment once.
        first = np.append(True, np.diff(part.time_us) > 0)
        yield Piece(part[np.flatnonzero(first)])


def meets(path: Curve, box: BBox) -> bool:
    """Tell whether a line has a part in a box; its west may lie beyond its east."""
    east = box.east if box.west <= box.east else box.east + 360.0
    line = shapely.LineString(path.values) if len(path) > 1 else shapely.Point(path.values[0])
    turns = (-360.0, 0.0, 360.0)
    return any(line.intersects(shapely.box(box.west + at, box.south, east + at, box.north)) for at in turns)


def wrapped(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Bring the longitudes of positions (n, 2) back into [-180, 180], the others to the bit as they are."""
    lon = values[:, 0]
    return np.column_stack([np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon), values[:, 1]])

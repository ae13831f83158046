"""What compliance looks at: the fixes of one mover that count, in metres around a target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spatial.geometry.plane import Plane
from spatial.patrols.verdicts import COUNTS_FOR_WAY

FloatArray = npt.NDArray[np.float64]
Moments = npt.NDArray[np.int64]

_COUNTED = np.array(sorted(COUNTS_FOR_WAY), np.int8)
_COLUMNS = ("time_us", "lon", "lat", "accuracy_m", "verdict")
NO_ACCURACY_M = 15.0
"""Taken for the accuracy of a fix that says none."""
LEAST_ACCURACY_M = 3.0
"""No phone is better than that, whatever it says."""


@dataclass(frozen=True)
class Track:
    """Fixes of one mover in the order of time: columns of one length."""

    time_us: Moments
    """POSIX microseconds."""
    lon: FloatArray
    lat: FloatArray
    """Degrees, WGS-84."""
    accuracy_m: FloatArray
    """Radius in which two of three fixes lie, as Android and iOS mean it; NaN: not said."""
    verdict: npt.NDArray[np.int8]
    """Of spatial.patrols.verdicts."""
    usual_mps: float = 0.0
    """How fast the mover usually goes; 0: not known."""

    def __len__(self) -> int:
        return len(self.time_us)

    @classmethod
    def none(cls) -> Track:
        """Give a track without fixes."""
        nothing = np.zeros(0)
        return cls(np.zeros(0, np.int64), nothing, nothing, nothing, np.zeros(0, np.int8))

    def between(self, since_us: int, until_us: int) -> Track:
        """Give the part from one moment to another, both included."""
        part = slice(*np.searchsorted(self.time_us, [since_us, until_us + 1]).tolist())
        return self._at(part)

    def counted(self, worst_m: float) -> Track:
        """Give the fixes that tell where somebody was, no worse than so many metres; accuracies filled in."""
        stated = np.where(np.isfinite(self.accuracy_m), self.accuracy_m, NO_ACCURACY_M)
        known = replace(self, accuracy_m=np.maximum(stated, LEAST_ACCURACY_M))
        return known._at(np.isin(self.verdict, _COUNTED) & (stated <= worst_m))

    def _at(self, rows: slice | npt.NDArray[np.bool_]) -> Track:
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})


def joined(tracks: Iterable[Track]) -> Track:
    """Put tracks together in the order of time."""
    parts = list(tracks) or [Track.none()]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS]
    order = np.argsort(columns[0], kind="stable")
    time_us, lon, lat, accuracy_m, verdict = (column[order] for column in columns)
    return Track(time_us, lon, lat, accuracy_m, verdict, max(part.usual_mps for part in parts))


@dataclass(frozen=True)
class Legs:
    """A track on a plane: its fixes in metres, and the legs between those that follow one another."""

    time_us: Moments
    x: FloatArray
    y: FloatArray
    worst: FloatArray
    linked: npt.NDArray[np.bool_]
    """(n - 1,): whether the way from a fix to the next is known."""

    @classmethod
    def of(cls, track: Track, plane: Plane, link_s: float, link_m: float) -> Legs:
        """Project a track; fixes further apart than `link_s` or `link_m` have an unknown way between them."""
        x, y = xy_of(plane, track.lon, track.lat)
        steps = np.hypot(np.diff(x), np.diff(y))
        linked = (np.diff(track.time_us) <= link_s * 1e6) & (steps <= link_m)
        return cls(track.time_us, x, y, track.accuracy_m, linked)

    @property
    def ends(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Fixes that legs begin and end with; one that nothing is linked with is a leg by itself."""
        before = np.concatenate([[False], self.linked])[: len(self.x)]
        after = np.concatenate([self.linked, [False]])[: len(self.x)]
        alone = np.flatnonzero(~before & ~after)
        starts = np.flatnonzero(self.linked)
        return np.concatenate([starts, alone]), np.concatenate([starts + 1, alone])


def xy_of(plane: Plane, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Convert degrees (n,) to metres on a plane, without rounding."""
    scale = plane.metres_per_nano * 1e9
    west, south = np.array(plane.origin_nano) / 1e9
    return (np.asarray(lon) - west) * scale[0], (np.asarray(lat) - south) * scale[1]

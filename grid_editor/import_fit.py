"""How far an imported file lies from what is there, and in which datum it would lie on it.

A file in GCJ-02 that is taken for WGS-84 looks perfect and lies half a kilometre away: nothing in it says
so, but the units or borders of the plan do.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from grid_editor.import_coverage import Outlines
from grid_editor.pieces import lines_of
from grid_editor.state import State
from spatial.geometry.datum import convert
from spatial.geometry.plane import Plane

Floats = npt.NDArray[np.float64]
Json = dict[str, Any]
DATUMS = ("wgs84", "gcj02", "bd09")
"""CGCS2000 is the same as WGS-84 here."""
LEAST_SUSPECT_M = 30.0
"""A file that lies nearer than this is not suspected of another datum."""
_SHARE = 0.2
"""How near another datum must bring it, as a share of how far it lies."""
_MOST_PLACES = 2_000


@dataclass(frozen=True)
class Fit:
    """Where the file lies against the plan."""

    by: Literal["units", "borders"]
    """Middles of units with the same codes; without any, vertices of the file to the nearest border."""
    places: int
    east_m: float | None
    north_m: float | None
    """The usual way from the unit of the plan to that of the file; None by borders."""
    datums: dict[str, float]
    """How far it would lie, median metres, if it were in each datum."""
    declared: str
    suggested: str | None
    """The datum that it fits much better in than in the declared one."""

    @property
    def distance_m(self) -> float:
        """How far it lies, in the datum that was declared."""
        return self.datums[self.declared]

    def json(self) -> Json:
        """Write it as the report has it."""
        return {**asdict(self), "distance_m": self.distance_m}


def fit_of(state: State, outlines: Outlines, datum: str) -> Fit | None:
    """Compare outlines, which were read as `datum`, with a state; None where there is nothing to compare."""
    declared = "wgs84" if datum == "cgcs2000" else datum
    known = [(at, unit) for at, code in enumerate(outlines.codes) if code and (unit := _unit(state, code))]
    if known:
        mine = _middles(outlines.shapes[[at for at, _ in known]])
        theirs = _middles(np.array([state.polygon(unit) for _, unit in known], object))
        found = {name: _between(_as_if(mine, declared, name), theirs) for name in DATUMS}
        east, north = np.median(found[declared], axis=0).tolist()
        far = {name: float(np.median(np.hypot(*each.T))) for name, each in found.items()}
        return Fit("units", len(known), east, north, far, declared, _better(far, declared))
    places, borders = _sample(shapely.get_coordinates(outlines.shapes)), lines_of(list(state.pieces()))
    if not len(borders):
        return None
    far = {name: _to_borders(_as_if(places, declared, name), borders) for name in DATUMS}
    return Fit("borders", len(places), None, None, far, declared, _better(far, declared))


def _unit(state: State, code: str) -> str | None:
    found = state.unit_by_code(code)
    return found.id if found is not None and found.level == state.base.depth else None


def _middles(shapes: Any) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)), np.float64)


def _as_if(lonlat: Floats, declared: str, other: str) -> Floats:
    """Where places would lie, had they not been declared to be in one datum but in another."""
    if declared == other:
        return lonlat
    written = convert(lonlat[:, 0], lonlat[:, 1], "wgs84", declared)
    return np.stack(convert(*written, other, "wgs84"), axis=1)


def _between(lonlat: Floats, others: Floats) -> Floats:
    """Measure the ways from others (n, 2) to places (n, 2), metres east and north."""
    middle = Plane.around(shapely.points(others))
    return np.asarray((lonlat - others) * 1e9 * middle.metres_per_nano, np.float64)


def _to_borders(lonlat: Floats, borders: Any) -> float:
    plane = Plane.around(borders)
    _, far = shapely.STRtree(plane.project(borders)).query_nearest(
        plane.project(shapely.points(lonlat)), return_distance=True, all_matches=False
    )
    return float(np.median(far))


def _sample(points: Floats) -> Floats:
    return np.asarray(points[:: max(1, len(points) // _MOST_PLACES)], np.float64)


def _better(far: dict[str, float], declared: str) -> str | None:
    best = min(far, key=lambda name: far[name])
    suspect = far[declared] > LEAST_SUSPECT_M and far[best] < _SHARE * far[declared]
    return best if suspect else None

"""The quarrel map (争议图): how many events a year position error puts on the wrong side of a border.

An event that is reported at p truly happened at a point that is distributed around p; by that the chance
that it belongs to another unit is an integral along the unit's border. Taken arc by arc, it says which
piece of border makes departments quarrel, and what a new line there would save.

For a Gaussian error with standard deviation σ on each axis, seen from p, an edge at the distance h whose
ends lie at x₁ and x₂ along it carries (1/2π) ∫ exp(-h² / 2σ² cos²φ) dφ = T(h/σ, x₂/h) - T(h/σ, x₁/h) with
Owen's T (Owen 1956); edges that the unit turns away from p count negative. Summed over a whole closed
border this is exactly the probability of lying outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import Connection
from scipy.special import owens_t

from spatial.database import query
from spatial.geometry.arcs import OUTSIDE, Arcs
from spatial.geometry.crs import geodesic_m
from spatial.geometry.precision import FloatArray, IntArray, from_nano
from spatial.types import BBox

_AXIS_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563
_REACH = 6.0
"""Edges farther away than this many σ carry less than 1e-8 of an event."""
_ON = 1e-9
"""A report this near (in σ) lies on the edge: half of its error is beyond."""
_PAIRS = 2_000_000
"""Pairs of event and edge that are held in memory at a time."""
_LEAST_DAYS = 90.0
"""Fewer days of events than this say too little of a year."""
_TO_95 = 2.4477
"""95 % of a two-dimensional Gaussian lie within this many σ of its middle (Rayleigh)."""


@dataclass(frozen=True)
class Accuracy:
    """How well a source (来源) places an event: a mixture of Gaussians."""

    source: str
    shares: tuple[tuple[float, float], ...]
    """(share, σ in metres on each axis); the shares sum to 1."""
    why: str
    """Where the figures come from."""


def _within_95(radius_m: float) -> float:
    """Give the σ of an error that stays within a radius in 95 of 100 cases."""
    return radius_m / _TO_95


PHONE_M, DOOR_M, STREET_M = _within_95(10.0), _within_95(21.0), _within_95(152.0)

ACCURACIES: tuple[Accuracy, ...] = (
    Accuracy(
        "app", ((0.8, PHONE_M), (0.2, 3 * PHONE_M)),
        "phone: within 10 m in 95 % (Al-Azizi & Shafri 2017); assumed three times worse for one in five,"
        " among high buildings",
    ),
    Accuracy("patrol", ((0.8, PHONE_M), (0.2, 3 * PHONE_M)), "as app: the patrol reports by phone"),
    Accuracy(
        "public", ((0.5, PHONE_M), (0.5, DOOR_M)),
        "assumed: half by the phone's place, half by a pin that is set on a map",
    ),
    Accuracy(
        "hotline", ((0.8, DOOR_M), (0.2, STREET_M)),
        "matched address: at a parcel within 21 m, along a street within 152 m in 95 % (urban; Cayo & Talbot"
        " 2003); assumed that four in five are matched to a door",
    ),
    Accuracy("internet", ((0.3, DOOR_M), (0.7, STREET_M)), "assumed: most texts name a street only"),
    Accuracy("sensor", ((1.0, 1.0),), "assumed: surveyed when it was put up"),
    Accuracy("camera", ((1.0, _within_95(15.0)),), "assumed: the middle of what a camera sees"),
)  # fmt: skip
"""What is taken for the accuracy of each source; a source that is not listed counts as `public`."""

_BY_SOURCE = {accuracy.source: accuracy for accuracy in ACCURACIES}


@dataclass(frozen=True)
class Reports:
    """Where events were reported, and how sure each place is."""

    lon: FloatArray
    """(n,) degrees."""
    lat: FloatArray
    sigma_m: FloatArray
    """(n,) standard deviation of the error on each axis."""
    weight: FloatArray
    """(n,) how many events a year it stands for."""


@dataclass(frozen=True)
class Quarrels:
    """What is expected of each arc, in events a year."""

    of_left: FloatArray
    """(m,) events of the unit on the left that truly belong beyond the arc."""
    of_right: FloatArray
    """(m,) events of the unit on the right that truly belong beyond the arc."""
    length_m: FloatArray
    """(m,) along the ellipsoid."""

    @property
    def a_year(self) -> FloatArray:
        """(m,) events on the wrong side of the arc, of both units together."""
        return self.of_left + self.of_right


def reports(lon: npt.ArrayLike, lat: npt.ArrayLike, sources: Sequence[str], days: float) -> Reports:
    """Take events (n,) of a span of days with the accuracy of their sources; a mixture gives several rows."""
    rows = [
        (row, share, sigma_m)
        for row, source in enumerate(sources)
        for share, sigma_m in _BY_SOURCE.get(source, _BY_SOURCE["public"]).shares
    ]
    which = np.array([row for row, _, _ in rows], np.int64)
    shares, sigmas = np.array([row[1:] for row in rows], np.float64).reshape(-1, 2).T
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    return Reports(x[which], y[which], sigmas.copy(), shares * (365.25 / days))


def quarrels(arcs: Arcs, polygons: Sequence[object], given: Reports) -> Quarrels:
    """Expect, for every arc, the events a year on its wrong side; events outside of all units count nowhere.

    polygons: of the units that the arcs index, EPSG:4326; those whose events shall not count may be None.
    """
    owner = owners(polygons, given)
    edges = _Edges.of(arcs)
    sides = [
        _expected(edges, given, _pairs(edges, side, owner, given), sign, len(arcs))
        for side, sign in ((arcs.left, 1.0), (arcs.right, -1.0))
    ]
    return Quarrels(sides[0], sides[1], _lengths_m(arcs))


def owners(polygons: Sequence[object], given: Reports) -> npt.NDArray[np.int32]:
    """Find the unit of each report, (n,); -1 for none. On a border it is the first of the units there."""
    tree = shapely.STRtree(np.asarray(polygons, dtype=object))
    point, unit = tree.query(shapely.points(given.lon, given.lat), predicate="intersects")
    found = np.full(len(given.lon), OUTSIDE, np.int32)
    order = np.lexsort((-unit, point))
    found[point[order]] = unit[order]
    return found


@dataclass(frozen=True)
class _Edges:
    """The straight pieces of all arcs."""

    start: FloatArray
    """(e, 2) degrees."""
    end: FloatArray
    arc: IntArray
    """(e,) the arc that each belongs to."""

    @classmethod
    def of(cls, arcs: Arcs) -> _Edges:
        degrees = from_nano(arcs.coords)
        inner = np.ones(len(degrees), bool)
        inner[arcs.offsets[1:] - 1] = False
        first = np.flatnonzero(inner)
        return cls(
            degrees[first], degrees[first + 1], np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets) - 1)
        )


def _pairs(
    edges: _Edges, side: npt.NDArray[np.int32], owner: npt.NDArray[np.int32], given: Reports
) -> tuple[IntArray, IntArray]:
    """Pair every report with the edges of its unit that have it on one side: (report, edge), both (p,)."""
    unit_of_edge = side[edges.arc]
    by_unit = np.argsort(unit_of_edge, kind="stable")
    ordered = unit_of_edge[by_unit]
    inside = np.flatnonzero((owner != OUTSIDE) & (given.sigma_m > 0))
    begin = np.searchsorted(ordered, owner[inside], "left")
    count = np.searchsorted(ordered, owner[inside], "right") - begin
    row = np.repeat(inside, count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, by_unit[np.repeat(begin, count) + step]


def _expected(
    edges: _Edges, given: Reports, pairs: tuple[IntArray, IntArray], sign: float, n_arcs: int
) -> FloatArray:
    """Sum what edges carry, by arc. sign: 1 where the reports' unit is on the left of the edges, else -1."""
    total = np.zeros(n_arcs)
    for start in range(0, len(pairs[0]), _PAIRS):
        row, edge = pairs[0][start : start + _PAIRS], pairs[1][start : start + _PAIRS]
        carried = _carried(*_seen(edges, given, row, edge), sign) * given.weight[row]
        total += np.bincount(edges.arc[edge], carried, n_arcs)
    return total


def _seen(edges: _Edges, given: Reports, row: IntArray, edge: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give the ends (2, p) of the edges as their reports see them: east and north, in σ."""
    at = np.stack([given.lon[row], given.lat[row]], axis=1)
    scale = _metres_per_degree(given.lat[row]) / given.sigma_m[row, None]
    return ((edges.start[edge] - at) * scale).T, ((edges.end[edge] - at) * scale).T


def _carried(start: FloatArray, end: FloatArray, sign: float) -> FloatArray:
    """Integrate the error across each edge: positive where the report is on the side `sign` of it."""
    along = end - start
    length = np.hypot(*along)
    along /= np.where(length > 0, length, 1.0)
    first = (start * along).sum(axis=0)
    last = first + length
    # The cross product is positive to the left of whoever walks the edge.
    h = start[0] * along[1] - start[1] * along[0]
    on_it = (np.abs(h) <= _ON) & (first <= 0) & (last > 0)
    near = (np.abs(h) < _REACH) & (np.abs(h) > _ON) & (last > -_REACH) & (first < _REACH)
    carried = np.where(on_it, 0.5, 0.0)
    away = h[near]
    carried[near] = sign * (owens_t(away, last[near] / away) - owens_t(away, first[near] / away))
    return carried


def _metres_per_degree(lat: FloatArray) -> FloatArray:
    """Measure a degree of longitude and of latitude (n, 2) on the ellipsoid, for what is near."""
    e2 = _FLATTENING * (2 - _FLATTENING)
    sine2 = np.sin(np.radians(lat)) ** 2
    across = _AXIS_M / np.sqrt(1 - e2 * sine2)
    along = across * (1 - e2) / (1 - e2 * sine2)
    return np.radians(np.stack([across * np.cos(np.radians(lat)), along], axis=1))


def _lengths_m(arcs: Arcs) -> FloatArray:
    edges = _Edges.of(arcs)
    each = geodesic_m(edges.start[:, 0], edges.start[:, 1], edges.end[:, 0], edges.end[:, 1])
    return np.bincount(edges.arc, each, len(arcs)).astype(np.float64)


def read_reports(connection: Connection[Any], box: BBox) -> Reports:
    """Read the events of the last year in and around a box that this session may see.

    Where the first of them is younger than a year, its age (90 days at least) is the span they are of.
    """
    values = _widened(box)._asdict()
    row = connection.execute(query("spatial.grids", "quarrels_reports"), values).fetchall()[0]
    lon, lat, sources, days = row[0] or [], row[1] or [], row[2] or [], row[3]
    return reports(lon, lat, sources, min(max(days or 0.0, _LEAST_DAYS), 365.25))


def _widened(box: BBox) -> BBox:
    """Grow a box by what errors reach across."""
    reach_m = _REACH * max(sigma_m for accuracy in ACCURACIES for _, sigma_m in accuracy.shares)
    lat = float(np.clip((box.south + box.north) / 2, -89.0, 89.0))
    east, north = (reach_m / _metres_per_degree(np.array([lat]))[0]).tolist()
    return BBox(box.west - east, box.south - north, box.east + east, box.north + north)

"""In which frame coordinates are: reference system, unit, order of axes; proposed with evidence.

INP files and tables of surveyors do not say it, and other files say it wrongly. What is tried are all systems
of the EPSG registry that are for the place, in their own unit and in others, with the axes as they stand and
exchanged. What counts is how much of the network then lies within the city, whether pipes are as long as they
are told to be, and, where streets are known, how far pipes run from them: only that tells datums apart that
are a hundred metres from one another. Nothing is taken without a person: these are proposals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError

from lifeline.importers.found import Evidence, Found
from spatial.geometry.crs import CRS_TABLE, geodesic_m
from spatial.geometry.datum import convert, in_shift_outline
from spatial.types import BBox

FloatArray = npt.NDArray[np.float64]
UNITS: dict[str, float] = {"m": 1.0, "ft": 0.3048, "cm": 0.01, "mm": 0.001, "km": 1000.0}
"""Metres in one."""
SAMPLE = 2_000
"""So many nodes, and so many links, are looked at: evenly over the file."""
SAME_M = 5.0
"""Systems that put the network so near one another are one proposal: two kinds of feet are 3 m apart."""
LEAST_INSIDE, LENGTH_OFF = 0.5, 0.1
"""Less of the network in the city, or lengths further from those told, and it is no proposal."""
_SURE_INSIDE, _SURE_LENGTH = 0.95, 0.05
_CLEARER = 0.5
"""Streets speak for the nearest of two datums when it is at most so much as far from them as the other."""
_SAME_UNIT = 1e-4
_GRID = 8
"""Points along each side of the city that are looked at to learn where it lies in a system."""


@dataclass(frozen=True)
class Frame:
    """A frame that coordinates may be in."""

    crs: str
    """EPSG:4547, or gcj02 or bd09."""
    title: str
    unit_m: float | None
    """Metres in one of the file; None: degrees."""
    is_swapped: bool
    """The file has northing (or latitude) first."""

    def to_lonlat(self, points: npt.ArrayLike) -> FloatArray:
        """Give (n, 2) degrees of WGS 84 for (n, 2) of the file; NaN for what the system does not reach."""
        given = np.asarray(points, np.float64).reshape(-1, 2)
        given = given[:, ::-1] if self.is_swapped else given
        if self.crs in ("gcj02", "bd09"):
            return np.column_stack(convert(given[:, 0], given[:, 1], self.crs, "wgs84"))
        scale = 1.0 if self.unit_m is None else self.unit_m / _unit_of(self.crs)
        try:
            lon, lat = _transformer(self.crs).transform(given[:, 0] * scale, given[:, 1] * scale)
        except ProjError:
            return np.full(given.shape, np.nan)
        moved = np.column_stack([lon, lat])
        moved[~np.isfinite(moved).all(axis=1)] = np.nan
        return moved


@dataclass(frozen=True)
class Proposal:
    """A frame, and what speaks for it."""

    frame: Frame
    inside: float
    """Share of the nodes within the city."""
    length_ratio: float | None
    """Length as drawn by length as told, median of the links; None: no lengths are told."""
    off_street_m: float | None
    """Metres from the streets, median of the nodes; None: no streets are known."""
    same: tuple[str, ...]
    """Systems that put the network in the same place."""
    is_sure: bool

    @property
    def evidence(self) -> list[Evidence]:
        """Say it in words."""
        frame = self.frame
        because = [f"{self.inside:.1%} of the nodes lie within the city then"]
        if self.length_ratio is not None:
            because.append(f"pipes are {self.length_ratio:.3f} times as long as told")
        if self.off_street_m is not None:
            because.append(f"half of the nodes are within {self.off_street_m:.0f} m of a street")
        why = "; ".join(because)
        unit = "degrees" if frame.unit_m is None else _word(frame.unit_m)
        axes = "northing, easting" if frame.is_swapped else "easting, northing"
        return [
            Evidence("crs", frame.crs, f"{frame.title}: {why}", self.is_sure),
            Evidence("unit", unit, why, self.is_sure),
            Evidence("axes", axes, why, self.is_sure),
        ]


def propose(found: Found, city: BBox, streets: npt.NDArray[np.object_] | None = None) -> list[Proposal]:
    """Tell in which frames the network may be, the likeliest first; none: nothing puts it in the city.

    city: degrees. streets: lines (lon, lat).
    """
    nodes, lines, told = _looked_at(found)
    if not len(nodes):
        return []
    middle = np.median(nodes, axis=0)
    proposals: list[tuple[FloatArray, Proposal]] = []
    for frame in _frames(middle, city):
        placed = frame.to_lonlat(nodes)
        inside = float(np.mean(_within(placed, city)))
        if inside < LEAST_INSIDE:
            continue
        ratio = _ratio(frame, lines, told)
        if ratio is not None and abs(np.log(ratio)) > LENGTH_OFF:
            continue
        off = None if streets is None or not len(streets) else _off_m(placed, streets)
        proposals.append((placed, Proposal(frame, inside, ratio, off, (), False)))
    return _sure(sorted(_united(proposals), key=_order))


def _looked_at(found: Found) -> tuple[FloatArray, list[FloatArray], FloatArray]:
    """Give the places of some nodes, and of some links with a told length the line and that length (m)."""
    places = {node.code: node.at for node in found.nodes if node.at is not None}
    nodes = _spread(list(places.values()))
    lines, told = [], []
    for link in _spread(
        [each for each in found.links if each.length_m and each.tail in places and each.head in places]
    ):
        lines.append(np.array([places[link.tail], *link.via, places[link.head]], np.float64))
        told.append(link.length_m)
    return np.array(nodes, np.float64).reshape(-1, 2), lines, np.array(told, np.float64)


def _spread(rows: list[Any]) -> list[Any]:
    if len(rows) <= SAMPLE:
        return rows
    return [rows[at] for at in np.linspace(0, len(rows) - 1, SAMPLE).astype(int)]


def _frames(middle: FloatArray, city: BBox) -> Iterator[Frame]:
    """Give those that put the middle of the network within reach of the city: few of some thousand."""
    for name, title, (west, south, east, north) in _systems(*city):
        for unit_m in _units(name):
            scale = 1.0 if unit_m is None else unit_m / _unit_of(name)
            for is_swapped in (False, True):
                x, y = (middle[::-1] if is_swapped else middle) * scale
                if west <= x <= east and south <= y <= north:
                    yield Frame(name, title, unit_m, is_swapped)
    if in_shift_outline([(city[0] + city[2]) / 2], [(city[1] + city[3]) / 2])[0]:
        for datum in ("gcj02", "bd09"):
            for is_swapped in (False, True):
                yield Frame(datum, f"{datum} (shifted degrees)", None, is_swapped)


@cache
def _systems(west: float, south: float, east: float, north: float) -> list[tuple[str, str, FloatArray]]:
    """Give the systems of a place, and where a box as large again as the city lies in each."""
    wide, high = (east - west) / 2, (north - south) / 2
    x, y = np.meshgrid(
        np.linspace(west - wide, east + wide, _GRID), np.linspace(south - high, north + high, _GRID)
    )
    found = []
    for name, title in _names(west, south, east, north).items():
        try:
            u, v = _transformer(name).transform(x.ravel(), y.ravel(), direction="INVERSE")
        except (CRSError, ProjError):
            continue
        if np.isfinite(u).all() and np.isfinite(v).all():
            found.append((name, title, np.array([np.min(u), np.min(v), np.max(u), np.max(v)])))
    return found


def _names(west: float, south: float, east: float, north: float) -> dict[str, str]:
    """Name the systems for a place; ours first, then those of the registry by number."""
    area = AreaOfInterest(west, south, east, north)
    kinds = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS]
    listed = query_crs_info("EPSG", kinds, area_of_interest=area)
    known = {f"EPSG:{each.code}": each.name for each in sorted(listed, key=lambda each: int(each.code))}
    ours = {name: title for name, title in known.items() if name in CRS_TABLE}
    return {**ours, **known}


@cache
def _transformer(name: str) -> Transformer:
    return Transformer.from_crs(name, 4326, always_xy=True)


@cache
def _unit_of(name: str) -> float:
    """Give the metres in one unit of a projected system."""
    return float(CRS.from_user_input(name).axis_info[0].unit_conversion_factor)


def _units(name: str) -> list[float | None]:
    """Give the units to try: the system's own, which may be a foot of its own, and those unlike it."""
    if CRS.from_user_input(name).is_geographic:
        return [None]
    own = _unit_of(name)
    return [own, *(unit_m for unit_m in UNITS.values() if abs(unit_m / own - 1) > _SAME_UNIT)]


def _is_own(frame: Frame) -> bool:
    return frame.unit_m is None or frame.unit_m == _unit_of(frame.crs)


def _within(points: FloatArray, box: BBox) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        west, south, east, north = box
        lon, lat = points.T
        within: npt.NDArray[np.bool_] = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return within


def _ratio(frame: Frame, lines: list[FloatArray], told: FloatArray) -> float | None:
    if not lines:
        return None
    ends = np.cumsum([len(line) for line in lines])
    points = frame.to_lonlat(np.concatenate(lines))
    legs = geodesic_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    # From the end of one line to the beginning of the next there is no leg.
    legs[ends[:-1] - 1] = 0
    drawn = np.add.reduceat(legs, np.r_[0, ends[:-1]])
    ratio = drawn / told
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    return float(np.median(ratio)) if len(ratio) else None


def _off_m(placed: FloatArray, streets: npt.NDArray[np.object_]) -> float:
    """Measure in a plane whose degrees east are as long as those north."""
    points = placed[np.isfinite(placed).all(axis=1)]
    shrink = np.cos(np.radians(np.median(points[:, 1])))
    plane = shapely.transform(streets, lambda at: at * (shrink, 1.0))
    _, distance = shapely.STRtree(plane).query_nearest(
        shapely.points(points * (shrink, 1.0)), all_matches=False, return_distance=True
    )
    return float(np.median(distance)) * 111_195.0


def _united(proposals: list[tuple[FloatArray, Proposal]]) -> list[Proposal]:
    """Put those together that mean the same place; the first of each stands for the others."""
    kept: list[tuple[FloatArray, Proposal, list[str]]] = []
    # The system whose own unit it is stands for the others.
    for placed, proposal in sorted(proposals, key=lambda each: not _is_own(each[1].frame)):
        for other, _, same in kept:
            if _apart_m(placed, other) <= SAME_M:
                same.append(proposal.frame.crs)
                break
        else:
            kept.append((placed, proposal, []))
    return [
        Proposal(
            each.frame, each.inside, each.length_ratio, each.off_street_m, tuple(dict.fromkeys(same)), False
        )
        for _, each, same in kept
    ]


def _apart_m(one: FloatArray, other: FloatArray) -> float:
    both = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    if not both.any():
        return float("inf")
    return float(np.max(geodesic_m(one[both, 0], one[both, 1], other[both, 0], other[both, 1])))


def _order(proposal: Proposal) -> tuple[float, float, float, bool]:
    ratio = 0.0 if proposal.length_ratio is None else abs(float(np.log(proposal.length_ratio)))
    off = proposal.off_street_m or 0.0
    return -round(proposal.inside, 2), round(ratio, 2), off, proposal.frame.is_swapped


def _sure(proposals: list[Proposal]) -> list[Proposal]:
    """Mark the first as sure when nothing else can be meant."""
    if not proposals:
        return []
    first, *others = proposals
    fits = first.inside >= _SURE_INSIDE and (
        first.length_ratio is None or abs(first.length_ratio - 1) <= _SURE_LENGTH
    )
    alone = all(_is_worse(other, first) for other in others)
    sure = Proposal(
        first.frame, first.inside, first.length_ratio, first.off_street_m, first.same, fits and alone
    )
    return [sure, *others]


def _is_worse(other: Proposal, first: Proposal) -> bool:
    if other.inside < _SURE_INSIDE:
        return True
    if first.off_street_m is None or other.off_street_m is None:
        return False
    return first.off_street_m <= _CLEARER * other.off_street_m


def _word(unit_m: float) -> str:
    for word, metres in UNITS.items():
        if abs(unit_m / metres - 1) <= _SAME_UNIT:
            return word
    return f"{unit_m} m"

"""What is wrong with the features of a file, what of it is mended, and what is a reason to refuse the file.

Pure: arrays of geometries in, arrays out, and findings with counts and examples besides. Positions are
checked against the reference system's own area and against the city.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import convert
from spatial.types import BBox

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]
ToLonLat = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""x, y of the file to longitude, latitude; infinite where there is none."""

EXAMPLES = 10
NULL_ISLAND_DEGREES = 1e-3
_BEYOND_AREA_DEGREES = 6.0
"""How far beyond the area of use of its system a position may lie: zones are used beyond their borders."""

SEVERITY = {
    "geometry_invalid": "mended",
    "geometry_collapsed": "warning",
    "geometry_unreadable": "warning",
    "no_geometry": "note",
    "not_finite": "warning",
    "z_dropped": "note",
    "axes_swapped": "mended",
    "looks_swapped": "warning",
    "not_in_crs": "warning",
    "outside_city": "note",
    "null_island": "warning",
    "datum_converted": "mended",
    "crs_transformed": "mended",
    "crs_given": "note",
    "crs_differs": "warning",
    "duplicate_id": "warning",
    "duplicate_geometry": "warning",
    "mixed_types": "mended",
    "geometry_collection": "mended",
    "text_not_utf8": "mended",
    "text_with_nul": "mended",
    "encoding": "note",
    "field_renamed": "mended",
    "field_dropped": "warning",
    "not_a_number": "mended",
    "time_without_zone": "note",
}
"""Kind of finding → note (nothing to do), mended (it was changed on the way in), warning (look at it)."""


@dataclass
class Finding:
    """One kind of thing that was found."""

    kind: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    """[{feature, detail?}]: the feature's number in the file (from 1, or the file's own)."""
    detail: str | None = None


class Findings:
    """All that was found in one layer of a file."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}

    def add(
        self,
        kind: str,
        count: int = 1,
        detail: str | None = None,
        examples: list[dict[str, Any]] | None = None,
    ) -> None:
        """Count something; examples are kept up to EXAMPLES."""
        if not count:
            return
        found = self._found.setdefault(kind, Finding(kind))
        found.count += count
        found.detail = found.detail or detail
        found.examples += (examples or [])[: EXAMPLES - len(found.examples)]

    def mark(
        self, kind: str, numbers: Array, mask: Array, details: Callable[[int], str] | None = None
    ) -> None:
        """Count where `mask` (n,) is true; `numbers` (n,) name the features, `details` says more of row i."""
        rows = np.flatnonzero(mask)
        examples: list[dict[str, Any]] = [
            {"feature": int(numbers[row]), **({"detail": details(int(row))} if details else {})}
            for row in rows[:EXAMPLES]
        ]
        self.add(kind, len(rows), examples=examples)

    def count(self, kind: str) -> int:
        """Tell how many of a kind were found."""
        return self._found[kind].count if kind in self._found else 0

    def listed(self) -> list[dict[str, Any]]:
        """Write all as the report has them: warnings first."""
        order = {"warning": 0, "mended": 1, "note": 2}
        each = sorted(self._found.values(), key=lambda one: (order[SEVERITY[one.kind]], one.kind))
        return [
            {
                "kind": one.kind,
                "severity": SEVERITY[one.kind],
                "count": one.count,
                **({"detail": one.detail} if one.detail else {}),
                "examples": one.examples,
            }
            for one in each
        ]


@dataclass(frozen=True)
class Frame:
    """How the coordinates of a file are to be understood."""

    crs: str
    """Its name, for people."""
    to_lonlat: ToLonLat
    area: BBox
    """Where the system is used, in degrees."""
    city: BBox | None = None
    datum: str = "wgs84"
    swap_axes: bool = False
    refuse_invalid: bool = False
    forward: ToLonLat | None = None
    """Moves the coordinates into the system they are stored in; None: they are stored as they are."""


class Mender:
    """Looks at the geometries of one layer batch by batch, mends what can be mended, and counts."""

    def __init__(self, frame: Frame, findings: Findings) -> None:
        self.frame = frame
        self.findings = findings
        self.placed = 0
        self.types: Counter[int] = Counter()
        """How many of which shapely type there are."""

    def mend(self, wkb: Array, numbers: Array) -> Array:
        """Turn WKB (n,) into geometries (n,) as they are stored; None where there is none.

        Raises InvalidInput for an invalid geometry when the sender wants none mended.
        """
        geometries = self._read(wkb, numbers)
        if self.frame.swap_axes:
            self.findings.add("axes_swapped", int((~shapely.is_missing(geometries)).sum()))
            geometries = shapely.transform(geometries, lambda points: points[:, ::-1])
        if self.frame.datum in ("gcj02", "bd09"):
            self.findings.add("datum_converted", len(geometries), f"{self.frame.datum} to wgs84")
            geometries = shapely.transform(geometries, self._to_wgs84)
        self._check_places(geometries, numbers)
        geometries = self._valid(geometries, numbers)
        if self.frame.forward is not None:
            geometries = shapely.transform(geometries, self._moved)
        self.types.update(shapely.get_type_id(geometries[~shapely.is_missing(geometries)]).tolist())
        return geometries

    def _read(self, wkb: Array, numbers: Array) -> Array:
        geometries = shapely.from_wkb(wkb, on_invalid="ignore")
        missing = np.array([each is None or len(each) == 0 for each in wkb], bool)
        self.findings.mark("geometry_unreadable", numbers, shapely.is_missing(geometries) & ~missing)
        empty = shapely.is_empty(geometries)
        self.findings.mark("no_geometry", numbers, missing | empty)
        flat = shapely.has_z(geometries)
        self.findings.mark("z_dropped", numbers, flat)
        geometries = _blanked(shapely.force_2d(geometries) if flat.any() else geometries, empty)
        broken = ~shapely.is_missing(geometries) & ~np.isfinite(shapely.bounds(geometries)).all(axis=1)
        self.findings.mark("not_finite", numbers, broken)
        return _blanked(geometries, broken)

    def _to_wgs84(self, points: FloatArray) -> FloatArray:
        return np.stack(convert(points[:, 0], points[:, 1], self.frame.datum, "wgs84"), axis=-1)

    def _moved(self, points: FloatArray) -> FloatArray:
        assert self.frame.forward is not None
        return np.stack(self.frame.forward(points[:, 0], points[:, 1]), axis=-1)

    def _check_places(self, geometries: Array, numbers: Array) -> None:
        """Look where the middle of each geometry lies."""
        there = ~shapely.is_missing(geometries)
        self.placed += int(there.sum())
        west, south, east, north = shapely.bounds(geometries).T
        x, y = (west + east) / 2, (south + north) / 2
        lon, lat = self.frame.to_lonlat(x, y)
        within = _inside(lon, lat, _grown(self.frame.area, _BEYOND_AREA_DEGREES))
        swapped = self._look_swapped(x, y, lon, lat)
        at_zero = (np.abs(lon) < NULL_ISLAND_DEGREES) & (np.abs(lat) < NULL_ISLAND_DEGREES)
        self.findings.mark("looks_swapped", numbers, there & swapped)
        self.findings.mark("null_island", numbers, there & at_zero)
        self.findings.mark(
            "not_in_crs", numbers, there & ~within & ~swapped, lambda row: f"({x[row]:.10g}, {y[row]:.10g})"
        )
        if self.frame.city is not None:
            outside = there & within & ~at_zero & ~swapped & ~_inside(lon, lat, self.frame.city)
            self.findings.mark("outside_city", numbers, outside)

    def _look_swapped(self, x: FloatArray, y: FloatArray, lon: FloatArray, lat: FloatArray) -> Array:
        """Tell which lie far from the city as they are, and near it with their coordinates exchanged."""
        if self.frame.city is None:
            return np.zeros(len(x), bool)
        near = _grown(self.frame.city, max(1.0, self.frame.city.east - self.frame.city.west))
        swapped: Array = ~_inside(lon, lat, near) & _inside(*self.frame.to_lonlat(y, x), near)
        return swapped

    def _valid(self, geometries: Array, numbers: Array) -> Array:
        with np.errstate(all="ignore"):
            invalid = ~shapely.is_missing(geometries) & ~shapely.is_valid(geometries)
        if not invalid.any():
            return geometries
        before = geometries.copy()
        if self.frame.refuse_invalid:
            rows = np.flatnonzero(invalid)[:20]
            raise InvalidInput(
                [Problem(f"feature {numbers[row]}", shapely.is_valid_reason(before[row])) for row in rows]
            )
        mended = geometries.copy()
        mended[invalid] = _made_valid(before[invalid])
        gone = invalid & (shapely.is_missing(mended) | shapely.is_empty(mended))
        self.findings.mark("geometry_collapsed", numbers, gone)
        self.findings.mark(
            "geometry_invalid", numbers, invalid & ~gone, lambda row: _what_changed(before[row], mended[row])
        )
        return _blanked(mended, gone)

    def verdict(self) -> list[Problem]:
        """Say why the whole cannot be taken: more than half of it cannot lie where it says."""
        crs = self.frame.crs
        if not self.types:
            return [Problem("body", "none of its features has a position")]
        if 2 * self.findings.count("looks_swapped") > self.placed:
            reason = (
                f"latitude and longitude look swapped: as {crs} most features lie far off, with the two"
                " exchanged in the city. Send swap_axes=true if they are"
            )
            return [Problem("swap_axes", reason)]
        if 2 * self.findings.count("not_in_crs") > self.placed:
            reason = f"the coordinates cannot be in {crs}: say which reference system they are in"
            return [Problem("crs", reason)]
        return []


def _made_valid(geometries: Array) -> Array:
    """Mend shapes (n,); None where what comes out is invalid still, as with coordinates of 1e-309."""
    with np.errstate(all="ignore"):
        mended = shapely.make_valid(geometries, method="structure", keep_collapsed=False)
        return _blanked(mended, ~shapely.is_valid(mended))


def _blanked(geometries: Array, where: Array) -> Array:
    left = np.array(geometries, object)
    left[where] = None
    return left


def _inside(lon: FloatArray, lat: FloatArray, box: BBox) -> Array:
    with np.errstate(invalid="ignore"):
        inside: Array = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
    return inside


def _grown(box: BBox, degrees: float) -> BBox:
    return BBox(
        max(-180.0, box.west - degrees),
        max(-90.0, box.south - degrees),
        min(180.0, box.east + degrees),
        min(90.0, box.north + degrees),
    )


def _what_changed(before: Any, after: Any) -> str:
    with np.errstate(all="ignore"):
        reason = str(shapely.is_valid_reason(before)).split("[")[0].strip()
    if before.area or after.area:
        change = 100 * (after.area - before.area) / (before.area or after.area)
        return f"{reason}; area {change:+.2g} %"
    return reason

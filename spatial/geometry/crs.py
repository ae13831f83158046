"""Reference systems (坐标参考系): the ones we know by name, their axis order, and transformation.

Inside the platform coordinates are always x, y: lon, lat or east, north. Only a door that speaks a system
by its own rules (OGC API, WFS) puts northing first, by `swap_axes` where `northing_first` says so.
CGCS2000 and WGS-84 are taken as equal (EPSG's null transformation; they differ by centimetres).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from spatial.errors import InvalidInput

FloatArray = npt.NDArray[np.float64]

_OGC = "http://www.opengis.net/def/crs"
_FIRST_MERIDIAN, _LAST_MERIDIAN, _ZONE_WIDTH = 75, 135, 3
_FORMS = re.compile(
    r"(?:EPSG:|urn:ogc:def:crs:EPSG:[\w.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\w.]+/)?(\d{4,6})", re.I
)
_CRS84_FORMS = re.compile(
    r"(?:OGC:|urn:ogc:def:crs:OGC:[\w.]*:|https?://www\.opengis\.net/def/crs/OGC/[\w.]+/)?CRS84", re.I
)


@dataclass(frozen=True)
class Crs:
    """One reference system."""

    name: str
    """CRS84, EPSG: and the code, or a shifted datum."""
    title: str
    northing_first: bool
    """The system's own axis order is north, east (or lat, lon)."""
    in_degrees: bool
    datum: str = "wgs84"
    """gcj02 or bd09: positions of `srid` are shifted by spatial.geometry.datum; else as PostGIS has them."""

    @property
    def uri(self) -> str:
        """Its OGC address; a shifted datum has one of our own, for EPSG knows none."""
        if self.is_shifted:
            return f"urn:citygrid:crs:{self.name}"
        if self.name == "CRS84":
            return f"{_OGC}/OGC/1.3/CRS84"
        return f"{_OGC}/EPSG/0/{self.name.removeprefix('EPSG:')}"

    @property
    def srid(self) -> int:
        """Its number in PostGIS, where coordinates are always x, y."""
        return 4326 if self.name == "CRS84" or self.is_shifted else int(self.name.removeprefix("EPSG:"))

    @property
    def is_shifted(self) -> bool:
        """Tell whether PostGIS does not know its datum."""
        return self.datum != "wgs84"


def _table() -> dict[str, Crs]:
    systems = [
        Crs("CRS84", "WGS 84, lon lat", False, True),
        Crs("EPSG:4326", "WGS 84", True, True),
        Crs("EPSG:3857", "Web Mercator", False, False),
        Crs("EPSG:4490", "CGCS2000", True, True),
    ]
    for zone in range(21):
        meridian = _FIRST_MERIDIAN + _ZONE_WIDTH * zone
        zoned = f"CGCS2000, 3-degree Gauss-Kruger zone {25 + zone} (8-digit easting)"
        central = f"CGCS2000, 3-degree Gauss-Kruger {meridian}E"
        systems += [
            Crs(f"EPSG:{4513 + zone}", zoned, True, False),
            Crs(f"EPSG:{4534 + zone}", central, True, False),
        ]
    for zone in range(11):
        systems.append(
            Crs(f"EPSG:{4491 + zone}", f"CGCS2000, 6-degree Gauss-Kruger zone {13 + zone}", True, False)
        )
        systems.append(
            Crs(f"EPSG:{4502 + zone}", f"CGCS2000, 6-degree Gauss-Kruger {75 + 6 * zone}E", True, False)
        )
    return {system.name: system for system in systems}


CRS_TABLE = _table()
"""Every system we accept by name."""
CRS84 = CRS_TABLE["CRS84"]
SHIFTED: dict[str, Crs] = {
    "gcj02": Crs("gcj02", "GCJ-02 (火星坐标), lon lat", False, True, "gcj02"),
    "bd09": Crs("bd09", "BD-09 (百度坐标), lon lat", False, True, "bd09"),
}
"""Longitude, latitude on the shifted datums of Chinese map services; for output, never guessed in input."""


@cache
def crs_of_srid(srid: int) -> Crs:
    """Give the system that PostGIS has under a number, x before y: 4326 is CRS84.

    Raises InvalidInput at `srid` when neither our table nor the EPSG registry knows it.
    """
    if srid == CRS84.srid:
        return CRS84
    name = f"EPSG:{srid}"
    if name in CRS_TABLE:
        return CRS_TABLE[name]
    try:
        known = CRS.from_epsg(srid)
    except CRSError:
        raise InvalidInput.at("srid", f"{srid} is not a number of the EPSG registry") from None
    return Crs(name, known.name, known.axis_info[0].direction == "north", known.is_geographic)


def parse_crs(text: str | int, where: str = "crs") -> Crs:
    """Read a name (CRS84, 4490, EPSG:4490), OGC address or URN; raises InvalidInput at `where` if unknown."""
    given = str(text).strip().strip("[]")
    if _CRS84_FORMS.fullmatch(given):
        return CRS84
    form = _FORMS.fullmatch(given)
    if form and f"EPSG:{int(form[1])}" in CRS_TABLE:
        return CRS_TABLE[f"EPSG:{int(form[1])}"]
    raise InvalidInput.at(
        where, f"'{text}' is not a known reference system (CRS84, EPSG:4326, 3857, 4490 or 4491 to 4554)"
    )


def swap_axes(points: npt.ArrayLike) -> FloatArray:
    """Exchange the two columns of points (…, 2)."""
    return np.asarray(points, np.float64)[..., ::-1].copy()


def transform(points: npt.ArrayLike, source: Crs, target: Crs) -> FloatArray:
    """Transform points (n, 2), x before y in both systems; no points give no points.

    Raises InvalidInput that names the row of the first point outside the domain of a system.
    """
    given = np.asarray(points, np.float64).reshape(-1, 2)
    if source.srid == target.srid:
        moved = given.copy()
    else:
        moved = np.stack(_transformer(source.srid, target.srid).transform(given[:, 0], given[:, 1]), axis=-1)
    lost = np.flatnonzero(~np.isfinite(moved).all(axis=1))
    if len(lost):
        raise InvalidInput.at(f"row {lost[0]}", f"the point cannot be expressed in {target.name}")
    return moved


def transform_geometry(geometry: Any, source: Crs, target: Crs) -> Any:
    """Transform the vertices of a Shapely geometry, or array of them, as `transform` does."""
    return shapely.transform(geometry, lambda points: transform(points, source, target))


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def measure_crs(lon: float) -> Crs:
    """Pick the 3-degree CGCS2000 zone for measures near a longitude (EPSG 4534 to 4554, metres).

    Raises InvalidInput outside 73.5 to 136.5 degrees east, where there is no zone.
    """
    zone = np.floor((lon - _FIRST_MERIDIAN) / _ZONE_WIDTH + 0.5)
    if not 0 <= zone <= (_LAST_MERIDIAN - _FIRST_MERIDIAN) // _ZONE_WIDTH:
        raise InvalidInput.at("lon", f"{lon} lies in no CGCS2000 zone (73.5 to 136.5 degrees east)")
    return CRS_TABLE[f"EPSG:{4534 + int(zone)}"]


@cache
def _ellipsoid() -> Geod:
    return Geod(ellps="WGS84")


def geodesic_m(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> FloatArray:
    """Measure along the WGS-84 ellipsoid between points (n,) and others (n,), in metres (Karney 2013)."""
    x, y, u, v = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(c, np.float64)) for c in (lon, lat, other_lon, other_lat))
    )
    return np.asarray(_ellipsoid().inv(x, y, u, v)[2], np.float64)


def area_m2(geometry: Any) -> float:
    """Measure one polygon or multipolygon (lon, lat degrees) on the WGS-84 ellipsoid; empty gives 0."""
    oriented = shapely.orient_polygons(geometry)
    return abs(float(_ellipsoid().geometry_area_perimeter(oriented)[0])) if not geometry.is_empty else 0.0

"""Read the geometries that clients send: GeoJSON in, Shapely in the column's reference system out.

Everything is checked before the database sees it, and what is wrong is named by its place in what was sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry import shape

from spatial.errors import InvalidInput, Problem
from spatial.geometry.crs import CRS84, Crs, crs_of_srid, transform
from spatial.geometry.datum import convert

DEPTH = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many lists a position stands in, by type."""

SINGLE = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
MULTI = {single: multi for multi, single in SINGLE.items()}
KINDS = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}

BEYOND_DEG = 8.0
"""How far outside the area that a projection is made for a feature may lie; further is a mistake."""
WGS84_SRIDS = (4326, 4490)
"""Degrees that are taken as those of WGS-84; see spatial.geometry.crs."""


@dataclass(frozen=True)
class Column:
    """The geometry column that is written."""

    name: str
    kind: str
    """point, line, polygon, or geometry for a mixture."""
    form: str
    """Type of its modifier in PostGIS: Point, MultiPolygon … or Geometry."""
    has_z: bool
    srid: int


def read(given: Sequence[tuple[str, Any]], crs: Crs, column: Column) -> tuple[list[Any], list[Any]]:
    """Read GeoJSON geometries: [(where, object or None)] → as stored, and as lon/lat WGS-84.

    crs: what the coordinates are written in, in its own order of axes. None stays None. The first list is in
    the column's system where we know that, else in WGS-84 (`stored_srid`). Raises InvalidInput that names
    every place that is wrong, such as `geometry.coordinates[0][3]`.
    """
    problems: list[Problem] = []
    shapes = [_shape(where, value, column, problems) for where, value in given]
    _refuse(problems)
    there = [row for row, each in enumerate(shapes) if each is not None]
    if not there:
        return shapes, shapes
    found = np.array([shapes[row] for row in there], dtype=object)
    where = [given[row][0] for row in there]
    _check_valid(found, where)
    lonlat = _lonlat(found, where, crs)
    stored = _stored(found, lonlat, crs, column)
    return _spread(stored, there, len(given)), _spread(lonlat, there, len(given))


def stored_srid(column: Column) -> int:
    """Tell which system the first list of `read` is in."""
    return column.srid if _known(column.srid) else CRS84.srid


def _known(srid: int) -> Crs | None:
    try:
        return crs_of_srid(srid)
    except InvalidInput:
        return None


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)


def _spread(shapes: Any, rows: Sequence[int], count: int) -> list[Any]:
    spread: list[Any] = [None] * count
    for row, each in zip(rows, shapes, strict=True):
        spread[row] = each
    return spread


def _shape(where: str, value: Any, column: Column, problems: list[Problem]) -> Any:
    """Read one geometry; None for none, and for one that a problem was noted of."""
    if value is None:
        return None
    own: list[Problem] = []
    _check_geometry(where, value, column, own)
    problems += own
    if own:
        return None
    geometry = shape(value)
    if geometry.is_empty:
        problems.append(Problem(where, "is empty; send null for no geometry"))
        return None
    return _formed(where, geometry, column, problems)


def _check_geometry(
    where: str, value: Any, column: Column, problems: list[Problem], inner: bool = False
) -> None:
    if not isinstance(value, dict):
        problems.append(Problem(where, "must be a GeoJSON geometry object, or null"))
        return
    kind = value.get("type")
    if kind == "GeometryCollection" and not inner and column.kind == "geometry":
        _check_collection(where, value, column, problems)
    elif not isinstance(kind, str) or kind not in DEPTH:
        allowed = KINDS.get(column.kind, tuple(DEPTH))
        problems.append(Problem(f"{where}.type", f"must be one of {', '.join(allowed)}"))
    elif column.kind in KINDS and kind not in KINDS[column.kind]:
        problems.append(
            Problem(f"{where}.type", f"is {kind}; this layer holds {' and '.join(KINDS[column.kind])}")
        )
    elif "coordinates" not in value:
        problems.append(Problem(f"{where}.coordinates", "is missing"))
    else:
        place = f"{where}.coordinates"
        dimensions = {len(found) for found in _positions(place, value["coordinates"], DEPTH[kind], problems)}
        _check_dimensions(place, dimensions, value["coordinates"], column, problems)
        if not problems:
            _check_parts(place, kind, value["coordinates"], problems)


def _check_collection(where: str, value: dict[str, Any], column: Column, problems: list[Problem]) -> None:
    members = value.get("geometries")
    if not isinstance(members, list) or not members:
        problems.append(Problem(f"{where}.geometries", "must be a list of geometries"))
        return
    for number, member in enumerate(members):
        _check_geometry(f"{where}.geometries[{number}]", member, column, problems, inner=True)


def _positions(where: str, value: Any, depth: int, problems: list[Problem]) -> list[list[float]]:
    """List the positions, and note the first place that is none."""
    if not isinstance(value, list):
        problems.append(Problem(where, "must be a list"))
        return []
    if depth == 0:
        return [value] if _is_position(where, value, problems) else []
    found: list[list[float]] = []
    for number, part in enumerate(value):
        before = len(problems)
        found += _positions(f"{where}[{number}]", part, depth - 1, problems)
        if len(problems) > before:
            return []
    return found


def _is_position(where: str, value: list[Any], problems: list[Problem]) -> bool:
    if len(value) not in (2, 3):
        problems.append(Problem(where, "must be two numbers, or three with a height"))
    elif not all(type(number) in (int, float) and math.isfinite(number) for number in value):
        problems.append(Problem(where, "must hold finite numbers only"))
    else:
        return True
    return False


def _check_dimensions(
    where: str, dimensions: set[int], coordinates: Any, column: Column, problems: list[Problem]
) -> None:
    if len(dimensions) > 1:
        problems.append(Problem(where, "has positions with a height and others without"))
    elif dimensions == {3} and not column.has_z and _has_heights(coordinates):
        problems.append(
            Problem(where, "has heights, which this layer does not store; leave the third number out")
        )


def _has_heights(value: Any) -> bool:
    """Tell whether a third number is not 0: CAD writes a 0 where it has no height."""
    if value and not isinstance(value[0], list):
        return bool(value[2])
    return any(map(_has_heights, value))


def _check_parts(where: str, kind: str, value: Any, problems: list[Problem]) -> None:
    """Check that lines have two positions and rings are closed, part by part."""
    if kind in ("MultiLineString", "MultiPolygon"):
        for number, part in enumerate(value):
            _check_parts(f"{where}[{number}]", SINGLE[kind], part, problems)
    elif kind == "LineString" and len(value) == 1:
        problems.append(Problem(where, "is a line of one position"))
    elif kind == "Polygon":
        for number, ring in enumerate(value):
            if len(ring) < 4:
                problems.append(Problem(f"{where}[{number}]", "is a ring of fewer than four positions"))
            elif ring[0] != ring[-1]:
                problems.append(Problem(f"{where}[{number}]", "is a ring that does not end where it begins"))


def _formed(where: str, geometry: Any, column: Column, problems: list[Problem]) -> Any:
    """Give a geometry the form of its column: Multi* of one part and back, with or without heights."""
    geometry = shapely.force_3d(geometry) if column.has_z else shapely.force_2d(geometry)
    kind = geometry.geom_type
    if column.form == MULTI.get(kind):
        return getattr(shapely, column.form)([geometry])
    if column.form == SINGLE.get(kind):
        if len(geometry.geoms) == 1:
            return geometry.geoms[0]
        problems.append(
            Problem(f"{where}.type", f"has {len(geometry.geoms)} parts; this layer holds one part a feature")
        )
        return None
    return geometry


def _check_valid(shapes: Any, where: Sequence[str]) -> None:
    """Refuse what is not valid with the place of the fault, in the client's own order of axes."""
    problems = []
    for row in np.flatnonzero(~shapely.is_valid(shapes)).tolist():
        reason, _, place = shapely.is_valid_reason(shapes[row]).partition("[")
        at = f" at {', '.join(place.rstrip(']').split())}" if place else ""
        problems.append(Problem(where[row], f"is not valid: {reason.strip().lower()}{at}"))
    _refuse(problems)


def _lonlat(shapes: Any, where: Sequence[str], crs: Crs) -> Any:
    """Turn geometries in a system's own order of axes into lon/lat, and refuse those that lie nowhere."""
    if crs.northing_first:
        shapes = _swapped(shapes)
    if crs.in_degrees:
        _check_degrees(shapes, where, crs)
    if crs.is_shifted:
        return shapely.transform(shapes, lambda points: _unshifted(points, crs), include_z=None)
    if crs.srid in WGS84_SRIDS:
        return shapes
    return _unprojected(shapes, where, crs)


def _unshifted(points: Any, crs: Crs) -> Any:
    return np.column_stack([*convert(points[:, 0], points[:, 1], crs.datum, "wgs84"), points[:, 2:]])


def _swapped(shapes: Any) -> Any:
    def turn(points: Any) -> Any:
        return points[:, [1, 0, *range(2, points.shape[1])]]

    return shapely.transform(shapes, turn, include_z=None)


def _check_degrees(shapes: Any, where: Sequence[str], crs: Crs) -> None:
    points, row = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.flatnonzero((np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90))
    if not len(wrong):
        return
    lon, lat = points[wrong[0]]
    order = "latitude, longitude" if crs.northing_first else "longitude, latitude"
    hint = f": {crs.name} wants {order}; are the two swapped?" if abs(lat) <= 180 and abs(lon) <= 90 else ""
    what = (
        f"longitude {lon:.9g} lies beyond ±180" if abs(lon) > 180 else f"latitude {lat:.9g} lies beyond ±90"
    )
    raise InvalidInput.at(where[int(row[wrong[0]])], what + hint)


def _unprojected(shapes: Any, where: Sequence[str], crs: Crs) -> Any:
    """Transform to lon/lat; where that fails each for itself, so that the feature can be named."""
    found = _moved(shapes, crs)
    if found is not None:
        return found
    alone = [np.array([each], dtype=object) for each in shapes]
    lost = next((row for row, each in enumerate(alone) if _moved(each, crs) is None), 0)
    order = "northing, easting" if crs.northing_first else "easting, northing"
    is_swapped = _moved(_swapped(alone[lost]), crs) is not None
    hint = f": it wants {order}; are the two swapped?" if is_swapped else ""
    raise InvalidInput.at(where[lost], f"lies outside the area of {crs.name}{hint}")


def _moved(shapes: Any, crs: Crs) -> Any:
    """Transform to lon/lat; None for what lies far outside of the system's area, or does not come back."""
    try:
        found = _transformed(shapes, crs, CRS84)
        back = shapely.get_coordinates(_transformed(found, CRS84, crs))
    except InvalidInput:
        return None
    near = np.allclose(back, shapely.get_coordinates(shapes), rtol=0, atol=1e-5 if crs.in_degrees else 1.0)
    return found if near and _is_inside(shapely.get_coordinates(found), crs).all() else None


def _transformed(shapes: Any, source: Crs, target: Crs) -> Any:
    """Transform x and y; heights stay as they are."""

    def move(points: Any) -> Any:
        return np.hstack([transform(points[:, :2], source, target), points[:, 2:]])

    return shapely.transform(shapes, move, include_z=None)


def _is_inside(points: Any, crs: Crs) -> Any:
    west, south, east, north = _area(crs.srid)
    inside_lon = (points[:, 0] >= west - BEYOND_DEG) & (points[:, 0] <= east + BEYOND_DEG)
    return inside_lon & (points[:, 1] >= south - BEYOND_DEG) & (points[:, 1] <= north + BEYOND_DEG)


@cache
def _area(srid: int) -> tuple[float, float, float, float]:
    """West, south, east, north of the area that a system is made for."""
    area = CRS.from_epsg(srid).area_of_use
    return area.bounds if area is not None and area.west < area.east else (-180.0, -90.0, 180.0, 90.0)


def _stored(shapes: Any, lonlat: Any, crs: Crs, column: Column) -> Any:
    """Give what was sent in the column's own system as it is, and everything else transformed."""
    target = _known(column.srid)
    if target is None or target.srid in WGS84_SRIDS:
        return lonlat
    if target.srid == crs.srid:
        return _swapped(shapes) if crs.northing_first else shapes
    return _transformed(lonlat, CRS84, target)

"""Geometries that stand in a filter: read from GeoJSON, checked, and brought into a layer's system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from layers.filters.limits import MAX_COORDINATE, MAX_VERTICES, wrong
from layers.filters.nodes import Box, Shape
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, Crs, crs_of_srid, swap_axes, transform_geometry
from spatial.geometry.datum import convert

EDGE_PARTS = 64
"""Parts that the longest side is cut into before its ends move to a system in which it is not straight."""
DOMAIN_MARGIN_DEGREES = 20.0
"""How far beyond its area of use a projection is trusted; data farther out is in the wrong system."""


def read_shape(given: Mapping[str, Any]) -> Shape:
    """Read a GeoJSON geometry (heights are left out); raises InvalidInput if it is not a valid one."""
    geometry = _geometry(given, collections=True)
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise wrong(f"has a geometry of more than {MAX_VERTICES:,} points")
    if not shapely.is_valid(geometry):
        raise wrong(f"has an invalid {given['type']}: {_reason(geometry)}")
    return Shape(geometry)


def _reason(geometry: Any) -> str:
    """Put what GEOS says, 'Self-intersection[1 2]', as 'self-intersection at 1 2'."""
    what, _, where = shapely.is_valid_reason(geometry).partition("[")
    return f"{what.lower()} at {where.rstrip(']')}" if where else what.lower()


def read_box(given: Any) -> Box:
    """Read the four or six numbers of a bounding box; heights are left out."""
    if not isinstance(given, list) or len(given) not in (4, 6):
        raise wrong("BBOX takes 4 or 6 numbers")
    numbers = [_number(value) for value in given]
    half = len(numbers) // 2
    return Box((numbers[0], numbers[1]), (numbers[half], numbers[half + 1]))


def place_shape(shape: Shape, crs: Crs, srid: int) -> Any:
    """Bring a geometry sent in `crs`, by its axis order, into the system of a layer, x before y."""
    geometry = shapely.transform(shape.geometry, swap_axes) if crs.northing_first else shape.geometry
    return move(geometry, crs, srid)


def place_box(box: Box, crs: Crs, srid: int) -> list[Any]:
    """Bring a bounding box into the system of a layer; one that crosses the antimeridian gives two halves."""
    turn = -1 if crs.northing_first else 1
    (west, south), (east, north) = box.lower[::turn], box.upper[::turn]
    if south > north:
        raise wrong(f"BBOX has its lower edge ({south}) above its upper edge ({north})")
    if west <= east:
        halves = [(west, south, east, north)]
    elif crs.in_degrees:
        halves = [(west, south, 180.0, north), (-180.0, south, east, north)]
    else:
        raise wrong(f"BBOX has its left edge ({west}) to the right of its right edge ({east})")
    return [move(rectangle(*half), crs, srid) for half in halves]


def rectangle(west: float, south: float, east: float, north: float) -> Any:
    """Make the polygon of a box, or the line or point that a box without width or height is."""
    if west == east and south == north:
        return Point(west, south)
    if west == east or south == north:
        return LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def move(geometry: Any, crs: Crs, srid: int) -> Any:
    """Transform a geometry, x before y, edges included; what no projection reaches is cut off."""
    if crs.in_degrees:
        _check_degrees(geometry)
    if crs.is_shifted:
        geometry, crs = shapely.transform(_densify(geometry), _unshift(crs.datum)), CRS84
    if srid in (0, crs.srid):
        return geometry
    target = crs_of_srid(srid)
    if not (crs.in_degrees and target.in_degrees):
        geometry = _densify(geometry)
    if crs.in_degrees and not target.in_degrees:
        geometry = _within_domain(geometry, srid)
    try:
        return transform_geometry(geometry, crs, target)
    except InvalidInput:
        raise wrong(f"has a geometry that cannot be expressed in {target.name}") from None


def _check_degrees(geometry: Any) -> None:
    """Metres sent without filter-crs would silently find nothing (Part 3, /conf/filter/filter-crs-wgs84)."""
    west, south, east, north = shapely.bounds(geometry)
    if west < -180 or south < -90 or east > 180 or north > 90:
        raise wrong("has coordinates beyond longitude ±180, latitude ±90; name their system in filter-crs")


def _unshift(datum: str) -> Callable[[Any], Any]:
    """Make the way back from a datum of Chinese map services, which no transformation of PROJ knows."""

    def moved(points: Any) -> Any:
        return np.stack(convert(points[:, 0], points[:, 1], datum, "wgs84"), axis=-1)

    return moved


def _densify(geometry: Any) -> Any:
    west, south, east, north = shapely.bounds(geometry)
    longest = max(east - west, north - south)
    return shapely.segmentize(geometry, longest / EDGE_PARTS) if longest > 0 else geometry


def _within_domain(geometry: Any, srid: int) -> Any:
    domain = _domain(srid)
    if domain.covers(geometry):
        return geometry
    return shapely.intersection(geometry, domain)


@cache
def _domain(srid: int) -> Any:
    """Draw the box of longitudes and latitudes that a projection can express."""
    area = CRS.from_epsg(srid).area_of_use
    if area is None:
        return shapely.box(-180, -90, 180, 90)
    margin = 0.0 if area.east - area.west > 350 else DOMAIN_MARGIN_DEGREES
    return shapely.box(
        max(area.west - margin, -180.0),
        max(area.south - margin, -90.0),
        min(area.east + margin, 180.0),
        min(area.north + margin, 90.0),
    )


Coordinates = list[Any]


def _geometry(given: Mapping[str, Any], collections: bool) -> Any:
    kind = given.get("type")
    if kind == "GeometryCollection" and collections:
        members = _list(given.get("geometries"), "geometries")
        return GeometryCollection([_geometry(_member(member), collections=False) for member in members])
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise wrong(f"has a geometry of unknown type {str(kind)[:40]!r}")
    return make(_list(given.get("coordinates"), "coordinates"))


def _member(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise wrong("has a geometry collection with a member that is no geometry")
    return given


def _list(given: Any, what: str) -> Coordinates:
    if not isinstance(given, list) or not given:
        raise wrong(f"has a geometry whose {what} are missing or empty")
    return given


def _number(given: Any) -> float:
    if not isinstance(given, bool) and isinstance(given, int | float | Decimal):
        number: int | float | Decimal = given
        if -MAX_COORDINATE <= number <= MAX_COORDINATE:
            return float(number)
    raise wrong(f"has a coordinate that is no number or out of range: {str(given)[:40]}")


def _position(given: Any) -> tuple[float, float]:
    position = _list(given, "positions")
    if not 2 <= len(position) <= 4:
        raise wrong("has a position without two or three numbers")
    numbers = [_number(value) for value in position]
    return numbers[0], numbers[1]


def _line(given: Any) -> list[tuple[float, float]]:
    positions = [_position(position) for position in _list(given, "lines")]
    if len(positions) < 2:
        raise wrong("has a line of a single point")
    return positions


def _ring(given: Any) -> list[tuple[float, float]]:
    positions = [_position(position) for position in _list(given, "rings")]
    if len(positions) < 4 or positions[0] != positions[-1]:
        raise wrong("has a polygon whose ring is not closed: four points or more, the last one as the first")
    return positions


def _polygon(given: Any) -> Any:
    shell, *holes = [_ring(ring) for ring in _list(given, "polygons")]
    return Polygon(shell, holes)


_MAKERS: dict[str, Callable[[Coordinates], Any]] = {
    "Point": lambda given: Point(_position(given)),
    "LineString": lambda given: LineString(_line(given)),
    "Polygon": _polygon,
    "MultiPoint": lambda given: MultiPoint([_position(point) for point in given]),
    "MultiLineString": lambda given: MultiLineString([_line(line) for line in given]),
    "MultiPolygon": lambda given: MultiPolygon([_polygon(polygon) for polygon in given]),
}

"""What is near (周边力量扫描): people, resources, places, components by distance, as far as the reader sees.

Distances are those along the WGS-84 ellipsoid, to the drawn area where a thing has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any

import shapely
from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.geometry.crs import area_m2, geodesic_m
from spatial.resources.models import KINDS as RESOURCE_KINDS
from spatial.types import LngLat

Row = dict[str, Any]

KINDS = ("worker", *RESOURCE_KINDS, "place", "component")
"""What is looked for."""
MOST_RADIUS_M = 20_000.0
MOST_AREA_M2 = 1.5e9
"""Of a drawn area: a disc of the largest radius is about as large."""
_AXIS_M, _ECCENTRICITY_2 = 6_378_137.0, 0.00669437999014
"""WGS-84."""
_ROOM_FOR_ERROR = 1.001
FIRST_M = 100.0
STEP = 5.0
"""A wider circle is looked at only when the last one held too few."""


@dataclass(frozen=True)
class Near:
    """What was found, nearest first."""

    found: list[Row]
    """kind, id, name, name_en, lon, lat, distance_m, unit_code, and `more` that goes with the kind."""
    cut_off: list[str]
    """Kinds of which there are more than were asked for."""


def around(
    connection: Connection[Any],
    point: LngLat,
    radius_m: float,
    kinds: Sequence[str] = KINDS,
    limit: int = 100,
    on_duty: bool = False,
) -> Near:
    """Find what lies within `radius_m` of a point; at most `limit` of each kind.

    on_duty: of the workers, those on duty alone. Needs no more time where much lies around: what is far is
    left to the index.
    """
    box = _box_round(point, radius_m)
    return _found(connection, point, box, {"radius_m": radius_m, "area": None}, kinds, limit, on_duty)


def within(
    connection: Connection[Any],
    area: Any,
    point: LngLat,
    kinds: Sequence[str] = KINDS,
    limit: int = 100,
    on_duty: bool = False,
) -> Near:
    """Find what lies in a polygon (degrees, WGS-84), by distance to a point; InvalidInput: `area`."""
    if area_m2(area) > MOST_AREA_M2:
        raise InvalidInput.at("area", f"is larger than {MOST_AREA_M2 / 1e6:.0f} km²")
    values = {"radius_m": None, "area": shapely.to_wkb(area)}
    return _found(connection, point, area.bounds, values, kinds, limit, on_duty)


def middle(area: Any) -> LngLat:
    """Give a point inside an area."""
    point = shapely.point_on_surface(area)
    return LngLat(point.x, point.y)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Measure a degree at a latitude: of longitude, without the cosine of the latitude, and of latitude."""
    part = 1 - _ECCENTRICITY_2 * sin(radians(lat)) ** 2
    prime, meridian = _AXIS_M / sqrt(part), _AXIS_M * (1 - _ECCENTRICITY_2) / part**1.5
    return radians(prime), radians(meridian)


def _found(
    connection: Connection[Any],
    point: LngLat,
    box: Sequence[float],
    values: Mapping[str, Any],
    kinds: Sequence[str],
    limit: int,
    on_duty: bool,
) -> Near:
    lon_m, lat_m = metres_per_degree(point.lat)
    sides = dict(zip(_SIDES, box, strict=True))
    # One more than is shown tells whether there are more.
    given = {**values, **point._asdict(), **sides, "lon_m": lon_m, "lat_m": lat_m, "limit": limit + 1}
    given |= {"kinds": [kind for kind in kinds if kind in RESOURCE_KINDS], "on_duty": on_duty}
    found: dict[str, list[Row]] = {kind: [] for kind in kinds}
    with connection.cursor(row_factory=dict_row) as cursor:
        for room in dict.fromkeys(_ROOMS.get(kind, "resources") for kind in kinds):
            for row in _read(cursor, room, given):
                found[row["kind"]].append({**row.pop("more"), **row})
    shown = [row for rows in found.values() for row in sorted(rows, key=_distance)[:limit]]
    return Near(sorted(shown, key=_distance), [kind for kind, rows in found.items() if len(rows) > limit])


def _read(cursor: Cursor[Row], room: str, given: Mapping[str, Any]) -> list[Row]:
    """Read what is nearest in growing circles, for all that lies in a large one may be half the city."""
    statement = query("layers", f"nearby_{room}")
    for circle in _circles(given) if room != "resources" else ():
        rows = cursor.execute(statement, {**given, **circle}).fetchall()
        if len(rows) == given["limit"]:
            return rows
    return cursor.execute(statement, given).fetchall()


def _circles(given: Mapping[str, Any]) -> Iterator[Row]:
    """Give the circles, smaller than what is asked for, each with its box cut by what is asked for."""
    point, asked = LngLat(given["lon"], given["lat"]), [given[side] for side in _SIDES]
    # A circle that reaches beyond the whole box is no help.
    most_m = max(float(geodesic_m(*point, x, y)[0]) for x in asked[::2] for y in asked[1::2])
    radius_m = FIRST_M
    while radius_m < (given["radius_m"] or most_m):
        west, south, east, north = _box_round(point, radius_m)
        sides = (max(west, asked[0]), max(south, asked[1]), min(east, asked[2]), min(north, asked[3]))
        if sides[0] <= sides[2] and sides[1] <= sides[3]:
            yield {**dict(zip(_SIDES, sides, strict=True)), "radius_m": radius_m}
        radius_m *= STEP


def _box_round(point: LngLat, radius_m: float) -> tuple[float, float, float, float]:
    lon_m, lat_m = metres_per_degree(point.lat)
    across, along = (_ROOM_FOR_ERROR * radius_m / each for each in (lon_m * cos(radians(point.lat)), lat_m))
    return point.lon - across, point.lat - along, point.lon + across, point.lat + along


_SIDES = ("west", "south", "east", "north")
_ROOMS = {"worker": "workers", "place": "places", "component": "components"}


def _distance(row: Row) -> tuple[float, str, int]:
    return row["distance_m"], row["kind"], row["id"]

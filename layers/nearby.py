"""What is near (周边力量扫描): people, resources, places, components by distance, as far as the reader sees.

Straight distances are those along the WGS-84 ellipsoid, to the drawn area where a thing has one. Where
streets are loaded, what is near is put in the order of the way by them: to its point, and never nearer than
straight. What no street leads to is as far as straight, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, isnan, radians, sin, sqrt
from typing import Any

import numpy as np
import shapely
from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.geometry.crs import area_m2, geodesic_m
from spatial.resources.models import KINDS as RESOURCE_KINDS
from spatial.streets.streets import SPEED_MPS, Roads
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
MOST_READ = 40
"""Times the limit: so many at most, of each kind, are looked at for who is nearer by streets."""
SILENT_S, MOVING_MPS = 300, 0.5
"""Who has sent nothing for so long is silent; who is at least so fast moves."""


@dataclass(frozen=True)
class Near:
    """What was found, nearest first."""

    found: list[Row]
    """kind, id, name, name_en, lon, lat, distance_m, straight_m, by, minutes, unit_code, and what goes with
    the kind: of people and vehicles mover_id, gait, seen_at, age_s and state (moving, standing, silent; None
    where the device does not say). `by`: streets or straight."""
    cut_off: list[str]
    """Kinds of which there are more than were asked for."""
    by: str
    """streets: where they lead; straight: no streets are loaded, or nobody wants them."""


def around(
    connection: Connection[Any],
    point: LngLat,
    radius_m: float,
    kinds: Sequence[str] = KINDS,
    limit: int = 100,
    on_duty: bool = False,
    roads: Roads | None = None,
) -> Near:
    """Find what lies within `radius_m` of a point; at most `limit` of each kind.

    radius_m: as the crow flies. on_duty: of the workers, those on duty alone. roads: what the order is by.
    Needs no more time where much lies around: what is far is left to the index.
    """
    box = _box_round(point, radius_m)
    return _found(connection, point, box, {"radius_m": radius_m, "area": None}, kinds, limit, on_duty, roads)


def within(
    connection: Connection[Any],
    area: Any,
    point: LngLat,
    kinds: Sequence[str] = KINDS,
    limit: int = 100,
    on_duty: bool = False,
    roads: Roads | None = None,
) -> Near:
    """Find what lies in a polygon (degrees, WGS-84), by distance to a point; InvalidInput: `area`."""
    if area_m2(area) > MOST_AREA_M2:
        raise InvalidInput.at("area", f"is larger than {MOST_AREA_M2 / 1e6:.0f} km²")
    values = {"radius_m": None, "area": shapely.to_wkb(area)}
    return _found(connection, point, area.bounds, values, kinds, limit, on_duty, roads)


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
    roads: Roads | None,
) -> Near:
    lon_m, lat_m = metres_per_degree(point.lat)
    sides = dict(zip(_SIDES, box, strict=True))
    given = {**values, **point._asdict(), **sides, "lon_m": lon_m, "lat_m": lat_m, "on_duty": on_duty}
    given |= {"kinds": [kind for kind in kinds if kind in RESOURCE_KINDS and kind not in _ROOMS]}
    given |= {"silent_s": SILENT_S, "moving_mps": MOVING_MPS}
    found: dict[str, list[Row]] = {kind: [] for kind in kinds}
    with connection.cursor(row_factory=dict_row) as cursor:
        for room in dict.fromkeys(_ROOMS.get(kind, "resources") for kind in kinds):
            for row in _nearest(cursor, room, given, limit, roads):
                found[row["kind"]].append(row)
    shown = [row for rows in found.values() for row in sorted(rows, key=_distance)[:limit]]
    cut_off = [kind for kind, rows in found.items() if len(rows) > limit]
    return Near(sorted(shown, key=_distance), cut_off, "straight" if roads is None else "streets")


def _nearest(
    cursor: Cursor[Row], room: str, given: Mapping[str, Any], limit: int, roads: Roads | None
) -> list[Row]:
    """Read what is nearest straight, then whatever else may be as near by streets."""
    point = LngLat(given["lon"], given["lat"])
    # One more than is shown tells whether there are more.
    most = limit + 1 if roads is None else 2 * limit + 1
    found = measure(_read(cursor, room, {**given, "limit": most}), point, roads)
    far_m = 0.0 if roads is None else _may_be_as_near_m(found, limit, most)
    if not far_m:
        return found
    radius_m = min(far_m, given["radius_m"] or far_m)
    circle = {**given, **_cut(given, radius_m), "limit": MOST_READ * limit}
    more = cursor.execute(query("layers", f"nearby_{room}"), circle).fetchall()
    known = {(row["kind"], row["id"]) for row in found}
    new = [row for row in more if (row["kind"], row["id"]) not in known]
    return found + measure(new, point, roads)


def measure(rows: list[Row], point: LngLat, roads: Roads | None) -> list[Row]:
    """Say of rows with lon, lat and distance_m (straight) how far it is by streets, and how long it takes."""
    rows = [{**row.pop("more"), **row} for row in rows]
    ways = np.full(len(rows), np.nan)
    if roads is not None and rows:
        lon, lat = ([row[name] for row in rows] for name in ("lon", "lat"))
        ways = roads.distances(point, lon, lat, [row.get("gait") == "car" for row in rows])
    for row, way in zip(rows, ways.tolist(), strict=True):
        row["straight_m"] = row["distance_m"]
        # Within its own area there is no way to go.
        row["by"] = "straight" if isnan(way) or row["straight_m"] == 0 else "streets"
        if row["by"] == "streets":
            row["distance_m"] = max(way, row["straight_m"])
        speed_mps = SPEED_MPS.get(row.get("gait", ""))
        row["minutes"] = speed_mps and round(row["distance_m"] / speed_mps / 60, 1)
    return rows


def _may_be_as_near_m(rows: Sequence[Row], limit: int, most: int) -> float:
    """Tell how far away, straight, somebody who was not read may be and still be shown; 0: all are read."""
    far_m = 0.0
    for kind in {row["kind"] for row in rows}:
        of_kind = [row for row in rows if row["kind"] == kind]
        last_m = sorted(row["distance_m"] for row in of_kind)[:limit][-1]
        if len(of_kind) == most and last_m > max(row["straight_m"] for row in of_kind):
            far_m = max(far_m, last_m)
    return far_m


def _read(cursor: Cursor[Row], room: str, given: Mapping[str, Any]) -> list[Row]:
    """Read what is nearest in growing circles, for all that lies in a large one may be half the city."""
    statement = query("layers", f"nearby_{room}")
    for circle in _circles(given) if room not in _FEW else ():
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
        circle = _cut(given, radius_m)
        if circle["west"] <= circle["east"] and circle["south"] <= circle["north"]:
            yield circle
        radius_m *= STEP


def _cut(given: Mapping[str, Any], radius_m: float) -> Row:
    """Give a circle with its box, cut by the box of what is asked for."""
    west, south, east, north = _box_round(LngLat(given["lon"], given["lat"]), radius_m)
    return {
        "west": max(west, given["west"]), "south": max(south, given["south"]),
        "east": min(east, given["east"]), "north": min(north, given["north"]), "radius_m": radius_m,
    }  # fmt: skip


def _box_round(point: LngLat, radius_m: float) -> tuple[float, float, float, float]:
    lon_m, lat_m = metres_per_degree(point.lat)
    across, along = (_ROOM_FOR_ERROR * radius_m / each for each in (lon_m * cos(radians(point.lat)), lat_m))
    return point.lon - across, point.lat - along, point.lon + across, point.lat + along


_FEW = ("resources", "vehicles")
_SIDES = ("west", "south", "east", "north")
_ROOMS = {"worker": "workers", "vehicle": "vehicles", "place": "places", "component": "components"}


def _distance(row: Row) -> tuple[float, str, int]:
    return row["distance_m"], row["kind"], row["id"]

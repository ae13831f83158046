"""What bodies say of where a thing is: a point and an area in a datum, as WGS-84, and the grid it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from psycopg import Connection

from api.city import City
from layers.edits.shapes import Column
from layers.edits.shapes import read as read_shapes
from spatial.drawn import Change, Person, point_of
from spatial.errors import InvalidInput, Problem
from spatial.geometry.crs import CRS84, SHIFTED
from spatial.geometry.datum import convert
from spatial.types import LngLat

Json = dict[str, Any]

MOST_VERTICES = 10_000
"""Of one drawn area: more is a mistake, or meant as one."""
_POLYGON = Column("area", "polygon", "MultiPolygon", False, 4326)
_ANY = Column("geometry", "geometry", "Geometry", False, 4326)
_PLACED = ("lon", "lat", "datum", "area", "people")


def point_in(lon: float | None, lat: float | None, datum: str) -> LngLat | None:
    """Read a point; InvalidInput when one half of it is missing."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        missing = "lon" if lon is None else "lat"
        raise InvalidInput.at(missing, "is required with the other coordinate")
    (x,), (y,) = convert([lon], [lat], datum, "wgs84")
    return LngLat(float(x), float(y))


def area_in(geometry: Any, datum: str, where: str = "area") -> Any:
    """Read a GeoJSON (multi)polygon; InvalidInput that says where it is wrong, as x and y were sent."""
    return _shape_in(geometry, datum, where, _POLYGON)


def shape_in(geometry: Any, datum: str, where: str = "geometry") -> Any:
    """Read a GeoJSON geometry of any kind, as `area_in` reads areas."""
    return _shape_in(geometry, datum, where, _ANY)


def _shape_in(geometry: Any, datum: str, where: str, column: Column) -> Any:
    if geometry is None:
        return None
    count = 0
    for count, _ in enumerate(_numbers(geometry), 1):
        if count > 3 * MOST_VERTICES:
            raise InvalidInput.at(where, f"has more than {MOST_VERTICES} vertices")
    shapes, _ = read_shapes([(where, geometry)], SHIFTED.get(datum, CRS84), column)
    return shapes[0]


def _numbers(geometry: Any) -> Iterator[Any]:
    """Walk through all numbers of what claims to be a geometry, however deep it is."""
    waiting = [geometry.get("coordinates")] if isinstance(geometry, dict) else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        else:
            yield each


def change_of(sent: Any) -> Change:
    """Read what a body says of a place or resource: columns, point, area, people."""
    given = sent.model_dump(exclude_unset=True)
    datum = given.get("datum", "wgs84")
    nothing = [name for name in ("kind", "name", "state") if name in given and not given[name]]
    if nothing:
        raise InvalidInput([Problem(name, "must not be empty") for name in nothing])
    people = given.get("people")
    return Change(
        columns={name: value for name, value in given.items() if name not in _PLACED},
        point=point_in(given.get("lon"), given.get("lat"), datum),
        area=area_in(given.get("area"), datum),
        no_area="area" in given and given["area"] is None,
        people=None if people is None else [Person(**each) for each in people],
    )


def stamped(city: City, connection: Connection[Any], given: Change, is_new: bool) -> str | None:
    """Name the grid of a point that is new or moves; holds off publications first, as editing layers does."""
    city.stamper.hold(connection)
    if given.point is None and not is_new:
        return None
    point = point_of(given)
    return city.stamper.codes(connection, np.array([point.lon]), np.array([point.lat]))[0]

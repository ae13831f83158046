"""Things that people draw as a point with an area beside it (places, resources): changed, stored, refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from spatial.errors import InvalidInput, Problem
from spatial.geometry.crs import geodesic_m
from spatial.people.organisations import organisation_id
from spatial.types import LngLat

Row = dict[str, Any]

FAR_M = 1_000.0
"""A point this far from the area that is drawn for the same thing is a mistake, of the datum most likely."""
SOURCE = "manual"
"""Where what is written by hand comes from."""

_MOVED = sql.SQL("geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), unit_code = %(unit_code)s")
_REDRAWN = sql.SQL("area = ST_GeomFromWKB(%(area)s::bytea, 4326)")


@dataclass(frozen=True)
class Person:
    """Somebody who answers for a thing, and as what."""

    worker_id: int
    role: str


@dataclass(frozen=True)
class Change:
    """What of a thing is to be otherwise: columns by name, and beside them what is not a column."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    """As the table has them, but `organisation`, which is a code; of places: kind, name, risk_level, ..."""
    point: LngLat | None = None
    area: Any = None
    """A polygon in degrees of WGS-84; None: as it is."""
    no_area: bool = False
    people: Sequence[Person] | None = None

    def area_beside(self, held: Any) -> Any:
        """Give the area that there will be, from the one there is."""
        return None if self.no_area else (held if self.area is None else self.area)


def point_of(given: Change) -> LngLat:
    """Give the point of something new: as given, or one inside its area; InvalidInput without both."""
    if given.point is not None:
        return given.point
    if given.area is None:
        raise InvalidInput([Problem("lon", "is required, or an area"), Problem("lat", "is required")])
    point = shapely.point_on_surface(given.area)
    return LngLat(point.x, point.y)


def check_near(point: LngLat, area: Any) -> None:
    """Refuse an area that lies elsewhere than the point of the same thing; InvalidInput at `area`."""
    if area is None:
        return
    near = shapely.shortest_line(shapely.Point(point), area)
    (x, y), (u, v) = shapely.get_coordinates(near)
    away_m = float(geodesic_m(x, y, u, v)[0])
    if away_m > FAR_M:
        raise InvalidInput.at("area", f"lies {away_m:.0f} m from the point; are both in the datum named?")


def stored(connection: Connection[Any], columns: Mapping[str, Any]) -> Row:
    """Write columns as the table has them, an organisation by its number, JSON as JSON; InvalidInput."""
    values = dict(columns)
    if "organisation" in values:
        values["organisation_id"] = organisation_id(connection, values.pop("organisation"))
    if "attributes" in values:
        values["attributes"] = Jsonb(values["attributes"])
    return values


def placed(point: LngLat, area: Any, unit_code: str | None) -> Row:
    """Write where something new is, as its statement takes it."""
    return {**point._asdict(), "unit_code": unit_code, "area": _wkb(area)}


def update(
    connection: Connection[Any], table: str, number: int, given: Change, columns: Row, unit_code: str | None
) -> None:
    """Change the row of a locked thing; `columns`: stored ones; `unit_code` counts when the point moves."""
    parts: list[sql.Composable] = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    ]
    values = {**columns, "id": number}
    if given.point is not None:
        parts.append(_MOVED)
        values |= {**given.point._asdict(), "unit_code": unit_code}
    if given.area is not None or given.no_area:
        parts.append(_REDRAWN)
        values["area"] = _wkb(given.area_beside(None))
    if parts:
        statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s")
        connection.execute(statement.format(sql.Identifier(table), sql.SQL(", ").join(parts)), values)


def area_held(row: Row) -> Row:
    """Read the area of a row that was locked."""
    return {**row, "area": None if row["area"] is None else shapely.from_wkb(bytes(row["area"]))}


def _wkb(area: Any) -> bytes | None:
    return None if area is None else shapely.to_wkb(area)

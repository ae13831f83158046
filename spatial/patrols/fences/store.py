"""Fences as they are kept: written, changed, listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import shapely
from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.drawn.refusals import refusals
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.patrols.days import day_of
from spatial.patrols.fences.following import ROOM
from spatial.people.organisations import organisation_id
from spatial.rights.reader import Reader

USUAL_RADIUS_M = 50.0
MOST_DEGREES = 2.0
"""Of width and height: a fence is of a city."""

Row = dict[str, Any]

DEFAULTS: Row = {
    "place_id": None, "unit_code": None, "organisation_id": None, "movers": [], "starts": "00:00",
    "ends": "00:00", "days": "all", "weekdays": [1, 2, 3, 4, 5, 6, 7], "min_dwell_s": 0.0, "join_s": 120.0,
    "worst_accuracy_m": 50.0, "notices": True, "note": "",
}  # fmt: skip
_SILENT = {"name", "note", "unit_code", "organisation_id", "notices", "retired_at"}
"""What changes nothing of who was there."""


@dataclass(frozen=True)
class Given:
    """What somebody says of a fence; what is not said stays as it is."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    """Of the table, with `organisation` (a code) and `retired` (a truth)."""
    geometry: Any | None = None
    """A point or (multi)polygon in degrees; None: that of the place, or as it is."""


@dataclass(frozen=True)
class Wanted:
    """Which fences are listed."""

    unit: str | None = None
    organisation: str | None = None
    mover_id: int | None = None
    place_id: int | None = None
    retired: bool = False
    text: str | None = None
    before: int | None = None
    limit: int = 100


def add(connection: Connection[Any], reader: Reader, given: Given) -> int:
    """Write a fence; InvalidInput for what cannot be one, Forbidden outside of the reader's reach."""
    shape = _shape(connection, given, None)
    if shape is None:
        raise InvalidInput.at("geometry", "is required, or a place")
    values = {**DEFAULTS, **_stored(connection, given.columns), **shape}
    values |= {"account_id": reader.account_id, "username": reader.username}
    values["recount_day"] = day_of(datetime.now(UTC))
    with refusals(connection, "fences"):
        row = connection.execute(query(ROOM, "fence_add"), values).fetchone()
    assert row is not None
    return int(row[0])


def lock(connection: Connection[Any], fence: int) -> Row:
    """Hold a fence to change it: edition, geom, radius_m …; NotFound, Forbidden for who only reads it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        held = cursor.execute(query(ROOM, "fence_lock"), {"id": fence}).fetchone()
    if held is None:
        read(connection, fence)
        raise Forbidden("you may read this fence, and not change it")
    return held


def change(connection: Connection[Any], fence: int, given: Given) -> int:
    """Change what is given of a fence; gives the new edition. Its last days are told anew."""
    held = lock(connection, fence)
    values = _stored(connection, given.columns)
    values |= _shape(connection, given, held) or {}
    # Whoever is back in use has missed days.
    if values.keys() - _SILENT or values.get("retired_at", held) is None:
        values["recount_day"] = day_of(datetime.now(UTC))
    edition = int(held["edition"]) + 1
    with refusals(connection, "fences"):
        _update(connection, fence, {**values, "edition": edition})
    return edition


def remove(connection: Connection[Any], fence: int) -> bool:
    """Delete a fence that nobody was in; one that was visited is retired. Tells whether it is gone."""
    change(connection, fence, Given({"retired": True}))
    if connection.execute(query(ROOM, "fence_used"), {"id": fence}).fetchall()[0][0]:
        return False
    with refusals(connection, "fences"):
        connection.execute(query(ROOM, "fence_delete"), {"id": fence})
    return True


def read(connection: Connection[Any], fence: int) -> Row:
    """Read a fence with its geometry (GeoJSON); NotFound."""
    found = _rows(connection, [sql.SQL("f.id = %(id)s")], {"id": fence, "limit": 1})
    if not found:
        raise NotFound(f"there is no fence '{fence}'")
    return found[0]


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List fences, newest first."""
    values = {**vars(wanted), "until": wanted.unit and end_of(wanted.unit)}
    found = {
        "f.unit_code >= %(unit)s AND f.unit_code < %(until)s": wanted.unit,
        "o.code = %(organisation)s": wanted.organisation,
        "(f.movers = '{}' OR f.movers @> ARRAY[%(mover_id)s::bigint])": wanted.mover_id,
        "f.place_id = %(place_id)s": wanted.place_id,
        "f.retired_at IS NULL": not wanted.retired,
        "strpos(lower(f.name), lower(%(text)s)) > 0": wanted.text,
        "f.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL(text) for text, on in found.items() if on]
    return _rows(connection, [sql.SQL("true"), *conditions], values)


def _rows(connection: Connection[Any], conditions: Sequence[sql.Composable], values: Row) -> list[Row]:
    statement = sql.SQL(query(ROOM, "fences")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def _stored(connection: Connection[Any], columns: Mapping[str, Any]) -> Row:
    values = {name: value for name, value in columns.items() if name != "radius_m"}
    if "organisation" in values:
        values["organisation_id"] = organisation_id(connection, values.pop("organisation"))
    if "weekdays" in values:
        values["weekdays"] = sorted(set(values["weekdays"]))
    if "movers" in values:
        values["movers"] = _movers(connection, values["movers"])
    if "retired" in values:
        values["retired_at"] = datetime.now(UTC) if values.pop("retired") else None
    return values


def _movers(connection: Connection[Any], movers: Sequence[int]) -> list[int]:
    """Take only movers that the reader sees: what a fence says of others would tell where they went."""
    row = connection.execute(query(ROOM, "movers_unseen"), {"movers": list(movers)}).fetchone()
    if row is not None:
        raise InvalidInput.at(f"movers[{row[0] - 1}]", "names nobody who is there for you")
    return sorted(set(movers))


def _shape(connection: Connection[Any], given: Given, held: Row | None) -> Row | None:
    """Make geometry and radius of what is drawn, or of the place; None: as they are."""
    shape, radius_m = given.geometry, given.columns.get("radius_m")
    place = given.columns.get("place_id")
    if shape is None and place is not None:
        shape = _of_place(connection, place)
    elif place is not None:
        _of_place(connection, place)
    if shape is None and held is not None and radius_m is not None:
        shape = shapely.from_wkb(bytes(held["geom"]))
    if shape is None:
        return None
    _check(shape)
    if shape.geom_type != "Point":
        if radius_m is not None:
            raise InvalidInput.at("radius_m", "is for points alone")
        return {"geom": shapely.to_wkb(shapely.force_2d(shape)), "radius_m": 0.0}
    before = held["radius_m"] if held is not None else 0.0
    return {"geom": shapely.to_wkb(shapely.force_2d(shape)), "radius_m": radius_m or before or USUAL_RADIUS_M}


def _of_place(connection: Connection[Any], place: int) -> Any:
    row = connection.execute(query(ROOM, "place_shape"), {"place_id": place}).fetchone()
    if row is None:
        raise InvalidInput.at("place_id", "names nothing that is there for you")
    return shapely.from_wkb(bytes(row[0]))


def _check(shape: Any) -> None:
    if shape.geom_type not in ("Point", "Polygon", "MultiPolygon") or shape.is_empty:
        raise InvalidInput.at("geometry", "must be a Point, Polygon or MultiPolygon, and not empty")
    west, south, east, north = shape.bounds
    if max(east - west, north - south) > MOST_DEGREES:
        raise InvalidInput.at("geometry", f"must be {MOST_DEGREES:g} degrees wide and high at most")
    if max(abs(south), abs(north)) > 60.0:
        raise InvalidInput.at("geometry", "must lie between 60° south and 60° north")


def _update(connection: Connection[Any], fence: int, values: Row) -> None:
    parts = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    statement = sql.SQL("UPDATE fence SET {} WHERE id = %(id)s").format(sql.SQL(", ").join(parts))
    connection.execute(statement, {**values, "id": fence})

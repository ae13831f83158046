"""Sensitive places (重点场所): read, listed, written, with their people and the history of their risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import anywhere, end_of
from spatial.drawn import SOURCE, Change, Person, area_held, check_near, placed, point_of, stored, update
from spatial.drawn.refusals import refusals
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.extras import check_extras
from spatial.places.kinds import ROOM, Kind, kind, usable
from spatial.types import BBox, LngLat

Row = dict[str, Any]

LOWEST = 4
"""Blue, where every place of a kind that bears no risk stands."""


@dataclass(frozen=True)
class Wanted:
    """Which places are listed; everything that is given must hold."""

    kinds: Sequence[str] = ()
    levels: Sequence[int] = ()
    unit: str | None = None
    organisation: str | None = None
    overdue: bool | None = None
    bbox: BBox | None = None
    text: str | None = None
    after: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Locked:
    """A place that nobody else changes until the transaction ends."""

    id: int
    kind: str
    risk_level: int
    risk_reason: str | None
    attributes: Row
    lon: float
    lat: float
    area: Any
    etag: str


def read(connection: Connection[Any], place_id: int, today: date) -> Row:
    """Read a place with its area, people and the inspection that is open; NotFound."""
    values = {"id": place_id, "today": today}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "place"), values).fetchone()
        if found is None:
            raise missing(place_id)
        people = cursor.execute(query(ROOM, "people"), values).fetchall()
        due = cursor.execute(query(ROOM, "open_inspection"), values).fetchone()
    return {**found, "people": people, "inspection": due}


def history(connection: Connection[Any], place_id: int) -> list[Row]:
    """List the levels that a place had, newest first, each with its reason."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "risks"), {"id": place_id}).fetchall()


def listed(connection: Connection[Any], wanted: Wanted, today: date) -> list[Row]:
    """List places by id, from the one after `wanted.after`."""
    conditions = list(_conditions(wanted))
    values = {
        "kinds": list(wanted.kinds), "levels": list(wanted.levels), "organisation": wanted.organisation,
        "after": wanted.after, "limit": wanted.limit, "today": today,
        "text": wanted.text and anywhere(wanted.text), "unit": wanted.unit,
        "until": wanted.unit and end_of(wanted.unit),
        **(wanted.bbox._asdict() if wanted.bbox else {}),
    }  # fmt: skip
    statement = sql.SQL(query(ROOM, "places")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def _conditions(wanted: Wanted) -> list[sql.SQL]:
    overdue = "EXISTS (SELECT FROM inspection AS d WHERE d.place_id = p.id AND d.state = 'open'"
    box = "p.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
    exact = "ST_Intersects(p.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))"
    found = {
        "p.id > %(after)s": True,
        "p.kind = ANY (%(kinds)s)": wanted.kinds,
        "p.risk_level = ANY (%(levels)s)": wanted.levels,
        "p.unit_code >= %(unit)s AND p.unit_code < %(until)s": wanted.unit,
        "o.code = %(organisation)s": wanted.organisation,
        f"{overdue} AND d.due_on < %(today)s)": wanted.overdue is True,
        f"NOT {overdue} AND d.due_on < %(today)s)": wanted.overdue is False,
        f"{box} AND {exact}": wanted.bbox,
        "(p.name ILIKE %(text)s OR p.name_en ILIKE %(text)s OR p.address ILIKE %(text)s)": wanted.text,
    }
    return [sql.SQL(text) for text, on in found.items() if on]


def add(connection: Connection[Any], given: Change, unit_code: str | None) -> int:
    """Write a new place and return its id; InvalidInput that names fields, Forbidden beyond the own area."""
    columns = {"name_en": None, "address": None, "risk_reason": None, "attributes": {}, **given.columns}
    of = usable(connection, columns["kind"])
    point = point_of(given)
    check_near(point, given.area)
    _check_level(of, columns["risk_level"])
    check_extras(of.extras, columns["attributes"], "attributes")
    values = {"organisation_id": None, "source": SOURCE, **stored(connection, columns)}
    values |= placed(point, given.area, unit_code)
    with refusals(connection, "places"):
        row = connection.execute(query(ROOM, "place_add"), values).fetchall()[0]
    _write_people(connection, int(row[0]), given.people)
    return int(row[0])


def lock(connection: Connection[Any], place_id: int) -> Locked:
    """Lock a place that is to be changed; NotFound, or Forbidden for one that may only be read."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "place_lock"), {"id": place_id}).fetchone()
        if found is None and cursor.execute(query(ROOM, "place"), {"id": place_id}).fetchone():
            raise Forbidden("you may read this place, and not change it")
    if found is None:
        raise missing(place_id)
    return Locked(**area_held(found))


def change(connection: Connection[Any], place: Locked, given: Change, unit_code: str | None) -> None:
    """Change a locked place; `unit_code` counts when the point moves. Raises as `add`."""
    columns = dict(given.columns)
    check_near(given.point or LngLat(place.lon, place.lat), given.area_beside(place.area))
    of = _kind_of(connection, place, columns)
    _check_level(of, columns.get("risk_level", place.risk_level))
    if {"kind", "attributes"} & columns.keys():
        check_extras(of.extras, columns.get("attributes", place.attributes), "attributes")
    values = stored(connection, columns)
    with refusals(connection, "places"):
        update(connection, "place", place.id, given, values, unit_code)
    _write_people(connection, place.id, given.people)


def delete(connection: Connection[Any], place: Locked) -> None:
    """Delete a locked place with everything that hangs on it; Forbidden for who may not."""
    with refusals(connection, "places"):
        if connection.execute(query(ROOM, "place_delete"), {"id": place.id}).rowcount != 1:
            raise Forbidden("you may change this place, and not delete it")


def missing(place_id: int) -> NotFound:
    """Say that there is no such place for this reader."""
    return NotFound(f"there is no place '{place_id}'")


def _check_level(of: Kind, level: int) -> None:
    if not of.risk_bearing and level != LOWEST:
        raise InvalidInput.at("risk_level", f"must be {LOWEST}: places of kind '{of.key}' bear no risk")


def _kind_of(connection: Connection[Any], place: Locked, columns: Row) -> Kind:
    """A place keeps a kind that was retired; it does not get one."""
    if columns.get("kind", place.kind) == place.kind:
        return kind(connection, place.kind)
    return usable(connection, columns["kind"])


def _write_people(connection: Connection[Any], place_id: int, people: Sequence[Person] | None) -> None:
    if people is None:
        return
    values = {"id": place_id, "workers": [each.worker_id for each in people]}
    values |= {"roles": [each.role for each in people]}
    with refusals(connection, "the people of places"):
        connection.execute(query(ROOM, "people_forget"), values)
        if connection.execute(query(ROOM, "people_add"), values).rowcount != len(people):
            raise InvalidInput.at("people", "name somebody who is not there for you")

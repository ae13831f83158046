"""Records made on patrol (巡检记录): what was found at a place, a component or a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.drawn.refusals import refusals
from spatial.errors import InvalidInput, NotFound
from spatial.patrols.plans.store import ROOM
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of
from spatial.types import LngLat

LATE = timedelta(days=7)
EARLY = timedelta(minutes=5)

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What somebody found, at one place, component or pipe."""

    result: str
    note: str = ""
    place_id: int | None = None
    component_id: int | None = None
    link_id: int | None = None
    stood: LngLat | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """Which records are listed."""

    place_id: int | None = None
    component_id: int | None = None
    link_id: int | None = None
    mover_id: int | None = None
    result: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def add(connection: Connection[Any], reader: Reader, found: Found) -> int:
    """Write a record; InvalidInput unless it is of one thing, which the reader sees."""
    things = {name: getattr(found, name) for name in ("place_id", "component_id", "link_id")}
    if sum(value is not None for value in things.values()) != 1:
        raise InvalidInput.at("place_id", "or component_id or link_id: exactly one is required")
    lon, lat = found.stood or (None, None)
    values = {**things, "result": found.result, "note": found.note, "lon": lon, "lat": lat}
    values |= {"at": _moment(found.at), "account_id": reader.account_id, "username": reader.username}
    values["mover_id"] = my_mover(connection, reader)
    with refusals(connection, "patrol records"):
        row = connection.execute(query(ROOM, "record_add"), values).fetchone()
    if row is None:
        where = next(name for name, value in things.items() if value is not None)
        raise InvalidInput.at(where, "names nothing that is there for you")
    return int(row[0])


def my_mover(connection: Connection[Any], reader: Reader) -> int | None:
    """Give the mover that the reader is; None for who is nobody in the field."""
    if reader.worker_id is None:
        return None
    row = connection.execute(query(ROOM, "my_mover"), {"worker_id": reader.worker_id}).fetchone()
    return row and int(row[0])


def dues_of(connection: Connection[Any], record: Row) -> list[int]:
    """Name the due patrols that a record counts for."""
    if record["mover_id"] is None:
        return []
    return [row[0] for row in connection.execute(query(ROOM, "record_dues"), record)]


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List records, newest first."""
    found = {
        "r.place_id = %(place_id)s": wanted.place_id,
        "r.component_id = %(component_id)s": wanted.component_id,
        "r.link_id = %(link_id)s": wanted.link_id,
        "r.mover_id = %(mover_id)s": wanted.mover_id,
        "r.result = %(result)s": wanted.result,
        "r.at >= %(since)s": wanted.since,
        "r.at < %(until)s": wanted.until,
        "r.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    return _rows(connection, conditions, vars(wanted))


def read(connection: Connection[Any], record: int) -> Row:
    """Read a record; NotFound."""
    found = _rows(connection, [sql.SQL("r.id = %(id)s")], {"id": record, "limit": 1})
    if not found:
        raise NotFound(f"there is no patrol record '{record}'")
    return found[0]


def _rows(connection: Connection[Any], conditions: list[sql.SQL], values: Row) -> list[Row]:
    statement = sql.SQL(query(ROOM, "records")).format(conditions=sql.SQL(" AND ").join(conditions))
    knows = sorted(rule_of("fix").read)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, {**values, "knows": knows}).fetchall()


def _moment(at: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if at is None:
        return now
    if not now - LATE <= at <= now + EARLY:
        raise InvalidInput.at("at", f"must lie within the last {LATE.days} days")
    return min(at, now)

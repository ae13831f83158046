"""Inspections (巡查): made when they are due, done by somebody on the spot, and what follows from results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from psycopg import Connection, errors, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.matching import end_of
from spatial.drawn.refusals import refusals
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.events.calendar import Calendar, beijing_day
from spatial.extras import check_extras
from spatial.places.kinds import ROOM, kind
from spatial.places.proposals import after_result
from spatial.places.store import read as place
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, rule_of
from spatial.types import LngLat

Row = dict[str, Any]

RESULTS = ("normal", "abnormal", "no_access")
STATES = ("open", "done", "missed", "cancelled")
BATCH = 5_000
_BEIJING = timezone(timedelta(hours=8))
LATE = timedelta(days=7)
"""How old a result may be when it is sent: a phone that was without a network."""
EARLY = timedelta(minutes=5)
"""How far a phone's clock may be ahead."""
_KNOWS: Row = {"knows": sorted(rule_of("fix").read)}
"""Roles that may know where somebody was."""


@dataclass(frozen=True)
class Result:
    """What somebody found at a place."""

    result: str
    findings: Mapping[str, Any]
    note: str = ""
    stood: LngLat | None = None
    """Where the inspector was, WGS-84."""
    at: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """Which inspections are listed."""

    place_id: int | None = None
    states: Sequence[str] = ()
    result: str | None = None
    worker_id: int | None = None
    unit: str | None = None
    overdue: bool = False
    due_from: date | None = None
    due_until: date | None = None
    before: int | None = None
    limit: int = 100


def today(at: datetime | None = None) -> date:
    """Give the day that it is in the city."""
    return beijing_day(at or datetime.now(UTC))


def make_due(connection: Connection[Any], day: date, calendar: Calendar) -> dict[str, int]:
    """Do what a day brings: cancel, miss and hasten inspections, and make those that are due.

    Doing it twice, or by two processes, changes nothing more. A day off becomes the next working day.
    """
    values: Row = {"today": day, "limit": BATCH}
    counts = {
        name: connection.execute(query(ROOM, f"inspections_{name}"), values).rowcount
        for name in ("cancel", "miss", "follow")
    }
    made = 0
    while rows := connection.execute(query(ROOM, "inspections_due"), values).fetchall():
        added = connection.execute(query(ROOM, "inspections_add"), _columns(rows, day, calendar)).rowcount
        made += added
        if not added:
            break
    return {**counts, "made": made}


def _columns(rows: Sequence[Any], day: date, calendar: Calendar) -> Row:
    places, levels, due, workers, organisations = (list(column) for column in zip(*rows, strict=True))
    found = [working_day(max(each, day), calendar) for each in due]
    return {
        "today": day, "places": places, "levels": levels, "due": found, "workers": workers,
        "organisations": organisations,
    }  # fmt: skip


def working_day(day: date, calendar: Calendar) -> date:
    """Give the first working day from `day` on; the day itself in a calendar in which nobody works."""
    found = calendar.add(datetime.combine(day, time(), _BEIJING), 1)
    return day if found is None else beijing_day(found)


def add(connection: Connection[Any], place_id: int, due_on: date, worker_id: int | None, day: date) -> int:
    """Ask for an inspection out of turn; NotFound for no such place, InvalidInput for no such worker.

    Conflict while one is open, and for a kind that nobody inspects: it would be called off at once.
    """
    if due_on < day:
        raise InvalidInput.at("due_on", "is over")
    _check_inspected(connection, place_id, day)
    values = {"place_id": place_id, "due_on": due_on, "worker_id": worker_id, "today": day}
    with refusals(connection, "inspections"):
        try:
            with connection.transaction():
                row = connection.execute(query(ROOM, "inspection_add"), values).fetchone()
                if row is not None and row[1] != worker_id:
                    raise InvalidInput.at("worker_id", "names nobody who is there for you")
        except errors.UniqueViolation:
            raise Conflict("an inspection of this place is open already") from None
    if row is None:
        raise NotFound(f"there is no place '{place_id}'")
    return int(row[0])


def _check_inspected(connection: Connection[Any], place_id: int, day: date) -> None:
    of = kind(connection, place(connection, place_id, day)["kind"])
    if of.retired_at is not None or not of.risk_bearing:
        why = "are used no longer" if of.retired_at is not None else "bear no risk"
        raise Conflict(f"places of kind '{of.key}' {why}: nobody inspects them")


def listed(connection: Connection[Any], wanted: Wanted, day: date) -> list[Row]:
    """List inspections, newest first."""
    values = {
        **vars(wanted),
        "states": list(wanted.states),
        "today": day,
        "until": wanted.unit and end_of(wanted.unit),
    }
    values |= _KNOWS
    found = {
        "true": True,
        "i.place_id = %(place_id)s": wanted.place_id,
        "i.state = ANY (%(states)s)": wanted.states,
        "i.result = %(result)s": wanted.result,
        "i.worker_id = %(worker_id)s": wanted.worker_id,
        "p.unit_code >= %(unit)s AND p.unit_code < %(until)s": wanted.unit,
        "i.state = 'open' AND i.due_on < %(today)s": wanted.overdue,
        "i.due_on >= %(due_from)s": wanted.due_from,
        "i.due_on <= %(due_until)s": wanted.due_until,
        "i.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL(text) for text, on in found.items() if on]
    statement = sql.SQL(query(ROOM, "inspections")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def read(connection: Connection[Any], number: int, day: date) -> Row:
    """Read an inspection; NotFound."""
    statement = sql.SQL(query(ROOM, "inspections")).format(conditions=sql.SQL("i.id = %(id)s"))
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(statement, {"id": number, "today": day, "limit": 1} | _KNOWS).fetchone()
    if found is None:
        raise NotFound(f"there is no inspection '{number}'")
    return found


def finish(connection: Connection[Any], reader: Reader, number: int, given: Result) -> int | None:
    """Write the result of an open inspection; gives the proposal of another level that follows, if any.

    InvalidInput for findings that the kind's checklist does not know, Conflict when it is not open any more,
    Forbidden for who may only read it.
    """
    found = _locked(connection, number)
    if found["state"] != "open":
        raise Conflict(f"this inspection is {found['state']} already")
    at = _moment(given.at)
    check_extras(kind(connection, found["kind"]).checklist, given.findings, "findings")
    lon, lat = given.stood or (None, None)
    values = {
        "id": number, "result": given.result, "findings": Jsonb(given.findings), "note": given.note, "at": at,
        "lon": lon, "lat": lat, "username": reader.username,
    }  # fmt: skip
    with refusals(connection, "inspections"):
        connection.execute(query(ROOM, "inspection_done"), values)
    return after_result(connection, reader, found["place_id"], found["risk_level"], found["kind"])


def cancel(connection: Connection[Any], reader: Reader, number: int, note: str) -> None:
    """Call an open inspection off; Forbidden for all but administrators, Conflict when it is not open."""
    found = _locked(connection, number)
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("administrators call inspections off")
    if found["state"] != "open":
        raise Conflict("this inspection is not open any more")
    values = {"id": number, "note": note, "username": reader.username}
    connection.execute(query(ROOM, "inspection_cancel"), values)


def _locked(connection: Connection[Any], number: int) -> Row:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "inspection_lock"), {"id": number}).fetchone()
    if found is None:
        read(connection, number, today())
        raise Forbidden("you may read this inspection, and not write its result")
    return found


def _moment(at: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if at is None:
        return now
    if not now - LATE <= at <= now + EARLY:
        raise InvalidInput.at("at", f"must lie within the last {LATE.days} days")
    return min(at, now)

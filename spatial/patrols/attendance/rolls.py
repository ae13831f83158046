"""Rules by which rolls are called (点名), and what they found, as readers see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.drawn.refusals import refusals
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.events.deadlines import read_deadlines
from spatial.patrols.attendance.calling import ROOM, plan_next
from spatial.patrols.days import moments
from spatial.people.organisations import organisation_id
from spatial.rights.reader import Reader

Row = dict[str, Any]
WHEN = frozenset({"times", "days", "grace_min", "counts", "retired", "unit_code", "organisation_id"})
"""What changes whom a rule calls, or when: it counts from then on."""


@dataclass(frozen=True)
class Wanted:
    """Which results of a rule are listed."""

    day: date
    state: str | None
    after: tuple[datetime, int]
    """Moment and mover that they are behind."""
    limit: int


def listed(connection: Connection[Any], before: int | None, limit: int) -> list[Row]:
    """List rules, newest first."""
    return _rows(connection, "rolls", {"id": None, "before": before, "limit": limit})


def read(connection: Connection[Any], number: int) -> Row:
    """Show a rule; NotFound."""
    found = _rows(connection, "rolls", {"id": number, "before": None, "limit": 1})
    if not found:
        raise NotFound(f"there is no roll call '{number}'")
    return found[0]


def add(connection: Connection[Any], reader: Reader, given: Mapping[str, Any]) -> int:
    """Write a rule; InvalidInput, Forbidden outside of the reader's reach. It calls from now on."""
    values = {**_stored(connection, given), "account_id": reader.account_id, "username": reader.username}
    with refusals(connection, "roll calls"):
        number = int(connection.execute(query(ROOM, "roll_add"), values).fetchall()[0][0])
    _plan(connection, reader, number)
    return number


def locked(connection: Connection[Any], number: int) -> Row:
    """Hold a rule to change it; NotFound, Forbidden for who may only read it."""
    found = _rows(connection, "roll_lock", {"id": number})
    if not found:
        read(connection, number)
        raise Forbidden("you may read this roll call, and not change it")
    return found[0]


def change(connection: Connection[Any], reader: Reader, held: Row, given: Mapping[str, Any]) -> None:
    """Change what is given of a rule that is held; whom or when it calls counts from now on."""
    changes = _stored(connection, given)
    is_new = any(held[name] != value for name, value in changes.items() if name in WHEN)
    since = max(held["taken_until"], datetime.now(UTC)) if is_new else held["taken_until"]
    with refusals(connection, "roll calls"):
        values = {**held, **changes, "taken_until": since}
        if not connection.execute(query(ROOM, "roll_change"), values).rowcount:
            raise Forbidden("you may read this roll call, and not change it")
    _plan(connection, reader, held["id"])


def remove(connection: Connection[Any], reader: Reader, held: Row) -> bool:
    """Delete a rule that never called; one that did is retired. Tells whether it is gone."""
    with as_platform(connection, reader):
        is_used = connection.execute(query(ROOM, "roll_used"), {"id": held["id"]}).fetchall()[0][0]
    if is_used:
        change(connection, reader, held, {"retired": True})
        return False
    with refusals(connection, "roll calls"):
        connection.execute(query(ROOM, "roll_delete"), {"id": held["id"]})
    return True


def results(connection: Connection[Any], number: int, wanted: Wanted) -> list[Row]:
    """List what rolls called on a local day found of those whom the reader may see; NotFound for a rule.

    By moment and mover.
    """
    read(connection, number)
    since, until = moments(wanted.day)
    values = {"id": number, "since": since, "until": until, "state": wanted.state, "limit": wanted.limit}
    values |= {"after_at": wanted.after[0], "after_mover": wanted.after[1]}
    return _rows(connection, "roll_results", values)


def _plan(connection: Connection[Any], reader: Reader, number: int) -> None:
    with as_platform(connection, reader):
        plan_next(connection, read_deadlines(connection).calendar, number)


def _stored(connection: Connection[Any], given: Mapping[str, Any]) -> Row:
    values = dict(given)
    if "organisation" in values:
        values["organisation_id"] = organisation_id(connection, values.pop("organisation"))
    if any(each.tzinfo is not None for each in values.get("times", ())):
        raise InvalidInput.at("times", "are by the city's clock, without an offset")
    if "times" in values:
        values["times"] = sorted(set(values["times"]))
    return values


def _rows(connection: Connection[Any], name: str, values: Row) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()

"""When plans are due (巡查任务): made ahead by their recurrence and the working calendar, listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import NotFound
from spatial.events.calendar import Calendar
from spatial.patrols.days import day_of
from spatial.patrols.plans.recurrence import Recurrence
from spatial.patrols.plans.store import ROOM

AHEAD_DAYS = 7
"""What is due stands ready so long before."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which due patrols are listed."""

    plan_id: int | None = None
    mover_id: int | None = None
    unit: str | None = None
    words: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def make(
    connection: Connection[Any], first: date, last: date, calendar: Calendar, plan: int | None = None,
    after: datetime | None = None,
) -> int:  # fmt: skip
    """Write what is due in periods that begin on days first … last, of all plans or one; gives how much.

    after: only what begins later than that; what began before the plan was as it is, or before somebody was
    a member, is never made. Doing it twice, or by two processes, changes nothing more.
    """
    values = {"first": first, "last": last, "id": plan}
    with connection.cursor(row_factory=dict_row) as cursor:
        plans = cursor.execute(query(ROOM, "due_plans"), values).fetchall()
    return sum(_make(connection, each, first, last, calendar, after) for each in plans)


def _make(
    connection: Connection[Any], plan: Row, first: date, last: date, calendar: Calendar,
    after: datetime | None,
) -> int:  # fmt: skip
    from_then = max(plan["since"], after or plan["since"])
    windows = [each for each in recurrence_of(plan).windows(first, last, calendar) if each[0] > from_then]
    if not windows:
        return 0
    values = {
        "plan_id": plan["id"], "edition": plan["edition"], "rules": Jsonb(plan["rules"]),
        "movers": plan["movers"], "sinces": plan["sinces"], "starts": [begin for begin, _ in windows],
        "ends": [end for _, end in windows],
    }  # fmt: skip
    names = ("dues_add_together", "dues_people") if plan["together"] else ("dues_add",)
    return sum(connection.execute(query(ROOM, name), values).rowcount for name in names)


def forget(connection: Connection[Any], plan: int) -> None:
    """Take away what has not begun."""
    connection.execute(query(ROOM, "dues_forget"), {"plan_id": plan})


def remake(connection: Connection[Any], plan: int, now: datetime, calendar: Calendar) -> None:
    """Make anew what has not begun, by the plan as it is now."""
    forget(connection, plan)
    day = day_of(now)
    # A week or month that began before may have rounds to come.
    first, last = day - timedelta(days=31), day + timedelta(days=AHEAD_DAYS)
    make(connection, first, last, calendar, plan, after=now)


def recurrence_of(plan: Row) -> Recurrence:
    """Read the recurrence of a plan's row."""
    return Recurrence(**{name: plan[name] for name in Recurrence.__dataclass_fields__})


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List due patrols with what became of them, newest first; results are null for who may not know."""
    values = {**vars(wanted), "words": list(wanted.words), "upto": wanted.unit and end_of(wanted.unit)}
    found = {
        "d.plan_id = %(plan_id)s": wanted.plan_id,
        "d.movers @> ARRAY[%(mover_id)s::bigint]": wanted.mover_id,
        "p.unit_code >= %(unit)s AND p.unit_code < %(upto)s": wanted.unit,
        "r.word = ANY (%(words)s)": wanted.words,
        "d.ends_at > %(since)s": wanted.since,
        "d.starts_at < %(until)s": wanted.until,
        "d.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    return _rows(connection, conditions, values)


def read(connection: Connection[Any], due: int) -> Row:
    """Read one due patrol; NotFound."""
    found = _rows(connection, [sql.SQL("d.id = %(id)s")], {"id": due, "limit": 1})
    if not found:
        raise NotFound(f"there is no due patrol '{due}'")
    return found[0]


def _rows(connection: Connection[Any], conditions: Sequence[sql.Composable], values: Row) -> list[Row]:
    statement = sql.SQL(query(ROOM, "dues")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()

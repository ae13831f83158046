"""Call the roll (点名) when its time is over, once, and correct what was said when something comes late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.database.notify import notify
from spatial.events.calendar import Calendar
from spatial.events.deadlines import read_deadlines
from spatial.patrols.attendance.evidence import NEAR_M, UNKNOWN_ERROR_M, Evidence, word_of
from spatial.patrols.days import ZONE, days_between, moments
from spatial.patrols.grading import Graded
from spatial.patrols.roster import LONGEST
from spatial.patrols.track_days import TrackDay
from spatial.patrols.verdicts import Verdict

ROOM = "spatial.patrols.attendance"
CORRECTED = timedelta(days=7)
"""So long what comes late corrects a roll call."""
SKIPPED = timedelta(hours=24)
"""A roll whose time was over longer ago, when nothing ran, is called no more."""
FARTHEST_DAYS = 40
"""So far ahead the next roll call is looked for; beyond, it is looked for again tomorrow."""
_NEVER = datetime.min.replace(tzinfo=UTC)
AT_ONCE = 100
"""Movers that one notice names."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A rule, as far as calling it needs."""

    id: int
    unit_code: str | None
    organisation_id: int | None
    times: Sequence[time]
    days: str
    grace_min: int
    counts: str
    retired: bool = False
    taken_until: datetime = _NEVER

    @property
    def grace(self) -> timedelta:
        """Before and after the moment, in which somebody must be seen."""
        return timedelta(minutes=self.grace_min)


def moments_of(due: Due, after: datetime, until: datetime, calendar: Calendar) -> list[datetime]:
    """List the moments of a rule in (after, until], in order, in UTC."""
    found = [
        datetime.combine(day, each, ZONE).astimezone(UTC)
        for day in days_between(after, until + timedelta(microseconds=1))
        if _counts(due.days, day, calendar)
        for each in sorted(set(due.times))
    ]
    return [each for each in found if after < each <= until]


def _counts(days: str, day: date, calendar: Calendar) -> bool:
    return days == "all" or (calendar.between(*moments(day)) > 0) == (days == "working")


def plan_next(connection: Connection[Any], calendar: Calendar, roll_call: int | None = None) -> None:
    """Say when each rule (or one of them) is judged next; connection: of the platform."""
    for due in _read(connection, "rolls_all", {"id": roll_call}):
        _put_next(connection, due, calendar)


def _put_next(connection: Connection[Any], due: Due, calendar: Calendar) -> None:
    until = max(due.taken_until, datetime.now(UTC)) + timedelta(days=FARTHEST_DAYS)
    coming = [] if due.retired else moments_of(due, due.taken_until, until, calendar)
    next_at = coming[0] + due.grace if coming else None
    values = {"id": due.id, "taken_until": due.taken_until, "next_at": next_at}
    connection.execute(query(ROOM, "roll_next"), values)


def call_due(connection: Connection[Any], now: datetime) -> int:
    """Call one roll whose time is over, all its moments until now; gives how many moments, 0: none is due.

    connection: of the platform; what is called, and that it was, is one transaction, in which no other
    process calls the same. Who is absent is told to whoever listens for "presence".
    """
    # Whoever corrects waits, or is waited for: nothing that comes meanwhile is overlooked.
    connection.execute(query(ROOM, "roll_hold"))
    found = _read(connection, "roll_due", {"now": now})
    if not found:
        return 0
    (due,) = found
    calendar = read_deadlines(connection).calendar
    last = max(now - due.grace, due.taken_until)
    called = moments_of(due, max(due.taken_until, now - SKIPPED), last, calendar)
    for moment in called:
        _call(connection, due, moment)
    _put_next(connection, replace(due, taken_until=last), calendar)
    return max(1, len(called))


def _call(connection: Connection[Any], due: Due, moment: datetime) -> None:
    absent = []
    for known in _evidence(connection, due, moment):
        state, why = word_of(due.counts, known)
        values = {"id": due.id, "at": moment, "mover": known.mover_id, "state": state, "why": why}
        values |= {"counts": due.counts, "grace_min": due.grace_min}
        connection.execute(query(ROOM, "roll_put"), values)
        absent += [known.mover_id] * (state == "absent")
    for first in range(0, len(absent), AT_ONCE):
        movers = absent[first : first + AT_ONCE]
        notify(connection, "presence", what="absent", roll_call=due.id, movers=movers)


def follow(
    connection: Connection[Any], mover: int, day: date, _: TrackDay | None, __: TrackDay, ___: Graded
) -> None:
    """Correct roll calls of a day that was graded; see spatial.patrols.followers."""
    correct(connection, mover, *moments(day))


def correct(connection: Connection[Any], mover: int, since: datetime, until: datetime) -> int:
    """Say anew what roll calls of [since, until) found of a mover; gives how many say something else now.

    connection: of the platform. The first word stays on record. What is older than CORRECTED stays as it is.
    """
    connection.execute(query(ROOM, "roll_hold_shared"))
    values = {"mover": mover, "since": max(since, datetime.now(UTC) - CORRECTED), "until": until}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "roll_of_mover"), values).fetchall()
    changed = 0
    for row in rows:
        due = Due(row["roll_call_id"], None, None, (), "all", row["grace_min"], row["counts"])
        for known in _evidence(connection, due, row["at"], mover):
            state, why = word_of(due.counts, known)
            given = {"id": due.id, "at": row["at"], "mover": mover, "state": state, "why": why}
            changed += connection.execute(query(ROOM, "roll_correct"), given).rowcount
    return changed


def _evidence(
    connection: Connection[Any], due: Due, moment: datetime, mover: int | None = None
) -> list[Evidence]:
    values = {
        "moment": moment, "since": moment - due.grace, "until": moment + due.grace, "mover": mover,
        "unit": due.unit_code, "upto": due.unit_code and end_of(due.unit_code),
        "organisation": due.organisation_id, "longest": LONGEST, "near_m": NEAR_M,
        "error_m": UNKNOWN_ERROR_M, "good": int(Verdict.GOOD), "approximate": int(Verdict.APPROXIMATE),
    }  # fmt: skip
    with connection.cursor(row_factory=class_row(Evidence)) as cursor:
        return cursor.execute(query(ROOM, "evidence"), values).fetchall()


def _read(connection: Connection[Any], name: str, values: Row) -> list[Due]:
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()

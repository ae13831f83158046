"""What the job process does for events: duplicates of new ones proposed, warnings when time runs out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.database.notify import notify
from spatial.events import duplicates
from spatial.events.deadlines import WARNINGS, Deadlines, read_deadlines
from spatial.events.lifecycle_verbs import STAGES

ROOM = "spatial.events"
MOST = 1000
"""Events that are looked at in one transaction."""
AGAIN = timedelta(minutes=1)
"""When what could not be looked at is tried again."""


@dataclass(frozen=True)
class Watched:
    """An event that is to be looked at."""

    event_id: int
    started_at: datetime
    compared: bool
    share: int
    """The last share of its time, in percent, that was warned of."""
    state: str
    category: str
    urgency: str
    due_at: datetime | None


@dataclass(frozen=True)
class Seen:
    """What becomes of one that was looked at: the shares to warn of now, and when to look again."""

    shares: tuple[int, ...]
    next_at: datetime | None
    """None: never, until it takes its next step."""


def waiting(connection: Connection[Any]) -> list[int]:
    """Name the events that are to be looked at by now; at most MOST."""
    rows = connection.execute(query(ROOM, "watch_waiting"), {"most": MOST}).fetchall()
    return [key for (key,) in rows]


def compare(connection: Connection[Any], event_ids: Sequence[int]) -> int:
    """Propose duplicates of the new ones among events; returns how many pairs.

    connection: of the platform, in a transaction. Locks nothing while it searches.
    """
    rows = connection.execute(query(ROOM, "watch_new"), {"ids": list(event_ids)}).fetchall()
    new = [key for (key,) in rows]
    if not new:
        return 0
    proposed = duplicates.propose(connection, new)
    connection.execute(query(ROOM, "watch_compared"), {"ids": new})
    return proposed


def look(connection: Connection[Any], event_ids: Sequence[int], now: datetime | None = None) -> int:
    """Look at events, once they are compared: warn of what runs out; returns how many warnings.

    connection: of the platform, in a transaction. Those that somebody is changing now are left for later.
    """
    now = now or datetime.now(UTC)
    deadlines = read_deadlines(connection)
    seen = [(each, look_at(each, deadlines, now)) for each in _locked(connection, event_ids)]
    warned = _warn(connection, seen)
    _note(connection, seen)
    if warned:
        notify(connection, "event_warnings", warnings=warned)
    return warned


def _locked(connection: Connection[Any], event_ids: Sequence[int]) -> list[Watched]:
    rows = connection.execute(query(ROOM, "watch_locked"), {"ids": list(event_ids)}).fetchall()
    keys = [row[0] for row in rows]
    events = connection.execute(query(ROOM, "watch_events"), {"ids": keys}).fetchall()
    rest = {key: values for key, *values in events}
    return [Watched(*row, *rest[row[0]]) for row in rows if row[0] in rest]


def put_off(connection: Connection[Any], event_ids: Sequence[int]) -> None:
    """Look at these a minute later: something went wrong with them."""
    connection.execute(query(ROOM, "watch_put_off"), {"ids": list(event_ids), "again": AGAIN})


def look_at(each: Watched, deadlines: Deadlines, now: datetime) -> Seen:
    """Say which shares of its time have gone since the last warning, and when the next will have: pure."""
    if each.due_at is None or each.state not in STAGES:
        return Seen((), None)
    rule = deadlines.rule(STAGES[each.state], each.category, each.urgency)
    steps = WARNINGS if rule is None else rule.warnings
    moments = [(share, _moment(each, deadlines, share)) for share in steps if share > each.share]
    gone = tuple(share for share, at in moments if at <= now)
    coming = [at for _, at in moments if at > now]
    return Seen(gone, min(coming, default=None))


def _moment(each: Watched, deadlines: Deadlines, share: int) -> datetime:
    """The whole of the time ends with the deadline that was given, whatever the rules say by now."""
    assert each.due_at is not None
    if share >= 100:
        return each.due_at
    at = deadlines.share_at(STAGES[each.state], each.category, each.urgency, each.started_at, share)
    return each.due_at if at is None else min(at, each.due_at)


def _warn(connection: Connection[Any], seen: Sequence[tuple[Watched, Seen]]) -> int:
    rows = [(each, share) for each, found in seen for share in found.shares]
    if not rows:
        return 0
    values = {
        "ids": [each.event_id for each, _ in rows],
        "states": [each.state for each, _ in rows],
        "dues": [each.due_at for each, _ in rows],
        "shares": [share for _, share in rows],
    }
    return connection.execute(query(ROOM, "warnings_add"), values).rowcount


def _note(connection: Connection[Any], seen: Sequence[tuple[Watched, Seen]]) -> None:
    """Keep what was looked at; the row of an event that waits for nothing goes."""
    if not seen:
        return
    values = {
        "ids": [each.event_id for each, _ in seen],
        "shares": [max((each.share, *found.shares)) for each, found in seen],
        "nexts": [found.next_at for _, found in seen],
        "overs": [each.due_at is None for each, _ in seen],
    }
    connection.execute(query(ROOM, "watch_note"), values)

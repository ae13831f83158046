"""What goes on by itself: terminals that have confirmed, and reminders for those who have not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.rights.reader import SYSTEM
from spatial.tasks.people import ROOM
from spatial.tasks.sending import say
from spatial.tasks.states import UNCONFIRMED, next_reminder
from spatial.tasks.terminals import tell, text_for

MOST_REMINDERS = 3
AT_ONCE = 20
"""Tasks whose people are reminded in one transaction."""

Json = dict[str, Any]


def is_due(connection: Connection[Any]) -> bool:
    """Tell whether there is anything to do; connection here and below: of the platform."""
    return bool(connection.execute(query(ROOM, "is_due")).fetchall()[0][0])


def follow_terminals(connection: Connection[Any]) -> int:
    """Count what terminals have confirmed as delivered; gives how many."""
    rows = connection.execute(query(ROOM, "confirmed")).fetchall()
    for task, mover in rows:
        say(connection, task, "delivered", [mover])
    return len(rows)


def remind(connection: Connection[Any], now: datetime | None = None) -> int:
    """Remind those who have not confirmed in time; gives how many people and vehicles."""
    now = now or datetime.now(UTC)
    with connection.cursor(row_factory=dict_row) as cursor:
        due = cursor.execute(query(ROOM, "reminders"), {"now": now, "limit": AT_ONCE}).fetchall()
    return sum(_remind(connection, task, now) for task in due)


def _remind(connection: Connection[Any], task: Json, now: datetime) -> int:
    values = {"task": task["id"], "states": list(UNCONFIRMED[task["kind"]]), "now": now}
    movers = [mover for (mover,) in connection.execute(query(ROOM, "remind"), values).fetchall()]
    count = task["reminders"] + bool(movers)
    at = next_reminder(now, task["remind_every"], count, MOST_REMINDERS) if movers else None
    connection.execute(query(ROOM, "reminded"), {"task": task["id"], "reminders": count, "at": at})
    if movers:
        tell(connection, SYSTEM, task["id"], movers, text_for(f"提醒：{task['title']}", task["text"]))
        say(connection, task["id"], "reminded", movers)
    return len(movers)

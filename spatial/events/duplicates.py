"""Duplicates (疑似重复件): events of the same place, matter and time, proposed with a score and its reasons.

The score is 0.45 for the place (1 at the spot, 0 at 100 m; the same component: 1), 0.35 for the matter (1 the
same, a half the same class) and 0.2 for the time (1 at once, 0 after seven days). A person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput

ROOM = "spatial.events"
REACH_M = 100.0
WINDOW_DAYS = 7
NEIGHBOURS = 50
"""Of one event, the nearest, that are compared with it: all pairs of a square with 10,000 are too many."""
LEAST_SCORE = 0.6
"""What is proposed."""

Row = dict[str, Any]


def find(connection: Connection[Any], event_ids: Sequence[int], least: float = LEAST_SCORE) -> list[Row]:
    """Find the events under way that may be the same as these: {event_id, other_id, score, reasons}.

    event_id is the later by number. Only those that the connection's reader sees.
    """
    reach = {"reach_m": REACH_M, "days": WINDOW_DAYS, "neighbours": NEIGHBOURS}
    values = {"ids": list(event_ids), "least": least, **reach}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "duplicates_find"), values).fetchall()


def propose(connection: Connection[Any], event_ids: Sequence[int]) -> int:
    """Keep what is found for new events; what a person has decided stays. Returns how many pairs are new."""
    found = find(connection, event_ids)
    if not found:
        return 0
    rows = orjson.dumps(found).decode()
    return connection.execute(query(ROOM, "duplicates_keep"), {"rows": rows, "status": "proposed"}).rowcount


def of_event(connection: Connection[Any], event_id: int) -> list[Row]:
    """List the pairs of an event, decided or proposed, likeliest first; looked for now, too."""
    with connection.cursor(row_factory=dict_row) as cursor:
        kept = cursor.execute(query(ROOM, "duplicates_kept"), {"id": event_id}).fetchall()
        known = {row["other_id"] for row in kept}
        new = [_seen_from(row, event_id) for row in find(connection, [event_id])]
        pairs = [*kept, *(row for row in new if row["other_id"] not in known)]
        briefs = cursor.execute(
            query(ROOM, "duplicates_brief"), {"ids": [row["other_id"] for row in pairs]}
        ).fetchall()
    brief = {row["id"]: row for row in briefs}
    shown = [{**row, "other": brief[row["other_id"]]} for row in pairs if row["other_id"] in brief]
    return sorted(shown, key=lambda row: -row["score"])


def decide(connection: Connection[Any], event_id: int, other_id: int, status: str) -> None:
    """Keep what a person says of a pair, whether or not it was proposed: confirmed or refused."""
    if event_id == other_id:
        raise InvalidInput.at("other", "is the event itself")
    newer, older = max(event_id, other_id), min(event_id, other_id)
    found = [row for row in find(connection, [newer], 0.0) if row["other_id"] == older]
    pair = found or [{"event_id": newer, "other_id": older, "score": 0.0, "reasons": {"by_hand": True}}]
    values = {"rows": orjson.dumps(pair).decode(), "status": status}
    connection.execute(query(ROOM, "duplicates_keep"), values)
    connection.execute(query(ROOM, "link_settle"), {"event": newer, "other": older, "status": status})


def _seen_from(row: Row, event_id: int) -> Row:
    other = row["other_id"] if row["event_id"] == event_id else row["event_id"]
    return {
        "other_id": other, "score": row["score"], "reasons": row["reasons"], "status": "proposed", "at": None,
    }  # fmt: skip

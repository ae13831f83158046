"""What inspections report: each abnormal and each overdue one becomes an event, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import structlog
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.events.intake import Desk, Outcome, Report, take_in
from spatial.events.intake_report import INSPECTIONS
from spatial.places.kinds import ROOM
from spatial.rights.reader import SYSTEM

log = structlog.get_logger()

Row = dict[str, Any]

BATCH = 200
SOURCE = "patrol"
CATEGORY = "01013"
"""消防设施异常, the nearest that the standard's matters have; a kind of places may name another."""
RED = 1
_WORDS = {"abnormal": "巡查发现异常", "overdue": "巡查逾期未完成"}


def waits(connection: Connection[Any], day: date) -> bool:
    """Tell whether something is to be reported."""
    values = {"today": day, "limit": 1}
    return connection.execute(query(ROOM, "to_report"), values).fetchone() is not None


def report(connection: Connection[Any], desk: Desk, day: date) -> list[Outcome]:
    """Make events of what is to be reported, BATCH at most, and note which; in one transaction.

    connection: of the platform. What intake refuses (a place outside of the city) is noted without an event:
    it would be refused again.
    """
    values = {"today": day, "limit": BATCH}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "to_report"), values).fetchall()
    outcomes = take_in(connection, desk, SYSTEM, [report_of(row) for row in rows])
    for what in _WORDS:
        _note(
            connection, what, [pair for pair in zip(rows, outcomes, strict=True) if pair[0]["what"] == what]
        )
    return outcomes


def report_of(row: Row) -> Report:
    """Write the report of an inspection; pure."""
    said = [f"应于 {row['due_on']} 前完成" if row["what"] == "overdue" else f"巡查人 {row['username']}"]
    said += [row["note"]] if row["note"] and row["what"] == "abnormal" else []
    return Report(
        category=row["event_category"] or CATEGORY,
        source=SOURCE,
        title=f"{row['name'][:150]}:{_WORDS[row['what']]}",
        lon=row["lon"],
        lat=row["lat"],
        address=(row["address"] or "").strip()[:200] or None,
        description=";".join(said)[:5000],
        urgency="urgent" if row["risk_level"] == RED and row["what"] == "abnormal" else "ordinary",
        external_id=f"{INSPECTIONS}{row['id']}:{row['what']}",
        occurred_at=row["done_at"] if row["what"] == "abnormal" else None,
        place_id=row["place_id"],
        attributes={"inspection": row["id"], "what": row["what"]},
        generated=row["generated"],
    )


def _note(connection: Connection[Any], what: str, done: Sequence[tuple[Row, Outcome]]) -> None:
    for row, outcome in done:
        if outcome.id is None:
            log.warning("an inspection could not be reported", inspection=row["id"], why=outcome.problems)
    if done:
        values = {"what": what, "ids": [row["id"] for row, _ in done]}
        connection.execute(query(ROOM, "reported"), {**values, "events": [each.id for _, each in done]})

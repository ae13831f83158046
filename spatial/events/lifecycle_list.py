"""Lists of events (案件列表), newest first, by pages that begin where the last one ended."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import anywhere, end_of
from spatial.errors import InvalidInput
from spatial.events.models import SOURCES, STATES, URGENCIES

ROOM = "spatial.events"
SEARCHED_DAYS = 90
"""How far back a text is looked for when nobody says since when."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted; None: whatever."""

    states: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    urgencies: Sequence[str] | None = None
    category: str | None = None
    """A matter code, or the first digits of one."""
    unit: str | None = None
    """A unit of coverage `grids` of any level."""
    organisation: int | None = None
    worker: int | None = None
    overdue: bool | None = None
    """Whether the deadline of the present step is over."""
    since: datetime | None = None
    """Reported at or after."""
    until: datetime | None = None
    """Reported before."""
    text: str | None = None
    """Part of title, number or address."""


def listed(
    connection: Connection[Any], wanted: Wanted, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """List a page of events as the connection's reader may see them, and the cursor of the next page.

    InvalidInput for words that are no state, source or urgency, and for a cursor that is none of ours.
    """
    _check(wanted)
    values: Row = {**_values(wanted), "limit": limit + 1}
    parts = list(_conditions(wanted))
    if cursor:
        values["cursor_at"], values["cursor_id"] = _position(cursor)
        parts.append("(e.reported_at, e.id) < (%(cursor_at)s, %(cursor_id)s)")
    condition = sql.SQL(" AND ").join([sql.SQL("true"), *map(sql.SQL, parts)])
    statement = sql.SQL(query(ROOM, "list")).format(condition=condition)
    with connection.cursor(row_factory=dict_row) as found:
        rows = found.execute(statement, values).fetchall()
    return rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None


def _conditions(wanted: Wanted) -> Iterator[LiteralString]:
    for name, condition in _CONDITIONS.items():
        if getattr(wanted, name) is not None:
            yield condition
    if wanted.overdue is not None:
        yield "e.due_at < now()" if wanted.overdue else "(e.due_at >= now() OR e.due_at IS NULL)"
    if wanted.text is not None and wanted.since is None:
        yield "e.reported_at >= now() - %(searched)s"


_CONDITIONS: Mapping[str, LiteralString] = {
    "states": "e.state = ANY (%(states)s::text[])",
    "sources": "e.source = ANY (%(sources)s::text[])",
    "urgencies": "e.urgency = ANY (%(urgencies)s::text[])",
    "category": "e.category ^@ %(category)s",
    "unit": "e.unit_code >= %(unit)s AND e.unit_code < %(unit_until)s",
    "organisation": "e.organisation_id = %(organisation)s",
    "worker": "e.worker_id = %(worker)s",
    "since": "e.reported_at >= %(since)s",
    "until": "e.reported_at < %(until)s",
    "text": "(e.title ILIKE %(like)s OR e.no ILIKE %(like)s OR e.address ILIKE %(like)s)",
}


def _values(wanted: Wanted) -> Row:
    lists = {
        name: value and list(value)
        for name, value in vars(wanted).items()
        if name[-1] == "s" and name != "since"
    }
    return {
        **vars(wanted), **lists, "unit_until": wanted.unit and end_of(wanted.unit),
        "like": anywhere(wanted.text or ""),
        "searched": timedelta(days=SEARCHED_DAYS),
    }  # fmt: skip


def _check(wanted: Wanted) -> None:
    known = (("state", wanted.states, STATES), ("source", wanted.sources, SOURCES),
             ("urgency", wanted.urgencies, URGENCIES))  # fmt: skip
    for name, words, allowed in known:
        if words is not None and (wrong := [word for word in words if word not in allowed]):
            raise InvalidInput.at(name, f"'{wrong[0][:40]}' is not one of {', '.join(allowed)}")
    for name in ("category", "unit", "text"):
        text = getattr(wanted, name)
        if text is not None and (not text or not text.isprintable()):
            raise InvalidInput.at("q" if name == "text" else name, "is empty or holds a control character")


def _cursor(row: Row) -> str:
    return base64.urlsafe_b64encode(f"{row['reported_at'].isoformat()}|{row['id']}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, int]:
    try:
        at, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment, number = datetime.fromisoformat(at), int(key)
        if moment.tzinfo is None or not 0 <= number < 2**63:
            raise ValueError(cursor)
    except (binascii.Error, ValueError, UnicodeError):
        raise InvalidInput.at("cursor", "is none: take `next` of the page before") from None
    return moment, number

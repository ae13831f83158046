"""Reads the log, newest first, page by page; which rows are there for whom is the policy's business."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.rights.audit.triggers import ROOM
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

Entry = dict[str, Any]

_CONDITIONS: dict[str, LiteralString] = {
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "username": "username = %(username)s",
    "action": "action = %(action)s",
    "relation": "relation = %(relation)s",
    "row_key": "row_key = %(row_key)s",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Search:
    """What to look for, each exactly; None leaves it open. From `since` on, and before `until`."""

    since: datetime | None = None
    until: datetime | None = None
    username: str | None = None
    action: str | None = None
    relation: str | None = None
    row_key: str | None = None

    def given(self) -> dict[str, Any]:
        """Name what was asked for, moments as text."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
            if value is not None
        }


def read_page(
    connection: Connection[Any], reader: Reader, search: Search, limit: int, after: str | None = None
) -> tuple[list[Entry], str | None]:
    """Read up to `limit` entries behind the cursor `after`, and the cursor of the next page, if there is one.

    Whoever may not see the whole log sees what they did themselves. InvalidInput for a cursor of no page.
    """
    statement, values = page_query(reader, search, limit + 1, after)
    with connection.cursor(row_factory=dict_row) as cursor:
        entries = cursor.execute(statement, values).fetchall()
    more = len(entries) > limit
    return entries[:limit], _cursor(entries[limit - 1]) if more else None


def page_query(
    reader: Reader, search: Search, limit: int, after: str | None = None
) -> tuple[sql.Composed, dict[str, Any]]:
    """Write the query of a page: only what is asked for, so that each question finds its own index."""
    values = {**{field.name: getattr(search, field.name) for field in fields(search)}, "limit": limit}
    conditions = [text for name, text in _CONDITIONS.items() if values[name] is not None]
    if not sees_all(reader):
        # The policy says the same; said here too, it finds the index.
        conditions.append("account_id = %(account)s")
    if after is not None:
        conditions.append("(at, id) < (%(at)s, %(id)s)")
        values |= _read_cursor(after)
    where = sql.SQL(" AND ").join(map(sql.SQL, conditions)) if conditions else sql.SQL("true")
    return sql.SQL(query(ROOM, "search")).format(where=where), {**values, "account": reader.account_id}


def sees_all(reader: Reader) -> bool:
    """Tell whether the policy of the log lets a reader see everything."""
    return reader.sees_everything and reader.role in rule_of("audit").read


def record_export(connection: Connection[Any], search: Search, form: str) -> tuple[int, datetime]:
    """Put an export on record before it begins; returns its number and the moment it holds."""
    values = {"facts": Jsonb({"format": form, **search.given()})}
    number, at = connection.execute(query(ROOM, "record_export"), values).fetchall()[0]
    return int(number), at


def _cursor(entry: Entry) -> str:
    return f"{(entry['at'] - _EPOCH) // timedelta(microseconds=1)}-{entry['id']}"


def _read_cursor(text: str) -> dict[str, Any]:
    found = _CURSOR.fullmatch(text)
    try:
        if found:
            return {"at": _EPOCH + timedelta(microseconds=int(found[1])), "id": int(found[2])}
    except OverflowError:
        pass
    raise InvalidInput.at("after", "is not the `next` of a page")

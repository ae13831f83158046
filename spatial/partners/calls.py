"""Calls of keys (调用统计), added up by hour, door and kind of answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound

ROOM = "spatial.partners"
MOST_ROWS = 100_000

Json = dict[str, Any]


def add(connection: Connection[Any], rows: Sequence[Json]) -> None:
    """Add sums: [{key_id, account_id, hour_s, door, status_class, calls, bytes_in, bytes_out, ms}].

    hour_s: when the hour began, in seconds since 1970. connection: of the platform.
    """
    connection.execute(query(ROOM, "calls_add"), {"rows": orjson.dumps(list(rows)).decode()})


def calls(
    connection: Connection[Any], since: date, until: date, by: str,
    key: int | None = None, account: int | None = None,
) -> list[Json]:  # fmt: skip
    """Read sums by key, day or hour of the city's clock, door and kind of answer, as the reader may see them.

    since, until: days, both included.
    """
    values = {"key": key, "account": account, "since": since, "until": until, "by": by, "limit": MOST_ROWS}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "calls_read"), values).fetchall()


def check_key(connection: Connection[Any], key: int) -> None:
    """See that the reader may know of a key, also of one that has gone; NotFound."""
    if not connection.execute(query(ROOM, "calls_key_seen"), {"key": key}).fetchall()[0][0]:
        raise NotFound(f"there is no key '{key}'")


def forget_old(connection: Connection[Any]) -> int:
    """Delete what is older than a year and a month."""
    return connection.execute(query(ROOM, "calls_forget")).rowcount

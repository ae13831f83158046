"""Load emergency resources with what their stores hold; and since when places have been known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from spatial.database import query

Copy = Callable[[dict[str, Any]], int]

SHORTEST_DAYS = (7, 15, 30, 90)
"""Between inspections at red, orange, yellow and blue, whatever the kind."""


def known_since(now: datetime, levels: Sequence[int]) -> NDArray[np.datetime64]:
    """Give moments so far back that inspections fall due over the days to come, and none is overdue yet."""
    ago = [row % SHORTEST_DAYS[level - 1] for row, level in enumerate(levels)]
    moments = [(now - timedelta(days=days)).astimezone(UTC).replace(tzinfo=None) for days in ago]
    return np.array(moments, dtype="datetime64[us]")


def load_resources(connection: Connection[Any], resources: dict[str, Any], copy: Copy) -> dict[str, int]:
    """Store resources; returns rows by table.

    resources: columns with `organisation` as a code. copy: writes them under keys, which it puts into them.
    """
    organisations = dict(connection.execute("SELECT code, id FROM organisation").fetchall())
    stock = resources.pop("stock")
    resources["organisation_id"] = [_id_of(organisations, code) for code in resources.pop("organisation")]
    count = copy(resources)
    values = {"ids": resources["id"], "stocks": stock}
    moved = connection.execute(query("demo", "load_stock"), values).rowcount
    return {"resource": count, "stock_movement": moved}


def _id_of(organisations: Mapping[str, int], code: str | None) -> int | None:
    return None if code is None else organisations[code]

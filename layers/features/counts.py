"""How many features match: exact, and remembered for as long as nothing has changed.

A count belongs to the rights it was taken with and to the snapshot it was taken at; it is used again only
after the feed of changes has said, inside the request's own transaction, that it still holds.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import sql

from layers.catalogue import Layer
from layers.features.conditions import MatchShape, match_condition
from layers.features.facts import Facts
from layers.features.statements import frozen
from spatial.database.steps import Question, Steps
from spatial.rights.reader import Reader

CAP = 2_000_000
"""Features that are counted one by one; what matches more is said to be at least so many, or estimated."""
MOST_COUNTS = 4096
"""Counts that are remembered; one takes about a kilobyte."""
KEPT_S = 6 * 3600.0
"""Well below the day after which the feed of changes forgets (layers.changes.forget_old)."""

EXACT, AT_LEAST, ESTIMATED = "exact", "atLeast", "estimated"


@dataclass(frozen=True)
class Counted:
    """A number of features, and the snapshot of PostgreSQL that it was seen at."""

    number: int
    kind: str
    snapshot: str
    expires: float = field(default_factory=lambda: time.monotonic() + KEPT_S)


class Counts:
    """The counts of one database that were asked for last."""

    def __init__(self, most: int = MOST_COUNTS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counted: OrderedDict[Hashable, Counted] = OrderedDict()

    def find(self, key: Hashable) -> Counted | None:
        """Give what was counted last; it may no longer hold."""
        with self._lock:
            found = self._counted.get(key)
            if found is None or found.expires < time.monotonic():
                return None
            self._counted.move_to_end(key)
            return found

    def keep(self, key: Hashable, counted: Counted) -> None:
        """Remember a count; the one that was not asked for longest goes."""
        with self._lock:
            self._counted[key] = counted
            self._counted.move_to_end(key)
            while len(self._counted) > self._most:
                self._counted.popitem(last=False)


def count_key(layer: Layer, reader: Reader, match: MatchShape, values: Mapping[str, Any]) -> Hashable:
    """Make the key of a count; None where it must not be remembered: time or an unknown table changes it."""
    if layer.by_clock or not layer.sources:
        return None
    what = (layer.name, layer.schema, layer.relation, layer.published_at, layer.sources)
    return (reader.rights_key, what, match, frozen(values))


def judge(
    layer: Layer,
    reader: Reader,
    match: MatchShape,
    values: Mapping[str, Any],
    facts: Facts,
    number: int,
) -> Steps[tuple[int, str]]:
    """Say what a number counted up to CAP + 1 means; beyond CAP readers of everything get an estimate."""
    if number <= CAP:
        return number, EXACT
    if not reader.sees_everything:
        return CAP, AT_LEAST
    explain = sql.SQL("EXPLAIN (FORMAT JSON) {}").format(_rows(layer, match, facts))
    rows = yield Question(explain.as_string(None), values)
    assert rows.pgresult is not None
    plan = orjson.loads(rows.pgresult.get_value(0, 0) or b"")
    return max(CAP, int(plan[0]["Plan"]["Plan Rows"])), ESTIMATED


def _rows(layer: Layer, match: MatchShape, facts: Facts) -> sql.Composed:
    where = match_condition(layer, match, facts)
    return sql.SQL("SELECT FROM {} WHERE {}").format(layer.table, where)

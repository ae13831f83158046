"""Checks the chain of roots as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.rights.audit.findings import Finding
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.merkle import Tree
from spatial.rights.audit.partitions import bounds
from spatial.rights.audit.roots import BEGINNING, Root
from spatial.rights.audit.triggers import ROOM
from spatial.settings import LEAST_LOG_DAYS

BATCH = 2_000


@dataclass
class _Sum:
    """The seals of one month and cluster."""

    rows: int = 0
    tree: Tree = field(default_factory=Tree)

    def add(self, root: Root) -> None:
        self.rows += root.row_count
        self.tree.add(root.merkle_root)


class ChainCheck:
    """Goes along the chain once and keeps what the months need: their sums and their drops."""

    def __init__(self, connection: Connection[Any], keys: ChainKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._sums: dict[tuple[date, int], _Sum] = {}
        self._drops: dict[tuple[date, int], Root] = {}
        self.last: Root | None = None
        self._unknown_keys: set[str] = set()
        self.roots = 0

    def findings(self) -> Iterator[Finding]:
        """Check every root in its order."""
        with self._connection.cursor(name="verify_chain") as cursor:
            cursor.itersize = BATCH
            cursor.execute(query(ROOM, "roots_after"), {"after": -(2**63)})
            for row in cursor:
                yield from self._root(Root(*row))

    def drops_of(self, month: date) -> list[Root]:
        """List the drops of a month, one a cluster."""
        return [drop for (when, _), drop in self._drops.items() if when == month]

    def sealed_in(self, month: date) -> tuple[int, int]:
        """Count the rows that were sealed in a month, and their seals."""
        sums = [found for (when, _), found in self._sums.items() if when == month]
        return sum(found.rows for found in sums), sum(found.tree.count for found in sums)

    def wrong_drops(self, month: date) -> Iterator[Finding]:
        """Compare the drops of a month with its seals and with the time the log must be kept."""
        for (when, cluster), sums in self._sums.items():
            if when != month:
                continue
            where, drop = f"{month:%Y-%m}", self._drops.get((month, cluster))
            if drop is None:
                yield Finding("wrong drop", where, f"no drop for the {sums.rows} rows of cluster {cluster}")
            elif (drop.row_count, drop.merkle_root) != (sums.rows, sums.tree.root()):
                text = f"{drop.row_count} rows went, {sums.rows} were sealed"
                yield Finding("wrong drop", where, text)
            elif drop.sealed_at < bounds(month)[1] + timedelta(days=LEAST_LOG_DAYS):
                text = f"it went on {drop.sealed_at}, less than {LEAST_LOG_DAYS} days after its end"
                yield Finding("wrong drop", where, text)

    def _root(self, root: Root) -> Iterator[Finding]:
        self.roots += 1
        where = f"root {root.id} of {root.sealed_at}"
        yield from self._place(root, where)
        genuine = root.is_genuine(self._keys)
        if genuine is None and root.key_id not in self._unknown_keys:
            self._unknown_keys.add(root.key_id)
            yield Finding("unknown key", where, f"key {root.key_id}; it and others under it are not proved")
        elif genuine is False:
            yield Finding("forged root", where, f"its chain was not made with key {root.key_id}")
        if root.kind == "drop":
            self._drops[root.month, root.cluster] = root
        else:
            self._sums.setdefault((root.month, root.cluster), _Sum()).add(root)
        self.last = root

    def _place(self, root: Root, where: str) -> Iterator[Finding]:
        """A root stands right behind the one before it."""
        number, chain = (self.last.id, self.last.chain) if self.last else (0, BEGINNING)
        if root.id != number + 1:
            text = f"roots {number + 1} to {root.id - 1} are not there"
            yield Finding("removed roots", where, text)
        elif root.previous != chain:
            yield Finding("broken chain", where, "it does not name the root before it")

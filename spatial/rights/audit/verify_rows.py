"""Compares the rows of the log with their hashes and with the seals over them, month by month, streaming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection, ServerCursor
from psycopg.adapt import Loader

from spatial.database import query
from spatial.rights.audit.canonical import row_hash
from spatial.rights.audit.findings import Finding
from spatial.rights.audit.merkle import Tree
from spatial.rights.audit.partitions import bounds
from spatial.rights.audit.roots import Root
from spatial.rights.audit.triggers import ROOM

BATCH = 5_000
CLOCK_STEP = timedelta(minutes=1)
"""A server's clock may be set by this much before a row's date counts as wrong."""


class _Bytes(Loader):
    """Texts as the bytes that were hashed."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


class RowCheck:
    """Checks months; counts what it saw on the way. The connection must stay in one snapshot meanwhile."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._clusters = [_Cluster(*row) for row in connection.execute(query(ROOM, "clusters")).fetchall()]
        self._begun = any(cluster.next_xid and cluster.sealed_until for cluster in self._clusters)
        self.rows = 0
        self.seals = 0
        self.waiting = 0
        """Rows that no seal covers yet, as the newest have none."""
        self.waiting_since: datetime | None = None

    def month(self, month: date) -> Iterator[Finding]:
        """Check the rows of a UTC month, from all clusters."""
        for cluster in self._clusters:
            with (
                self._stream("verify_rows", month, cluster) as rows,
                self._stream("verify_roots", month, cluster) as roots,
            ):
                yield from self._merge(cluster, iter(rows), (Root(*row) for row in roots))
        yield from self._foreign(month)

    def after_drop(self, month: date) -> Iterator[Finding]:
        """Report the rows of a month that went: there can be none."""
        with self._stream("month_rows", month) as rows:
            for row_id, at in rows:
                yield Finding("inserted rows", f"row {row_id} of {at}", "its month was dropped")

    def _merge(self, cluster: _Cluster, rows: Iterator[Any], roots: Iterator[Root]) -> Iterator[Finding]:
        first = next(roots, None)
        seal = _Seal(first, self._before(cluster, first))
        for xid, row_id, at, stored, *values in rows:
            self.rows += 1
            if row_hash(values) != stored:
                yield Finding("changed row", f"row {row_id} of {at}", _shown(values))
            while seal.ends_before(xid):
                yield from self._close(seal)
                seal = _Seal(next(roots, None), seal.root)
            if seal.holds(xid):
                seal.tree.add(stored)
                yield from seal.dated(row_id, xid, at)
            else:
                yield from self._unsealed(cluster, xid, row_id, at)
        while seal.root is not None:
            yield from self._close(seal)
            seal = _Seal(next(roots, None), seal.root)

    def _before(self, cluster: _Cluster, root: Root | None) -> Root | None:
        """Give what was sealed before the first transaction of a seal began, in this month or another one."""
        if root is None:
            return None
        values = {"cluster": cluster.id, "xid": root.from_xid}
        row = self._connection.execute(query(ROOM, "verify_root_before"), values).fetchone()
        return None if row is None else Root(*row)

    def _close(self, seal: _Seal) -> Iterator[Finding]:
        self.seals += 1
        yield from seal.close()

    def _unsealed(self, cluster: _Cluster, xid: int, row_id: int, at: datetime) -> Iterator[Finding]:
        where = f"row {row_id} of {at}"
        if xid < cluster.sealed_until:
            yield Finding("inserted rows", where, f"transaction {xid} was sealed without it")
        elif cluster.next_xid is None and self._begun:
            text = f"from database cluster {cluster.id}, whose last transaction was sealed before it"
            yield Finding("foreign row", where, text)
        elif cluster.next_xid is not None and xid >= cluster.next_xid:
            yield Finding("inserted rows", where, f"transaction {xid} has not begun yet")
        else:
            self.waiting += 1
            self.waiting_since = min(self.waiting_since or at, at)

    def _foreign(self, month: date) -> Iterator[Finding]:
        with self._stream("foreign_rows", month) as rows:
            for row_id, at, cluster in rows:
                yield Finding("foreign row", f"row {row_id} of {at}", f"from database cluster {cluster}")

    @contextmanager
    def _stream(self, name: str, month: date, cluster: _Cluster | None = None) -> Iterator[ServerCursor[Any]]:
        first, until = bounds(month)
        known = [cluster.id for cluster in self._clusters]
        values = {"from": first, "until": until, "month": month, "clusters": known}
        with self._connection.cursor(name=name) as cursor:
            cursor.itersize = BATCH
            if name == "verify_rows":
                cursor.adapters.register_loader("text", _Bytes)
            cursor.execute(query(ROOM, name), {**values, "cluster": cluster and cluster.id})
            yield cursor


@dataclass(frozen=True)
class _Cluster:
    """A database cluster whose rows the log holds."""

    id: int
    sealed_until: int
    next_xid: int | None
    """What no transaction has reached; None for every cluster but this one."""


class _Seal:
    """One seal while the rows under it pass."""

    def __init__(self, root: Root | None, before: Root | None = None) -> None:
        self.root = root
        self.before = before
        self.tree = Tree()

    def ends_before(self, xid: int) -> bool:
        return self.root is not None and xid >= self.root.until_xid

    def holds(self, xid: int) -> bool:
        return self.root is not None and xid >= self.root.from_xid

    def dated(self, row_id: int, xid: int, at: datetime) -> Iterator[Finding]:
        """A row cannot be newer than its seal, nor older than a seal made before its transaction began."""
        root, before = self.root, self.before
        assert root is not None
        if at > root.sealed_at + CLOCK_STEP:
            yield Finding("wrong date", f"row {row_id} of {at}", f"was sealed at {root.sealed_at} already")
        if before and xid >= before.next_xid and at < before.sealed_at - CLOCK_STEP:
            text = f"its transaction began after {before.sealed_at}"
            yield Finding("wrong date", f"row {row_id} of {at}", text)

    def close(self) -> Iterator[Finding]:
        """Compare what passed with what was sealed."""
        root, tree = self.root, self.tree
        assert root is not None
        if (tree.count, tree.root()) == (root.row_count, root.merkle_root):
            return
        kinds = {-1: "removed rows", 0: "changed rows", 1: "inserted rows"}
        more = tree.count - root.row_count
        text = f"{root.row_count} rows were sealed, {tree.count} are there"
        where = f"seal {root.id} of {root.sealed_at}, rows {root.first_id} to {root.last_id}"
        yield Finding(kinds[(more > 0) - (more < 0)], where, text)


def _shown(values: list[bytes | None]) -> str:
    """Say what the row claims now: who, what and on which row."""
    username, action, relation, row_key = (
        (values[place] or b"").decode("utf-8", "replace") for place in (4, 10, 11, 12)
    )
    return f"it now says: {username} {action} {relation} {row_key}"

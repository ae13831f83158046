"""The sealer: once a second it puts finished transactions under a Merkle root, chained to the one before.

A chain a row would make every writer wait for the one before it. So writers only hash their rows, and the
sealer comes behind: transactions below PostgreSQL's oldest running one are finished, their rows will never
become more, and a transaction that runs for hours delays the seal of what comes after it and loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import structlog
from psycopg import Connection

from spatial.database import connect, query
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.merkle import Tree
from spatial.rights.audit.roots import BEGINNING, Root, RootFile
from spatial.rights.audit.triggers import ROOM

EVERY_S = 1.0
PAUSE = 5
"""Rounds that are left out after a failure."""
BATCH = 10_000

log = structlog.get_logger()


@dataclass(frozen=True)
class _Range:
    """Transactions [from, until) of a cluster; `next_xid` had not begun at `now`."""

    cluster: int
    from_xid: int
    until_xid: int
    next_xid: int
    now: datetime


@dataclass
class _Month:
    """The tree over the rows of one month."""

    tree: Tree = field(default_factory=Tree)
    first_id: int = 0
    last_id: int = 0

    def add(self, row_id: int, leaf: bytes) -> None:
        self.first_id = min(self.first_id or row_id, row_id)
        self.last_id = max(self.last_id, row_id)
        self.tree.add(leaf)


def seal(connection: Connection[Any], keys: ChainKeys, file: RootFile) -> list[Root]:
    """Seal what is finished and return the new roots; none when there is nothing, or another seals just now.

    connection: of the log's owner, in autocommit. Roots are committed before they go to the file; what a
    crash or a full disk kept from it goes there the next time. Unavailable when the file cannot be written.
    """
    with alone(connection) as mine:
        if not mine:
            return []
        with connection.transaction():
            roots = [*_chained(_sealed(connection), last_root(connection), keys)]
            add_roots(connection, roots)
        catch_up(connection, file, roots)
    return roots


@contextmanager
def alone(connection: Connection[Any]) -> Iterator[bool]:
    """Be the only one who makes roots and writes their file; gives False when another does."""
    mine = bool(connection.execute(query(ROOM, "seal_lock")).fetchall()[0][0])
    try:
        yield mine
    finally:
        if mine and not connection.closed:
            connection.execute(query(ROOM, "seal_unlock"))


def last_root(connection: Connection[Any]) -> Root | None:
    """Return the end of the chain."""
    row = connection.execute(query(ROOM, "root_last")).fetchone()
    return None if row is None else Root(*row)


def catch_up(connection: Connection[Any], file: RootFile, made: Sequence[Root]) -> None:
    """Append to the file what the database has after the file's last root; `made` are the newest roots."""
    after = _known_until(connection, file, made)
    with connection.transaction(), connection.cursor(name="audit_roots") as cursor:
        cursor.execute(query(ROOM, "roots_after"), {"after": after})
        while rows := cursor.fetchmany(BATCH):
            file.append([Root(*row) for row in rows])
            if len(rows) > len(made):
                log.warning("audit roots were missing in the file", roots=len(rows), file=str(file.path))


def _known_until(connection: Connection[Any], file: RootFile, made: Sequence[Root]) -> int:
    """Name the last root that need not be written to the file."""
    last = file.last()
    if last is None:
        return 0
    stored = connection.execute(query(ROOM, "roots_by_id"), {"ids": [last.id]}).fetchone()
    if stored is not None and stored[1] == last.chain:
        return last.id
    # The database was put back to an earlier moment, or tampered with. The file keeps what it knows, and goes
    # on with what is made from now on.
    return made[0].id - 1 if made else 2**63 - 1


def add_roots(connection: Connection[Any], roots: list[Root]) -> None:
    """Store roots."""
    connection.cursor().executemany(query(ROOM, "root_add"), [asdict(root) for root in roots])


def _chained(roots: Iterator[Root], last: Root | None, keys: ChainKeys) -> Iterator[Root]:
    for root in roots:
        last = chain(root, last, keys)
        yield last


def chain(root: Root, last: Root | None, keys: ChainKeys) -> Root:
    """Return the root with its number and chain behind `last`."""
    number, previous = (last.id + 1, last.chain) if last else (1, BEGINNING)
    return Root(**{**asdict(root), "id": number, "previous": previous}).chained(keys)


def _sealed(connection: Connection[Any]) -> Iterator[Root]:
    for span in _ranges(connection):
        months: dict[date, _Month] = {}
        with connection.cursor(name="audit_leaves") as cursor:
            cursor.itersize = BATCH
            values = {"cluster": span.cluster, "from": span.from_xid, "until": span.until_xid}
            cursor.execute(query(ROOM, "seal_rows"), values)
            for month, row_id, leaf in cursor:
                months.setdefault(month, _Month()).add(row_id, leaf)
        for month, rows in sorted(months.items()):
            yield _root(span, month, rows)


def _root(span: _Range, month: date, rows: _Month) -> Root:
    return Root(
        id=0, kind="seal", cluster=span.cluster, month=month, from_xid=span.from_xid,
        until_xid=span.until_xid, next_xid=span.next_xid, row_count=rows.tree.count,
        first_id=rows.first_id, last_id=rows.last_id, merkle_root=rows.tree.root(),
        sealed_at=span.now, key_id="", previous=b"",
    )  # fmt: skip


def _ranges(connection: Connection[Any]) -> list[_Range]:
    """List what is to be sealed: ours, and before its first seal what came with a dump."""
    state = connection.execute(query(ROOM, "seal_state")).fetchall()[0]
    cluster, sealed_until, finished, next_xid, now, something = state
    if not something:
        return []
    ours = _Range(cluster, sealed_until or 0, finished, next_xid, now)
    if sealed_until is not None:
        return [ours]
    rows = connection.execute(query(ROOM, "seal_left_over"), {"cluster": cluster}).fetchall()
    return [*(_Range(other, first, until, until, now) for other, first, until in rows), ours]


class Sealer:
    """A thread that seals as long as the process lives, through every loss of the database or the disk.

    `keys` is asked anew after each failure, so that a key which was missing is taken up when it is there.
    """

    def __init__(
        self, url: str, keys: Callable[[], ChainKeys], file: RootFile, every_s: float = EVERY_S
    ) -> None:
        self._url = url
        self._keys = keys
        self._file = file
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sealer", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Seal what is finished by now, and end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._work()
                return
            except Exception as error:
                # Whatever it was: a log that is no longer sealed is worse than a line too much.
                log.error("sealing the audit log failed", exc_info=error)
                if self._stop.wait(self._every_s * PAUSE):
                    return

    def _work(self) -> None:
        keys = self._keys()
        with connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(self._every_s):
                seal(connection, keys, self._file)
            seal(connection, keys, self._file)

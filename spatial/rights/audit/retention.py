"""Retention: whole months go when they are old enough, sealed and sound; the chain says that they went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection, sql
from psycopg.errors import LockNotAvailable

from spatial.database import query
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.merkle import Tree
from spatial.rights.audit.partitions import bounds, partition_of, wait_briefly
from spatial.rights.audit.roots import Root, RootFile
from spatial.rights.audit.sealer import BATCH, add_roots, alone, catch_up, chain, last_root
from spatial.rights.audit.triggers import ROOM
from spatial.rights.audit.verify_rows import RowCheck
from spatial.settings import LEAST_LOG_DAYS

log = structlog.get_logger()


@dataclass(frozen=True)
class Drop:
    """A month that went, or the reason why it stays."""

    month: date
    roots: tuple[Root, ...] = ()
    """One a cluster that rows of the month came from."""
    kept_because: str | None = None


def drop_old_months(
    connection: Connection[Any], keys: ChainKeys, file: RootFile, days: int, now: datetime
) -> list[Drop]:
    """Drop the months that ended more than `days` (180 at least) before `now`; tell what became of each.

    connection: of the log's owner, in autocommit. A month stays while a row of it is not sealed, does not
    agree with its seal (it is evidence then), or is being read.
    """
    before = now - timedelta(days=max(days, LEAST_LOG_DAYS))
    drops = []
    for (month,) in connection.execute(query(ROOM, "months")).fetchall():
        if bounds(month)[1] <= before:
            drop = _drop(connection, keys, file, month)
            drops.append(drop)
            log.info("audit month", month=str(month), dropped=bool(drop.roots), kept=drop.kept_because)
    return drops


def _drop(connection: Connection[Any], keys: ChainKeys, file: RootFile, month: date) -> Drop:
    reason = _why_kept(connection, month)
    if reason:
        return Drop(month, kept_because=reason)
    with alone(connection) as mine:
        if not mine:
            return Drop(month, kept_because="the sealer is at work")
        try:
            with connection.transaction():
                roots = _recorded(connection, keys, month)
                wait_briefly(connection)
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(partition_of(month))))
        except LockNotAvailable:
            return Drop(month, kept_because="somebody reads the log")
        catch_up(connection, file, roots)
    return Drop(month, roots)


def _why_kept(connection: Connection[Any], month: date) -> str | None:
    with connection.transaction():
        check = RowCheck(connection)
        finding = next(check.month(month), None)
    if finding is not None:
        return f"it does not agree with its seals: {finding}"
    return f"{check.waiting} of its rows are not sealed yet" if check.waiting else None


def _recorded(connection: Connection[Any], keys: ChainKeys, month: date) -> tuple[Root, ...]:
    """Put the drop on record, in the chain for good and in the log for those who search it."""
    last, roots = last_root(connection), []
    for root in _drop_roots(connection, month):
        last = chain(root, last, keys)
        roots.append(last)
    add_roots(connection, roots)
    values = {"partition": partition_of(month), "rows": sum(root.row_count for root in roots)}
    connection.execute(query(ROOM, "drop_record"), {**values, "roots": [root.id for root in roots]})
    return tuple(roots)


def _drop_roots(connection: Connection[Any], month: date) -> list[Root]:
    """Sum up the seals of the month, one root a cluster."""
    sums: dict[int, tuple[Root, Tree]] = {}
    with connection.cursor(name="audit_month") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query(ROOM, "roots_of_month"), {"month": month})
        for row in cursor:
            seal = Root(*row)
            whole, tree = sums.get(seal.cluster, (None, Tree()))
            tree.add(seal.merkle_root)
            sums[seal.cluster] = (_joined(whole, seal) if whole else seal, tree)
    now = datetime.now(UTC)
    return [
        replace(whole, kind="drop", merkle_root=tree.root(), sealed_at=now) for whole, tree in sums.values()
    ]


def _joined(whole: Root, seal: Root) -> Root:
    return replace(
        whole,
        from_xid=min(whole.from_xid, seal.from_xid),
        until_xid=max(whole.until_xid, seal.until_xid),
        next_xid=max(whole.next_xid, seal.next_xid),
        row_count=whole.row_count + seal.row_count,
        first_id=min(whole.first_id, seal.first_id),
        last_id=max(whole.last_id, seal.last_id),
    )

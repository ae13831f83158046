"""Proves that the log is what was written: every row, every seal, the chain of seals, and their file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.rights.audit.findings import Finding
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.partitions import bounds, next_month, partition_of
from spatial.rights.audit.roots import RootFile
from spatial.rights.audit.triggers import ROOM, differences
from spatial.rights.audit.verify_chain import ChainCheck
from spatial.rights.audit.verify_file import FileCheck
from spatial.rights.audit.verify_rows import RowCheck

Tell = Callable[[str], None]


@dataclass
class Report:
    """What was looked at; the findings come one by one, for there may be very many."""

    rows: int = 0
    seals: int = 0
    roots: int = 0
    waiting: int = 0
    """Rows that are not sealed yet."""
    waiting_since: datetime | None = None
    dropped: list[str] = field(default_factory=list)
    """Months that went as the retention had it, in words."""


def _silent(_text: str) -> None:
    """Report nothing."""


def verify(
    connection: Connection[Any], keys: ChainKeys, file: RootFile, report: Report, tell: Tell = _silent
) -> Iterator[Finding]:
    """Check the whole log as a stream, and yield what is wrong; `report` is filled on the way.

    connection: of the log's owner, in autocommit. Everything is read from one snapshot, so the city may go on
    working. Memory does not grow with the number of rows; the first thing read is the file, because
    a root stands in the database before it stands there.
    """
    size = file.size()
    with connection.transaction():
        connection.execute(query(ROOM, "snapshot"))
        yield from (_unwatched(name) for name in differences(connection).names())
        tell("the chain of roots")
        chain = ChainCheck(connection, keys)
        yield from chain.findings()
        report.roots = chain.roots
        tell(f"the roots in {file.path}")
        yield from FileCheck(connection, keys, chain.last).findings(file, size)
        rows = RowCheck(connection)
        for month in _months(connection):
            tell(f"the rows of {month:%Y-%m}")
            yield from _month(connection, rows, chain, month, report)
        report.rows, report.seals = rows.rows, rows.seals
        report.waiting, report.waiting_since = rows.waiting, rows.waiting_since


def _unwatched(name: str) -> Finding:
    return Finding("unwatched", name, "is not as this version makes it; `citygrid migrate` mends it")


def _months(connection: Connection[Any]) -> Iterator[date]:
    """List the months that have rows or roots, in order, by jumping along the index."""
    month = date.min
    while True:
        values = {"from": bounds(month)[0], "month": month}
        (found,) = connection.execute(query(ROOM, "month_from"), values).fetchall()[0]
        if found is None:
            return
        yield found
        month = next_month(found)


def _month(
    connection: Connection[Any], rows: RowCheck, chain: ChainCheck, month: date, report: Report
) -> Iterator[Finding]:
    drops = chain.drops_of(month)
    values = {"name": partition_of(month), "from": bounds(month)[0], "until": bounds(month)[1]}
    is_gone = connection.execute(query(ROOM, "month_is_gone"), values).fetchall()[0][0]
    if drops:
        report.dropped += [f"{month:%Y-%m}: {drop.row_count} rows, {drop.sealed_at}" for drop in drops]
        yield from chain.wrong_drops(month)
        yield from rows.after_drop(month)
    elif is_gone:
        count, seals = chain.sealed_in(month)
        text = f"{count} rows under {seals} seals are gone, and no drop is in the chain"
        yield Finding("missing month", f"{month:%Y-%m}", text)
    else:
        yield from rows.month(month)

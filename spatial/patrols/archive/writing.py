"""Write a day into files, and let it go from the database only when they are there and say the same.

    composed    read in one snapshot, written aside, put in place, read back: counts and hashes must agree
    settled     in one transaction the new files count, and the partition is set apart
    finished    what came after the snapshot goes back among the fixes; then the partition is dropped

Whatever ends the process in between, nothing is lost and nothing is there twice: before the transaction the
files mean nothing, after it they are complete, and what was set apart is finished by whoever comes next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, BinaryIO

import structlog
from psycopg import Connection, IsolationLevel, sql

from spatial.database import connect, query
from spatial.errors import Conflict
from spatial.patrols.archive import catalogue, days_file, partitions, rows
from spatial.patrols.archive.catalogue import FULL, THINNED, Entry
from spatial.patrols.archive.composing import Change, Source
from spatial.patrols.archive.days_file import Kept
from spatial.patrols.archive.fixes_file import Reader, Sum, Writer
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.store import DAYS, FIXES, Store
from spatial.patrols.copying import HEADER, TRAILER
from spatial.patrols.partitions import ensure_days

log = structlog.get_logger()


@dataclass(frozen=True)
class Order:
    """What a day is to become."""

    day: date
    tier: str = FULL
    bound_m: float | None = None
    change: Change | None = None
    without: frozenset[int] = frozenset()
    """Movers that are erased."""


@dataclass(frozen=True)
class Made:
    """Files of a day that have been written and read back."""

    values: dict[str, Any]
    """Of the entry."""
    movers: list[int]
    fixes_there: int
    """How many there were in the database."""
    said: tuple[Any, ...]
    """When the days were graded that the files tell of."""


def write_day(url: str, store: Store, order: Order) -> Entry | None:
    """Archive a UTC day, or write its files anew; None where there is nothing to write.

    url: of the owner. The caller holds the lock of the archive (`running.alone`). Conflict when what was
    written does not say what was read: nothing is dropped then.
    """
    with connect(url) as connection:
        _bring_together(connection, order.day)
    made = _composed(url, store, order)
    if made is not None:
        verify(store, made)
    partitions.briefly(url, lambda connection: _settled(connection, order.day, made))
    finish(url, store, order.day)
    with connect(url) as connection:
        return catalogue.find(connection, [order.day]).get(order.day)


def _bring_together(connection: Connection[Any], day: date) -> None:
    """Give fixes of an archived day that have come since a partition of their own."""
    begin, end = rows.bounds(day)
    found = connection.execute(query(ROOM, "elsewhen"), {"begin": begin, "end": end}).fetchall()
    if found[0][0]:
        ensure_days(connection, [day])


def _composed(url: str, store: Store, order: Order) -> Made | None:
    with connect(url) as connection:
        connection.commit()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        before = catalogue.find(connection, [order.day]).get(order.day)
        said = _said(connection, order.day)
        if before is None or not before.has_files:
            source = Source(connection, order.day, before, None)
            return _written(source, store, order, said)
        with store.open(FIXES, order.day, before.generation) as file:
            return _written(Source(connection, order.day, before, Reader(file)), store, order, said)


def _written(source: Source, store: Store, order: Order, said: tuple[Any, ...]) -> Made | None:
    kept, there = source.kept(order.without), sum(source.counts.values())
    if source.before is None and not kept and not there:
        return None
    if order.change is not None and there:
        raise Conflict(f"{order.day}: fixes have come since; they are put into the file before it is thinned")
    generation = source.before.generation + 1 if source.before else 1
    total, movers = Sum(), set[int]()

    def write(target: BinaryIO) -> None:
        with Writer(target, {"day": str(order.day), "tier": order.tier, "bound_m": order.bound_m}) as writer:
            for chunk in source.chunks(order.without):
                changed = chunk if order.change is None else order.change(chunk)
                movers.update(changed.rows["mover_id"].tolist())
                total.add(changed)
                writer.add(changed)

    octets = store.put(FIXES, order.day, generation, write)
    graded_octets = store.put(
        DAYS, order.day, generation, lambda target: days_file.write(target, order.day, kept)
    )
    values = {
        "day": order.day, "tier": order.tier, "generation": generation, "fixes": total.count,
        "octets": octets, "sha256": total.sha256, "graded": len(kept), "graded_octets": graded_octets,
        "graded_sha256": days_file.digest(kept), "bound_m": order.bound_m,
    }  # fmt: skip
    return Made(values, sorted(movers | {each.day.mover_id for each in kept}), there, said)


def verify(store: Store, made: Made) -> None:
    """Read both files back from where they lie; Conflict unless they say what was read."""
    found = read_back(store, made.values["day"], made.values["generation"])
    for name, value in found.items():
        if value != made.values[name]:
            raise Conflict(f"{made.values['day']}: {name} is {value}, and was to be {made.values[name]}")


def read_back(store: Store, day: date, generation: int) -> dict[str, Any]:
    """Count and hash what the files of a day hold."""
    total = Sum()
    with store.open(FIXES, day, generation) as file:
        for chunk in Reader(file):
            total.add(chunk)
    with store.open(DAYS, day, generation) as file:
        kept: list[Kept] = days_file.read_days(file)
    return {
        "fixes": total.count, "sha256": total.sha256, "graded": len(kept),
        "graded_sha256": days_file.digest(kept),
    }  # fmt: skip


def _said(connection: Connection[Any], day: date) -> tuple[Any, ...]:
    values = {"days": [day, day + timedelta(days=1)]}
    return tuple(connection.execute(query(ROOM, "said"), values).fetchall()[0])


def _settled(connection: Connection[Any], day: date, made: Made | None) -> None:
    """Let the new files count and set the partition apart, all or nothing."""
    if made is not None:
        now = _said(connection, day)
        # What was graded since is written by the next run; so is what still waits for it.
        values = {**made.values, "is_stale": now != made.said or bool(now[-1])}
        if values["tier"] == THINNED:
            values["is_stale"] = False
        catalogue.keep(connection, values, made.movers)
    if day in partitions.days_there(connection):
        partitions.set_apart(connection, day)
        connection.execute(query(ROOM, "apart"), {"day": day, "fixes": made.fixes_there if made else None})


def finish(url: str, store: Store, day: date) -> int:
    """Drop what was set apart of a day, once fixes that came after the snapshot are back; gives how many."""
    name = sql.Identifier(partitions.name_of(day))
    with connect(url) as connection:
        if day not in partitions.left_over(connection):
            return 0
        count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchall()[0][0]
        noted = connection.execute(query(ROOM, "apart_fixes"), {"day": day}).fetchone()
        back = _bring_back(connection, store, day, name) if count != (noted[0] if noted else 0) else 0
        partitions.drop(connection, day)
        connection.execute(query(ROOM, "apart"), {"day": day, "fixes": None})
    if back:
        log.info("fixes came while a day was archived", day=str(day), fixes=back)
    return back


def _bring_back(connection: Connection[Any], store: Store, day: date, name: sql.Identifier) -> int:
    """Put the fixes that the file does not have among the others again: they are late ones."""
    entry = catalogue.find(connection, [day]).get(day)
    connection.execute(
        "CREATE TEMPORARY TABLE fix_known (mover_id bigint, time timestamptz, mark integer) ON COMMIT DROP"
    )
    if entry is not None and entry.has_files:
        copying = connection.cursor().copy("COPY fix_known FROM STDIN (FORMAT binary)")
        with store.open(FIXES, day, entry.generation) as file, copying as copy:
            copy.write(HEADER)
            for chunk in Reader(file):
                copy.write(rows.packed_keys(chunk.rows))
            copy.write(TRAILER)
    made = connection.execute(sql.SQL(query(ROOM, "bring_back")).format(gone=name), {"day": day})
    return made.rowcount

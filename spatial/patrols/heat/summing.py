"""Make the totals of all people: of days that are over, and of blocks of days that were added up.

Totals are kept of a block from the moment on that `heat_summed` names it: whoever changes one of its days
since notes the change in `heat_late`. The rows are then added up as they are in one snapshot, and stored
together with the removal of the notes that the snapshot has; a change that it has not keeps its note. So at
any moment, for any reader, totals and notes add up to the rows. An interruption leaves what was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.areas import Area, areas, finest, inside
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.records import HOUR_BITS, MOST_UNITS, NO_HOUR, Entries

REST = timedelta(minutes=30)
"""So long for each of its days a block's totals stay as they are, whatever comes late."""
MANY = 200
"""Of so many changes each question reads enough to be worth making totals sooner: after one REST."""
TILE_BITS = 7
"""A piece lies in a tile of 2^7 cells along its side, so that a box reads little more than it has."""
PIECE = 20_000
"""Entries of one piece."""
ROWS = 200
"""Read at a time."""
TOGETHER = 2_000_000
"""Entries that are put in order at a time."""
_UNIT_BITS = (MOST_UNITS - 1) << HOUR_BITS

Values = dict[str, Any]


def sum_up(connection: Connection[Any], today: date) -> int:
    """Make totals that are missing or old, the oldest days first, each in a transaction; returns how many.

    connection: of the platform, at the begin of a transaction, which is committed. Nobody who grades waits.
    0 when somebody else is at it.
    """
    if not connection.execute(query(ROOM, "totals_alone")).fetchall()[0][0]:
        return 0
    connection.commit()
    made = 0
    try:
        while (block := _next(connection, today)) is not None:
            _make(connection, block)
            made += 1
    finally:
        # What was begun is undone first: the lock is not of the transaction.
        connection.rollback()
        connection.execute(query(ROOM, "totals_left"))
        connection.commit()
    return made


def _next(connection: Connection[Any], today: date) -> Block | None:
    """Find the next block to make totals of; from now on changes to its days are noted."""
    values = {"level": lattice.LEVELS - 1, "today": today, "rest": REST, "many": MANY}
    row = connection.execute(query(ROOM, "totals_next"), values).fetchone()
    connection.commit()
    if row is None:
        return None
    block = Block(*row[:2])
    if row[2]:
        connection.execute(query(ROOM, "totals_lock"))
        connection.execute(query(ROOM, "totals_begin"), _of(block))
        connection.commit()
    return block


def _make(connection: Connection[Any], block: Block) -> None:
    """Store the totals of a block as of one snapshot."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute(query(ROOM, "totals_drop"), _of(block))
    number = count()
    for area in areas(connection, block):
        _put(connection, block, _summed(connection, block, area), number)
    for name in ("totals_settle", "totals_settled", "totals_made"):
        connection.execute(query(ROOM, name), _of(block))
    connection.commit()


def _summed(connection: Connection[Any], block: Block, area: Area) -> Entries:
    """Add up the rows of all people in an area, at level 0, without hours."""
    sums, waiting = Entries.none(), list[Entries]()
    with connection.cursor(name="heat_sum", binary=True) as cursor:
        cursor.execute(query(ROOM, "totals_rows"), _of(block) | finest(area))
        while rows := cursor.fetchmany(ROWS):
            waiting += [inside(Entries.unpacked(content), area) for (content,) in rows]
            if sum(len(each.keys) for each in waiting) > max(TOGETHER, len(sums.keys)):
                sums, waiting = joined([sums, *waiting]), []
    return joined([sums, *waiting])


def joined(entries: list[Entries]) -> Entries:
    """Add up entries of whatever hours and rows."""
    keys = np.concatenate([each.keys for each in entries]) | np.uint64(NO_HOUR)
    return Entries.added(keys, np.concatenate([each.ms for each in entries]))


def _put(connection: Connection[Any], block: Block, finest_sums: Entries, number: Iterator[int]) -> None:
    """Write the entries of an area at every level, by unit and without units."""
    sums = finest_sums
    for level in range(lattice.LEVELS):
        sums = sums.coarser(min(level, 1), by_hour=False)
        for by_unit, entries in ((True, sums), (False, without_units(sums))):
            rows = (
                {**_of(block), "level": level, "by_unit": by_unit, "piece": next(number), **_row(each)}
                for each in pieces(entries)
            )
            with connection.cursor() as cursor:
                cursor.executemany(query(ROOM, "totals_put"), rows)


def without_units(entries: Entries) -> Entries:
    """Add up whatever the unit."""
    return Entries.added(entries.keys & ~np.uint64(_UNIT_BITS), entries.ms)


def pieces(entries: Entries) -> Iterator[Entries]:
    """Divide entries into such that lie near each other."""
    column, row = (each >> TILE_BITS for each in lattice.columns_rows(entries.cells))
    tile = lattice.number(column, row)
    order = np.argsort(tile, kind="stable")
    keys, ms, tile = entries.keys[order], entries.ms[order], tile[order]
    starts = np.flatnonzero(np.diff(tile, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(tile)], strict=True):
        for first in range(start, end, PIECE):
            last = min(first + PIECE, end)
            yield Entries(keys[first:last], ms[first:last])


def _row(entries: Entries) -> Values:
    column, row = lattice.columns_rows(entries.cells)
    return {
        "west": int(column.min()), "east": int(column.max()),
        "north": int(row.min()), "south": int(row.max()),
        "entries": entries.packed_often(),
    }  # fmt: skip


def _of(block: Block) -> Values:
    return {"days": block.days, "first_day": block.first, "until": block.until}

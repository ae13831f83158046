"""Keep the heat equal to the tracks: each day as it was graded last, blocks of days by differences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.blocks import BLOCK_DAYS, Block, block_of, blocks_of
from spatial.patrols.heat.records import MOST_UNITS, Contributions, Entries

ROOM = "spatial.patrols.heat"
MOVERS = 50
"""Whose blocks are added up at a time."""


def keep(connection: Connection[Any], mover: int, day: date, heat: bytes | None) -> bool:
    """Put what a mover's day has come to into the sums; returns whether anything changed.

    heat: as `Contributions.packed` wrote it; None or empty: the mover has no track that day. What the day
    had put in before is known here. connection: the grader's, in the transaction that writes `track_day`.
    """
    connection.execute(query(ROOM, "lock_shared"))
    after = known(connection, Contributions.unpacked(heat))
    before = _row(connection, 0, Block(1, day), mover)
    if before.packed() == after.packed():
        return False
    for level, entries in pyramid(after):
        _put(connection, level, Block(1, day), mover, entries)
    difference = after.and_then(before, -1)
    for block in _added(connection, blocks_of(day)):
        _change(connection, block, mover, difference)
    return True


def fold(connection: Connection[Any], today: date) -> int:
    """Add up the blocks of days that were over before `today`, each in a transaction; returns how many.

    connection: of the platform, at the begin of a transaction, which is committed. Whoever grades waits for
    the end of one block.
    """
    count = 0
    while True:
        connection.execute(query(ROOM, "lock"))
        found = _next(connection, today)
        if found is not None:
            _fold(connection, *found)
            count += 1
        connection.commit()
        if found is None:
            return count


def _next(connection: Connection[Any], today: date) -> tuple[Block, int] | None:
    """Find the next block to be added up, and the length of what it is made of.

    Looked for anew while nobody grades: weeks before the four weeks that they are in.
    """
    values = {"level": lattice.LEVELS - 1, "today": today}
    days = [row[0] for row in connection.execute(query(ROOM, "days_there"), values).fetchall()]
    for length, of in zip(BLOCK_DAYS, (1, *BLOCK_DAYS), strict=False):
        blocks = sorted({block_of(day, length) for day in days})
        done = _added(connection, blocks)
        for block in blocks:
            if block.until <= today and block not in done:
                return block, of
    return None


def pyramid(entries: Entries, *, by_hour: bool = True) -> Iterator[tuple[int, Entries]]:
    """Give entries of level 0 at every level."""
    for level in range(lattice.LEVELS):
        yield level, entries.coarser(level, by_hour=by_hour)


def known(connection: Connection[Any], given: Contributions) -> Entries:
    """Give the entries with units by the numbers that the store has for them; new ones get one."""
    if not given.units:
        return given.entries
    values = {"codes": list(given.units)}
    numbers = dict(connection.execute(query(ROOM, "units"), values).fetchall())
    if missing := [code for code in given.units if code not in numbers]:
        # Asked for first: an insert that finds them there would use numbers up.
        connection.execute(query(ROOM, "units_add"), {"codes": missing})
        numbers = dict(connection.execute(query(ROOM, "units"), values).fetchall())
    assert max(numbers.values()) < MOST_UNITS
    return given.renumbered([0, *(numbers[code] for code in given.units)])


def _fold(connection: Connection[Any], block: Block, of: int) -> None:
    connection.execute(query(ROOM, "block_add"), {"days": block.days, "first_day": block.first})
    for level in range(lattice.LEVELS):
        values = {"level": level, "of": of, "since": block.first, "until": block.until}
        with connection.cursor(name="heat_fold", binary=True) as cursor:
            cursor.execute(query(ROOM, "sums"), values)
            while rows := cursor.fetchmany(MOVERS):
                sums = ((mover, Entries.unpacked(each).coarser(0, by_hour=False)) for mover, each in rows)
                _put_all(connection, (_values(level, block, mover, entries) for mover, entries in sums))


def _added(connection: Connection[Any], blocks: Collection[Block]) -> set[Block]:
    """Tell which of some blocks have been added up."""
    if not blocks:
        return set()
    firsts = [block.first for block in blocks]
    values = {"since": min(firsts), "until": max(firsts) + timedelta(days=1)}
    rows = connection.execute(query(ROOM, "added_blocks"), values).fetchall()
    return {Block(*row) for row in rows} & set(blocks)


def _change(connection: Connection[Any], block: Block, mover: int, difference: Entries) -> None:
    """Add a difference to the rows of a block, at every level."""
    for level, change in pyramid(difference, by_hour=False):
        _put(connection, level, block, mover, _row(connection, level, block, mover).and_then(change))


def _row(connection: Connection[Any], level: int, block: Block, mover: int) -> Entries:
    values = {"level": level, "days": block.days, "first_day": block.first, "mover": mover}
    row = connection.execute(query(ROOM, "row"), values, binary=True).fetchone()
    return Entries.unpacked(row[0]) if row else Entries.none()


def _put(connection: Connection[Any], level: int, block: Block, mover: int, entries: Entries) -> None:
    if len(entries.keys):
        connection.execute(query(ROOM, "put"), _values(level, block, mover, entries))
        return
    values = {"level": level, "days": block.days, "first_day": block.first, "mover": mover}
    connection.execute(query(ROOM, "remove"), values)


def _put_all(connection: Connection[Any], rows: Iterable[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(query(ROOM, "put"), rows)


def _values(level: int, block: Block, mover: int, entries: Entries) -> dict[str, Any]:
    column, row = lattice.columns_rows(entries.cells)
    return {
        "level": level, "days": block.days, "first_day": block.first, "mover": mover,
        "west": int(column.min()), "east": int(column.max()),
        "north": int(row.min()), "south": int(row.max()),
        "ms": entries.total_ms, "entries": entries.packed(),
    }  # fmt: skip

"""Areas of a block of days that are worked at one after the other: whole cells of the last level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.records import Entries

AREA_OCTETS = 64 << 20
"""About so much is read of an area; one that is one cell of the last level is not made smaller."""
Area = lattice.Window
"""Of cells of the last level: no coarser cell reaches over one."""
_LAST = lattice.LEVELS - 1
EVERYWHERE: Area = (0, 0, lattice.EVERYWHERE[2] >> _LAST, lattice.EVERYWHERE[3] >> _LAST)


def areas(connection: Connection[Any], block: Block, area: Area = EVERYWHERE) -> Iterator[Area]:
    """Halve an area until what lies in each in a block of days is little enough to be read at a time.

    Areas where nobody was are left out.
    """
    values = {"days": block.days, "first_day": block.first, **finest(area)}
    found = connection.execute(query(ROOM, "area_sizes"), values).fetchone()
    assert found is not None
    octets, *extent = found
    if octets is None:
        return
    west, north, east, south = (int(each) >> _LAST for each in extent)
    west, north = max(west, area[0]), max(north, area[1])
    east, south = min(east, area[2]), min(south, area[3])
    if octets <= AREA_OCTETS or (west, north) == (east, south):
        yield west, north, east, south
    elif east - west > south - north:
        middle = (west + east) // 2
        yield from areas(connection, block, (west, north, middle, south))
        yield from areas(connection, block, (middle + 1, north, east, south))
    else:
        middle = (north + south) // 2
        yield from areas(connection, block, (west, north, east, middle))
        yield from areas(connection, block, (west, middle + 1, east, south))


def finest(area: Area) -> dict[str, int]:
    """Give the first and the last cells of level 0 of an area."""
    west, north, east, south = area
    return {
        "west": west << _LAST, "east": ((east + 1) << _LAST) - 1,
        "north": north << _LAST, "south": ((south + 1) << _LAST) - 1,
    }  # fmt: skip


def inside(entries: Entries, area: Area) -> Entries:
    """Choose the entries of level 0 that lie in an area."""
    column, row = (each >> _LAST for each in lattice.columns_rows(entries.cells))
    west, north, east, south = area
    kept = (column >= west) & (column <= east) & (row >= north) & (row <= south)
    return Entries(entries.keys[kept], entries.ms[kept])

"""Read the totals of all people: exactly what their rows add up to, without reading them one by one.

Totals are of closed days and of blocks of days. What has changed in their days since they were made lies
beside them, written in the transaction of the change; both are read in one statement, so their sum is that
of the rows at one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat.amounts import Amount
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.keeping import ROOM

Values = dict[str, Any]

MOST_LATE = 8 << 20
"""Octets of changes to a block; with more, its rows are read in the place of its totals."""
AT_ONCE = 32
"""Pieces fetched at a time, of some 240 kB at most."""


class Content(NamedTuple):
    """Records to be added (sign 1) or taken away (-1)."""

    sign: int
    records: bytes


def sizes(
    connection: Connection[Any], values: Values, blocks: dict[int, Block]
) -> tuple[list[Amount], set[int]]:
    """Measure the totals of blocks by place; returns what lies in them, and the places that have totals.

    values: level, by_unit, and the window of cells of that level.
    """
    rows = connection.execute(query(ROOM, "totals_sizes"), values | wanted(blocks)).fetchall()
    fitting = [row for row in rows if row[-1] <= MOST_LATE]
    amounts = [Amount._make([*box, octets + late]) for *box, octets, late in fitting if octets + late]
    return amounts, {row[0] for row in fitting}


def read(connection: Connection[Any], values: Values, blocks: dict[int, Block]) -> Iterator[Content | int]:
    """Read the totals of blocks, as they are at one moment: places that have totals, and contents."""
    if not blocks:
        return
    with connection.cursor(name="heat_totals", binary=True) as cursor:
        cursor.execute(query(ROOM, "totals_read"), values | wanted(blocks))
        while rows := cursor.fetchmany(AT_ONCE):
            yield from (Content(sign, records) if sign else place for place, sign, records in rows)


def wanted(blocks: dict[int, Block]) -> Values:
    """Give the parameters that say which blocks are read, by their places."""
    return {
        "places": list(blocks),
        "days": [block.days for block in blocks.values()],
        "firsts": [block.first for block in blocks.values()],
    }

"""Recompute the heat from the days as they were graded, and tell where what is kept is another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.keeping import ROOM, known, pyramid
from spatial.patrols.heat.records import Contributions, Entries

Key = tuple[int, date, int]
"""Mover, first day, level."""


@dataclass(frozen=True)
class Difference:
    """A row that is not what it must be; milliseconds of both, which may be the same sum in other cells."""

    mover: int
    block: Block
    level: int
    kept_ms: int | None
    wanted_ms: int | None


def verify(
    connection: Connection[Any], since: date, until: date, movers: Sequence[int] | None = None
) -> list[Difference]:
    """Compare every row of the days [since, until) with `track_day`, and blocks with their days.

    connection: of the platform or the owner. An empty list: all is equal, entry by entry.
    """
    values = {"since": since, "until": until, "movers": None if movers is None else list(movers)}
    days = _wanted(connection, values)
    found = _compared(1, _kept(connection, 1, values), days)
    for days_long, first in connection.execute(query(ROOM, "added_blocks"), values).fetchall():
        found += _block(connection, Block(days_long, first), values["movers"])
    return found


def _block(connection: Connection[Any], block: Block, movers: Any) -> list[Difference]:
    kept = _kept(connection, block.days, {"since": block.first, "until": block.until, "movers": movers})
    days = _kept(connection, 1, {"since": block.first, "until": block.until, "movers": movers})
    sums: dict[Key, Entries] = {}
    for (mover, _, level), (entries, _) in days.items():
        key = (mover, block.first, level)
        sums[key] = sums.get(key, Entries.none()).and_then(entries.coarser(0, by_hour=False))
    return _compared(block.days, kept, sums)


def _wanted(connection: Connection[Any], values: dict[str, Any]) -> dict[Key, Entries]:
    rows = connection.execute(query(ROOM, "verify_days"), values).fetchall()
    return {
        (mover, day, level): entries
        for mover, day, heat in rows
        for level, entries in pyramid(known(connection, Contributions.unpacked(heat)))
        if len(entries.keys)
    }


def _kept(connection: Connection[Any], days: int, values: dict[str, Any]) -> dict[Key, tuple[Entries, bool]]:
    """Read rows as they are kept, and whether what stands beside the entries agrees with them."""
    rows = connection.execute(query(ROOM, "verify_rows"), {**values, "days": days}, binary=True).fetchall()
    found = {}
    for mover, first, level, ms, *box, content in rows:
        entries = Entries.unpacked(content)
        column, row = lattice.columns_rows(entries.cells)
        wanted = [int(column.min()), int(row.min()), int(column.max()), int(row.max())]
        found[mover, first, level] = (entries, ms == entries.total_ms and box == wanted)
    return found


def _compared(
    days: int, kept: dict[Key, tuple[Entries, bool]], wanted: dict[Key, Entries]
) -> list[Difference]:
    differences = []
    for key in sorted(kept.keys() | wanted.keys()):
        here, agrees = kept.get(key, (None, True))
        there = wanted.get(key)
        if here is None or there is None or not agrees or here.packed() != there.packed():
            mover, first, level = key
            sums = [None if each is None else each.total_ms for each in (here, there)]
            differences.append(Difference(mover, Block(days, first), level, *sums))
    return differences

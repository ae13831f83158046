"""Recompute the heat from the days as they were graded, and tell where what is kept is another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.keeping import ROOM, known, pyramid
from spatial.patrols.heat.records import Contributions, Entries
from spatial.patrols.heat.summing import joined, without_units

Key = tuple[int, date, int]
"""Mover, first day, level."""


@dataclass(frozen=True)
class Difference:
    """A row that is not what it must be; milliseconds of both, which may be the same sum in other cells."""

    mover: int | None
    """None: of all people, a total."""
    block: Block
    level: int
    kept_ms: int | None
    wanted_ms: int | None


def verify(
    connection: Connection[Any], since: date, until: date, movers: Sequence[int] | None = None
) -> list[Difference]:
    """Compare every row of the days [since, until) with `track_day`, blocks and totals with their days.

    Totals are looked at when no movers are named. connection: of the platform or the owner, best in one
    snapshot where days are graded meanwhile. An empty list: all is equal, entry by entry.
    """
    values = {"since": since, "until": until, "movers": None if movers is None else list(movers)}
    days = _wanted(connection, values)
    found = _compared(1, _kept(connection, 1, values), days)
    for days_long, first in connection.execute(query(ROOM, "added_blocks"), values).fetchall():
        found += _block(connection, Block(days_long, first), values["movers"])
    if movers is None:
        for days_long, first in connection.execute(query(ROOM, "verify_summed"), values).fetchall():
            found += _total(connection, Block(days_long, first))
    return found


def _total(connection: Connection[Any], block: Block) -> list[Difference]:
    """Compare totals, with what has come since, with the days of all people; boxes of pieces too."""
    wanted = _of_all(connection, block)
    found, agrees = _sums_kept(connection, block)
    differences = []
    for level in range(lattice.LEVELS):
        sums = wanted.get(level, Entries.none())
        for by_unit, entries in ((True, sums), (False, without_units(sums))):
            here = found.get((level, by_unit), Entries.none())
            if not agrees or not _same(here, entries):
                differences.append(Difference(None, block, level, here.total_ms, entries.total_ms))
    return differences


def _same(one: Entries, two: Entries) -> bool:
    return np.array_equal(one.keys, two.keys) and np.array_equal(one.ms, two.ms)


def _of_all(connection: Connection[Any], block: Block) -> dict[int, Entries]:
    """Add up the days of all people by level."""
    values = {"since": block.first, "until": block.until, "movers": None}
    found: dict[int, list[Entries]] = {}
    for (_, _, level), (entries, _) in _kept(connection, 1, values).items():
        found.setdefault(level, []).append(entries)
    return {level: joined(entries) for level, entries in found.items()}


def _sums_kept(connection: Connection[Any], block: Block) -> tuple[dict[tuple[int, bool], Entries], bool]:
    """Add up totals, more and less by level and kind, and tell whether all lies where it says."""
    found: dict[tuple[int, bool], Entries] = {}
    agrees = True
    values = {"days": block.days, "first_day": block.first, "until": block.until}
    rows = connection.execute(query(ROOM, "verify_totals"), values, binary=True).fetchall()
    for level, by_unit, sign, west, north, east, south, content in rows:
        entries = Entries.unpacked(content)
        column, row = lattice.columns_rows(entries.cells)
        agrees &= bool(west <= column.min() and column.max() <= east)
        agrees &= bool(north <= row.min() and row.max() <= south)
        entries = joined([entries]) if by_unit else without_units(joined([entries]))
        before = found.get((level, by_unit), Entries.none())
        found[level, by_unit] = before.and_then(entries, sign)
    return found, agrees


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

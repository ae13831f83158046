"""What readers see of the heat who may not see where single people went: only what many did together.

Each week that is over is cut into parts, once and for good: a cell in a unit, and where too few different
people were in it, a cell in the unit above, then the next larger cell, and so on. Each part holds the time of
at least so many people, parts do not overlap, and every answer is a sum of whole parts: so nothing that is
asked, and no difference of answers, tells of fewer people. What is left over is not told at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import query
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.areas import Area, areas, finest, inside
from spatial.patrols.heat.blocks import WEEK, Block
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.records import NO_HOUR, Entries

Int = npt.NDArray[np.int64]

SETTLED_DAYS = 2
"""A week is cut this many days after its end: phones that were without a network have sent by then."""
WIDTHS = (15, 12, 9, 6, 0)
"""Digits of the units that parts lie in, the smallest first; 0 for wherever."""
PATIENCE = timedelta(days=2)
"""So long days hold their week that cannot be graded, while the grader tries them and all others are done."""
ROWS = 200
"""Read at a time."""
MOST_PEOPLE = 1023
"""So many people are told from fewer; more are as many."""


@dataclass(frozen=True)
class Pieces:
    """Time (n,) by person, cell of level 0 and unit."""

    people: Int
    """Numbers of people; negative for what is none, a vehicle: it makes no part fit to be told."""
    cells: Int
    units: Int
    """Places in a list of codes."""
    ms: Int

    def only(self, kept: npt.NDArray[np.bool_]) -> Pieces:
        """Choose some of them."""
        return Pieces(self.people[kept], self.cells[kept], self.units[kept], self.ms[kept])


@dataclass(frozen=True)
class Part:
    """A part of a week that may be told."""

    level: int
    cell: int
    unit_code: str
    people: int
    ms: int


def cut(pieces: Pieces, codes: Sequence[str], least: int) -> Iterator[Part]:
    """Cut a week into parts with at least so many different people each.

    codes: of the units by their number, "" for none. Pieces of no part are left over.
    """
    for level in range(lattice.LEVELS):
        pieces = _merged(pieces, lattice.coarser(pieces.cells, min(level, 1)))
        for width in WIDTHS:
            names, prefix = np.unique([code[:width] for code in codes], return_inverse=True)
            found, group = np.unique(pieces.cells * len(names) + prefix[pieces.units], return_inverse=True)
            people = _people(group, pieces.people, len(found))
            ms = _sums(group, pieces.ms, len(found))
            for at in np.flatnonzero(people >= least).tolist():
                cell, name = divmod(int(found[at]), len(names))
                yield Part(level, cell, str(names[name]), int(people[at]), int(ms[at]))
            pieces = pieces.only(people[group] < least)


def _merged(pieces: Pieces, cells: Int) -> Pieces:
    """Add up what the same person spent in the same unit of the same of these cells (n,)."""
    here, place = np.unique(cells, return_inverse=True)
    people, who = np.unique(pieces.people, return_inverse=True)
    units = int(pieces.units.max(initial=0)) + 1
    keys, group = np.unique((place * units + pieces.units) * max(1, len(people)) + who, return_inverse=True)
    rest, who = np.divmod(keys, max(1, len(people)))
    place, unit = np.divmod(rest, units)
    return Pieces(people[who], here[place], unit, _sums(group, pieces.ms, len(keys)))


def _sums(group: Int, ms: Int, groups: int) -> Int:
    """Add up by group: below 2^53 floating sums are exact, and a week of a city is."""
    return np.bincount(group, ms, groups).astype(np.int64)


def _people(group: Int, people: Int, groups: int) -> Int:
    """Count the different people of each group."""
    real = people >= 0
    most = int(people.max(initial=0)) + 1
    pairs = np.unique(group[real] * most + people[real])
    return np.bincount(pairs // most, minlength=groups).astype(np.int64)


def show(connection: Connection[Any], today: date, least: int) -> date | None:
    """Cut the oldest week that was not, if it was over SETTLED_DAYS before `today`; returns its Monday.

    A week with days that are still to be graded waits, and lets later ones go first: what is cut stays.
    connection: of the platform, in a transaction. `least` different people make a part.
    """
    last = today - timedelta(days=WEEK + SETTLED_DAYS)
    values: dict[str, Any] = {"days": WEEK, "last": last, "patience": PATIENCE}
    connection.execute(query(ROOM, "shown_hold"), values)
    row = connection.execute(query(ROOM, "shown_waiting"), values).fetchone()
    if row is None:
        return None
    first: date = row[0]
    values = {"days": WEEK, "first_day": first}
    known = dict(connection.execute("SELECT id, code FROM heat_unit").fetchall())
    parts = [
        part
        for area in areas(connection, Block(WEEK, first))
        for part in cut(*_area(connection, values, area, known), least)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query(ROOM, "shown_add"), (each | {"first_day": first} for each in _rows(parts)))
    connection.execute(query(ROOM, "shown_mark"), values)
    return first


def _rows(parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    """Give the rows of a week's parts: one for each level and unit."""
    columns = np.array([(each.level, each.cell, each.people, each.ms) for each in parts], np.int64)
    of, cells, people, ms = columns.reshape(-1, 4).T
    codes, unit = np.unique([each.unit_code for each in parts], return_inverse=True)
    for level in range(lattice.LEVELS):
        for place in range(len(codes)):
            here = np.flatnonzero((unit == place) & (of <= level))
            if len(here):
                there = _up(cells[here], level - of[here])
                yield {"level": level, "unit_code": str(codes[place]), **_row(there, people[here], ms[here])}


def _up(cells: Int, levels: Int) -> Int:
    column, row = lattice.columns_rows(cells)
    return lattice.number(column >> levels, row >> levels)


def _row(cells: Int, people: Int, ms: Int) -> dict[str, Any]:
    column, row = lattice.columns_rows(cells)
    parts = Entries.of(cells, np.minimum(people, MOST_PEOPLE), np.full(len(cells), NO_HOUR), ms)
    return {
        "west": int(column.min()), "east": int(column.max()),
        "north": int(row.min()), "south": int(row.max()),
        "entries": parts.packed_often(),
    }  # fmt: skip


def _area(
    connection: Connection[Any], values: dict[str, Any], area: Area, known: dict[int, str]
) -> tuple[Pieces, list[str]]:
    """Read the pieces of a week that lie in an area."""
    people, entries = list[int](), list[Entries]()
    with connection.cursor(name="heat_area", binary=True) as cursor:
        cursor.execute(query(ROOM, "shown_rows"), values | finest(area))
        while rows := cursor.fetchmany(ROWS):
            people += [mover if is_person else -1 for mover, is_person, _ in rows]
            entries += [inside(Entries.unpacked(content), area) for _, _, content in rows]
    used, place = np.unique(_joined([each.units for each in entries]), return_inverse=True)
    pieces = Pieces(
        np.repeat(np.array(people, np.int64), [len(each.keys) for each in entries]),
        _joined([each.cells for each in entries]),
        place.astype(np.int64),
        _joined([each.ms for each in entries]),
    )
    return pieces, [known.get(each, "") for each in used.tolist()]


def _joined(arrays: Sequence[Int]) -> Int:
    return np.concatenate([np.zeros(0, np.int64), *arrays])

"""What a coverage holds to the end of time, and which arcs of a draft differ from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.geometry.arcs import OUTSIDE, Arcs
from spatial.geometry.precision import from_nano
from spatial.grids.units import Person, UnitDraft

ROOM = "spatial.grids"
ArcKey = tuple[bytes, UUID | None, UUID | None]
"""Vertices as little-endian doubles lon, lat, the unit on the left, the unit on the right."""
_LINE_HEAD = 9
"""Bytes of WKB before the vertices of a line: byte order, type, count."""
_VERTEX = 16


@dataclass(frozen=True)
class Held:
    """A coverage as it is in force to the end of time, as believed now."""

    units: dict[UUID, UnitDraft]
    arcs: dict[ArcKey, int]
    """Key of the row of each arc."""


def read_held(connection: Connection[Any], coverage: str) -> Held:
    """Read it; a coverage that was never published holds nothing."""
    values = {"coverage": coverage}
    people = read_people(connection, coverage)
    units = {}
    for row in connection.execute(query(ROOM, "held_units"), values, binary=True):
        units[row[-1]] = unit_of(row, people)
    arcs = {}
    for key, line, left, right in connection.execute(query(ROOM, "held_arcs"), values, binary=True):
        arcs[bytes(line[_LINE_HEAD:]), left, right] = key
    return Held(units, arcs)


def unit_of(row: Sequence[Any], people: Mapping[UUID, tuple[Person, ...]]) -> UnitDraft:
    """Make a unit of a row of held_units.sql or snapshot_units.sql."""
    level, code, parent_code, name, name_en, generated, evidence, key = row
    return UnitDraft(
        level, code, parent_code, name, name_en, generated, evidence, key, people.get(key, ())
    )  # fmt: skip


def read_people(connection: Connection[Any], coverage: str, at: Any = None) -> dict[UUID, tuple[Person, ...]]:
    """Read the people of every unit at a moment (None: to the end of time), sorted."""
    rows = connection.execute(query(ROOM, "people_at"), {"coverage": coverage, "at": at})
    return {unit: tuple((row[1], row[2]) for row in rows) for unit, rows in groupby(rows, lambda row: row[0])}


@dataclass(frozen=True)
class ArcChanges:
    """How the arcs of a draft differ from those that are held."""

    ending: list[int]
    """Keys of the rows that end."""
    added: list[int]
    """Indexes of the arcs that are new."""
    touched: set[UUID]
    """The base units on either side of both."""


def arc_changes(held: Held, arcs: Arcs, base: Sequence[UUID]) -> ArcChanges:
    """Compare the arcs of a draft, whose base unit i is base[i], with those that are held."""
    keys = list(_keys(arcs, base))
    drafted = set(keys)
    gone = [key for key in held.arcs if key not in drafted]
    added = [index for index, key in enumerate(keys) if key not in held.arcs]
    sides = _sides([*gone, *(keys[index] for index in added)])
    return ArcChanges([held.arcs[key] for key in gone], added, sides)


def _keys(arcs: Arcs, base: Sequence[UUID]) -> Iterable[ArcKey]:
    vertices = from_nano(arcs.coords).astype("<f8").tobytes()
    ends = (arcs.offsets * _VERTEX).tolist()
    for arc, (left, right) in enumerate(zip(arcs.left.tolist(), arcs.right.tolist(), strict=True)):
        yield vertices[ends[arc] : ends[arc + 1]], _unit(base, left), _unit(base, right)


def _unit(base: Sequence[UUID], index: int) -> UUID | None:
    return None if index == OUTSIDE else base[index]


def _sides(keys: Iterable[ArcKey]) -> set[UUID]:
    return {side for _, left, right in keys for side in (left, right) if side is not None}


def only_around(arcs: Arcs, of_unit: np.ndarray, wanted: Sequence[int]) -> Arcs:
    """Give the arcs that bound units by a grouping, of the wanted groups alone, numbered in their order.

    of_unit: int (n,), the group of each unit of the arcs. Arcs within a group go; groups that are not wanted
    are outside.
    """
    most = max(int(of_unit.max(initial=OUTSIDE)), *wanted, OUTSIDE)
    number = np.full(most + 2, OUTSIDE, np.int32)
    number[list(wanted)] = np.arange(len(wanted), dtype=np.int32)
    group = np.append(of_unit, OUTSIDE)
    left, right = group[arcs.left], group[arcs.right]
    kept = np.flatnonzero((left != right) & ((number[left] != OUTSIDE) | (number[right] != OUTSIDE)))
    sizes = np.diff(arcs.offsets)[kept]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    picks = np.arange(offsets[-1]) + np.repeat(arcs.offsets[kept] - offsets[:-1], sizes)
    return replace(
        arcs, coords=arcs.coords[picks], offsets=offsets, left=number[left[kept]], right=number[right[kept]],
        start_node=arcs.start_node[kept], end_node=arcs.end_node[kept],
    )  # fmt: skip

"""Special coverages composed of base units of another one (专属网格由基础网格组合): seamless by construction.

Their truth is which base unit belongs to which area; their arcs are the base's, dissolved by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.geometry.arcs import OUTSIDE, Arcs, dissolve
from spatial.grids.coverages import read_coverages
from spatial.grids.held import arc_changes, read_held
from spatial.grids.locate import compile_index
from spatial.grids.snapshots import read_snapshot
from spatial.grids.units import Coverage, UnitDraft

ROOM = "spatial.grids"
_MOST_PROBLEMS = 20

Members = dict[UUID, UUID]
"""Base unit → the area it belongs to."""


@dataclass(frozen=True)
class Follower:
    """A composed coverage as it is to be published anew, because what it is made of has changed."""

    draft: Mapping[str, Any]
    """about, units and arcs."""
    area_of: Mapping[UUID, str]
    """Base unit → code of its area."""


def areas_of(
    connection: Connection[Any], about: Coverage, arcs: Arcs, areas: Sequence[UnitDraft], at: datetime
) -> dict[UUID, str]:
    """Find which base units the areas of a composed coverage are made of, from their arcs.

    InvalidInput names areas that are not made of whole base units in force at that moment. A coverage with
    borders of its own has no members.
    """
    if about.composed_of is None:
        return {}
    base = read_snapshot(connection, about.composed_of, at)
    values = {"coverage": about.composed_of, "level": base.about.depth, "at": at}
    labels = connection.execute(query(ROOM, "labels"), values).fetchall()
    index = compile_index(arcs, [area.code for area in areas], 0.0)
    lon, lat = (np.array([row[place] for row in labels], np.float64) for place in (1, 2))
    found = dict(zip((row[0] for row in labels), index.locate(lon, lat)[0].tolist(), strict=True))
    area_of = [found[unit.unit_id] for unit in base.units[: base.base_count]]
    _refuse_cut_units(arcs, dissolve(base.arcs, area_of), areas)
    return {key: areas[place].code for key, place in found.items() if place != OUTSIDE}


def members(area_of: Mapping[UUID, str], areas: Sequence[UnitDraft]) -> Members:
    """Put identities in place of codes."""
    ids = {area.code: area.unit_id for area in areas if area.unit_id}
    return {key: ids[code] for key, code in area_of.items()}


def _refuse_cut_units(given: Arcs, composed: Arcs, areas: Sequence[UnitDraft]) -> None:
    differing = _borders(given) ^ _borders(composed)
    wrong = sorted({side for border in differing for side in border[1:] if side != OUTSIDE})
    if wrong:
        reason = "is not made of whole base units"
        raise InvalidInput([Problem(areas[place].code, reason) for place in wrong[:_MOST_PROBLEMS]])


def _borders(arcs: Arcs) -> set[tuple[bytes, int, int]]:
    vertices = arcs.coords.tobytes()
    ends = (arcs.offsets * 16).tolist()
    sides = zip(arcs.left.tolist(), arcs.right.tolist(), strict=True)
    return {(vertices[ends[i] : ends[i + 1]], left, right) for i, (left, right) in enumerate(sides)}


def keep(connection: Connection[Any], about: Coverage, members: Members, values: Mapping[str, Any]) -> None:
    """Store what a composed coverage is made of, in both clocks; what stays is left as it is."""
    if about.composed_of is not None:
        before = held_members(connection, about.name)
        if before != members:
            _store(connection, before, members, {**values, "coverage": about.name})


def held_members(connection: Connection[Any], coverage: str) -> Members:
    """Read what a composed coverage is made of, to the end of time."""
    return dict(connection.execute(query(ROOM, "held_members"), {"coverage": coverage}).fetchall())


def members_of(connection: Connection[Any], coverage: str, version: int) -> Members:
    """Read what a version of a composed coverage was made of when the next one took its place."""
    values = {"coverage": coverage, "version": version}
    return dict(connection.execute(query(ROOM, "members_of"), values).fetchall())


def _store(connection: Connection[Any], before: Members, members: Members, values: Mapping[str, Any]) -> None:
    changed = [key for key, area in before.items() if members.get(key) != area]
    joining = [(key, area) for key, area in members.items() if before.get(key) != area]
    lists = {"changed": changed, "base": [key for key, _ in joining], "areas": [area for _, area in joining]}
    for name in ("members_end", "members_past", "members_add"):
        connection.execute(query(ROOM, name), {**values, **lists})


def followers(
    connection: Connection[Any], arcs: Arcs, base: Sequence[UnitDraft], values: Mapping[str, Any]
) -> Iterator[Follower]:
    """Give the coverages composed of the one just published whose borders are other ones now.

    A base unit that is new belongs where the largest part of it belonged before. Where only the members
    change, and no border, they are stored at once.
    """
    ids = [unit.unit_id for unit in base if unit.unit_id]
    for about in read_coverages(connection).values():
        if about.composed_of == values["coverage"]:
            yield from _follower(connection, about, arcs, ids, values)


def _follower(
    connection: Connection[Any], about: Coverage, arcs: Arcs, base: Sequence[UUID], values: Mapping[str, Any]
) -> Iterator[Follower]:
    before = held_members(connection, about.name)
    if not before:
        return
    held = read_held(connection, about.name)
    # An area that was listed and never drawn, or has ended since, holds nothing.
    found = _inherited(connection, before, base, values)
    now = {key: area for key, area in found.items() if area in held.units}
    units = _kept(held.units, set(now.values()), about.depth)
    place = {unit.unit_id: index for index, unit in enumerate(units)}
    drawn = dissolve(arcs, [place[now[key]] if key in now else OUTSIDE for key in base])
    areas = [unit.unit_id for unit in units if unit.level == about.depth and unit.unit_id]
    changes = arc_changes(held, drawn, areas)
    if changes.added or changes.ending:
        area_of = {key: held.units[area].code for key, area in now.items()}
        yield Follower({"about": about, "units": units, "arcs": drawn}, area_of)
    else:
        keep(connection, about, now, values)


def _kept(units: Mapping[UUID, UnitDraft], areas: set[UUID], depth: int) -> list[UnitDraft]:
    """The areas that are still made of something, then what is above them."""
    kept = [unit for key, unit in units.items() if key in areas]
    for level in range(depth - 1, 0, -1):
        named = {unit.parent_code for unit in kept if unit.level == level + 1}
        kept += [unit for unit in units.values() if unit.level == level and unit.code in named]
    return kept


def _inherited(
    connection: Connection[Any], before: Members, base: Sequence[UUID], values: Mapping[str, Any]
) -> Members:
    now = {key: before[key] for key in base if key in before}
    # Largest part first.
    for from_unit, to_unit in connection.execute(query(ROOM, "inheritance"), values):
        if to_unit not in now and from_unit in before:
            now[to_unit] = before[from_unit]
    return {key: now[key] for key in base if key in now}

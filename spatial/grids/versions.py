"""Publish a coverage and read it back: identities, versions in two clocks, codes that are never reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.geometry.arcs import Arcs, UnitArray, build_polygons, dissolve
from spatial.geometry.precision import from_nano, to_nano
from spatial.grids.stamps import restamp

ROOM = "spatial.grids"


@dataclass(frozen=True)
class UnitDraft:
    """A unit as it is to be published; its shape comes from the arcs."""

    level: int
    """1 is the whole; the highest level is the base units'."""
    code: str
    parent_code: str | None
    name: str
    name_en: str
    generated: bool
    evidence: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """A coverage as it was in force at one moment, as read from the store."""

    coverage: str
    version: int
    valid_from: datetime
    tolerance_m: float
    levels: tuple[str, ...]
    units: tuple[UnitDraft, ...]
    """Base units in code order (arcs index them), then their parents from fine to coarse."""
    arcs: Arcs

    @property
    def base_count(self) -> int:
        """How many of the units are base units."""
        return sum(unit.level == len(self.levels) for unit in self.units)


def publish(
    connection: Connection[Any],
    coverage: str,
    units: Sequence[UnitDraft],
    arcs: Arcs,
    note: str,
    valid_from: datetime,
) -> int:
    """Make `units` and `arcs` the coverage in force from `valid_from`, and return the new version.

    Base units (the deepest level) stand in the order of the arcs' unit indexes; parents in any order.
    Versions of units and arcs that do not change stay as they are; places and components are given their
    units anew when the version is in force at once (else by the job process, when it comes into force).
    Listeners are told at commit.
    Raises InvalidInput naming the unit when a parent is missing, a code stands twice, is empty of area
    or was given to another unit before; NotFound for an unknown coverage.
    """
    levels = _levels(connection, coverage)
    polygons = _polygons(units, arcs, len(levels))
    values: dict[str, Any] = {"coverage": coverage, "note": note, "valid_from": valid_from}
    version, recorded = _open_version(connection, values)
    _stage_units(connection, units, polygons)
    _refuse_reused_codes(connection, coverage)
    _stage_arcs(connection, units, arcs, len(levels))
    for step in ("publish_units", "publish_arcs"):
        _run_script(connection, step, {**values, "version": version, "recorded": recorded})
    if valid_from <= recorded:
        restamp(connection, read_snapshot(connection, coverage, recorded))
    notify(connection, "coverage", coverage=coverage, version=version)
    return version


def current_version(connection: Connection[Any], coverage: str, at: datetime | None = None) -> int:
    """Name the version in force at a moment (now, unless told); NotFound when there was none."""
    found = connection.execute(query(ROOM, "current_version"), {"coverage": coverage, "at": at}).fetchone()
    if found is None:
        raise NotFound(f"coverage '{coverage}' has no version in force at that time")
    return int(found[0])


def read_snapshot(connection: Connection[Any], coverage: str, at: datetime | None = None) -> Snapshot:
    """Read a whole coverage as in force at a moment (now, unless told), arcs and units of one version.

    Raises NotFound when nothing was in force then.
    """
    found = connection.execute(query(ROOM, "snapshot_version"), {"coverage": coverage, "at": at}).fetchone()
    if found is None:
        raise NotFound(f"coverage '{coverage}' has no version in force at that time")
    version, valid_from, moment, tolerance_m, levels = found
    values = {"coverage": coverage, "at": moment}
    rows = connection.execute(query(ROOM, "snapshot_units"), values).fetchall()
    units = tuple(UnitDraft(*row) for row in rows)
    base = {unit.code: index for index, unit in enumerate(units) if unit.level == len(levels)}
    arcs = _read_arcs(connection, values, base)
    return Snapshot(coverage, version, valid_from, tolerance_m, tuple(levels), units, arcs)


def _levels(connection: Connection[Any], coverage: str) -> list[str]:
    found = connection.execute(query(ROOM, "coverage_levels"), {"coverage": coverage}).fetchone()
    if found is None:
        raise NotFound(f"there is no coverage '{coverage}'")
    return list(found[0])


def _polygons(units: Sequence[UnitDraft], arcs: Arcs, depth: int) -> dict[str, Any]:
    """Derive the polygon of every unit, base and parent, from the arcs."""
    by_level = {level: [unit for unit in units if unit.level == level] for level in range(1, depth + 1)}
    _check_drafts(units, by_level)
    shapes: dict[str, Any] = {}
    for level in range(depth, 0, -1):
        here = by_level[level]
        shapes |= zip([unit.code for unit in here], build_polygons(arcs, len(here)), strict=True)
        if level > 1:
            above = {unit.code: index for index, unit in enumerate(by_level[level - 1])}
            parent_of: UnitArray = np.array([above[str(unit.parent_code)] for unit in here], np.int32)
            arcs = dissolve(arcs, parent_of)
    return shapes


def _check_drafts(units: Sequence[UnitDraft], by_level: dict[int, list[UnitDraft]]) -> None:
    problems = []
    seen: set[str] = set()
    for unit in units:
        above = {parent.code for parent in by_level.get(unit.level - 1, [])}
        if unit.code in seen:
            problems.append(Problem(unit.code, "stands twice"))
        if unit.level > 1 and unit.parent_code not in above:
            problems.append(Problem(unit.code, f"its parent '{unit.parent_code}' is not of the level above"))
        seen.add(unit.code)
    if problems:
        raise InvalidInput(problems)


def _stage_units(connection: Connection[Any], units: Sequence[UnitDraft], polygons: dict[str, Any]) -> None:
    empty = [Problem(unit.code, "has no area") for unit in units if polygons[unit.code].is_empty]
    if empty:
        raise InvalidInput(empty)
    _run_script(connection, "stage_units", {})
    shapes = _ewkb([polygons[unit.code] for unit in units])
    with connection.cursor().copy(query(ROOM, "stage_units_copy")) as copy:
        for unit, shape in zip(units, shapes, strict=True):
            copy.write_row((*astuple(unit), shape))
    connection.execute(query(ROOM, "stage_units_analyze"))


def _refuse_reused_codes(connection: Connection[Any], coverage: str) -> None:
    reused = connection.execute(query(ROOM, "reused_codes"), {"coverage": coverage}).fetchall()
    if reused:
        raise InvalidInput([Problem(code, "was given to a unit that has retired") for (code,) in reused])


def _stage_arcs(connection: Connection[Any], units: Sequence[UnitDraft], arcs: Arcs, depth: int) -> None:
    codes = [unit.code for unit in units if unit.level == depth]
    owner = np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))
    lines = shapely.linestrings(from_nano(arcs.coords), indices=owner)
    with connection.cursor().copy(query(ROOM, "stage_arcs_copy")) as copy:
        for arc, line in enumerate(_ewkb(lines)):
            ends = [*arcs.nodes[arcs.start_node[arc]].tolist(), *arcs.nodes[arcs.end_node[arc]].tolist()]
            sides = [codes[side] if side >= 0 else None for side in (arcs.left[arc], arcs.right[arc])]
            copy.write_row((*ends, line, *sides))


def _ewkb(geometries: Any) -> list[str]:
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))


def _read_arcs(connection: Connection[Any], values: dict[str, Any], base: dict[str, int]) -> Arcs:
    rows = connection.execute(query(ROOM, "snapshot_arcs"), values).fetchall()
    lines = shapely.from_wkb([bytes(row[0]) for row in rows])
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    offsets = np.searchsorted(owner, np.arange(len(rows) + 1)).astype(np.int64)
    ends = np.array([row[1:3] for row in rows], np.int64).reshape(-1, 2)
    ids, numbered = np.unique(ends, return_inverse=True)
    nodes = to_nano(coords)[np.stack([offsets[:-1], offsets[1:] - 1], axis=1)].reshape(-1, 2)
    positions = np.empty((len(ids), 2), np.int64)
    positions[numbered.ravel()] = nodes
    sides = [[base[code] if code is not None else -1 for code in row[3:5]] for row in rows]
    left, right = np.array(sides, np.int32).reshape(-1, 2).T.copy()
    start, end = numbered.reshape(-1, 2).astype(np.int32).T.copy()
    return Arcs(to_nano(coords), offsets, left, right, start, end, positions)


def _run_script(connection: Connection[Any], name: str, values: dict[str, Any]) -> None:
    """Run the statements of one .sql file in order; psycopg binds values to single statements only."""
    for statement in query(ROOM, name).split(";\n"):
        if statement.strip():
            connection.execute(statement, values if "%(" in statement else None)


def _open_version(connection: Connection[Any], values: dict[str, Any]) -> tuple[int, datetime]:
    """Take the coverage's lock and a version number; boundaries are never changed backwards in time."""
    connection.execute(query(ROOM, "publish_lock"), values)
    latest = connection.execute(query(ROOM, "latest_valid_from"), values).fetchone()
    if latest and latest[0] is not None and values["valid_from"] < latest[0]:
        raise InvalidInput.at("valid_from", f"lies before the newest version, in force from {latest[0]}")
    version, recorded = connection.execute(query(ROOM, "publish_version"), values).fetchall()[0]
    return int(version), recorded

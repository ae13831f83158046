"""Lay a draft beside what is held: only what may differ goes to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.geometry.arcs import OUTSIDE, Arcs, build_polygons
from spatial.geometry.precision import from_nano
from spatial.grids.held import ArcChanges, Held, only_around
from spatial.grids.units import UnitDraft

ROOM = "spatial.grids"


@dataclass(frozen=True)
class Draft:
    """Units with identities and their arcs, and how they differ from what is held."""

    units: Sequence[UnitDraft]
    arcs: Arcs
    depth: int
    held: Held
    changes: ArcChanges

    @property
    def base(self) -> list[UnitDraft]:
        """The base units, as the arcs number them."""
        return [unit for unit in self.units if unit.level == self.depth]

    @property
    def retired(self) -> list[UnitDraft]:
        """The units that are held and no longer there."""
        here = {unit.unit_id for unit in self.units}
        return [unit for key, unit in self.held.units.items() if key not in here]


def shapes(draft: Draft) -> dict[UUID, Any]:
    """Derive the MultiPolygon of every unit, base and parent, whose shape may have changed.

    Rings begin at their smallest vertex and parts stand in order, so that equal shapes are equal bytes.
    Raises InvalidInput naming units without area, and when the arcs of a unit do not close.
    """
    found: dict[UUID, Any] = {}
    touched = set(draft.changes.touched)
    here = draft.base
    group: npt.NDArray[np.int32] = np.arange(len(here), dtype=np.int32)
    for level in range(draft.depth, 0, -1):
        wanted = [index for index, unit in enumerate(here) if _may_differ(unit, touched, draft.held)]
        built = build_polygons(only_around(draft.arcs, group, wanted), len(wanted))
        ids = [here[index].unit_id for index in wanted]
        found |= zip(ids, _in_order(built), strict=True)  # type: ignore[arg-type]
        touched = _parents(here, touched, draft)
        above = [unit for unit in draft.units if unit.level == level - 1]
        place = {unit.code: index for index, unit in enumerate(above)}
        if above:
            up = np.array([place[str(unit.parent_code)] for unit in here], np.int32)
            group = up[group]
        here = above
    empty = [Problem(unit.code, "has no area") for unit in draft.units if _is_empty(found, unit)]
    if empty:
        raise InvalidInput(empty)
    return found


def _may_differ(unit: UnitDraft, touched: set[UUID], held: Held) -> bool:
    return unit.unit_id in touched or unit.unit_id not in held.units


def _is_empty(found: dict[UUID, Any], unit: UnitDraft) -> bool:
    return unit.unit_id in found and found[unit.unit_id].is_empty


def _in_order(polygons: Sequence[Any]) -> npt.NDArray[np.object_]:
    if not len(polygons):
        return np.empty(0, object)
    return np.asarray(shapely.orient_polygons(shapely.normalize(np.asarray(polygons, object))))


def _parents(units: Sequence[UnitDraft], touched: set[UUID], draft: Draft) -> set[UUID]:
    """Name the units above whose border may have moved: of what is touched or changed its parent."""
    now = {unit.code: unit.unit_id for unit in draft.units}
    then = {unit.code: key for key, unit in draft.held.units.items()}
    found = set()
    for unit in (*units, *draft.retired):
        after = now.get(unit.parent_code or "")
        held = draft.held.units.get(unit.unit_id) if unit.unit_id else None
        before = then.get(held.parent_code or "") if held else None
        if unit.unit_id in touched or before != after:
            found |= {before, after}
    return {key for key in found if key is not None}


def stage(connection: Connection[Any], draft: Draft, found: dict[UUID, Any], fresh: set[UUID]) -> None:
    """Copy the units and arcs that may differ into temporary tables; see stage.sql."""
    run_script(connection, "stage", {})
    rows = [unit for unit in draft.units if unit.unit_id in found or _says_else(unit, draft.held)]
    hexes = dict[Any, str](zip(found, _ewkb(list(found.values())), strict=True))
    with connection.cursor().copy(query(ROOM, "stage_units_copy")) as copy:
        for unit, retired in [*((unit, False) for unit in rows), *((unit, True) for unit in draft.retired)]:
            copy.write_row(
                (
                    unit.unit_id, unit.level, unit.code, unit.parent_code, unit.name, unit.name_en,
                    unit.generated, unit.evidence, hexes.get(unit.unit_id), retired, unit.unit_id in fresh,
                )
            )  # fmt: skip
    _stage_arcs(connection, draft)


def _says_else(unit: UnitDraft, held: Held) -> bool:
    before = held.units.get(unit.unit_id) if unit.unit_id else None
    return before is None or replace(before, people=None) != replace(unit, people=None)


def _stage_arcs(connection: Connection[Any], draft: Draft) -> None:
    arcs, base, added = draft.arcs, draft.base, draft.changes.added
    if not added:
        return
    lines = [
        shapely.LineString(from_nano(arcs.coords[arcs.offsets[arc] : arcs.offsets[arc + 1]])) for arc in added
    ]
    with connection.cursor().copy(query(ROOM, "stage_arcs_copy")) as copy:
        for arc, line in zip(added, _ewkb(lines), strict=True):
            ends = [*arcs.nodes[arcs.start_node[arc]].tolist(), *arcs.nodes[arcs.end_node[arc]].tolist()]
            sides = [base[s].unit_id if s != OUTSIDE else None for s in (arcs.left[arc], arcs.right[arc])]
            copy.write_row((*ends, line, *sides))


def _ewkb(geometries: Any) -> list[str]:
    return list(shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True))


def people_changes(draft: Draft) -> dict[str, list[Any]]:
    """List who joins and who leaves which unit, as the columns that publish_people.sql takes."""
    joining: list[tuple[Any, ...]] = []
    leaving: list[tuple[Any, ...]] = []
    for unit in draft.units:
        before = set(_people_of(draft.held, unit))
        after = before if unit.people is None else set(unit.people)
        joining += [(unit.unit_id, *person) for person in sorted(after - before)]
        leaving += [(unit.unit_id, *person) for person in sorted(before - after)]
    leaving += [(unit.unit_id, *person) for unit in draft.retired for person in unit.people or ()]
    names = ("units", "workers", "roles")
    return {
        f"{what}_{name}": [row[place] for row in rows]
        for what, rows in (("joining", joining), ("leaving", leaving))
        for place, name in enumerate(names)
    }


def _people_of(held: Held, unit: UnitDraft) -> Sequence[Any]:
    before = held.units.get(unit.unit_id) if unit.unit_id else None
    return (before.people if before else None) or ()


def run_script(connection: Connection[Any], name: str, values: dict[str, Any]) -> None:
    """Run the statements of one .sql file in order; psycopg binds values to single statements only."""
    for statement in query(ROOM, name).split(";\n"):
        if statement.strip():
            connection.execute(statement, values if "%(" in statement else None)

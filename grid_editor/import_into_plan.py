"""Brings cleaned polygons into a plan as one operation, within the rights of whoever asked, with a report.

Everything that a file says ends up in the report: as a unit with its area before and after, as left out with
the reason, or as a place that changed hands; and so does every unit of the plan that changes or ends for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import shapely
from psycopg import Connection

from grid_editor.change import UnitValue
from grid_editor.cleaning import Tolerances
from grid_editor.editing import Worked
from grid_editor.import_coverage import Imported, ImportedUnit, ImportOptions, Outlines, import_coverage
from grid_editor.import_fit import Fit
from grid_editor.reach import is_own
from grid_editor.state import State
from spatial.errors import InvalidInput, Problem
from spatial.geometry.crs import geodesic_m
from spatial.geometry.equal_area import areas_m2
from spatial.grids.codes import check
from spatial.grids.crosswalk import read_side
from spatial.rights.reader import Reader

Json = dict[str, Any]
Shapes = Mapping[str, Any]
"""Areas (degrees) by the code of their unit."""
_T = TypeVar("_T")
MOST_NAMED = 20
NOTHING = "nothing of it lies in the units of this plan: are its datum and reference system right?"
ROUNDING_M2 = 0.05
"""A neighbour's border that only gets a node changes by less."""


@dataclass(frozen=True)
class Wish:
    """What whoever imports a file says of it."""

    options: ImportOptions
    tolerances: Tolerances
    whole: bool = False
    """Base units that the file does not have end."""
    nest: bool = True
    """Units are cut at the borders of the units above; otherwise those follow."""

    def json(self) -> Json:
        """Write it flat, as it is kept."""
        return {**asdict(self.options), **asdict(self.tolerances), "whole": self.whole, "nest": self.nest}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Wish:
        """Read what was kept; what is not known is left out."""
        options, tolerances = _made(ImportOptions, given), _made(Tolerances, given)
        return cls(options, tolerances, given.get("whole", False), given.get("nest", True))


def parents_of(connection: Connection[Any], state: State, reader: Reader) -> Shapes:
    """Give the units right above base units that the reader's may lie in, of this coverage or the one around.

    connection: of the reader. Empty for a coverage with nothing above its units.
    """
    about = state.base.about
    if about.within is not None and state.base.depth == 1:
        side = read_side(connection, about.within, None, about.within_level)
        return {
            code: shape
            for (_, code, _), shape in zip(side.units, side.shapes, strict=True)
            if reader.holds(code)
        }
    above = [unit for unit in state.units(state.base.depth - 1) if reader.holds(unit.code)]
    return {unit.code or unit.id: state.polygon(unit.id) for unit in above}


def brought(
    state: State, reader: Reader, outlines: Outlines, wish: Wish, parents: Shapes, fit: Fit | None
) -> Imported:
    """Clean outlines to units of a plan.

    Raises InvalidInput for what lies outside the reader's area, by its name in the file, and when nothing is
    left of it.
    """
    _refuse_beyond(state, reader, outlines, wish, parents)
    near = _near(parents, outlines)
    if parents and not near:
        raise InvalidInput.at("body", NOTHING)
    found = import_coverage(outlines, wish.tolerances, near if wish.nest else {})
    report = {**found.report, "shift": None if fit is None else fit.json()}
    if not wish.whole:
        # What lies between them and is nobody's in the file stays with whoever has it.
        report["gaps"] = []
    units = found.units
    if not wish.nest and parents:
        units = tuple(_with_parent(unit, near, state) for unit in units)
    if not units:
        raise InvalidInput.at("body", NOTHING)
    return Imported(units, report)


def with_right_codes(state: State, reader: Reader, found: Imported, issued: Collection[str]) -> Imported:
    """Leave out codes that new units cannot have: they get others at publication, and the report says so.

    issued: every code that was ever given in the coverage.
    """
    known, units, codes = _known(state, reader), [], []
    for unit in found.units:
        reason = None if unit.code is None or unit.code in known else _why_not(state, unit, issued)
        if reason is not None:
            codes.append({"unit": unit.code, "name": unit.name, "reason": reason})
            unit = replace(unit, code=None, name=unit.name or unit.code)
        units.append(unit)
    return Imported(tuple(units), {**found.report, "codes": codes})


def payload_of(state: State, reader: Reader, found: Imported, wish: Wish) -> Json:
    """Write the operation; units whose codes the reader's units have keep their identity."""
    return found.operation(_known(state, reader), wish.whole)


def _known(state: State, reader: Reader) -> set[str]:
    return {
        unit.code
        for unit in state.units(state.base.depth)
        if unit.code is not None and (reader.sees_everything or is_own(state, unit.id, reader))
    }


def _why_not(state: State, unit: ImportedUnit, issued: Collection[str]) -> str | None:
    if unit.code in issued:
        return "was given before; a code is never given twice"
    above = state.unit_by_code(unit.parent) if unit.parent and state.base.depth > 1 else None
    parent = above.code if above else unit.parent if state.base.depth == 1 else None
    problems = check(state.base.about.code_profile, unit.code or "", parent)
    return problems[0].reason if problems else None


def told(found: Imported, outlines: Outlines, state: State, worked: Worked | None) -> tuple[Json, Json]:
    """Write the summary and the report of an import, with what it does to the plan as far as known."""
    now = _Now(state, worked)
    report = _on_the_ellipsoid(found)
    units = now.units(report["units"], found, outlines)
    report = {**report, "units": units, "retired": now.retired(), "others": now.others(units)}
    return _summary(report), report


AREAS = ("area_before_m2", "area_after_m2", "gained_m2", "lost_m2")


def _on_the_ellipsoid(found: Imported) -> Json:
    """Give the report with areas as they are measured everywhere else; the plane is right to 1e-4 only."""
    flat = np.array([row["area_after_m2"] for row in found.report["units"]])
    scale = np.full(len(flat), areas_m2([unit.shape for unit in found.units]).sum() / flat.sum())
    scale[flat > 0] = areas_m2([unit.shape for unit in found.units]) / flat[flat > 0]
    units = [
        {**row, **{name: row[name] * float(factor) for name in AREAS}}
        for row, factor in zip(found.report["units"], scale, strict=True)
    ]
    mean = float(scale.mean())
    places = {
        name: [{**place, "area_m2": place["area_m2"] * mean} for place in found.report[name]]
        for name in ("moved", "gaps")
    }
    return {**found.report, **places, "units": units}


class _Now:
    """What an import makes of the units of a plan."""

    def __init__(self, state: State, worked: Worked | None) -> None:
        self.before, self.worked = state, worked
        self.after = worked.after if worked else None

    def units(self, reported: Sequence[Json], found: Imported, outlines: Outlines) -> list[Json]:
        """Join what became of each feature with what its unit was."""
        placed = iter(found.units)
        rows = []
        for at, row in enumerate(reported):
            unit = next(placed) if row["area_after_m2"] > 0 else None
            code, name = outlines.codes[at], outlines.names[at]
            parent = unit.parent if unit else outlines.parents[at]
            rows.append({**row, "code": code, "name": name, "parent": parent, **self._change(code, unit)})
        return rows

    def _change(self, code: str | None, unit: ImportedUnit | None) -> Json:
        was = self.before.unit_by_code(code) if code else None
        if was is not None and was.level != self.before.base.depth:
            was = None
        state = "lost" if unit is None else "new" if was is None else "kept"
        if was is None or unit is None:
            return {"now": state, "was_m2": None, "shift_m": None}
        shape = self.before.polygon(was.id)
        return {"now": state, "was_m2": float(areas_m2([shape])[0]), "shift_m": _way_m(shape, unit.shape)}

    def retired(self) -> list[Json]:
        """List the base units that end."""
        if self.worked is None:
            return []
        gone = [self.before.unit(unit) for unit in sorted(self.worked.change.retired)]
        return [self._listed(unit, self.before) for unit in gone if unit.level == self.before.base.depth]

    def others(self, units: list[Json]) -> list[Json]:
        """List the base units that are not in the file and give or get area for it."""
        if self.worked is None or self.after is None:
            return []
        named = {row["code"] for row in units if row["now"] == "kept"}
        change = self.worked.change
        here = [self.after.unit(unit) for unit in sorted(change.reshaped - change.retired - change.born)]
        kept = [unit for unit in here if unit.code not in named or unit.code is None]
        return [
            {**self._listed(unit, self.after), "was_m2": float(areas_m2([was])[0])}
            for unit in kept
            if _moved_m2(was := self.before.polygon(unit.id), self.after.polygon(unit.id)) > ROUNDING_M2
        ]

    def _listed(self, unit: UnitValue, state: State) -> Json:
        area = float(areas_m2([state.polygon(unit.id)])[0])
        return {"unit": unit.id, "code": unit.code, "name": unit.name, "area_m2": area}


def _summary(report: Json) -> Json:
    units, shift = report["units"], report["shift"]
    counts = {state: sum(row["now"] == state for row in units) for state in ("new", "kept", "lost")}
    return {
        "features": len(units) + len(report["left_out"]),
        "units": counts["new"] + counts["kept"],
        **counts,
        "left_out": len(report["left_out"]),
        "invalid": len(report["invalid"]),
        "gaps": len(report["gaps"]),
        "moved": len(report["moved"]),
        "moved_m2": sum(row["gained_m2"] + row["lost_m2"] for row in units),
        "snapped_vertices": report["snapped_vertices"],
        "codes": len(report.get("codes", ())),
        "retired": len(report["retired"]),
        "others": len(report["others"]),
        "shift_m": shift and shift["distance_m"],
        "datum_suggested": shift and shift["suggested"],
    }


def first_report(outlines: Outlines, fit: Fit | None) -> tuple[Json, Json]:
    """Write what is known of a file that was not cleaned, as when it was refused for where it lies."""
    shift = None if fit is None else fit.json()
    report: Json = {
        "units": [], "moved": [], "gaps": [], "invalid": [], "lost": [], "retired": [], "others": [],
        "other_parent": [], "codes": [], "left_out": list(outlines.left_out),
        "findings": list(outlines.findings),
        "snapped_vertices": 0, "snapped_most_m": 0.0, "shift": shift,
    }  # fmt: skip
    return {**_summary(report), "features": len(outlines.shapes) + len(outlines.left_out)}, report


def _refuse_beyond(state: State, reader: Reader, outlines: Outlines, wish: Wish, parents: Shapes) -> None:
    """An administrator of an area brings in what lies in it; a border may be drawn a little differently."""
    if reader.sees_everything:
        return
    if wish.whole:
        raise InvalidInput.at(
            "whole", "replaces all units of the city, which is for a district administrator: leave it out"
        )
    problems = [*_foreign_codes(state, reader, outlines), *_far_off(outlines, parents)]
    if problems:
        raise InvalidInput(problems[:MOST_NAMED])


def _foreign_codes(state: State, reader: Reader, outlines: Outlines) -> Iterator[Problem]:
    """Codes of a system of somebody's own are none of the coverage, and are left out later."""
    profile = state.base.about.code_profile
    for at, code in enumerate(outlines.codes):
        if code is not None and not reader.holds(code) and not check(profile, code, None):
            yield Problem(f"feature {outlines.number(at)}", f"its code '{code[:40]}' is not one of your area")


def _far_off(outlines: Outlines, parents: Shapes) -> Iterator[Problem]:
    area = shapely.union_all(list(parents.values()))
    inside = areas_m2(shapely.intersection(outlines.shapes, area))
    for at, (part, whole) in enumerate(zip(inside, areas_m2(outlines.shapes), strict=True)):
        if part < whole / 2:
            share = 1 - part / whole if whole else 1.0
            name = outlines.codes[at] or outlines.names[at] or "it"
            yield Problem(f"feature {outlines.number(at)}", f"'{name}' lies outside your area by {share:.0%}")


def _near(parents: Shapes, outlines: Outlines) -> Shapes:
    """Keep the units above that the file meets: in the others nothing is missing."""
    codes, shapes = list(parents), np.array(list(parents.values()), object)
    if not codes:
        return {}
    met = np.unique(shapely.STRtree(shapes).query(outlines.shapes, predicate="intersects")[1])
    return {codes[at]: shapes[at] for at in met.tolist()}


def _with_parent(unit: ImportedUnit, parents: Shapes, state: State) -> ImportedUnit:
    """Where the file names no unit above that there is, the one that holds most of the unit is it."""
    if unit.parent is not None and (unit.parent in parents or state.unit_by_code(unit.parent) is not None):
        return unit
    held = {code: shapely.area(shapely.intersection(shape, unit.shape)) for code, shape in parents.items()}
    parent = max(held, key=lambda code: (held[code], code)) if held else None
    return ImportedUnit(unit.code, unit.name, parent, unit.shape)


def _moved_m2(was: Any, now: Any) -> float:
    return float(areas_m2([shapely.symmetric_difference(was, now)])[0])


def _way_m(shape: Any, other: Any) -> float:
    one, two = shapely.centroid(shape), shapely.centroid(other)
    return float(geodesic_m(one.x, one.y, two.x, two.y)[0])


def _made(kind: type[_T], given: Mapping[str, Any]) -> _T:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in given.items() if name in names})

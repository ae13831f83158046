"""Publish a coverage and read it back: identities, versions in two clocks, codes that are never reused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import Connection

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import InvalidInput
from spatial.geometry.arcs import OUTSIDE, Arcs, dissolve
from spatial.grids import composed, lineage, within
from spatial.grids.coverages import read_coverage
from spatial.grids.drafts import check_drafts, fresh_ids, with_ids
from spatial.grids.held import ArcChanges, Held, arc_changes, read_held
from spatial.grids.locate import compile_index
from spatial.grids.snapshots import current_version, read_snapshot
from spatial.grids.staging import Draft, people_changes, run_script, shapes, stage
from spatial.grids.stamps import STAMPED_COVERAGE, restamp_moved
from spatial.grids.units import Coverage, Snapshot, UnitDraft
from spatial.grids.weights import PointWeights

ROOM = "spatial.grids"

__all__ = [
    "Coverage",
    "Snapshot",
    "UnitDraft",
    "current_version",
    "publish",
    "publish_composed",
    "read_snapshot",
]


@dataclass(frozen=True)
class _Asked:
    """What is to be published."""

    about: Coverage
    units: Sequence[UnitDraft]
    arcs: Arcs
    note: str
    valid_from: datetime
    plan_id: int | None


def publish(
    connection: Connection[Any],
    coverage: str,
    units: Sequence[UnitDraft],
    arcs: Arcs,
    note: str,
    valid_from: datetime,
    *,
    plan_id: int | None = None,
    weights: Mapping[str, PointWeights] | None = None,
) -> int:
    """Make `units` and `arcs` the coverage in force from `valid_from`, and return the new version.

    Base units (the deepest level) stand in the order of the arcs' unit indexes; parents in any order. A unit
    is the one of its `unit_id`, whatever its code; without one, the one that has its code now, or a new one.
    Versions of units and arcs that do not change stay as they are. What became of the others is written as
    their lineage; weights: see `spatial.grids.lineage.write`. Coverages that are composed of this one follow
    in the same transaction. Places and components are given their units anew when the version is in force at
    once (else by the job process, when it comes into force). Listeners are told at commit.
    Raises InvalidInput naming the unit when a parent is missing, a code stands twice, is empty of area
    or was given to another unit before; NotFound for an unknown coverage.
    """
    about = read_coverage(connection, coverage)
    draft = _Asked(about, units, arcs, note, valid_from, plan_id)
    return _publish(connection, draft, weights or {})


def publish_composed(
    connection: Connection[Any],
    coverage: str,
    areas: Sequence[UnitDraft],
    area_of: Mapping[UUID, str],
    base: Snapshot,
    note: str,
    valid_from: datetime,
    *,
    plan_id: int | None = None,
) -> int:
    """Publish a coverage composed of the units of `base`: base unit → code of the area it belongs to.

    base: the coverage it is composed of, as in force at `valid_from`. Areas, their parents if the coverage
    has more than one level, and everything else as `publish` has it. InvalidInput for an area of no unit.
    """
    about = read_coverage(connection, coverage)
    place = {area.code: index for index, area in enumerate(a for a in areas if a.level == about.depth)}
    known = {key: code for key, code in area_of.items() if code in place}
    sides = [
        place[known[u.unit_id]] if u.unit_id in known else OUTSIDE for u in base.units[: base.base_count]
    ]
    asked = _Asked(about, areas, dissolve(base.arcs, sides), note, valid_from, plan_id)
    return _publish(connection, asked, {}, known)


def _publish(
    connection: Connection[Any],
    asked: _Asked,
    weights: Mapping[str, PointWeights],
    area_of: Mapping[UUID, str] | None = None,
) -> int:
    """area_of: base unit → code of its area, when that is known already and the arcs came from it."""
    about = asked.about
    check_drafts(asked.units, about.depth)
    values = _open_version(connection, asked)
    within.check(connection, about, asked.units, asked.valid_from)
    held = read_held(connection, about.name)
    drafts = with_ids(connection, about.name, asked.units, held)
    base = [unit for unit in drafts if unit.level == about.depth]
    if area_of is None:
        area_of = composed.areas_of(connection, about, asked.arcs, base, asked.valid_from)
    _write(connection, Draft(drafts, asked.arcs, about.depth, held, _changes(held, asked.arcs, base)), values)
    composed.keep(connection, about, composed.members(area_of, base), values)
    lineage.write(connection, values, held, drafts, weights)
    _stamp(connection, asked, base, values)
    for follower in composed.followers(connection, asked.arcs, base, values):
        _publish(connection, replace(asked, **follower.draft), {}, follower.area_of)
    notify(connection, "coverage", coverage=about.name, version=values["version"])
    return int(values["version"])


def _changes(held: Held, arcs: Arcs, base: Sequence[UnitDraft]) -> ArcChanges:
    return arc_changes(held, arcs, [unit.unit_id for unit in base if unit.unit_id])


def _write(connection: Connection[Any], draft: Draft, values: dict[str, Any]) -> None:
    """Store what differs from what is held."""
    stage(connection, draft, shapes(draft), fresh_ids(connection, draft.units, draft.held))
    values = {**values, "ending": draft.changes.ending, **people_changes(draft)}
    run_script(connection, "publish_units", values)
    run_script(connection, "publish_arcs", values)
    run_script(connection, "publish_people", values)


def _stamp(
    connection: Connection[Any], asked: _Asked, base: Sequence[UnitDraft], values: dict[str, Any]
) -> None:
    """Give what lies where units have changed its units anew, when they are in force at once."""
    if asked.about.name == STAMPED_COVERAGE and asked.valid_from <= values["recorded"]:
        codes = [unit.code for unit in base]
        compiled = partial(compile_index, asked.arcs, codes, asked.about.tolerance_m)
        restamp_moved(connection, values, asked.about.tolerance_m, compiled)


def _open_version(connection: Connection[Any], asked: _Asked) -> dict[str, Any]:
    """Take the coverage's lock and a version number; boundaries are never changed backwards in time.

    Returns what the scripts bind.
    """
    values: dict[str, Any] = {
        "coverage": asked.about.name, "depth": asked.about.depth, "note": asked.note,
        "valid_from": asked.valid_from, "plan_id": asked.plan_id,
    }  # fmt: skip
    connection.execute(query(ROOM, "publish_lock"), values)
    latest = connection.execute(query(ROOM, "latest_valid_from"), values).fetchone()
    if latest and latest[0] is not None and asked.valid_from < latest[0]:
        raise InvalidInput.at(
            "valid_from", f"lies before the newest version of '{asked.about.name}', in force from {latest[0]}"
        )
    version, recorded = connection.execute(query(ROOM, "publish_version"), values).fetchall()[0]
    return {**values, "version": int(version), "recorded": recorded}

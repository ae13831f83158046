"""Publication of an approved plan: proved, then one transaction: a process that dies leaves the old state.

What is slow (reading, laying over the newest version, the proof of the whole coverage) is done before the
coverage's lock is taken, which keeps everybody from writing places; it is done anew should another
publication come between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection
from psycopg.types.json import Jsonb

from grid_editor import store
from grid_editor.bases import Bases
from grid_editor.change import UnitValue
from grid_editor.conflicts import Unsettled, rebase
from grid_editor.numbering import with_codes
from grid_editor.packing import pack
from grid_editor.pieces import to_arcs
from grid_editor.plan import APPROVED, Plan
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import CitygridError, Conflict, InvalidInput, Problem
from spatial.geometry.arcs import Arcs, dissolve
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish as publish_version
from spatial.rasters import population_weights

ROOM = "grid_editor"
MOST_TRIES = 3
"""How often a publication is begun that ends with its process."""
_SHOWN = 50

log = structlog.get_logger()


@dataclass(frozen=True)
class Waiting:
    """A plan that waits for the job process."""

    id: int
    coverage: str
    asked_by: int | None
    tries: int


def claim(connection: Connection[Any]) -> Waiting | None:
    """Take the plan that waits longest; None when none waits."""
    row = connection.execute(query(ROOM, "publish_claim")).fetchone()
    return None if row is None else Waiting(*row)


def fail(connection: Connection[Any], number: int, error: BaseException) -> None:
    """Note why a plan could not be published; it stays approved and may be asked for again."""
    values = {"id": number, "problem": Jsonb(_problem(error))}
    connection.execute(query(ROOM, "publish_fail"), values)
    notify(connection, "plan", id=number)


def prepare(connection: Connection[Any], bases: Bases, number: int) -> tuple[Plan, State]:
    """Lay a plan over the newest version and prove the whole of it.

    connection: of the platform. Raises Unsettled for conflicts, InvalidInput for what the proof finds.
    """
    plan = store.read(connection, number)
    newest, _ = store.newest_version(connection, plan.coverage)
    old, new = (bases.base(plan.coverage, version) for version in (plan.base_version, newest))
    state = rebase(store.net(connection, plan), old, new)
    _prove(state)
    return plan, state


def publish_plan(
    connection: Connection[Any], prepared: tuple[Plan, State], now: datetime | None = None
) -> int | None:
    """Publish what was prepared, in the transaction of the connection; returns the version.

    connection: of the tables' owner, in the name of who asked. None: another version was published since it
    was prepared. Conflict when the plan has changed since then.
    """
    seen, state = prepared
    connection.execute(query("spatial.grids", "publish_lock"), {"coverage": seen.coverage})
    newest, since = store.newest_version(connection, seen.coverage)
    if newest != state.base.version:
        return None
    plan = store.locked(connection, seen.id)
    if plan.status != APPROVED or plan.etag != seen.etag:
        raise Conflict(f"plan {plan.no} has changed since it was approved")
    coded = with_codes(state, _issued(connection, plan.coverage))
    begins = begins_at(plan, since, now or _moment(connection))
    units, arcs = drafts(coded)
    note = f"{plan.no} {plan.title}"
    version = publish_version(
        connection, plan.coverage, units, arcs, note, begins,
        plan_id=plan.id, weights=population_weights(connection),
    )  # fmt: skip
    values = {"id": plan.id, "version": version, "base_version": newest, "effective_at": begins}
    connection.execute(query(ROOM, "publish_done"), values)
    connection.execute(query(ROOM, "plan_set_net"), {"id": plan.id, "change": pack(coded.change)})
    follow_codes(connection)
    notify(connection, "plan", id=plan.id)
    return version


def follow_codes(connection: Connection[Any]) -> int:
    """Let duties, workers, areas of accounts and plans follow grids that are in force under another code.

    connection: of the tables' owner. Returns how many rows changed; to be done again when a version comes
    into force by the clock.
    """
    rows, accounts = connection.execute(query(ROOM, "follow_codes")).fetchall()[0]
    if rows:
        notify(connection, "duties")
    if accounts:
        notify(connection, "keys")
    return int(rows) + int(accounts)


def begins_at(plan: Plan, since: datetime, now: datetime) -> datetime:
    """Give the moment from which a plan is in force: as it says, but not before now.

    Two versions never begin at the same moment, so that each can be named by its own. InvalidInput when a
    version that begins later has been published already.
    """
    asked = plan.effective_at
    begins = now if asked is None or asked < now else asked
    if begins == since:
        return begins + timedelta(microseconds=1)
    if begins < since:
        raise InvalidInput.at(
            "effective_at", f"lies before the newest version, which is in force from {since.isoformat()}"
        )
    return begins


def drafts(state: State) -> tuple[list[UnitDraft], Arcs]:
    """Write a state as it is published: base units in code order, then their parents, and the arcs."""
    about = state.base.about
    units = sorted(state.units(), key=lambda unit: (-unit.level, unit.code or ""))
    if about.composed_of is not None:
        return _composed(state, units)
    base = [unit for unit in units if unit.level == about.depth]
    arcs = to_arcs(sorted(state.pieces()), {unit.id: place for place, unit in enumerate(base)})
    return [_draft(state, unit) for unit in units], arcs


def _composed(state: State, units: Sequence[UnitValue]) -> tuple[list[UnitDraft], Arcs]:
    """Special areas: what they are made of is a level below, which is not theirs to publish."""
    depth = state.base.depth
    members = [unit for unit in units if unit.level == depth]
    areas = [unit for unit in units if unit.level == depth - 1]
    place = {unit.id: number for number, unit in enumerate(areas)}
    arcs = to_arcs(sorted(state.pieces()), {unit.id: number for number, unit in enumerate(members)})
    area_of = [place.get(unit.parent or "", -1) for unit in members]
    own = [_draft(state, unit) for unit in units if unit.level < depth]
    return own, dissolve(arcs, area_of)


def _draft(state: State, unit: UnitValue) -> UnitDraft:
    above = state.find(unit.parent) if unit.parent else None
    return UnitDraft(
        unit.level,
        unit.code or "",
        unit.parent if above is None else above.code,
        unit.name,
        unit.name_en,
        unit.generated,
        unit.evidence,
        UUID(unit.id),
        unit.people,
    )


def _prove(state: State) -> None:
    if flaws := prove_all(state):
        raise InvalidInput([Problem(flaw.rule, flaw.sentence(state)) for flaw in flaws[:_SHOWN]])


def _issued(connection: Connection[Any], coverage: str) -> Any:
    def issued(parent: str | None) -> set[str]:
        values = {"coverage": coverage, "parent": parent}
        return {code for (code,) in connection.execute(query(ROOM, "plan_issued"), values)}

    return issued


def _moment(connection: Connection[Any]) -> datetime:
    moment: datetime = connection.execute("SELECT clock_timestamp()").fetchall()[0][0]
    return moment


def _problem(error: BaseException) -> Mapping[str, Any]:
    if isinstance(error, Unsettled):
        clashes = [
            {"where": clash.id, "reason": "touches what was published since"} for clash in error.clashes
        ]
        return {"kind": "conflicts", "detail": str(error), "problems": clashes[:_SHOWN]}
    if isinstance(error, InvalidInput):
        return {
            "kind": "refused",
            "detail": str(error)[:2000],
            "problems": [asdict(p) for p in error.problems[:_SHOWN]],
        }
    if isinstance(error, CitygridError):
        return {"kind": "refused", "detail": error.detail, "problems": []}
    return {"kind": "failed", "detail": "it could not be done; the server's log says why", "problems": []}

"""Work on a plan: begin it, operate, undo, redo, lay it over a newer version, take a published one back.

Every function works in the transaction of its connection, which is the reader's; nothing is kept that was not
committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import shapely
from psycopg import Connection

from grid_editor import operations, store
from grid_editor.bases import Bases
from grid_editor.change import Change
from grid_editor.conflicts import Comparison, compare, rebase
from grid_editor.operations import Operation
from grid_editor.packing import pack
from grid_editor.parts import difference
from grid_editor.plan import PUBLISHED, Plan, check_may_edit, is_district
from grid_editor.reach import REFERENCES, check_change, masked, texts_of
from grid_editor.state import State
from grid_editor.store import NewPlan, Step
from spatial.database import query
from spatial.errors import Conflict, Forbidden, InvalidInput
from spatial.grids.crosswalk import read_side
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS

ROOM = "grid_editor"
Json = dict[str, Any]


@dataclass(frozen=True)
class Worked:
    """What an operation would do to a state, before it is kept."""

    operation: Operation
    before: State
    after: State
    change: Change


@dataclass(frozen=True)
class Done:
    """What a step, an undo or a redo did."""

    plan: Plan
    """As it is now."""
    before: State
    after: State
    change: Change
    """From before to after; empty when they stand on different versions."""
    step: Step | None = None
    """What was done, undone or done again."""


def begin(connection: Connection[Any], reader: Reader, new: NewPlan) -> Plan:
    """Begin a plan on the newest version of its coverage; Forbidden for who is no administrator."""
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("plans are drafted by administrators")
    if new.unit_code is not None and not reader.holds(new.unit_code):
        raise InvalidInput.at("unit_code", "is not in your area")
    if reader.reach != "city" and reader.area is None:
        raise Forbidden("plans are drafted by administrators of an area or of the city")
    return store.add(connection, reader, new, store.newest_version(connection, new.coverage)[0])


def state_of(connection: Connection[Any], bases: Bases, plan: Plan) -> State:
    """Give the state of a plan at its head."""
    return bases.state(plan.coverage, plan.base_version, store.packed_net(connection, plan))


def operate(
    connection: Connection[Any],
    bases: Bases,
    reader: Reader,
    number: int,
    payload: Mapping[str, Any],
    etag: int | None = None,
) -> Done:
    """Do an operation and keep it as a step.

    Raises store.Stale, Forbidden beyond the reader's area, InvalidInput naming what is wrong in the payload.
    """
    plan = _open(connection, reader, number, etag)
    before = state_of(connection, bases, plan)
    worked = work_out(before, reader, payload, own_ground(connection, before, reader))
    return _stepped(connection, bases, reader, plan, worked)


def work_out(before: State, reader: Reader, payload: Mapping[str, Any], ground: Any = None) -> Worked:
    """Say what an operation does to a state; long work that needs no connection.

    ground: what `own_ground` gives. Raises Forbidden beyond the reader's area, InvalidInput naming what is
    wrong in the payload.
    """
    operation = operations.parse(payload)
    change = masked(before, reader, payload, operation.change)
    if not change:
        raise InvalidInput.at("op", "this changes nothing")
    after = before.apply(change)
    check_change(before, after, change, reader, ground)
    return Worked(operation, before, after, change)


def keep_worked_out(
    connection: Connection[Any], bases: Bases, reader: Reader, number: int, worked: Worked, etag: int
) -> Done:
    """Keep as a step what was worked out for a plan at `etag`; store.Stale when it has moved since."""
    return _stepped(connection, bases, reader, _open(connection, reader, number, etag), worked)


def own_ground(connection: Connection[Any], state: State, reader: Reader) -> Any:
    """Give the ground on which a reader of an area draws units of a coverage within another; None: as ever.

    There nothing need be covered: the ground is that of the reader's own units of the other coverage.
    """
    about = state.base.about
    if reader.sees_everything or about.within is None:
        return None
    side = read_side(connection, about.within, None, about.within_level)
    return shapely.union_all(
        [shape for (_, code, _), shape in zip(side.units, side.shapes, strict=True) if reader.holds(code)]
    )


def undo(connection: Connection[Any], bases: Bases, reader: Reader, number: int, etag: int | None) -> Done:
    """Take the last step away; it can be done again until another one takes its place."""
    plan = _open(connection, reader, number, etag)
    step = store.step(connection, plan, plan.head)
    if step is None:
        raise Conflict(f"plan {plan.no} has no step to undo")
    before = state_of(connection, bases, plan)
    if step.operation.get("op") in store.WHOLE:
        version, net = store.composed_net(connection, plan, plan.head - 1)
        after = State.of(bases.base(plan.coverage, version or plan.base_version), net)
    else:
        after = before.apply(step.change.inverse())
    return _moved(connection, bases, plan, plan.head - 1, step, before, after)


def redo(connection: Connection[Any], bases: Bases, reader: Reader, number: int, etag: int | None) -> Done:
    """Do again what was undone last."""
    plan = _open(connection, reader, number, etag)
    step = store.step(connection, plan, plan.head + 1)
    if step is None:
        raise Conflict(f"plan {plan.no} has no step to redo")
    before = state_of(connection, bases, plan)
    if step.operation.get("op") in store.WHOLE:
        after = State.of(bases.base(plan.coverage, step.base_version), step.change)
    else:
        after = before.apply(step.change)
    return _moved(connection, bases, plan, plan.head + 1, step, before, after)


def compared(connection: Connection[Any], bases: Bases, plan: Plan) -> Comparison:
    """Lay a plan beside what was published since; without anything newer all of it is free."""
    newest, _ = store.newest_version(connection, plan.coverage)
    net = store.net(connection, plan)
    if newest == plan.base_version or plan.status == PUBLISHED:
        return Comparison((net,), ())
    return compare(net, bases.base(plan.coverage, plan.base_version), bases.base(plan.coverage, newest))


def rebase_plan(
    connection: Connection[Any],
    bases: Bases,
    reader: Reader,
    number: int,
    choices: Mapping[str, str],
    etag: int | None = None,
) -> Done:
    """Lay a plan over the newest version, as a step; Unsettled names the conflicts without a choice."""
    plan = _open(connection, reader, number, etag)
    newest, _ = store.newest_version(connection, plan.coverage)
    if newest == plan.base_version:
        raise Conflict(f"plan {plan.no} stands on the newest version already")
    before = state_of(connection, bases, plan)
    after = rebase(before.change, before.base, bases.base(plan.coverage, newest), choices)
    if "mine" in choices.values():
        # What others published is taken back: that is a change like any other.
        check_change(State(after.base), after, after.change, reader)
    said = {"op": "rebase", "from": plan.base_version, "to": newest, "choices": dict(choices)}
    step = Step(plan.head + 1, newest, said, f"rebase onto version {newest}", after.change)
    return _kept(connection, bases, reader, plan, step, before, after)


def counter(
    connection: Connection[Any], bases: Bases, reader: Reader, number: int, title: str | None
) -> Plan:
    """Draft the plan that takes a published one back, on the newest version if nothing stands in its way."""
    plan = store.read(connection, number)
    if plan.status != PUBLISHED or plan.published_version is None:
        raise Conflict(f"plan {plan.no} is {plan.status}: only a published plan can be taken back")
    if not is_district(reader):
        raise Forbidden("published plans are taken back by district administrators")
    new = NewPlan(plan.coverage, title or f"撤回 {plan.no} {plan.title}", f"{plan.no}", origin="counter")
    base = bases.base(plan.coverage, plan.published_version)
    back = difference(base, bases.base(plan.coverage, plan.base_version))
    draft = store.add(
        connection, reader, replace(new, unit_code=plan.unit_code, counter_of=plan.id), base.version
    )
    said = {"op": "counter", "of": plan.id}
    step = Step(1, base.version, said, f"take back {plan.no}", back)
    done = _kept(connection, bases, reader, draft, step, State(base), State.of(base, back))
    newest, _ = store.newest_version(connection, plan.coverage)
    if newest == base.version or compared(connection, bases, done.plan).clashes:
        return done.plan
    return rebase_plan(connection, bases, reader, draft.id, {}).plan


def _open(connection: Connection[Any], reader: Reader, number: int, etag: int | None) -> Plan:
    plan = store.locked(connection, number, etag)
    check_may_edit(plan, reader)
    return plan


def _stepped(connection: Connection[Any], bases: Bases, reader: Reader, plan: Plan, worked: Worked) -> Done:
    _check_people(connection, worked.change)
    payload = worked.operation.payload()
    title = _title(worked.before, payload, worked.change)
    step = Step(plan.head + 1, plan.base_version, payload, title, worked.change)
    return _kept(connection, bases, reader, plan, step, worked.before, worked.after)


def _kept(
    connection: Connection[Any],
    bases: Bases,
    reader: Reader,
    plan: Plan,
    step: Step,
    before: State,
    after: State,
) -> Done:
    packed = pack(after.change)
    seq, etag = store.append(connection, reader, plan, step, packed)
    bases.keep(packed, after)
    now = replace(plan, head=seq, etag=etag, base_version=step.base_version)
    return Done(now, before, after, _between(before, after, step.change), step)


def _moved(
    connection: Connection[Any], bases: Bases, plan: Plan, head: int, step: Step, before: State, after: State
) -> Done:
    packed = pack(after.change)
    etag = store.move(connection, plan, head, after.base.version, packed)
    bases.keep(packed, after)
    now = replace(plan, head=head, etag=etag, base_version=after.base.version)
    change = step.change if head >= step.seq else step.change.inverse()
    return Done(now, before, after, _between(before, after, change), step)


def _between(before: State, after: State, change: Change) -> Change:
    """Between two versions the way is not that of the step: whoever looks reads anew."""
    return change if before.base is after.base else Change()


def _check_people(connection: Connection[Any], change: Change) -> None:
    """Somebody given to a unit is a worker whom the reader may know."""
    was = {person for unit in change.before for person in unit.people}
    new = sorted({person[0] for unit in change.after for person in unit.people if person not in was})
    if new:
        rows = connection.execute(query(ROOM, "plan_workers"), {"ids": new}).fetchall()
        missing = set(new) - {number for (number,) in rows}
        if missing:
            raise InvalidInput.at("people", f"there is no worker {min(missing)}")


def _title(state: State, payload: Mapping[str, Any], change: Change) -> str:
    """Name a step by what it does and the units that it names, or that it changes."""
    given = [text for field in sorted(REFERENCES & payload.keys()) for text in texts_of(payload[field])]
    named = [found for text in given if (found := state.find(text) or state.unit_by_code(text))]
    names = dict.fromkeys(unit.name for unit in [*named, *change.before][:20] if unit.name)
    return f"{payload['op']} {', '.join(names)}"[:200].strip()

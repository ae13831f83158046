"""Takes a plan from one status to the next, with everything that must be right for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import Connection

from api.city import City
from api.plan_texts import local_issues
from grid_editor import editing, store
from grid_editor.checks import Issue
from grid_editor.facts import box_of_areas, read_facts
from grid_editor.impact import impact, touched_shapes
from grid_editor.plan import Plan, check_may
from grid_editor.reach import sees
from grid_editor.state import State
from spatial.database.notify import notify
from spatial.errors import InvalidInput, Problem
from spatial.rights.reader import Reader

_SHOWN = 50


def step_along(
    connection: Connection[Any],
    city: City,
    reader: Reader,
    number: int,
    verb: str,
    text: str | None,
    etag: int | None,
    effective_at: datetime | None = None,
) -> Plan:
    """Do a transition and note what was said with it; every one is in the audit log by the plan's row."""
    plan = store.locked(connection, number, etag)
    authors = store.authors(connection, plan)
    transition = check_may(plan, reader, verb, authors, city.settings.plan_own_approval)
    if transition.needs_text and text is None:
        raise InvalidInput.at("text", f"say why: {verb} needs a reason")
    if verb == "submit":
        _check_ready(connection, city, reader, plan)
        store.to_submitted(connection, plan)
    elif verb == "withdraw":
        store.to_withdrawn(connection, plan)
    elif verb == "publish":
        store.ask_publish(connection, reader, plan, effective_at)
    else:
        store.to_decided(connection, reader, plan, transition.after)
    if text is not None:
        store.comment(connection, reader, plan, {"kind": verb, "text": text})
    notify(connection, "plan", id=plan.id)
    return store.read(connection, number)


def found_issues(connection: Connection[Any], reader: Reader, plan: Plan, state: State) -> list[Issue]:
    """Check all that a plan touches against the ground, with what was waived."""
    reasons = {each["issue_id"]: each["reason"] for each in store.waivers(connection, plan)}
    areas = [state.polygon(unit) for unit in sorted(state.change.units) if state.find(unit)]
    areas = [area for area in areas if not area.is_empty]
    if not areas:
        return local_issues(State(state.base), state, state.change, reader, reasons)
    facts = read_facts(connection, reader, state.base.about, box_of_areas(areas))
    return local_issues(State(state.base), state, state.change, reader, reasons, facts)


def impact_json(connection: Connection[Any], reader: Reader, state: State) -> dict[str, Any]:
    """Say what a plan does to the units that the reader may know."""
    before = State(state.base)
    shapes = [shape for shape in touched_shapes(before, state) if not shape.is_empty]
    if not shapes:
        return {"units": [], "moved": []}
    facts = read_facts(connection, reader, state.base.about, box_of_areas(shapes))
    found = impact(before, state, facts)
    units = [unit for unit in found.units if _knows(before, state, unit.id, reader)]
    moved = [
        each
        for each in found.moved
        if all(not side or _knows(before, state, side, reader) for side in (each.giver, each.taker))
    ]
    return {"units": [asdict(unit) for unit in units], "moved": [asdict(each) for each in moved]}


def _knows(before: State, after: State, unit: str, reader: Reader) -> bool:
    return reader.sees_everything or sees(after, unit, reader) or sees(before, unit, reader)


def _check_ready(connection: Connection[Any], city: City, reader: Reader, plan: Plan) -> None:
    state = editing.state_of(connection, city.bases, plan)
    if not state.change:
        raise InvalidInput.at("plan", "changes nothing")
    left = [issue for issue in found_issues(connection, reader, plan, state) if issue.blocks]
    if left:
        raise InvalidInput(_problems(left))


def _problems(issues: Sequence[Issue]) -> list[Problem]:
    return [
        Problem(
            issue.id,
            f"{issue.rule} at {issue.lon:.6f}, {issue.lat:.6f}: "
            + ("waive it with a reason, or put it right" if issue.severity == "warning" else "put it right"),
        )
        for issue in issues[:_SHOWN]
    ]

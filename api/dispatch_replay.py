"""Replays of dispatch: the rules of now against a draft of the duty list, or a plan of the grids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from grid_editor import editing, store
from grid_editor.bases import Bases
from grid_editor.change import UnitValue
from grid_editor.pieces import to_arcs
from grid_editor.state import State
from spatial.events.dispatch.decide import Dispatcher
from spatial.events.dispatch.replay import Report, everybody_available, read_past, replay
from spatial.events.dispatch.rules import Rules
from spatial.grids.locate import compile_index
from spatial.grids.published import Published
from spatial.grids.units import UnitDraft
from spatial.people import duty_drafts

EVERYBODY, NOW = "all", "now"


def replayed(
    connection: Connection[Any],
    bases: Bases,
    dispatcher: Dispatcher,
    since: datetime,
    until: datetime | None = None,
    draft: str | None = None,
    plan: int | None = None,
    people: str = EVERYBODY,
    most: int | None = None,
) -> Report:
    """Replay the events that the connection's reader may see, by the rules of now and by changed ones.

    draft: a name of the duty list's drafts; plan: a number of a plan; neither: the rules of now twice.
    people: `all` are available, or those of `now`. NotFound; InvalidInput for more than `most` events.
    """
    past = read_past(connection, since, until, most)
    if people == EVERYBODY:
        dispatcher = dispatcher.with_people(everybody_available(dispatcher.people))
    return replay(past, dispatcher, changed(connection, bases, dispatcher, draft, plan))


def changed(
    connection: Connection[Any], bases: Bases, dispatcher: Dispatcher, draft: str | None, plan: int | None
) -> Dispatcher:
    """Lay a draft of the duty list, or a plan of a coverage, over a dispatcher."""
    after = replace(dispatcher)
    if draft is not None:
        lines = duty_drafts.drafted(dispatcher.rules.lines.values(), duty_drafts.one(connection, draft))
        after = replace(after, rules=Rules(lines, dispatcher.rules.order))
    if plan is not None:
        found = store.read(connection, plan)
        state = editing.state_of(connection, bases, found)
        held = after.coverages.get(found.coverage)
        drawn = published_of(state, bases.codes(state), held)
        after = replace(after, coverages={**after.coverages, found.coverage: drawn})
    return after


def published_of(state: State, codes: Mapping[str, str], held: Published | None) -> Published:
    """Compile the state of a plan as if it were published; codes: those of its new units, by id."""
    about = state.base.about
    units = sorted(state.units(state.base.depth), key=lambda unit: _code(unit, codes))
    arcs = to_arcs(tuple(state.pieces()), {unit.id: number for number, unit in enumerate(units)})
    index = compile_index(arcs, [_code(unit, codes) for unit in units], about.tolerance_m)
    chains = tuple(_chain(state, unit, codes) for unit in units)
    moment = held.valid_from if held else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return Published(
        about.name, state.base.version, moment, about.tolerance_m, about.levels, index, chains, frozenset()
    )


def _code(unit: UnitValue, codes: Mapping[str, str]) -> str:
    return unit.code or codes.get(unit.id, unit.id)


def _chain(state: State, unit: UnitValue, codes: Mapping[str, str]) -> tuple[UnitDraft, ...]:
    """List a unit and all above it, from coarse to fine."""
    levels = range(1, unit.level + 1)
    found = [above for level in levels if (above := state.ancestor(unit.id, level)) is not None]
    return tuple(
        UnitDraft(each.level, _code(each, codes), None, each.name, each.name_en, each.generated)
        for each in found
    )

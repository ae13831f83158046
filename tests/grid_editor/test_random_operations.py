"""A thousand random operations in random order: whatever is not refused leaves a proper coverage."""

from __future__ import annotations

import shapely
from hypothesis import HealthCheck, event, given, settings

from grid_editor.change import Change
from grid_editor.operations import parse
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.errors import InvalidInput
from tests.grid_editor.random_edits import cities, edits, payload

ROUNDING_DEGREES = 1e-9
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]


def ground(state: State) -> shapely.Geometry:
    """All that belongs to a unit."""
    return shapely.union_all([state.polygon(unit.id) for unit in state.units(state.base.depth)])


def may_move_the_outer_border(given: dict) -> bool:
    """An operation says so, or moves a border that may be the outer one."""
    asked = given.get("outside") or given["op"] == "cut"
    return bool(asked or given["op"] in ("move_vertex", "move_border", "remove_vertex"))


@given(cities(), edits(35, 50))
@settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)
def test_a_thousand_random_operations_keep_the_invariants(state, drawn) -> None:
    begun = state
    net = Change()
    assert prove_all(state) == []
    for edit in drawn:
        said = payload(state, edit)
        try:
            change = parse(said).change(state)
        except InvalidInput as refused:
            event(f"{said['op']}: refused")
            assert all(problem.where and problem.reason for problem in refused.problems)
            continue
        event(f"{said['op']}: done")
        after = state.apply(change)
        assert prove_all(after) == [], (said, change)
        assert after.apply(change.inverse()).change == state.change
        if state.base.about.complete and not may_move_the_outer_border(said):
            moved = shapely.symmetric_difference(ground(state), ground(after))
            assert moved.area <= ROUNDING_DEGREES * ground(state).length
        net, state = net.then(change), after
    assert net == state.change
    assert set(State.of(begun.base, net).pieces()) == set(state.pieces())
    back = state.apply(net.inverse())
    assert back.change == Change()
    assert set(back.pieces()) == set(begun.pieces())

"""Before and after, unit by unit: exact where it can be, whole where it must be, unknown where it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from grid_editor.facts import NO_FACTS, Facts
from grid_editor.impact import impact, reock, touched
from grid_editor.operations import parse
from grid_editor.state import State
from spatial.geometry.rasters import CellGrid, Raster
from tests.grid_editor.drawings import (
    CELL_M2,
    CELL_NANO,
    LEFT,
    ORIGIN,
    RIGHT,
    ROW,
    box,
    facts,
    place,
    points,
    redrawn,
    state,
    thing,
)

FOUR = {**ROW, "d": box(3, 0, 4, 1)}
PARENTS = {"a": LEFT, "b": LEFT, "c": RIGHT, "d": RIGHT}
SIZE = CELL_NANO / 1e9


def people(columns: int = 4) -> Raster:
    """A hundred people in every half cell."""
    cells = CellGrid(ORIGIN[0] / 1e9, ORIGIN[1] / 1e9 + SIZE, SIZE / 2, SIZE / 2, 2, 2 * columns)
    values = np.stack([np.full((2, 2 * columns), 100.0), np.full((2, 2 * columns), 40.0)])
    return Raster(cells, ("people", "households"), values)


def moved_border(limits: dict | None = None) -> tuple[State, State]:
    """b takes three quarters of a's ground... c takes a quarter of b's."""
    before = state(FOUR, parents=PARENTS, limits=limits)
    shapes = {**FOUR, "b": box(1, 0, 1.75, 1), "c": box(1.75, 0, 3, 1)}
    return before, redrawn(before, state(shapes, parents=PARENTS, limits=limits))


def test_areas_people_and_points_before_and_after() -> None:
    before, after = moved_border()
    ground = Facts(
        {"events_open": points((1.8, 0.5), (1.2, 0.5)), "places": points((2.5, 0.5))},
        people(),
        (thing("1", box(1.8, 0.1, 1.9, 0.2)), thing("2", box(0.1, 0.1, 0.2, 0.2))),
    )
    found = {unit.id: unit for unit in impact(before, after, ground).units}
    assert set(found) == {"b", "c", LEFT, RIGHT}
    b, c = found["b"], found["c"]
    assert b.before and b.after and c.before and c.after
    assert b.after.area_m2 == pytest.approx(0.75 * b.before.area_m2, rel=1e-6)
    assert b.before.area_m2 == pytest.approx(CELL_M2, rel=0.01)
    assert (b.before.figures["people"], b.after.figures["people"]) == pytest.approx((400, 300))
    assert (c.before.figures["households"], c.after.figures["households"]) == pytest.approx((160, 200))
    assert (b.before.figures["events_open"], b.after.figures["events_open"]) == (2, 1)
    assert (c.before.figures["buildings"], c.after.figures["buildings"]) == (0, 1)
    assert b.before.figures["on_duty"] is None, "nobody said"
    assert found[LEFT].after and found[LEFT].before
    assert found[LEFT].after.area_m2 == pytest.approx(1.75 * b.before.area_m2, rel=1e-6)


def test_what_changes_hands_is_told_with_what_is_on_it() -> None:
    before, after = moved_border()
    ground = Facts({"events_open": points((1.8, 0.5))}, people())
    (moved,) = impact(before, after, ground).moved
    assert (moved.giver, moved.taker) == ("b", "c")
    assert moved.area_m2 == pytest.approx(CELL_M2 / 4, rel=0.01)
    assert moved.figures["people"] == pytest.approx(100)
    assert moved.figures["events_open"] == 1


def test_nothing_is_lost_between_the_units() -> None:
    before, after = moved_border()
    found = [unit for unit in impact(before, after, Facts({}, people())).units if unit.level == 3]
    for name in ("people", "households"):
        was = sum(unit.before.figures[name] or 0 for unit in found if unit.before)
        now = sum(unit.after.figures[name] or 0 for unit in found if unit.after)
        assert was == pytest.approx(now, abs=1e-6)


def test_limits_are_red_and_green() -> None:
    limits = {"households": [150, 180], "min_area_m2": CELL_M2 * 0.8}
    before, after = moved_border(limits)
    found = {unit.id: unit for unit in impact(before, after, Facts({}, people())).units}
    lights = {held.rule: (held.before, held.after) for held in found["b"].limits}
    assert lights == {"households": (True, False), "area_m2": (True, False), "contiguous": (True, True)}
    assert {h.rule: (h.before, h.after) for h in found["c"].limits}["households"] == (True, False)
    assert found[LEFT].limits == ()
    unknown = {unit.id: unit for unit in impact(before, after, NO_FACTS).units}["b"]
    assert {h.rule: (h.before, h.after) for h in unknown.limits}["households"] == (None, None)


def test_a_split_and_a_merge_have_new_and_retired_units() -> None:
    before = state(ROW)
    line = place(shapely.LineString([(1.4, -0.1), (1.4, 1.1)]))
    split = parse({"op": "split", "unit": "b", "line": shapely.get_coordinates(line).tolist()})
    after = before.apply(split.change(before))
    kinds = {unit.kind for unit in impact(before, after, NO_FACTS).units}
    assert kinds == {"new", "changed"}
    back = impact(after, before, NO_FACTS)
    assert {unit.kind for unit in back.units} == {"retired", "changed"}
    (moved,) = back.moved
    assert (moved.taker, moved.area_m2) == ("b", pytest.approx(0.4 * CELL_M2, rel=0.01))


def test_a_border_within_a_community_does_not_touch_the_community() -> None:
    before = state(FOUR, parents=PARENTS)
    shapes = {**FOUR, "a": box(0, 0, 0.5, 1), "b": box(0.5, 0, 2, 1)}
    assert touched(before, redrawn(before, state(shapes, parents=PARENTS))) == {"a", "b"}


def test_a_unit_that_goes_to_another_parent_touches_both() -> None:
    before = state(FOUR, parents=PARENTS)
    after = before.apply(parse({"op": "migrate", "units": ["b"], "parent": RIGHT}).change(before))
    found = {unit.id: unit for unit in impact(before, after, NO_FACTS).units}
    assert set(found) == {"b", LEFT, RIGHT}
    assert found[RIGHT].after and found[RIGHT].after.area_m2 == pytest.approx(3 * CELL_M2, rel=0.01)


def test_a_new_name_changes_nothing_on_the_ground() -> None:
    before = state(FOUR, parents=PARENTS)
    after = before.apply(parse({"op": "rename", "unit": "b", "name": "x"}).change(before))
    result = impact(before, after, NO_FACTS)
    assert ([unit.id for unit in result.units], result.moved) == (["b"], ())


def test_ground_taken_in_and_given_up() -> None:
    before = state(ROW)
    after = redrawn(before, state({**ROW, "c": box(2, 0, 3.5, 1)}))
    (moved,) = impact(before, after, NO_FACTS).moved
    assert (moved.giver, moved.taker) == ("", "c")
    (moved,) = impact(after, before, NO_FACTS).moved
    assert (moved.giver, moved.taker) == ("c", "")


def test_figures_of_units_that_the_reader_does_not_hold_are_unknown() -> None:
    before, after = moved_border()
    ground = facts(points={"places": points((1.8, 0.5))}, population=people(), codes=("code-b", "code-c"))
    found = {unit.id: unit for unit in impact(before, after, ground).units}
    assert found["b"].before and found["c"].after
    assert found["b"].before.figures["places"] == 1
    assert found["c"].after.figures["places"] is None
    assert found["c"].after.figures["people"] == pytest.approx(500)
    (moved,) = impact(before, after, ground).moved
    assert moved.figures["places"] == 1, "of b, which the reader holds"
    (back,) = impact(after, before, ground).moved
    assert back.figures["places"] is None
    assert back.figures["people"] == pytest.approx(100)


def test_no_change_has_no_impact() -> None:
    before = state(FOUR)
    assert impact(before, before, NO_FACTS).units == ()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (shapely.Point(0, 0).buffer(1, 64), 1.0),
        (shapely.box(0, 0, 1, 1), 2 / math.pi),
        (shapely.box(0, 0, 10, 1), 10 / (math.pi * 101 / 4)),
    ],
    ids=["circle", "square", "strip"],
)
def test_reock_of_known_shapes(shape: shapely.Geometry, expected: float) -> None:
    """At the equator a degree is as long either way."""
    assert reock(shapely.affinity.scale(shape, 0.001, 0.001, origin=(0, 0))) == pytest.approx(
        expected, rel=2e-3
    )

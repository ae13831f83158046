"""Every rule against drawings that break it, and against ones that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import shapely
from hypothesis import given, settings

from grid_editor.base import Base
from grid_editor.change import Change
from grid_editor.checks import ERROR, WARNING, Issue, check, check_all, mark_standing, waive
from grid_editor.checks.issues import make_issue
from grid_editor.checks.rules import FIXES, RULES, text_of, title_of, title_of_fix
from grid_editor.facts import NO_FACTS, Facts, Nested
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from spatial.grids.units import Coverage
from tests.grid_editor.drawings import (
    CELL_M2,
    LEFT,
    RIGHT,
    ROW,
    WHOLE,
    box,
    facts,
    place,
    points,
    redrawn,
    state,
    thing,
    unit,
)  # fmt: skip
from tests.spatial.coverages import coverages

QUIET = {"severity": {rule.key: "off" for rule in RULES if rule.severity == WARNING}}
"""Limits that switch every warning off."""


def found(given_state: State, rule: str, ground: Facts = NO_FACTS, touched: Any = None) -> list[Issue]:
    ids = touched or {each.id for each in given_state.units()}
    return [issue for issue in check(given_state, ids, ground) if issue.rule == rule]


def one(given_state: State, rule: str, ground: Facts = NO_FACTS, touched: Any = None) -> Issue:
    issues = found(given_state, rule, ground, touched)
    assert len(issues) == 1, issues
    _is_well_told(issues[0])
    return issues[0]


def _is_well_told(issue: Issue) -> None:
    west, south, east, north = issue.bbox
    assert west <= issue.lon <= east
    assert south <= issue.lat <= north
    for lang in ("zh", "en"):
        for text in (
            title_of(issue.rule, lang),
            text_of(issue, lang),
            *(title_of_fix(f, lang) for f in issue.fixes),
        ):
            assert text and "{" not in text
    assert (issue.measure is None) == (issue.unit_of_measure == "")


def ops(issue: Issue) -> list[tuple[str, ...]]:
    """Give the fixes as short words."""
    return [
        (
            fix.key,
            fix.operation["op"],
            *(str(fix.operation[k]) for k in ("units", "from", "to", "unit") if k in fix.operation),
        )
        for fix in issue.fixes
    ]


def test_a_sound_drawing_has_no_issues() -> None:
    sound = state(ROW, limits={"households": [1, 5], "min_area_m2": 10, "contiguous": True})
    assert check_all(sound, NO_FACTS) == []


APART = {**ROW, "c": shapely.MultiPolygon([box(2, 0, 3, 1), box(4, 0, 4.5, 1)]), "d": box(3, 0, 4, 1)}
AT_A_POINT = {
    "a": shapely.MultiPolygon([box(0, 0, 2, 2), box(2, 2, 3, 3)]), "b": box(2, 0, 4, 2),
    "c": box(0, 2, 2, 4), "d": box(3, 2, 4, 3), "e": box(2, 3, 4, 4),
}  # fmt: skip
RING = {
    "a": box(0, 0, 3, 3).difference(box(1, 1, 2, 2)), "b": box(1, 1, 2, 2), "c": box(3, 0, 4, 3),
}  # fmt: skip
HOLLOW = {
    "a": box(0, 0, 3, 1), "b": box(0, 1, 1, 2), "c": box(2, 1, 3, 2), "d": box(0, 2, 3, 4),
}  # fmt: skip
"""Four units around a square of nobody."""
THIN = {"a": box(0, 0, 1, 1), "b": box(1, 0, 1.02, 1), "c": box(1.02, 0, 3, 1)}
"""b is less than two metres wide."""
THIN_PART = {
    "a": shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 0, 2.02, 1)]),
    "b": box(1, 0, 2, 1),
    "c": box(2.02, 0, 3, 1),
}
BOTTLE = {
    "a": box(0, 0, 1, 1),
    "b": shapely.union_all([box(1, 0, 2, 0.45), box(1, 0.45, 1.05, 0.55), box(1, 0.55, 2, 1)]),
    "c": box(1.05, 0.45, 2, 0.55),
}
"""b has a narrow neck, and is no sliver for that."""


def test_parts_that_lie_apart() -> None:
    issue = one(state(APART), "not_contiguous")
    assert issue.units == ("c",)
    assert issue.measure == pytest.approx(CELL_M2 / 2, rel=0.01)
    assert ops(issue) == [("give_part", "transfer", "c", "d")]
    assert (issue.values["parts"], issue.severity) == (2, WARNING)


def test_parts_that_touch_in_a_point_only() -> None:
    issue = one(state(AT_A_POINT), "point_touch")
    assert issue.units == ("a",)
    assert issue.measure == pytest.approx(CELL_M2, rel=0.01)
    assert found(state(AT_A_POINT), "not_contiguous") == []


def test_coverages_that_need_not_be_contiguous_are_not_told() -> None:
    assert check_all(state(APART, limits={"contiguous": False}), NO_FACTS) == []


def test_a_parent_whose_children_lie_apart() -> None:
    split = {**ROW, "d": box(3, 0, 4, 1)}
    parents = {"a": LEFT, "b": RIGHT, "c": LEFT, "d": RIGHT}
    issues = found(state(split, parents=parents), "not_contiguous")
    assert {issue.units for issue in issues} == {(LEFT,), (RIGHT,)}
    assert all(issue.fixes == () for issue in issues)
    assert {i.units for i in found(state(split, parents=parents), "not_contiguous", touched={"b"})} == {
        (RIGHT,)
    }


def test_a_unit_that_encloses_another() -> None:
    issue = one(state(RING), "hole")
    assert issue.units == ("a", "b")
    assert ops(issue) == [("merge_into", "merge", "['b', 'a']")]
    assert found(state(RING), "gap") == []


def test_ground_of_nobody_between_units() -> None:
    issue = one(state(HOLLOW), "gap")
    assert set(issue.units) == {"a", "b", "c", "d"}
    assert issue.measure == pytest.approx(CELL_M2, rel=0.01)
    assert shapely.covers(place(box(1, 1, 2, 2)), shapely.Point(issue.lon, issue.lat))
    assert ops(issue)[0][:2] == ("absorb_longest", "transfer")
    assert issue.fixes[0].operation["to"] == issue.units[0]
    assert shapely.equals(shapely.geometry.shape(issue.fixes[0].operation["polygon"]), place(box(1, 1, 2, 2)))


def test_the_same_gap_has_the_same_name_from_every_side() -> None:
    seen = {found(state(HOLLOW), "gap", touched={unit})[0].id for unit in HOLLOW}
    assert len(seen) == 1


def test_a_gap_within_one_unit_and_one_with_an_island() -> None:
    hollow = {"a": box(0, 0, 5, 5).difference(box(1, 1, 4, 4)), "b": box(2, 2, 3, 3), "c": box(5, 0, 6, 5)}
    issue = one(state(hollow), "gap", touched={"a"})
    assert issue.measure == pytest.approx(8 * CELL_M2, rel=0.01)
    assert found(state(hollow), "hole") == []


def test_gaps_that_touch_in_a_corner_are_two() -> None:
    hollow = {
        "a": box(0, 0, 4, 4).difference(shapely.union_all([box(1, 1, 2, 2), box(2, 2, 3, 3)])),
        "b": box(4, 0, 5, 4),
    }
    assert len(found(state(hollow), "gap")) == 2


def test_coverages_that_leave_something_out_have_no_gaps() -> None:
    assert found(state(HOLLOW, complete=False), "gap") == []


def test_slivers_are_told_by_width_and_thinness() -> None:
    issue = one(state(THIN), "sliver")
    assert issue.units == ("b",)
    assert ops(issue) == [("merge_into", "merge", "['b', 'a']")]
    assert issue.values["width"] == pytest.approx(1.7, abs=0.1)
    issue = one(state(THIN_PART), "sliver")
    assert ops(issue) == [("snap_sliver", "transfer", "a", "b")]
    assert found(state(BOTTLE), "sliver") == []
    assert found(state(THIN, limits={"sliver_width_m": 1}), "sliver") == []


def test_units_too_small_and_too_large() -> None:
    sizes = {"a": box(0, 0, 1, 1), "b": box(1, 0, 1.5, 1), "c": box(1.5, 0, 9, 1)}
    issue = one(state(sizes, limits={"min_area_m2": CELL_M2 * 0.8}), "too_small")
    assert (issue.units, ops(issue)[0]) == (("b",), ("merge_into", "merge", "['b', 'a']"))
    aimed = state(sizes, limits={"area_target_m2": CELL_M2 * 1.1})
    assert {issue.units for issue in found(aimed, "too_small")} == {("b",)}
    assert {issue.units for issue in found(aimed, "too_large")} == {("c",)}
    assert found(state(sizes), "too_small") == []


def test_overlap_is_an_error_with_a_fix_for_each_side() -> None:
    """Arcs cannot draw one: it is put into what the state keeps, as a mistake of a program would."""
    broken = state(ROW)
    broken.base.shapes["b"] = shapely.MultiPolygon([place(box(0.9, 0, 2, 1))])
    issue = one(broken, "overlap", touched={"a"})
    assert (issue.severity, set(issue.units)) == (ERROR, {"a", "b"})
    assert issue.measure == pytest.approx(CELL_M2 / 10, rel=0.01)
    assert [fix.operation["to"] for fix in issue.fixes] == list(issue.units)


def test_ground_that_a_plan_takes_in_or_gives_up() -> None:
    before = state(ROW)
    grown = redrawn(before, state({**ROW, "c": box(2, 0, 3.5, 1)}))
    issue = one(grown, "grown", touched={"c"})
    assert (issue.units, issue.measure) == (("c",), pytest.approx(CELL_M2 / 2, rel=0.01))
    shrunk = redrawn(before, state({**ROW, "c": box(2, 0, 2.5, 1)}))
    assert one(shrunk, "given_up", touched={"c"}).measure == pytest.approx(CELL_M2 / 2, rel=0.01)
    moved = redrawn(before, state({**ROW, "a": box(0, 0, 1.5, 1), "b": box(1.5, 0, 2, 1)}))
    assert [i.rule for i in check(moved, {"a", "b"}, NO_FACTS)] == []


def test_units_beyond_the_unit_they_lie_in() -> None:
    micro = Coverage(
        "micro", "微网格", "Micro", "social", ("micro_grid",), "local", 0.0, within="grids", within_level=3,
        complete=False,
    )  # fmt: skip
    shapes = [place(box(0, 0, 1, 1)), place(box(1, 0, 2.25, 1))]
    units = [unit("m", 1, "g1"), unit("n", 1, "g2")]
    given_state = State(Base.compile(micro, 1, units, build_arcs(shapes)))
    ground = facts(parents={"g1": place(box(0, 0, 1, 1)), "g2": place(box(1, 0, 2, 1))})
    issue = one(given_state, "outside_parent", ground)
    assert (issue.units, issue.severity) == (("n",), ERROR)
    assert issue.measure == pytest.approx(CELL_M2 / 4, rel=0.01)
    assert found(given_state, "outside_parent", NO_FACTS) == []


def test_nested_units_that_are_left_behind() -> None:
    before = state(ROW)
    moved = redrawn(before, state({**ROW, "a": box(0, 0, 0.75, 1), "b": box(0.75, 0, 2, 1)}))
    nested = (
        Nested("micro", "m", "m1", "小区", "code-a", place(box(0.5, 0, 1, 1))),
        Nested("micro", "n", "n1", "院", "code-b", place(box(1, 0, 1.5, 1))),
    )
    issue = one(moved, "nested_outside", facts(nested=nested), touched={"a", "b"})
    assert (issue.units, issue.values["nested"]) == (("a",), "小区")
    assert issue.measure == pytest.approx(CELL_M2 / 4, rel=0.01)
    assert ops(issue) == [("follow_nested", "transfer", "b", "a")]
    assert found(before, "nested_outside", facts(nested=nested)) == []


def test_units_without_a_parent() -> None:
    lost = state(ROW, parents={"b": "nobody"})
    assert one(lost, "wrong_parent", touched={"b"}).severity == ERROR
    assert one(state(ROW, parents={"b": WHOLE}), "wrong_parent", touched={"b"}).units == ("b",)


LIMITS = {"households": [2, 4], "events": [0, 3], "people": None}


def test_more_or_less_than_the_limits() -> None:
    happened = points(*[(0.5, 0.5)] * 3, (1.5, 0.5))
    many = facts(points={"events_year": happened, "events_open": happened})
    given_state = state(ROW, limits={"events": [1, 2]})
    issue = one(given_state, "too_many_events", many)
    assert (issue.units, issue.measure, issue.values["limit"]) == (("a",), 3.0, 2)
    few = one(given_state, "too_few_events", many)
    assert few.units == ("c",)
    assert ops(few) == [("merge_with", "merge", "['c', 'b']")]
    assert found(state(ROW, limits=LIMITS), "too_few_households") == [], "what is not known breaks no limit"


def test_a_merge_that_would_be_too_much_is_not_offered() -> None:
    happened = points(*[(1.5, 0.5)] * 4, (0.5, 0.5), (2.5, 0.5))
    ground = facts(points={"events_year": happened})
    issues = found(state(ROW, limits={"events": [2, 4]}), "too_few_events", ground)
    assert {issue.units: issue.fixes for issue in issues} == {("a",): (), ("c",): ()}


def test_figures_of_units_that_the_reader_sees_a_part_of_break_no_limit() -> None:
    happened = points(*[(0.5, 0.5)] * 3, *[(1.5, 0.5)] * 3)
    ground = facts(points={"events_year": happened}, codes=("code-a", "code-b"))
    assert {i.units for i in found(state(ROW, limits={"events": [0, 2]}), "too_many_events", ground)} == {
        ("a",)
    }


def test_a_building_that_a_border_cuts() -> None:
    house = thing("7", box(0.8, 0.2, 1.1, 0.4), "楼")
    whole = thing("8", box(0.2, 0.2, 0.4, 0.4))
    beside = thing("9", box(1.0, 0.6, 1.2, 0.8))
    issue = one(state(ROW), "crosses_building", facts(buildings=(house, whole, beside)))
    assert issue.units == ("a", "b")
    assert issue.measure == pytest.approx(0.1 * 0.2 * CELL_M2, rel=0.01)
    assert ops(issue) == [("whole_building", "transfer", "b", "a")]
    assert issue.values["building"] == "楼"


def test_a_corner_of_a_building_is_the_maps_mistake() -> None:
    house = thing("7", box(0.8, 0.2, 1.002, 0.4))
    assert found(state(ROW), "crosses_building", facts(buildings=(house,))) == []


def test_a_street_that_a_border_crosses_away_from_a_junction() -> None:
    across = thing("1", shapely.LineString([(0.5, 0.5), (1.5, 0.5)]), "东街")
    along = thing("2", shapely.LineString([(1, -1), (1, 2)]), "北街")
    issue = one(state(ROW), "crosses_street", facts(streets=(across,)))
    assert (set(issue.units), issue.values["street"]) == ({"a", "b"}, "东街")
    assert found(state(ROW), "crosses_street", facts(streets=(across, along))) == [], "a junction"
    weaving = thing("4", shapely.LineString([(0.98, 0.1), (1.02, 0.9)]), "北街")
    assert found(state(ROW), "crosses_street", facts(streets=(weaving,))) == [], "it follows the border"
    same = thing("3", shapely.LineString([(1.05, 0.5), (1.4, 0.52)]), "东街")
    assert len(found(state(ROW), "crosses_street", facts(streets=(across, same)))) == 1, "the same street"


def test_units_without_a_name_get_one_suggested() -> None:
    values = {
        "a": {"name": "第1网格", "name_en": "Grid 1"},
        "b": {"name": " "},
        "c": {"name": "第2网格", "name_en": "Grid 2"},
    }
    issue = one(state(ROW, values=values), "unnamed")
    assert issue.units == ("b",)
    assert issue.fixes[0].operation == {"op": "rename", "unit": "b", "name": "第3网格", "name_en": "Grid 3"}


def test_names_that_two_siblings_have() -> None:
    values = {"b": {"name": "名a"}}
    issue = one(state(ROW, values=values), "duplicate_name")
    assert set(issue.units) == {"a", "b"}
    assert issue.fixes[0].operation["name"] not in {"名a", "名c"}
    elsewhere = state(ROW, values=values, parents={"b": RIGHT})
    assert found(elsewhere, "duplicate_name") == [], "another community may call its grid the same"


def test_a_renamed_unit_is_the_one_to_be_told() -> None:
    before = state(ROW)
    was = before.unit("a")
    renamed = before.apply(Change.between(before=[was], after=[unit("a", name="名c")]))
    assert one(renamed, "duplicate_name", touched={"c"}).units == ("a", "c")


def test_a_code_that_two_units_have_is_an_error() -> None:
    before = state(ROW)
    was = before.unit("a")
    recoded = before.apply(Change.between(before=[was], after=[unit("a", code="code-c")]))
    issue = one(recoded, "duplicate_code", touched={"a"})
    assert (issue.units, issue.severity) == (("a", "c"), ERROR)
    assert found(before, "duplicate_code") == []
    swapped = before.apply(
        Change.between(
            before=[was, before.unit("c")], after=[unit("a", code="code-c"), unit("c", code="code-a")]
        )
    )
    assert found(swapped, "duplicate_code") == []


def test_units_that_nobody_works_in() -> None:
    values = {"a": {"people": ((1, "leader"), (2, "worker"))}}
    given_state = state(ROW, values=values)
    issues = found(given_state, "no_duty_person", facts(staffed=frozenset({"code-c"})))
    assert [issue.units for issue in issues] == [("b",)]
    assert issues[0].fixes[0].operation == {"op": "assign", "unit": "b", "people": [[1, "leader"]]}
    assert found(given_state, "no_duty_person", facts(staffed=None)) == [], "who may not know is not told"


def test_rules_are_switched_by_the_coverage_but_errors_stay() -> None:
    assert check_all(state(APART, limits=QUIET), NO_FACTS) == []
    strict = {"severity": {"not_contiguous": "error", "wrong_parent": "off"}}
    assert one(state(APART, limits=strict), "not_contiguous").severity == ERROR
    assert one(state(ROW, limits=strict, parents={"b": WHOLE}), "wrong_parent").severity == ERROR


def test_warnings_are_waived_with_a_reason_and_errors_are_not() -> None:
    issues = check_all(state({**APART}, parents={"b": WHOLE}), NO_FACTS)
    waived = waive(issues, {issue.id: "an island" for issue in issues})
    assert {i.rule: i.waived for i in waived} == {"wrong_parent": None, "not_contiguous": "an island"} | {
        i.rule: "an island" for i in waived if i.severity == WARNING
    }
    assert [i.blocks for i in waived] == [i.severity == ERROR for i in waived]


def test_an_issue_keeps_its_id_when_something_else_changes() -> None:
    before = found(state(APART), "not_contiguous")[0].id
    after = found(state({**APART, "a": box(0, 0, 0.5, 1), "b": box(0.5, 0, 2, 1)}), "not_contiguous")[0].id
    assert before == after


def test_units_that_are_gone_are_passed_over() -> None:
    assert check(state(ROW), {"gone", "a"}, NO_FACTS) == []
    assert check(state(ROW), set(), NO_FACTS) == []


@given(coverages())
@settings(max_examples=40, deadline=None)
def test_whatever_is_drawn_can_be_checked_and_told(polygons: list[shapely.Geometry]) -> None:
    """Slivers, enclaves, holes and parts of all kinds: the issues are the same whichever unit is touched."""
    about = Coverage("x", "x", "x", "social", ("grid",), "local", 0.0, limits={"min_area_m2": 100.0})
    units = [unit(f"u{number:03}", 1, None) for number in range(len(polygons))]
    given_state = State(Base.compile(about, 1, units, build_arcs(polygons)))
    issues = check_all(given_state, NO_FACTS)
    for issue in issues:
        for lang in ("zh", "en"):
            assert "{" not in text_of(issue, lang)
    assert sorted(issues, key=lambda each: each.id) == sorted(
        {i.id: i for each in units for i in check(given_state, {each.id}, NO_FACTS)}.values(),
        key=lambda each: each.id,
    )


def test_every_rule_and_every_fix_has_words() -> None:
    assert len({rule.key for rule in RULES}) == len(RULES)
    assert all(rule.title and rule.title_en and rule.text and rule.text_en for rule in RULES)
    assert all(zh and en for zh, en in FIXES.values())


def test_what_was_so_before_stands_unless_it_grew() -> None:
    issue = make_issue("sliver", WARNING, ["a"], shapely.Point(116, 39), measure=100.0)
    worse, error = replace(issue, measure=120.0), replace(issue, severity=ERROR)
    assert [each.standing for each in mark_standing([issue, worse], [issue])] == [True, False]
    assert [each.blocks for each in mark_standing([issue, worse, error], [issue])] == [False, True, True]
    assert mark_standing([issue], []) == [issue]

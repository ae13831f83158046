"""Decisions against an oracle that knows only the order of the rules, and their properties."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.events.dispatch import Asked, Decision, Dispatcher
from spatial.events.dispatch.facts import Line, Person
from spatial.events.dispatch.hours import minute_of_week
from spatial.events.dispatch.rules import Rules
from tests.spatial.events.dispatch.boards import (
    DISTRICT,
    GRID_CODES,
    MATTER,
    MONDAY_NOON,
    ask,
    board,
    chain_of,
    dispatcher,
    middle,
    schools,
)
from tests.spatial.grids.cities import SOUTH, STEP, WEST

FIRST = GRID_CODES[0]
IN_SCHOOL = (WEST + 0.3 * STEP, SOUTH + 0.3 * STEP)
WIDE = shapely.MultiPolygon([shapely.box(WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1)])


def one(
    given_to: Dispatcher, point: Any = None, category: str = MATTER, at: datetime = MONDAY_NOON
) -> Decision:
    """Decide for one event."""
    (decision,) = given_to.decide(ask([point or middle(FIRST)], category, at))
    return decision


def whys(decision: Decision) -> dict[int, str]:
    """Say of every line why it was not taken."""
    return {each.line: each.why_not for each in decision.considered}


def test_the_grid_comes_before_the_community_and_the_matter_before_the_grid() -> None:
    lines = [
        Line(1, DISTRICT, "", 1), Line(2, FIRST[:12], "", 2), Line(3, FIRST, "", 3),
        Line(4, FIRST[:9], "01001", 4), Line(5, DISTRICT, MATTER, 5),
    ]  # fmt: skip
    decision = one(dispatcher(lines))
    assert (decision.line, decision.rule, decision.organisation_id) == (5, "grid", 5)
    assert whys(decision) == {5: "chosen", 4: "less_specific_matter", 3: "less_specific_matter",
                              2: "less_specific_matter", 1: "less_specific_matter"}  # fmt: skip
    assert one(dispatcher(lines[:3])).line == 3
    assert whys(one(dispatcher(lines[:3]))) == {3: "chosen", 2: "coarser_area", 1: "coarser_area"}


def test_a_schools_event_goes_to_the_school_when_it_has_a_line() -> None:
    lines = [Line(1, FIRST, MATTER, 1), Line(2, "S1", "", 2, coverage="school")]
    inside, beside = dispatcher(lines).decide(ask([IN_SCHOOL, middle(FIRST)]))
    assert (inside.line, inside.rule, inside.units) == (2, "special", {"school": "S1"})
    assert whys(inside) == {2: "chosen", 1: "special_first"}
    assert (beside.line, beside.rule, beside.units) == (1, "grid", {})
    assert one(dispatcher(lines[:1]), IN_SCHOOL).line == 1


def test_a_ruling_on_a_place_comes_before_everything_there() -> None:
    here = shapely.MultiPolygon([shapely.box(WEST, SOUTH, WEST + STEP / 2, SOUTH + STEP / 2)])
    lines = [
        Line(1, FIRST, MATTER, 1), Line(2, "S1", MATTER, 2, coverage="school"),
        Line(3, FIRST, "01", 3, area=here, dispute_id=9),
    ]  # fmt: skip
    ruled, beside = dispatcher(lines).decide(ask([IN_SCHOOL, middle(FIRST)]))
    assert (ruled.line, ruled.rule) == (3, "place")
    assert whys(ruled) == {3: "chosen", 2: "place_first", 1: "place_first"}
    assert beside.line == 1
    assert one(dispatcher(lines), IN_SCHOOL, "02001").line is None, "another matter is not what was ruled on"


def test_a_later_ruling_comes_before_older_lines_whatever_their_rank_load_or_place() -> None:
    here = shapely.MultiPolygon([shapely.box(WEST, SOUTH, WEST + STEP / 2, SOUTH + STEP / 2)])
    people = [Person(1, 1, lon=IN_SCHOOL[0], lat=IN_SCHOOL[1]), Person(2, 2, load=9), Person(3, 3, load=9)]
    lines = [
        Line(1, FIRST, "01", 1, worker_id=1),
        Line(2, FIRST, "01", 2, worker_id=2, rank=2, dispute_id=8),
        Line(3, FIRST, "01", 3, worker_id=3, rank=3, dispute_id=7),
    ]  # fmt: skip
    assert whys(one(dispatcher(lines, people))) == {3: "chosen", 2: "ruling_first", 1: "ruling_first"}
    placed = [replace(line, area=here) for line in lines]
    decision = one(dispatcher(placed, people), IN_SCHOOL)
    assert (decision.rule, whys(decision)) == ("place", {3: "chosen", 2: "ruling_first", 1: "ruling_first"})
    overlapping = [replace(line, unit_code=FIRST[: 15 - 3 * n]) for n, line in enumerate(placed)]
    decision = one(dispatcher(overlapping, people), IN_SCHOOL)
    assert (decision.line, [each.line for each in decision.considered]) == (3, [3, 2, 1])
    away = [*people[:2], replace(people[2], on_duty=False)]
    assert one(dispatcher(lines, away)).line == 2, "when nobody of the newer is available, the older"


def test_skills_duty_hours_load_and_distance_decide_among_equals() -> None:
    people = [
        Person(1, 1, on_duty=False), Person(2, 1, skills=frozenset({"law"})),
        Person(3, 1, skills=frozenset({"gas"}), load=2),
        Person(4, 1, skills=frozenset({"gas"}), lon=WEST + 1, lat=SOUTH),
        Person(5, 1, skills=frozenset({"gas"}), lon=WEST, lat=SOUTH), Person(6, 1, skills=frozenset({"gas"})),
    ]  # fmt: skip
    gas = frozenset({"gas"})
    lines = [Line(n, FIRST, "", 1, worker_id=n, skills=gas if n > 1 else frozenset()) for n in range(1, 7)]
    lines += [Line(7, FIRST, "", 1, worker_id=5, hours="Tu 00:00-24:00", skills=gas)]
    lines += [Line(8, FIRST, "", 1, worker_id=5, rank=2, skills=gas)]
    decision = one(dispatcher(lines, people))
    assert (decision.worker_id, decision.rule) == (5, "grid")
    assert whys(decision) == {
        1: "off_duty", 2: "skill_missing", 3: "busier", 4: "farther", 5: "chosen", 6: "farther",
        7: "out_of_hours", 8: "lower_rank",
    }  # fmt: skip
    missing = {each.line: each.missing for each in decision.considered}
    assert missing[2] == ("gas",)
    far = {each.line: each.distance_m for each in decision.considered}
    assert far[4] == pytest.approx(85_000, rel=0.02)
    assert far[6] is None


def test_when_nobody_of_the_grid_is_available_the_community_is_asked() -> None:
    off = Person(1, 1, on_duty=False)
    lines = [Line(1, FIRST, "", 1, worker_id=1), Line(2, FIRST[:12], "", 2)]
    decision = one(dispatcher(lines, [off]))
    assert (decision.line, decision.rule) == (2, "upward")
    assert whys(decision) == {1: "off_duty", 2: "chosen"}


def test_somebody_is_responsible_even_when_nobody_is_available() -> None:
    off = [Person(1, 1, on_duty=False), Person(2, 2, on_duty=False, skills=frozenset({"gas"}))]
    lines = [
        Line(1, FIRST, "", 1, worker_id=1, skills=frozenset({"gas"})),
        Line(2, FIRST[:12], "", 2, worker_id=2, skills=frozenset({"gas"})),
    ]
    decision = one(dispatcher(lines, off))
    assert (decision.line, decision.rule) == (2, "unavailable"), "who has the skill, though off duty"
    assert whys(decision) == {1: "skill_missing", 2: "chosen"}
    assert one(dispatcher(lines[:1], off)).line == 1


def test_anybody_of_an_organisation_is_somebody_of_it_there() -> None:
    people = [
        Person(1, 9, FIRST, load=3), Person(2, 9, GRID_CODES[1], load=0), Person(3, 8, FIRST),
        Person(4, 9, None, load=4), Person(5, 9, FIRST[:9], load=2),
    ]  # fmt: skip
    decision = one(dispatcher([Line(1, FIRST, "", 9, anybody=True)], people))
    assert decision.worker_id == 5
    assert [each.worker_id for each in decision.considered] == [5, 1, 4]
    alone = one(dispatcher([Line(1, FIRST, "", 7, anybody=True)], people))
    assert (alone.organisation_id, alone.worker_id) == (7, None)


def test_a_line_counts_while_it_is_in_force() -> None:
    later = Line(1, FIRST, "", 1, valid_from=MONDAY_NOON + timedelta(days=1))
    over = Line(2, FIRST, "", 2, valid_until=MONDAY_NOON)
    lines = [later, over, Line(3, DISTRICT, "", 3)]
    now, then = one(dispatcher(lines)), one(dispatcher(lines), at=MONDAY_NOON + timedelta(days=2))
    before = one(dispatcher(lines), at=MONDAY_NOON - timedelta(seconds=1))
    assert [now.line, then.line, before.line] == [3, 1, 2]
    assert now.rule == "grid", "nobody was passed over: the others were not there"


def test_nobody_only_when_the_list_has_nobody() -> None:
    lines = [Line(1, FIRST, "05", 1)]
    nobody, outside, far, nan = dispatcher(lines).decide(
        ask([middle(FIRST), (WEST - 1, SOUTH), (500.0, 99.0), (math.nan, math.nan)])
    )
    assert (nobody.rule, nobody.unit_code, nobody.organisation_id) == ("nobody", FIRST, None)
    assert {each.rule for each in (outside, far, nan)} == {"outside"}
    assert {each.unit_code for each in (outside, far, nan)} == {None}
    assert nobody.considered == ()
    with pytest.raises(InvalidInput, match="category"):
        dispatcher(lines).decide(Asked([1.0], [1.0], [], [MONDAY_NOON]))


# Properties

CATEGORIES = ("", "01", "01001", MATTER, "02", "02001")
SKILLS = ("gas", "law", "water")
UNITS = (
    *GRID_CODES[:6],
    GRID_CODES[0][:12],
    GRID_CODES[4][:12],
    GRID_CODES[0][:9],
    GRID_CODES[-1][:9],
    DISTRICT,
)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Draw people who differ in everything that counts."""
    return [
        Person(
            number, draw(st.integers(1, 3)), draw(st.sampled_from([None, *UNITS])),
            frozenset(draw(st.sets(st.sampled_from(SKILLS)))), draw(st.booleans()),
            *draw(st.sampled_from([(math.nan, math.nan), (WEST, SOUTH), (WEST + STEP, SOUTH)])),
            draw(st.integers(0, 2)),
        )
        for number in range(1, draw(st.integers(1, 8)))
    ]  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, staff: list[Person]) -> list[Line]:
    """Draw a duty list."""
    found = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        special = draw(st.integers(0, 4)) == 0
        worker = draw(st.sampled_from([None, *(person.id for person in staff)]))
        found.append(
            Line(
                number,
                draw(st.sampled_from(("S1", "S2") if special else UNITS)),
                draw(st.sampled_from(CATEGORIES)),
                draw(st.integers(1, 3)),
                worker,
                draw(st.integers(1, 2)),
                "school" if special else "grids",
                worker is None and draw(st.booleans()),
                frozenset(draw(st.sets(st.sampled_from(SKILLS), max_size=1))),
                draw(st.sampled_from([None, None, "Mo 08:00-18:00", "Tu-Su 00:00-24:00"])),
                draw(st.sampled_from([None, None, MONDAY_NOON, MONDAY_NOON + timedelta(days=1)])),
                area=draw(st.sampled_from([None, None, None, WIDE])),
                dispute_id=draw(st.sampled_from([None, None, None, 7])),
            )
        )
    return found


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Line], list[Person], tuple[float, float], str]:
    """Draw a duty list, people, a point and a matter."""
    staff = draw(people())
    point = draw(st.sampled_from([IN_SCHOOL, *(middle(grid) for grid in GRID_CODES[:6]), (WEST - 1, SOUTH)]))
    return draw(lines(staff)), staff, point, draw(st.sampled_from(CATEGORIES[1:]))


@cache
def coverages() -> dict[str, Any]:
    """Compile the board once."""
    return {"grids": board(), "school": schools()}


def quick(duty: list[Line], staff: list[Person]) -> Dispatcher:
    """Make a dispatcher over the compiled board."""
    return Dispatcher(Rules(duty), {person.id: person for person in staff}, coverages())


def oracle(
    duty: list[Line],
    staff: list[Person],
    point: tuple[float, float],
    unit: str | None,
    school: str | None,
    matter: str,
) -> tuple[int, int | None] | None:
    """Say who it is by comparing everybody with everybody: line and person."""
    known = {person.id: person for person in staff}
    chain = chain_of(unit) if unit else ()
    everybody = []
    for line in duty:
        placed = line.area is not None
        fits = placed or (line.unit_code == school if line.coverage == "school" else line.unit_code in chain)
        if placed and not line.area.intersects(shapely.Point(point)):
            continue
        if not fits or not matter.startswith(line.category) or not line.in_force(MONDAY_NOON):
            continue
        scope = 0 if placed else 1 if line.coverage == "school" else 2
        depth = 0 if placed or scope == 1 else chain.index(line.unit_code)
        for person in oracle_people(line, known):
            able = person is None or line.skills <= person.skills
            awake = person is None or person.on_duty
            in_hours = line.in_hours(minute_of_week(MONDAY_NOON))
            stage = 0 if able and awake and in_hours else 1 if able and in_hours else 2 if in_hours else 3
            group = [line] if line.dispute_id else [other for other in duty if alike(line, other)]
            newest = -max(other.id for other in group) if placed or line.dispute_id else 0
            unruled = line.dispute_id is None
            before = (unruled, newest, depth) if placed else (depth, unruled, newest)
            load, metres, number = 0, math.inf, 0
            if person is not None:
                load, metres, number = person.load, person.metres_from(*point), person.id
            everybody.append(
                ((stage, scope, -len(line.category), *before, line.rank, load, metres, number, line.id),
                 (line.id, person.id if person else None))
            )  # fmt: skip
    return min(everybody)[1] if everybody else None


def alike(line: Line, other: Line) -> bool:
    """Tell whether two lines were ruled on places of one unit, for one matter."""
    keys = [
        (each.area is None, each.dispute_id, each.category, each.coverage, each.unit_code)
        for each in (line, other)
    ]
    return keys[0] == keys[1]


def oracle_people(line: Line, known: dict[int, Person]) -> list[Person | None]:
    """List whom a line names."""
    if line.worker_id:
        return [known[line.worker_id]]
    if not line.anybody:
        return [None]
    near = [
        person for person in known.values()
        if person.organisation_id == line.organisation_id
        and (person.unit_code is None or line.coverage != "grids"
             or person.unit_code.startswith(line.unit_code) or line.unit_code.startswith(person.unit_code))
    ]  # fmt: skip
    return list(near) or [None]


@settings(max_examples=400, deadline=None)
@given(situations())
def test_exactly_one_is_responsible_and_it_is_the_first_of_all(situation: Any) -> None:
    duty, staff, point, matter = situation
    decision = one(quick(duty, staff), point, matter)
    wanted = oracle(duty, staff, point, decision.unit_code, decision.units.get("school"), matter)
    assert (decision.line is None) == (wanted is None)
    if wanted is not None:
        assert (decision.line, decision.worker_id) == wanted
        assert sum(each.why_not == "chosen" for each in decision.considered) == 1
        chosen = next(each for each in decision.considered if each.why_not == "chosen")
        assert (chosen.line, chosen.worker_id, chosen.organisation_id) == (*wanted, decision.organisation_id)


@settings(max_examples=300, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_lines_people_and_events_does_not_matter(situation: Any, random: Any) -> None:
    duty, staff, point, matter = situation
    points = [point, *(middle(grid) for grid in GRID_CODES[:4])]
    before = quick(duty, staff).decide(ask(points, matter))
    order = list(range(len(points)))
    random.shuffle(order)
    random.shuffle(duty)
    random.shuffle(staff)
    after = quick(duty, staff).decide(ask([points[n] for n in order], matter))
    assert after == [before[n] for n in order]
    assert [each.considered for each in after] == [before[n].considered for n in order]


@settings(max_examples=300, deadline=None)
@given(situations())
def test_without_the_chosen_the_next_considered_is_chosen(situation: Any) -> None:
    duty, staff, point, matter = situation
    decision = one(quick(duty, staff), point, matter)
    if decision.line is None:
        return
    named = [
        replace(line, worker_id=None, anybody=False) if line.anybody else line for line in duty
    ]  # whom a pool gives is another question
    decision = one(quick(named, staff), point, matter)
    # In the order of the rules, those who are hindered least first: the second of them is next.
    hindered = {"out_of_hours": 3, "skill_missing": 2, "off_duty": 1}
    others = [each for each in decision.considered if each.why_not != "chosen"]
    after = one(quick([line for line in named if line.id != decision.line], staff), point, matter)
    if not others:
        assert after.line is None
        return
    free = [each for each in others if each.why_not not in hindered]
    if free:
        assert after.line == free[0].line
    else:
        assert after.line in {each.line for each in others}


@settings(max_examples=200, deadline=None)
@given(situations(), st.sampled_from(["grid", "matter"]))
def test_a_more_specific_line_never_loses(situation: Any, better: str) -> None:
    duty, staff, point, matter = situation
    # A ruling of the same unit and matter stands before it: the newest, so this one is one itself.
    duty = [line for line in duty if line.area is None and line.coverage == "grids"]
    decision = one(quick(duty, staff), point, matter)
    if decision.unit_code is None:
        return
    category = "" if better == "grid" else matter
    special = Line(99, decision.unit_code, category, 3, rank=0, dispute_id=8)
    after = one(quick([*duty, special], staff), point, matter)
    chosen = next((line for line in duty if line.id == decision.line), None)
    if better == "matter" or chosen is None or chosen.category == "":
        assert after.line == 99


def test_single_and_bulk_are_the_same() -> None:
    rng = np.random.default_rng(6)
    lon, lat = WEST + rng.uniform(-0.2, 4.2, 500) * STEP, SOUTH + rng.uniform(-0.2, 4.2, 500) * STEP
    staff = [Person(n, 1, lon=lon[n], lat=lat[n]) for n in range(1, 30)]
    duty = [Line(n, GRID_CODES[n % 16], "", 1, worker_id=1 + n % 29) for n in range(1, 100)]
    both = quick(duty, staff)
    bulk = both.decide(ask(np.stack([lon, lat], axis=1)))
    assert [one(both, (x, y)) for x, y in zip(lon, lat, strict=True)] == bulk

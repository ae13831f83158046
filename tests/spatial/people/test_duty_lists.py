"""Who is responsible: the most specific matter, then the smallest area, then rank and presence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spatial.people.duty_lists import DutyLine, DutyList

CHAIN = ["grid", "community", "street", "district"]


def line(unit: str, category: str | None, rank: int, person: str, on_duty: bool = True) -> DutyLine:
    return DutyLine(unit, category, rank, "组织", "organisation", person, "grid_leader", "0", on_duty)


LINES = [
    line("grid", None, 2, "second"),
    line("grid", None, 1, "first"),
    line("street", "01", 1, "class officer"),
    line("district", "01", 1, "district class officer"),
    line("district", "01007", 1, "matter officer"),
    line("elsewhere", None, 1, "stranger"),
]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (None, "first"),
        ("", "first"),
        ("09001", "first"),
        ("01001", "class officer"),
        ("01", "class officer"),
        ("01007", "matter officer"),
    ],
)
def test_the_most_specific_line_wins(category: str | None, expected: str) -> None:
    found = DutyList(LINES).find(CHAIN, category)
    assert found is not None
    assert found.person == expected


def test_somebody_off_duty_is_passed_over_while_another_rank_is_there() -> None:
    away = [line("grid", None, 1, "first", on_duty=False), line("grid", None, 2, "second")]
    assert DutyList(away).find(CHAIN, None).person == "second"


def test_when_nobody_is_on_duty_the_first_rank_is_named() -> None:
    away = [line("grid", None, 1, "first", on_duty=False), line("grid", None, 2, "second", on_duty=False)]
    found = DutyList(away).find(CHAIN, None)
    assert (found.person, found.on_duty) == ("first", False)


def test_no_line_is_no_answer() -> None:
    assert DutyList(LINES).find(["nowhere"], None) is None
    assert DutyList([]).find(CHAIN, "01001") is None


def test_an_organisation_is_there_when_the_person_of_the_grid_is_not() -> None:
    office = replace(line("community", None, 1, ""), person=None, on_duty=False)
    away = [line("grid", None, 1, "first", on_duty=False), office]
    assert DutyList(away).find(CHAIN, None) == office


def test_a_line_is_passed_over_out_of_its_hours_and_before_it_is_in_force() -> None:
    noon = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    at_night = replace(line("grid", None, 1, "at night"), hours="22:00-06:00")
    later = replace(line("grid", None, 1, "later"), valid_from=noon + timedelta(days=1))
    unskilled = replace(line("grid", None, 1, "unskilled"), has_skills=False)
    duties = DutyList([at_night, later, unskilled, line("street", None, 1, "street")])
    assert duties.find(CHAIN, None, noon).person == "street"
    assert duties.find(CHAIN, None, noon + timedelta(hours=12)).person == "at night"
    assert duties.find(CHAIN, None, noon + timedelta(days=2)).person == "later"

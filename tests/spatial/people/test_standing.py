"""Who may give what: the rules alone."""

from __future__ import annotations

from itertools import product

import pytest

from spatial.people.standing import (
    Standing,
    beyond,
    is_over_everything,
    name_problems,
    shape_problems,
)
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import ROLES

STREET = "990101001"


def reader(role: str, reach: str = "city", area: str | None = None, **more) -> Reader:
    return Reader(1, "me", "me", role, reach, area, **more)


CHIEF = reader("district_administrator")
STREET_CHIEF = reader("street_administrator", "area", STREET, organisation_id=7, layers=frozenset({"pipes"}))


@pytest.mark.parametrize("role", ["viewer", "field_worker", "analyst", "commander", "system", ""])
@pytest.mark.parametrize("reach", ["city", "area"])
def test_who_administers_nobody_gives_nothing(role: str, reach: str) -> None:
    area = STREET if reach == "area" else None
    assert beyond(reader(role, reach, area), Standing("viewer", "area", STREET)) == ["role"]
    assert beyond(SYSTEM, Standing("viewer", "area", STREET)) == ["role"]


@pytest.mark.parametrize("role", ROLES)
def test_over_the_whole_city_everything_is_given_but_the_platform(role: str) -> None:
    wanted = Standing(role, "city", None, 3, 4, frozenset({"pipes"}))
    assert beyond(CHIEF, wanted) == []
    assert beyond(CHIEF, Standing("system", "city")) == ["role"]


@pytest.mark.parametrize(
    ("wanted", "too_much"),
    [
        (Standing("viewer", "area", STREET), []),
        (Standing("field_worker", "area", f"{STREET}001001"), []),
        (Standing("street_administrator", "area", STREET, 7, 9, frozenset({"pipes"})), []),
        (Standing("district_administrator", "area", STREET), ["role"]),
        (Standing("analyst", "area", STREET), ["role"]),
        (Standing("commander", "area", STREET), ["role"]),
        (Standing("system", "area", STREET), ["role"]),
        (Standing("viewer", "city"), ["reach", "area"]),
        (Standing("viewer", "organisation", None, 7), ["reach", "area"]),
        (Standing("viewer", "area", "990101"), ["area"]),
        (Standing("viewer", "area", "990101002"), ["area"]),
        (Standing("viewer", "area", "99010100"), ["area"]),
        (Standing("viewer", "area", ""), ["area"]),
        (Standing("viewer", "area", None), ["area"]),
        (Standing("viewer", "area", STREET, 8), ["organisation_id"]),
        (Standing("viewer", "area", STREET, None, None, frozenset({"pipes", "secret"})), ["layers"]),
    ],
)
def test_a_street_administrator_gives_less_than_the_own(wanted: Standing, too_much: list[str]) -> None:
    assert beyond(STREET_CHIEF, wanted) == too_much


@pytest.mark.parametrize("administrator", ["street_administrator", "district_administrator"])
def test_nobody_of_a_limited_reach_gives_the_whole_city(administrator: str) -> None:
    """Every combination: who is not over everything gives no reach but an area inside the own."""
    me = [
        reader(administrator, "area", STREET),
        reader(administrator, "organisation", organisation_id=7),
    ]
    if administrator == "street_administrator":
        me.append(reader(administrator, "city"))
    areas = [None, "", "-", "9", "990101", STREET, f"{STREET}001", "990101002"]
    for giver, role, reach, area, organisation in product(
        me, ROLES, ("city", "area", "organisation"), areas, (None, 7, 8)
    ):
        if not beyond(giver, Standing(role, reach, area, organisation)):
            assert giver.reach == reach == "area"
            assert area is not None
            assert area.startswith(STREET)
            assert organisation in (None, giver.organisation_id)


def test_one_is_over_everything_by_role_and_reach() -> None:
    assert is_over_everything("district_administrator", "city")
    assert not is_over_everything("district_administrator", "area")
    assert not is_over_everything("street_administrator", "city")


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (Standing("viewer", "city"), []),
        (Standing("viewer", "area", "1"), []),
        (Standing("viewer", "organisation", None, 1), []),
        (Standing("king", "city"), ["role"]),
        (Standing("system", "city"), ["role"]),
        (Standing("viewer", "world"), ["reach"]),
        (Standing("viewer", "area"), ["area"]),
        (Standing("viewer", "city", "1"), ["area"]),
        (Standing("viewer", "organisation", "1", 1), ["area"]),
        (Standing("viewer", "organisation"), ["organisation_id"]),
        (Standing("king", "world", "1"), ["role", "reach", "area"]),
    ],
)
def test_a_standing_must_fit_together(wanted: Standing, where: list[str]) -> None:
    assert [problem.where for problem in shape_problems(wanted)] == where


@pytest.mark.parametrize("name", ["li", "li.lei", "li-lei_2@office", "李雷", "网格员007", "a" * 64, "ł8"])
def test_good_names(name: str) -> None:
    assert name_problems(name) == []


BAD = ["", "a", "a" * 65, "Li", "straße", "li lei", "li\0", "li\n", "ﬁ-li", "ｌｉ", "li\u200b", "l\u0301i"]


@pytest.mark.parametrize("name", [*BAD, "system", "li/lei", "<b>", "li'--", "\ud83d"])
def test_bad_names(name: str) -> None:
    assert {problem.where for problem in name_problems(name)} == {"username"}

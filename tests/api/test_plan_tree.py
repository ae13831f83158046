"""What an editor lists beside the map: the tree page by page, people by name, streets as a plan has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.planning import Office, Person, corner
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS


def listed(person: Person, plan: int, **asked: Any) -> list[dict[str, Any]]:
    found = person.get(f"/api/plans/{plan}/tree", params=asked)
    return [dict(zip(found["fields"], row, strict=True)) for row in found["rows"]]


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def test_the_tree_opens_level_by_level(office: Office) -> None:
    chief = office["chief"]
    plan = chief.draft()
    (district,) = listed(chief, plan, below="top")
    assert (district["code"], district["children"]) == (DISTRICT, 2)
    streets = listed(chief, plan, below=district["id"])
    assert codes(streets) == [*STREETS]
    assert [row["children"] for row in streets] == [2, 2]
    communities = listed(chief, plan, below=streets[1]["id"])
    grids = listed(chief, plan, below=communities[0]["id"])
    assert codes(grids) == [*GRIDS[4:6]] and {row["children"] for row in grids} == {0}
    assert codes(listed(chief, plan, above=grids[0]["id"])) == [
        DISTRICT,
        STREETS[1],
        COMMUNITIES[2],
        GRIDS[4],
    ]
    assert codes(listed(chief, plan, level=3)) == [*COMMUNITIES]
    assert len(listed(chief, plan)) == 15


def test_the_tree_turns_pages_and_finds(office: Office) -> None:
    chief = office["chief"]
    plan = chief.draft()
    first = chief.get(f"/api/plans/{plan}/tree", params={"level": 4, "limit": 5})
    rest = chief.get(f"/api/plans/{plan}/tree", params={"level": 4, "limit": 5, "skip": 5})
    assert (len(first["rows"]), first["more"], len(rest["rows"]), rest["more"]) == (5, True, 3, False)
    assert codes(listed(chief, plan, find=GRIDS[3])) == [GRIDS[3]]
    assert codes(listed(chief, plan, find=COMMUNITIES[1], limit=2)) == [COMMUNITIES[1], GRIDS[2]]
    chief.do(plan, "rename", unit=GRIDS[0], name="学府 网格")
    assert codes(listed(chief, plan, find="学府")) == [GRIDS[0]]
    assert listed(chief, plan, find="nothing at all") == []


def test_the_tree_follows_the_plan(office: Office) -> None:
    chief = office["chief"]
    plan = chief.draft()
    chief.do(plan, "split", unit=GRIDS[0], line=[corner(-0.5, 0.5), corner(1.0, 0.5)], names=["新片"])
    (community,) = listed(chief, plan, find=COMMUNITIES[0], limit=1)
    below = listed(chief, plan, below=community["id"])
    assert community["children"] == 3
    assert [row["name"] for row in below if row["code"] is None] == ["新片"]


def test_a_street_sees_its_own_tree(office: Office) -> None:
    clerk = office["street 1"]
    plan = clerk.draft()
    (district,) = listed(clerk, plan, below="top")
    assert district["children"] == 1
    assert codes(listed(clerk, plan, below=district["id"])) == [STREETS[0]]
    foreign = office.rows("SELECT unit_id::text FROM unit_version WHERE code = %s", GRIDS[7])[0][0]
    for way in ("below", "above"):
        assert clerk.ask("GET", f"/api/plans/{plan}/tree", params={way: foreign}).status_code == 404
    assert listed(clerk, plan, find=GRIDS[7]) == []


@pytest.mark.parametrize("asked", [{"below": "x"}, {"level": 0}, {"below": "top", "find": "x"}, {"skip": -1}])
def test_two_ways_at_once_are_refused(office: Office, asked: dict[str, Any]) -> None:
    chief = office["chief"]
    answer = chief.ask("GET", f"/api/plans/{chief.draft()}/tree", params=asked)
    assert answer.status_code == 400 and answer.json()["errors"]


def test_people_are_found_by_number_and_surname_near_ones_first(office: Office) -> None:
    chief = office["chief"]
    found = chief.get("/api/workers", params={"q": "张三丰", "near": GRIDS[5]})["workers"]
    assert len(found) == len(GRIDS)
    assert {found[0]["unit_code"], found[1]["unit_code"]} == {*GRIDS[4:6]}
    assert all(each["name"] == "张**" and "phone" not in each for each in found)
    (one,) = chief.get("/api/workers", params={"q": f"w{GRIDS[2]}"})["workers"]
    assert one["code"] == f"W{GRIDS[2]}"
    assert chief.get("/api/workers", params={"q": "李"})["workers"] == []
    assert len(chief.get("/api/workers", params={"limit": 3})["workers"]) == 3
    own = office["street 1"].get("/api/workers")["workers"]
    assert {each["unit_code"] for each in own} == {*GRIDS[:4]}
    assert office["viewer"].get("/api/workers")["workers"] == []


def test_streets_are_shown_as_the_plan_has_them(office: Office) -> None:
    chief = office["chief"]
    plan = chief.draft()
    first, second = chief.get(f"/api/plans/{plan}/streets")["streets"]
    assert (first["grids"], first["grids_share"], first["touched"]) == (4, 1.0, False)
    chief.do(plan, "split", unit=GRIDS[0], line=[corner(-0.5, 0.5), corner(1.0, 0.5)], names=["新片"])
    first, second = chief.get(f"/api/plans/{plan}/streets")["streets"]
    assert (first["code"], first["grids_before"], first["grids"], first["touched"]) == (
        STREETS[0],
        4,
        5,
        True,
    )
    assert first["grids_share"] == 1.0
    assert (second["grids_before"], second["grids"], second["grids_share"]) == (4, 4, 1.0)


def test_a_hole_in_the_grids_lowers_the_rate(office: Office) -> None:
    chief = office["chief"]
    plan = chief.draft()
    hole = [corner(0.2, 0.2), corner(0.7, 0.2), corner(0.7, 0.7), corner(0.2, 0.7), corner(0.2, 0.2)]
    chief.do(plan, "cut", unit=GRIDS[0], polygon={"type": "Polygon", "coordinates": [hole]}, reason="水面")
    first, _ = chief.get(f"/api/plans/{plan}/streets")["streets"]
    assert first["grids_share"] == pytest.approx(1 - 0.25 / 4, abs=1e-3)


def test_a_street_sees_its_own_rate(office: Office) -> None:
    clerk = office["street 1"]
    (own,) = clerk.get(f"/api/plans/{clerk.draft()}/streets")["streets"]
    assert (own["code"], own["grids"]) == (STREETS[0], 4)

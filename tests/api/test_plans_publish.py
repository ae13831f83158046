"""Plans that are published: at once, later, beside others, against others, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.planning import Office, corner, open_office
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS, build


@pytest.fixture
def office(make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Office]:
    with make_city(build) as url, open_office(url, as_app(url), tmp_path) as opened:
        yield opened


def located(office: Office, column: float, row: float, at: str | None = None) -> str | None:
    lon, lat = corner(column, row)
    when = {} if at is None else {"at": at}
    answer = office["chief"].get("/api/grids/locate", params={"lon": lon, "lat": lat, **when})
    found: str | None = answer["assignments"][0]["code"]
    return found


def follow(office: Office) -> None:
    """Hear what a listener would hear by itself a moment later."""
    client: Any = office["chief"].client
    app = client.app
    while not hasattr(app, "rest"):
        app = app.app
    app.rest.state.city.refresh("coverage")


def split(office: Office, plan: int, grid: str, row: float, who: str = "deputy", name: str = "新") -> str:
    """Split a grid of the western column from west to east; gives the id of the new unit."""
    person = office[who]
    unit = person.units(plan)[grid]["id"]
    done = person.do(plan, "split", unit=unit, line=[corner(-0.2, row), corner(1.0, row)], names=[name])
    return next(each["id"] for each in done["features"]["features"] if each["properties"]["status"] == "new"
                and each["properties"]["name"] == name)  # fmt: skip


def border(office: Office, plan: int, row: int, to: float, who: str = "deputy") -> None:
    """Bend the border between two grids of the western column that lies on a row."""
    person = office[who]
    unit = person.units(plan)[GRIDS[row - 1]]["id"]
    line = [corner(0.1, row), corner(0.5, row + to), corner(0.9, row)]
    person.do(plan, "reshape", unit=unit, line=line)


def total(office: Office) -> float:
    return float(
        office.rows(
            "SELECT sum(area_m2) FROM unit_version"
            " WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND upper_inf(valid)"
        )[0][0]
    )


def test_what_is_published_is_in_force_and_the_past_is_what_it_was(office: Office) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    before, held = total(office), located(office, 0.5, 0.9)
    assert held == GRIDS[0]
    plan = office["deputy"].draft("拆分")
    new = split(office, plan, GRIDS[0], 0.5)
    office["deputy"].do(plan, "assign", unit=new, people=[[1, "leader"]])
    published = office.publish(plan)
    follow(office)
    code = f"{COMMUNITIES[0]}003"
    assert {located(office, 0.5, 0.9), located(office, 0.5, 0.1)} == {GRIDS[0], code}
    assert located(office, 0.5, 0.9, at=yesterday) == GRIDS[0]
    assert total(office) == pytest.approx(before, rel=1e-9)
    row = office.rows(
        "SELECT plan_id, note FROM coverage_version WHERE id = %s", published["published_version"]
    )
    assert row == [(plan, f"{published['no']} 拆分")]
    lineage = office.rows("SELECT sum(w_area) FROM lineage WHERE version_id = %s GROUP BY from_unit",
                          published["published_version"])  # fmt: skip
    assert lineage and all(weight == pytest.approx(1) for (weight,) in lineage)
    assert office.rows("SELECT role FROM unit_person WHERE unit_id = %s", new) == [("leader",)]
    stamped = office.rows("SELECT unit_code FROM place WHERE name = %s", f"place {GRIDS[0]}")[0][0]
    assert stamped == located(office, 0.5, 0.5)
    again = office["chief"].get(f"/api/plans/{plan}/diff")["units"]
    assert {each["after"]["code"] for each in again} >= {code}
    assert (
        office["chief"].ask("POST", f"/api/plans/{plan}/operations", json={"op": "rename"}).status_code == 409
    )


def test_two_plans_that_do_not_touch_are_both_published(office: Office) -> None:
    before = total(office)
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    split(office, mine, GRIDS[3], 3.5, name="甲")
    border(office, mine, 2, 0.2)
    split(office, theirs, GRIDS[0], 0.5, "chief", name="乙")
    units = office["chief"].units(theirs)
    office["chief"].do(theirs, "rename", unit=units[GRIDS[3]]["id"], name="改名")
    office.publish(theirs, "chief", "deputy")
    assert office["deputy"].get(f"/api/plans/{mine}")["is_behind"]
    assert office["deputy"].get(f"/api/plans/{mine}/conflicts")["conflicts"] == []
    office.publish(mine)
    found = office["chief"].units(office["chief"].draft())
    names = {each["name"] for each in found.values()}
    assert {"甲", "乙", "改名"} <= names
    assert total(office) == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_the_same_border_moved_twice_is_a_conflict_to_choose_in(office: Office, choice: str) -> None:
    before = total(office)
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    border(office, mine, 1, 0.2)
    split(office, mine, GRIDS[3], 3.5, name="甲")
    border(office, theirs, 1, -0.3, "chief")
    office.publish(theirs, "chief", "deputy")
    shown = office["deputy"].get(f"/api/plans/{mine}/conflicts")
    (conflict,) = shown["conflicts"]
    assert shown["free"] == 1
    units = office["deputy"].units(mine)
    assert {each["id"] for each in conflict["units"]} == {units[GRIDS[0]]["id"], units[GRIDS[1]]["id"]}
    for side in ("base", "mine", "published"):
        assert len(conflict[side]["features"]) == 1
    lines = [conflict[side]["features"][0]["geometry"]["coordinates"] for side in ("mine", "published")]
    assert corner(0.5, 1.2) in lines[0] and corner(0.5, 0.7) in lines[1]
    refused = office["deputy"].ask("POST", f"/api/plans/{mine}/rebase", json={})
    assert refused.status_code == 409
    bad = office["deputy"].ask("POST", f"/api/plans/{mine}/rebase", json={"choices": {"none": "mine"}})
    assert bad.status_code == 400
    done = office["deputy"].post(f"/api/plans/{mine}/rebase", {"choices": {conflict["id"]: choice}})
    assert (done["op"], done["reload"]) == ("rebase", True)
    assert not office["deputy"].get(f"/api/plans/{mine}")["is_behind"]
    back = office["deputy"].post(f"/api/plans/{mine}/undo")
    assert back["reload"]
    assert office["deputy"].get(f"/api/plans/{mine}")["is_behind"], "a choice can be undone, too"
    office["deputy"].post(f"/api/plans/{mine}/redo")
    office.publish(mine)
    follow(office)
    assert located(office, 0.5, 1.1) == (GRIDS[0] if choice == "mine" else GRIDS[1])
    assert located(office, 0.5, 0.8) == (GRIDS[0] if choice == "mine" else GRIDS[1])
    assert total(office) == pytest.approx(before, rel=1e-9)


def test_a_conflict_found_at_publication_leaves_the_plan_approved_and_says_so(office: Office) -> None:
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    border(office, mine, 1, 0.2)
    border(office, theirs, 1, -0.3, "chief")
    for plan, drafter, reviewer in ((mine, "deputy", "chief"), (theirs, "chief", "deputy")):
        office[drafter].submit(plan)
        office[reviewer].post(f"/api/plans/{plan}/approve")
        assert office[reviewer].ask("POST", f"/api/plans/{plan}/publish", json={}).status_code == 202
    waiting = office["chief"].ask("POST", f"/api/plans/{mine}/return", json={"text": "x"})
    assert waiting.status_code == 409, "it is being published"
    assert office.publish_waiting() == 2
    assert office["chief"].get(f"/api/plans/{theirs}")["status"] == "approved", "the first one asked won"
    problem = office["chief"].get(f"/api/plans/{theirs}")["publish_problem"]
    assert (problem["kind"], len(problem["problems"])) == ("conflicts", 1)
    assert office["chief"].get(f"/api/plans/{mine}")["status"] == "published"
    office["chief"].post(f"/api/plans/{theirs}/return", {"text": "与已发布冲突"})
    found = office["chief"].get(f"/api/plans/{theirs}/conflicts")["conflicts"]
    office["chief"].post(f"/api/plans/{theirs}/rebase", {"choices": {each["id"]: "theirs" for each in found}})
    assert office["chief"].ask("POST", f"/api/plans/{theirs}/submit", json={}).status_code == 400, (
        "nothing is left"
    )


def test_values_are_merged_field_by_field(office: Office) -> None:
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    unit = office["deputy"].units(mine)[GRIDS[0]]["id"]
    office["deputy"].do(mine, "rename", unit=unit, name="新名")
    office["chief"].do(theirs, "assign", unit=unit, people=[[2, "leader"]])
    office.publish(theirs, "chief", "deputy")
    assert office["deputy"].get(f"/api/plans/{mine}/conflicts")["conflicts"] == []
    office.publish(mine)
    found = office["chief"].units(office["chief"].draft())[GRIDS[0]]
    assert (found["name"], found["people"]) == ("新名", [{"worker_id": 2, "role": "leader"}])
    second, third = office["deputy"].draft("second"), office["chief"].draft("third")
    office["deputy"].do(second, "rename", unit=unit, name="甲")
    office["chief"].do(third, "rename", unit=unit, name="乙")
    office.publish(third, "chief", "deputy")
    (conflict,) = office["deputy"].get(f"/api/plans/{second}/conflicts")["conflicts"]
    (values,) = conflict["units"]
    assert [values[way]["name"] for way in ("base", "mine", "published")] == ["新名", "甲", "乙"]


def test_a_child_of_a_unit_that_was_merged_away_is_a_conflict(office: Office) -> None:
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    units = office["deputy"].units(mine)
    split(office, mine, GRIDS[0], 0.5)
    office["chief"].do(
        theirs, "merge", units=[units[GRIDS[0]]["id"], units[GRIDS[1]]["id"]], into=units[GRIDS[1]]["id"]
    )
    office.publish(theirs, "chief", "deputy")
    (conflict,) = office["deputy"].get(f"/api/plans/{mine}/conflicts")["conflicts"]
    office["deputy"].post(f"/api/plans/{mine}/rebase", {"choices": {conflict["id"]: "mine"}})
    office.publish(mine)
    found = office["chief"].units(office["chief"].draft())
    assert GRIDS[0] in found, "the retired unit is back, with its own code"
    assert f"{COMMUNITIES[0]}003" in found


def test_a_counter_plan_takes_back_what_was_published(office: Office) -> None:
    before = office["chief"].units(office["chief"].draft())
    plan = office["deputy"].draft("to be taken back")
    units = office["deputy"].units(plan)
    split(office, plan, GRIDS[3], 3.5)
    merged = {"units": [units[GRIDS[0]]["id"], units[GRIDS[1]]["id"]], "into": units[GRIDS[1]]["id"]}
    office["deputy"].do(plan, "merge", **merged)
    office.publish(plan)
    assert office["street 1"].ask("POST", f"/api/plans/{plan}/counter", json={}).status_code in (403, 404)
    between = office["deputy"].draft("meanwhile")
    office["deputy"].do(between, "rename", unit=units[GRIDS[6]]["id"], name="其间")
    office.publish(between)
    counter = office["deputy"].post(f"/api/plans/{plan}/counter")
    assert (counter["counter_of"], counter["status"], counter["origin"]) == (plan, "draft", "counter")
    office.publish(counter["id"])
    after = office["chief"].units(office["chief"].draft())
    assert after[GRIDS[6]]["name"] == "其间"
    assert set(after) == set(before)
    for code in (GRIDS[0], GRIDS[1], GRIDS[3]):
        assert (after[code]["id"], after[code]["shape"]) == (before[code]["id"], before[code]["shape"])


def test_codes_are_given_at_publication_and_never_again(office: Office) -> None:
    mine, theirs = office["deputy"].draft("mine"), office["chief"].draft("theirs")
    split(office, mine, GRIDS[0], 0.5, name="甲")
    split(office, theirs, GRIDS[1], 1.5, "chief", name="乙")
    proposed = f"{COMMUNITIES[0]}003"
    assert office["deputy"].units(mine)["甲"]["proposed_code"] == proposed
    assert office["chief"].units(theirs)["乙"]["proposed_code"] == proposed
    office.publish(theirs, "chief", "deputy")
    assert office["deputy"].units(mine)["甲"]["proposed_code"] == f"{COMMUNITIES[0]}004"
    office.publish(mine)
    last = office["deputy"].draft("retires")
    units = office["deputy"].units(last)
    assert units[f"{COMMUNITIES[0]}003"]["name"] == "乙"
    office["deputy"].do(
        last, "merge", units=[units[proposed]["id"], units[GRIDS[1]]["id"]], into=units[GRIDS[1]]["id"]
    )
    split(office, last, GRIDS[1], 1.5, name="丙")
    office.publish(last)
    assert {"丙": f"{COMMUNITIES[0]}005"}.items() <= {
        each["name"]: code for code, each in office["chief"].units(office["chief"].draft()).items()
    }.items()


def test_a_plan_comes_into_force_when_it_says(office: Office) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    plan = office["deputy"].draft("later", effective_at=later.isoformat())
    split(office, plan, GRIDS[0], 0.5)
    office.publish(plan)
    follow(office)
    assert {located(office, 0.5, 0.9), located(office, 0.5, 0.1)} == {GRIDS[0]}
    then = (later + timedelta(hours=1)).isoformat()
    assert {located(office, 0.5, 0.9, then), located(office, 0.5, 0.1, then)} == {
        GRIDS[0],
        f"{COMMUNITIES[0]}003",
    }
    early = office["deputy"].draft("too early")
    office["deputy"].do(early, "rename", unit=office["deputy"].units(early)[GRIDS[5]]["id"], name="x")
    office["deputy"].submit(early)
    office["chief"].post(f"/api/plans/{early}/approve")
    office["chief"].post(f"/api/plans/{early}/publish")
    office.publish_waiting()
    problem = office["chief"].get(f"/api/plans/{early}")["publish_problem"]
    assert problem["problems"][0]["where"] == "effective_at"
    office["chief"].post(f"/api/plans/{early}/publish", {"effective_at": later.isoformat()})
    office.publish_waiting()
    assert office["chief"].get(f"/api/plans/{early}")["status"] == "published", (
        "at the same moment, and after it"
    )
    counter = office["deputy"].post(f"/api/plans/{plan}/counter")["id"]
    office["deputy"].ask(
        "PATCH", f"/api/plans/{counter}", json={"effective_at": (later + timedelta(days=1)).isoformat()}
    )
    office.publish(counter)
    assert located(office, 0.5, 0.9, (later + timedelta(days=2)).isoformat()) == GRIDS[0]
    assert located(office, 0.5, 0.1, (later + timedelta(days=2)).isoformat()) == GRIDS[0]


def test_people_of_the_platform_are_asked_for_when_somebody_is_given_to_a_unit(office: Office) -> None:
    plan = office["street 1"].draft()
    unit = office["street 1"].units(plan)[GRIDS[0]]["id"]
    foreign = office.rows("SELECT id FROM worker WHERE unit_code = %s", GRIDS[6])[0][0]
    refused = office["street 1"].refused(plan, "assign", unit=unit, people=[[foreign, "leader"]])
    none = office["street 1"].refused(plan, "assign", unit=unit, people=[[10**9, "leader"]])
    assert refused.text.replace(str(foreign), "?") == none.text.replace(str(10**9), "?")
    assert STREETS[1] not in refused.text


def test_a_street_sees_its_conflict_and_nothing_beyond_its_border(office: Office) -> None:
    street, chief = office["street 1"], office["chief"]
    plan = street.draft()
    split(office, plan, GRIDS[0], 0.5, "street 1", "北")
    theirs = chief.draft("theirs")
    foreign = {each["id"] for code, each in chief.units(theirs).items() if code.startswith(STREETS[1])}
    split(office, theirs, GRIDS[0], 0.4, "chief", "别的")
    office.publish(theirs, "chief", "deputy")
    text = street.ask("GET", f"/api/plans/{plan}/conflicts").text
    assert [each for each in foreign if each in text] == []
    (conflict,) = street.get(f"/api/plans/{plan}/conflicts")["conflicts"]
    names = {each[way]["name"] for each in conflict["units"] for way in ("mine", "published") if each[way]}
    assert {"北", "别的"} <= names
    street.post(f"/api/plans/{plan}/rebase", {"choices": {conflict["id"]: "mine"}})
    office.publish(plan, "street 1")
    assert {"北"} <= {each["name"] for each in chief.units(chief.draft()).values()}


def test_duties_and_people_follow_a_grid_that_gets_another_code(office: Office) -> None:
    plan = office["deputy"].draft()
    fresh = f"{COMMUNITIES[0]}077"
    office["deputy"].do(plan, "recode", unit=GRIDS[0], code=fresh)
    office.publish(plan)
    assert office.rows("SELECT count(*) FROM duty WHERE unit_code = %s", GRIDS[0]) == [(0,)]
    assert office.rows("SELECT count(*) FROM duty WHERE unit_code = %s", fresh) == [(1,)]
    assert office.rows("SELECT code FROM worker WHERE unit_code = %s", fresh) == [(f"W{GRIDS[0]}",)]
    assert office.rows("SELECT username FROM account WHERE area = %s", fresh) == [(f"worker {GRIDS[0]}",)]
    assert office.rows("SELECT name FROM place WHERE unit_code = %s", fresh) == [(f"place {GRIDS[0]}",)]
    assert office.rows("SELECT no FROM event WHERE unit_code = %s", GRIDS[0]) == [(f"E{GRIDS[0]}",)], (
        "of its day"
    )

"""A coverage that is made of grids, through HTTP: its lists are changed, published, and follow the grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from psycopg import Connection

from spatial.database import connect
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish_composed, read_snapshot
from tests.api.planning import Json, Office, Person, corner, open_office
from tests.spatial.rights.town import GRIDS, STREETS, build

AREAS = {street: f"JW{street}" for street in STREETS}
BEFORE = datetime.now(UTC) - timedelta(days=9)


def police(connection: Connection[Any]) -> None:
    """A police area a street."""
    base = read_snapshot(connection, "grids")
    areas = [UnitDraft(1, code, None, f"警务区 {code}", "Police area", True) for code in AREAS.values()]
    area_of = {unit.unit_id: AREAS[unit.code[:9]] for unit in base.units[: base.base_count] if unit.unit_id}
    publish_composed(connection, "police", areas, area_of, base, "town", BEFORE)


@pytest.fixture
def office(make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Office]:
    with make_city(build) as url, open_office(url, as_app(url), tmp_path) as opened:
        with connect(url) as owner:
            police(owner)
        follow(opened)
        yield opened


def city(office: Office) -> Any:
    client: Any = office["chief"].client
    app = client.app
    while not hasattr(app, "rest"):
        app = app.app
    return app.rest.state.city


def follow(office: Office) -> None:
    """Hear what a listener would hear by itself a moment later."""
    city(office).refresh("coverage")


def draft(who: Person) -> int:
    return int(who.post("/api/plans", {"coverage": "police", "title": "调整警务区"})["id"])


def located(office: Office, grid: int, **more: Any) -> str | None:
    """Say in which police area the middle of a grid lies."""
    lon, lat = corner(grid // 4 + 0.5, grid % 4 + 0.5)
    asked = {"lon": lon, "lat": lat, "coverage": "police", **more}
    found: str | None = office["chief"].get("/api/grids/locate", params=asked)["assignments"][0]["code"]
    return found


def areas(office: Office, **more: Any) -> dict[str, float]:
    """Read the police areas from the OGC door: code → how many squares of the town it covers."""
    page = office["chief"].get("/ogc/collections/police_areas/items", params={"limit": 100, **more})
    return {each["id"]: _squares(each["geometry"]) for each in page["features"]}


def _squares(geometry: Json) -> float:
    return round(shapely.geometry.shape(geometry).area / 0.01**2, 6)


def test_lists_of_grids_are_changed_checked_and_published(office: Office) -> None:
    who = office["deputy"]
    plan = draft(who)
    units = who.units(plan)
    assert set(units) == {*GRIDS, *AREAS.values()}
    to = units[AREAS[STREETS[0]]]["id"]
    done = who.do(plan, "compose", unit=AREAS[STREETS[0]], add=[GRIDS[4]])
    moved = next(each for each in done["features"]["features"] if each["properties"]["code"] == GRIDS[4])
    assert moved["properties"]["parent"] == to
    problems = who.get(f"/api/plans/{plan}/problems")["issues"]
    assert not [issue for issue in problems if issue["severity"] == "error"]
    impact = who.get(f"/api/plans/{plan}/impact")
    assert impact["units"]
    assert (located(office, 4), areas(office)) == (AREAS[STREETS[1]], dict.fromkeys(AREAS.values(), 4.0))
    office.publish(plan)
    follow(office)
    assert located(office, 4) == AREAS[STREETS[0]]
    assert areas(office) == {AREAS[STREETS[0]]: 5.0, AREAS[STREETS[1]]: 3.0}
    then = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert located(office, 4, at=then) == AREAS[STREETS[1]]
    assert areas(office, datetime=then) == dict.fromkeys(AREAS.values(), 4.0)


def test_a_step_is_undone_and_the_plan_is_taken_back(office: Office) -> None:
    who = office["deputy"]
    plan = draft(who)
    who.do(plan, "compose", unit=AREAS[STREETS[0]], add=[GRIDS[4], GRIDS[5]])
    who.do(plan, "rename", unit=AREAS[STREETS[0]], name="大警务区")
    who.post(f"/api/plans/{plan}/undo")
    assert who.units(plan)[AREAS[STREETS[0]]]["name"] != "大警务区"
    office.publish(plan)
    follow(office)
    assert areas(office) == {AREAS[STREETS[0]]: 6.0, AREAS[STREETS[1]]: 2.0}
    back = office["deputy"].post(f"/api/plans/{plan}/counter")["id"]
    office.publish(back)
    follow(office)
    assert areas(office) == dict.fromkeys(AREAS.values(), 4.0)


def test_areas_follow_when_their_grids_change(office: Office) -> None:
    """Half of a grid goes to one of the other street; a grid is split; an area lies as its members lie."""
    who = office["deputy"]
    plan = who.draft()
    half = [corner(0, 0), corner(1, 0), corner(1, 0.5), corner(0, 0.5), corner(0, 0)]
    units = who.units(plan)
    who.do(plan, "transfer", **{"from": units[GRIDS[0]]["id"], "to": units[GRIDS[4]]["id"],
           "polygon": {"type": "Polygon", "coordinates": [half]}})  # fmt: skip
    who.do(plan, "split", unit=GRIDS[7], line=[corner(0.9, 3.5), corner(2.1, 3.5)], names=["new"])
    office.publish(plan)
    follow(office)
    assert areas(office) == {AREAS[STREETS[0]]: 3.5, AREAS[STREETS[1]]: 4.5}
    lon, lat = corner(0.5, 0.2)
    asked = {"lon": lon, "lat": lat, "coverage": "police"}
    found = office["chief"].get("/api/grids/locate", params=asked)["assignments"][0]
    assert found["code"] == AREAS[STREETS[1]]
    assert located(office, 7) == AREAS[STREETS[1]]


def test_a_draft_of_lists_goes_over_grids_that_changed_meanwhile(office: Office) -> None:
    """The grid that the plan hands over is split before it is published: what keeps its name goes."""
    who = office["deputy"]
    plan = draft(who)
    who.do(plan, "compose", unit=AREAS[STREETS[0]], add=[GRIDS[7]])
    base = who.draft()
    who.do(base, "split", unit=GRIDS[7], line=[corner(0.9, 3.5), corner(2.1, 3.5)], names=["new"])
    office.publish(base)
    follow(office)
    assert who.get(f"/api/plans/{plan}")["is_behind"]
    who.submit(plan)
    office["chief"].post(f"/api/plans/{plan}/approve")
    office["chief"].post(f"/api/plans/{plan}/publish")
    office.publish_waiting()
    follow(office)
    seen = office["chief"].get(f"/api/plans/{plan}")
    assert seen["status"] == "published", seen["publish_problem"]
    assert areas(office) == {AREAS[STREETS[0]]: 4.5, AREAS[STREETS[1]]: 3.5}


def forget(office: Office) -> None:
    """Begin as a process does that has just been started."""
    city(office).bases._bases.clear()
    city(office).bases._states.clear()


def test_two_lists_that_want_the_same_grid_are_a_conflict_with_a_choice(office: Office) -> None:
    """Also for a process that was started after the first of them was published."""
    who = office["deputy"]
    first, second = draft(who), draft(who)
    who.do(first, "compose", unit=AREAS[STREETS[0]], add=[GRIDS[4]])
    who.do(second, "compose", name="C", add=[GRIDS[4], GRIDS[5]])
    office.publish(first)
    forget(office)
    units = who.units(second)
    assert units[GRIDS[4]]["parent"] == units["C"]["id"]
    found = who.get(f"/api/plans/{second}/conflicts")
    (clash,) = found["conflicts"]
    unit = next(each for each in clash["units"] if each["id"] == units[GRIDS[4]]["id"])
    codes = {each["id"]: code for code, each in who.units(second).items()}
    ways = [codes.get(unit[way]["parent"]) for way in ("base", "mine", "published")]
    assert ways == [AREAS[STREETS[1]], "C", AREAS[STREETS[0]]]
    who.post(f"/api/plans/{second}/rebase", {"choices": {clash["id"]: "mine"}})
    office.publish(second)
    follow(office)
    found_areas = areas(office)
    assert (found_areas.pop(AREAS[STREETS[0]]), found_areas.pop(AREAS[STREETS[1]])) == (4.0, 2.0)
    assert list(found_areas.values()) == [2.0]
    assert located(office, 4) == next(iter(found_areas))


def test_borders_of_lists_are_not_drawn(office: Office) -> None:
    who = office["deputy"]
    plan = draft(who)
    line = [corner(-0.1, 0.5), corner(1.1, 0.5)]
    for fields in ({"unit": AREAS[STREETS[0]]}, {"unit": GRIDS[0]}):
        answer = who.refused(plan, "split", line=line, names=["x"], **fields)
        assert answer.status_code == 400
    refused = who.ask("POST", f"/api/plans/{plan}/imports", files={"file": ("a.geojson", b"{}")})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["where"] == "plan"


def test_a_grid_is_in_one_area_at_most_and_no_area_is_left_empty(office: Office) -> None:
    who = office["deputy"]
    plan = draft(who)
    answer = who.refused(plan, "compose", unit=AREAS[STREETS[0]], add=list(GRIDS[4:]))
    assert answer.status_code == 400
    who.do(plan, "compose", unit=AREAS[STREETS[0]], add=[GRIDS[4]])
    who.do(plan, "compose", unit=AREAS[STREETS[1]], add=[GRIDS[4]])
    assert who.units(plan)[GRIDS[4]]["parent"] == who.units(plan)[AREAS[STREETS[1]]]["id"]
    nothing = who.refused(plan, "compose", unit=AREAS[STREETS[0]], add=["nothing"])
    assert nothing.json()["errors"][0]["where"] == "add"


def test_a_street_changes_no_lists_of_others(office: Office) -> None:
    """Codes of police areas lie in no street: they are their district's."""
    who = office["street 1"]
    plan = draft(who)
    for fields in ({"add": [GRIDS[4]]}, {"remove": [GRIDS[0]]}):
        answer = who.refused(plan, "compose", unit=AREAS[STREETS[0]], **fields)
        assert answer.status_code in (400, 403)
        assert GRIDS[4] not in answer.text.replace(f"'{GRIDS[4]}'", "")

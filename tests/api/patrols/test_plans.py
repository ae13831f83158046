"""Patrol plans over HTTP: written, changed, taken away, refused, checked against a past day."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.patrols.rounds import LAT, LON, YESTERDAY, mover_of, plan_of, send, street, walked
from tests.api.planning import Json, Office
from tests.spatial.rights.town import GRIDS

PLANS = "/api/patrol-plans"


def test_a_plan_is_written_read_changed_and_due(office: Office) -> None:
    chief, mover = office["chief"], mover_of(office)
    answer = chief.ask("POST", PLANS, json=plan_of(mover, rounds=2))
    assert answer.status_code == 201, answer.text
    plan = answer.json()
    path = answer.headers["location"]
    assert (answer.headers["etag"], plan["edition"], plan["kind"]) == ('"1"', 1, "lines")
    assert plan["targets"][0]["geometry"]["type"] == "LineString"
    assert plan["members"][0]["mover_id"] == mover
    assert chief.get(path) == plan
    due = chief.get(f"/api/patrol-results?plan={plan['id']}")["results"]
    assert len(due) >= 14
    assert {each["word"] for each in due} == {None}
    changed = chief.ask("PATCH", path, json={"rounds": 1, "name": "晚巡"}, headers={"If-Match": '"1"'})
    assert (changed.json()["edition"], changed.json()["name"]) == (2, "晚巡")
    assert chief.ask("PATCH", path, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    ahead = chief.get(f"/api/patrol-results?plan={plan['id']}")["results"]
    assert len(ahead) < len(due)
    listed = chief.get(f"{PLANS}?mover={mover}&q=晚&kind=lines&unit={GRIDS[0]}")["plans"]
    assert [each["id"] for each in listed] == [plan["id"]]
    assert chief.ask("DELETE", path).status_code == 204
    assert chief.ask("GET", path).status_code in (200, 404)
    assert chief.get(f"{PLANS}?q=晚")["plans"] == []


def test_what_stands_somewhere_lends_its_point(office: Office) -> None:
    (place,) = office.rows("SELECT id FROM place WHERE unit_code = %s", GRIDS[0])[0]
    body = plan_of(None, kind="points", targets=[{"place_id": place, "dwell_s": 60.0}])
    plan = office["chief"].post(PLANS, body)
    assert plan["targets"][0]["geometry"]["coordinates"] == [pytest.approx(LON), pytest.approx(LAT)]
    assert plan["targets"][0]["place_id"] == place


def test_another_datum_is_converted(office: Office) -> None:
    plan = office["chief"].post(PLANS, plan_of(None, datum="gcj02"))
    first = plan["targets"][0]["geometry"]["coordinates"][0]
    assert abs(first[0] - LON) > 0.003


def _line(*coordinates: Any) -> Json:
    return {"type": "LineString", "coordinates": coordinates}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"targets": []}, "targets"),
        ({"targets": [{}]}, "targets[0].geometry"),
        ({"targets": [{"geometry": {"type": "Point", "coordinates": [116, 40]}}]}, "targets[0].geometry"),
        ({"targets": [{"geometry": {"type": "LineString", "coordinates": []}}]}, "targets[0].geometry"),
        (
            {"targets": [{"geometry": _line([1e9, 0], [0, 0])}]},
            "targets[0]",
        ),
        (
            {"targets": [{"geometry": _line([110, 30], [120, 45])}]},
            "targets[0]",
        ),
        ({"targets": [{"geometry": "x"}]}, "targets.0.geometry"),
        ({"targets": [{"geometry": street(), "buffer_m": 1e9}]}, "targets.0.buffer_m"),
        ({"targets": [{"geometry": street(), "nonsense": 1}]}, "targets.0.nonsense"),
        ({"members": [{"mover_id": 10**12}]}, "members[0].mover_id"),
        ({"members": [{}]}, "members[0]"),
        ({"rules": {"done_at": "all"}}, "rules.done_at"),
        ({"rules": {"x": 1}}, "rules.x"),
        ({"starts": "25:00"}, "starts"),
        ({"weekdays": [8]}, "weekdays.0"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"name": "\x00"}, "name"),
        ({"organisation": "nobody"}, "organisation"),
        ({"id": 1}, "id"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(office: Office, change: Json, where: str) -> None:
    answer = office["chief"].ask("POST", PLANS, json=plan_of(None, **change))
    assert answer.status_code == 400, answer.text
    assert any(where in each["where"] for each in answer.json()["errors"]), answer.text


@pytest.mark.parametrize("path", [f"{PLANS}/0", f"{PLANS}/x", f"{PLANS}?limit=0", f"{PLANS}?x=1"])
def test_hostile_paths_are_refused(office: Office, path: str) -> None:
    assert office["chief"].ask("GET", path).status_code in (400, 404)


def test_who_may_plan(office: Office) -> None:
    for name in ("viewer", "analyst", "commander", "field", "roads"):
        assert office[name].ask("POST", PLANS, json=plan_of(None)).status_code == 403, name
    # A street plans in its own area.
    assert office["street 1"].ask("POST", PLANS, json=plan_of(None)).status_code == 201
    assert office["street 2"].ask("POST", PLANS, json=plan_of(None)).status_code == 403
    made = office["street 1"].post(PLANS, plan_of(None))["id"]
    assert office["street 2"].ask("GET", f"{PLANS}/{made}").status_code == 404
    assert office["field"].get(f"{PLANS}/{made}")["id"] == made
    assert office["field"].ask("PATCH", f"{PLANS}/{made}", json={"name": "x"}).status_code == 403
    assert office["street 2"].ask("DELETE", f"{PLANS}/{made}").status_code == 404


def test_null_and_empty_are_told_apart(office: Office) -> None:
    made = office["chief"].post(PLANS, plan_of(mover_of(office), organisation="water"))
    path = f"{PLANS}/{made['id']}"
    changed = office["chief"].ask("PATCH", path, json={"organisation": None, "valid_until": None}).json()
    assert (changed["organisation"], len(changed["members"])) == (None, 1)
    assert office["chief"].ask("PATCH", path, json={"name": ""}).status_code == 400
    emptied = office["chief"].ask("PATCH", path, json={"members": []}).json()
    assert (emptied["members"], len(emptied["targets"])) == ([], 1)


def test_a_past_day_is_judged_without_keeping_anything(office: Office) -> None:
    mover = mover_of(office, GRIDS[1])
    send(office, mover, walked(200))
    before = office.rows("SELECT count(*) FROM patrol_due")
    asked: dict[str, Any] = {"day": str(YESTERDAY), "movers": [mover], "starts": "08:00", "ends": "12:00"}
    body = {**asked, "kind": "lines", "targets": [{"geometry": street()}]}
    (found,) = office["chief"].post(f"{PLANS}/check", body)["windows"]
    assert (found["word"], found["movers"]) == ("partly", [mover])
    assert found["ratio"] == pytest.approx((200 + 15) / 400, abs=0.07)
    assert found["false_accusation_rate"] <= 0.01
    assert found["targets"][0]["missed"]["type"] == "MultiLineString"
    kept = office["chief"].post(PLANS, plan_of(mover))["id"]
    (same,) = office["chief"].post(f"{PLANS}/check", {**asked, "plan_id": kept})["windows"]
    assert same["ratio"] == found["ratio"]
    office["chief"].ask("DELETE", f"{PLANS}/{kept}")
    assert office.rows("SELECT count(*) FROM patrol_due") == before
    # Of people that one may not watch there is nothing to be judged.
    for name, status in (("street 2", 404), ("viewer", 404), ("analyst", 404), ("commander", 200)):
        assert office[name].ask("POST", f"{PLANS}/check", json=body).status_code == status, name
    for wrong in ({"day": "2099-01-01"}, {"movers": []}, {"targets": []}, {"kind": "areas"}):
        assert office["chief"].ask("POST", f"{PLANS}/check", json={**body, **wrong}).status_code == 400, wrong


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"unit_code": GRIDS[-1][:9]}, "unit_code"), ({"unit_code": GRIDS[0][:6]}, "unit_code"),
        ({"organisation": "water"}, "organisation"),
        ({"organisation": "water", "unit_code": GRIDS[-1]}, "unit_code"),
    ],
)  # fmt: skip
def test_nobody_plans_for_groups_of_other_areas(office: Office, member: Json, field: str) -> None:
    """Else the results would tell where foreign people went."""
    mine = {"unit_code": GRIDS[0]}
    street = office["street 1"]
    for members in ([member], [mine, member]):
        answer = street.ask("POST", PLANS, json=plan_of(None, members=members))
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()["errors"]
        assert error["where"] == f"members[{len(members) - 1}].{field}"
    made = street.post(PLANS, plan_of(None, members=[mine]))["id"]
    assert street.ask("PATCH", f"{PLANS}/{made}", json={"members": [member]}).status_code == 400
    assert office["chief"].ask("POST", PLANS, json=plan_of(None, members=[member])).status_code == 201

"""What became of patrols, over HTTP: in step with fixes, missed parts on the map, records that count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import shapely

from spatial.patrols.days import day_of
from tests.api.patrols.rounds import LAT, LON, YESTERDAY, close, make_due, mover_of, plan_of, send, walked
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS

RESULTS = "/api/patrol-results"


def test_from_fixes_to_results_and_back_when_late_ones_come(office: Office) -> None:
    chief, mover = office["chief"], mover_of(office)
    plan = chief.post("/api/patrol-plans", plan_of(mover))["id"]
    make_due(office, plan)
    send(office, mover, walked(200))
    close(office)
    day = f"from={YESTERDAY}T00:00:00%2B08:00&to={YESTERDAY}T23:00:00%2B08:00"
    (found,) = chief.get(f"{RESULTS}?plan={plan}&{day}&word=partly,missed")["results"]
    assert found["ratio"] == pytest.approx((200 + 15) / 400, abs=0.07)
    assert found["probability"] == pytest.approx(found["ratio"], abs=0.05)
    assert 0 < found["false_accusation_rate"] <= 0.01
    assert chief.get(f"{RESULTS}/{found['id']}")["targets"][0]["word"] == "partly"
    missed = chief.get(f"{RESULTS}/{found['id']}/missed")
    (feature,) = missed["features"]
    assert shapely.geometry.shape(feature["geometry"]).length == pytest.approx(185 / 85_394, rel=0.2)
    box = f"{LON},{LAT - 0.001},{LON + 0.01},{LAT + 0.001}"
    on_map = chief.get(f"/api/patrol-missed?bbox={box}&plan={plan}&word=partly")
    assert on_map["features"] == missed["features"]
    # The rest of the walk comes a day late, from a phone that had no network.
    send(office, mover, walked(400, hour=10.0, everywhere=False))
    (found,) = chief.get(f"{RESULTS}?plan={plan}&{day}")["results"]
    assert (found["word"], found["false_accusation_rate"]) == ("done", None)
    assert found["ratio"] > 0.95
    (rest,) = chief.get(f"{RESULTS}/{found['id']}/missed")["features"]
    assert rest["properties"]["word"] == "done"


def test_who_may_know_what_somebody_did(office: Office) -> None:
    mover = mover_of(office, GRIDS[0])
    plan = office["chief"].post("/api/patrol-plans", plan_of(mover))["id"]
    make_due(office, plan)
    close(office)
    path = f"{RESULTS}?plan={plan}&to={YESTERDAY}T05:00:00Z"
    for name, knows in (("chief", True), ("commander", True), ("field", True), ("street 1", True),
                        ("analyst", False)):  # fmt: skip
        (found,) = office[name].get(path)["results"]
        assert (found["word"] is not None) == knows, name
    assert office["street 2"].get(path)["results"] == []
    assert office["viewer"].get(path)["results"] == []


def test_nobody_learns_where_foreign_people_went(office: Office) -> None:
    """A plan of the own street done by somebody of another, also by somebody who has left since."""
    chief, street = office["chief"], office["street 1"]
    mover = mover_of(office, GRIDS[1])
    body = plan_of(
        None, kind="areas", members=[{"mover_id": mover}], rounds=4, targets=[{"geometry": _area()}]
    )
    plan = chief.post("/api/patrol-plans", body)["id"]
    make_due(office, plan)
    send(office, mover, walked(200))
    close(office)
    path, missed = f"{RESULTS}?plan={plan}&to={YESTERDAY}T05:00:00Z", f"/api/patrol-missed?plan={plan}"

    def told() -> tuple[int, int]:
        words = [each["word"] for each in street.get(path)["results"]]
        assert len(words) == 4
        return sum(word is not None for word in words), len(street.get(missed)["features"])

    assert told()[0] == 4
    (unit,) = office.rows("SELECT unit_code FROM worker AS w JOIN mover AS m ON m.worker_id = w.id"
                          " WHERE m.id = %s", mover)[0]  # fmt: skip
    move = (
        "UPDATE worker SET unit_code = %s WHERE id = (SELECT worker_id FROM mover WHERE id = %s) RETURNING id"
    )
    office.rows(move, GRIDS[-1], mover)
    try:
        assert told() == (0, 0)
        assert all(each["word"] for each in chief.get(path)["results"])
    finally:
        office.rows(move, unit, mover)
    assert told()[0] == 4


def _area() -> dict[str, object]:
    west, south, east, north = LON - 0.002, LAT - 0.001, LON + 0.006, LAT + 0.001
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_record_at_a_component_counts_and_its_place_is_not_for_everybody(office: Office) -> None:
    chief = office["chief"]
    (component,) = office.rows("SELECT id FROM component WHERE unit_code = %s", GRIDS[0])[0]
    mover = mover_of(office)
    target = {"component_id": component, "dwell_s": 300.0}
    body = plan_of(mover, kind="points", targets=[target], starts="00:00", ends="00:00")
    plan = chief.post("/api/patrol-plans", body)["id"]
    make_due(office, plan, day_of(datetime.now(UTC)))
    sent = {"result": "abnormal", "note": "缺盖", "component_id": component, "lon": LON, "lat": LAT}
    made = office["field"].post("/api/patrol-records", sent)
    assert (made["mover_id"], made["stood_lon"]) == (mover, pytest.approx(LON))
    assert made["distance_m"] == pytest.approx(0, abs=1)
    words = {each["word"] for each in chief.get(f"{RESULTS}?plan={plan}")["results"]}
    assert "done" in words
    path = f"/api/patrol-records/{made['id']}"
    assert chief.get(path)["stood_lat"] == pytest.approx(LAT)
    assert office["street 2"].ask("GET", path).status_code == 404
    assert office["field 8"].ask("POST", "/api/patrol-records", json=sent).status_code == 400
    listed = chief.get(f"/api/patrol-records?component={component}&result=abnormal")["records"]
    assert [each["id"] for each in listed] == [made["id"]]


@pytest.mark.parametrize(
    "sent",
    [
        {"result": "normal"}, {"result": "fine", "place_id": 1}, {"result": "normal", "place_id": 10**12},
        {"result": "normal", "place_id": 1, "component_id": 1},
        {"result": "normal", "place_id": 1, "lon": 1.0},
        {"result": "normal", "place_id": 1, "at": "2020-01-01T00:00:00Z"},
        {"result": "normal", "place_id": 1, "note": "\x00"}, {"result": "normal", "place_id": "1; DROP"},
    ],
)  # fmt: skip
def test_a_wrong_record_is_refused(office: Office, sent: dict[str, object]) -> None:
    assert office["chief"].ask("POST", "/api/patrol-records", json=sent).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        f"{RESULTS}?word=x",
        f"{RESULTS}?from=yesterday",
        f"{RESULTS}?limit=5000",
        f"{RESULTS}/999999999",
        f"{RESULTS}/999999999/missed",
        "/api/patrol-missed?bbox=1,2,3",
        "/api/patrol-missed?bbox=a,b,c,d",
        "/api/patrol-records/999999999",
        "/api/patrol-records?place=-1",
        f"{RESULTS}?unit=%27%20OR%201=1",
    ],
)
def test_hostile_questions_are_refused(office: Office, path: str) -> None:
    assert office["chief"].ask("GET", path).status_code in (400, 404)


def test_pages_follow_one_another(office: Office) -> None:
    chief = office["chief"]
    everything = [each["id"] for each in chief.get(f"{RESULTS}?limit=1000")["results"]]
    found: list[int] = []
    before = ""
    while True:
        page = chief.get(f"{RESULTS}?limit=7{before}")
        found += [each["id"] for each in page["results"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert found == everything

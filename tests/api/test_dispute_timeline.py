"""Disputes in the time line of an event, resources in the search, lists of matters, holidays."""

from __future__ import annotations

import httpx
import pytest

from tests.api.town_hall import Hall
from tests.spatial.rights.town import GRIDS, middle


@pytest.fixture(scope="module")
def hall(own_hall: Hall) -> Hall:
    """A town of this file's own."""
    own_hall.ask("UPDATE worker SET on_duty = true")
    return own_hall


def test_a_doubt_and_how_it_ended_stand_in_the_time_line(hall: Hall, chief: httpx.Client) -> None:
    lon, lat = middle(GRIDS[0])
    sent = {"category": "01001", "source": "hotline", "lon": lon, "lat": lat, "until": "dispatched"}
    event = int(chief.post("/api/events", json=sent).headers["location"].rsplit("/", 1)[1])
    numbers = [
        chief.post(f"/api/events/{event}/dispute", json={"reason": reason}).json()["id"]
        for reason in ("whose is it?",)
    ]
    assert chief.post(f"/api/disputes/{numbers[0]}/withdrawal").status_code == 200
    numbers.append(chief.post(f"/api/events/{event}/dispute", json={"reason": "again"}).json()["id"])
    ruling = {"organisation_id": hall.organisation("roads"), "reason": "by contract", "scope": "event"}
    ruled = chief.post(f"/api/disputes/{numbers[1]}/ruling", json=ruling)
    assert ruled.status_code == 200, ruled.text
    line = chief.get(f"/api/events/{event}/timeline").json()["timeline"]
    told = [(row["dispute"], row["what"], row["note"]) for row in line if row["kind"] == "dispute"]
    assert told == [
        (numbers[0], "raised", "whose is it?"), (numbers[0], "withdrawn", ""),
        (numbers[1], "raised", "again"), (numbers[1], "ruled", "by contract"),
    ]  # fmt: skip
    (last,) = [row for row in line if row.get("what") == "ruled"]
    assert (last["organisation"], last["scope"]) == ("roads", "event") and last["username"]
    assert [row["at"] for row in line] == sorted(row["at"] for row in line)


def test_resources_are_found_by_name(hall: Hall, chief: httpx.Client) -> None:
    lon, lat = middle(GRIDS[1])
    given = {"kind": "shelter", "name": "望京应急避难所", "lon": lon, "lat": lat}
    made = chief.post("/api/resources", json=given)
    assert made.status_code == 201, made.text
    found = chief.get("/api/search", params={"q": "应急避难"}).json()["results"]
    (row,) = [each for each in found if each["kind"] == "resource"]
    assert (row["title"], row["subtitle"], row["id"]) == ("望京应急避难所", "shelter", str(made.json()["id"]))
    elsewhere = hall.person("another street", role="street_administrator", reach="area", area=GRIDS[7][:9])
    assert elsewhere.get("/api/search", params={"q": "应急避难"}).json()["results"] == []


def test_lists_of_matters_and_holidays(chief: httpx.Client) -> None:
    body = chief.get("/api/matters").json()
    assert {each["name"]: each["in_use"] for each in body["lists"]}["gbt47678_5_2026"]
    assert len(body["matters"]) == 250
    one = chief.get("/api/matters/lists/gbt47678_5_2026").json()
    assert (one["count"], len(one["matters"])) == (250, 250)
    assert chief.get("/api/matters/lists/none").status_code == 404
    days = chief.get("/api/working-calendar/holidays", params={"year": 2026}).json()["days"]
    assert {"day": "2026-10-10", "working": True, "name": "国庆节调休"} in days
    assert chief.put("/api/working-calendar", json={"days": days}).status_code == 200
    kept = chief.get("/api/working-calendar").json()["days"]
    assert [each for each in days if each not in kept] == []
    assert chief.get("/api/working-calendar/holidays", params={"year": 2099}).status_code == 404

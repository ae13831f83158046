"""Replays as a process of the OGC door: the same answer as the ordinary route, and a job where it is long."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.api.town_hall import Hall
from tests.spatial.rights.town import GRIDS

SINCE = {"since": "2026-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def hall(own_hall: Hall) -> Hall:
    """A town of this file's own, with a draft that gives one grid's events to the roads office."""
    own_hall.ask("UPDATE worker SET on_duty = true")
    return own_hall


def execute(client: httpx.Client, **inputs: Any) -> httpx.Response:
    return client.post("/ogc/processes/dispatch-replay/execution", json={"inputs": {**SINCE, **inputs}})


def drafted(hall: Hall, chief: httpx.Client, name: str) -> int:
    roads = hall.organisation("roads")
    (held,) = hall.ask("SELECT id FROM duty WHERE unit_code = %s AND category IS NULL", GRIDS[0])[0]
    assert chief.post("/api/duties/drafts", json={"name": name}).status_code == 201
    change = {"verb": "change", "duty_id": held, "line": {"organisation_id": roads, "worker_id": None}}
    sent = chief.put(f"/api/duties/drafts/{name}/changes", json={"changes": [change]})
    assert sent.status_code == 200, sent.text
    return roads


def test_the_process_answers_as_the_route_does(hall: Hall, chief: httpx.Client, street: httpx.Client) -> None:
    roads = drafted(hall, chief, "autumn")
    said = execute(chief, draft="autumn")
    assert said.status_code == 200, said.text
    route = chief.post("/api/dispatch/replays", json={**SINCE, "draft": "autumn"}).json()
    assert said.json() == route
    assert {each["after"]["organisation"] for each in route["changes"]} == {roads}
    own = execute(street).json()
    assert 0 < own["events"] < route["events"], "a street replays its own events"


def test_the_changes_as_a_table(hall: Hall, chief: httpx.Client) -> None:
    drafted(hall, chief, "winter")
    form = {"report": {"format": {"mediaType": "text/csv"}}}
    answer = chief.post(
        "/ogc/processes/dispatch-replay/execution",
        json={"inputs": {**SINCE, "draft": "winter"}, "outputs": form},
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows and {row["reason"] for row in rows} == {"other_person"}


def test_who_may_not_and_what_is_wrong(hall: Hall, chief: httpx.Client) -> None:
    viewer = hall.person("looks on", reach="city")
    assert execute(viewer).status_code == 403
    for inputs, where in (
        ({"draft": "nothing"}, "inputs.draft"),
        ({"plan": 999_999}, "inputs.plan"),
        ({"until": "yesterday"}, "inputs.until"),
        ({"people": "some"}, "inputs.people"),
    ):
        answer = execute(chief, **inputs)
        assert answer.status_code == 400, answer.text
        assert [each["where"] for each in answer.json()["errors"]] == [where]


def test_a_long_one_is_a_job_of_whoever_asked(hall: Hall, chief: httpx.Client) -> None:
    asked = chief.post(
        "/ogc/processes/dispatch-replay/execution",
        json={"inputs": SINCE},
        headers={"Prefer": "respond-async"},
    )
    assert asked.status_code == 201, asked.text
    job = asked.json()
    assert (job["processID"], job["status"]) == ("dispatch-replay", "accepted")
    other = hall.person("another chief", role="district_administrator", reach="city")
    assert other.get(f"/ogc/jobs/{job['jobID']}").status_code == 404

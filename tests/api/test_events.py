"""Events over HTTP: reported, listed, taken to their end, with what goes wrong said by name."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

import pytest

from tests.api.planning import Json, Office
from tests.api.reporting import body, report, step
from tests.spatial.rights.town import GRIDS, STREETS, middle

JSON = {"content-type": "application/json"}


def test_a_report_is_answered_with_the_event(office: Office) -> None:
    chief = office["chief"]
    answer = chief.ask("POST", "/api/events", json=body(external_id="H-1", description="坑\n很深"))
    assert answer.status_code == 201
    taken = answer.json()
    assert answer.headers["location"] == f"/api/events/{taken['id']}"
    assert (taken["state"], taken["unit_code"], taken["created"]) == ("reported", GRIDS[0], True)
    again = chief.ask("POST", "/api/events", json=body(external_id="H-1"))
    assert (again.status_code, again.json()["id"]) == (200, taken["id"])
    found = chief.ask("GET", f"/api/events/{taken['id']}")
    event = found.json()
    assert found.headers["etag"] == f'"{event["etag"]}"'
    # What the page of the map shows.
    shown = ("state", "category", "category_name", "no", "title", "occurred_at", "reported_at", "source")
    assert all(event[name] for name in shown)
    assert (event["lon"], event["lat"]) == pytest.approx(middle(GRIDS[0]))
    assert event["description"] == "坑\n很深"
    assert event["possible"] == ["accept", "reject", "escalate", "supervise", "merge", "cancel"]
    viewer = office["viewer"].get(f"/api/events/{taken['id']}")
    assert (viewer["possible"], viewer["parts"]) == ([], [])
    assert office["viewer"].ask("POST", "/api/events", json=body()).status_code == 403


@pytest.mark.parametrize(
    ("given", "status", "where"),
    [
        ({"category": "99999"}, 422, "category"),
        ({"lon": 123.5, "lat": 31.0}, 422, "lon"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "occurred_at"),
        ({"occurred_at": "1999-12-31T23:59:59Z"}, 422, "occurred_at"),
        ({"occurred_at": "2024-01-01T00:00:00"}, 400, "occurred_at"),
        ({"occurred_at": "yesterday"}, 400, "occurred_at"),
        ({"reported_at": "2024-02-02T00:00:00Z", "closed_at": "2024-02-01T00:00:00Z"}, 422, "closed_at"),
        ({"title": "a\u0000b"}, 422, "title"),
        ({"title": "a\u202eb\u0007"}, 422, "title"),
        ({"source": "rumour"}, 422, "source"),
        ({"datum": "mars"}, 422, "datum"),
        ({"lon": "116"}, 400, "lon"),
        ({"lon": None, "lat": None}, 422, "lon"),
        ({"lon": None}, 422, "lon"),
        ({"state": "closed"}, 400, "state"),
        ({"unit_code": GRIDS[1]}, 400, "unit_code"),
        ({"reporter": {"phone": "138****0000"}}, 422, "reporter.phone"),
        ({"category": None}, 400, "category"),
    ],
)
def test_what_cannot_be_is_named(office: Office, given: Json, status: int, where: str) -> None:
    answer = office["chief"].ask("POST", "/api/events", json=body(**given))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [problem["where"] for problem in answer.json()["errors"]] == [where]


def test_a_batch_answers_each_in_its_place(office: Office) -> None:
    chief = office["chief"]
    sent = [
        body(external_id="P-1"),
        {"category": 5},
        body(category="x"),
        "no report",
        body(external_id="P-1"),
        body(),
    ]
    found = chief.post("/api/events/batch", {"reports": sent})
    assert (found["taken"], found["known"], found["refused"]) == (2, 1, 3)
    assert [each["status"] for each in found["results"]] == [201, 422, 422, 422, 200, 201]
    assert found["results"][0]["id"] == found["results"][4]["id"]
    assert {problem["where"] for problem in found["results"][1]["errors"]} >= {"category", "source"}
    assert chief.post("/api/events/batch", {"reports": []})["results"] == []


def test_a_batch_that_is_none_or_too_large_is_refused_by_name(office: Office) -> None:
    chief = office["chief"]
    many = chief.ask("POST", "/api/events/batch", json={"reports": [{}] * 10_001})
    assert (many.status_code, many.json()["errors"][0]["where"]) == (413, "reports")
    assert "10000" in many.json()["detail"]
    for content in (b"", b"[]", b"{}", b'{"reports": 3}', b"\xff\xfe"):
        answer = chief.ask(
            "POST", "/api/events/batch", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400, content
    huge = chief.ask("POST", "/api/events/batch", content=b" " * (33 * 1024 * 1024))
    assert huge.status_code == 413
    assert office["viewer"].ask("POST", "/api/events/batch", json={"reports": []}).status_code == 403


def test_the_same_event_from_two_threads_is_one(office: Office) -> None:
    gate, found = threading.Barrier(2), []

    def send() -> None:
        gate.wait()
        answer = office["chief"].ask("POST", "/api/events", json=body(external_id="two threads"))
        found.append((answer.status_code, answer.json()["id"]))

    threads = [threading.Thread(target=send) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(status for status, _ in found) == [200, 201]
    assert len({key for _, key in found}) == 1


def test_steps_carry_the_tag_of_the_one_before(office: Office) -> None:
    chief = office["chief"]
    event = report(chief)["id"]
    path = f"/api/events/{event}/transitions"
    tag = chief.ask("GET", f"/api/events/{event}").headers["etag"]
    done = chief.ask("POST", path, json={"verb": "accept"}, headers={"If-Match": tag})
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert done.headers["etag"] != tag
    stale = chief.ask("POST", path, json={"verb": "file"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    illegal = chief.ask("POST", path, json={"verb": "close"})
    assert illegal.status_code == 409
    assert "possible now: reject, file" in illegal.json()["detail"]
    assert chief.ask("POST", path, json={"verb": "burn"}).status_code == 400
    assert chief.ask("POST", path, json={"verb": "reject"}).json()["errors"][0]["where"] == "note"
    assert office["viewer"].ask("POST", path, json={"verb": "file"}).status_code == 403
    assert office["street 2"].ask("POST", path, json={"verb": "file"}).status_code == 404
    assert office["street 1"].ask("POST", path, json={"verb": "file"}).status_code == 200
    assert chief.ask("POST", "/api/events/999999999/transitions", json={"verb": "file"}).status_code == 404


def test_the_time_line_tells_all(office: Office) -> None:
    chief = office["chief"]
    event = report(chief)["id"]
    for verb in (
        "accept",
        "file",
        "dispatch",
        "supervise",
        "return",
        "dispatch",
        "handle",
        "verify",
        "close",
    ):
        step(chief, event, verb)
    line = chief.get(f"/api/events/{event}/timeline")["timeline"]
    verbs = [row["verb"] for row in line if row["kind"] == "step"]
    assert verbs == [
        "report", "accept", "file", "dispatch", "supervise", "return", "dispatch", "handle", "verify", "close"
    ]  # fmt: skip
    assert [row["at"] for row in line] == sorted(row["at"] for row in line)
    assert line[3]["organisation"] is not None
    assert line[5]["note"] == "because"
    shown = chief.get(f"/api/events/{event}")
    assert (shown["state"], shown["returned_count"], shown["supervised"]) == ("closed", 1, True)
    assert shown["handled_on_time"] is True
    assert shown["possible"] == ["reopen"]


def test_lists_are_paged_and_filtered(office: Office) -> None:
    chief = office["chief"]
    matter = office.rows("SELECT max(code) FROM matter")[0][0]
    keys = [
        report(chief, category=matter, grid=GRIDS[number % 8], source="patrol")["id"] for number in range(7)
    ]
    step(chief, keys[0], "accept")
    query = f"/api/events?category={matter}&limit=3"
    pages, cursor = [], ""
    while True:
        page = chief.get(query + cursor)
        pages.append([row["id"] for row in page["events"]])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [key for page in pages for key in page] == sorted(keys, reverse=True)
    few = f"/api/events?category={matter}"

    def count(more: str) -> int:
        return len(chief.get(f"{few}&{more}")["events"])

    assert count("state=accepted") == 1
    assert count("state=reported,accepted") == 7
    assert count("source=app,hotline") == 0
    assert count(f"unit={STREETS[1]}") == 3
    assert count("overdue=true") == 0
    assert count("overdue=false") == 7
    assert count(f"q={chief.get(f'/api/events/{keys[0]}')['no']}") == 1
    assert count("q=100%25") == 0
    assert count("from=2999-01-01T00:00:00Z") == 0
    assert count("to=2999-01-01T00:00:00%2B08:00") == 7
    for wrong in ("state=burnt", "cursor=x", "from=2024-01-01", "limit=0", "worker=0", "nonsense=1", "q=%00"):
        assert chief.ask("GET", f"/api/events?{wrong}").status_code == 400, wrong
    mine = {row["unit_code"][:9] for row in office["street 1"].get("/api/events?limit=500")["events"]}
    assert mine == {STREETS[0]}


def test_duplicates_are_confirmed_or_refused(office: Office) -> None:
    chief = office["chief"]
    matter = office.rows("SELECT min(code) FROM matter WHERE class_code <> '01'")[0][0]
    first, same, other = (report(chief, category=matter, grid=GRIDS[3])["id"] for _ in range(3))
    found = chief.get(f"/api/events/{same}/duplicates")["duplicates"]
    assert {row["other_id"] for row in found} == {first, other}
    assert found[0]["score"] == pytest.approx(1, abs=0.01)
    refused = chief.post(f"/api/events/{same}/duplicates/{other}", {"decision": "refuse"})["duplicates"]
    assert {row["other_id"]: row["status"] for row in refused} == {first: "proposed", other: "refused"}
    assert office["viewer"].ask(
        "POST", f"/api/events/{same}/duplicates/{first}", json={"decision": "confirm"}
    ).status_code == 403  # fmt: skip
    chief.post(f"/api/events/{same}/duplicates/{first}", {"decision": "confirm"})
    merged = chief.get(f"/api/events/{same}")
    assert (merged["state"], merged["merged_into"]) == ("merged", first)
    assert chief.get(f"/api/events/{first}")["merged"] == [same]
    assert chief.ask("GET", "/api/events/999999999/duplicates").status_code == 404


def test_hostile_attributes_are_named(office: Office) -> None:
    sent = body(attributes={"n": 10**30})
    answer = office["chief"].ask("POST", "/api/events", content=json.dumps(sent), headers=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "attributes")


def test_calendar_and_deadlines_are_data_of_the_city(office: Office) -> None:
    chief = office["chief"]
    before = chief.get("/api/deadline-rules")
    assert all(rule["warnings"] == [50, 80, 100] for rule in before["rules"])
    rules = [{"category": "01001", "urgency": None, "stage": "accept", "minutes": 10, "clock": "always"}]
    for wrong in ([0], [101], ["50"], list(range(1, 12)), 50):
        refused = chief.ask("PUT", "/api/deadline-rules", json={"rules": [{**rules[0], "warnings": wrong}]})
        assert refused.status_code == 400, wrong
    put = chief.ask("PUT", "/api/deadline-rules", json={"rules": [{**rules[0], "warnings": [90, 30, 90]}]})
    assert put.json()["rules"][0]["warnings"] == [30, 90]
    assert chief.ask("PUT", "/api/deadline-rules", json={"rules": rules}).status_code == 200
    event = chief.get(f"/api/events/{report(chief)['id']}")
    lasts = datetime.fromisoformat(event["due_at"]) - datetime.fromisoformat(event["reported_at"])
    assert timedelta(minutes=9, seconds=59) <= lasts <= timedelta(minutes=10)
    other = chief.get(f"/api/events/{report(chief, category='01002')['id']}")
    assert other["due_at"] is None
    twice = chief.ask("PUT", "/api/deadline-rules", json={"rules": rules * 2})
    assert (twice.status_code, twice.json()["errors"][0]["where"]) == (400, "rules[1]")
    assert chief.ask("PUT", "/api/deadline-rules", json={"rules": before["rules"]}).json() == before
    days = [
        {"day": "2027-02-06", "working": False, "name": "春节"},
        {"day": "2027-02-14", "working": True, "name": "调休"},
    ]
    found = chief.ask("PUT", "/api/working-calendar", json={"days": days}).json()
    assert [row for row in found["days"] if row["day"].startswith("2027")] == days
    days[0]["working"] = None
    found = chief.ask("PUT", "/api/working-calendar", json={"days": days}).json()
    assert [row["day"] for row in found["days"] if row["day"].startswith("2027")] == ["2027-02-14"]
    hours = [
        {"weekday": 1, "opens": "09:00", "closes": "12:00"},
        {"weekday": 1, "opens": "11:00", "closes": "13:00"},
    ]
    assert chief.ask("PUT", "/api/working-calendar", json={"hours": hours}).status_code == 400
    assert office["street 1"].ask("PUT", "/api/working-calendar", json={"days": []}).status_code == 403
    assert office["viewer"].get("/api/working-calendar")["hours"]


def test_the_reporter_is_sealed_and_revealed_only_on_record(office: Office) -> None:
    chief = office["chief"]
    event = report(chief, source="hotline", reporter={"name": "王小明", "phone": "13911112222"})["id"]
    assert chief.get(f"/api/events/{event}/reporter")["phone"] == "139****2222"
    assert "13911112222" not in json.dumps(chief.get(f"/api/events/{event}"))
    asked = {"field": "phone", "reason": "call back"}
    assert chief.post(f"/api/events/{event}/reporter/reveal", asked)["value"] == "13911112222"


def test_the_ogc_door_does_not_go_by_the_state_chain(office: Office) -> None:
    chief = office["chief"]
    event = report(chief)["id"]
    path = f"/ogc/collections/events/items/{event}"
    feature = chief.get(path)
    assert {"urgency", "due_at", "handled_at", "supervised"} <= feature["properties"].keys()
    assert not {"external_id", "description", "reported_by", "worker_id"} & feature["properties"].keys()
    feature["properties"]["state"] = "closed"
    for method, target in (
        ("PUT", path),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", "/ogc/collections/events/items"),
    ):
        answer = chief.ask(method, target, json=feature, headers={"content-type": "application/geo+json"})
        assert answer.status_code in (403, 405, 404), (method, answer.status_code)
    assert chief.get(f"/api/events/{event}")["state"] == "reported"

"""Inspections: due by level, carried out once, called off, overdue; what they find becomes events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from api.place_jobs import Inspector
from spatial.database import Database, connect, query, session
from spatial.events.deadlines import read_deadlines
from spatial.places import inspections
from spatial.rights.reader import SYSTEM
from spatial.settings import Secret, Settings
from tests.api.places.town import TODAY, Json, find, inspected, make_due, place_in, square, wrong
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS, middle


def test_a_result_is_written_once_with_where_the_inspector_stood(office: Office) -> None:
    place, number = inspected(office, area=square(GRIDS[0]))
    x, y = middle(GRIDS[0])
    sent = {"result": "normal", "note": "好", "lon": x + 0.001, "lat": y}
    done = office["field"].post(f"/api/inspections/{number}/result", sent)
    assert (done["state"], done["result"], done["username"], done["proposal"]) == (
        "done",
        "normal",
        "field",
        None,
    )
    assert done["distance_m"] == pytest.approx(0.0005 * 85_400, rel=0.02)
    assert office["field"].ask("POST", f"/api/inspections/{number}/result", json=sent).status_code == 409
    assert office["field 8"].ask("POST", f"/api/inspections/{number}/result", json=sent).status_code == 404
    assert office["viewer"].ask("POST", f"/api/inspections/{number}/result", json=sent).status_code in (
        403,
        409,
    )
    history = office["chief"].get(f"/api/places/{place}/history")
    assert [each["id"] for each in history["inspections"]] == [number]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"result": "fine"}, "result"), ({"lon": 116.0}, "lat"), ({"at": "2020-01-01T00:00:00Z"}, "at"),
        ({"findings": {"exit": "maybe"}}, "findings.exit"), ({"findings": {}}, "findings.exit"),
        ({"datum": "x"}, "datum"),
    ],
)  # fmt: skip
def test_a_wrong_result_is_refused_by_its_field(office: Office, change: Json, where: str) -> None:
    checklist = {"type": "object", "properties": {"exit": {"type": "boolean"}}, "required": ["exit"]}
    if office["chief"].ask("GET", "/api/place-kinds/listed").status_code == 404:
        office["chief"].post("/api/place-kinds", {"key": "listed", "title": "t", "checklist": checklist})
    _, number = inspected(office, kind="listed")
    sent = {"result": "normal", "findings": {"exit": True}, **change}
    answer = office["field"].ask("POST", f"/api/inspections/{number}/result", json=sent)
    assert where in {each.removeprefix("body.") for each in wrong(answer)}


def test_nobody_inspects_a_kind_that_bears_no_risk(office: Office, town_url: str) -> None:
    chief = office["chief"]
    place = chief.post("/api/places", place_in(GRIDS[0], kind="police", risk_level=4))["id"]
    sent = {"due_on": str(TODAY)}
    assert chief.ask("POST", f"/api/places/{place}/inspections", json=sent).status_code == 409
    chief.post("/api/place-kinds", {"key": "calm", "title": "t", "raise_after": 1})
    place, number = inspected(office, kind="calm")
    proposal = chief.post(f"/api/places/{place}/proposals", {"to_level": 1, "reason": "看到隐患了"})
    chief.ask("PATCH", "/api/place-kinds/calm", json={"risk_bearing": False})
    path = f"/api/places/{place}/proposals/{proposal['id']}/decision"
    assert chief.ask("POST", path, json={"decision": "confirm"}).status_code == 409
    assert chief.post(path, {"decision": "refuse"})["state"] == "refused"
    done = office["field"].post(f"/api/inspections/{number}/result", {"result": "abnormal"})
    assert done["proposal"] is None
    chief.ask("PATCH", "/api/place-kinds/calm", json={"risk_bearing": True, "retired": True})
    assert chief.ask("POST", f"/api/places/{place}/inspections", json=sent).status_code == 409
    assert chief.ask("POST", "/api/places/999999/inspections", json=sent).status_code == 404


def test_an_unknown_inspector_is_refused_and_nothing_is_made(office: Office) -> None:
    place = office["chief"].post("/api/places", place_in(GRIDS[0]))["id"]
    sent = {"due_on": str(TODAY), "worker_id": 999_999}
    path = f"/api/places/{place}/inspections"
    assert wrong(office["chief"].ask("POST", path, json=sent)) == {"worker_id"}
    elsewhere = office.rows("SELECT id FROM worker WHERE unit_code = %s", GRIDS[7])[0][0]
    assert wrong(office["street 1"].ask("POST", path, json={**sent, "worker_id": elsewhere})) == {"worker_id"}
    assert office["chief"].get(f"/api/inspections?place={place}")["inspections"] == []


def test_inspections_are_made_when_they_are_due_and_once(office: Office, town_url: str) -> None:
    place = office["chief"].post("/api/places", place_in(GRIDS[1], name="新", kind="hotel", risk_level=1))[
        "id"
    ]
    assert office["chief"].get(f"/api/inspections?place={place}")["inspections"] == []
    make_due(town_url, 3)
    assert office["chief"].get(f"/api/inspections?place={place}")["inspections"] == []
    assert make_due(town_url, 4)["made"] >= 1
    (due,) = office["chief"].get(f"/api/inspections?place={place}")["inspections"]
    assert due["due_from"] == str(TODAY + timedelta(days=4))
    assert due["due_on"] >= str(TODAY + timedelta(days=7))
    assert make_due(town_url, 4) == {"cancel": 0, "miss": 0, "follow": 0, "made": 0}
    # Nobody came: it is missed when the next one is due, which is made.
    make_due(town_url, 30)
    states = [each["state"] for each in office["chief"].get(f"/api/inspections?place={place}")["inspections"]]
    assert states == ["open", "missed"]


def test_a_day_off_becomes_the_next_working_day(town_url: str) -> None:
    with connect(town_url) as owner:
        calendar = read_deadlines(owner).calendar
    saturday = TODAY + timedelta(days=(5 - TODAY.weekday()) % 7 + 7)
    assert inspections.working_day(saturday, calendar) == saturday + timedelta(days=2)
    assert inspections.working_day(saturday - timedelta(days=1), calendar) == saturday - timedelta(days=1)


def test_a_higher_level_hastens_what_is_due(office: Office, town_url: str) -> None:
    place, number = inspected(office, name="快", risk_level=4)
    office.rows("UPDATE inspection SET due_on = %s WHERE id = %s", TODAY + timedelta(days=90), number)
    office["chief"].ask("PATCH", f"/api/places/{place}", json={"risk_level": 1, "risk_reason": "升级为红色"})
    make_due(town_url)
    found = office["chief"].get(f"/api/inspections/{number}")
    assert (found["level"], found["due_on"]) == (1, str(TODAY + timedelta(days=7)))


def test_an_inspection_is_called_off(office: Office) -> None:
    _, number = inspected(office, name="取消")
    done = office["street 1"].post(f"/api/inspections/{number}/cancel", {"note": "已拆除"})
    assert (done["state"], done["note"]) == ("cancelled", "已拆除")
    assert (
        office["street 1"].ask("POST", f"/api/inspections/{number}/cancel", json={"note": "又"}).status_code
        == 400
    )
    assert (
        office["street 1"].ask("POST", f"/api/inspections/{number}/cancel", json={"note": "再来"}).status_code
        == 409
    )


def test_only_administrators_call_an_inspection_off(office: Office) -> None:
    _, number = inspected(office, name="取消权")
    for name in ("field", "commander", "viewer"):
        answer = office[name].ask("POST", f"/api/inspections/{number}/cancel", json={"note": "不去"})
        assert answer.status_code == 403, name
    assert office["chief"].get(f"/api/inspections/{number}")["state"] == "open"


def test_what_was_called_off_is_due_at_its_next_turn(office: Office, town_url: str) -> None:
    """A person's word stands; what the platform called off is made again when the kind is looked at again."""
    place = office["chief"].post("/api/places", place_in(GRIDS[1], name="缓", kind="hotel", risk_level=1))[
        "id"
    ]
    make_due(town_url, 7)
    (due,) = office["chief"].get(f"/api/inspections?place={place}")["inspections"]
    office["chief"].post(f"/api/inspections/{due['id']}/cancel", {"note": "停业"})
    make_due(town_url, 7)
    assert len(office["chief"].get(f"/api/inspections?place={place}")["inspections"]) == 1
    make_due(town_url, 20)
    assert len(office["chief"].get(f"/api/inspections?place={place}")["inspections"]) == 2
    office.rows("UPDATE inspection SET username = NULL WHERE id = %s", due["id"])
    office.rows("DELETE FROM inspection WHERE place_id = %s AND state = 'open'", place)
    make_due(town_url, 7)
    assert len(office["chief"].get(f"/api/inspections?place={place}")["inspections"]) == 2


def test_those_who_are_named_for_a_place_come_first(office: Office, town_url: str) -> None:
    workers = dict(office.rows("SELECT unit_code, id FROM worker"))
    office.rows("UPDATE worker SET role = 'grid_leader' WHERE id = %s", workers[GRIDS[2]])
    chief, body = office["chief"], {"kind": "hotel", "risk_level": 1, "name": "谁"}
    people = [
        {"worker_id": workers[GRIDS[1]], "role": "a"},
        {"worker_id": workers[GRIDS[3]], "role": "inspector"},
    ]
    made = [
        chief.post("/api/places", place_in(GRIDS[2], **body, people=each))["id"]
        for each in (people, people[:1], [])
    ]
    make_due(town_url, 7)
    found = [chief.get(f"/api/inspections?place={each}&state=open")["inspections"][0] for each in made]
    assert [each["worker_id"] for each in found] == [workers[GRIDS[n]] for n in (3, 1, 2)]


def test_whose_task_it_is_is_found_by_indexes(town_url: str) -> None:
    with connect(town_url) as owner:
        owner.execute("SET LOCAL enable_seqscan = off")
        values = {"today": TODAY, "limit": 10}
        rows = owner.execute("EXPLAIN " + query("spatial.places", "inspections_due"), values).fetchall()
        plan = "\n".join(row[0] for row in rows)
        owner.rollback()
    assert "Seq Scan on worker" not in plan
    assert "ix_worker_unit_code" in plan
    assert "pk_worker" in plan


def test_where_an_inspector_stood_is_not_for_everybody(office: Office) -> None:
    place, number = inspected(office, name="站位")
    x, y = middle(GRIDS[0])
    office["field"].post(f"/api/inspections/{number}/result", {"result": "normal", "lon": x, "lat": y})
    for name, sees in (
        ("chief", True), ("street 1", True), ("commander", True), ("field", True), ("viewer", False),
        ("analyst", False),
    ):  # fmt: skip
        one = office[name].get(f"/api/inspections/{number}")
        (other,) = office[name].get(f"/api/inspections?place={place}")["inspections"]
        (third,) = office[name].get(f"/api/places/{place}/history")["inspections"]
        for each in (one, other, third):
            assert (each["stood_lon"] is not None, each["stood_lat"] is not None) == (sees, sees), name
            assert each["distance_m"] is not None


def test_who_looks_for_the_own_tasks_finds_them(office: Office) -> None:
    place, number = inspected(office, name="我的")
    worker = office.rows("SELECT id FROM worker WHERE unit_code = %s", GRIDS[0])[0][0]
    office.rows("UPDATE inspection SET worker_id = %s WHERE id = %s", worker, number)
    assert number in {each["id"] for each in office["field"].get("/api/inspections?mine=true")["inspections"]}
    assert office["chief"].get("/api/inspections?mine=true")["inspections"] == []
    late = office["chief"].get(f"/api/inspections?place={place}&overdue=true")["inspections"]
    assert late == []
    office.rows("UPDATE inspection SET due_on = due_on - 30, due_from = due_from - 30 WHERE id = %s", number)
    assert office["chief"].get(f"/api/inspections?place={place}&overdue=true")["inspections"][0]["overdue"]
    overdue = office["chief"].get("/api/places?overdue=true&q=我的")["places"]
    assert [each["id"] for each in overdue] == [place]


def _work(inspector: Inspector, url: str) -> None:
    """Do what the job process does, until nothing waits."""
    database = Database(url, pool_size=4)
    database.open()
    try:
        inspector.tidy(database)
        for _ in range(100):
            with session(database, SYSTEM) as connection:
                if not inspector.claim(connection):
                    return
            inspector.work(database, True)
    finally:
        database.close()


def test_abnormal_and_overdue_inspections_become_events_once(
    office: Office, town_url: str, as_app: Callable[[str], str], tmp_path: Path
) -> None:
    place, number = inspected(office, name="逾期的", risk_level=1)
    find(office, place, "abnormal")
    late = office["chief"].post(f"/api/places/{place}/inspections", {"due_on": str(TODAY)})["id"]
    office.rows("UPDATE inspection SET due_on = due_on - 30, due_from = due_from - 30 WHERE id = %s", late)
    settings = Settings(home=tmp_path, app_database_url=Secret(as_app(town_url)))
    for _ in range(2):
        _work(Inspector(settings), as_app(town_url))
    made = office.rows(
        "SELECT id, external_id, urgency, source, unit_code FROM event WHERE place_id = %s"
        " ORDER BY external_id",
        place,
    )
    assert [each[1:] for each in made] == [
        (f"inspection:{number}:abnormal", "urgent", "patrol", GRIDS[0]),
        (f"inspection:{late}:overdue", "ordinary", "patrol", GRIDS[0]),
    ]
    assert office["chief"].get(f"/api/inspections/{number}")["event_id"] == made[0][0]
    assert office["chief"].get(f"/api/inspections/{late}")["overdue_event_id"] == made[1][0]

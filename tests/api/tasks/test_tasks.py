"""Tasks from the desk to the field and back: sent, received, answered, cancelled; by rights."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.task_jobs import TaskKeeper
from spatial.database import Database, connect, session
from spatial.database.notify import CHANNEL, notify
from spatial.people.keys import issue_key
from spatial.rights.reader import SYSTEM
from spatial.tasks import following
from tests.api.patrols.rounds import mover_of
from tests.api.places.town import at, square, wrong
from tests.api.planning import Json, Office, Person
from tests.patience import until
from tests.spatial.rights.town import GRIDS


def sent(office: Office, who: str = "chief", grid: str = GRIDS[0], **more: Any) -> Json:
    """Send a task to the worker of a grid."""
    body = {"title": "清理路面", "to": {"movers": [mover_of(office, grid)]}, **more}
    return office[who].post("/api/tasks", body)


def says(office: Office, task: int, state: str, who: str = "field", **more: Any) -> Any:
    return office[who].ask("POST", f"/api/tasks/{task}/receipts", json={"state": state, **more})


def state_of(office: Office, task: int) -> str:
    (recipient,) = office["chief"].get(f"/api/tasks/{task}")["recipients"]
    return str(recipient["state"])


def test_a_task_goes_to_the_field_and_back(office: Office) -> None:
    event = office.rows("SELECT id FROM event WHERE unit_code = %s", GRIDS[0])[0][0]
    due = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    made = sent(office, event_id=event, text="三车道", due_at=due, point=[116.3, 39.9])
    assert (made["event_id"], made["states"], made["overdue"]) == (event, {"sent": 1}, 0)
    assert made["geometry"] == {"type": "Point", "coordinates": [116.3, 39.9]}
    (mine, *_) = office["field"].get("/api/tasks/mine?open=true")["tasks"]
    assert (mine["id"], mine["my_state"], mine["text"]) == (made["id"], "delivered", "三车道")
    assert says(office, made["id"], "read").json()["state"] == "read"
    assert says(office, made["id"], "accepted", note="马上").json()["state"] == "accepted"
    photo = "0" * 64
    assert says(office, made["id"], "done", note="已清", attachment=photo).json()["state"] == "done"
    shown = office["chief"].get(f"/api/tasks/{made['id']}")
    (recipient,) = shown["recipients"]
    assert (recipient["note"], recipient["attachment"], recipient["name"]) == ("已清", photo, "张**")
    steps = office["chief"].get(f"/api/tasks/{made['id']}/steps")["steps"]
    assert [each["what"] for each in steps] == ["sent", "delivered", "read", "accepted", "done"]
    assert [each["note"] for each in steps][3:] == ["马上", "已清"]
    assert made["id"] not in {
        each["id"] for each in office["field"].get("/api/tasks/mine?open=true")["tasks"]
    }
    listed = office["chief"].get(f"/api/tasks?event={event}&mine=true")["tasks"]
    assert made["id"] in {each["id"] for each in listed}


def test_a_bad_network_says_everything_again_and_out_of_order(office: Office) -> None:
    number = sent(office)["id"]
    began = datetime.now(UTC)
    said = ["done", "accepted", "delivered", "read"]
    for word in [*said, *reversed(said), *said]:
        assert says(office, number, word, at=began.isoformat()).status_code == 200
    assert state_of(office, number) == "done"
    steps = office["chief"].get(f"/api/tasks/{number}/steps")["steps"]
    assert sorted(each["what"] for each in steps) == ["accepted", "delivered", "done", "read", "sent"]
    assert says(office, number, "declined", reason="x").status_code == 409


def test_the_same_request_makes_one_task_also_at_the_same_time(office: Office) -> None:
    body = {"title": "x", "to": {"movers": [mover_of(office)]}, "client_id": "one-1"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: office["chief"].ask("POST", "/api/tasks", json=body), range(4)))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert len({each.json()["id"] for each in answers}) == 1
    assert office.rows("SELECT count(*) FROM task WHERE client_id = 'one-1'") == [(1,)]
    # Of another account it is another one.
    assert office["street 1"].ask("POST", "/api/tasks", json=body).status_code == 201


def test_of_two_receipts_at_once_one_counts_and_nothing_is_lost(office: Office) -> None:
    for _ in range(3):
        number = sent(office)["id"]
        bodies = [("accepted", {}), ("declined", {"reason": "ill"}), ("read", {}), ("delivered", {})]
        with ThreadPoolExecutor(4) as pool:
            answers = dict(
                zip(
                    [word for word, _ in bodies],
                    pool.map(lambda each: says(office, number, each[0], **each[1]).status_code, bodies),  # noqa: B023
                    strict=True,
                )
            )
        assert (answers["read"], answers["delivered"]) == (200, 200)
        assert sorted((answers["accepted"], answers["declined"])) == [200, 409]
        won = "accepted" if answers["accepted"] == 200 else "declined"
        assert state_of(office, number) == won
        steps = office["chief"].get(f"/api/tasks/{number}/steps")["steps"]
        assert {each["what"] for each in steps} == {"sent", "read", "delivered", won}


def test_whom_it_is_for_by_groups_and_by_what_is_near(office: Office) -> None:
    everybody = office.rows(
        "SELECT m.id FROM mover m JOIN worker w ON w.id = m.worker_id WHERE w.unit_code LIKE %s", "990101001%"
    )
    made = office["chief"].post("/api/tasks", {"title": "x", "to": {"unit": "990101001"}})
    assert {each["mover_id"] for each in made["recipients"]} == {number for (number,) in everybody}
    here = at(GRIDS[3])
    near = {"nearby": {**here, "radius_m": 100, "on_duty": False}}
    made = office["chief"].post("/api/tasks", {"title": "x", "to": near})
    assert [each["mover_id"] for each in made["recipients"]] == [mover_of(office, GRIDS[3])]
    drawn = {"nearby": {"area": square(GRIDS[2]), "on_duty": False}}
    made = office["chief"].post("/api/tasks", {"title": "x", "to": drawn})
    assert [each["mover_id"] for each in made["recipients"]] == [mover_of(office, GRIDS[2])]
    worker = office.rows("SELECT id FROM worker WHERE unit_code = %s", GRIDS[1])[0][0]
    made = office["chief"].post("/api/tasks", {"title": "x", "to": {"workers": [worker, worker], "movers": [
        mover_of(office, GRIDS[1])]}})  # fmt: skip
    assert len(made["recipients"]) == 1
    street = office["street 1"].post("/api/tasks", {"title": "x", "to": {"organisation": "water"}})
    seen = {row["mover_id"] for row in street["recipients"]}
    assert seen == {mover_of(office, grid) for grid in (GRIDS[0], GRIDS[2])}


def test_nobody_is_reached_whom_the_sender_does_not_see(office: Office) -> None:
    foreign = {"title": "x", "to": {"movers": [mover_of(office, GRIDS[0]), mover_of(office, GRIDS[7])]}}
    answer = office["street 1"].ask("POST", "/api/tasks", json=foreign)
    assert wrong(answer) == {"to.movers.1"}
    event = office.rows("SELECT id FROM event WHERE unit_code = %s", GRIDS[7])[0][0]
    answer = office["street 1"].ask(
        "POST", "/api/tasks", json={"title": "x", "to": {"unit": GRIDS[0]}, "event_id": event}
    )
    assert wrong(answer) == {"event_id"}
    near = {"nearby": {**at(GRIDS[7]), "radius_m": 100, "on_duty": False}}
    assert wrong(office["street 1"].ask("POST", "/api/tasks", json={"title": "x", "to": near})) == {
        "to.nearby"
    }
    for who in ("viewer", "field", "analyst", "roads"):
        body = {"title": "x", "to": {"movers": [mover_of(office)]}}
        assert office[who].ask("POST", "/api/tasks", json=body).status_code == 403, who


def test_who_sees_a_task_and_who_speaks_for_whom(office: Office) -> None:
    number = sent(office, "street 1")["id"]
    for who, status in [
        ("street 1", 200), ("colleague 1", 200), ("chief", 200), ("commander", 200), ("field", 200),
        ("street 2", 404), ("field 8", 404), ("viewer", 404), ("roads", 404),
    ]:  # fmt: skip
        assert office[who].ask("GET", f"/api/tasks/{number}").status_code == status, who
        assert office[who].ask("GET", f"/api/tasks/{number}/steps").status_code == status, who
    assert says(office, number, "read", "field 8").status_code == 404
    assert says(office, number, "read", "street 2").status_code == 404
    assert says(office, number, "read", "chief").status_code == 403
    own = mover_of(office)
    assert says(office, number, "read", "commander", mover_id=own).status_code == 403
    assert says(office, number, "delivered", "colleague 1", mover_id=own).json()["state"] == "delivered"
    assert says(office, number, "read", "chief", mover_id=10**9).status_code == 404
    # Nobody of several sees how it is with the others.
    both = {"title": "x", "to": {"movers": [own, mover_of(office, GRIDS[7])]}}
    number = office["chief"].post("/api/tasks", both)["id"]
    assert [each["mover_id"] for each in office["field"].get(f"/api/tasks/{number}")["recipients"]] == [own]
    assert says(office, number, "read", mover_id=mover_of(office, GRIDS[7])).status_code in (403, 404)


def test_a_task_about_an_event_is_seen_by_whoever_sees_the_event(office: Office) -> None:
    event = office.rows("SELECT id FROM event WHERE unit_code = %s", GRIDS[0])[0][0]
    number = sent(office, event_id=event)["id"]
    about = f"/api/tasks?event={event}"
    assert number in {each["id"] for each in office["street 1"].get(about)["tasks"]}
    assert office["street 2"].get(about)["tasks"] == []
    assert (
        office["street 1"].ask("POST", f"/api/tasks/{number}/cancel", json={"reason": "nein"}).status_code
        == 403
    )
    # Of the place that somebody does not see, a task of theirs says nothing.
    there = office.rows("SELECT id FROM event WHERE unit_code = %s", GRIDS[7])[0][0]
    number = sent(office, event_id=there)["id"]
    (mine,) = [each for each in office["field"].get("/api/tasks/mine")["tasks"] if each["id"] == number]
    assert mine["event_id"] is None


def test_a_cancelled_task_is_told_and_still_hears_what_was_done(office: Office) -> None:
    number = sent(office)["id"]
    with connect(office.url, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        for _ in range(2):
            shown = office["chief"].post(f"/api/tasks/{number}/cancel", {"reason": "不用了"})
            assert (shown["state"], shown["reason"], shown["cancelled_by"]) == (
                "cancelled",
                "不用了",
                "chief",
            )
        told = [json.loads(each.payload) for each in ear.notifies(timeout=1, stop_after=None)]
    mine = [each for each in told if each["kind"] == "task" and each["task"] == number]
    assert [(each["what"], each["movers"]) for each in mine] == [("cancelled", [mover_of(office)])]
    assert says(office, number, "done").json()["state"] == "done"
    assert (
        office["field"].ask("POST", f"/api/tasks/{number}/cancel", json={"reason": "nein"}).status_code == 403
    )
    assert (
        office["street 2"].ask("POST", f"/api/tasks/{number}/cancel", json={"reason": "nein"}).status_code
        == 404
    )
    kept = office.rows(
        "SELECT action, username FROM audit WHERE relation = 'task' AND row_key = %s", str(number)
    )
    assert {action for action, _ in kept} == {"insert", "update"}
    assert {who for _, who in kept} == {"chief"}


@pytest.fixture(scope="module")
def truck(office: Office) -> tuple[int, int]:
    """A vehicle with a terminal: the numbers of the mover and of the device."""
    with connect(office.url) as owner:
        owner.execute(
            "INSERT INTO resource (kind, name, geom, unit_code, source) VALUES ('vehicle', '洒水车',"
            " ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), %s, 'test')",
            [GRIDS[0]],
        )
        mover = owner.execute(
            "SELECT m.id FROM mover m JOIN resource r ON r.id = m.resource_id WHERE r.name = '洒水车'"
        ).fetchall()[0][0]
        device = owner.execute(
            "INSERT INTO device (protocol, identity, state) VALUES ('jt808', '13800000009', 'active')"
            " RETURNING id"
        ).fetchall()[0][0]
        owner.execute(
            "INSERT INTO device_carrier (device_id, mover_id, since)"
            " VALUES (%s, %s, now() - interval '1 day')",
            [device, mover],
        )
    return mover, device


def keep(office: Office, now: datetime | None = None) -> tuple[int, int]:
    """Do what the job process does."""
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        with session(database, SYSTEM) as connection:
            return following.follow_terminals(connection), following.remind(connection, now)
    finally:
        database.close()


def test_a_terminal_is_told_and_its_word_counts_as_delivered(office: Office, truck: tuple[int, int]) -> None:
    mover, _ = truck
    for who in ("chief", "commander"):
        number = office[who].post(
            "/api/tasks", {"title": "去东门", "text": "洒水\n两遍", "to": {"movers": [mover]}}
        )["id"]
        (order,) = office.rows("SELECT id, content, username FROM downlink ORDER BY id DESC LIMIT 1")
        assert (order[1]["text"], order[2]) == ("去东门\n洒水 两遍", who)
        assert keep(office)[0] == 0
        assert state_of(office, number) == "sent"
        with connect(office.url) as owner:
            owner.execute(
                "UPDATE downlink SET state = 'confirmed', done_at = now() WHERE id = %s", [order[0]]
            )
        assert keep(office)[0] == 1
        assert keep(office)[0] == 0
        assert state_of(office, number) == "delivered"
    assert says(office, number, "done", "chief", mover_id=mover, note="电话").json()["note"] == "电话"


def test_whoever_does_not_confirm_is_reminded_three_times(office: Office, truck: tuple[int, int]) -> None:
    now = datetime.now(UTC)
    to = {"movers": [mover_of(office), mover_of(office, GRIDS[7]), truck[0]]}
    body = {
        "title": "x",
        "to": to,
        "confirm_by": (now + timedelta(minutes=5)).isoformat(),
        "remind_every_min": 7,
    }
    number = office["chief"].post("/api/tasks", body)["id"]
    assert says(office, number, "accepted").status_code == 200
    orders = "SELECT count(*) FROM downlink WHERE device_id = %s"
    before = office.rows(orders, truck[1])[0][0]
    assert keep(office, now + timedelta(minutes=4))[1] == 0
    for round_, minutes in enumerate((5.1, 12.2, 19.3), 1):
        assert keep(office, now + timedelta(minutes=minutes))[1] == 2
        assert keep(office, now + timedelta(minutes=minutes + 1))[1] == 0
        assert office["chief"].get(f"/api/tasks/{number}")["reminders"] == round_
    assert keep(office, now + timedelta(days=2))[1] == 0
    assert office.rows(orders, truck[1])[0][0] == before + 3
    steps = office["chief"].get(f"/api/tasks/{number}/steps")["steps"]
    assert [each["mover_id"] for each in steps if each["what"] == "reminded"].count(truck[0]) == 3


def test_the_job_process_reminds_and_hears_terminals(office: Office, truck: tuple[int, int]) -> None:
    number = office["chief"].post("/api/tasks", {"title": "x", "to": {"movers": [truck[0]]}})["id"]
    late = sent(office, grid=GRIDS[6])["id"]
    with TaskKeeper(office.app_url), connect(office.url, autocommit=True) as owner:
        owner.execute("UPDATE task SET remind_at = now() WHERE id = %s", [late])
        owner.execute(
            "UPDATE downlink SET state = 'confirmed', done_at = now() FROM task_recipient r"
            " WHERE downlink.id = r.downlink_id AND r.task_id = %s",
            [number],
        )
        notify(owner, "downlink")
        until(lambda: state_of(office, number) == "delivered")
        until(lambda: office["chief"].get(f"/api/tasks/{late}")["reminders"] == 1)


def test_a_message_is_only_read(office: Office) -> None:
    number = sent(office, kind="message")["id"]
    assert wrong(says(office, number, "accepted")) == {"state"}
    assert says(office, number, "read").status_code == 200
    assert number not in {each["id"] for each in office["field"].get("/api/tasks/mine?open=true")["tasks"]}


def test_a_key_of_a_phone_opens_what_a_phone_needs(office: Office) -> None:
    number = sent(office)["id"]
    with connect(office.url) as owner:
        (account,) = owner.execute("SELECT id FROM account WHERE username = 'field'").fetchall()[0]
        keys = {
            scope: issue_key(owner, account, scope, timedelta(hours=1), kind=kind, scope=scope).token
            for scope, kind in (("field", "device"), ("read", "token"))
        }
    phone, reading = (Person(office["field"].client, keys[scope]) for scope in ("field", "read"))
    (first, *_) = reading.get("/api/tasks/mine")["tasks"]
    assert (first["id"], first["my_state"]) == (number, "sent")
    (first, *_) = phone.get("/api/tasks/mine")["tasks"]
    assert (first["id"], first["my_state"]) == (number, "delivered")
    receipt = {"state": "read"}
    assert reading.ask("POST", f"/api/tasks/{number}/receipts", json=receipt).status_code == 403
    assert phone.ask("POST", f"/api/tasks/{number}/receipts", json=receipt).status_code == 200
    for method, path in (("GET", "/api/tasks"), ("POST", "/api/tasks"), ("GET", f"/api/tasks/{number}")):
        assert phone.ask(method, path, json={}).status_code == 403, path
    assert phone.ask("POST", f"/api/tasks/{number}/cancel", json={"reason": "nein"}).status_code == 403


def test_five_hundred_get_it_and_no_more(office: Office) -> None:
    with connect(office.url) as owner:
        owner.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
            " SELECT 'many' || n, '张**', '', 'inspector', (SELECT min(id) FROM organisation), %s"
            " FROM generate_series(1, 501) AS n",
            [GRIDS[5]],
        )
        movers = [
            number
            for (number,) in owner.execute(
                "SELECT m.id FROM mover m JOIN worker w ON w.id = m.worker_id WHERE w.code LIKE 'many%%'"
                " ORDER BY 1"
            )
        ]
    made = office["chief"].post("/api/tasks", {"title": "x", "to": {"movers": movers[:500]}})
    assert (made["states"], len(made["recipients"])) == ({"sent": 500}, 500)
    many = {"title": "x", "to": {"movers": movers}}
    assert wrong(office["chief"].ask("POST", "/api/tasks", json=many)) == {"to.movers"}
    two = {"title": "x", "to": {"movers": movers[:1], "unit": GRIDS[5]}}
    assert wrong(office["chief"].ask("POST", "/api/tasks", json=two)) == {"to"}
    with connect(office.url) as owner:
        owner.execute("DELETE FROM worker WHERE code LIKE 'many%%'")


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"to": {}}, "to"), ({"to": {"movers": [10**12]}}, "to.movers.0"),
        ({"to": {"movers": ["1"]}}, "to.movers.0"),
        ({"to": {"unit": "nowhere"}}, "to"), ({"to": {"organisation": "nobody"}}, "organisation"),
        ({"title": " "}, "title"), ({"title": "x" * 101}, "title"), ({"title": "a\x00"}, "title"),
        ({"text": "x" * 2001}, "text"), ({"kind": "order"}, "kind"),
        ({"due_at": "2020-01-01T00:00:00Z"}, "due_at"),
        ({"due_at": "9999-01-01T00:00:00Z"}, "due_at"), ({"due_at": "2030-01-01T00:00:00"}, "due_at"),
        ({"confirm_by": "soon"}, "confirm_by"), ({"event_id": 10**12}, "event_id"),
        ({"place_id": 10**15}, "place_id"),
        ({"component_id": 10**15}, "component_id"), ({"event_id": 1, "place_id": 1}, "event_id"),
        ({"point": [200, 39]}, "point"), ({"point": [116]}, "point"),
        ({"geometry": {"type": "Point"}}, "geometry.coordinates"),
        ({"remind_every_min": 0}, "remind_every_min"), ({"client_id": "a b"}, "client_id"), ({"x": 1}, "x"),
        ({"to": {"nearby": {"radius_m": 5}}}, "to.nearby.lon"),
        ({"to": {"nearby": {"lon": 116, "lat": 39, "radius_m": 1e9}}}, "to.nearby.radius_m"),
        ({"to": {"nearby": {"lon": 116, "lat": 39, "kinds": ["place"]}}}, "to.nearby.kinds.0"),
    ],
)  # fmt: skip
def test_a_wrong_task_is_refused_by_its_field(office: Office, more: Json, where: str) -> None:
    body = {"title": "x", "to": {"movers": [mover_of(office)]}, **more}
    found = wrong(office["chief"].ask("POST", "/api/tasks", json=body))
    assert where in {each.removeprefix("body.") for each in found}


def test_a_wrong_receipt_is_refused_by_its_field(office: Office) -> None:
    number = sent(office)["id"]
    for body, where in [
        ({"state": "sent"}, "state"), ({}, "state"), ({"state": "declined"}, "reason"),
        ({"state": "done", "attachment": "x"}, "attachment"), ({"state": "read", "at": "now"}, "at"),
        ({"state": "read", "note": "x" * 2001}, "note"), ({"state": "read", "mover_id": 0}, "mover_id"),
    ]:  # fmt: skip
        answer = office["field"].ask("POST", f"/api/tasks/{number}/receipts", json=body)
        assert where in {each.removeprefix("body.") for each in wrong(answer)}, body
    for path in ("0", str(2**63), "x"):
        answer = office["field"].ask("POST", f"/api/tasks/{path}/receipts", json={"state": "read"})
        assert answer.status_code in (400, 404)
    far = says(office, number, "read", at="9999-12-31T23:59:59Z").json()
    assert far["read_at"] < (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    early = says(office, number, "read", at="0001-01-01T00:00:00Z").json()
    assert early["read_at"] >= office["chief"].get(f"/api/tasks/{number}")["created_at"]


def test_lists_go_page_by_page(office: Office) -> None:
    numbers = [sent(office)["id"] for _ in range(3)]
    mover = mover_of(office)
    first = office["chief"].get(f"/api/tasks?limit=2&mover={mover}")
    rest = office["chief"].get(f"/api/tasks?limit=500&mover={mover}&before={first['next']}")
    found = [each["id"] for each in first["tasks"] + rest["tasks"]]
    assert found[:3] == numbers[::-1]
    assert found == sorted(set(found), reverse=True)
    own = office["field"].get("/api/tasks/mine?limit=2")
    assert [each["id"] for each in own["tasks"]] == numbers[:0:-1]
    assert office["viewer"].get("/api/tasks")["tasks"] == []
    assert office["viewer"].get("/api/tasks/mine")["tasks"] == []


def test_a_step_is_never_changed_not_even_by_the_platform(office: Office) -> None:
    database = Database(office.app_url, pool_size=1)
    database.open()
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session(database, SYSTEM) as connection:
            connection.execute("UPDATE task_step SET note = 'x'")
    finally:
        database.close()

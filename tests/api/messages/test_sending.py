"""Text messages over HTTP: who may send them, to whom, and what is refused."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from spatial.database import connect
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from tests.api.messages.town import Town, body, refused, report, send
from tests.api.planning import Json, Person
from tests.spatial.rights.town import GRIDS, STREETS


def test_a_dry_run_says_whom_it_would_reach_and_what_it_costs(town: Town) -> None:
    sent = {"to": {"unit": STREETS[0]}, "text": "长" * 71}
    found = town.office["chief"].post("/api/messages/preview", sent)
    assert (found["people"], found["parts"], found["cost"], found["alphabet"]) == (4, 2, 8, "ucs2")
    assert found["gateway"] == "http"
    assert {each["worker_id"] for each in found["to"]} == {town.workers[grid] for grid in GRIDS[:4]}
    assert all("*" in each["name"] for each in found["to"])
    assert not any(phone in json.dumps(found) for phone in town.phones.values())
    assert town.ask("SELECT count(*) FROM message") == [(0,)]
    # Of another area there is nothing to reach.
    own = town.office["street 1"].post(
        "/api/messages/preview", {"to": {"roles": ["grid_worker"]}, "text": "x"}
    )
    assert {each["worker_id"] for each in own["to"]} == {town.workers[grid] for grid in GRIDS[:4]}


def test_groups_are_chosen_by_all_that_is_said_of_them(town: Town) -> None:
    chief = town.office["chief"]
    town.ask("UPDATE worker SET on_duty = true WHERE id = %s", town.workers[GRIDS[2]])
    water = town.ask("SELECT id FROM organisation WHERE code = 'water'")[0][0]
    asked = {"unit": STREETS[0], "organisation": water, "roles": ["grid_worker"], "on_duty": True}
    found = chief.post("/api/messages/preview", {"to": asked, "text": "x"})
    assert [each["worker_id"] for each in found["to"]] == [town.workers[GRIDS[2]]]
    both = {**asked, "workers": [town.workers[GRIDS[7]], town.workers[GRIDS[2]]]}
    found = chief.post("/api/messages/preview", {"to": both, "text": "x"})
    assert [each["worker_id"] for each in found["to"]] == [town.workers[GRIDS[2]], town.workers[GRIDS[7]]]
    town.ask("UPDATE worker SET on_duty = false")


@pytest.mark.parametrize(
    ("given", "status", "where"),
    [
        ({"to": {}}, 400, "to"),
        ({"to": {"workers": [999_999_999]}}, 400, "to.workers.0"),
        ({"to": {"unit": "000000"}}, 400, "to"),
        ({"to": {"workers": list(range(1, 1002))}}, 400, "to.workers"),
        ({"text": ""}, 400, "text"),
        ({"text": " \n "}, 400, "text"),
        ({"text": "a\x00b"}, 400, "text"),
        ({"text": "a\x1b[31m"}, 400, "text"),
        ({"text": "网" * 2000}, 400, "text"),
        ({"text": "a" * 20_000}, 400, "text"),
        ({"text": None}, 400, "text"),
        ({"template": "{no}"}, 400, "text"),
        ({"text": None, "template": "{no} {name}", "values": {"no": "1"}}, 400, "values"),
        ({"text": None, "template": "{no", "values": {"no": "1"}}, 400, "template"),
        ({"text": None, "template": "x", "values": {"no": "1"}}, 400, "values.no"),
        ({"phone": "13812345678"}, 400, "phone"),
        ({"valid_minutes": 1}, 400, "valid_minutes"),
        ({"event_id": 999_999_999}, 404, None),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_by_its_name(
    town: Town, given: Json, status: int, where: str | None
) -> None:
    found, places = refused(town.office["chief"], {**body(town), **given})
    assert (found, places[:1]) == (status, [where] if where else [])
    assert town.ask("SELECT count(*) FROM message") == [(0,)]


def test_a_lone_surrogate_is_no_text(town: Town) -> None:
    sent = json.dumps(body(town)).replace(json.dumps("请速到现场"), '"\\ud83d"')
    answer = town.office["chief"].ask(
        "POST", "/api/messages", content=sent, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400, answer.text


def test_who_may_not_send_sends_nothing(town: Town) -> None:
    assert refused(town.office["viewer"], body(town)) == (403, [])
    assert refused(town.office["viewer"], body(town), "/api/messages/preview") == (403, [])
    assert refused(town.office["street 2"], body(town)) == (400, ["to.workers.0"])


def test_people_listed_twice_and_people_without_a_phone(town: Town) -> None:
    mute = town.workers[GRIDS[5]]
    (kept,) = town.ask("SELECT phone FROM worker WHERE id = %s", mute)[0]
    town.ask("UPDATE worker SET phone = '' WHERE id = %s", mute)
    chief = town.office["chief"]
    sent = body(town, GRIDS[0], GRIDS[0], GRIDS[5])
    found = chief.post("/api/messages/preview", sent)
    assert (found["people"], [each["worker_id"] for each in found["without_phone"]]) == (1, [mute])
    made = chief.post("/api/messages", sent)
    assert [each["worker_id"] for each in made["recipients"]] == [town.workers[GRIDS[0]]]
    assert refused(chief, body(town, GRIDS[5])) == (400, ["to"])
    town.ask("UPDATE worker SET phone = %s WHERE id = %s", kept, mute)


def test_a_request_sent_again_is_the_same_message(town: Town) -> None:
    chief = town.office["chief"]
    answers: list[Any] = []

    def ask() -> None:
        answers.append(chief.ask("POST", "/api/messages", json=body(town, client_id="tap-1")))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert town.ask("SELECT count(*) FROM message_recipient") == [(1,)]
    # What another account calls its request is its own.
    assert (
        town.office["deputy"].ask("POST", "/api/messages", json=body(town, client_id="tap-1")).status_code
        == 201
    )


def test_an_account_has_its_share_of_an_hour(town: Town) -> None:
    chief = town.office["chief"]
    eight = {"to": {"roles": ["grid_worker"]}, "text": "网" * 600}
    assert chief.post("/api/messages/preview", eight)["cost"] == 72
    chief.post("/api/messages", eight)
    late = chief.ask("POST", "/api/messages", json=eight)
    assert late.status_code == 429
    assert 3500 < int(late.headers["retry-after"]) <= 3600
    assert chief.ask("POST", "/api/messages", json=body(town)).status_code == 201
    assert town.office["deputy"].ask("POST", "/api/messages", json=eight).status_code == 201
    assert refused(chief, {**eight, "text": "网" * 670})[0] == 429


def test_who_has_it_tried_again_pays_for_it_each_time(town: Town) -> None:
    chief = town.office["chief"]
    eight = {"to": {"roles": ["grid_worker"]}, "text": "网" * 600}
    made = chief.post("/api/messages", eight)["id"]
    town.ask("UPDATE message_recipient SET state = 'failed'")
    late = chief.ask("POST", f"/api/messages/{made}/again", json={})
    assert late.status_code == 429
    assert 3500 < int(late.headers["retry-after"]) <= 3600
    one = {"workers": [town.workers[GRIDS[0]]]}
    for status in (200, 200, 200, 429):
        assert chief.ask("POST", f"/api/messages/{made}/again", json=one).status_code == status
        town.ask("UPDATE message_recipient SET state = 'failed'")
    # It is the round of whoever asks for it, whoever wrote the message.
    assert town.office["deputy"].ask("POST", f"/api/messages/{made}/again", json={}).status_code == 200
    assert town.ask(
        "SELECT a.username, sum(cost) FROM message_round AS r JOIN account AS a ON a.id = r.account_id"
        " GROUP BY 1 ORDER BY 1"
    ) == [("chief", 99), ("deputy", 72)]


def test_each_round_is_valid_for_as_long_as_the_first(town: Town) -> None:
    message = send(town, valid_minutes=4320)
    town.ask(
        "UPDATE message SET created_at = now() - interval '9 days', not_before = now() - interval '9 days',"
        " expires_at = now() - interval '6 days'"
    )
    for _ in range(3):
        town.ask("UPDATE message_recipient SET state = 'expired'")
        town.office["chief"].post(f"/api/messages/{message}/again")
        left = "extract(epoch FROM expires_at - now()) / 3600"
        ((hours,),) = town.ask(f"SELECT {left} FROM message")  # noqa: S608
        assert 71 < hours <= 72


def test_a_commander_has_it_tried_again_for_those_alone_whom_he_sees(town: Town) -> None:
    event = report(town)["id"]
    near, far = town.workers[GRIDS[0]], town.workers[GRIDS[7]]
    message = send(town, GRIDS[0], GRIDS[7], event_id=event)
    town.ask("UPDATE message_recipient SET state = 'failed'")
    with connect(town.office.url) as owner:
        account = create_account(
            owner, "commander 1", "commander 1", "commander", "an unlikely Passw0rd", "area", STREETS[0]
        )
        key = issue_key(owner, account, "commander 1", timedelta(hours=5))
    commander = Person(town.office["chief"].client, key.token)
    again = f"/api/messages/{message}/again"
    shown = commander.get(f"/api/messages/{message}")["recipients"]
    assert [(each["worker_id"], each["seen"]) for each in shown] == [(near, True), (far, False)]
    assert commander.ask("POST", again, json={"workers": [far]}).status_code == 409
    assert town.states(message) == {near: "failed", far: "failed"}
    commander.post(again)
    assert town.states(message) == {near: "queued", far: "failed"}
    assert town.ask("SELECT cost FROM message_round WHERE account_id = %s", account) == [(1,)]
    assert commander.ask("POST", again, json={}).status_code == 409


def test_templates_know_the_event_and_fill_nothing_twice(town: Town) -> None:
    chief = town.office["chief"]
    event = report(town, title="坑 {due} 大")
    sent = {
        "to": {"workers": [town.workers[GRIDS[0]]]}, "event_id": event["id"],
        "template": "{no}：{title}，{who}，{{限}} {due}", "values": {"who": "{no}"},
    }  # fmt: skip
    made = chief.post("/api/messages", sent)
    due = town.ask("SELECT to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI') FROM event"
                   " WHERE id = %s", event["id"])[0][0]  # fmt: skip
    assert made["text"] == f"{event['no']}：坑 {{due}} 大，{{no}}，{{限}} {due}"
    assert made["event_id"] == event["id"]
    assert [each["id"] for each in chief.get(f"/api/messages?event={event['id']}")["messages"]] == [
        made["id"]
    ]
    foreign = {**sent, "to": {"unit": STREETS[1]}}
    assert town.office["street 2"].ask("POST", "/api/messages", json=foreign).status_code == 404


def test_messages_are_for_whoever_wrote_them_or_sees_the_event(town: Town) -> None:
    event = report(town)["id"]
    own, of_event = send(town), send(town, GRIDS[0], event_id=event)
    seen = {each["id"] for each in town.office["street 1"].get("/api/messages")["messages"]}
    assert seen == {of_event}
    assert town.office["street 1"].ask("GET", f"/api/messages/{own}").status_code == 404
    assert town.office["street 2"].get("/api/messages")["messages"] == []
    theirs = send(town, who="street 1")
    assert {each["id"] for each in town.office["street 1"].get("/api/messages")["messages"]} == {
        of_event,
        theirs,
    }
    assert town.office["viewer"].get("/api/messages")["messages"] == []
    page = town.office["chief"].get("/api/messages?limit=2")
    assert ([each["id"] for each in page["messages"]], page["next"]) == ([theirs, of_event], of_event)
    assert page["messages"][0]["states"] == {"queued": 1}
    rest = town.office["chief"].get(f"/api/messages?limit=2&before={page['next']}")
    assert ([each["id"] for each in rest["messages"]], rest["next"]) == ([own], None)

"""Text messages that are sent by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spatial.settings import Secret
from tests.api.messages.town import Town, report, working
from tests.api.planning import Json
from tests.spatial.rights.town import GRIDS


def step(town: Town, event: int, verb: str, **given: Any) -> Json:
    chief = town.office["chief"]
    return chief.post(f"/api/events/{event}/transitions", {"verb": verb, "note": "because", **given})


def rule(town: Town, occasion: str, **given: Any) -> None:
    chief = town.office["chief"]
    found = next(each for each in chief.get("/api/message-rules")["rules"] if each["occasion"] == occasion)
    sent = {name: value for name, value in found.items() if name != "occasion"}
    quiet = {"quiet_from": None, "quiet_until": None}
    answer = chief.ask(
        "PUT", f"/api/message-rules/{occasion}", json={**sent, **quiet, "enabled": True, **given}
    )
    assert answer.status_code == 200, answer.text


def dispatched(town: Town, grid: str = GRIDS[0], **given: Any) -> Json:
    event = report(town, **given)
    for verb in ("accept", "file"):
        step(town, event["id"], verb)
    step(town, event["id"], "dispatch", to_worker=town.workers[grid])
    return event


def automatic(town: Town) -> list[Json]:
    with working(town, town.sender(sms_gateway=Secret("log:"))) as work:
        work()
    return town.office["chief"].get("/api/messages")["messages"]


def test_nothing_is_sent_by_itself_until_somebody_turns_it_on(town: Town) -> None:
    assert not any(each["enabled"] for each in town.office["chief"].get("/api/message-rules")["rules"])
    dispatched(town)
    assert town.ask("SELECT count(*) FROM message_due") == [(0,)]
    assert automatic(town) == []


def test_whoever_gets_an_event_is_told_once(town: Town) -> None:
    rule(town, "dispatched")
    event = dispatched(town)
    found = automatic(town)
    assert [(each["event_id"], each["occasion"], each["username"]) for each in found] == [
        (event["id"], "dispatched", "")
    ]
    assert found[0]["text"].startswith(f"【网格平台】{event['no']} 路面破损")
    number = town.ask("SELECT id FROM event_step WHERE event_id = %s AND verb = 'dispatch'", event["id"])
    assert [(found[0]["step_id"],)] == number
    assert town.states(found[0]["id"]) == {town.workers[GRIDS[0]]: "sent"}
    # The same step, looked at once more, is the same message.
    town.ask(
        "INSERT INTO message_due (occasion, event_id, step_id) VALUES ('dispatched', %s, %s)",
        event["id"], found[0]["step_id"],
    )  # fmt: skip
    assert [each["id"] for each in automatic(town)] == [found[0]["id"]]


def test_who_has_it_no_more_is_not_told(town: Town) -> None:
    rule(town, "dispatched")
    event = dispatched(town)["id"]
    step(town, event, "redispatch", to_worker=town.workers[GRIDS[1]])
    found = automatic(town)
    assert len(found) == 1
    assert town.states(found[0]["id"]) == {town.workers[GRIDS[1]]: "sent"}


def test_rules_say_of_which_events_and_to_whom(town: Town) -> None:
    leader = town.workers[GRIDS[1]]
    town.ask("UPDATE worker SET role = 'grid_leader', unit_code = %s WHERE id = %s", GRIDS[0], leader)
    rule(town, "dispatched", urgencies=["urgent"], recipients=["responsible", "leader"], language="en")
    dispatched(town)
    assert automatic(town) == []
    dispatched(town, urgency="urgent")
    found = automatic(town)
    assert len(found) == 1
    assert "was given to you" in found[0]["text"]
    assert set(town.states(found[0]["id"])) == {town.workers[GRIDS[0]], leader}
    rule(town, "dispatched", categories=["02"])
    dispatched(town)
    assert len(automatic(town)) == 1
    town.ask("UPDATE worker SET role = 'grid_worker', unit_code = %s WHERE id = %s", GRIDS[1], leader)


def test_supervision_escalation_and_warnings_are_told(town: Town) -> None:
    for occasion in ("escalated", "supervised", "warning", "overdue"):
        rule(town, occasion)
    event = dispatched(town)["id"]
    step(town, event, "supervise")
    step(town, event, "escalate", to_worker=town.workers[GRIDS[2]])
    for share in (50, 80, 100):
        town.ask(
            "INSERT INTO event_warning (event_id, state, due_at, share)"
            " SELECT id, state, due_at, %s FROM event WHERE id = %s", share, event,
        )  # fmt: skip
    found = automatic(town)
    assert {each["occasion"] for each in found} == {"escalated", "supervised", "warning", "overdue"}
    assert len(found) == 4
    assert "80%" in next(each["text"] for each in found if each["occasion"] == "warning")
    step(town, event, "handle")
    town.ask(
        "INSERT INTO event_warning (event_id, state, due_at, share)"
        " SELECT id, 'dispatched', now(), 99 FROM event WHERE id = %s", event,
    )  # fmt: skip
    assert len(automatic(town)) == 4


def test_ordinary_events_wait_for_the_end_of_the_quiet_hours(town: Town) -> None:
    quiet = {"quiet_from": "00:00", "quiet_until": "23:59:59"}
    rule(town, "dispatched", **quiet)
    dispatched(town)
    found = automatic(town)
    assert set(town.states(found[0]["id"]).values()) == {"queued"}
    assert found[0]["not_before"] > found[0]["created_at"]
    dispatched(town, urgency="critical")
    assert set(town.states(automatic(town)[0]["id"]).values()) == {"sent"}


def test_events_with_a_past_elsewhere_wake_nobody(town: Town) -> None:
    rule(town, "dispatched")
    report(
        town, source="hotline", external_id="M-1", until="dispatched",
        occurred_at="2026-01-05T08:00:00+08:00", reported_at="2026-01-05T08:00:00+08:00",
        accepted_at="2026-01-05T09:00:00+08:00", filed_at="2026-01-05T09:00:00+08:00",
        dispatched_at="2026-01-05T10:00:00+08:00",
    )  # fmt: skip
    assert town.ask("SELECT count(*) FROM message_due") == [(0,)]


def test_nobody_is_flooded(town: Town) -> None:
    rule(town, "dispatched")
    worker = town.workers[GRIDS[0]]
    town.ask(
        "WITH made AS (INSERT INTO message (occasion, text, alphabet, parts, valid_for, expires_at)"
        " SELECT 'overdue', 'x', 'gsm7', 1, '12 hours', now() FROM generate_series(1, 30) RETURNING id)"
        " INSERT INTO message_recipient (message_id, worker_id, state) SELECT id, %s, 'sent' FROM made",
        worker,
    )
    dispatched(town)
    found = automatic(town)
    assert town.states(found[0]["id"]) == {worker: "failed"}
    shown = town.office["chief"].get(f"/api/messages/{found[0]['id']}")
    assert shown["recipients"][0]["reason"] == "too many within an hour"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"template_zh": "{phone}"}, "template_zh"),
        ({"template_en": "{"}, "template_en"),
        ({"template_zh": ""}, "template_zh"),
        ({"template_zh": "x" * 301}, "template_zh"),
        ({"template_zh": "a\x00"}, "template_zh"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["everybody"]}, "recipients.0"),
        ({"urgencies": []}, "urgencies"),
        ({"categories": ["x"]}, "categories.0"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else None,
)
def test_rules_that_cannot_hold_are_refused(town: Town, given: Json, where: str) -> None:
    chief = town.office["chief"]
    sent = {
        "enabled": True, "language": "zh", "template_zh": "{no}", "template_en": "{no}",
        "urgencies": ["urgent"], "recipients": ["responsible"], **given,
    }  # fmt: skip
    answer = chief.ask("PUT", "/api/message-rules/overdue", content=json.dumps(sent),
                       headers={"content-type": "application/json"})  # fmt: skip
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, where)


def test_rules_are_the_city_s_to_change(town: Town) -> None:
    chief = town.office["chief"]
    found = chief.get("/api/message-rules")["rules"][0]
    sent = {name: value for name, value in found.items() if name != "occasion"}
    for who in ("street 1", "viewer"):
        assert town.office[who].ask("PUT", "/api/message-rules/dispatched", json=sent).status_code == 403
    assert chief.ask("PUT", "/api/message-rules/nonsense", json=sent).status_code == 400
    assert [each["occasion"] for each in town.office["viewer"].get("/api/message-rules")["rules"]] == [
        "dispatched", "escalated", "supervised", "warning", "overdue"
    ]  # fmt: skip

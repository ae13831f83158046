"""Alarms over HTTP: raised, seen to by people, conflicts between them, and who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.alarms.desk import ALARMS, Desk
from tests.api.places.town import wrong
from tests.lifeline.alarms.kept.plant import pressure


def soon(**ago: float) -> str:
    return (datetime.now(UTC) + timedelta(**ago)).isoformat()


def events(desk: Desk, alarm: dict[str, Any]) -> list[tuple[str, str, str]]:
    steps = desk.office["chief"].get(f"{ALARMS}/{alarm['id']}")["steps"]
    return [(each["event"], each["after"], each["username"]) for each in reversed(steps)]


def test_from_the_value_to_the_end_of_the_alarm(desk: Desk) -> None:
    alarm = desk.raised("whole way")
    assert (alarm["state"], alarm["level"], alarm["reason"]) == ("unacknowledged", 1, "value 70 >= 60 kPa")
    assert (alarm["thing"], alarm["rule_name"]) == ("whole way", "whole way")
    assert alarm["legal_basis"] == "DB34/T 4021-2021 5.2"
    seen = desk.act(alarm, "acknowledge", "commander", tag=alarm["edition"], reason="going there")
    assert (seen.status_code, seen.json()["state"]) == (200, "acknowledged")
    assert seen.json()["acknowledged_by"] == "commander"
    desk.send(alarm["datastream_id"], 20)
    desk.work()
    assert desk.listed(rule=alarm["rule_id"]) == []
    (over,) = desk.listed(rule=alarm["rule_id"], open=False)
    assert (over["state"], over["id"]) == ("normal", alarm["id"]) and over["closed_at"]
    assert events(desk, alarm) == [
        ("raised", "unacknowledged", ""), ("acknowledged", "acknowledged", "commander"),
        ("cleared", "normal", ""),
    ]  # fmt: skip
    # The next time is another alarm.
    desk.send(alarm["datastream_id"], 55)
    desk.work()
    (again,) = desk.listed(rule=alarm["rule_id"])
    assert again["id"] != alarm["id"] and again["level"] == 3
    assert desk.act(alarm, "shelve", reason="old", until=soon(hours=1)).status_code == 409


def test_of_many_who_acknowledge_at_once_one_has_it(desk: Desk) -> None:
    alarm = desk.raised("crowd")
    people = ("chief", "deputy", "commander")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda who: desk.act(alarm, "acknowledge", who), people))
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    (winner,) = [each.json()["acknowledged_by"] for each in answers if each.status_code == 200]
    assert all(f"'{winner}'" in each.json()["detail"] for each in answers if each.status_code == 409)
    # The same person again is no conflict.
    assert desk.act(alarm, "acknowledge", winner).status_code == 200
    assert len(events(desk, alarm)) == 2


def test_a_change_from_another_state_is_refused(desk: Desk) -> None:
    alarm = desk.raised("tags")
    first = desk.act(alarm, "acknowledge", tag=alarm["edition"])
    stale = desk.act(alarm, "shelve", tag=alarm["edition"], reason="valve work", until=soon(hours=1))
    assert stale.status_code == 412
    good = desk.act(alarm, "shelve", tag=first.json()["edition"], reason="valve work", until=soon(hours=1))
    assert (good.status_code, good.json()["state"]) == (200, "shelved")


def test_shelved_and_back_suppressed_and_back_out_of_service_and_back(desk: Desk) -> None:
    alarm = desk.raised("hidden")
    until = soon(minutes=30)
    shelved = desk.act(alarm, "shelve", reason="works", until=until).json()
    assert datetime.fromisoformat(shelved["shelved_until"]) - datetime.fromisoformat(until) < timedelta(
        seconds=1
    )
    assert [each["id"] for each in desk.listed(state="shelved", rule=alarm["rule_id"])] == [alarm["id"]]
    for verb, state in [
        ("unshelve", "unacknowledged"), ("suppress", "suppressed"), ("unsuppress", "unacknowledged"),
        ("out-of-service", "out_of_service"), ("return-to-service", "unacknowledged"),
    ]:  # fmt: skip
        done = desk.act(alarm, verb, reason="because")
        assert (done.status_code, done.json()["state"]) == (200, state), verb
        assert desk.act(alarm, verb, reason="because").status_code == 409, f"{verb} twice"
    assert {user for _, _, user in events(desk, alarm)[1:]} == {"chief"}


def test_what_gets_worse_while_it_is_hidden_is_told_when_it_is_not(desk: Desk) -> None:
    alarm = desk.raised("worse", 55.0)
    desk.act(alarm, "out-of-service", reason="gauge is being changed")
    desk.send(alarm["datastream_id"], 80)
    desk.work()
    (hidden,) = desk.listed(rule=alarm["rule_id"])
    assert (hidden["state"], hidden["level"]) == ("out_of_service", 1)
    assert len(events(desk, alarm)) == 2
    back = desk.act(alarm, "return-to-service", reason="done").json()
    assert (back["state"], back["level"], back["highest_level"]) == ("unacknowledged", 1, 1)


def test_a_latched_one_stays_until_it_is_reset(desk: Desk) -> None:
    alarm = desk.raised("latched", conditions=pressure(2, is_latched=True))
    desk.act(alarm, "acknowledge")
    desk.send(alarm["datastream_id"], 10)
    desk.work()
    assert desk.listed(rule=alarm["rule_id"])[0]["state"] == "latched"
    done = desk.act(alarm, "reset")
    assert (done.status_code, done.json()["state"]) == (200, "normal") and done.json()["closed_at"]


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("shelve", {}, {"reason", "until"}), ("shelve", {"reason": "x"}, {"until"}),
        ("shelve", {"reason": " ", "until": "2099-01-01T00:00:00Z"}, {"reason"}),
        ("shelve", {"reason": "x", "until": "2099-01-01T00:00:00Z"}, {"until"}),
        ("shelve", {"reason": "x", "until": "2020-01-01T00:00:00Z"}, {"until"}),
        ("shelve", {"reason": "x", "until": "2099-01-01"}, {"until"}),
        ("suppress", {"reason": ""}, {"reason"}), ("out-of-service", {"reason": "x\0y"}, {"reason"}),
        ("out-of-service", {"reason": "x" * 1001}, {"reason"}), ("acknowledge", {"why": "x"}, {"why"}),
    ],
)  # fmt: skip
def test_what_is_wrong_names_its_field(desk: Desk, verb: str, body: Any, field: set[str]) -> None:
    alarms = desk.listed(state="unacknowledged") or [desk.raised("bad words")]
    assert wrong(desk.act(alarms[0], verb, **body)) == field


def test_who_may_look_and_who_may_act(desk: Desk) -> None:
    alarm = desk.raised("roles")
    assert desk.office["analyst"].get(f"{ALARMS}/{alarm['id']}")["id"] == alarm["id"]
    assert desk.act(alarm, "acknowledge", "analyst").status_code == 403
    for who in ("viewer", "street 1", "field", "roads"):
        assert desk.listed(who) == []
        assert desk.office[who].ask("GET", f"{ALARMS}/{alarm['id']}").status_code == 404
        assert desk.act(alarm, "acknowledge", who).status_code == 404
    assert desk.act({"id": 10**9}, "acknowledge").status_code == 404


def test_pages_go_on_behind_the_last_whatever_becomes_of_it(desk: Desk) -> None:
    channels = [desk.channel(f"page {place}") for place in range(5)]
    rule = desk.rule(*channels, name="pages")
    for place, channel in enumerate(channels):
        desk.send(channel, 55 + 10 * (place % 2))
    desk.work()
    whole = desk.listed(rule=rule["id"])
    assert [each["level"] for each in whole] == [1, 1, 3, 3, 3]
    first = desk.office["chief"].get(ALARMS, params={"rule": rule["id"], "limit": 2})
    desk.send(whole[1]["datastream_id"], 10)
    desk.work()
    desk.act(whole[1], "acknowledge")
    rest = desk.office["chief"].get(ALARMS, params={"rule": rule["id"], "after": first["next"]})
    assert [each["id"] for each in first["alarms"] + rest["alarms"]] == [each["id"] for each in whole]
    assert rest["next"] is None
    assert len(desk.listed(rule=rule["id"], level=1)) == 1
    for asked in (
        {"after": "x"},
        {"level": 5},
        {"since": "yesterday"},
        {"state": "bad"},
        {"thing": 0},
        {"x": 1},
    ):
        answer = desk.office["chief"].ask("GET", ALARMS, params=asked)
        assert wrong(answer) == set(asked)


def test_a_storm_leaves_the_few_that_matter(desk: Desk) -> None:
    gateway = desk.channel("gateway")
    number = desk.office["chief"].get(f"/sensorthings/v1.1/Datastreams({gateway})/Thing")["@iot.id"]
    behind = [desk.channel(f"behind {place}", properties={"hangs_on": number}) for place in range(4)]
    silence = {
        "inputs": [{"sensor": "each", "unit": "kPa", "measure": "silence", "thresholds": [0.001]}],
        "ladder": [{"level": 4}],
    }  # fmt: skip
    desk.rule(gateway, *behind, name="silent", conditions=silence)
    desk.work()
    found = desk.office["chief"].get(f"{ALARMS}/groups", params={"most": 50})
    (group,) = [each for each in found["groups"] if each["first"]["is_technical"]]
    assert (group["count"], group["first"]["thing"]) == (5, "gateway")
    levels = [each["first"]["level"] for each in found["groups"]]
    assert levels == sorted(levels)
    assert found["grouped"] == sum(
        each["alarms"]
        for each in found["counts"]
        if each["state"] not in ("shelved", "suppressed", "out_of_service")
    )

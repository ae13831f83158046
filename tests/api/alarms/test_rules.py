"""Rules of alarms over HTTP: kept, changed while alarms stand, refused by field, tried on history."""

from __future__ import annotations

from typing import Any

import pytest

from spatial.database import connect
from tests.api.alarms.desk import RULES, Desk, rule_of
from tests.api.places.town import wrong
from tests.api.sensorthings.station import at, made
from tests.lifeline.alarms.kept.plant import pressure


def test_kept_changed_and_deleted(desk: Desk) -> None:
    channel = desk.channel("kept")
    rule = desk.rule(channel)
    assert (rule["edition"], rule["datastreams"], rule["created_by"]) == (1, [channel], "chief")
    seen = desk.office["chief"].get(f"{RULES}/{rule['id']}")
    assert (seen["conditions"], seen["standing"], seen["is_applied"]) == (1, 0, True)
    body = rule_of(channel, name="higher", conditions=pressure(2))
    path = f"{RULES}/{rule['id']}"
    changed = desk.office["deputy"].ask("PUT", path, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["edition"]) == (200, 2)
    assert desk.office["chief"].ask("PUT", path, json=body, headers={"If-Match": '"1"'}).status_code == 412
    editions = desk.office["chief"].get(path)["editions"]
    assert [(each["edition"], each["name"], each["username"]) for each in editions] == [
        (2, "higher", "deputy"), (1, "high", "chief"),
    ]  # fmt: skip
    assert path.split("/")[-1] in [str(each["id"]) for each in desk.office["analyst"].get(RULES)["rules"]]
    assert desk.office["chief"].ask("DELETE", path).status_code == 204
    assert desk.office["chief"].ask("GET", path).status_code == 404


def test_a_rule_with_alarms_is_disabled_first_and_its_alarms_stay_on_record(desk: Desk) -> None:
    alarm = desk.raised("disabled")
    path = f"{RULES}/{alarm['rule_id']}"
    assert desk.office["chief"].ask("DELETE", path).status_code == 409
    off = rule_of(alarm["datastream_id"], enabled=False)
    assert desk.office["chief"].ask("PUT", path, json=off).status_code == 200
    desk.work()
    assert desk.listed(rule=alarm["rule_id"]) == []
    assert desk.office["chief"].ask("DELETE", path).status_code == 204
    kept = desk.office["chief"].get(f"/api/lifeline/alarms/{alarm['id']}")
    assert (kept["rule_id"], kept["rule_name"], kept["state"]) == (None, "disabled", "normal")
    assert [each["event"] for each in kept["steps"]] == ["withdrawn", "raised"]
    assert desk.act(alarm, "acknowledge").status_code == 409


def test_a_rule_changed_while_its_alarm_stands_loses_nothing(desk: Desk) -> None:
    alarm = desk.raised("changed", 55.0, conditions=pressure(3, 1))
    channel = alarm["datastream_id"]
    higher = pressure(3, 1)
    higher["inputs"][0]["thresholds"] = [80.0, 90.0]
    desk.office["chief"].ask("PUT", f"{RULES}/{alarm['rule_id']}", json=rule_of(channel, conditions=higher))
    desk.work()
    (seen,) = desk.listed(rule=alarm["rule_id"])
    assert (seen["id"], seen["state"]) == (alarm["id"], "returned")
    steps = desk.office["chief"].get(f"/api/lifeline/alarms/{alarm['id']}")["steps"]
    assert [each["event"] for each in steps] == ["cleared", "rule_changed", "raised"]
    assert (steps[1]["reason"], steps[1]["username"]) == ("edition 2", "chief")


def broken(**more: Any) -> dict[str, Any]:
    return rule_of(1, **more)


def first(**changed: Any) -> dict[str, Any]:
    conditions = pressure(3)
    conditions["inputs"][0] |= changed
    return rule_of(1, conditions=conditions)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (broken(legal_basis=" "), "legal_basis"), (broken(legal_basis=""), "legal_basis"),
        (broken(name="x\0"), "name"), (broken(name=""), "name"), (broken(transport_s=-1), "transport_s"),
        (broken(colour="red"), "colour"), (broken(organisation="nobody"), "organisation"),
        (broken(conditions={"inputs": [], "ladder": []}), "rule.inputs"),
        (broken(conditions=pressure(1, 3)), "rule.ladder"),
        (broken(conditions=pressure(5)), "rule.ladder.0.level"),
        (broken(conditions=pressure(3, any_of=[[1]])), "rule.any_of"),
        (broken(conditions=pressure(3, lateness_ms=10**20)), "rule.lateness_ms"),
        (first(unit="furlong"), "rule.inputs.0.unit"), (first(unit="m"), "rule.inputs.0.unit"),
        (first(thresholds=[1.0, 2.0]), "rule.inputs.0.thresholds"),
        (first(thresholds=[]), "rule.inputs.0.thresholds"),
        (first(thresholds=[1e300]), "rule.inputs.0.thresholds.0"),
        (first(thresholds=["5"]), "rule.inputs.0.thresholds.0"),
        (first(measure="magic"), "rule.inputs.0.measure"), (first(deadband=-1), "rule.inputs.0.deadband"),
        (first(low=5, high=4), "rule.inputs.0.low"), (first(sensor="P1"), "rule.inputs.0.sensor"),
        ({**first(sensor="999999999"), "datastreams": []}, "rule.inputs.0.sensor"),
        (broken(datastreams=[]), "datastreams"), (broken(datastreams=[0]), "datastreams.0"),
        (broken(datastreams=[10**18]), "datastreams.0"),
        (broken(observed_property="pressure"), "datastreams"),
        (broken(network="nowhere"), "network"),
        (broken(datastreams=[], observed_property="pressure", network="nowhere"), "network"),
    ],
)  # fmt: skip
def test_a_bad_rule_names_its_field(desk: Desk, body: dict[str, Any], field: str) -> None:
    if body["datastreams"] == [1]:
        body["datastreams"] = [desk.channel("for bad rules")]
    assert field in wrong(desk.office["chief"].ask("POST", RULES, json=body))


def test_nan_is_refused(desk: Desk) -> None:
    body = '{"name": "x", "legal_basis": "yy", "rule": {"inputs": [{"unit": "m", "thresholds": [NaN]}],'
    answer = desk.office["chief"].ask(
        "POST",
        RULES,
        content=body + ' "ladder": [{"level": 1}]}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400, answer.text


def test_who_may_keep_rules(desk: Desk) -> None:
    channel = desk.channel("roles of rules")
    for who in ("commander", "analyst", "viewer", "field", "street 1"):
        assert desk.office[who].ask("POST", RULES, json=rule_of(channel)).status_code == 403, who
    rule = desk.rule(channel)
    path = f"{RULES}/{rule['id']}"
    for who, status in (("commander", 403), ("analyst", 403), ("viewer", 404), ("roads", 404)):
        assert desk.office[who].ask("PUT", path, json=rule_of(channel)).status_code == status, who
        assert desk.office[who].ask("DELETE", path).status_code == status, who


def test_a_rule_of_one_utility_takes_no_channel_of_another(desk: Desk) -> None:
    channel = desk.channel("nobody's")
    answer = desk.office["chief"].ask("POST", RULES, json=rule_of(channel, organisation="roads"))
    assert wrong(answer) == {"datastreams.0"}


def test_channels_that_come_later_are_watched_too(desk: Desk) -> None:
    quantity = {"name": "turbidity of later", "definition": "http://example.org/t", "description": ""}
    body = rule_of(name="by quantity", observed_property=quantity["name"])
    rule = desk.office["chief"].post(RULES, body)
    desk.work()
    assert desk.office["chief"].get(f"{RULES}/{rule['id']}")["conditions"] == 0
    channel = desk.channel("later")
    with connect(desk.office.url, autocommit=True) as owner:
        owner.execute(
            "UPDATE observed_property SET name = %s WHERE id ="
            " (SELECT observed_property_id FROM datastream WHERE id = %s)",
            (quantity["name"], channel),
        )
    desk.idle()
    desk.send(channel, 55)
    desk.work()
    assert [each["datastream_id"] for each in desk.listed(rule=rule["id"])] == [channel]


def test_what_a_rule_would_have_told(desk: Desk) -> None:
    _, channel = made(desk.office, "history", 40, 55, 70, 45, 40, 55)
    rule = desk.rule(channel, conditions=pressure(3, 1))
    path = f"{RULES}/{rule['id']}/replay"
    span = {"from": at(0), "to": at(10)}
    told = desk.office["analyst"].post(path, span)
    assert [(each["event"], each["level"]) for each in told["steps"]] == [
        ("raised", 3), ("upgraded", 1), ("cleared", None), ("raised", 3),
    ]  # fmt: skip
    assert (told["raised"], told["reached"], told["active_s"], told["values"]) == (
        2,
        {"1": 1, "3": 2},
        420,
        6,
    )
    slower = desk.office["chief"].post(path, {**span, "rule": pressure(3, on_s=90), "datastream": channel})
    assert [each["at"][11:19] for each in slower["steps"]] == ["00:02:30", "00:03:00", "00:06:30"]
    assert desk.listed(rule=rule["id"]) == []
    for body, field in [
        ({"from": at(10), "to": at(0)}, "to"), ({**span, "to": "2099-01-01T00:00:00Z"}, "to"),
        ({**span, "datastream": 10**9}, "datastream"), ({"to": at(1)}, "from"),
        ({**span, "rule": pressure(7)}, "rule.ladder.0.level"),
    ]:  # fmt: skip
        answer = desk.office["chief"].ask("POST", path, json=body)
        assert answer.status_code in (400, 413), answer.text
        assert field in {each["where"] for each in answer.json()["errors"]}

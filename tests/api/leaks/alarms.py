"""Alarms and their rules: of the own organisation alone; a foreign one answers like none."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

RULE, ALARM = "/api/lifeline/alarm-rules/{}", "/api/lifeline/alarms/{}"
SENT = {
    "name": "x", "legal_basis": "none", "datastreams": [1],
    "rule": {"inputs": [{"unit": "kPa", "thresholds": [1]}], "ladder": [{"level": 1}]},
}  # fmt: skip
SPAN = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"}
BECAUSE = {"reason": "test"}
DEEDS = {
    "assess": {},
    "acknowledge": {}, "reset": {}, "shelve": {**BECAUSE, "until": "2099-01-01T00:00:00Z"}, "unshelve": {},
    "suppress": BECAUSE, "unsuppress": {}, "out-of-service": BECAUSE, "return-to-service": {},
}  # fmt: skip


def listed(eyes: Eyes) -> None:
    """All that one may see; of a foreign station, rule or network none."""
    list_of("alarm", "/api/lifeline/alarms?limit=1000&open=false", "alarms")(eyes)
    wanted = {row["id"]: eyes.sees("alarm", row) for row in eyes.rows["alarm"]}
    for row in eyes.rows["alarm"]:
        asked = f"limit=1000&open=false&thing={row['thing_id']}&rule={row['rule_id']}"
        found = {str(each["id"]) for each in eyes.get(f"/api/lifeline/alarms?{asked}")["alarms"]}
        eyes.expect("alarms of a station", found, {row["id"]} if wanted[row["id"]] else set())


def grouped(eyes: Eyes) -> None:
    """Groups and counts are of own alarms."""
    own = {row["id"] for row in eyes.rows["alarm"] if eyes.sees("alarm", row)}
    found = eyes.get("/api/lifeline/alarms/groups?most=100")
    eyes.expect("groups of alarms", {str(each["first"]["id"]) for each in found["groups"]}, own)
    eyes.expect("counts of alarms", sum(each["alarms"] for each in found["counts"]), len(own))


def one(eyes: Eyes) -> None:
    """A foreign one answers like none; of an own one its steps are told."""
    for row in eyes.rows["alarm"]:
        sees = eyes.sees("alarm", row)
        like_nothing(eyes, ALARM, row["id"], sees)
        if sees:
            steps = [
                each
                for each in eyes.rows["alarm_transition"]
                if each["alarm_id"] == row["id"] and eyes.sees("alarm_transition", each)
            ]
            eyes.expect("steps of an alarm", len(eyes.get(ALARM.format(row["id"]))["steps"]), len(steps))


def made(eyes: Eyes) -> None:
    """A foreign channel is like none."""
    for row in eyes.rows["datastream"]:
        if not eyes.sees("datastream", row):
            answers = [
                eyes.ask("POST", "/api/lifeline/alarm-rules", json={**SENT, "datastreams": [number]})
                for number in (int(row["id"]), 10**12)
            ]
            eyes.expect(
                "a rule of a foreign channel", answers[0].text.replace(row["id"], "?"),
                answers[1].text.replace(str(10**12), "?"),
            )  # fmt: skip
            if answers[0].status_code < 400:
                eyes.problems.append(f"{eyes.name}: a rule of a foreign channel")


def tried(eyes: Eyes) -> None:
    """A foreign rule is tried on nothing."""
    for row in eyes.rows["alarm_rule"]:
        sent = {**SPAN, "rule": SENT["rule"]}
        like_nothing(eyes, RULE + "/replay", row["id"], eyes.sees("alarm_rule", row), "POST", json=sent)


ALARMS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/lifeline/alarm-rules": list_of("alarm_rule", "/api/lifeline/alarm-rules?limit=1000", "rules"),
    "POST /api/lifeline/alarm-rules": made,
    "GET /api/lifeline/alarm-rules/{identifier}": row_of("alarm_rule", "GET", RULE),
    "PUT /api/lifeline/alarm-rules/{identifier}": row_of("alarm_rule", "PUT", RULE, SENT),
    "DELETE /api/lifeline/alarm-rules/{identifier}": row_of("alarm_rule", "DELETE", RULE),
    "POST /api/lifeline/alarm-rules/{identifier}/replay": tried,
    "GET /api/lifeline/alarms": listed,
    "GET /api/lifeline/alarms/groups": grouped,
    "GET /api/lifeline/alarms/{identifier}": one,
    **{
        f"POST /api/lifeline/alarms/{{identifier}}/{verb}": row_of("alarm", "POST", f"{ALARM}/{verb}", sent)
        for verb, sent in DEEDS.items()
    },
}

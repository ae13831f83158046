"""From an alarm to its answer: trace, people, neighbours, forces, a level with reasons, and drafts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.alarms.desk import ALARMS, Desk
from tests.api.networks.desk import Desk as NetworkDesk
from tests.api.places.town import wrong
from tests.api.planning import Json, Office
from tests.api.sensorthings.station import post, stream, thing
from tests.lifeline.alarms.kept.plant import pressure
from tests.lifeline.store.brought import sant_boi

BROKEN = "2108"
"""The pipe of the sample town whose break is known: 8 pipes, 6 services, 23 meters, four valves."""


@pytest.fixture(scope="module")
def town(
    office: Office, town_url: str, as_app: Any, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Office:
    """Bring the water of the sample town in."""
    desk = NetworkDesk(office, as_app(town_url), home)
    body = sant_boi(tmp_path_factory.mktemp("networks")).read_bytes()
    assert desk.brought(body, name="boi", filename="santboi_water.zip")["state"] == "done"
    return office


def middle(office: Office, code: str) -> tuple[float, float]:
    found = office.rows(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_LineInterpolatePoint(geom, 0.5) AS p FROM network_link"
        " WHERE code = %s AND network_id = (SELECT id FROM network WHERE name = 'boi')) AS at",
        code,
    )
    return float(found[0][0]), float(found[0][1])


def alarm_at(desk: Desk, name: str, lon: float, lat: float, *levels: int, **more: Any) -> Json:
    """Raise an alarm of a station at a place; more: what its channel is said to be about."""
    properties = {"properties": more} if more else {}
    made = post(desk.office, "Things", thing(name, stream(f"{name} p", **properties), lon=lon, lat=lat))
    channels = f"/sensorthings/v1.1/Things({made['@iot.id']})/Datastreams"
    channel = desk.office["chief"].get(channels)["value"][0]["@iot.id"]
    rule = desk.rule(channel, name=name, conditions=pressure(*(levels or (3, 2))))
    desk.send(channel, 70.0)
    desk.work()
    (alarm,) = desk.listed(rule=rule["id"])
    return alarm


def assess(desk: Desk, alarm: Json, who: str = "commander", **body: Any) -> Any:
    return desk.office[who].ask("POST", f"{ALARMS}/{alarm['id']}/assess", json=body)


def test_an_alarm_on_a_pipe_is_answered_in_one_call(desk: Desk, town: Office) -> None:
    alarm = alarm_at(desk, "burst", 2.0, 41.0, network="boi", feature=BROKEN)
    found = assess(desk, alarm, check_valves="border").json()
    (trace,) = found["traces"]
    assert (found["network"], trace["start"][0]["feature"], found["stands"]) == (
        "boi",
        f"link:{BROKEN}",
        True,
    )
    assert (trace["cut_off"]["links"], trace["customers"]["meters"]) == (8, 23)
    lon, lat = middle(town, BROKEN)
    assert found["at"] == {"lon": pytest.approx(lon), "lat": pytest.approx(lat)}
    warning = found["warning"]
    assert (warning["level"], warning["colour"]) == (2, "orange")
    kinds = [reason["kind"] for reason in warning["reasons"]]
    assert kinds[0] == "rule" and "cut_off" in kinds
    assert "DB34/T 4021-2021 5.2" in warning["reasons"][0]["text"]
    draft = found["drafts"]["shut_off"]
    assert {*draft["close"], *draft["spare"]} == {"1089", "1095", "1096", "1108"}
    assert (draft["network"], draft["edition"]) == ("boi", trace["edition"])
    # The question of the draft gives the same answer again.
    again = desk.office["commander"].ask(
        "POST", "/api/lifeline/networks/boi/traces", json={**draft["question"], "check_valves": "border"}
    )
    assert again.json()["cut_off"] == trace["cut_off"]


def test_a_valve_that_is_stuck_makes_it_wider(desk: Desk, town: Office) -> None:
    alarm = alarm_at(desk, "stuck", 2.0, 41.0, network="boi", feature=BROKEN)
    found = assess(desk, alarm, unusable=["1096"], check_valves="border").json()
    assert found["traces"][0]["customers"]["meters"] == 416
    assert "stuck" in [reason["kind"] for reason in found["warning"]["reasons"]]
    assert wrong(assess(desk, alarm, unusable=["none"])) == {"unusable"}


def test_a_station_without_a_pipe_is_answered_where_it_stands(desk: Desk, town: Office) -> None:
    lon, lat = middle(town, BROKEN)
    found = assess(desk, alarm_at(desk, "beside", lon, lat), check_valves="border").json()
    assert (found["network"], found["traces"][0]["start"][0]["feature"]) == ("boi", f"link:{BROKEN}")


def test_far_from_any_pipe_forces_and_a_draft_are_told(desk: Desk, town: Office) -> None:
    found = assess(desk, alarm_at(desk, "nowhere", 116.3, 39.9)).json()
    assert (found["traces"], found["network"], found["why_none"]) == ([], None, "no_network_near")
    assert found["nearest"]["radius_m"] == 3000
    assert "shut_off" not in found["drafts"]


def test_the_draft_becomes_one_event_when_a_person_sends_it(desk: Desk, town: Office) -> None:
    alarm = alarm_at(desk, "draft", 116.3, 39.9)
    draft = assess(desk, alarm, "chief").json()["drafts"]["event"]
    assert (draft["send"], draft["missing"]) == ("POST /api/events", ["category"])
    category = desk.office["chief"].get("/api/categories")["categories"][0]["code"]
    sent = [
        desk.office["chief"].ask("POST", "/api/events", json={**draft["body"], "category": category})
        for _ in range(2)
    ]
    assert [each.status_code for each in sent] == [201, 200], sent[0].text
    assert sent[0].json()["id"] == sent[1].json()["id"]
    event = desk.office["chief"].get(f"/api/events/{sent[0].json()['id']}")
    assert (event["source"], event["title"]) == ("sensor", "报警：draft（draft）")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"network": "none"}, "network"), ({"radius_m": 0}, "radius_m"), ({"limit": 51}, "limit"),
        ({"start": {"feature": "nothing"}}, "start.feature"), ({"check_valves": "x"}, "check_valves"),
        ({"network": "a\x00"}, "network"), ({"depth": 1}, "depth"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(desk: Desk, town: Office, body: Json, field: str) -> None:
    known = desk.listed(open=False)
    alarm = next((each for each in known if each["network"] == "boi"), None) or alarm_at(
        desk, "named", 2.0, 41.0, network="boi", feature=BROKEN
    )
    assert wrong(assess(desk, alarm, **body)) == {field}


def test_who_does_not_see_the_alarm_is_told_there_is_none(desk: Desk, town: Office) -> None:
    alarm = alarm_at(desk, "foreign", 116.3, 39.9)
    for who in ("viewer", "street 1", "field"):
        assert assess(desk, alarm, who).status_code == 404
    assert desk.office["commander"].ask("POST", f"{ALARMS}/999999/assess").status_code == 404

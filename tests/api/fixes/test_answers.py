"""What apps are told: nothing they hold is lost, and nothing that will never be taken is sent for ever."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.api.fixes.phones import (
    Phone,
    gpslogger,
    gpx,
    osmand_address,
    overland,
    own,
    own_arrow,
    owntracks,
    phone_of,
    stored,
    traccar_client,
    ulogger,
    walk,
)
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.patience import until
from tests.spatial.patrols.secret_box import seal

JSON = "application/json"


@pytest.fixture(scope="module")
def phone(own_hall: Hall) -> Phone:
    return phone_of(own_hall, "walker")


@pytest.fixture(scope="module")
def gateway(own_hall: Hall) -> Phone:
    """The key of an administrator: of a gateway, whose devices are not its own."""
    account = own_hall.account("gateway", **CITY_ADMINISTRATOR)
    return Phone(own_hall.client(), own_hall.key(account, "device", "field"), "gateway", 0)


def device(hall: Hall, identity: str) -> Any:
    rows = hall.ask("SELECT id, state, account_id FROM device WHERE identity = %s", identity)
    return rows[0] if rows else None


def refusals(hall: Hall, identity: str) -> dict[str, int]:
    rows = hall.ask(
        "SELECT r.reason, sum(r.count)::int FROM fix_refusal AS r JOIN device AS d ON d.id = r.device_id"
        " WHERE d.identity = %s GROUP BY r.reason",
        identity,
    )
    return dict(rows)


def send_all(phone: Phone, name: str) -> dict[str, httpx.Response]:
    """Send one fix by each door, under one name."""
    cab = walk(1)[0]
    put, post = phone.client.get, phone.post
    path = "/api/fixes"
    one = own([cab]) | {"device": name}
    return {
        "osmand": put(osmand_address(phone, cab, name)),
        "traccar client": post(f"{path}/osmand/{phone.token}", traccar_client(cab, name), JSON),
        "owntracks": post(f"{path}/owntracks", json.dumps(owntracks(cab, name, "p")), JSON, **phone.basic),
        "overland": post(f"{path}/overland", json.dumps(overland([cab], name)), JSON, **phone.bearer),
        "gpslogger": put(f"{path}/gpslogger?device={name}&{gpslogger(cab)}", headers=phone.bearer),
        "gpx": post(f"{path}/gpx?device={name}", gpx([cab]), "application/gpx+xml", **phone.bearer),
        "own": phone.client.post(path, json=one, headers=phone.bearer),
    }


def test_a_device_that_nobody_knows_waits_and_keeps_what_it_has(own_hall: Hall, gateway: Phone) -> None:
    answers = send_all(gateway, "new-1")
    found = {name: answer.status_code for name, answer in answers.items()}
    assert found == {
        "osmand": 400, "traccar client": 404, "owntracks": 403, "overland": 403, "gpslogger": 403, "gpx": 403,
        "own": 200,
    }  # fmt: skip
    told = answers["own"].json()
    assert (told["taken"], told["refused"], told["waiting"]) == (0, {"device_not_active": 1}, ["new-1"])
    assert stored(own_hall, "new-1") == []
    assert refusals(own_hall, "new-1") == {"device_not_active": 6}
    waiting = own_hall.client(token=own_hall.key(own_hall.account("chief", **CITY_ADMINISTRATOR)))
    listed = waiting.get("/api/devices", params={"state": "waiting"}).json()["devices"]
    assert {each["protocol"] for each in listed if each["identity"] == "new-1"} == {
        "osmand", "overland", "gpslogger", "gpx", "own",
    }  # fmt: skip


def test_once_it_is_given_to_somebody_what_it_kept_is_taken(
    own_hall: Hall, gateway: Phone, phone: Phone
) -> None:
    cabs = walk(20)
    body = json.dumps(overland(cabs, "new-2"))
    first = gateway.post("/api/fixes/overland", body, JSON, **gateway.bearer)
    assert first.status_code == 403
    assert first.json()["detail"] == "the device 'new-2' waits to be given to somebody"
    chief = own_hall.client(token=own_hall.key(own_hall.account("chief", **CITY_ADMINISTRATOR)))
    number = device(own_hall, "new-2")[0]
    since = cabs[0].time.isoformat()
    given = chief.post(f"/api/devices/{number}/carriers", json={"mover": phone.mover, "since": since})
    assert given.status_code < 300, given.text
    answer = until_taken(gateway, body)
    assert answer.content == b'{"result":"ok"}'
    assert len(stored(own_hall, "new-2")) == 20


def until_taken(gateway: Phone, body: str) -> httpx.Response:
    """Send until it is taken: processes hear of it within moments."""
    answers: list[httpx.Response] = []

    def taken() -> bool:
        answers.append(gateway.post("/api/fixes/overland", body, JSON, **gateway.bearer))
        return answers[-1].status_code == 200

    until(taken)
    return answers[-1]


def test_a_blocked_phone_is_answered_so_that_it_stops(own_hall: Hall, phone: Phone) -> None:
    send_all(phone, "gone-1")
    own_hall.ask("UPDATE device SET state = 'blocked' WHERE identity IN ('gone-1', 'gone-1/p')")
    answers = send_all(phone, "gone-1")
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert answers["own"].json()["refused"] == {"device_not_active": 1}
    assert refusals(own_hall, "gone-1")["device_not_active"] == 6


def test_off_duty_is_answered_and_counted(own_hall: Hall) -> None:
    phone = phone_of(own_hall, "resting", worker=1)
    own_hall.ask("UPDATE roster_policy SET mode = 'refuse'")
    try:
        answers = send_all(phone, "rest-1")
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
        assert list(answers["own"].json()["refused"]) == ["off_duty"]
        assert answers["overland"].content == b'{"result":"ok"}'
        assert stored(own_hall, "rest-1") == []
        check_that_only_cries_are_heard(own_hall, phone)
        assert refusals(own_hall, "rest-1") == {"off_duty": 6}
    finally:
        own_hall.ask("UPDATE roster_policy SET mode = 'all'")


def check_that_only_cries_are_heard(hall: Hall, phone: Phone) -> None:
    """Off duty nobody learns where somebody goes, unless they ask for help."""
    seconds = walk(1)[0].seconds
    crossed = {
        "_type": "transition",
        "tst": seconds,
        "lat": 1.0,
        "lon": 2.0,
        "event": "enter",
        "desc": "Home",
    }
    answer = phone.post("/api/fixes/owntracks?u=rest-1&d=p", json.dumps(crossed), JSON, **phone.basic)
    assert answer.content == b"[]"
    event = {"kind": "sos", "time": walk(1)[0].iso, "lon": 2.0, "lat": 1.0}
    phone.client.post("/api/fixes", json={"device": "rest-1", "events": [event]}, headers=phone.bearer)
    rows = hall.ask("SELECT kind FROM happening WHERE mover_id = %s AND lat = 1", phone.mover)
    assert rows == [("sos",)]


def test_a_name_that_is_somebody_elses_does_not_make_one_them(own_hall: Hall, phone: Phone) -> None:
    other = phone_of(own_hall, "namesake", worker=2)
    cabs = walk(3)
    for each in (phone, other):
        answer = each.client.post("/api/fixes", json={**own(cabs), "device": "same"}, headers=each.bearer)
        assert answer.json()["new"] == 3
    assert {row[11] for row in stored(own_hall, "same")} == {phone.mover}
    assert {row[11] for row in stored(own_hall, "namesake/same")} == {other.mover}


def test_one_bad_point_of_a_batch_loses_no_other_and_is_counted(own_hall: Hall, phone: Phone) -> None:
    batch = overland(walk(5), "bad-points")
    batch["locations"][1]["geometry"]["coordinates"][0] = "west"
    batch["locations"][3] = {"type": "Feature", "properties": {"action": "visit"}}
    answer = phone.post("/api/fixes/overland", json.dumps(batch), JSON, **phone.bearer)
    assert answer.content == b'{"result":"ok"}'
    assert len(stored(own_hall, "bad-points")) == 3
    assert refusals(own_hall, "bad-points") == {"unreadable": 2}


def test_our_own_form_says_what_became_of_everything(own_hall: Hall, phone: Phone) -> None:
    sent = own(walk(4))
    sent["device"] = "told"
    sent["fixes"][1]["lat"] = None
    sent["fixes"][2]["speed_mps"] = "fast"
    sent["fixes"].append(sent["fixes"][0])
    told = phone.client.post("/api/fixes", json=sent, headers=phone.bearer).json()
    assert (told["taken"], told["new"], told["known"]) == (4, 3, 1)
    assert [each["where"] for each in told["problems"]] == ["fixes[1].lat", "fixes[2].speed_mps"]


def test_datum_and_unit_are_the_devices(own_hall: Hall, phone: Phone) -> None:
    cab = walk(1)[0]
    phone.client.get(osmand_address(phone, cab, "shifted"))
    own_hall.ask(
        'UPDATE device SET profile = \'{"datum": "gcj02", "speed_unit": "mps"}\' WHERE identity = \'shifted\''
    )
    place = "lat=39.96126256&lon=116.30608041&speed=10&id=shifted"
    path = f"/api/fixes/osmand?key={phone.token}&{place}&timestamp="
    seconds = iter(range(cab.seconds + 10, cab.seconds + 10_000))

    def converted() -> bool:
        assert phone.client.get(f"{path}{next(seconds)}").status_code == 200
        return stored(own_hall, "shifted")[-1][12] == 2

    until(converted)
    row = stored(own_hall, "shifted")[-1]
    assert row[1:4] == (pytest.approx(116.30, abs=1e-7), pytest.approx(39.96, abs=1e-7), 10)


def test_sealed_messages_wait_for_their_passphrase(own_hall: Hall, phone: Phone) -> None:
    cab = walk(1)[0]
    box = seal(json.dumps(owntracks(cab)).encode(), b"geheim".ljust(32, b"\0"), bytes(range(24)))
    body = json.dumps({"_type": "encrypted", "data": base64.b64encode(box).decode()})
    path = "/api/fixes/owntracks?u=sealed&d=phone"
    answer = phone.post(path, body, JSON, **phone.basic)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "_type"
    chief = own_hall.client(token=own_hall.key(own_hall.account("chief", **CITY_ADMINISTRATOR)))
    number = device(own_hall, "sealed/phone")[0]
    given = chief.patch(f"/api/devices/{number}", json={"passphrase": "geheim"})
    assert given.status_code < 300, given.text
    until(lambda: phone.post(path, body, JSON, **phone.basic).status_code == 200)
    ((time, lon, lat, *_),) = stored(own_hall, "sealed/phone")
    assert (time, lon, lat) == (cab.time, cab.lon, cab.lat)


def test_what_is_told_besides_fixes_is_kept_once(own_hall: Hall, phone: Phone) -> None:
    cab = walk(1)[0]
    crossed = {
        "_type": "transition", "wtst": 5, "lat": cab.lat, "lon": cab.lon, "tst": cab.seconds, "acc": 10,
        "tid": "ph", "event": "enter", "desc": "Depot", "t": "c", "topic": "owntracks/told/phone/event",
    }  # fmt: skip
    waypoint = {
        "_type": "waypoint", "desc": "Home", "lat": 1, "lon": 2, "rad": 50, "tst": 9,
        "topic": "owntracks/told/phone/waypoint",
    }  # fmt: skip
    for _ in range(2):
        for message in (
            crossed,
            waypoint,
            {"_type": "lwt", "tst": cab.seconds, "topic": "owntracks/told/phone"},
        ):
            answer = phone.post("/api/fixes/owntracks", json.dumps(message), JSON, **phone.basic)
            assert answer.content == b"[]"
    rows = own_hall.ask(
        "SELECT kind, mover_id, lon, h.attributes ->> 'desc' FROM happening AS h"
        " JOIN device AS d ON d.id = device_id WHERE identity = 'told/phone' ORDER BY kind"
    )
    assert [row[0] for row in rows] == ["gone", "transition", "waypoint"]
    assert rows[1] == ("transition", phone.mover, cab.lon, "Depot")
    assert stored(own_hall, "told/phone") == []


def test_a_cry_for_help_is_heard(own_hall: Hall, phone: Phone) -> None:
    cab = walk(1)[0]
    message = json.loads(traccar_client(cab, "help-1"))
    message["location"]["alarm"] = "sos"
    phone.post(f"/api/fixes/osmand/{phone.token}", json.dumps(message), JSON)
    event = {"kind": "sos", "time": cab.iso, "lon": cab.lon, "lat": cab.lat}
    phone.client.post("/api/fixes", json={"device": "help-2", "events": [event]}, headers=phone.bearer)
    rows = own_hall.ask(
        "SELECT identity, kind, mover_id FROM happening AS h JOIN device AS d ON d.id = device_id"
        " WHERE identity LIKE 'help-%%' ORDER BY identity"
    )
    assert rows == [("help-1", "sos", phone.mover), ("help-2", "sos", phone.mover)]
    assert stored(own_hall, "help-1")[0][10] & 16


def test_a_message_without_a_position_says_that_the_phone_lives(own_hall: Hall, phone: Phone) -> None:
    answer = phone.client.get(f"/api/fixes/osmand?key={phone.token}&id=quiet&batt=9")
    assert (answer.status_code, answer.content) == (200, b"")
    assert stored(own_hall, "quiet") == []
    assert own_hall.ask("SELECT last_seen_at IS NOT NULL FROM device WHERE identity = 'quiet'") == [(True,)]


def test_ulogger_logs_in_again_when_its_cookie_is_gone(own_hall: Hall, phone: Phone) -> None:
    path, cab = "/api/fixes/ulogger/client/index.php", walk(1)[0]
    stranger = own_hall.client()
    answer = stranger.post(path, data=ulogger(cab, 1))
    assert (answer.status_code, answer.json()["error"]) == (401, True)
    wrong = stranger.post(path, data={"action": "auth", "user": "walker", "pass": "x" * 43})
    assert (wrong.status_code, wrong.json()["error"]) == (401, True)
    right = stranger.post(path, data={"action": "auth", "user": "walker", "pass": phone.token})
    assert right.json() == {"error": False}
    assert "HttpOnly; SameSite=Strict" in right.headers["set-cookie"]
    for bad, reason in (({"lat": ""}, "lat"), ({"action": "dance"}, "action"), ({"trackid": ""}, "trackid")):
        answer = stranger.post(path, data={**ulogger(cab, 1), **bad})
        assert answer.status_code == 200 and answer.json()["error"] and reason in answer.json()["message"]
    # What will never be right is acknowledged: the app would send it for ever, and nothing after it.
    assert stranger.post(path, data={**ulogger(cab, 1), "lat": "north"}).json() == {"error": False}
    photo = stranger.post(
        path, data=ulogger(cab, 1), files={"image": ("upload", b"\xff\xd8" * 400_000, "image/jpeg")}
    )
    assert photo.json() == {"error": False}
    assert stranger.post(path, data={"action": "addtrack"}).json()["error"]


def test_a_fix_that_cannot_be_read_does_not_hold_up_the_others(own_hall: Hall, phone: Phone) -> None:
    message = json.loads(traccar_client(walk(1)[0], "stuck"))
    message["location"]["coords"]["latitude"] = "north"
    answer = phone.post(f"/api/fixes/osmand/{phone.token}", json.dumps(message), JSON)
    assert answer.status_code == 200
    assert answer.json()["skipped"][0]["where"] == "location.coords.latitude"
    answer = phone.client.get(f"/api/fixes/osmand?key={phone.token}&id=stuck&lat=1&lon=east")
    assert (answer.status_code, answer.json()["skipped"][0]["where"]) == (200, "lon")
    assert refusals(own_hall, "stuck") == {"unreadable": 2}


def test_columns_of_many_devices_go_to_whoever_carries_them(own_hall: Hall, phone: Phone) -> None:
    cabs = walk(10)
    for name in ("col-1", "col-2"):
        answer = phone.post(
            "/api/fixes", own_arrow(cabs, name), "application/vnd.apache.arrow.stream", **phone.bearer
        )
        assert answer.json()["new"] == 10
    assert len(stored(own_hall, "col-1")) == len(stored(own_hall, "col-2")) == 10

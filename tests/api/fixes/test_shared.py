"""What one device, key or file does wrong is nobody else's loss; and no cry for help is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.fixes.phones import Phone, gpx, overland, own, phone_of, stored, traccar_client, walk
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall

JSON = "application/json"


@pytest.fixture(scope="module")
def phone(own_hall: Hall) -> Phone:
    return phone_of(own_hall, "walker")


def cries(hall: Hall, identity: str) -> list[Any]:
    return hall.ask(
        "SELECT h.time, h.mover_id, h.lon FROM happening AS h JOIN device AS d ON d.id = device_id"
        " WHERE identity = %s AND kind = 'sos' ORDER BY h.time",
        identity,
    )


def test_a_cry_with_a_reset_clock_is_of_whoever_has_the_phone_now(own_hall: Hall, phone: Phone) -> None:
    event = {"kind": "sos", "time": "2000-01-01T00:00:00Z", "lon": 116.3, "lat": 39.9}
    sent = {"device": "reset", "events": [event, {**event, "kind": "note"}]}
    assert phone.client.post("/api/fixes", json=sent, headers=phone.bearer).json()["events"] == 2
    assert [row[1] for row in cries(own_hall, "reset")] == [phone.mover]
    found = own_hall.ask("SELECT mover_id FROM happening WHERE kind = 'note' AND time < '2001-01-01'")
    assert found == [(None,)], "who it was then is not known of the rest"


def test_a_fix_that_says_sos_is_a_cry_where_a_run_of_them_begins(own_hall: Hall, phone: Phone) -> None:
    cabs = walk(8)
    fixes = [{**fix, "sos": row in (2, 3, 4, 6)} for row, fix in enumerate(own(cabs)["fixes"])]

    def send(rows: slice) -> Any:
        sent = {"device": "flagged", "fixes": fixes[rows]}
        return phone.client.post("/api/fixes", json=sent, headers=phone.bearer).json()

    assert send(slice(0, 3))["events"] == 1
    assert send(slice(3, 5))["events"] == 0, "the same cry"
    assert send(slice(5, 8))["events"] == 1
    assert cries(own_hall, "flagged") == [
        (cabs[row].time, phone.mover, cabs[row].lon) for row in sorted((2, 6), key=lambda row: cabs[row].time)
    ]
    send(slice(0, 8))
    assert len(cries(own_hall, "flagged")) == 2


def test_one_bad_device_of_a_batch_costs_the_others_nothing(own_hall: Hall) -> None:
    cab = own(walk(1))["fixes"][0]
    flooder = phone_of(own_hall, "brimful", worker=3)
    own_hall.ask(
        "INSERT INTO device (protocol, identity, account_id, state)"
        " SELECT 'own', 'old-' || n, a.id, 'blocked' FROM account AS a, generate_series(1, 49) AS n"
        " WHERE a.username = 'brimful'"
    )
    for name in ("first", "second"):
        sent = {"fixes": [{**cab, "device": name}, {**cab, "device": "first"}]}
        answer = flooder.client.post("/api/fixes", json=sent, headers=flooder.bearer)
        assert answer.status_code == 200, answer.text
    assert answer.json()["refused"] == {"no_device": 1}
    (problem,) = answer.json()["problems"]
    assert (
        problem["where"] == "device" and "'second'" in problem["reason"] and "too many" in problem["reason"]
    )
    assert len(stored(own_hall, "first")) == 1 and stored(own_hall, "second") == []
    alone = flooder.client.post(
        "/api/fixes", json={"device": "second", "fixes": [cab]}, headers=flooder.bearer
    )
    assert alone.status_code == 429
    # An app keeps the whole batch until all of it is taken: the others' are there all the same.
    batch = overland(walk(2), "first")
    batch["locations"][0]["properties"]["device_id"] = "second"
    answer = flooder.post("/api/fixes/overland", json.dumps(batch), JSON, **flooder.bearer)
    assert answer.status_code == 429


def test_a_field_workers_account_without_a_worker_sends_nothing(own_hall: Hall) -> None:
    account = own_hall.account("nobody", role="field_worker")
    key = Phone(own_hall.client(), own_hall.key(account, "device", "field"), "nobody", 0)
    sent = {"device": "nobodys", "fixes": own(walk(1))["fixes"]}
    assert key.client.post("/api/fixes", json=sent, headers=key.bearer).status_code == 403
    assert own_hall.ask("SELECT 1 FROM device WHERE identity = 'nobodys'") == []


def test_a_gateway_makes_no_flood_of_devices(own_hall: Hall) -> None:
    account = own_hall.account("flood gate", **CITY_ADMINISTRATOR)
    gate = Phone(own_hall.client(), own_hall.key(account, "device", "field"), "flood gate", 0)
    fix = own(walk(1))["fixes"][0]
    sent = {"fixes": [{**fix, "device": f"gate-{number}"} for number in range(520)]}
    told = gate.client.post("/api/fixes", json=sent, headers=gate.bearer)
    assert told.status_code == 200, told.text
    assert told.json()["refused"]["no_device"] == 20
    assert own_hall.ask("SELECT count(*) FROM device WHERE identity LIKE 'gate-%%'") == [(500,)]
    own_hall.ask("DELETE FROM device WHERE identity LIKE 'gate-%%'")


def test_a_photo_is_not_read_before_the_key(own_hall: Hall, phone: Phone) -> None:
    path = "/api/fixes/ulogger/client/index.php"
    stranger = own_hall.client()
    huge = {"image": ("upload", b"\xff\xd8" * (9 * 2**20), "image/jpeg")}
    answer = stranger.post(path, data={"action": "auth", "pass": phone.token}, files=huge)
    assert (answer.status_code, answer.json()["error"]) == (401, True)
    answer = stranger.post(path, data={"action": "auth", "pass": "x" * 70_000})
    assert answer.status_code == 413


def test_an_address_may_end_with_a_slash(own_hall: Hall, phone: Phone) -> None:
    body = traccar_client(walk(1)[0], "slash")
    answer = phone.post(f"/api/fixes/osmand/{phone.token}/", body, JSON)
    assert answer.status_code == 200, answer.text
    assert len(stored(own_hall, "slash")) == 1
    for home in own_hall.homes:
        for file in home.rglob("*.log*"):
            assert phone.token not in file.read_text(errors="replace")


def test_a_file_of_nothing_but_elements_is_refused(phone: Phone) -> None:
    body = b"<gpx>" + b"<a/>" * 1_000_001 + b"</gpx>"
    answer = phone.post("/api/fixes/gpx", body, "application/gpx+xml", **phone.bearer)
    assert answer.status_code == 400
    assert "more than 1000000 elements" in answer.json()["errors"][0]["reason"]


def test_a_file_of_too_many_points_is_refused(phone: Phone) -> None:
    point = b'<trkpt lat="1" lon="2"><time>2026-01-01T00:00:00Z</time></trkpt>'
    body = b"<gpx><trk><trkseg>" + point * 50_001 + b"</trkseg></trk></gpx>"
    answer = phone.post("/api/fixes/gpx", body, "application/gpx+xml", **phone.bearer)
    assert answer.status_code == 400 and answer.json()["errors"][0]["where"] == "trkpt"
    assert phone.post(
        "/api/fixes/gpx?device=file", gpx(walk(3)), "application/gpx+xml", **phone.bearer
    ).is_success

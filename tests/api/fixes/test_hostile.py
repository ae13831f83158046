"""Doors of fixes against whatever else is sent to them: keys, methods, bombs; and no key in a log."""

from __future__ import annotations

import base64
import json

import pytest

from api.redact import Redactor
from tests.api.fixes.phones import (
    Phone,
    osmand_address,
    overland,
    own,
    phone_of,
    stored,
    traccar_client,
    walk,
)
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall

APPS = ("osmand", "owntracks", "overland", "gpslogger", "ulogger")
JSON = "application/json"


@pytest.fixture(scope="module")
def phone(own_hall: Hall) -> Phone:
    return phone_of(own_hall, "walker")


@pytest.mark.parametrize(
    "path", ["", "/gpx", *(f"/{app}" for app in APPS), "/osmand/short", "/osmand/" + "x" * 43]
)
def test_nobody_sends_without_a_key(own_hall: Hall, path: str) -> None:
    client = own_hall.client()
    assert client.post(f"/api/fixes{path}", json={}).status_code == 401
    assert client.post(f"/api/fixes{path}", json={}, headers={"Authorization": "Bearer x"}).status_code == 401


def test_keys_that_only_read_and_accounts_that_only_look_send_nothing(own_hall: Hall, phone: Phone) -> None:
    chief = own_hall.account("chief", **CITY_ADMINISTRATOR)
    for token in (own_hall.key(chief, "token", "read"), own_hall.key(own_hall.account("viewer 1"))):
        bearer = {"Authorization": f"Bearer {token}"}
        client, body = own_hall.client(), own(walk(1))
        assert client.post("/api/fixes", json=body, headers=bearer).status_code == 403
        reader = Phone(client, token, "x", 0)
        assert client.get(osmand_address(reader, walk(1)[0], "reader")).status_code == 403
        assert client.post("/api/fixes/overland", json=overland(walk(1)), headers=bearer).status_code == 403
        assert client.post("/api/fixes/gpx", content=b"<gpx/>", headers=bearer).status_code == 403
    assert own_hall.ask("SELECT 1 FROM device WHERE identity = 'reader'") == []


def test_a_phones_key_opens_nothing_else(phone: Phone) -> None:
    for path in ("/api/workers", "/api/devices", "/api/events"):
        assert phone.client.get(path, headers=phone.bearer).status_code == 403


def test_a_page_cannot_make_a_browser_send(phone: Phone) -> None:
    headers = {**phone.basic, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = phone.client.get("/api/fixes/gpslogger?lat=1&lon=2", headers=headers)
    assert answer.status_code == 403


def test_a_key_stands_in_no_log(own_hall: Hall, phone: Phone) -> None:
    cab = walk(1)[0]
    phone.client.get(osmand_address(phone, cab, "logged"))
    phone.post(f"/api/fixes/osmand/{phone.token}", traccar_client(cab, "logged"), JSON)
    phone.client.get(f"/api/fixes/osmand/{phone.token}?id=logged&lat=x&lon=1")
    phone.client.get(f"/api/fixes/osmand/{phone.token}/more?id=logged&lat=1&lon=1")
    for home in own_hall.homes:
        for file in home.rglob("*.log*"):
            assert phone.token not in file.read_text(errors="replace")
    rows = own_hall.ask(
        "SELECT x.attributes::text FROM fix_extra AS x JOIN fix AS f USING (mover_id, time, mark)"
        " JOIN device AS d ON d.id = f.device_id WHERE d.identity = 'logged'"
    )
    assert all(phone.token not in row[0] for row in rows)
    assert len(stored(own_hall, "logged")) == 1


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/fixes/osmand/KEY HTTP/1.1",
        "https://city.example/api/fixes/osmand/KEY?lat=1",
        "path=/api/fixes/osmand?key=KEY&lat=1",
        "{'cookie': 'ulogger=KEY'}",
    ],
)
def test_a_key_in_an_address_is_masked_wherever_it_is_written(line: str) -> None:
    for key in ("abc-DEF_123" + "x" * 32, "short", "1" * 43):
        assert key not in Redactor().text(line.replace("KEY", key))


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/osmand/KEY", JSON, b"{", 400),
        ("/osmand/KEY", JSON, b"[]", 400),
        ("/osmand/KEY", JSON, b'{"device_id":"a","location":' + b"[" * 5000, 400),
        (
            "/osmand/KEY",
            "application/x-www-form-urlencoded",
            b"&".join(b"a%d=1" % n for n in range(500)),
            400,
        ),
        ("/osmand/KEY", "application/x-www-form-urlencoded", b"lat=1&lon=2", 400),
        ("/owntracks", JSON, b"{", 400),
        ("/owntracks", JSON, b"[1]", 400),
        ("/owntracks", JSON, b"[" * 100_000, 400),
        ("/owntracks", JSON, b"", 200),
        ("/owntracks", JSON, b"[]", 200),
        ("/overland", JSON, b"{}", 400),
        ("/overland", JSON, b'{"locations":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        ("/overland", JSON, b'{"locations":[' + b"{}," * 60_000 + b"{}]}", 400),
        ("/overland", JSON, b"x" * (3 * 2**20), 413),
        ("/gpslogger", JSON, b"[]", 400),
        ("/gpslogger", JSON, b'{"lat": 1}', 422),
        ("/gpslogger", "", b"lat=north&lon=2", 422),
        ("/gpx", "application/gpx+xml", b'<!DOCTYPE x [<!ENTITY a "b">]><gpx/>', 400),
        ("/gpx", "application/gpx+xml", b"<gpx>" * 2000, 400),
        ("", JSON, b'{"fixes": [' + b"[" * 200 + b"]" * 200 + b"]}", 400),
        ("", JSON, b'{"fixes": ' + b"1" * 5000 + b"}", 400),
        ("", JSON, b'{"fixes": [{"time": NaN}]}', 400),
        ("", JSON, b"x" * (9 * 2**20), 413),
        ("", "text/csv", b"time,lon,lat", 400),
        ("", "application/vnd.apache.arrow.stream", b"ARROW1", 400),
    ],
)
def test_bodies_that_are_none(phone: Phone, path: str, kind: str, body: bytes, status: int) -> None:
    answer = phone.post(f"/api/fixes{path.replace('KEY', phone.token)}", body, kind, **(
        {} if "KEY" in path else phone.bearer))  # fmt: skip
    assert answer.status_code == status, answer.text[:300]
    if status >= 400:
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/owntracks"),
        ("GET", "/overland"),
        ("GET", "/ulogger"),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/gpx"),
        ("PUT", "/osmand"),
    ],
)
def test_methods_that_are_none(phone: Phone, method: str, path: str) -> None:
    assert phone.client.request(method, f"/api/fixes{path}", headers=phone.bearer).status_code == 405


@pytest.mark.parametrize(
    "path", ["/owntracks/x", "/overland/x", "/gpslogger/x", "/gpx/x", "/ulogger/x", "/other"]
)
def test_addresses_that_are_none(phone: Phone, path: str) -> None:
    answer = phone.client.post(f"/api/fixes{path}", headers=phone.bearer, data={"action": "auth"})
    assert answer.status_code in (401, 404)
    assert answer.status_code == 404 or path == "/ulogger/x"


def test_a_flood_of_names_makes_no_flood_of_devices(own_hall: Hall) -> None:
    phone = phone_of(own_hall, "flooder", worker=3)
    cab = walk(1)[0]
    statuses = [
        phone.client.get(osmand_address(phone, cab, f"flood-{number}")).status_code for number in range(60)
    ]
    assert statuses[:40] == [200] * 40 and statuses[-1] == 429
    assert own_hall.ask("SELECT count(*) <= 51 FROM device WHERE identity LIKE 'flood-%%'") == [(True,)]


def test_basic_that_is_none(phone: Phone) -> None:
    for value in (b"\xff\xfe", b"no colon", b":"):
        headers = {"Authorization": f"Basic {base64.b64encode(value).decode()}"}
        assert phone.client.post("/api/fixes/owntracks", content=b"{}", headers=headers).status_code == 401


def test_a_fix_of_the_year_one_and_one_of_tomorrow_do_no_harm(own_hall: Hall, phone: Phone) -> None:
    fixes = [{"time": time, "lon": 1, "lat": 2} for time in ("0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z")]
    answer = phone.client.post("/api/fixes", json={"device": "clock", "fixes": fixes}, headers=phone.bearer)
    assert answer.status_code == 200
    body = json.dumps(
        {"device": "clock", "fixes": [{"time": "1900-01-01T00:00:00Z", "lon": 1e300, "lat": 2}]}
    )
    told = phone.post("/api/fixes", body, JSON, **phone.bearer).json()
    assert told["problems"][0]["where"] == "fixes[0].lon"

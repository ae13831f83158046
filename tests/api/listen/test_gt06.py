"""Trackers of GT06 over real lines, against a real process and a real database."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.api.exchange import Exchange
from tests.api.listen.station import LAT, LON, NOW, Listening, device, fixes, listening, movers
from tests.patience import PATIENCE_S
from tests.spatial.patrols.encoder_gt06 import alarm, login, message, position


@pytest.fixture(scope="module")
def listener(exchange: Exchange) -> Iterator[Listening]:
    with listening(exchange, "gt06") as opened:
        yield opened


def ask(line: socket.socket, frame: bytes) -> bytes:
    """Send a frame, and read one acknowledgement."""
    line.sendall(frame)
    return line.recv(10)


def test_a_tracker_waits_until_it_is_taken_up(exchange: Exchange, listener: Listening) -> None:
    imei = "860000000000033"
    with socket.create_connection(("127.0.0.1", listener.port), PATIENCE_S) as line:
        assert ask(line, login(imei)) == b"", "no word, and the platform hangs up"
    chief = exchange.person("chief")
    (found,) = chief.get("/api/devices", params={"state": "waiting", "q": imei}).json()["devices"]
    assert found["protocol"] == "gt06"
    given = {"mover": movers(exchange)[0], "since": (NOW - timedelta(days=1)).isoformat()}
    assert chief.post(f"/api/devices/{found['id']}/carriers", json=given).status_code == 200
    with socket.create_connection(("127.0.0.1", listener.port), PATIENCE_S) as line:
        assert ask(line, login(imei)) == message(0x01, 1)
        assert ask(line, message(0x12, 2, position(LON, LAT, NOW, speed_kmh=18))) == message(0x12, 2)
        assert len(fixes(exchange, found["id"])) == 1, "acknowledged is committed"
        assert ask(line, message(0x13, 3, b"\x44\x06\x04\x00\x02")) == message(0x13, 3)


def test_alarms_are_kept_and_what_comes_again_is_there_once(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "860000000000041", movers(exchange)[1], "gt06")
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", listener.port), PATIENCE_S) as line:
            assert ask(line, login("860000000000041")) == message(0x01, 1)
            body = alarm(position(LON, LAT, NOW), what=1)
            assert ask(line, message(0x26, 2, body)) == message(0x26, 2)
    assert len(fixes(exchange, number)) == 1
    assert exchange.ask("SELECT kind, time FROM happening WHERE device_id = %s", number) == [("sos", NOW)]


def test_the_zone_of_the_profile_holds_against_that_of_the_login(
    exchange: Exchange, listener: Listening
) -> None:
    number = device(exchange, "860000000000058", movers(exchange)[2], "gt06")
    exchange.ask("""UPDATE device SET profile = '{"zone": "Asia/Shanghai"}' WHERE id = %s""", number)
    with socket.create_connection(("127.0.0.1", listener.port), PATIENCE_S) as line:
        assert ask(line, login("860000000000058")) == message(0x01, 1)
        local = NOW + timedelta(hours=8)
        assert ask(line, message(0x12, 2, position(LON, LAT, local))) == message(0x12, 2)
    ((at, *_),) = fixes(exchange, number)
    assert at == NOW

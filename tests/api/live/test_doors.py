"""How a line is opened and refused, and what hostile watchers get."""

from __future__ import annotations

import itertools
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.live_door import MOST_OF_ACCOUNT
from tests.api.live.wire import COMMANDER, Street, line
from tests.api.town_hall import PASSWORD
from tests.patience import until

_NAMES = itertools.count(1)


def token(street: Street, **standing: Any) -> str:
    return street.hall.key(street.hall.account(f"guest {next(_NAMES)}", **(standing or COMMANDER)))


def refused(street: Street, token: str | None = None, **options: Any) -> tuple[int, Any]:
    """Try to open a line; gives the status and the problem."""
    with pytest.raises(InvalidStatus) as found, line(street.hall, token, **options):
        pass
    answer = found.value.response
    return answer.status_code, json.loads(answer.body or b"null")


def test_nobody_opens_a_line_without_a_key(street: Street) -> None:
    for options in ({}, {"token": "x" * 43}, {"headers": {"Authorization": "Digest x"}}):
        status, problem = refused(street, **options)
        assert status == 401
        assert problem["title"] == "Not logged in"


def test_there_is_no_line_elsewhere(street: Street) -> None:
    for path in ("/api/lives", "/api/live/", "/tiles/grids", "/api/me", "/"):
        with pytest.raises(InvalidStatus) as found, line(street.hall, token(street), path=path):
            pass
        assert found.value.response.status_code == 403


def test_a_cookie_opens_a_line_for_our_own_page_alone(street: Street) -> None:
    street.move(0)
    username = f"guest-{next(_NAMES)}"
    street.hall.account(username, **COMMANDER)
    client = street.hall.client()
    assert (
        client.post("/api/auth/session", data={"username": username, "password": PASSWORD}).status_code < 300
    )
    cookie = "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)
    assert "citygrid_session" in cookie
    own = street.hall.workers[0]
    with line(street.hall, headers={"Cookie": cookie, "Origin": own}) as wire:
        wire.wish(movers=[street.movers[0]])
        wire.snapshot()
        assert street.numbers(wire.client) == {0}
    foreign = ("https://evil.example", "null", own.replace("http", "https"), own + "1")
    for headers in ({}, *({"Origin": each} for each in foreign)):
        status, _ = refused(street, headers={"Cookie": cookie, **headers})
        assert status == 403
    # A token in a cookie is none.
    status, _ = refused(street, headers={"Cookie": f"citygrid_session={_api_token(street)}", "Origin": own})
    assert status == 401


def _api_token(street: Street) -> str:
    return street.hall.key(street.hall.account(f"guest {next(_NAMES)}", **COMMANDER), kind="token")


def test_a_key_for_fixes_alone_opens_no_line_and_one_for_reading_does(street: Street) -> None:
    account = street.hall.account(f"guest {next(_NAMES)}", **COMMANDER)
    status, _ = refused(street, street.hall.key(account, "token", "field"))
    assert status == 403
    with line(street.hall, street.hall.key(account, "token", "read")) as wire:
        wire.wish()
        wire.snapshot()


def test_an_account_has_so_many_lines_and_gets_them_back(street: Street) -> None:
    key = token(street)
    lines = [line(street.hall, key) for _ in range(MOST_OF_ACCOUNT)]
    for each in lines:
        each.__enter__()
    status, problem = refused(street, key)
    assert status == 429
    assert "close one" in problem["detail"]
    for each in lines:
        each.__exit__(None, None, None)
    until(lambda: _opens(street, key), pause_s=0.2)


def _opens(street: Street, key: str) -> bool:
    try:
        with line(street.hall, key):
            return True
    except InvalidStatus:
        return False


def test_a_plain_get_is_told_what_this_is(street: Street) -> None:
    client = street.hall.client(token=token(street))
    answer = client.get("/api/live")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "Upgrade"
    assert client.post("/api/live").status_code == 405


def test_refusals_carry_the_headers_of_every_answer(street: Street) -> None:
    with pytest.raises(InvalidStatus) as found, line(street.hall):
        pass
    headers = found.value.response.headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["www-authenticate"] == "Bearer"


def test_a_message_that_is_too_long_ends_the_line(street: Street) -> None:
    with line(street.hall, token(street)) as wire, pytest.raises(ConnectionClosed) as closed:
        wire.socket.send("x" * 2**20)
        wire.until(lambda: False)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    with line(street.hall, token(street)) as wire, pytest.raises(ConnectionClosed):
        wire.wish(movers=list(range(10**6)))
        wire.until(lambda: False)


def test_a_flood_of_messages_ends_the_line_and_nothing_else(street: Street) -> None:
    key = token(street)
    with line(street.hall, token(street)) as calm:
        calm.wish(movers=[street.movers[0]])
        calm.snapshot()
        with line(street.hall, key) as wire, pytest.raises(ConnectionClosed) as closed:
            for _ in range(1000):
                wire.wish(rate_hz=5)
            wire.until(lambda: False)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 4429
        street.move(0)
        calm.until(lambda: calm.client.movers[street.movers[0]]["time_us"] == street.clock_us)


def test_nonsense_is_answered_and_the_line_lives(street: Street) -> None:
    street.move(0)
    hostile = [
        '{"view": {"bbox": [NaN, 0, 1, 1]}}', '{"view": {"bbox": [1e999, 0, 1, 1]}}',
        '{"view": {"bbox": [0, 2, 1, 1]}}', "null", "\x00", "[]", '{"resume": {"epoch": 1e400, "seq": 1}}',
        '{"resume": {"epoch": 9007199254740993, "seq": 1}}',
        '{"unit": "\\u0000"}', '{"organisation": "%s"}' % ("x" * 1000), '{"movers": [99999999999999999999]}',
    ]  # fmt: skip
    with line(street.hall, token(street)) as wire:
        for number, words in enumerate(hostile, 1):
            wire.socket.send(words)
            wire.until(lambda n=number: len(wire.texts) == n)
            assert wire.texts[-1]["type"] == "problem"
        wire.wish(view={"bbox": [170, -10, -170, 10]})
        wire.snapshot()
        assert wire.client.movers == {}
        wire.wish(view={"bbox": [100, -80, -170, 80]}, movers=[street.movers[0], 2**53 - 1])
        wire.until(lambda: street.numbers(wire.client) == {0})


def _head(street: Street, key: str, *more: bytes) -> bytes:
    host = urlsplit(street.hall.workers[0]).netloc.encode()
    lines = [
        b"GET /api/live HTTP/1.1", b"Host: " + host, b"Authorization: Bearer " + key.encode(),
        b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *more,
    ]  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _raw(street: Street) -> socket.socket:
    place = urlsplit(street.hall.workers[0])
    return socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=30)


def test_broken_openings_and_frames_harm_nobody(street: Street) -> None:
    key = token(street)
    garbage = [
        b"GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        _head(street, key).replace(b"Version: 13", b"Version: 7"),
        _head(street, key, *(b"X-%d: y" % n for n in range(120))),
        _head(street, key) + b"\xff" * 1000,
        _head(street, key) + b"\x81\x05hello",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + _head(street, key),
    ]
    for words in garbage:
        with _raw(street) as connection:
            connection.sendall(words)
            time.sleep(0.2)
    with line(street.hall, key) as wire:
        wire.wish()
        wire.snapshot()


@pytest.mark.slow
def test_a_line_may_be_silent_for_longer_than_a_head_takes(street: Street) -> None:
    """What waits for the end of a head has nothing to wait for on a line."""
    with line(street.hall, token(street), ping_interval=None) as wire:
        wire.wish()
        wire.snapshot()
        end = time.monotonic() + 17
        while time.monotonic() < end:
            wire.hear(1)
        assert wire.client.kinds[-1] == "beat"


def test_a_reader_who_does_not_read_gets_the_newest_and_not_everything(street: Street) -> None:
    """Frames are not queued: after a pause there is one delta of what is so, however much happened."""
    street.move(*range(8))
    with line(street.hall, token(street), max_queue=1) as wire:
        wire.wish(kinds=["person"], rate_hz=5)
        wire.snapshot()
        for _ in range(60):
            street.move(*range(8))
        wire.until(lambda: all(e["time_us"] == street.clock_us for e in wire.client.movers.values()))
        assert wire.client.back == []
        assert len(wire.at) < 60


def test_other_requests_are_answered_while_lines_are_open(street: Street) -> None:
    key = token(street)
    with line(street.hall, key) as wire:
        wire.wish()
        wire.snapshot()
        assert httpx.get(f"{street.hall.workers[0]}/healthz", timeout=60).status_code == 200
        metrics = street.hall.client(address="127.0.0.1").get("/metrics").text
        assert "citygrid_live_lines" in metrics

"""Raw sockets against a real uvicorn: slow heads, endless heads, stuck readers, smuggled requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from api import connections
from tests.api.small_server import ask, hear, seconds_until_closed, small_server, status, talk
from tests.patience import PATIENCE_S


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server whose patience is short."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(connections, "REST_SECONDS", 1.0)
    monkeypatch.setattr(connections, "STALL_SECONDS", 1.0)
    with small_server(timeout_keep_alive=3) as port:
        yield port


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with small_server() as port:
        yield port


WHOLE = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET /a HTTP/1.1\r\nHost: x\r\nX-Slow: "

SLOW = {
    "says nothing": (b"", None),
    "half a head": (HALF, None),
    "a head that drips": (HALF, lambda: b"x"),
    "line ends for ever": (b"", lambda: b"\r\n"),
    "headers for ever": (b"GET /a HTTP/1.1\r\n", lambda: b"X-A: b\r\n"),
    "half a second head": (WHOLE + HALF, None),
    "a second head that drips": (WHOLE + HALF, lambda: b"x"),
    "a body after its answer": (b"GET /a HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", lambda: b"x"),
    "not http": (b"\x16\x03\x01\x02\x00", None),
}


def test_whoever_is_slow_is_closed(impatient: int) -> None:
    def wait(name: str) -> float:
        begin, drip = SLOW[name]
        with talk(impatient) as connection:
            connection.sendall(begin)
            return seconds_until_closed(connection, drip)

    with ThreadPoolExecutor(len(SLOW)) as crowd:
        waited = dict(zip(SLOW, crowd.map(wait, SLOW), strict=True))
    assert all(seconds < 6 for seconds in waited.values()), waited
    assert waited["a head that drips"] >= 0.9


def test_a_kept_connection_is_kept_and_ends(impatient: int) -> None:
    with talk(impatient) as connection:
        for _ in range(3):
            time.sleep(0.7)
            connection.sendall(WHOLE)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        assert 2 < seconds_until_closed(connection) < 6


def test_other_clients_are_served_meanwhile(impatient: int) -> None:
    with ThreadPoolExecutor(50) as crowd:

        def stand_still(_: int) -> float:
            with talk(impatient) as connection:
                connection.sendall(HALF)
                return seconds_until_closed(connection)

        waiting = [crowd.submit(stand_still, number) for number in range(50)]
        assert status(ask(impatient, b"GET /a HTTP/1.1", b"Connection: close")) == 200
        assert all(each.result() < 6 for each in waiting)


def test_who_does_not_read_the_answer_is_closed(impatient: int) -> None:
    with talk(impatient) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(4)
        connection.settimeout(5)
        assert len(hear(connection)) < 64 * 2**20


def test_who_reads_slowly_gets_all(impatient: int) -> None:
    with talk(impatient) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        heard = 0
        while piece := connection.recv(4 * 2**20):
            heard += len(piece)
            time.sleep(0.05)
        assert heard > 64 * 2**20


def test_a_head_without_end_is_cut(port: int) -> None:
    with talk(port) as connection:
        connection.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        try:
            while sent < 10 * 2**20:
                sent += connection.send(b"X-A: " + b"b" * 1000 + b"\r\n")
        except OSError:
            pass
        assert sent < 4 * 2**20
        assert status(hear(connection)) in (0, 431)
    assert status(ask(port, b"GET /a HTTP/1.1", b"X-A: " + b"b" * 100_000)) == 431
    assert status(ask(port, b"GET /a HTTP/1.1", *[b"X-A: b"] * 101)) == 431
    assert status(ask(port, b"GET /" + b"a" * 17_000 + b" HTTP/1.1")) == 414
    assert status(ask(port, b"GET /a?" + b"a" * 17_000 + b" HTTP/1.1")) == 414
    assert status(ask(port, b"GET /" + b"a" * 15_000 + b" HTTP/1.1", b"X-A: " + b"b" * 20_000)) == 200


def test_an_address_has_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_PER_ADDRESS", 5)
    monkeypatch.setattr(connections.Connection, "_is_exempt", lambda self: False)
    everybody_has_heard = threading.Barrier(20)
    with small_server() as port, ThreadPoolExecutor(20) as crowd:

        def visit(_: int) -> int:
            with talk(port) as connection:
                connection.sendall(WHOLE)
                answer = hear_first(connection)
                everybody_has_heard.wait(PATIENCE_S)
                return status(answer)

        answers = list(crowd.map(visit, range(20)))
        assert answers.count(200) == 5
        assert status(ask(port, b"GET /a HTTP/1.1")) == 200


def hear_first(connection) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def test_a_real_worker_has_these_connections(live_server) -> None:
    """That `serve` hands them to uvicorn: plain uvicorn would read on for ever."""
    with talk(urlsplit(live_server.url).port) as connection, suppress(OSError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        for _ in range(10_000):
            connection.sendall(b"X-A: " + b"b" * 1000 + b"\r\n")
        pytest.fail("10 MB of headers were read")


@pytest.mark.slow
def test_a_real_worker_loses_its_patience(live_server) -> None:
    port = urlsplit(live_server.url).port
    # Half a second head that comes with the first is a kept connection: it has uvicorn's 75 seconds.
    slow = [SLOW[name] for name in SLOW if name != "half a second head"]
    with ThreadPoolExecutor(40) as crowd:

        def wait(number: int) -> float:
            begin, drip = slow[number % len(slow)]
            with talk(port) as connection:
                connection.sendall(begin)
                return seconds_until_closed(connection, drip)

        waited = [crowd.submit(wait, number) for number in range(36)]
        time.sleep(1)
        assert status(ask(port, b"GET /healthz HTTP/1.1", b"Connection: close")) == 200
        assert all(each.result() < 19 for each in waited)


BODY = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "length and chunks": (b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked"),
    "chunks and length": (b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(BODY)),
    "two lengths": (b"Content-Length: 0", b"Content-Length: %d" % len(BODY)),
    "two equal lengths": (b"Content-Length: 5", b"Content-Length: 5"),
    "a list of lengths": (b"Content-Length: 5, 5",),
    "a length with a sign": (b"Content-Length: +5",),
    "a negative length": (b"Content-Length: -5",),
    "a hexadecimal length": (b"Content-Length: 0x5",),
    "a length of many digits": (b"Content-Length: " + b"9" * 40,),
    "a length with a blank": (b"Content-Length: 1 0",),
    "a blank before the colon": (b"Content-Length : 5",),
    "a folded header": (b"X-A: b", b" Transfer-Encoding: chunked"),
    "a header that begins folded": (b"Transfer-Encoding:", b" chunked", b"Content-Length: 5"),
    "chunks spelt oddly": (b"Transfer-Encoding: xchunked",),
    "chunks, then more": (b"Transfer-Encoding: chunked, identity",),
    "chunks in a tab": (b"Transfer-Encoding:\x0bchunked",),
    "two encodings": (b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"),
    "a bare line end": (b"X-A: b\nTransfer-Encoding: chunked",),
    "a bare return": (b"X-A: b\rTransfer-Encoding: chunked",),
    "a NUL": (b"X-A: b\0c",),
    "a name with a NUL": (b"X\0A: b",),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_is_smuggled_in_another(port: int, name: str) -> None:
    answer = ask(port, b"POST /a HTTP/1.1", *SMUGGLED[name], body=BODY)
    assert b"/smuggled" not in answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert status(answer) == 400, answer


CHUNKS = {
    "hexadecimal with a prefix": b"0x1\r\na\r\n0\r\n\r\n",
    "negative": b"-1\r\na\r\n0\r\n\r\n",
    "enormous": b"fffffffffffffffffff\r\na\r\n0\r\n\r\n",
    "without end": b"1\r\nab\r\n0\r\n\r\n",
    "a bare line end": b"1\na\n0\n\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_broken_chunks_are_refused(port: int, name: str) -> None:
    answer = ask(port, b"POST /a HTTP/1.1", b"Transfer-Encoding: chunked", body=CHUNKS[name])
    assert status(answer) in (0, 400), answer
    assert answer.count(b"HTTP/1.1 ") <= 1


def test_trailers_do_not_become_headers(port: int) -> None:
    body = b"1\r\na\r\n0\r\nAuthorization: Bearer smuggled\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
    answer = ask(
        port, b"POST /a HTTP/1.1", b"Transfer-Encoding: chunked", b"Trailer: Authorization", body=body
    )
    assert status(answer) == 200
    assert b"smuggled" not in answer
    assert b"1.2.3.4" not in answer


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    answer = ask(port, b"GET /one HTTP/1.1", b"Host: x", b"", b"GET /two HTTP/1.1")
    assert answer.index(b"/one") < answer.index(b"/two")


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c", b"x"])
def test_upgrades_are_not_taken(port: int, upgrade: bytes) -> None:
    answer = ask(
        port, b"GET /a HTTP/1.1", b"Connection: Upgrade", b"Upgrade: " + upgrade, b"Sec-WebSocket-Version: 13"
    )
    assert status(answer) == 200
    assert b"101" not in answer.partition(b"\r\n")[0]


LINES = [
    b"CONNECT a:1 HTTP/1.1", b"FOO / HTTP/1.1", b"GET a HTTP/1.1", b"GET / HTTP/9", b"GET /\xff HTTP/1.1",
    b"GET / a HTTP/1.1", b"PRI * HTTP/2.0",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_odd_request_lines_are_refused(port: int, line: bytes) -> None:
    assert status(ask(port, line)) == 400

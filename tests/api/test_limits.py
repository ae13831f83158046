"""How large, how slow and how many: every limit in front of the doors, on a real uvicorn."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest
from fastapi import FastAPI, UploadFile

from api import limits
from api.app import Doors
from api.asgi import takes_files
from api.json_size import DEEPEST, MOST_VALUES, check_json
from spatial.errors import InvalidInput
from spatial.settings import Settings
from tests.api.small_server import ask, echo, hear, small_server, status, talk
from tests.patience import PATIENCE_S, until

KIB = 1024
SETTINGS = Settings(max_body_kb=64, max_upload_mb=2)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with small_server(SETTINGS) as port:
        yield port


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["detail"]


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // KIB):
        yield b"x" * KIB


def test_a_body_has_its_limit_however_it_comes(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.post("/a", content=b"x" * 64 * KIB).text.endswith("x" * 64 * KIB)
        assert client.post("/a", content=chunks(64 * KIB)).status_code == 200
        for content in (b"x" * (64 * KIB + 1), chunks(65 * KIB)):
            assert problem(client.post("/a", content=content)) == (413, "the body is larger than 64 KiB")
        assert client.post("/files", content=b"x" * 2**21).status_code == 200
        for content in (b"x" * (2**21 + 1), chunks(2**21 + KIB)):
            assert problem(client.post("/files", content=content)) == (413, "the body is larger than 2 MiB")
        assert client.get("/a").status_code == 200


def test_what_says_that_it_is_too_large_is_refused_before_it_comes(port: int) -> None:
    for path in (b"/a", b"/files"):
        head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n"
        with talk(port, 2) as connection:
            connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
            answer = connection.recv(65536)
        assert status(answer) == 413
        assert b"100 Continue" not in answer


@pytest.mark.parametrize("path", ["/a", "/files"])
def test_packed_bodies_are_refused(port: int, path: str) -> None:
    url = f"http://127.0.0.1:{port}{path}"
    for encoding in ("gzip", "deflate", "br", "gzip, gzip", "x"):
        answer = httpx.post(url, content=b"x", headers={"Content-Encoding": encoding})
        assert problem(answer)[0] == 415
    assert httpx.post(url, content=b"x", headers={"Content-Encoding": "identity"}).status_code == 200


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_SECONDS", 0.5)
    with small_server(SETTINGS) as port, ThreadPoolExecutor() as crowd:

        def drip(path: bytes) -> tuple[int, float]:
            began = time.monotonic()
            with talk(port, 0.1) as connection:
                connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
                answer = b""
                while not answer and time.monotonic() - began < PATIENCE_S:
                    connection.sendall(b"x" * 10)
                    answer = hear(connection)
            return status(answer), time.monotonic() - began

        for refused, seconds in crowd.map(drip, [b"/a", b"/files"]):
            assert refused == 408
            assert seconds > 0.4


def test_a_steady_body_may_take_its_time_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(limits, "BODY_SECONDS", 2.0)

    def steady(pieces: int) -> Iterator[bytes]:
        for _ in range(pieces):
            time.sleep(0.1)
            yield b"x" * KIB

    with small_server(SETTINGS) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.post("/a", content=steady(10)).status_code == 200
        assert client.post("/a", content=steady(40)).status_code == 408


def test_a_door_that_is_busy_does_not_make_its_client_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file waits for its turn unread; that time is not the client's."""
    monkeypatch.setattr(limits, "GRACE_SECONDS", 0.3)

    async def busy(scope, receive, send) -> None:
        await asyncio.sleep(1)
        await echo(scope, receive, send)

    with small_server(SETTINGS, busy) as port:
        answer = httpx.post(f"http://127.0.0.1:{port}/files", content=b"x" * 2**20, timeout=20)
        assert answer.status_code == 200


def test_an_address_may_ask_only_so_much_at_once() -> None:
    gate, inside = threading.Event(), []

    async def slow(scope, receive, send) -> None:
        inside.append(scope)
        while not gate.is_set():
            await asyncio.sleep(0.02)
        await echo(scope, receive, send)

    with small_server(Settings(requests_at_once=3), slow) as port, ThreadPoolExecutor(10) as crowd:
        visits = [
            crowd.submit(httpx.get, f"http://127.0.0.1:{port}/a", timeout=PATIENCE_S) for _ in range(10)
        ]
        until(lambda: sum(visit.done() for visit in visits) == 7)
        refused = [visit.result() for visit in visits if visit.done()]
        gate.set()
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(429, "1")}
        assert sorted(visit.result().status_code for visit in visits) == [200] * 3 + [429] * 7
        assert httpx.get(f"http://127.0.0.1:{port}/a", timeout=20).status_code == 200
    gate.clear()
    inside.clear()
    with small_server(Settings(requests_at_once=0), slow) as port, ThreadPoolExecutor(10) as crowd:
        visits = [
            crowd.submit(httpx.get, f"http://127.0.0.1:{port}/a", timeout=PATIENCE_S) for _ in range(10)
        ]
        until(lambda: len(inside) == 10)
        gate.set()
        assert {visit.result().status_code for visit in visits} == {200}


BAD_JSON = {
    "deep": b"[" * 1000 + b"]" * 1000,
    "deep objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "never closed": b"[" * 60_000,
    "many lists": b"[" + b"[]," * 20_000 + b"[]]",
    "many numbers": b"[" + b"0," * 30_000 + b"0]",
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_json_is_measured_before_it_is_parsed(port: int, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(check_json, "__defaults__", (20_000, DEEPEST))
    for kind in ("application/json", "application/problem+json; charset=utf-8", "text/json"):
        answer = httpx.post(
            f"http://127.0.0.1:{port}/a", content=BAD_JSON[name], headers={"Content-Type": kind}
        )
        assert problem(answer)[0] == 400


def test_harmless_json_passes() -> None:
    check_json(b'{"a": "' + b"[{," * 1000 + b'\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}')
    check_json(b"[" * DEEPEST + b"]" * DEEPEST)
    check_json(b"[" + b"[]," * (MOST_VALUES // 2 - 2) + b"0]")
    check_json(b"")
    check_json(b'"' * 1000)
    with pytest.raises(InvalidInput, match="deeper"):
        check_json(b"[" * (DEEPEST + 1))
    with pytest.raises(InvalidInput, match="values"):
        check_json(b'""' * (2 * MOST_VALUES + 1))


def test_the_worst_json_of_its_size_takes_no_time() -> None:
    for text in (b"[" * 2**20, b"[]" * 40_000 + b'""' * 100_000, b'"' + b"\\" * 2**20, b'"[' * 100_000):
        began = time.process_time()
        with suppress(InvalidInput):
            check_json(text)
        assert time.process_time() - began < 1


HOSTS = {
    b"Host: a b": 400,
    b'Host: a"><script>': 400,
    b"Host: a/b": 400,
    b"Host: a@b": 400,
    b"Host: a:b": 400,
    b"Host: " + b"a" * 300: 400,
    b"Host: city.example:8443": 200,
    b"Host: [::1]:8000": 200,
    b"X: y": 400,
    b"Host: a\r\nHost: b": 400,
    b"Host: a\r\nHost: a": 400,
}


@pytest.mark.parametrize("line", HOSTS)
def test_one_good_host_is_named(port: int, line: bytes) -> None:
    assert status(ask(port, b"GET /a HTTP/1.1", line, host=False)) == HOSTS[line]


def test_http_1_0_needs_no_host(port: int) -> None:
    assert status(ask(port, b"GET /a HTTP/1.0", host=False)) == 200


def test_only_our_own_names_are_answered() -> None:
    with small_server(Settings(hosts=("city.example",))) as port:
        for host in (b"city.example", b"CITY.example:8443", b"127.0.0.1:1", b"localhost", b"[::1]:80"):
            assert status(ask(port, b"GET /a HTTP/1.1", b"Host: " + host, host=False)) == 200
        for host in (b"evil.example", b"city.example.evil", b"10.0.0.1"):
            assert status(ask(port, b"GET /a HTTP/1.1", b"Host: " + host, host=False)) == 421
        forged = (b"Host: city.example", b"X-Forwarded-Host: evil.example")
        assert status(ask(port, b"GET /a HTTP/1.1", *forged, host=False)) == 200


def test_a_route_declares_that_it_takes_files() -> None:
    ordinary = FastAPI()

    @ordinary.post("/api/imports/{name}")
    @takes_files
    async def bring(name: str, file: UploadFile) -> int:
        return len(await file.read())

    @ordinary.post("/api/other")
    async def other(file: UploadFile) -> int:
        return len(await file.read())

    doors = Doors(exact={}, under={}, rest=ordinary)
    assert doors.takes_files("/api/imports/a")
    assert not doors.takes_files("/api/other")
    assert not doors.takes_files("/api/imports")


def test_the_true_reason_is_given_where_a_framework_would_give_another() -> None:
    ordinary = FastAPI()

    @ordinary.post("/files")
    @takes_files
    async def bring(file: UploadFile) -> int:
        return len(await file.read())

    def parts(size: int) -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield from chunks(size)
        yield b"\r\n--x--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    with small_server(SETTINGS, ordinary) as port:
        url = f"http://127.0.0.1:{port}/files"
        assert httpx.post(url, content=parts(2**20), headers=kind).text == str(2**20)
        assert problem(httpx.post(url, content=parts(3 * 2**20), headers=kind))[0] == 413


def test_who_hangs_up_leaves_nothing_behind(port: int) -> None:
    for path in (b"/a", b"/files"):
        for _ in range(20):
            with talk(port) as connection:
                connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
    assert status(ask(port, b"GET /a HTTP/1.1")) == 200

"""A hostile and careless user at every door: always an answer, and never a 500."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from api.prepare import make_demo_administrator
from spatial.database.cluster import Cluster
from tests.databases import _clone, _fill_city, _template
from tests.patience import until
from tests.servers import LiveServer, _serve, _wait_ready

LOCATE = "/api/grids/locate"
ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}
POINT = {"lon": "116.3325", "lat": "39.9905"}
AT = "2026-11-21T22:00:00Z"


def stream(lon, lat) -> bytes:
    table = pa.table({"lon": lon, "lat": lat})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def raw(server: LiveServer, *lines: bytes) -> bytes:
    """Send what no well-behaved client sends; return the first line of the answer."""
    host = urlsplit(server.url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as connection:
        connection.sendall(b"\r\n".join((*lines, b"Host: x", b"Content-Length: 0", b"", b"")))
        return connection.recv(4096).partition(b"\r\n")[0]


WORDS = ["", "\0", "😀", "%", "a" * 5000, "' OR 1=1 --", "\u202e", "..", "１"]


@pytest.mark.parametrize("name", ["lon", "lat", "datum", "at", "coverage", "category", "colour"])
def test_no_word_in_any_parameter_is_a_500(client, name: str) -> None:
    for word in WORDS:
        for more in ({}, {"at": AT}):
            answer = client.get(LOCATE, params={**POINT, **more, name: word})
            assert answer.status_code in (200, 400, 404), (word, answer.text)
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json"


def test_a_datum_in_the_query_of_a_json_post_counts(client) -> None:
    """An option that is ignored in silence gives a wrong grid."""
    body = {"points": [[116.3325, 39.9905]]}
    in_query = client.post(LOCATE, json=body, params={"datum": "gcj02"}).json()
    in_body = client.post(LOCATE, json={**body, "datum": "gcj02"}).json()
    assert in_query["assignments"][0]["border_m"] == in_body["assignments"][0]["border_m"]
    assert in_query != client.post(LOCATE, json=body).json()
    assert client.post(LOCATE, json=body, params={"at": "garbage"}).status_code == 400
    assert client.post(LOCATE, json={**body, "datum": "gcj02"}, params={"datum": "bd09"}).status_code == 400


def test_a_body_that_is_no_json_is_said_to_be_none(client) -> None:
    answer = client.post("/api/events", content=b'{"lat": "x"', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"where": "body", "reason": "is no JSON: Expecting ',' delimiter at character 11"}
    ]


def test_raw_doors_know_their_methods(live_server) -> None:
    key = b"Authorization: Bearer " + live_server.token.encode()
    for path in (b"/api/grids/locate?lon=116&lat=40", b"/tiles/grids/12/3369/1551.mvt"):
        for method in (b"PUT", b"DELETE", b"PATCH", b"TRACE"):
            assert b" 405 " in raw(live_server, method + b" " + path + b" HTTP/1.1", key)


@pytest.mark.parametrize("value", [b"Basic \xe9\xe9", b"Bearer \xff", b"Basic", b"Negotiate \xff" * 100])
def test_a_header_of_other_bytes_is_401(live_server, value: bytes) -> None:
    assert b" 401 " in raw(live_server, b"GET /api/me HTTP/1.1", b"Authorization: " + value)


def test_a_log_in_with_a_nul_is_refused(stranger) -> None:
    for form in ({"username": "a\0b", "password": "x"}, {"username": "admin", "password": "\0"}):
        assert stranger.post("/api/auth/token", data=form).status_code in (400, 401)


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/api/openapi.json"])
def test_an_old_key_does_not_close_the_open_doors(stranger, path: str) -> None:
    assert stranger.get(path, headers={"Authorization": "Bearer expired"}).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), str(-(2**63) - 1), "9" * 4000, "1e3", "%00", "٣"])
def test_no_identifier_is_a_500(client, number: str) -> None:
    for kind in ("events", "places", "components"):
        assert client.get(f"/api/{kind}/{number}").status_code in (400, 404)
        assert client.get(f"/ogc/collections/{kind}/items/{number}").status_code == 404


def test_no_search_is_a_500(client) -> None:
    for text in (*WORDS, "\\", "%_%", "°" * 200, "1°" * 100, "\u0301" * 100, "181,39", "nan,nan"):
        answer = client.get("/api/search", params={"q": text})
        assert answer.status_code in (200, 400), (text, answer.text)
        assert answer.status_code == 400 or "%" not in text or not answer.json()["results"]
    assert client.get("/api/search", params={"q": "海淀", "datum": "mars"}).status_code == 400


def test_clients_that_hang_up_leave_nothing_behind(live_server, client) -> None:
    body = stream(np.full(100_000, 116.3), np.full(100_000, 40.0))
    host = urlsplit(live_server.url)
    head = f"POST {LOCATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live_server.token}\r\n"
    head += f"Content-Type: {ARROW['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    for sent in (10, len(body) // 2, len(body)):
        for _ in range(5):
            with socket.create_connection((host.hostname, host.port)) as connection:
                connection.sendall(head.encode() + body[:sent])
    assert client.post(LOCATE, content=body, headers=ARROW).status_code == 200


@pytest.fixture(scope="module")
def frail(
    cluster: Cluster, as_app: Callable[[str], str], master_key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveServer, str]]:
    """A server over a database of its own, which may go away."""
    home: Path = tmp_path_factory.mktemp("frail")
    with _clone(cluster, _template(cluster, "city", _fill_city)) as url:
        login = make_demo_administrator(url, home)
        with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
            process = _serve(listener, as_app(url), home, master_key)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                _wait_ready(address, process, home / "server.log")
                yield LiveServer(address, **login), urlsplit(url).path[1:]
            finally:
                process.terminate()
                process.wait(20)


@contextmanager
def gone(cluster: Cluster, name: str) -> Iterator[None]:
    """Let nobody into a database, and throw out who is in."""
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            administrator.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def test_without_a_database_what_needs_none_goes_on(cluster: Cluster, frail) -> None:
    server, name = frail
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as client:
        assert client.get("/api/me").status_code == 200
        with gone(cluster, name), ThreadPoolExecutor(40) as crowd:
            waiting = [crowd.submit(httpx.get, server.url + path, headers=server.headers, timeout=60)
                       for path in WAITING for _ in range(8)]  # fmt: skip
            answers, slowest = without_a_database(client)
            refused = [answer.result() for answer in waiting]
        assert answers == {"/healthz": 200, "/readyz": 503, LOCATE: 200}
        assert slowest["/healthz"] < 2
        assert slowest[LOCATE] < 2
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
        recovers(client)


WAITING = ["/api/city", "/tiles/events/12/3369/1551.mvt", f"{LOCATE}?lon=116.3&lat=40&at={AT}", "/api/layers"]


def without_a_database(client: httpx.Client) -> tuple[dict[str, int], dict[str, float]]:
    """Ask while others wait: the statuses, and the longest time each took."""
    statuses: dict[str, int] = {}
    slowest: dict[str, float] = {}
    for _ in range(3):
        for path in ("/healthz", LOCATE, "/readyz"):
            began = time.monotonic()
            answer = client.get(path, params=POINT if path == LOCATE else None)
            statuses[path] = answer.status_code
            slowest[path] = max(slowest.get(path, 0.0), time.monotonic() - began)
    return statuses, slowest


def recovers(client: httpx.Client) -> None:
    until(lambda: client.get("/readyz").status_code == 200)
    assert client.get("/api/city").status_code == 200

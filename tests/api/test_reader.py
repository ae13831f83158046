"""The middleware in front of everything: who is asked for a key, which keys are good."""

from __future__ import annotations

import base64
import socket

import httpx
import pytest

from spatial.database import connect
from spatial.people.keys import digest
from tests.patience import until


@pytest.mark.parametrize(
    "path",
    [
        "/api/me",
        "/api/grids/locate?lon=1&lat=2",
        "/tiles/grids/10/843/387.mvt",
        "/ogc",
        "/ogc/collections",
        "/api/city",
        "/nowhere",
    ],
)
def test_without_a_key_nothing_is_told(stranger, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Basic" if path.startswith("/ogc") else "Bearer")


@pytest.mark.parametrize("path", ["/", "/editor", "/healthz", "/readyz", "/metrics", "/api/openapi.json"])
def test_what_is_open_is_open(stranger, path: str) -> None:
    assert stranger.get(path).status_code == 200


def test_counters_are_for_the_machine_itself(stranger) -> None:
    assert "citygrid_requests_total" in stranger.get("/metrics").text
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401


def test_log_in_gives_a_working_key(live_server, stranger) -> None:
    form = {"username": live_server.username, "password": live_server.password}
    answer = stranger.post("/api/auth/token", data=form).json()
    assert answer["token_type"] == "bearer"
    me = stranger.get("/api/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert me.json()["username"] == live_server.username


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"username": "admin", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "x"}, 401),
        ({"username": "admin"}, 400),
        ({}, 400),
        ({"username": "a" * 300, "password": "x"}, 400),
    ],
)
def test_a_bad_log_in_is_a_problem(stranger, form: dict[str, str], status: int) -> None:
    answer = stranger.post("/api/auth/token", data=form)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_works_as_a_basic_password(stranger, live_server) -> None:
    assert stranger.get("/api/me", auth=httpx.BasicAuth("anyone", live_server.token)).status_code == 200
    assert stranger.get("/api/me", auth=httpx.BasicAuth("anyone", "wrong")).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer x",
        # Keys are no JWT; above all not one that signs itself with nothing.
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJzeXN0ZW0ifQ.",
        "Bearer " + "A" * 43,
        "Basic !!!",
        "Digest abc",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "x" * 5000,
    ],
)
def test_a_strange_header_is_401(stranger, header: str) -> None:
    assert stranger.get("/api/me", headers={"Authorization": header}).status_code == 401


def test_a_revoked_key_stops_at_once(stranger, live_server, city_url: str) -> None:
    form = {"username": live_server.username, "password": live_server.password}
    token = stranger.post("/api/auth/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert stranger.get("/api/me", headers=headers).status_code == 200
    with connect(city_url) as connection:
        connection.execute("DELETE FROM token WHERE digest = %s", [digest(token)])
    until(lambda: stranger.get("/api/me", headers=headers).status_code != 200)


def test_every_answer_has_a_number_of_its_own(stranger, client) -> None:
    answers = [
        stranger.get("/healthz"),
        stranger.get("/api/me"),
        client.get("/api/me"),
        client.get("/nowhere"),
    ]
    numbers = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(numbers)) == len(answers)
    assert len({number.partition("-")[0] for number in numbers}) == 1


def test_a_number_that_is_sent_along_is_not_taken_over(client) -> None:
    assert client.get("/api/me", headers={"X-Request-Id": "x\ty"}).headers["x-request-id"] != "x\ty"


def test_nobody_opens_a_websocket(live_server) -> None:
    """Nobody is known on one: until there is a door for them, none gets through."""
    host, _, port = live_server.url.removeprefix("http://").partition(":")
    head = (
        f"GET /tiles/grids HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        assert not connection.recv(100).startswith(b"HTTP/1.1 101")


def test_pages_send_a_strict_policy(stranger) -> None:
    policy = stranger.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_an_unknown_asset_is_404_and_not_the_page(stranger) -> None:
    answer = stranger.get("/assets/worker-gone.js")
    assert answer.status_code == 404
    assert "html" not in answer.headers["content-type"]


def test_unknown_paths_and_methods_are_problems(client) -> None:
    assert client.get("/api/nothing").json()["status"] == 404
    assert client.delete("/api/city").json()["status"] == 405

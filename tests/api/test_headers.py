"""The headers of every answer, CORS, and what is reflected."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from spatial.settings import Settings
from tests.api.small_server import hear, small_server, status

ANSWERS = {
    "/": 200,
    "/healthz": 200,
    "/readyz": 200,
    "/api/city": 200,
    "/api/openapi.json": 200,
    "/api/no-such-thing": 404,
    "/api/grids/locate?lon=116.33&lat=39.99": 200,
    "/api/grids/locate?lon=x": 400,
    "/tiles/grids/12/3372/1551.mvt": 200,
    "/tiles/nothing": 404,
    "/assets/nothing.js": 404,
    "/ogc": 200,
    "/ogc?f=html": 200,
    "/ogc/static/style.css": 200,
    "/ogc/collections/grids/items?f=html": 200,
    "/ogc/collections/nothing": 404,
    "/favicon.ico": 404,
}
PUBLIC = ("/assets/", "/ogc/static/")
REVALIDATED = {"/", "/ogc", "/tiles/grids"}


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_is_guarded(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != ANSWERS[path]:
        assert path in ("/", "/ogc/static/style.css", "/favicon.ico"), answer.text
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert "unsafe" not in headers["content-security-policy"]
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers
    assert not [name for name in headers if name.startswith("access-control")]
    names = [name for name, _ in headers.multi_items()]
    assert {name for name in names if names.count(name) > 1} <= {"vary", "set-cookie"}


@pytest.mark.parametrize("path", ANSWERS)
def test_nobody_keeps_what_is_personal(client: httpx.Client, path: str) -> None:
    kept = client.get(path).headers["cache-control"]
    if path.startswith(PUBLIC):
        return
    if path.startswith("/api"):
        assert kept == "no-store"
    assert "public" not in kept
    assert "no-store" in kept or "no-cache" in kept


def test_a_refusal_is_guarded_too(stranger: httpx.Client) -> None:
    for answer in (stranger.get("/api/city"), stranger.post("/api/city", content=b"x" * 2_000_000)):
        assert answer.status_code in (401, 413)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"


def raw(url: str, *lines: bytes) -> bytes:
    host = urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=2) as connection:
        connection.sendall(b"\r\n".join((*lines, b"Connection: close", b"", b"")))
        return hear(connection)


BREAKS = ["%0d%0aSet-Cookie:%20a=b", "%0aX-Evil:%201", "%E5%98%8A%E5%98%8DSet-Cookie:a=b", "\\r\\nX-Evil: 1"]


@pytest.mark.parametrize("text", BREAKS)
def test_no_header_is_made_of_what_was_sent(live_server, client: httpx.Client, text: str) -> None:
    places = [
        f"/api/{text}", f"/api/search?q={text}", f"/tiles/{text}/1/0/0.mvt", f"/ogc/collections/{text}",
        f"/ogc/collections/grids/items?limit={text}", f"/ogc?lang={text}", f"/assets/{text}", f"/{text}",
        f"/api/auth/oidc/login?next={text}", f"/api/grids/locate?lon=1&lat=1&coverage={text}",
        f"/ogc/{text}/",
    ]  # fmt: skip
    for place in places:
        answer = client.get(place, follow_redirects=False)
        assert answer.status_code < 500, place
        assert "x-evil" not in answer.headers
        assert "a=b" not in answer.headers.get("set-cookie", "")
    key = b"Authorization: Bearer " + live_server.token.encode()
    for name in (b"Accept-Language", b"Accept", b"If-None-Match", b"Origin", b"Range", b"X-Request-Id"):
        answer = raw(live_server.url, b"GET /ogc HTTP/1.1", b"Host: x", key, name + b": a\x0bX-Evil: 1")
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert status(answer) in (200, 400)
        assert b"x-evil" not in head


def test_method_overrides_are_not_heard(client: httpx.Client) -> None:
    plain = client.get("/api/city").json()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get("/api/city", headers={name: "DELETE"}).json() == plain
        assert client.post("/api/city", headers={name: "GET"}).status_code == 405
    assert client.get("/api/city", params={"_method": "DELETE"}).status_code == 400


ORIGIN = "https://map.example"


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    with small_server(Settings(cors_origins=(ORIGIN,))) as port:
        yield f"http://127.0.0.1:{port}/a"


def ask_first(url: str, origin: str, method: str = "PUT") -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return httpx.options(url, headers={**headers, "Access-Control-Request-Headers": "authorization"})


def test_a_named_origin_may_ask(shared: str) -> None:
    answer = ask_first(shared, ORIGIN)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert "*" not in str(answer.headers)
    assert "access-control-allow-credentials" not in answer.headers
    answer = httpx.get(shared, headers={"Origin": ORIGIN, "Cookie": "citygrid_session=stolen"})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in answer.headers
    assert "stolen" not in answer.text


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://map.example", "https://map.example.evil", "https://map.example:8443",
     "null", "https://MAP.example", "*", ""],
)  # fmt: skip
def test_no_other_origin_may(shared: str, origin: str) -> None:
    for answer in (ask_first(shared, origin), httpx.get(shared, headers={"Origin": origin})):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "origin"


def test_without_settings_no_origin_may(client: httpx.Client) -> None:
    for origin in (ORIGIN, "null", str(client.base_url)):
        answer = client.options(
            "/api/city", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
        )
        assert answer.status_code in (401, 405)
        assert not [name for name in answer.headers if name.startswith("access-control")]

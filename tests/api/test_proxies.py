"""Who really asks behind a proxy, and who only says so."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from api.proxies import client_address, forwarded, look_through
from spatial.settings import Settings
from tests.api.small_server import ask, small_server

TRUSTING = Settings(
    trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("127.0.0.1"), ip_network("fd00::/8"))
)


def scope(peer: str | None, *headers: tuple[bytes, bytes]) -> dict:
    client = None if peer is None else (peer, 1234)
    return {"type": "http", "client": client, "scheme": "http", "headers": list(headers)}


FOR = b"x-forwarded-for"
CASES = {
    "no proxy": ("1.2.3.4", [], "1.2.3.4"),
    "a stranger's header": ("1.2.3.4", [(FOR, b"5.6.7.8")], "1.2.3.4"),
    "one proxy": ("10.0.0.1", [(FOR, b"5.6.7.8")], "5.6.7.8"),
    "what the client wrote stands left": ("10.0.0.1", [(FOR, b"127.0.0.1, 5.6.7.8")], "5.6.7.8"),
    "two proxies": ("10.0.0.1", [(FOR, b"9.9.9.9, 5.6.7.8, 10.0.0.2")], "5.6.7.8"),
    "two lines": ("10.0.0.1", [(FOR, b"9.9.9.9"), (FOR, b"5.6.7.8")], "5.6.7.8"),
    "no header": ("10.0.0.1", [], "10.0.0.1"),
    "an empty header": ("10.0.0.1", [(FOR, b" , ")], "10.0.0.1"),
    "garbage": ("10.0.0.1", [(FOR, b"5.6.7.8, <script>")], "10.0.0.1"),
    "unknown": ("10.0.0.1", [(FOR, b"unknown")], "10.0.0.1"),
    "a port": ("10.0.0.1", [(FOR, b"5.6.7.8:4711")], "5.6.7.8"),
    "IPv6": ("fd00::1", [(FOR, b"2001:db8::1")], "2001:db8::1"),
    "IPv6 with a port": ("fd00::1", [(FOR, b"[2001:db8::1]:443")], "2001:db8::1"),
    "IPv4 over IPv6": ("::ffff:10.0.0.1", [(FOR, b"::ffff:5.6.7.8")], "5.6.7.8"),
    "a peer over IPv6": ("::ffff:1.2.3.4", [], "1.2.3.4"),
    "only proxies": ("10.0.0.1", [(FOR, b"10.0.0.3, 10.0.0.2")], "10.0.0.3"),
    "nobody": (None, [(FOR, b"5.6.7.8")], ""),
    "enormous": ("10.0.0.1", [(FOR, b"1" * 30_000)], "10.0.0.1"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_client_is_found(name: str) -> None:
    peer, headers, expected = CASES[name]
    asked = scope(peer, *headers)
    assert client_address(asked, TRUSTING) == expected
    look_through(asked, TRUSTING)
    assert client_address(asked, TRUSTING) == expected


def test_scheme_host_and_prefix_count_from_a_proxy_alone() -> None:
    said = (
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"evil.example, city.example"),
        (b"x-forwarded-prefix", b"/gis"),
    )
    believed = scope("10.0.0.1", *said)
    look_through(believed, TRUSTING)
    assert believed["scheme"] == "https"
    assert (forwarded(believed, "host"), forwarded(believed, "prefix")) == ("city.example", "/gis")
    for peer, settings in (("1.2.3.4", TRUSTING), ("10.0.0.1", Settings())):
        ignored = scope(peer, *said)
        look_through(ignored, settings)
        assert ignored["scheme"] == "http"
        assert ignored["client"] == (peer, 1234)
        assert forwarded(ignored, "host") == ""


@pytest.mark.parametrize("scheme", [b"ftp", b"javascript", b"", b"https, evil"])
def test_only_two_schemes_are_believed(scheme: bytes) -> None:
    asked = scope("10.0.0.1", (b"x-forwarded-proto", scheme))
    look_through(asked, TRUSTING)
    assert asked["scheme"] == "http"


def test_a_real_server_believes_its_proxy_alone() -> None:
    lines = (b"GET /a HTTP/1.1", b"X-Forwarded-For: 5.6.7.8", b"X-Forwarded-Proto: https")
    with small_server(TRUSTING) as port:
        assert b"\n5.6.7.8\nhttps\n" in ask(port, *lines)
    with small_server() as port:
        assert b"\n127.0.0.1\nhttp\n" in ask(port, *lines)

"""The cookie of a session, and what tells our own pages from others: the functions alone."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest

from api.sessions import (
    check_csrf,
    check_same_site,
    cleared_cookie,
    csrf_of,
    origin_of,
    session_cookie,
    session_token,
)
from spatial.errors import Forbidden

TOKEN = "t" * 43


def scope(scheme: str = "http", **headers: str):
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"scheme": scheme, "headers": lines, "address": "203.0.113.9"}


@pytest.mark.parametrize(
    ("scheme", "name", "secure"),
    [("http", "citygrid_session", False), ("https", "__Host-citygrid_session", True)],
)
def test_a_cookie_has_every_flag_that_guards_it(scheme: str, name: str, secure: bool) -> None:
    parsed = SimpleCookie(session_cookie(scope(scheme), TOKEN, timedelta(hours=12)))[name]
    assert parsed.value == TOKEN
    assert (parsed["path"], parsed["max-age"], parsed["samesite"]) == ("/", "43200", "Strict")
    assert parsed["httponly"] is True
    assert bool(parsed["secure"]) is secure
    # __Host- forbids a domain: no neighbour shares the cookie.
    assert parsed["domain"] == ""
    cleared = SimpleCookie(cleared_cookie(scope(scheme)))[name]
    assert (cleared.value, cleared["max-age"], cleared["path"]) == ("", "0", "/")
    assert bool(cleared["secure"]) is secure


def test_over_https_a_cookie_that_a_neighbour_planted_is_not_seen() -> None:
    planted = f"citygrid_session={TOKEN}; __Secure-citygrid_session=x".encode()
    assert session_token(scope("https"), planted) is None
    assert session_token(scope("http"), planted) == TOKEN
    assert session_token(scope("https"), f"a=b; __Host-citygrid_session={TOKEN}".encode()) == TOKEN


@pytest.mark.parametrize(
    "cookies",
    [
        b"",
        b";",
        b"citygrid_session",
        b"citygrid_session=",
        b"xcitygrid_session=x",
        b"Citygrid_session=x",
        b"\xff=\xff",
    ],
)
def test_strange_cookies_are_no_session(cookies: bytes) -> None:
    assert session_token(scope(), cookies) is None


def test_every_session_has_a_word_of_its_own() -> None:
    assert csrf_of(TOKEN) != csrf_of("u" * 43)
    assert TOKEN not in csrf_of(TOKEN)
    check_csrf(scope(x_csrf_token=csrf_of(TOKEN)), csrf_of(TOKEN))
    for sent in ("", csrf_of("u" * 43), csrf_of(TOKEN) + "0", "é"):
        with pytest.raises(Forbidden):
            check_csrf(scope(x_csrf_token=sent), csrf_of(TOKEN))
    with pytest.raises(Forbidden):
        check_csrf(scope(), csrf_of(TOKEN))


@pytest.mark.parametrize(
    ("scheme", "headers", "good"),
    [
        ("https", {"host": "city.example"}, True),
        ("https", {"host": "city.example", "origin": "https://city.example"}, True),
        ("https", {"host": "city.example", "origin": "https://CITY.example"}, True),
        ("https", {"host": "city.example:443", "origin": "https://city.example"}, True),
        ("http", {"host": "city.example", "origin": "http://city.example:80"}, True),
        ("http", {"host": "city.example:8000", "origin": "http://city.example:8000"}, True),
        ("http", {"host": "[::1]:8000", "origin": "http://[::1]:8000"}, True),
        ("https", {"host": "city.example", "origin": "http://city.example"}, False),
        ("https", {"host": "city.example", "origin": "https://city.example:8443"}, False),
        ("https", {"host": "city.example", "origin": "https://x.city.example"}, False),
        ("https", {"host": "city.example", "origin": "https://city.example.evil.example"}, False),
        ("https", {"host": "city.example", "origin": "null"}, False),
        ("https", {"host": "city.example", "origin": ""}, False),
        ("https", {"origin": "https://"}, False),
        ("https", {"host": "", "origin": "https://"}, False),
        ("https", {"host": "city.example", "sec_fetch_site": "same-origin"}, True),
        ("https", {"host": "city.example", "sec_fetch_site": "none"}, True),
        ("https", {"host": "city.example", "sec_fetch_site": "same-site"}, False),
        ("https", {"host": "city.example", "sec_fetch_site": "cross-site"}, False),
        (
            "https",
            {"host": "city.example", "origin": "https://city.example", "sec_fetch_site": "cross-site"},
            False,
        ),
    ],
)
def test_pages_of_this_origin_alone_may_change_something(scheme: str, headers: dict, good: bool) -> None:
    if good:
        check_same_site(scope(scheme, **headers))
        return
    with pytest.raises(Forbidden):
        check_same_site(scope(scheme, **headers))


def test_behind_a_trusted_proxy_the_host_is_the_one_it_names() -> None:
    headers = {"host": "127.0.0.1:8000", "x_forwarded_host": "city.example", "origin": "https://city.example"}
    asked = scope("https", **headers)
    check_same_site({**asked, "forwarded_by_trusted": True})
    with pytest.raises(Forbidden):
        check_same_site({**asked, "forwarded_by_trusted": False})


def test_what_a_client_calls_itself_is_one_short_line() -> None:
    origin = origin_of(scope(user_agent="QGIS\r\n\x1b[31m" + "x" * 10_000))
    assert (origin.address, len(origin.agent)) == ("203.0.113.9", 200 - 3)
    assert origin.agent.isprintable()
    assert origin_of(scope()).agent == ""

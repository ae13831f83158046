"""Single sign-on at a provider that lies: whatever it makes up, nobody gets in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.sessions import PLAIN_NAME
from tests.api.sso.browser import Browser, login_error
from tests.api.sso.cities import City, running_city
from tests.api.sso.hostile import (
    CLIENT_ID,
    CLIENT_SECRET,
    Hostile,
    fresh_key,
    hostile_provider,
    signed_by_public_key,
    unsigned,
)

pytestmark = pytest.mark.xdist_group("forged_sign_on")


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def beside_hostile(cluster, as_app, tmp_path_factory, hostile: Hostile) -> Iterator[City]:
    """A city that trusts the hostile provider, and makes accounts for whom it names."""
    settings = {"issuer": hostile.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    home = tmp_path_factory.mktemp("city")
    with running_city(cluster, as_app, home, **settings, create="1", link="email") as city:
        yield city


@pytest.fixture
def misled(beside_hostile: City, hostile: Hostile) -> Iterator[City]:
    yield beside_hostile
    fresh = Hostile(hostile.issuer)
    hostile.claims, hostile.sign, hostile.metadata, hostile.answers = (
        fresh.claims, fresh.sign, fresh.metadata, fresh.answers
    )  # fmt: skip


def come_back(city: City, hostile: Hostile, **changed: str) -> tuple[Browser, httpx.Response]:
    """Log in at the hostile provider, which lies as the test told it to."""
    browser = Browser(city.url)
    browser.open(f"{city.url}/api/auth/oidc/login", stop_at="http://localhost")
    code = hostile.authorize(browser.visited[-1], **changed)
    state = parse_qs(urlsplit(browser.visited[-1]).query)["state"][0]
    # Keycloak's own parameter is one of those that nobody can know beforehand.
    query = httpx.QueryParams(state=state, code=code, session_state="5d1c")
    return browser, browser.open(f"{city.url}/api/auth/oidc/callback?{query}")


def named(claims: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Add an address that the provider has checked."""
    return claims | {"email": "new@example.org", "email_verified": True} | changed


def test_a_new_account_sees_nothing_until_somebody_gives_it_an_area(misled: City, hostile: Hostile) -> None:
    hostile.claims = named
    browser, page = come_back(misled, hostile)
    assert (page.status_code, page.url.query) == (200, b"")
    me = browser.get("/api/me").json()
    seen = [me[name] for name in ("username", "display_name", "role", "reach", "must_change_password")]
    assert seen == ["new@example.org", "王芳", "viewer", "area", False]
    row = "SELECT area, password_hash, created_by FROM account WHERE username = 'new@example.org'"
    assert misled.query(row) == [("-", None, None)]
    come_back(misled, hostile)
    assert misled.query("SELECT count(*) FROM external_identity WHERE subject = 's-1'") == [(1,)]


def test_nobody_takes_an_account_by_an_unchecked_address(misled: City, hostile: Hostile) -> None:
    for verified in (False, None, "true", 1):
        hostile.claims = lambda claims, v=verified: named(claims, sub="s-9", email="li", email_verified=v)
        assert login_error(come_back(misled, hostile)[1]) == "unknown"


@pytest.mark.parametrize(
    "email", ["", " ", "li ", "a\0b", "\ud800", "a\nb", "x" * 201, 5, None, ["li"], {"a": 1}]
)
def test_what_cannot_be_a_name_is_none(misled: City, hostile: Hostile, email: Any) -> None:
    hostile.claims = lambda claims: named(claims, sub="s-8", email=email)
    assert login_error(come_back(misled, hostile)[1]) == "unknown"


def test_a_new_subject_with_a_known_name_is_somebody_else(misled: City, hostile: Hostile) -> None:
    hostile.claims = lambda claims: named(claims, sub="s-2", email="two@example.org")
    assert come_back(misled, hostile)[0].get("/api/me").json()["username"] == "two@example.org"
    hostile.claims = lambda claims: named(claims, sub="s-3", email="two@example.org")
    assert login_error(come_back(misled, hostile)[1]) == "unknown"


def past(claims: dict[str, Any]) -> dict[str, Any]:
    """A token that ended two minutes ago."""
    return claims | {"iat": int(time.time()) - 400, "exp": int(time.time()) - 120}


LIES: dict[str, tuple[Callable[..., Any], str]] = {
    "alg none": (lambda p, c: unsigned(c), "token"),
    "alg None": (lambda p, c: unsigned(c, "None"), "token"),
    "alg none with kid": (lambda p, c: unsigned(c, "nOnE"), "token"),
    "signature cut off": (lambda p, c: p.signed(c).rpartition(".")[0] + ".", "token"),
    "signature of another token": (
        lambda p, c: p.signed(c).rpartition(".")[0] + "." + p.signed(c | {"sub": "x"}).rpartition(".")[2],
        "token",
    ),
    "HS256 by the public key": (signed_by_public_key, "token"),
    "unpublished key": (lambda p, c: p.signed(c, fresh_key()), "token"),
    "unpublished key under a published name": (
        lambda p, c: p.signed(c, fresh_key(), kid=p.keys[0].kid),
        "token",
    ),
    "wrong nonce": (lambda p, c: p.signed(c | {"nonce": "another"}), "token"),
    "no nonce": (lambda p, c: p.signed({k: v for k, v in c.items() if k != "nonce"}), "token"),
    "foreign audience": (lambda p, c: p.signed(c | {"aud": "another"}), "token"),
    "foreign audience beside ours": (lambda p, c: p.signed(c | {"aud": [CLIENT_ID, "another"]}), "token"),
    "foreign party": (lambda p, c: p.signed(c | {"azp": "another"}), "token"),
    "foreign issuer": (lambda p, c: p.signed(c | {"iss": "https://accounts.example"}), "token"),
    "expired": (lambda p, c: p.signed(past(c)), "token"),
    "from the future": (lambda p, c: p.signed(c | {"iat": int(time.time()) + 3600}), "token"),
    "no subject": (lambda p, c: p.signed({k: v for k, v in c.items() if k != "sub"}), "token"),
    "no token": (lambda p, c: None, "provider"),
    "no token but a number": (lambda p, c: 5, "provider"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_forged_token_opens_nothing(misled: City, hostile: Hostile, lie: str) -> None:
    forge, code = LIES[lie]
    hostile.claims, hostile.sign = named, forge
    browser, page = come_back(misled, hostile)
    assert login_error(page) == code
    assert browser.get("/api/me").status_code == 401
    assert PLAIN_NAME not in browser.client.cookies


def test_a_code_for_another_browsers_challenge_is_refused(misled: City, hostile: Hostile) -> None:
    hostile.claims = named
    _, page = come_back(misled, hostile, code_challenge="A" * 43)
    assert login_error(page) == "code"
    assert hostile.refusals[-1] == "verifier"


def test_the_log_keeps_the_secret(misled: City) -> None:
    assert CLIENT_SECRET not in misled.said()
    assert "Traceback" not in misled.said()

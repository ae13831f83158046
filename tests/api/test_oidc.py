"""Single sign-on from one end to the other, at a real provider (django-oauth-toolkit)."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx
import pytest
from playwright.sync_api import sync_playwright

from api.app import create_app
from api.sessions import PLAIN_NAME
from spatial.rights.envelope import make_master, master_file
from spatial.settings import Settings
from tests.api.sso.browser import Browser, login_error
from tests.api.sso.cities import PEOPLE, City, issuer_on, real_provider, running_city
from tests.api.sso.hostile import CLIENT_ID, hostile_provider

SIGN_ON = "citygrid_sign_on"

pytestmark = pytest.mark.xdist_group("single_sign_on")


@pytest.fixture(scope="module")
def real(cluster, as_app, tmp_path_factory) -> Iterator[City]:
    """A city beside a real provider; the provider must know where the city is before it starts."""
    secret = secrets.token_urlsafe(16) + "%+ /&"
    home, folder = (tmp_path_factory.mktemp(name) for name in ("city", "provider"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {"issuer": issuer_on(listener), "client_id": "citygrid", "client_secret": secret}
        with (
            running_city(cluster, as_app, home, **settings, title="市统一认证") as city,
            real_provider(listener, folder, city, secret),
        ):
            yield city


@pytest.fixture
def browser(real: City) -> Browser:
    return Browser(real.url)


def test_a_person_logs_in_at_the_provider(real: City, browser: Browser) -> None:
    page = browser.log_in("wang", PEOPLE["wang"], "/?lang=en#map=14")
    assert page.status_code == 200
    assert str(page.url) == f"{real.url}/?lang=en#map=14"
    me = browser.get("/api/me").json()
    assert (me["username"], me["role"], me["reach"], me["area"]) == ("wang", "viewer", "area", "410622001")
    assert me["csrf"]
    kinds = [key["kind"] for key in browser.get("/api/me/keys").json()["keys"]]
    assert kinds == ["session"]


def test_nobody_must_change_a_password_that_they_did_not_use(real: City, browser: Browser) -> None:
    """An administrator makes an account with a one-time password, which whoever signs on never sees."""
    browser.log_in("li", PEOPLE["li"])
    assert browser.get("/api/me").json()["must_change_password"] is False
    assert browser.get("/api/layers").status_code == 200
    form = {"username": "li", "password": "a password for li"}
    token = httpx.post(f"{real.url}/api/auth/token", data=form).json()["access_token"]
    answer = httpx.get(f"{real.url}/api/layers", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["type"] == "urn:citygrid:problem:password-change-needed"


def test_a_log_in_is_on_record_under_the_persons_name(real: City, browser: Browser) -> None:
    browser.log_in("wang", PEOPLE["wang"])
    rows = real.query(
        "SELECT username, reason, address FROM audit WHERE action = 'log-in' ORDER BY id DESC LIMIT 1"
    )
    assert rows == [("wang", "single sign-on", "127.0.0.1")]
    linked = real.query(
        "SELECT count(*) FROM audit WHERE relation = 'external_identity' AND action = 'insert'"
    )
    assert linked[0][0] >= 1


@pytest.mark.browser
def test_a_real_browser_arrives_logged_in(real: City) -> None:
    """Also at a page that needs a key: what a browser sends along depends on who sent it there."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"{real.url}/api/auth/oidc/login?{httpx.QueryParams(next='/ogc/collections?f=html')}")
        page.fill("input[name=username]", "wang")
        page.fill("input[name=password]", PEOPLE["wang"])
        page.click("input[type=submit]")
        page.click("input[name=allow]")
        page.wait_for_url(f"{real.url}/ogc/**")
        assert page.evaluate("fetch('/api/me').then(answer => answer.json())")["username"] == "wang"
        assert page.evaluate("document.cookie") == ""
        chromium.close()


def test_no_page_can_be_written_through_next(browser: Browser) -> None:
    following = "/?a=%22&b=\"><script>alert(1)</script>&c='#<b>"
    page = browser.log_in("wang", PEOPLE["wang"], following)
    answer = next(a for a in browser.answers if a.url.path.endswith("/callback"))
    assert answer.text.count("<script") == 0
    assert answer.text.count("&quot;&gt;&lt;script&gt;") == 2
    assert page.status_code == 200


def test_a_session_by_single_sign_on_is_like_any_other(browser: Browser) -> None:
    browser.log_in("li", PEOPLE["li"])
    csrf = browser.get("/api/me").json()["csrf"]
    assert browser.client.delete(f"{browser.city}/api/auth/session").status_code == 403
    assert browser.client.delete(
        f"{browser.city}/api/auth/session", headers={"X-CSRF-Token": csrf}
    ).is_success
    assert browser.get("/api/me").status_code == 401


def test_the_page_can_offer_it(real: City) -> None:
    methods = httpx.get(f"{real.url}/api/auth/methods").json()
    assert methods["oidc"] == {"title": "市统一认证", "url": "/api/auth/oidc/login"}


def test_cookies_are_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    browser.log_in("wang", PEOPLE["wang"])
    begun, finished = (
        next(a for a in browser.answers if a.url.path.endswith(path)) for path in ("/login", "/callback")
    )
    sent = begun.headers.get_list("set-cookie")
    assert len(sent) == 1
    assert sent[0].startswith(f"{SIGN_ON}=")
    assert sent[0].endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    cleared, session = finished.headers.get_list("set-cookie")
    assert cleared == f"{SIGN_ON}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    assert session.startswith(f"{PLAIN_NAME}=")
    assert "HttpOnly; SameSite=Strict" in session
    assert {a.headers["cache-control"] for a in (begun, finished)} == {"no-store"}
    assert SIGN_ON not in browser.client.cookies


def test_nobody_claims_https_who_is_no_proxy_of_ours(real: City) -> None:
    answer = httpx.get(f"{real.url}/api/auth/oidc/login", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["set-cookie"].startswith(f"{SIGN_ON}=")


def test_a_person_is_known_by_subject_from_then_on(real: City, browser: Browser) -> None:
    """A user name that is given to somebody else later does not open the account."""
    browser.log_in("li", PEOPLE["li"])
    real.query("UPDATE account SET username = 'li.qiang' WHERE username = 'li'")
    try:
        other = Browser(real.url)
        other.log_in("li", PEOPLE["li"])
        assert other.get("/api/me").json()["username"] == "li.qiang"
    finally:
        real.query("UPDATE account SET username = 'li' WHERE username = 'li.qiang'")


def test_an_account_of_somebody_else_is_not_given_away(real: City, browser: Browser) -> None:
    real.query(
        "INSERT INTO account (username, display_name, role, reach)"
        " VALUES ('stranger', 'x', 'commander', 'city')"
    )
    real.link("stranger", "another")
    try:
        assert login_error(browser.log_in("stranger", PEOPLE["stranger"])) == "unknown"
        assert browser.get("/api/me").status_code == 401
    finally:
        real.query("DELETE FROM account WHERE username = 'stranger'")


def test_somebody_unknown_gets_no_account(real: City, browser: Browser) -> None:
    before = real.query("SELECT count(*) FROM account")
    assert login_error(browser.log_in("stranger", PEOPLE["stranger"])) == "unknown"
    assert browser.get("/api/me").status_code == 401
    assert PLAIN_NAME not in browser.client.cookies
    assert real.query("SELECT count(*) FROM account") == before
    assert '"code": "unknown"' in real.said()


def test_a_disabled_account_stays_out(real: City, browser: Browser) -> None:
    assert login_error(browser.log_in("zhao", PEOPLE["zhao"])) == "unknown"
    real.link("zhao", "3")
    assert login_error(Browser(real.url).log_in("zhao", PEOPLE["zhao"])) == "disabled"


def test_whoever_says_no_comes_back_without_a_session(real: City, browser: Browser) -> None:
    page = browser.open(f"{real.url}/api/auth/oidc/login")
    page = browser.fill(page, username="wang", password=PEOPLE["wang"])
    assert login_error(browser.fill(page)) == "denied"
    assert browser.get("/api/me").status_code == 401


def callback_of(browser: Browser, username: str = "wang") -> str:
    """Log in at the provider, and stop at the address that it sends the browser back to."""
    browser.log_in(username, PEOPLE[username], stop_at=f"{browser.city}/api/auth/oidc/callback")
    return browser.visited[-1]


def test_a_code_and_its_state_work_once(browser: Browser) -> None:
    address = callback_of(browser)
    cookie = browser.client.cookies[SIGN_ON]
    assert browser.open(address).url.path == "/"
    assert browser.get("/api/me").status_code == 200
    # Somebody who stole everything, the sealed cookie included.
    thief = Browser(browser.city)
    thief.client.cookies.set(SIGN_ON, cookie, domain="127.0.0.1", path="/")
    assert login_error(thief.open(address)) == "state"
    assert thief.get("/api/me").status_code == 401


def test_a_code_that_was_used_is_refused_by_the_provider(real: City, browser: Browser) -> None:
    address = callback_of(browser)
    browser.open(address)
    code = parse_qs(urlsplit(address).query)["code"][0]
    again = Browser(real.url)
    state = parse_qs(urlsplit(callback_of(again)).query)["state"][0]
    page = again.open(f"{real.url}/api/auth/oidc/callback?{httpx.QueryParams(state=state, code=code)}")
    assert login_error(page) == "code"
    assert again.get("/api/me").status_code == 401


def test_a_log_in_cannot_be_pushed_on_another_browser(real: City, browser: Browser) -> None:
    """Log-in CSRF: the attacker's own answer of the provider, opened by the victim."""
    address = callback_of(browser)
    victim = Browser(real.url)
    assert login_error(victim.open(address)) == "state"
    victim.open(f"{real.url}/api/auth/oidc/login", stop_at="http://localhost")
    assert SIGN_ON in victim.client.cookies
    assert login_error(victim.open(address)) == "state"
    assert victim.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "query",
    ["", "?state=", "?code=x", "?state=x&code=y", "?error=access_denied", "?state=%00", "?state=a&state=b"],
)
def test_nobody_comes_in_through_the_back_door(real: City, query: str) -> None:
    stranger = Browser(real.url)
    assert login_error(stranger.open(f"{real.url}/api/auth/oidc/callback{query}")) == "state"


def test_the_providers_words_are_not_repeated(real: City, browser: Browser) -> None:
    browser.open(f"{real.url}/api/auth/oidc/login", stop_at="http://localhost")
    state = parse_qs(urlsplit(browser.visited[-1]).query)["state"][0]
    words = httpx.QueryParams(
        state=state, error="<script>", error_description="<b>pay here</b>", error_uri="//evil"
    )
    page = browser.open(f"{real.url}/api/auth/oidc/callback?{words}")
    assert login_error(page) == "provider"
    answer = next(a for a in browser.answers if a.url.path.endswith("/callback"))
    assert answer.headers["location"] == "/?login_error=provider"
    assert answer.content == b""


def test_an_answer_of_another_provider_is_refused(real: City, browser: Browser) -> None:
    address = callback_of(browser)
    assert "iss=http%3A" in address, "the real provider says who it is (RFC 9207)"
    forged = address.replace("iss=http%3A", "iss=https%3A")
    assert login_error(browser.open(forged)) == "provider"


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example", "/\\evil.example", "/api/auth/oidc/login"]
)
def test_it_leads_to_no_other_site(real: City, following: str) -> None:
    answer = httpx.get(f"{real.url}/api/auth/oidc/login", params={"next": following})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "next"
    assert "set-cookie" not in answer.headers


def test_parameters_are_known_where_we_name_them(real: City) -> None:
    assert httpx.get(f"{real.url}/api/auth/oidc/login?redirect=//evil").status_code == 400


def ask(settings: Settings, path: str) -> httpx.Response:
    """Ask an application in this process that has no database."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(settings, "postgresql:///not-asked"))
        async with httpx.AsyncClient(transport=transport, base_url="https://city.example") as client:
            return await client.get(path)

    return anyio.run(get)


def test_a_provider_that_is_down_is_said_so(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    settings = Settings(home=tmp_path, oidc_issuer=f"http://localhost:{port}", oidc_client_id="c")
    make_master(master_file(settings))
    answer = ask(settings, "/api/auth/oidc/login")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?login_error=provider")


@pytest.mark.parametrize("path", ["/api/auth/oidc/login", "/api/auth/oidc/callback?state=a&code=b"])
def test_without_a_provider_there_is_no_such_door(path: str) -> None:
    assert ask(Settings(), path).status_code == 404


def test_over_https_the_cookie_belongs_to_this_very_host(tmp_path) -> None:
    with hostile_provider() as provider:
        settings = Settings(home=tmp_path, oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID)
        make_master(master_file(settings))
        answer = ask(settings, "/api/auth/oidc/login")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-citygrid_sign_on=")
    assert cookie.endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")
    sent_to = parse_qs(urlsplit(answer.headers["location"]).query)
    assert sent_to["redirect_uri"] == ["https://city.example/api/auth/oidc/callback"]


def test_the_log_keeps_the_secrets(real: City, browser: Browser) -> None:
    address = callback_of(browser)
    code = parse_qs(urlsplit(address).query)["code"][0]
    cookie = browser.client.cookies[SIGN_ON]
    browser.open(address)
    session = browser.client.cookies[PLAIN_NAME]
    assert [word for word in (code, cookie, session, "+ /&") if word in real.said()] == []
    assert "Traceback" not in real.said()

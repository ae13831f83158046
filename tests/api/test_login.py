"""Logging in and out over HTTP: tokens, cookies, lock-out, and what other sites cannot do."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from spatial.people.log_in import PLACE_FAILURES
from tests.api.town_hall import PASSWORD, Hall, place
from tests.patience import until

COOKIE = "citygrid_session"


def form(username: str, password: str = PASSWORD) -> dict[str, str]:
    return {"username": username, "password": password}


def log_in(hall: Hall, username: str = "li", **options) -> httpx.Client:
    """Log a browser in; its cookie jar holds the session."""
    hall.account(username)
    browser = hall.client(**options)
    answer = browser.post("/api/auth/session", data=form(username))
    assert answer.status_code == 200, answer.text
    return browser


def test_a_token_is_what_oauth_promises(hall: Hall) -> None:
    hall.account("li")
    answer = hall.client().post("/api/auth/token", data={**form("li"), "grant_type": "password", "scope": ""})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    assert answer.headers["cache-control"] == "no-store"
    assert hall.client(token=answer.json()["access_token"]).get("/api/me").json()["username"] == "li"


def test_the_ways_to_log_in_are_told(hall: Hall) -> None:
    assert hall.client().get("/api/auth/methods").json() == {"password": True, "oidc": None}


def test_a_browser_gets_a_cookie_that_no_script_and_no_other_site_can_use(hall: Hall) -> None:
    hall.account("li")
    answer = hall.client().post("/api/auth/session", data=form("li"))
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict", cookie)
    token = cookie.partition("=")[2].partition(";")[0]
    assert token not in answer.text
    assert answer.json()["username"] == "li"


def test_me_tells_everything_a_page_needs(hall: Hall) -> None:
    me = log_in(hall).get("/api/me").json()
    csrf = me.pop("csrf")
    assert re.fullmatch("[0-9a-f]{64}", csrf)
    assert me == {
        "username": "li",
        "display_name": "li 姓名",
        "role": "viewer",
        "reach": "area",
        "area": "990101",
        "area_name": "unit 990101",
        "area_name_en": me["area_name_en"],
        "organisation": None,
        "must_change_password": False,
    }
    organisation = hall.ask("SELECT id, code, name, name_en FROM organisation WHERE code = 'water'")[0]
    other = hall.person("wu", reach="organisation", organisation_id=organisation[0]).get("/api/me").json()
    assert other["organisation"] == dict(zip(("code", "name", "name_en"), organisation[1:], strict=True))
    assert (other["area_name"], other["csrf"]) == (None, None)


def test_every_log_in_makes_a_key_of_its_own(hall: Hall) -> None:
    """A session that somebody planted in the browser beforehand is not the one that is logged in."""
    planted = log_in(hall, "mallory")
    victim = hall.client()
    victim.cookies.set(COOKIE, planted.cookies[COOKIE])
    answer = victim.post("/api/auth/session", data=form("li"))
    assert answer.json()["username"] == "li"
    assert planted.cookies[COOKIE] not in answer.headers["set-cookie"]
    assert planted.get("/api/me").json()["username"] == "mallory"


@pytest.mark.parametrize("name", ["li", "nobody"])
def test_lock_out_is_the_same_for_known_and_unknown_names(hall: Hall, name: str) -> None:
    hall.account("li")
    address = place()
    answers = [
        hall.client(number % 2, address).post("/api/auth/token", data=form(name, "wrong"))
        for number in range(PLACE_FAILURES + 2)
    ]
    assert [answer.status_code for answer in answers] == [401] * PLACE_FAILURES + [429] * 2
    assert len({answer.text for answer in answers[:PLACE_FAILURES]}) == 1
    locked = answers[-1]
    assert 0 < int(locked.headers["retry-after"]) <= 900
    assert locked.json()["type"] == "urn:citygrid:problem:too-many-requests"
    assert re.fullmatch(r"too many tries to log in; try again in \d+ s", locked.json()["detail"])
    assert hall.client(1, address).post("/api/auth/session", data=form(name)).status_code == 429
    # The owner elsewhere is not kept out by one attacker.
    elsewhere = hall.client().post("/api/auth/token", data=form(name))
    assert elsewhere.status_code == (200 if name == "li" else 401)


def test_a_forwarded_address_of_a_stranger_is_not_believed(hall: Hall) -> None:
    address = place()
    for number in range(PLACE_FAILURES + 1):
        client = hall.client(0, address)
        headers = {"X-Forwarded-For": f"203.0.{number}.1", "X-Real-IP": f"203.0.{number}.1"}
        answer = client.post("/api/auth/token", data=form("victim", "wrong"), headers=headers)
    assert answer.status_code == 429


def test_what_a_good_log_in_answers_carries_no_password(hall: Hall) -> None:
    browser = log_in(hall)
    for path in ("/api/me", "/api/me/keys"):
        text = browser.get(path).text
        assert PASSWORD not in text
        assert "argon2" not in text
        assert browser.cookies[COOKIE] not in text


class TestCrossSite:
    UNSAFE = ("POST", "/api/me/keys")

    def test_a_change_needs_the_token_of_this_session(self, hall: Hall) -> None:
        browser, other = log_in(hall), log_in(hall, "wu")
        csrf = browser.get("/api/me").json()["csrf"]
        foreign = other.get("/api/me").json()["csrf"]
        body = {"name": "qgis", "days": 1, "scope": "read"}
        for sent in (None, "", "x", foreign, csrf[:-1], csrf.upper(), "é"):
            headers = {} if sent is None else {"X-CSRF-Token": sent.encode()}
            answer = browser.request(*self.UNSAFE, json=body, headers=headers)
            assert answer.status_code == 403, sent
            assert answer.json()["type"] == "urn:citygrid:problem:not-allowed"
        assert browser.request(*self.UNSAFE, json=body, headers={"X-CSRF-Token": csrf}).status_code == 201

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1"},
            {"Origin": "https://{host}"},
            {"Origin": "http://{host}.evil.example"},
            {"Origin": "http://evil@{host}"},
            {"Origin": ""},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "x"},
        ],
    )
    def test_a_page_of_another_origin_changes_nothing(self, hall: Hall, headers: dict[str, str]) -> None:
        browser = log_in(hall)
        host = browser.base_url.netloc.decode()
        csrf = browser.get("/api/me").json()["csrf"]
        sent = {name: value.format(host=host) for name, value in headers.items()} | {"X-CSRF-Token": csrf}
        assert browser.delete("/api/auth/session", headers=sent).status_code == 403
        assert browser.post("/api/auth/session", data=form("li"), headers=sent).status_code == 403
        assert browser.get("/api/me").status_code == 200

    def test_our_own_page_may(self, hall: Hall) -> None:
        browser = log_in(hall)
        csrf = browser.get("/api/me").json()["csrf"]
        own = {"Origin": str(browser.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        assert browser.delete("/api/auth/session", headers={**own, "X-CSRF-Token": csrf}).status_code == 204

    def test_basic_credentials_that_a_browser_remembers_change_nothing_for_other_pages(self, hall) -> None:
        token = hall.key(hall.account("li"))
        client = hall.client()
        client.auth = httpx.BasicAuth("any", token)
        foreign = {"Origin": "https://evil.example"}
        body = {"name": "x", "days": 1}
        assert client.post("/api/me/keys", json=body, headers=foreign).status_code == 403
        assert client.post("/api/me/keys", json=body).status_code == 201

    def test_a_header_wins_over_a_cookie(self, hall: Hall) -> None:
        """What a program sends on purpose needs no token of a page."""
        browser = log_in(hall)
        key = hall.key(hall.account("wu"))
        answer = browser.get("/api/me", headers={"Authorization": f"Bearer {key}"})
        assert answer.json()["username"] == "wu"
        assert answer.json()["csrf"] is None


class TestLogOut:
    def test_the_session_ends_on_every_worker(self, hall: Hall) -> None:
        browser = log_in(hall)
        token = browser.cookies[COOKIE]
        there = hall.client(1, token=token)
        assert there.get("/api/me").status_code == 200
        csrf = browser.get("/api/me").json()["csrf"]
        answer = browser.delete("/api/auth/session", headers={"X-CSRF-Token": csrf})
        assert answer.status_code == 204
        assert answer.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0;")
        until(lambda: there.get("/api/me").status_code != 200)

    def test_an_ended_session_is_taken_out_of_the_browser(self, hall: Hall) -> None:
        browser = hall.client()
        browser.cookies.set(COOKIE, "x" * 43)
        answer = browser.get("/api/me")
        assert answer.status_code == 401
        assert answer.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0;")
        assert hall.client().delete("/api/auth/session").status_code == 401

    def test_only_sessions_log_out(self, hall: Hall) -> None:
        token = hall.key(hall.account("li"), "token")
        client = hall.client(token=token)
        assert client.delete("/api/auth/session").status_code == 404
        assert client.get("/api/me").status_code == 200


def test_a_cookie_takes_nothing_but_a_session(hall: Hall) -> None:
    browser = hall.client()
    for kind, scope in (("token", "all"), ("device", "field")):
        browser.cookies.set(COOKIE, hall.key(hall.account("li"), kind, scope))
        assert browser.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        form("a\0b"),
        form("li", "\0"),
        form("\u202eil"),
        form("li' OR 1=1 --"),
        form("%00"),
        form("😀" * 50),
        {"username": "li"},
        {"password": "x"},
        {},
        form("x" * 201),
        form("li", "x" * 1001),
        form("li", "x" * 1_000_000),
        {"username": ["li", "wu"], "password": "x"},
    ],
)
@pytest.mark.parametrize("path", ["/api/auth/token", "/api/auth/session"])
def test_no_form_is_a_500(hall: Hall, path: str, sent: dict[str, str]) -> None:
    answer = hall.client().post(path, data=sent)
    assert answer.status_code in (400, 401, 413, 429), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("charset", ["utf-7", "raw_unicode_escape", "no-such", "utf-16", "idna", "rot13"])
def test_no_charset_of_a_form_is_a_500(hall: Hall, charset: str) -> None:
    parts = b""
    for name in (b"username", b"password"):
        parts += b'--b\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n\\ud83d+AG\xff\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    answer = hall.client().post("/api/auth/token", content=parts + b"--b--\r\n", headers=headers)
    assert answer.status_code in (400, 401), answer.text


@pytest.mark.slow
def test_a_crowd_at_the_door_keeps_nobody_inside_waiting(hall: Hall) -> None:
    """Hashing is slow on purpose; those who wait for it hold no thread that others need."""
    inside = hall.client(token=hall.key(hall.account("inside")))
    assert inside.get("/api/me").status_code == 200

    def knock(number: int) -> int:
        return hall.client().post("/api/auth/token", data=form(f"crowd{number}", "wrong")).status_code

    with ThreadPoolExecutor(64) as crowd:
        knocking = [crowd.submit(knock, number) for number in range(64)]
        answers = [inside.get("/api/me").status_code for _ in range(20)]
        assert not all(one.done() for one in knocking)
    assert answers == [200] * 20
    assert {one.result() for one in knocking} == {401}


def test_the_open_doors_are_described_as_open(hall: Hall) -> None:
    document = hall.client().get("/api/openapi.json").json()
    assert {"bearer": []} in document["security"]
    for path in ("/api/auth/token", "/api/auth/session"):
        assert document["paths"][path]["post"]["security"] == []
    assert "security" not in document["paths"]["/api/auth/session"]["delete"]

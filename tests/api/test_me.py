"""What everybody may do for themselves: see who they are, change the password, make and revoke keys."""

from __future__ import annotations

import pytest

from tests.api.test_login import COOKIE, form, log_in
from tests.api.town_hall import CITY_ADMINISTRATOR, PASSWORD, Hall
from tests.patience import until

NEW = "Xueyuan-Lu 18"
TOKEN = {"name": "qgis", "days": 30, "scope": "read"}
CHANGE_NEEDED = "urn:citygrid:problem:password-change-needed"


def test_keys_are_listed_with_where_they_are_used(hall: Hall) -> None:
    browser = log_in(hall, "keeper")
    made = {"X-CSRF-Token": browser.get("/api/me").json()["csrf"]}
    token = browser.post("/api/me/keys", json=TOKEN, headers=made).json()
    program = hall.client(1, "127.9.9.9", token["token"])
    program.headers["User-Agent"] = "QGIS \x07 3.44"[:5] + "3.44"
    assert program.get("/api/me").status_code == 200
    keys = program.get("/api/me/keys").json()["keys"]
    assert [(key["kind"], key["name"], key["scope"], key["current"]) for key in keys] == [
        ("token", "qgis", "read", True),
        ("session", "log-in", "all", False),
    ]
    assert (keys[0]["address"], keys[0]["agent"]) == ("127.9.9.9", "QGIS 3.44")
    assert keys[0]["last_used_at"] is not None
    assert set(keys[0]) >= {"id", "created_at", "expires_at"}
    assert "digest" not in str(keys)


def test_a_key_is_shown_once_and_works_for_what_it_is(hall: Hall) -> None:
    session = hall.client(token=hall.key(hall.account("li")))
    answer = session.post("/api/me/keys", json=TOKEN)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert (made["kind"], made["scope"], len(made["token"])) == ("token", "read", 43)
    assert made["token"] not in session.get("/api/me/keys").text
    assert hall.client(token=made["token"]).get("/api/city").status_code in (200, 404)


def test_a_revoked_key_stops_on_the_other_worker_at_once(hall: Hall) -> None:
    session = hall.client(token=hall.key(hall.account("li")))
    made = session.post("/api/me/keys", json=TOKEN).json()
    program = hall.client(1, token=made["token"])
    assert program.get("/api/me").status_code == 200
    assert session.delete(f"/api/me/keys/{made['id']}").status_code == 204
    until(lambda: program.get("/api/me").status_code != 200)
    assert session.delete(f"/api/me/keys/{made['id']}").status_code == 404


def test_an_expired_key_stops_by_itself(hall: Hall) -> None:
    session = hall.client(token=hall.key(hall.account("li")))
    made = session.post("/api/me/keys", json=TOKEN).json()
    program = hall.client(token=made["token"])
    assert program.get("/api/me").status_code == 200
    hall.ask("UPDATE token SET expires_at = now() - interval '1 second' WHERE id = %s", made["id"])
    until(lambda: program.get("/api/me").status_code != 200)


def test_other_peoples_keys_are_not_there(hall: Hall) -> None:
    mine = hall.client(token=hall.key(hall.account("li")))
    foreign = hall.client(token=hall.key(hall.account("wu"))).post("/api/me/keys", json=TOKEN).json()
    nothing = mine.delete(f"/api/me/keys/{2**40}")
    answer = mine.delete(f"/api/me/keys/{foreign['id']}")
    assert (answer.status_code, answer.text) == (404, nothing.text)
    assert hall.client(token=foreign["token"]).get("/api/me").status_code == 200
    assert foreign["id"] not in {key["id"] for key in mine.get("/api/me/keys").json()["keys"]}


@pytest.mark.parametrize(("kind", "scope"), [("token", "all"), ("token", "read"), ("device", "field")])
def test_a_key_that_was_found_makes_no_others(hall: Hall, kind: str, scope: str) -> None:
    """Or one that is about to expire would live for ever, and a limited one make one without limits."""
    client = hall.client(token=hall.key(hall.account("li"), kind, scope))
    assert client.post("/api/me/keys", json={**TOKEN, "scope": "all"}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({**TOKEN, "account_id": 1}, "account_id"),
        ({**TOKEN, "kind": "session"}, "kind"),
        ({**TOKEN, "token": "x" * 43}, "token"),
        ({**TOKEN, "quota_per_minute": 9}, "quota_per_minute"),
        ({**TOKEN, "days": 0}, "days"),
        ({**TOKEN, "days": 731}, "days"),
        ({**TOKEN, "days": 10**30}, "days"),
        ({**TOKEN, "days": "30"}, "days"),
        ({**TOKEN, "days": True}, "days"),
        ({**TOKEN, "scope": "system"}, "scope"),
        ({**TOKEN, "name": ""}, "name"),
        ({**TOKEN, "name": "x" * 101}, "name"),
        ({"days": 1}, "name"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_key_is_refused_by_the_field_that_is_wrong(hall: Hall, sent, where: str) -> None:
    answer = hall.client(token=hall.key(hall.account("li"))).post("/api/me/keys", json=sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == where


@pytest.mark.parametrize("name", ["a\0b", "\ud83d", "🗺" * 50, "' OR 1=1 --"])
def test_no_name_of_a_key_is_a_500(hall: Hall, name: str) -> None:
    import json

    client = hall.client(token=hall.key(hall.account("li")))
    body = json.dumps({**TOKEN, "name": name})
    answer = client.post("/api/me/keys", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 400), answer.text


def test_there_is_an_end_to_keys(hall: Hall) -> None:
    account = hall.account("hoarder")
    session = hall.client(token=hall.key(account))
    hall.ask(
        "INSERT INTO token (digest, account_id, kind, scope, name, expires_at)"
        " SELECT sha256(n::text::bytea), %s, 'token', 'all', 'x', now() + interval '1 day'"
        " FROM generate_series(1, 99) AS n",
        account,
    )
    assert session.post("/api/me/keys", json=TOKEN).status_code == 409


class TestPassword:
    def test_it_changes_with_the_old_one_and_ends_other_sessions(self, hall: Hall) -> None:
        browser, other = log_in(hall, "changer"), hall.client(1)
        account = hall.ask("SELECT id FROM account WHERE username = 'changer'")[0][0]
        other.headers["Authorization"] = f"Bearer {hall.key(account)}"
        qgis = hall.client(token=hall.key(account, "token", "read"))
        assert other.get("/api/me").status_code == 200
        csrf = {"X-CSRF-Token": browser.get("/api/me").json()["csrf"]}
        wrong = browser.post("/api/me/password", json={"old": "wrong", "new": NEW}, headers=csrf)
        assert wrong.status_code == 400
        assert wrong.json()["errors"] == [{"where": "old", "reason": "is not the password"}]
        done = browser.post("/api/me/password", json={"old": PASSWORD, "new": NEW}, headers=csrf)
        assert done.status_code == 204
        until(lambda: other.get("/api/me").status_code != 200)
        assert browser.get("/api/me").status_code == 200
        assert qgis.get("/api/me").status_code == 200
        assert hall.client().post("/api/auth/token", data=form("changer")).status_code == 401
        assert hall.client().post("/api/auth/token", data=form("changer", NEW)).status_code == 200

    @pytest.mark.parametrize(
        ("sent", "where"),
        [
            ({"old": PASSWORD, "new": "short"}, "new"),
            ({"old": PASSWORD, "new": "Password123!"}, "new"),
            ({"old": PASSWORD, "new": PASSWORD}, "new"),
            ({"old": PASSWORD, "new": "Weak.Li-2026"}, "new"),
            ({"old": PASSWORD, "new": "x" * 1001}, "new"),
            ({"old": PASSWORD, "new": None}, "new"),
            ({"old": PASSWORD}, "new"),
            ({"old": PASSWORD, "new": NEW, "username": "admin"}, "username"),
        ],
    )
    def test_a_bad_one_is_refused_by_its_field(self, hall: Hall, sent, where: str) -> None:
        answer = hall.person("weak.li").post("/api/me/password", json=sent)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["where"] == where
        assert PASSWORD not in answer.text
        assert "Weak.Li-2026" not in answer.text

    def test_a_one_time_password_opens_nothing_but_its_change(self, hall: Hall) -> None:
        chief = hall.person("chief", **CITY_ADMINISTRATOR)
        account = hall.account("newcomer")
        device = hall.client(token=hall.key(account, "device", "field"))
        once = chief.post(f"/api/accounts/{account}/password").json()["password"]
        browser = hall.client()
        me = browser.post("/api/auth/session", data=form("newcomer", once)).json()
        assert me["must_change_password"] is True
        csrf = {"X-CSRF-Token": me["csrf"]}
        for method, path in [
            ("GET", "/api/city"),
            ("GET", "/api/layers"),
            ("GET", "/api/grids/locate?lon=116&lat=40"),
            ("GET", "/tiles/grids/10/843/387.mvt"),
            ("GET", "/ogc/collections"),
            ("GET", "/api/accounts"),
            ("GET", "/api/meetings"),
            ("POST", "/api/me/../accounts"),
        ]:
            answer = browser.request(method, path, headers=csrf)
            assert (answer.status_code, answer.json()["type"]) == (403, CHANGE_NEEDED), path
        assert browser.get("/api/me/keys").status_code == 200
        assert browser.post("/api/me/keys", json=TOKEN, headers=csrf).json()["type"] == CHANGE_NEEDED
        # A phone in the field does not fall silent for it.
        assert device.get("/api/me").json()["must_change_password"] is False
        sent = {"old": once, "new": NEW}
        assert browser.post("/api/me/password", json=sent, headers=csrf).status_code == 204
        until(lambda: browser.get("/api/layers").status_code == 200)
        assert hall.client().post("/api/auth/token", data=form("newcomer", once)).status_code == 401

    def test_the_session_is_not_in_the_answer(self, hall: Hall) -> None:
        browser = log_in(hall)
        assert browser.cookies[COOKIE] not in browser.get("/api/me").text

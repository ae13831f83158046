"""What limited keys open, and what they do not."""

from __future__ import annotations

import pytest

from api.scopes import READING_POSTS, check_scope
from spatial.errors import Forbidden, PasswordChangeNeeded
from spatial.rights.reader import Reader
from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall


def reader(scope: str, must_change: bool = False) -> Reader:
    return Reader(1, "li", "李", "viewer", scope=scope, must_change_password=must_change)


def may(scope: str, method: str, path: str, must_change: bool = False) -> bool:
    try:
        check_scope({"method": method, "path": path}, reader(scope, must_change))
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE", "get"])
@pytest.mark.parametrize(
    "path", ["/api/me/keys", "/api/events", "/ogc/collections/x/items", "/api/grids/locate/"]
)
def test_a_reading_key_changes_nothing(method: str, path: str) -> None:
    assert not may("read", method, path)
    assert may("all", method, path)


def test_a_reading_key_asks_long_questions() -> None:
    assert all(may("read", "POST", path) for path in READING_POSTS)
    assert may("read", "POST", "/api/addresses/reverse")
    assert may("read", "POST", "/api/lifeline/networks/water/traces")
    assert not may("read", "POST", "/api/lifeline/networks")
    assert may("read", "POST", "/api/lifeline/alarm-rules/7/replay")
    assert may("read", "POST", "/api/lifeline/alarms/7/assess")
    assert may("read", "POST", "/api/lifeline/networks/town/complaints")
    assert not may("read", "POST", "/api/lifeline/alarm-rules")
    assert not may("read", "POST", "/api/lifeline/alarms/7/acknowledge")
    assert not may("read", "POST", "/api/lifeline/networks/imports/1/confirm")
    assert not may("read", "PUT", "/api/grids/locate")
    assert may("read", "GET", "/anything")


@pytest.mark.parametrize(
    ("method", "path", "good"),
    [
        ("POST", "/api/fixes", True),
        ("POST", "/api/fixes/osmand", True),
        ("GET", "/api/fixes/osmand", True),
        ("GET", "/api/me", True),
        ("GET", "/api/me/keys", True),
        ("GET", "/api/grids/locate", True),
        ("POST", "/api/grids/locate", True),
        ("DELETE", "/api/auth/session", True),
        ("POST", "/api/me/keys", False),
        ("POST", "/api/me/password", False),
        ("DELETE", "/api/me/keys/1", False),
        ("GET", "/api/fixesandmore", False),
        ("GET", "/api/meetings", False),
        ("GET", "/api/grids/locate2", False),
        ("GET", "/api/city", False),
        ("GET", "/tiles/grids/1/1/1.mvt", False),
        ("GET", "/ogc/collections", False),
        ("GET", "/API/ME", False),
        ("GET", "//api/me", False),
    ],
)
def test_a_field_key_opens_its_doors(method: str, path: str, good: bool) -> None:
    assert may("field", method, path) == good


def test_an_unknown_scope_opens_nothing() -> None:
    assert not may("", "GET", "/api/me")
    assert not may("everything", "GET", "/api/me")


def test_before_the_password_is_changed_only_its_doors_are_open() -> None:
    assert may("all", "POST", "/api/me/password", must_change=True)
    assert may("all", "GET", "/api/me", must_change=True)
    assert may("all", "DELETE", "/api/auth/session", must_change=True)
    with pytest.raises(PasswordChangeNeeded):
        check_scope({"method": "GET", "path": "/api/mess"}, reader("all", must_change=True))


def test_limited_keys_at_the_real_doors(hall: Hall) -> None:
    chief = hall.account("scoped", **CITY_ADMINISTRATOR)
    reading = hall.client(token=hall.key(chief, "token", "read"))
    assert reading.get("/api/accounts").status_code == 200
    assert reading.post("/api/grids/locate", json={"points": []}).status_code in (200, 400)
    for method, path in [
        ("POST", "/api/accounts"),
        ("PATCH", f"/api/accounts/{chief}"),
        ("POST", f"/api/accounts/{chief}/password"),
        ("PUT", "/api/layers/events/grants"),
        ("DELETE", "/api/me/keys/1"),
    ]:
        assert reading.request(method, path, json={}).status_code == 403
    street = hall.account("scoped2", **STREET_ADMINISTRATOR)
    field = hall.client(token=hall.key(street, "device", "field"))
    assert field.get("/api/me").status_code == 200
    assert field.get("/api/grids/locate?lon=116&lat=40").status_code == 200
    for path in ("/api/accounts", "/api/layers", "/ogc", "/tiles/grids/10/843/387.mvt"):
        assert field.get(path).status_code == 403

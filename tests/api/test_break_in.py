"""The break-in list: what somebody with a small account, or none, would try first."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import connect
from spatial.rights.rules import RULES
from spatial.settings import Settings
from tests.api.leaks.eyes import Eyes
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, STREETS, rows_of

INJECTIONS = (
    "' OR '1'='1", "'; DROP TABLE event; --", "1 OR 1=1", "%' OR unit_code LIKE '%", "$$ OR true $$",
    "1); SELECT set_config('role','citygrid_system',true); --", "\\' OR 1=1 --",
    "x' UNION SELECT password_hash FROM account --",
    "{}", "%(id)s", "%s%s%s", "\x00", "＇ OR 1=1", "citygrid.role", "' || pg_sleep(9) || '", "*/ OR 1=1 /*",
)  # fmt: skip


@pytest.fixture(scope="module")
def street(
    town_url: str, as_app: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Eyes]:
    """The administrator of street 1, who tries."""
    with connect(town_url) as owner:
        reader, token = hire(owner)["administrator of street 1"]
    with connect(town_url) as owner:
        rows = {rule.table: list(rows_of(owner, rule.table)) for rule in RULES}
    app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(town_url))
    with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
        yield Eyes("street 1", reader, client, token, rows)


FOREIGN = tuple(grid for grid in GRIDS if not grid.startswith(STREETS[0]))


def no_foreign(text: str) -> bool:
    """Tell whether an answer names nothing of the other street."""
    return not any(grid in text for grid in FOREIGN) and STREETS[1] not in text


@pytest.mark.parametrize("layer", ["events", "places", "components", "grids"])
@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_every_filter_of_items(street: Eyes, layer: str, text: str) -> None:
    page = street.get(f"/ogc/collections/{layer}")
    names = [row["name"] for row in _fields(street, layer)]
    asked: list[dict[str, str]] = [{name: text} for name in names]
    asked += [{"sortby": text}, {"properties": text}, {"limit": text}, {"offset": text}, {"bbox": text}]
    asked += [{"datetime": text}, {"filter": text}, {"crs": text}, {text: "1"}]
    assert page
    for parameters in asked:
        answer = street.ask("GET", f"/ogc/collections/{layer}/items", params=parameters)
        assert answer.status_code in (200, 400), (parameters, answer.status_code)
        assert no_foreign(answer.text), parameters
        if answer.status_code == 200 and next(iter(parameters)) in names:
            assert answer.json()["numberMatched"] == 0, parameters
    assert street.problems == []


def _fields(street: Eyes, layer: str) -> list[dict[str, Any]]:
    return [
        {"name": name}
        for name in street.get(f"/ogc/collections/{layer}/queryables")["properties"]
        if name != "geometry"
    ]


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_paths_and_parameters(street: Eyes, text: str) -> None:
    from urllib.parse import quote

    part = quote(text, safe="")
    for path in (
        f"/ogc/collections/{part}/items", f"/ogc/collections/events/items/{part}", f"/tiles/{part}/1/1/1.mvt",
        f"/api/events/{part}", f"/api/layers/{part}/extent", f"/api/search?q={part}",
        f"/api/grids/locate?lon=116.3&lat=39.9&coverage={part}", f"/api/grids/locate?lon={part}&lat=39.9",
        f"/api/grids/locate?lon=116.3&lat=39.9&at={part}", f"/api/accounts?after={part}",
        f"/api/layers/{part}/grants", f"/api/accounts/{part}",
    ):  # fmt: skip
        answer = street.ask("GET", path)
        assert answer.status_code in (200, 400, 403, 404), (path, answer.status_code)
        assert no_foreign(answer.text), path
    assert street.problems == []


def test_sql_in_the_log_in(street: Eyes) -> None:
    for text in INJECTIONS[:6]:
        answer = street.client.post("/api/auth/token", data={"username": text, "password": text})
        assert answer.status_code in (400, 401, 429)


def _unsigned(claims: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def test_a_token_signed_by_nobody_opens_nothing(street: Eyes) -> None:
    claims = {"sub": "administrator of the city", "role": "district_administrator", "exp": 9_999_999_999}
    for token in (_unsigned(claims), _unsigned(claims) + "AAAA", "null", "undefined", "Bearer", "a" * 43):
        for header in (f"Bearer {token}", "Basic " + base64.b64encode(f"x:{token}".encode()).decode()):
            answer = street.client.get("/api/me", headers={"Authorization": header})
            assert answer.status_code == 401


def test_nobody_names_themselves_by_a_header(street: Eyes) -> None:
    for name in ("x-reader", "x-user", "x-forwarded-user", "remote-user", "x-citygrid-role", "x-test-reader"):
        assert street.client.get("/api/me", headers={name: "administrator of the city"}).status_code == 401


def test_more_than_was_asked_for_is_refused(street: Eyes) -> None:
    """Mass assignment: a body may carry what the route knows, and no role, reach or key beside it."""
    account = {"username": "new", "display_name": "n", "role": "viewer", "reach": "area", "area": STREETS[0]}
    for more in (
        {"id": 1}, {"password_hash": "x"}, {"disabled": False, "is_admin": True}, {"created_by": 1},
        {"scope": "all"}, {"__proto__": {}}, {"must_change_password": False},
    ):  # fmt: skip
        answer = street.ask("POST", "/api/accounts", json={**account, **more})
        assert answer.status_code == 400, (more, answer.text)
        assert any(name in answer.text for name in more)
    password = {"old": "a", "new": "b", "role": "x"}
    assert street.ask("POST", "/api/me/password", json=password).status_code == 400
    key = {"name": "k", "days": 1, "scope": "read", "account_id": 1}
    assert street.ask("POST", "/api/me/keys", json=key).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"role": "district_administrator"},
        {"role": "commander"},
        {"role": "system"},
        {"reach": "city", "area": None},
        *({"area": area} for area in (STREETS[1], GRIDS[7], "990101", "", STREETS[0][:-1])),
    ],
)
def test_a_street_gives_nothing_that_it_does_not_have(street: Eyes, more: dict[str, Any]) -> None:
    account = {"username": "new", "display_name": "n", "role": "viewer", "reach": "area", "area": STREETS[0]}
    answer = street.ask("POST", "/api/accounts", json={**account, **more})
    assert answer.status_code in (400, 403, 404), answer.text
    assert all(row["username"] != "new" for row in _accounts(street))


def _accounts(street: Eyes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = street.get("/api/accounts?limit=500")["accounts"]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../../etc/passwd", "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%252e%252e/%252e%252e/etc/passwd", "/ogc/static/../../../../etc/passwd",
        "/ogc/static/..%2f..%2fconfig.py", "/assets//etc/passwd", "/assets/....//....//etc/passwd",
        "/tiles/../api/accounts/1/1/1.mvt",
    ],
)  # fmt: skip
def test_no_path_leaves_its_folder(street: Eyes, path: str) -> None:
    answer = street.ask("GET", path)
    assert answer.status_code in (400, 401, 404)
    assert "root:" not in answer.text


def test_a_method_hidden_in_a_header_does_nothing(street: Eyes) -> None:
    key = street.reader.key_id
    for name in ("x-http-method-override", "x-method-override", "x-http-method"):
        street.ask("GET", f"/api/me/keys/{key}", headers={name: "DELETE"})
    assert street.ask("GET", "/api/me").status_code == 200

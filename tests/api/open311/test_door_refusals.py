"""What the Open311 door refuses: wrong requests and questions, and whoever has no key or right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from spatial.settings import Settings
from tests.api.exchange import Exchange
from tests.api.open311.door import Json, form, post, shown
from tests.api.town_hall import CITY_ADMINISTRATOR
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, STREETS, middle


@pytest.mark.parametrize(
    ("given", "status", "word"),
    [
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "99999"}, 404, "service_code"),
        ({"service_code": "a\u0000"}, 404, "service_code"),
        ({"lat": None}, 400, "lat"),
        ({"lat": None, "long": None}, 400, "location"),
        ({"lat": "NaN"}, 400, "lat"),
        ({"lat": "91"}, 400, "lat"),
        ({"lat": "31", "long": "123"}, 400, "long"),
        ({"lat": ["1", "2"]}, 400, "lat"),
        ({"lat": None, "long": None, "address_id": "999999999"}, 400, "address_id"),
        ({"lat": None, "long": None, "address_id": "x"}, 400, "address_id"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"description": "a\u0000b"}, 400, "description"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"attribute[urgency]": "panic"}, 400, "urgency"),
        ({"attribute[occurred_at]": "yesterday"}, 400, "occurred_at"),
        ({"attribute[occurred_at]": "2999-01-01T00:00:00Z"}, 400, "future"),
        ({"attribute[component]": "none"}, 400, "component"),
        ({"attribute[x]": "y" * 30_000}, 400, "attributes"),
        ({"phone": "138****1111"}, 400, "phone"),
    ],
)
def test_a_wrong_request_is_answered_as_the_wiki_has_it(
    chief: TestClient, given: Json, status: int, word: str
) -> None:
    answer = post(chief, **given)
    assert answer.status_code == status, answer.text
    assert {each["code"] for each in answer.json()} == {status}
    assert word in answer.json()[0]["description"]
    root = ElementTree.fromstring(post(chief, "xml", **given).content)
    assert (root.tag, root[0].tag, root.findtext("error/code")) == ("errors", "error", str(status))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("requests.json?status=lost", 400),
        ("requests.json?start_date=soon", 400),
        ("requests.json?start_date=2021-01-01T00:00:00Z&end_date=2021-12-31T00:00:00Z", 400),
        ("requests.json?start_date=9999-12-31T00:00:00Z", 400),
        ("requests.json?page=0", 400),
        ("requests.json?page_size=1001", 400),
        ("requests.json?service_code=" + ",".join(["x"] * 300), 400),
        ("requests.json?" + "&".join(f"a{n}=1" for n in range(600)), 400),
        ("requests.json?status=%ff", 400),
        ("requests/none.json", 404),
        ("requests/%00.json", 404),
        ("services/none.json", 404),
        ("tokens.json", 404),
        ("services/a/b/c.json", 404),
        ("nothing.json", 404),
        ("requests.html", 404),
        ("requests", 404),
        ("discovery.html", 404),
    ],
)
def test_a_wrong_question_is_answered_with_errors(chief: TestClient, path: str, status: int) -> None:
    answer = chief.get(f"/open311/v2/{path}")
    assert answer.status_code == status, answer.text
    assert str(status) in answer.text


def test_other_methods_and_bodies_are_refused(chief: TestClient) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = chief.request(method, "/open311/v2/requests.json")
        assert (answer.status_code, answer.json()[0]["code"]) == (405, 405)
        assert answer.headers["allow"] == "GET, POST"
    assert chief.post("/open311/v2/requests.json", json=form()).status_code == 400
    assert chief.post("/open311/v2/requests.json", content=b"x" * 300_000).status_code == 413
    bad = {"content-type": "application/x-www-form-urlencoded"}
    assert chief.post("/open311/v2/requests.json", content=b"a=\xff", headers=bad).status_code == 400
    head = chief.head("/open311/v2/services.xml")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/xml; charset=utf-8")


# ---- Keys and rights


def test_every_call_needs_a_key_however_it_is_sent(exchange: Exchange, stranger: TestClient) -> None:
    key = exchange.hall.key(exchange.hall.account("partner", **CITY_ADMINISTRATOR), "token")
    for path in ("services", f"services/{MATTER}", "requests", "discovery", "tokens/x", "nothing"):
        for ending in ("xml", "json"):
            answer = stranger.get(f"/open311/v2/{path}.{ending}")
            assert (answer.status_code, "api_key" in answer.text) == (403, True)
            wrong = stranger.get(f"/open311/v2/{path}.{ending}", params={"api_key": "x" * len(key)})
            assert wrong.status_code == 403
    assert stranger.post("/open311/v2/requests.json", data=form()).json()[0]["code"] == 403
    assert stranger.get("/open311/v2/services.json", params={"api_key": key}).status_code == 200
    assert stranger.get("/open311/v2/services.json", auth=("anybody", key)).status_code == 200
    assert stranger.post("/open311/v2/requests.json", data=form(api_key=key)).status_code == 200
    reading = exchange.hall.key(exchange.hall.account("partner", **CITY_ADMINISTRATOR), "token", "read")
    refused = stranger.post("/open311/v2/requests.json", data=form(api_key=reading))
    assert (refused.status_code, refused.json()[0]["description"]) == (
        403,
        "this key may read, and change nothing",
    )


def test_a_key_shows_what_its_account_sees(exchange: Exchange, chief: TestClient) -> None:
    foreign = exchange.report(chief, GRIDS[-1])
    no = exchange.ask("SELECT no FROM event WHERE id = %s", foreign)[0][0]
    street = exchange.person("street", role="street_administrator", reach="area", area=STREETS[0])
    assert no in {each["service_request_id"] for each in shown(chief)}
    assert no not in {each["service_request_id"] for each in shown(street)}
    missing = street.get("/open311/v2/requests/none.json").text
    assert street.get(f"/open311/v2/requests/{no}.json").text.replace(no, "none") == missing
    lon, lat = middle(GRIDS[-1])
    assert "responsible" in post(street, lat=lat, long=lon).json()[0]["description"]
    viewer = exchange.person("viewer", role="viewer", reach="city")
    assert (post(viewer).status_code, len(shown(viewer))) == (403, len(shown(chief)))


def test_another_jurisdiction_is_not_found(
    exchange: Exchange, as_app: Callable[[str], str], tmp_path: Path, chief: TestClient
) -> None:
    from api.app import create_app

    settings = Settings(home=tmp_path, open311_jurisdiction="haidian.example")
    with TestClient(create_app(settings, as_app(exchange.hall.url))) as client:
        client.headers["authorization"] = chief.headers["authorization"]
        for given, status in (
            ({}, 200),
            ({"jurisdiction_id": "haidian.example"}, 200),
            ({"jurisdiction_id": "x"}, 404),
        ):
            answer = client.get("/open311/v2/services.json", params=given)
            assert answer.status_code == status
        assert "jurisdiction_id 'x' was not found" in answer.json()[0]["description"]

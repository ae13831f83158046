"""Who keeps an office, what it is told, and what cannot be set up."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from spatial.database import Database
from tests.api.exchange import Exchange
from tests.api.open311.offices import Json, dispatched, office, states, worked
from tests.api.open311.town import Town
from tests.spatial.rights.town import GRIDS, STREETS, middle


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"name": "a/b"}, "name"),
        ({"organisation_id": 999_999}, "organisation_id"),
        ({"url": "ftp://x"}, "url"),
        ({"url": "https://user:pass@x.invalid"}, "url"),
        ({"options": {}}, "options.services"),
        ({"options": {"services": {"01": ""}}}, "options.services.01"),
        ({"options": {"services": {"01": "x"}, "format": "yaml"}}, "options.format"),
        ({"options": {"services": {"01": "x"}, "attributes": {"fields": {"a": {"path": "b"}}}}},
         "options.attributes.fields.a.path"),
        ({"options": {"services": {"01": "x"}, "more": 1}}, "options.more"),
    ],
)  # fmt: skip
def test_a_wrong_office_is_refused_at_its_place(
    exchange: Exchange, chief: TestClient, given: Json, where: str
) -> None:
    sent = {
        "name": "wrong", "organisation_id": exchange.hall.organisation("water"), "url": "https://x.invalid/v2",
        "options": {"services": {"01": "x"}}, **given,
    }  # fmt: skip
    answer = chief.post("/api/offices", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, where)


def test_keys_of_offices_stay_inside_and_go_nowhere_else(
    exchange: Exchange, chief: TestClient, town: Town
) -> None:
    office(exchange, chief, town, "sealed")
    assert "secret-of-theirs" not in chief.get("/api/offices/sealed").text
    sealed = bytes(exchange.ask("SELECT key_cipher FROM office WHERE name = 'sealed'")[0][0])
    assert b"secret-of-theirs" not in sealed
    assert chief.patch("/api/offices/sealed", json={"url": f"{town.url}/"}).status_code == 200
    assert exchange.ask("SELECT key_cipher IS NULL FROM office WHERE name = 'sealed'") == [(False,)]
    chief.patch("/api/offices/sealed", json={"url": "https://elsewhere.invalid/v2"})
    assert exchange.ask("SELECT key_cipher IS NULL FROM office WHERE name = 'sealed'") == [(True,)]
    assert chief.delete("/api/offices/sealed").status_code == 204


def test_an_office_whose_keeper_is_gone_rests(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    keeper = exchange.person("keeper", role="district_administrator", reach="city")
    organisation = office(exchange, keeper, town, "left")
    dispatched(exchange, chief, organisation)
    exchange.ask("UPDATE account SET disabled = true WHERE username = 'keeper'")
    worked(exchange, database)
    shown = chief.get("/api/offices/left").json()
    assert (shown["state"], "disabled" in shown["why"], town.posted) == ("paused", True, [])
    assert chief.patch("/api/offices/left", json={"take_over": True, "state": "active"}).status_code == 200
    worked(exchange, database)
    assert len(town.posted) == 1


def test_an_office_is_handed_no_more_than_its_keeper_sees(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    keeper = exchange.person("near", role="district_administrator", reach="area", area=STREETS[0])
    organisation = office(exchange, keeper, town, "near")
    inside = dispatched(exchange, chief, organisation)
    lon, lat = middle(GRIDS[-1])
    outside = dispatched(exchange, chief, organisation, lon=lon, lat=lat)
    worked(exchange, database)
    assert (states(chief, inside), states(chief, outside), len(town.posted)) == (["sent"], [], 1)

"""Who may read a layer, over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.api.town_hall import Hall
from tests.patience import until
from tests.spatial.rights.town import DISTRICT


def test_a_layer_is_given_to_some_and_taken_back(hall: Hall, chief: httpx.Client) -> None:
    account, water = hall.account("grantee"), hall.organisation()
    path, key = "/api/layers/events/grants", hall.key(account)
    assert chief.get(path).json() == {"audience": "all", "accounts": [], "organisations": []}
    before = hall.client(1, token=key)
    wanted = {"audience": "granted", "accounts": [account, account], "organisations": [water]}
    written = chief.put(path, json=wanted)
    assert written.json() == {**wanted, "accounts": [account]}
    assert chief.put(path, json=wanted).status_code == 200
    assert chief.get(path).json() == written.json()
    assert chief.get(f"/api/accounts/{account}").json()["layers"] == ["events"]
    until(lambda: "events" in names(before))
    stranger = hall.person("not.granted")
    until(lambda: "events" not in names(stranger))
    chief.put(path, json={"audience": "all"})
    assert chief.get(path).json() == {"audience": "all", "accounts": [], "organisations": []}
    until(lambda: "events" in names(stranger))


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({}, "audience"),
        ({"audience": "some"}, "audience"),
        ({"audience": "granted", "accounts": [2**40]}, "accounts"),
        ({"audience": "granted", "organisations": [2**40]}, "organisations"),
        ({"audience": "granted", "accounts": ["1"]}, "accounts.0"),
        ({"audience": "granted", "accounts": [1] * 1001}, "accounts"),
        ({"audience": "granted", "layers": []}, "layers"),
    ],
)
def test_a_wrong_grant_is_refused_by_its_field(chief, sent: dict, where: str) -> None:
    answer = chief.put("/api/layers/events/grants", json=sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == where
    assert chief.get("/api/layers/events/grants").json()["audience"] == "all"


def test_there_must_be_such_a_layer(chief: httpx.Client) -> None:
    for layer in ("nothing", "%00", "' OR true --", "x" * 5000, "🗺"):
        assert chief.get(f"/api/layers/{layer}/grants").status_code in (400, 404)
        answer = chief.put(f"/api/layers/{layer}/grants", json={"audience": "all"})
        assert answer.status_code in (400, 404)


def test_over_an_area_nobody_grants(hall: Hall, street: httpx.Client) -> None:
    district = hall.person("district", role="district_administrator", reach="area", area=DISTRICT)
    for client in (street, district):
        assert client.get("/api/layers/events/grants").status_code == 403
        assert client.put("/api/layers/events/grants", json={"audience": "all"}).status_code == 403


def names(client: httpx.Client) -> set[str]:
    """Name the layers that somebody is shown."""
    answer = client.get("/api/layers").json()
    return {layer["name"] for layer in answer["layers"]}

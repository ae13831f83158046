"""A device of somebody else, and one that there is not, are answered alike: names cannot be tried out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.fixes.phones import Phone, overland, own, phone_of, stored, traccar_client, walk
from tests.api.town_hall import STREET_ADMINISTRATOR, Hall
from tests.spatial.rights.town import GRIDS

JSON = "application/json"
FOREIGN = GRIDS[-1]
"""Called so is a device of a worker of the other street."""


@pytest.fixture(scope="module")
def street(own_hall: Hall) -> Phone:
    """The key of an administrator of the first street."""
    account = own_hall.account("street 1", **STREET_ADMINISTRATOR)
    return Phone(own_hall.client(), own_hall.key(account, "device", "field"), "street 1", 0)


def answers(phone: Phone, name: str) -> list[Any]:
    """Send as a device of this name by three doors; the name itself is left out of what comes back."""
    cab = walk(1)[0]
    found = [
        phone.client.post("/api/fixes", json={**own([cab]), "device": name}, headers=phone.bearer),
        phone.post("/api/fixes/overland", json.dumps(overland([cab], name)), JSON, **phone.bearer),
        phone.post(f"/api/fixes/osmand/{phone.token}", traccar_client(cab, name), JSON),
    ]
    return [(each.status_code, each.text.replace(name, "…")) for each in found]


def test_an_administrator_of_one_street_learns_nothing_of_another(own_hall: Hall, street: Phone) -> None:
    own_hall.ask(
        "INSERT INTO device (protocol, identity, state, account_id) SELECT p, identity, state, account_id"
        " FROM device, unnest(ARRAY['overland', 'osmand']) AS p WHERE identity = %s",
        FOREIGN,
    )
    before = stored(own_hall, FOREIGN)
    for _ in range(2):
        assert answers(street, FOREIGN) == answers(street, "nobody-has-this")
    assert stored(own_hall, FOREIGN) == before


def test_nor_does_a_worker_and_sends_as_nobody_else(own_hall: Hall) -> None:
    worker = phone_of(own_hall, "walker")
    before = stored(own_hall, FOREIGN)
    assert answers(worker, FOREIGN) == answers(worker, "nobody-has-that")
    assert stored(own_hall, FOREIGN) == before
    assert {row[11] for row in stored(own_hall, f"walker/{FOREIGN}")} == {worker.mover}

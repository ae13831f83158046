"""Responsible units over HTTP: a list for everybody, changed by administrators of the whole city."""

from __future__ import annotations

import httpx

from tests.api.town_hall import Hall
from tests.spatial.rights.town import DISTRICT

NEW = {"code": "heat", "name": "热力公司", "name_en": "Heating company", "kind": "state_company"}


def test_the_chief_makes_and_changes_them(hall: Hall, chief: httpx.Client) -> None:
    made = chief.post("/api/organisations", json=NEW)
    assert made.status_code == 201
    assert chief.post("/api/organisations", json=NEW).status_code == 409
    path = f"/api/organisations/{made.json()['id']}"
    changed = chief.patch(path, json={"name": "热力集团"}).json()
    assert changed == {**NEW, "name": "热力集团", "id": made.json()["id"]}
    assert changed in hall.person("reads").get("/api/organisations").json()["organisations"]
    assert chief.patch(f"/api/organisations/{2**40}", json={"name": "x"}).status_code == 404
    for sent in ({"code": "x"}, {"generated": True}, {"id": 1}, {"name": None}, {"name": ""}):
        answer = chief.patch(path, json=sent)
        assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, *sent)


def test_others_do_not(hall: Hall, street: httpx.Client) -> None:
    district = hall.person("district", role="district_administrator", reach="area", area=DISTRICT)
    for client in (street, district):
        assert client.post("/api/organisations", json=NEW).status_code == 403
        path = f"/api/organisations/{hall.organisation()}"
        assert client.patch(path, json={"name": "x"}).status_code == 403

"""What a change of an account does to those who are inside with it, and the keys of its devices."""

from __future__ import annotations

import httpx
import pytest

from tests.api.test_login import form
from tests.api.town_hall import PASSWORD, STREET_ADMINISTRATOR, Hall
from tests.patience import until
from tests.spatial.rights.town import GRIDS, STREETS


def test_a_disabled_account_stops_at_once_and_comes_back(hall: Hall, chief: httpx.Client) -> None:
    account = hall.account("stoppable")
    client = hall.client(1, token=hall.key(account))
    assert client.get("/api/me").status_code == 200
    assert chief.patch(f"/api/accounts/{account}", json={"disabled": True}).json()["disabled"] is True
    until(lambda: client.get("/api/me").status_code != 200)
    assert hall.client().post("/api/auth/token", data=form("stoppable")).status_code == 401
    chief.patch(f"/api/accounts/{account}", json={"disabled": False})
    until(lambda: client.get("/api/me").status_code == 200)


def test_a_changed_role_holds_on_every_worker_at_once(hall: Hall, chief: httpx.Client) -> None:
    account = hall.account("promoted", **STREET_ADMINISTRATOR)
    client = hall.client(1, token=hall.key(account))
    assert client.get("/api/accounts").status_code == 200
    chief.patch(f"/api/accounts/{account}", json={"role": "viewer"})
    until(lambda: client.get("/api/accounts").status_code == 403)


def test_a_reset_password_ends_sessions_and_tokens(hall: Hall, chief: httpx.Client) -> None:
    account = hall.account("forgetful")
    clients = [hall.client(1, token=hall.key(account, kind)) for kind in ("session", "token")]
    answer = chief.post(f"/api/accounts/{account}/password")
    assert answer.status_code == 200
    for client in clients:
        until(lambda client=client: client.get("/api/me").status_code != 200)
    assert hall.client().post("/api/auth/token", data=form("forgetful", PASSWORD)).status_code == 401
    once = form("forgetful", answer.json()["password"])
    assert hall.client().post("/api/auth/token", data=once).status_code == 200


class TestDeviceKeys:
    def test_they_are_for_people_in_the_field(self, hall: Hall, street: httpx.Client) -> None:
        nobody = hall.account("office", area=STREETS[0])
        assert street.post(f"/api/accounts/{nobody}/keys", json={"name": "phone"}).status_code == 409
        worker = hall.ask("SELECT id FROM worker WHERE code = %s", f"W{GRIDS[0]}")[0][0]
        account = hall.account("field", role="field_worker", area=GRIDS[0], worker_id=worker)
        sent = {"name": "phone", "days": 30, "quota_per_minute": 600}
        made = street.post(f"/api/accounts/{account}/keys", json=sent)
        assert made.status_code == 201
        phone = hall.client(1, token=made.json()["token"])
        assert phone.get("/api/me").json()["username"] == "field"
        assert phone.get("/api/layers").status_code == 403
        listed = street.get(f"/api/accounts/{account}/keys").json()["keys"]
        assert [(key["kind"], key["name"], key["quota_per_minute"]) for key in listed] == [
            ("device", "phone", 600)
        ]
        key = f"/api/accounts/{account}/keys/{made.json()['id']}"
        assert street.delete(key.replace(str(account), str(nobody), 1)).status_code == 404
        assert street.delete(key).status_code == 204
        until(lambda: phone.get("/api/me").status_code != 200)
        assert street.delete(key).status_code == 404

    @pytest.mark.parametrize(
        ("sent", "where"),
        [
            ({"name": "x", "scope": "all"}, "scope"),
            ({"name": "x", "kind": "token"}, "kind"),
            ({"name": "x", "quota_per_minute": 0}, "quota_per_minute"),
            ({"name": "x", "days": 100_000}, "days"),
        ],
    )
    def test_they_are_no_other_keys(self, chief: httpx.Client, sent: dict, where: str) -> None:
        answer = chief.post("/api/accounts/1/keys", json=sent)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["where"] == where

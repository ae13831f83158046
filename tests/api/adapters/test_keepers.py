"""Who may send to an adapter and who keeps one, and what cannot be set up.

Messages are signed by `standardwebhooks` and by plain hmac: neither shares code with ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from spatial.database import connect
from tests.api.adapters.sending import MAPPING, Json, make, message, send
from tests.api.exchange import Exchange
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, middle


def test_signed_messages_need_no_key_and_nothing_else_does(
    exchange: Exchange, chief: TestClient, stranger: TestClient
) -> None:
    secret = make(chief, options={"signature": {"scheme": "standard-webhooks"}})["secret"]
    assert secret.startswith("whsec_")
    body, now = json.dumps(message("signed")), datetime.now(UTC)

    def sent(key: str, at: datetime = now, text: str = body, name: str = "roads") -> int:
        headers = {
            "webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(key).sign("msg_1", at, body), "content-type": "application/json",
        }  # fmt: skip
        return int(stranger.post(f"/api/adapters/{name}/reports", content=text, headers=headers).status_code)

    wrong = "whsec_" + base64.b64encode(bytes(32)).decode()
    assert sent(secret) == 201
    # A replayed signature is the same report.
    assert sent(secret) == 200
    assert sent(wrong) == 401
    assert sent(secret, text=body + " ") == 401
    assert sent(secret, now - timedelta(minutes=6)) == 401
    assert sent(secret, now + timedelta(minutes=6)) == 401
    assert sent(secret, name="nowhere") == 401
    assert send(stranger, message()).status_code == 401
    assert stranger.get("/api/adapters/roads").status_code == 401
    assert exchange.ask("SELECT count(*) FROM event WHERE external_id = 'roads:T-signed'") == [(1,)]
    # Two secrets are good for a day.
    newer = chief.post("/api/adapters/roads/secret", json={}).json()["secret"]
    assert (sent(newer), sent(secret)) == (200, 200)
    with connect(exchange.hall.url) as owner:
        owner.execute("UPDATE adapter SET old_secret_until = now() - interval '1 second'")
    assert (sent(newer), sent(secret)) == (200, 401)
    # With the rights of the owner: who is gone has none.
    exchange.ask("UPDATE account SET disabled = true WHERE username = 'chief'")
    try:
        assert sent(newer) == 401
    finally:
        exchange.ask("UPDATE account SET disabled = false WHERE username = 'chief'")


@pytest.mark.parametrize(
    ("scheme", "sign"),
    [
        (
            {"header": "x-hub-signature-256", "prefix": "sha256="},
            lambda key, body, at: {
                "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()},
        ),
        (
            {"header": "x-sign", "encoding": "base64", "algorithm": "sha512", "timestamp": "x-time",
             "content": "{timestamp}.{body}"},
            lambda key, body, at: {"X-Time": str(int(at)), "X-Sign": base64.b64encode(
                hmac.new(key, f"{int(at)}.".encode() + body, hashlib.sha512).digest()).decode()},
        ),
    ],
    ids=["hub", "timed"],
)  # fmt: skip
def test_plain_hmacs_are_checked_as_they_are_set_up(
    chief: TestClient, stranger: TestClient, scheme: Json, sign: Any
) -> None:
    key = "0123456789abcdef-partner"
    make(chief, options={"signature": {"scheme": "hmac", **scheme}}, secret=key)
    name = f"hmac {scheme['header']}"
    body, now = json.dumps(message(name)).encode(), datetime.now(UTC).timestamp()

    def status(key: str, text: bytes = body, at: float = now) -> int:
        headers = {**sign(key.encode(), body, at), "content-type": "application/json"}
        return int(stranger.post("/api/adapters/roads/reports", content=text, headers=headers).status_code)

    assert (status(key), status(key)) == (201, 200)
    assert (status(key + "x"), status(key, body + b" ")) == (401, 401)
    assert status(key, at=now - 400) == (401 if "timestamp" in scheme else 200)


def test_another_scheme_needs_a_secret_that_goes_with_it(
    exchange: Exchange, chief: TestClient, stranger: TestClient
) -> None:
    plain = {"signature": {"scheme": "hmac", "header": "x-sign"}}
    standard = {"signature": {"scheme": "standard-webhooks"}}
    make(chief, options=plain, secret="0123456789abcdef-partner")
    body, now = json.dumps(message("schemes")), datetime.now(UTC)
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body), "content-type": "application/json",
    }  # fmt: skip

    def status() -> int:
        answer = stranger.post("/api/adapters/roads/reports", content=body, headers=headers)
        return int(answer.status_code)

    answer = chief.patch("/api/adapters/roads", json={"options": standard})
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "options.signature.scheme")
    # Were it kept all the same, a signature would be no better for it.
    exchange.ask("UPDATE adapter SET options = %s", json.dumps(standard))
    assert status() == 401
    exchange.ask("UPDATE adapter SET options = %s", json.dumps(plain))
    assert chief.post("/api/adapters/roads/secret", json={"secret": secret}).status_code == 200
    assert chief.patch("/api/adapters/roads", json={"options": standard}).status_code == 200
    # The secret before is good for a day more, and of no use here.
    assert (status(), status()) == (201, 200)
    headers["webhook-signature"] = "v1,AAAA"
    assert status() == 401


def test_adapters_of_all_count(
    chief: TestClient, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatial.partners.adapters.store.MOST", 1)
    make(chief)
    near = exchange.person("near", role="district_administrator", reach="area", area=DISTRICT)
    answer = near.post("/api/adapters", json={"name": "mine", "source": "app", "mapping": MAPPING})
    assert answer.status_code == 409


def test_a_key_takes_in_no_more_than_its_account_may(exchange: Exchange, chief: TestClient) -> None:
    make(chief)
    street = exchange.person("street", role="street_administrator", reach="area", area=STREETS[0])
    assert send(street, message("own")).status_code == 201
    lon, lat = middle(GRIDS[-1])
    answer = send(street, message("foreign", x=lon, y=lat))
    assert (
        answer.json()["results"][0]["errors"][0]["reason"]
        == "is not in the area that you are responsible for"
    )
    viewer = exchange.person("viewer", role="viewer", reach="city")
    assert send(viewer, message("v")).status_code == 403
    for person in (street, viewer):
        assert person.get("/api/adapters").json() == {"adapters": []}
        assert person.get("/api/adapters/roads").status_code == 404
        assert person.get("/api/adapters/roads/refused").status_code == 404
        assert person.post("/api/adapters/roads/check", json=message()).status_code == 404
        sent = {"name": "mine", "source": "app", "mapping": MAPPING}
        assert person.post("/api/adapters", json=sent).status_code == 403
    # A district administrator of an area keeps adapters of the own area's, and sees no other.
    near = exchange.person("near", role="district_administrator", reach="area", area=DISTRICT)
    assert (
        near.post("/api/adapters", json={"name": "mine", "source": "app", "mapping": MAPPING}).status_code
        == 201
    )
    assert [each["name"] for each in near.get("/api/adapters").json()["adapters"]] == ["mine"]
    assert near.delete("/api/adapters/roads").status_code == 404


def test_a_paused_adapter_takes_nothing(chief: TestClient) -> None:
    make(chief)
    assert chief.patch("/api/adapters/roads", json={"state": "paused"}).json()["why"] == "paused by hand"
    assert send(chief, message("paused")).status_code == 403
    chief.patch("/api/adapters/roads", json={"state": "active"})
    assert send(chief, message("paused")).status_code == 201


# ---- What is wrong with an adapter


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"name": "inspection"}, "name"),
        ({"source": "rumour"}, "source"),
        ({"mapping": {"fields": {"category": "$.a"}}}, "mapping.fields.external_id"),
        ({"mapping": {"fields": {"external_id": "$.a", "unit_code": "$.b"}}}, "mapping.fields.unit_code"),
        ({"mapping": {"fields": {"external_id": "$.a", "source": "$.b"}}}, "mapping.fields.source"),
        ({"mapping": {"fields": {"external_id": "a"}}}, "mapping.fields.external_id.path"),
        ({"mapping": {"fields": {"external_id": {"const": "\0"}}}}, "mapping"),
        ({"options": {"signature": {"scheme": "rot13"}}}, "options.signature.scheme"),
        ({"options": {"signature": {"scheme": "hmac", "header": "Cookie"}}}, "options.signature.header"),
        ({"options": {"signature": {"scheme": "hmac", "header": "x", "content": "x"}}},
         "options.signature.content"),
        ({"options": {"signature": {"scheme": "hmac", "header": "x"}}, "secret": "short"}, "secret"),
        ({"options": {"signature": {"scheme": "standard-webhooks"}}, "secret": "whsec_x"}, "secret"),
        ({"secret": "0123456789abcdef0"}, "secret"),
        ({"options": {"what": 1}}, "options.what"),
        ({"kind": "open311", "options": {"url": "https://gis.invalid", "most_rows": 0}}, "options.most_rows"),
        ({"kind": "open311", "options": {"url": "file:///etc/passwd"}}, "options.url"),
        ({"kind": "open311"}, "options.url"),
    ],
)  # fmt: skip
def test_a_wrong_adapter_is_refused_at_its_place(chief: TestClient, given: Json, where: str) -> None:
    sent = {"name": "roads", "source": "hotline", "mapping": MAPPING, **given}
    answer = chief.post("/api/adapters", json=sent)
    assert answer.status_code == 400, answer.text
    assert where in [problem["where"] for problem in answer.json()["errors"]]
    assert chief.get("/api/adapters").json() == {"adapters": []}


def test_names_are_unique_and_secrets_stay_inside(exchange: Exchange, chief: TestClient) -> None:
    made = make(chief, options={"signature": {"scheme": "standard-webhooks"}})
    sent = {"name": "roads", "source": "app", "mapping": MAPPING}
    assert chief.post("/api/adapters", json=sent).status_code == 409
    for path in ("/api/adapters", "/api/adapters/roads"):
        assert made["secret"] not in chief.get(path).text
        assert "cipher" not in chief.get(path).text
    sealed = exchange.ask("SELECT secret_cipher FROM adapter")[0][0]
    assert made["secret"].encode() not in bytes(sealed)
    assert chief.delete("/api/adapters/roads").status_code == 204
    assert chief.get("/api/adapters/roads").status_code == 404

"""Personal data through HTTP: masked, in clear for a reason, and on record whatever a client does."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from spatial.database import connect
from spatial.rights.personal import CLASSIFIED
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.patience import until
from tests.spatial.rights.town import GRIDS, STREETS
from tests.spatial.rights.vault import seal_everybody

REASON = "call back about the ticket"


@dataclass(frozen=True)
class People:
    """The hall, and what its people are called in truth."""

    hall: Hall
    clear: dict[tuple[str, int], dict[str, str]]

    def one(self, relation: str = "worker", street: str = STREETS[0]) -> int:
        """Give the key of a row in a street."""
        table = {"worker": "worker", "reporter": "event"}[relation]
        statement = f"SELECT min(id) FROM {table} WHERE unit_code LIKE %s"  # noqa: S608
        return int(self.hall.ask(statement, f"{street}%")[0][0])

    def entries(self, action: str = "reveal") -> list[tuple[Any, ...]]:
        """Read what the audit log has of this."""
        return self.hall.ask(
            "SELECT username, address, request, relation, row_key, after ->> 'field', reason FROM audit"
            " WHERE action = %s ORDER BY id",
            action,
        )


@pytest.fixture(scope="module")
def people(hall: Hall) -> People:
    with connect(hall.url) as connection:
        return People(hall, seal_everybody(connection, hall.master))


@pytest.fixture(autouse=True)
def _new_hour(people: People) -> Iterator[None]:
    yield
    people.hall.ask("DELETE FROM clear_read")


def reveal(client: httpx.Client, key: int, **sent: Any) -> httpx.Response:
    return client.post(f"/api/workers/{key}/reveal", json={"field": "phone", "reason": REASON, **sent})


def test_a_worker_and_a_reporter_are_shown_masked(people: People, street: httpx.Client) -> None:
    worker, event = people.one(), people.one("reporter")
    shown = street.get(f"/api/workers/{worker}")
    assert shown.headers["cache-control"] == "no-store"
    assert (shown.json()["name"], shown.json()["phone"]) == ("欧阳**", "139****0000")
    reporter = street.get(f"/api/events/{event}/reporter").json()
    assert reporter["id_number"] == "110***********0000"
    assert reporter["address"] == "知春路**号"
    assert not [name for name in {**shown.json(), **reporter} if name.endswith(("_cipher", "_digest"))]


def test_clear_text_for_a_reason_is_on_record_with_who_and_where_from(
    people: People, street: httpx.Client
) -> None:
    key, before = people.one(), len(people.entries())
    answer = reveal(street, key)
    assert answer.json() == {"field": "phone", "value": people.clear["worker", key]["phone"]}
    assert answer.headers["cache-control"] == "no-store"
    (entry,) = people.entries()[before:]
    assert (entry[0], *entry[3:]) == ("street", "worker", str(key), "phone", REASON)
    assert entry[1].startswith("127.")
    assert entry[2]


def test_every_attribute_of_a_reporter(people: People, street: httpx.Client) -> None:
    event = people.one("reporter")
    for field in CLASSIFIED["reporter"].columns:
        sent = {"field": field, "reason": REASON}
        answer = street.post(f"/api/events/{event}/reporter/reveal", json=sent)
        assert answer.json() == {"field": field, "value": people.clear["reporter", event][field]}


def test_foreign_rows_answer_like_none(people: People, street: httpx.Client) -> None:
    foreign = people.one(street=STREETS[1])
    for path in ("/api/workers/{}", "/api/events/{}/reporter"):
        answers = [street.get(path.format(key)) for key in (foreign, 10**12)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({re.sub(r"'\d+'", "?", answer.text) for answer in answers}) == 1
    answers = [reveal(street, key) for key in (foreign, 10**12)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({re.sub(r"'\d+'", "?", answer.text) for answer in answers}) == 1


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_who_only_looks_has_no_clear_text(people: People, hall: Hall, role: str) -> None:
    client, before = hall.person(role, role=role, reach="city"), len(people.entries())
    event = people.one("reporter")
    assert client.get(f"/api/events/{event}/reporter").json()["phone"] == "010-****0000"
    sent = {"field": "phone", "reason": REASON}
    assert client.post(f"/api/events/{event}/reporter/reveal", json=sent).status_code == 403
    assert reveal(client, people.one()).status_code == 403
    sent = {"relation": "worker", "field": "phone", "value": "13910000000"}
    assert client.post("/api/personal/search", json=sent).status_code == 403
    assert len(people.entries()) == before


@pytest.mark.parametrize("scope", ["read", "field"])
def test_a_narrow_key_has_no_clear_text(people: People, hall: Hall, scope: str) -> None:
    account = hall.account("chief", **CITY_ADMINISTRATOR)
    token = hall.key(account, "device" if scope == "field" else "token", scope)
    assert reveal(hall.client(token=token), people.one()).status_code == 403


def test_a_stranger_gets_nothing(people: People, hall: Hall) -> None:
    for method, path in (("GET", "/api/workers/1"), ("POST", "/api/workers/1/reveal"),
                         ("POST", "/api/personal/search")):  # fmt: skip
        assert hall.client().request(method, path, json={}).status_code == 401


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "    "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": None}, "reason"),
        ({"field": "phone_cipher"}, "field"),
        ({"field": "id_number"}, "field"),
        ({"field": ["phone"]}, "field"),
        ({"account_id": 1}, "account_id"),
        ({"action": "search"}, "action"),
    ],
)
def test_wrong_bodies_are_refused_by_field(
    people: People, chief: httpx.Client, sent: dict[str, Any], where: str
) -> None:
    answer = reveal(chief, people.one(), **sent)
    assert answer.status_code == 400
    assert {error["where"] for error in answer.json()["errors"]} == {where}


@pytest.mark.parametrize(
    "reason", ["nul \0 in it", "surrogate \ud800 alone", "'; DROP TABLE audit; --", "原因很充分"]
)
def test_strange_reasons_end_well(people: People, chief: httpx.Client, reason: str) -> None:
    body = json.dumps({"field": "phone", "reason": reason}).encode()
    path = f"/api/workers/{people.one()}/reveal"
    answer = chief.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert people.entries()[-1][-1] == reason


def test_a_search_finds_masks(people: People, street: httpx.Client) -> None:
    key = people.one()
    sent = {"relation": "worker", "field": "phone", "value": "139 1000 0000"}
    answer = street.post("/api/personal/search", json=sent)
    assert [(row["id"], row["phone"]) for row in answer.json()["matches"]] == [(key, "139****0000")]
    foreign = people.clear["worker", people.one(street=STREETS[1])]["phone"]
    for value in (foreign, "13999999999"):
        assert street.post("/api/personal/search", json={**sent, "value": value}).json() == {"matches": []}
    assert [entry[3:] for entry in people.entries("search")[-3:]] == [("worker", None, "phone", None)] * 3


def test_the_sixty_first_within_an_hour_waits(people: People, hall: Hall, chief: httpx.Client) -> None:
    key = people.one()
    for number in range(60):
        answer = reveal(chief, key)
        assert answer.status_code == 200, (number, answer.text)
    answer = reveal(chief, key)
    assert answer.status_code == 429
    assert 3000 < int(answer.headers["retry-after"]) <= 3600
    assert answer.json()["title"] == "Too many requests"
    sent = {"relation": "worker", "field": "phone", "value": "1"}
    assert chief.post("/api/personal/search", json=sent).status_code == 429
    assert reveal(hall.person("other chief", **CITY_ADMINISTRATOR), key).status_code == 200


def test_a_client_that_hangs_up_has_still_read_on_record(people: People, hall: Hall) -> None:
    """Gone while the server is about to write the record: it is written all the same."""
    key, account = people.one(), hall.account("gone", **CITY_ADMINISTRATOR)
    body = json.dumps({"field": "phone", "reason": "gone before the answer"}).encode()
    address = urlsplit(hall.workers[0])
    head = (
        f"POST /api/workers/{key}/reveal HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {hall.key(account)}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with connect(hall.url, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(hashtext('citygrid.clear_read'), hashint8(%s))", [account])
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.sendall(head.encode() + body)
            until(lambda: hall.ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
    until(lambda: [entry for entry in people.entries() if entry[-1] == "gone before the answer"])
    (entry,) = [entry for entry in people.entries() if entry[-1] == "gone before the answer"]
    assert (entry[0], *entry[3:6]) == ("gone", "worker", str(key), "phone")


def test_what_is_wrong_with_a_key_is_not_told_to_clients(
    people: People, hall: Hall, chief: httpx.Client
) -> None:
    key = people.one()
    sealed = hall.ask("SELECT phone_cipher FROM worker WHERE id = %s", key)[0][0]
    hall.ask("UPDATE worker SET phone_cipher = name_cipher WHERE id = %s", key)
    answers = [reveal(chief, key)]
    hall.ask("UPDATE worker SET phone_cipher = %s WHERE id = %s", sealed, key)
    aside = hall.master.rename(hall.master.with_name("aside"))
    try:
        answers.append(reveal(chief, key))
    finally:
        aside.rename(hall.master)
    for answer in answers:
        assert answer.status_code == 503
        assert str(hall.master.parent) not in answer.text
        assert "changed" not in answer.text
    assert reveal(chief, key).status_code == 200


def test_a_duty_person_is_masked_and_can_be_asked_for(
    people: People, chief: httpx.Client, hall: Hall
) -> None:
    from tests.spatial.rights.town import middle

    lon, lat = middle(GRIDS[0])
    hall.ask("UPDATE worker SET on_duty = true WHERE unit_code = %s RETURNING id", GRIDS[0])

    def on_duty() -> Any:
        answer = chief.get(f"/api/grids/locate?lon={lon}&lat={lat}").json()
        return answer["assignments"][0]["duty"]["person"]

    until(on_duty)
    person = on_duty()
    assert "*" in person["name"] and "*" in person["phone"]
    value = reveal(chief, person["worker_id"]).json()["value"]
    assert value == people.clear["worker", person["worker_id"]]["phone"]

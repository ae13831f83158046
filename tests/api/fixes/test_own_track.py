"""With somebody's own key nobody writes into another's track, whoever had the phone when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import device_book
from api.device_book import DeviceBook
from spatial.database import Database
from spatial.patrols.senders import Sender
from spatial.rights.reader import Reader
from tests.api.fixes.phones import Phone, phone_of, stored
from tests.api.fixes.test_answers import refusals
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall


def fixes(*hours: float) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [{"time": (now - timedelta(hours=ago)).isoformat(), "lon": 116.3, "lat": 39.9} for ago in hours]


def send(phone: Phone, *hours: float) -> Any:
    sent = {"device": "passed on", "fixes": fixes(*hours)}
    answer = phone.client.post("/api/fixes", json=sent, headers=phone.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_phone_that_is_handed_on_tells_of_each_by_their_own_key_alone(own_hall: Hall) -> None:
    first, second = phone_of(own_hall, "first", worker=1), phone_of(own_hall, "second", worker=2)
    assert send(first, 5, 4)["new"] == 2
    (number,) = own_hall.ask("SELECT id FROM device WHERE identity = 'passed on'")[0]
    chief = own_hall.client(token=own_hall.key(own_hall.account("hands on", **CITY_ADMINISTRATOR)))
    given = chief.post(
        f"/api/devices/{number}/carriers",
        json={"mover": second.mover, "since": (datetime.now(UTC) - timedelta(hours=2)).isoformat()},
    )
    assert given.status_code == 200, given.text
    told = send(second, 3, 1)
    assert (told["new"], told["refused"]) == (1, {"another's": 1})
    assert refusals(own_hall, "passed on") == {"another's": 1}
    assert [row[11] for row in stored(own_hall, "passed on")] == [first.mover] * 2 + [second.mover]
    send(first, 0.5)
    assert [row[11] for row in stored(own_hall, "passed on")] == [first.mover] * 2 + [second.mover]


def test_a_full_book_begins_anew(
    monkeypatch: pytest.MonkeyPatch, own_hall: Hall, as_app: Callable[[str], str]
) -> None:
    monkeypatch.setattr(device_book, "MOST", 3)
    phone = phone_of(own_hall, "bookish", worker=3)
    account, worker = own_hall.ask("SELECT id, worker_id FROM account WHERE username = 'bookish'")[0]
    reader = Reader(account, "bookish", "*", "field_worker", worker_id=worker)
    database = Database(as_app(own_hall.url), pool_size=2)
    database.open()
    try:
        book = DeviceBook(database, own_hall.master)
        found: list[Sender] = []
        for name in "abcde":
            found.extend(book.find(reader, "own", [name]))
            assert book.remembered(reader, "own", [name]) == (found[-1],), "the last ones are remembered"
        assert book.remembered(reader, "own", ["a"]) is None
        assert {each.only for each in found} == {phone.mover}
        both = book.find(reader, "own", ["a", "e"])
        assert [each.identity for each in both] == ["a", "e"]
    finally:
        database.close()

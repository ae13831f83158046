"""Another city's server is read: its requests become events once, whatever it leaves out or does wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.open311_jobs import Puller
from spatial.database import Database, session
from spatial.partners.open311.pull import HEEDLESS
from spatial.rights.reader import SYSTEM
from tests.api.exchange import Exchange
from tests.api.open311.town import Town
from tests.patience import until
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, middle

Json = dict[str, Any]
LON, LAT = middle(GRIDS[0])
DAY = datetime(2024, 5, 1, 12, tzinfo=UTC)


def follow(chief: TestClient, town: Town, name: str, **options: Any) -> Json:
    """Set an adapter up that reads a town."""
    sent = {
        "name": name, "kind": "open311", "source": "internet", "categories": {"006": MATTER},
        "secret": "secret-of-theirs",
        "options": {"url": town.url, "since": "2024-04-01T00:00:00Z", **options},
    }  # fmt: skip
    answer = chief.post("/api/adapters", json=sent)
    assert answer.status_code == 201, answer.text
    assert "secret-of-theirs" not in chief.get("/api/adapters").text
    return dict(answer.json())


def pulled(exchange: Exchange, database: Database, name: str, puller: Puller | None = None) -> Json:
    """Do what the job process does for one adapter; gives how it did."""
    exchange.ask("UPDATE adapter_pace SET next_at = now()")
    puller = puller or Puller(exchange.settings)
    with session(database, SYSTEM) as connection:
        due = puller.claim(connection)
    assert due is not None and due.adapter.name == name
    puller.work(database, due)
    statement = (
        "SELECT read_until, failures, last_error, taken, known, refused"
        " FROM adapter_pace JOIN adapter AS a ON a.id = adapter_id WHERE a.name = %s"
    )
    columns = ("read_until", "failures", "last_error", "taken", "known", "refused")
    return dict(zip(columns, exchange.ask(statement, name)[0], strict=True))


def events_of(exchange: Exchange, name: str) -> int:
    return int(exchange.ask("SELECT count(*) FROM event WHERE external_id LIKE %s", f"{name}:%")[0][0])


@pytest.mark.parametrize("form", ["xml", "json"])
def test_requests_of_another_city_become_events_once(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, form: str
) -> None:
    for number in range(1, 8):
        town.add(number, DAY + timedelta(minutes=number), lat=LAT, long=LON, description="坑 <&> \n deep")
    name = f"other-{form}"
    follow(chief, town, name, format=form, jurisdiction_id="other.city")
    told = pulled(exchange, database, name)
    assert chief.get(f"/api/adapters/{name}/refused").json()["refused"] == []
    assert (told["failures"], told["taken"], told["last_error"]) == (0, 7, None)
    event = exchange.ask("SELECT id FROM event WHERE external_id = %s", f"{name}:3")[0][0]
    shown = chief.get(f"/api/events/{event}").json()
    assert (shown["title"], shown["description"]) == ("Pothole", "坑 <&> \n deep")
    assert datetime.fromisoformat(shown["occurred_at"]) == DAY + timedelta(minutes=3)
    assert shown["attributes"]["open311_status"] == "open"
    assert all("jurisdiction_id=other.city" in each for each in town.asked)
    # Read again, also what was entered late: nothing twice, nothing missed.
    town.add(8, datetime.now(UTC) - timedelta(hours=20), lat=LAT, long=LON)
    told = pulled(exchange, database, name)
    assert (told["taken"], events_of(exchange, name)) == (8, 8)
    town.add(9, datetime.now(UTC) - timedelta(hours=30), lat=LAT, long=LON)
    told = pulled(exchange, database, name)
    assert (told["taken"], events_of(exchange, name)) == (9, 9)


@pytest.mark.parametrize("limit", [1000, 50, 7])
def test_a_server_that_cuts_its_answers_short_loses_us_nothing(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, limit: int
) -> None:
    """Of a limit of 50 nobody told us; of 7 the keeper has."""
    count = {1000: 2_300, 50: 330, 7: 60}[limit]
    town.most_rows = limit
    for number in range(count):
        # Bursts: hundreds within minutes, then nothing for days.
        at = DAY + timedelta(days=number // 150, seconds=number % 150)
        town.add(number, at, lat=LAT, long=LON)
    name = f"busy-{limit}"
    follow(chief, town, name, **({"most_rows": 7} if limit == 7 else {}))
    told = pulled(exchange, database, name)
    assert (told["failures"], told["last_error"]) == (0, None)
    assert (told["taken"], events_of(exchange, name)) == (count, count)


def test_a_server_that_passes_dates_over_is_not_asked_for_ever(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    """It gives a round number, so it is asked in halves; the same comes for any of them."""
    for number in range(100):
        town.add(f"heedless {number}", DAY, lat=LAT, long=LON)
    town.heedless = True
    follow(chief, town, "heedless")
    told = pulled(exchange, database, "heedless")
    assert (told["failures"], told["last_error"], told["taken"]) == (0, HEEDLESS, 100)
    assert len(town.asked) < 100
    assert datetime.now(UTC) - told["read_until"] < timedelta(hours=1)


def test_a_turn_ends_and_the_next_one_goes_on_where_it_stopped(
    exchange: Exchange, chief: TestClient, database: Database, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when more lies within the overlap than one turn reads."""
    monkeypatch.setattr("api.open311_jobs.MOST_QUESTIONS", 5)
    town.most_rows = 7
    for number in range(40):
        town.add(number, DAY + timedelta(minutes=number), lat=LAT, long=LON)
    follow(chief, town, "turns", most_rows=7, overlap_hours=2160)
    puller, turns = Puller(exchange.settings), 0
    while events_of(exchange, "turns") < 40:
        before = len(town.asked)
        told = pulled(exchange, database, "turns", puller)
        assert (told["failures"], len(town.asked) - before) == (0, 5)
        turns += 1
    assert turns > 2
    soon = exchange.ask("SELECT next_at < now() + interval '2 minutes' FROM adapter_pace")
    assert soon == [(True,)]
    # Changed meanwhile, it is read by what it is now.
    address = "UPDATE adapter SET options = options || %s::jsonb, changed_at = now()"
    exchange.ask(address, '{"service_code": "006"}')
    pulled(exchange, database, "turns", puller)
    assert "service_code=006" in town.asked[-1]


def test_what_was_read_before_a_fault_is_kept(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    for number in range(4):
        town.add(number, DAY + timedelta(days=100 * number), lat=LAT, long=LON)
    follow(chief, town, "faulty")
    asked = iter([None, "reset", None, None, 500])
    town.trouble = lambda _method, _path: next(asked, None)
    told = pulled(exchange, database, "faulty")
    assert (told["failures"], events_of(exchange, "faulty")) == (1, 1)
    until_then = told["read_until"]
    assert "breaks off" in told["last_error"]
    told = pulled(exchange, database, "faulty")
    assert (told["failures"], "500: told to fail" in told["last_error"]) == (2, True)
    assert told["read_until"] >= until_then
    told = pulled(exchange, database, "faulty")
    assert (told["failures"], told["last_error"], events_of(exchange, "faulty")) == (0, None, 4)


def test_wrong_keys_bombs_and_strange_answers_are_noted(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    follow(chief, town, "strange")
    town.key = "another"
    assert "Invalid api_key" in pulled(exchange, database, "strange")["last_error"]
    assert "secret-of-theirs" not in chief.get("/api/adapters/strange").text
    town.key = None
    town.add(1, DAY, lat=LAT, long=LON, description="&" * 10)
    town.add(2, DAY, lat="north", long=LON)
    town.add(3, DAY, lat=LAT, long=LON, service_code="unknown")
    town.add(4, datetime.now(UTC) + timedelta(days=2), lat=LAT, long=LON)
    town.add("x" * 500, DAY, lat=LAT, long=LON)
    told = pulled(exchange, database, "strange")
    assert (told["failures"], told["taken"], told["refused"]) == (0, 1, 3)
    # Read again, it is the same refusal, and no second event.
    told = pulled(exchange, database, "strange")
    waiting = chief.get("/api/adapters/strange/refused").json()["refused"]
    assert len(waiting) <= 3
    assert events_of(exchange, "strange") == 1


def test_a_redirect_or_a_private_address_is_not_followed(
    exchange: Exchange, chief: TestClient, database: Database, town: Town
) -> None:
    follow(chief, town, "moved")
    town.trouble = lambda _method, _path: 302
    assert "answers 302" in pulled(exchange, database, "moved")["last_error"]
    closed = replace(exchange.settings, external_networks=())
    exchange.ask("UPDATE adapter_pace SET next_at = now()")
    puller = Puller(closed)
    with session(database, SYSTEM) as connection:
        due = puller.claim(connection)
    assert due is not None
    before = len(town.asked)
    puller.work(database, due)
    assert (len(town.asked), exchange.ask("SELECT failures FROM adapter_pace")) == (before, [(2,)])


def test_another_host_is_not_told_the_key(exchange: Exchange, chief: TestClient, town: Town) -> None:
    follow(chief, town, "key")
    options = {"url": "https://elsewhere.invalid/v2"}
    assert chief.patch("/api/adapters/key", json={"options": options}).status_code == 200
    assert exchange.ask("SELECT secret_cipher FROM adapter") == [(None,)]


def test_the_job_process_asks_by_itself(exchange: Exchange, chief: TestClient, town: Town) -> None:
    town.add("auto", datetime.now(UTC) - timedelta(hours=1), lat=LAT, long=LON)
    with Puller(exchange.settings):
        follow(chief, town, "auto")
        until(lambda: events_of(exchange, "auto") == 1)
        town.add("auto-2", datetime.now(UTC) - timedelta(hours=1), lat=LAT, long=LON)
        assert chief.post("/api/adapters/auto/ask").status_code == 202
        until(lambda: events_of(exchange, "auto") == 2)
    names = "SELECT external_id FROM event WHERE external_id LIKE 'auto:%%' ORDER BY external_id"
    assert exchange.ask(names) == [("auto:auto",), ("auto:auto-2",)]
    assert exchange.ask("SELECT failures, last_error FROM adapter_pace") == [(0, None)]

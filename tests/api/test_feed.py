"""The feed over HTTP: everybody's own part of it, in order, without gaps, and soon."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from starlette.testclient import TestClient

from spatial.database import connect
from tests.api.exchange import Exchange, open_exchange
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.patience import until
from tests.servers import serving
from tests.spatial.rights.town import GRIDS, STREETS, build

Json = dict[str, Any]


@pytest.fixture(scope="module")
def exchange(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Exchange]:
    with open_exchange(make_city, as_app, tmp_path_factory.mktemp("exchange"), master_key) as opened:
        yield opened


@pytest.fixture
def chief(exchange: Exchange) -> TestClient:
    return exchange.person("chief")


def now(exchange: Exchange, client: TestClient) -> str:
    exchange.told()
    return str(client.get("/api/feed", params={"cursor": "now"}).headers["citygrid-cursor"])


def read(client: TestClient, cursor: str, **asked: Any) -> Json:
    answer = client.get(
        "/api/feed", params={"cursor": cursor, **asked}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def subjects(page: Json) -> list[str]:
    return [each["subject"] for each in page["events"]]


def test_a_batch_is_one_of_cloud_events(exchange: Exchange, chief: TestClient) -> None:
    start = now(exchange, chief)
    event = exchange.report(chief)
    exchange.step(chief, event)
    exchange.told()
    answer = chief.get("/api/feed", params={"cursor": start})
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    said = [JSONFormat().read(None, json.dumps(each)) for each in answer.json()]
    assert [each.get_type() for each in said] == ["org.citygrid.event.report", "org.citygrid.event.supervise"]
    assert {each.get_subject() for each in said} == {f"events/{event}"}
    following = answer.headers["link"].removeprefix("<").partition(">")[0]
    assert chief.get(following).json() == []
    assert answer.headers["citygrid-more"] == "false"


def test_pages_hold_everything_once_in_one_order(exchange: Exchange, chief: TestClient) -> None:
    start = now(exchange, chief)
    events = [exchange.report(chief, grid) for grid in GRIDS]
    for event in events:
        exchange.step(chief, event)
    exchange.told()
    whole = read(chief, start, limit=1000)
    cursor, pages = start, []
    for _ in range(40):
        page = read(chief, cursor, limit=3)
        cursor = page["cursor"]
        pages += page["events"]
        if not page["more"]:
            break
    assert pages == whole["events"]
    assert len(pages) == 2 * len(events)
    assert read(chief, "beginning", limit=1000)["events"][-len(pages) :] == pages


def test_a_street_hears_of_its_own_events_and_the_cursor_moves_on(
    exchange: Exchange, chief: TestClient
) -> None:
    street = exchange.person("street", role="street_administrator", reach="area", area=STREETS[0])
    start = now(exchange, street)
    theirs = [exchange.report(chief, grid) for grid in GRIDS[4:]]
    exchange.told()
    nothing = read(street, start)
    assert nothing["events"] == []
    assert nothing["cursor"] != start
    mine = exchange.report(chief, GRIDS[0])
    exchange.told()
    assert subjects(read(street, nothing["cursor"])) == [f"events/{mine}"]
    assert subjects(read(street, start)) == [f"events/{mine}"]
    assert len(subjects(read(chief, start))) == len(theirs) + 1


def test_small_pages_of_a_street_end_at_its_own_last_event(exchange: Exchange, chief: TestClient) -> None:
    street = exchange.person("street", role="street_administrator", reach="area", area=STREETS[0])
    start = now(exchange, chief)
    mine = []
    for number in range(6):
        exchange.report(chief, GRIDS[4 + number % 4])
        mine.append(f"events/{exchange.report(chief, GRIDS[number % 4])}")
    exchange.told()
    cursor, found = start, []
    for _ in range(20):
        page = read(street, cursor, limit=1)
        found += subjects(page)
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert found == mine


def test_an_organisation_hears_of_what_was_dispatched_to_it_wherever_it_lies(
    exchange: Exchange, chief: TestClient
) -> None:
    water = exchange.hall.organisation("water")
    desk = exchange.person("desk", role="viewer", reach="organisation", organisation_id=water)
    start = now(exchange, desk)
    event = exchange.report(chief, GRIDS[3])
    exchange.ask("UPDATE event SET organisation_id = NULL WHERE id = %s", event)
    exchange.told()
    assert read(desk, start)["events"] == []
    exchange.ask("UPDATE event SET organisation_id = %s WHERE id = %s", water, event)
    assert subjects(read(desk, start)) == [f"events/{event}"]


def test_only_what_is_asked_for(exchange: Exchange, chief: TestClient) -> None:
    start = now(exchange, chief)
    here, there = exchange.report(chief, GRIDS[0]), exchange.report(chief, GRIDS[-1], source="hotline")
    exchange.step(chief, here)
    exchange.told()
    assert subjects(read(chief, start, topics="events.report")) == [f"events/{here}", f"events/{there}"]
    assert subjects(read(chief, start, source="hotline")) == [f"events/{there}"]
    assert len(subjects(read(chief, start, unit=STREETS[0]))) == 2
    assert subjects(read(chief, start, category="99")) == []
    assert subjects(read(chief, start, topics="coverages,warnings")) == []


def test_who_waits_hears_at_once(exchange: Exchange, chief: TestClient) -> None:
    start, heard = now(exchange, chief), []

    def wait() -> None:
        begun = time.monotonic()
        page = read(exchange.person("waiting"), start, wait=30)
        heard.append((subjects(page), time.monotonic() - begun))

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: _ears(exchange) == 1)
    event = exchange.report(chief)
    waiting.join()
    assert heard[0][0] == [f"events/{event}"]
    assert heard[0][1] < 30


def _ears(exchange: Exchange) -> int:
    app: Any = exchange.client.app
    while not hasattr(app, "city"):
        app = app.app
    return len(app.city.bell._ears)


def test_who_waits_in_vain_gets_an_empty_answer(exchange: Exchange, chief: TestClient) -> None:
    page = read(chief, now(exchange, chief), wait=1)
    assert (page["events"], page["more"]) == ([], False)


def test_who_waits_hears_what_a_transaction_held_up(exchange: Exchange, chief: TestClient) -> None:
    start, heard = now(exchange, chief), []
    waiting = threading.Thread(
        target=lambda: heard.append(subjects(read(exchange.person("w2"), start, wait=30)))
    )
    with connect(exchange.hall.url) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        event = exchange.report(chief)
        waiting.start()
        until(lambda: _ears(exchange) == 1)
        assert heard == []
    waiting.join()
    assert heard == [[f"events/{event}"]]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "MS4zMDAwMC4xLjAuMA"}, "cursor"),
        ({"topics": "weather"}, "topics"),
        ({"topics": ""}, "topics"),
        ({"unit": "a%b"}, "units"),
        ({"source": "phone"}, "sources"),
        ({"limit": 0}, "limit"),
        ({"wait": 31}, "wait"),
        ({"from": "x"}, "from"),
    ],
)
def test_what_cannot_be_asked_is_refused(chief: TestClient, asked: Json, where: str) -> None:
    answer = chief.get("/api/feed", params=asked)
    assert answer.status_code == 400, answer.text
    assert [each["where"].rpartition(".")[2] for each in answer.json()["errors"]] == [where]


def test_nobody_reads_without_a_key(exchange: Exchange) -> None:
    assert exchange.client.get("/api/feed").status_code == 401


def test_calls_of_a_key_are_counted_over_both_workers(hall: Hall) -> None:
    chief = hall.person("chief-of-calls", **CITY_ADMINISTRATOR)
    account = hall.account("caller", role="district_administrator", reach="city")
    token = hall.key(account, "token")
    ((key,),) = hall.ask("SELECT max(id) FROM token WHERE account_id = %s", account)
    for worker in (0, 1):
        client = hall.client(worker, token=token)
        for _ in range(5):
            assert client.get("/api/feed").status_code == 200
        assert client.get("/api/events/999999999").status_code == 404
        assert client.get("/api/no-such-door").status_code == 404
        sent = client.post("/api/grids/locate", json={"points": [[116.3, 39.9]]})
        assert sent.status_code == 200

    def counted() -> dict[tuple[str, str], Json]:
        found = chief.get(f"/api/keys/{key}/calls").json()
        return {(row["door"], row["status"]): row for row in found["rows"]}

    until(lambda: sum(row["calls"] for row in counted().values()) == 16)
    rows = counted()
    assert rows["/api/feed", "2xx"]["calls"] == 10
    assert rows["/api/events", "4xx"]["calls"] == 2
    assert rows["/api", "4xx"]["calls"] == 2
    assert rows["/api/grids", "2xx"]["calls"] == 2
    assert rows["/api/grids", "2xx"]["bytes_in"] == 2 * len(sent.request.content)
    assert rows["/api/grids", "2xx"]["bytes_out"] == 2 * len(sent.content)
    own = hall.client(token=token).get("/api/me/calls", params={"by": "hour"}).json()
    assert own["calls"] >= 16
    stranger = hall.person("stranger-of-calls")
    assert stranger.get(f"/api/keys/{key}/calls").status_code == 404
    assert key not in {row["key_id"] for row in stranger.get("/api/me/calls").json()["rows"]}


def test_what_was_counted_is_written_down_when_a_worker_ends(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> None:
    folder = tmp_path_factory.mktemp("ending")
    with make_city(build) as url, closing(socket.create_server(("127.0.0.1", 0))) as listener:
        hall = Hall(url, ("", ""), master_key)
        token = hall.key(hall.account("ending"))
        with serving(listener, as_app(url), folder, master_key) as address:
            for _ in range(7):
                headers = {"Authorization": f"Bearer {token}"}
                assert httpx.get(f"{address}/api/me", headers=headers).status_code == 200
        counted = "SELECT door, calls::int FROM call_count WHERE key_id = (SELECT max(id) FROM token)"
        assert hall.ask(counted) == [("/api/me", 7)]

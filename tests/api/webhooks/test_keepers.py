"""Who keeps webhooks, what they may tell, and what cannot be registered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.webhook_jobs import Courier
from spatial.database import connect
from spatial.partners import webhooks
from spatial.partners.log import Cursor
from tests.api.exchange import Exchange, open_exchange
from tests.api.partner import Partner, Reply, partner
from tests.patience import until
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS

Json = dict[str, Any]


def test_a_webhook_tells_what_its_owner_may_see(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    own = {"role": "district_administrator", "reach": "area", "area": STREETS[0]}
    keeper = exchange.person("keeper", **own)
    hook = exchange.hook(keeper, office)
    with partner() as everything:
        exchange.hook(chief, everything)
        here, there = exchange.report(chief, GRIDS[0]), exchange.report(chief, GRIDS[-1])
        until(lambda: len(everything.taken) == 2 and office.taken)
    assert [each.subject for each in office.taken] == [f"events/{here}"]
    # Taken away between the step and the delivery.
    gate = threading.Event()
    office.plan = lambda _: Reply(hold=gate)
    exchange.step(chief, here)
    until(lambda: office.at_once == 1)
    exchange.step(chief, here)
    until(lambda: len(exchange.messages(chief, hook)) == 3)
    exchange.ask("UPDATE account SET area = %s WHERE username = 'keeper'", STREETS[1])
    exchange.ask("SELECT pg_notify('citygrid', '{\"kind\": \"keys\"}')")
    gate.set()
    until(lambda: exchange.ask("SELECT id FROM webhook_delivery WHERE why LIKE 'the owner%%'"))
    assert len([each for each in office.taken if each.subject == f"events/{here}"]) == 2
    assert not any(each.subject == f"events/{there}" for each in office.taken)


def test_a_webhook_without_its_owner_is_paused_and_loses_nothing(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    keeper = exchange.person("leaver")
    hook = exchange.hook(keeper, office)
    exchange.ask("UPDATE account SET disabled = true WHERE username = 'leaver'")
    event = exchange.report(chief)
    until(lambda: exchange.show(chief, hook)["state"] == "paused")
    shown = exchange.show(chief, hook)
    assert shown["health"] == "paused"
    assert "disabled" in shown["why"]
    exchange.step(chief, event)
    assert office.got == []
    answer = chief.patch(f"/api/webhooks/{hook['id']}", json={"state": "active", "take_over": True})
    assert answer.json()["owner"] == "chief"
    until(lambda: office.steps(event) == exchange.steps(event))


def test_an_owner_who_keeps_no_webhooks_any_more_tells_nothing(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(exchange.person("demoted"), office)
    exchange.ask("UPDATE account SET role = 'viewer' WHERE username = 'demoted'")
    exchange.report(chief)
    until(lambda: exchange.show(chief, hook)["state"] == "paused")
    assert office.got == []


@pytest.mark.parametrize("role", ["viewer", "analyst", "commander", "street_administrator", "field_worker"])
def test_nobody_else_keeps_webhooks(exchange: Exchange, office: Partner, role: str) -> None:
    person = exchange.person(f"hook-{role}", role=role, reach="city")
    assert person.get("/api/webhooks").status_code == 403
    sent = {"name": "mine", "url": office.url}
    assert person.post("/api/webhooks", json=sent).status_code == 403


def test_administrators_of_areas_see_their_own_ones_alone(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    standing = {"role": "district_administrator", "reach": "area", "area": DISTRICT}
    one, two = exchange.person("one", **standing), exchange.person("two", **standing)
    hook = exchange.hook(one, office)
    assert [each["id"] for each in one.get("/api/webhooks").json()["webhooks"]] == [hook["id"]]
    assert two.get("/api/webhooks").json()["webhooks"] == []
    path = f"/api/webhooks/{hook['id']}"
    for method, more in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/secret"),
        ("POST", "/test"),
        ("POST", "/again"),
    ):
        assert two.request(method, path + more).status_code == 404
    assert two.patch(path, json={"url": "https://elsewhere.example/"}).status_code == 404
    assert [each["id"] for each in chief.get("/api/webhooks").json()["webhooks"]] == [hook["id"]]


def test_pausing_loses_nothing(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office)
    path = f"/api/webhooks/{hook['id']}"
    assert chief.patch(path, json={"state": "paused"}).json()["why"] == "paused by hand"
    event = exchange.report(chief)
    exchange.step(chief, event)
    chief.patch(path, json={"state": "active"})
    until(lambda: office.steps(event) == exchange.steps(event))


def test_what_happened_before_is_told_when_wanted(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    event = exchange.report(chief)
    hook = exchange.hook(chief, office, since="beginning", topics=["events.report"])
    until(lambda: office.steps(event) == exchange.steps(event))
    exchange.settled(chief, hook, len(office.taken))
    told = [each["event_id"] for each in exchange.messages(chief, hook)]
    assert told == [event for (event,) in exchange.ask("SELECT id FROM event ORDER BY id")]


def test_the_position_that_is_shown_is_one_to_begin_at_again(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    """Steps that were not wanted were read all the same; what was told stays told."""
    hook = exchange.hook(chief, office, topics=["events.supervise"])
    event = exchange.report(chief)
    exchange.step(chief, event)
    exchange.settled(chief, hook, 1)
    exchange.report(chief, GRIDS[1])
    cursor = exchange.show(chief, hook)["cursor"]
    later = exchange.report(chief, GRIDS[2])
    with partner() as everything:
        exchange.hook(chief, everything)
        last = exchange.report(chief, GRIDS[3])
        until(lambda: everything.steps(last))
    changed = chief.patch(f"/api/webhooks/{hook['id']}", json={"topics": ["events"], "since": cursor})
    assert changed.status_code == 200, changed.text
    until(lambda: office.steps(last))
    assert office.steps(later) == exchange.steps(later)
    assert office.steps(event) == exchange.steps(event)[1:]


def test_nobody_begins_ahead_of_the_log(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office)
    ahead = str(replace(Cursor.parse(hook["cursor"]), txid=2**62))
    sent = {"name": "ahead", "url": office.url, "since": ahead}
    answers = [
        chief.post("/api/webhooks", json=sent),
        chief.patch(f"/api/webhooks/{hook['id']}", json={"since": str(Cursor(9))}),
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert [each["where"] for each in answer.json()["errors"]] == ["since"]
        assert "ahead of the log" in answer.text
    assert len(chief.get("/api/webhooks").json()["webhooks"]) == 1


def test_a_city_has_so_many_webhooks_and_no_more(
    exchange: Exchange, chief: TestClient, office: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of others count as well, though they are not shown."""
    standing = {"role": "district_administrator", "reach": "area", "area": DISTRICT}
    exchange.hook(exchange.person("first", **standing), office)
    monkeypatch.setattr(webhooks, "MOST", 1)
    second = exchange.person("second", **standing)
    answer = second.post("/api/webhooks", json={"name": "one too many", "url": office.url})
    assert (answer.status_code, "1 webhooks already" in answer.text) == (409, True)
    assert exchange.ask("SELECT count(*) FROM webhook") == [(1,)]


def test_it_is_told_when_an_open_transaction_holds_the_log_up(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    from spatial.partners import health

    hook = exchange.hook(chief, office)
    with connect(exchange.hall.url) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        event = exchange.report(chief)
        with connect(exchange.hall.url) as owner:
            around = health.surroundings(owner)
        assert around.courier
        later = datetime.now(UTC) + timedelta(minutes=2)
        word, why = health.health({**_row(exchange, hook)}, around, later)
        assert (word, "holds the log up" in why) == ("held", True)
        assert office.got == []
    until(lambda: office.steps(event) == exchange.steps(event))


def _row(exchange: Exchange, hook: Json) -> Json:
    from spatial.partners import webhooks

    with connect(exchange.hall.url) as owner:
        return webhooks.one(owner, hook["id"])


def test_a_preview_shows_what_would_be_sent(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    hook = exchange.hook(chief, office)
    chief.patch(f"/api/webhooks/{hook['id']}", json={"state": "paused"})
    event = exchange.report(chief)
    shown = chief.get(f"/api/webhooks/{hook['id']}/preview", params={"event": event}).json()
    assert (shown["method"], shown["url"]) == ("POST", office.url)
    assert f'"events/{event}"' in shown["body"]
    assert "v1," not in shown["headers"]["webhook-signature"]
    assert office.got == []


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"url": "ftp://x/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://10.1.2.3/"}, "url"),
        ({"url": "http://[::1]/"}, "url"),
        ({"url": "http://u:p@partner.example/"}, "url"),
        ({"url": "https://partner.example/?token=x"}, "url"),
        ({"topics": ["weather"]}, "topics"),
        ({"topics": []}, "topics"),
        ({"units": ["99%"]}, "units"),
        ({"retries_s": [0]}, "retries_s.0"),
        ({"timeout_s": 31}, "timeout_s"),
        ({"options": {"create": {}}}, "options"),
        ({"kind": "rest"}, "options.create"),
        ({"since": "yesterday"}, "since"),
        ({"owner": "somebody"}, "owner"),
        ({"secret": "x"}, "user"),
    ],
)
def test_what_cannot_be_registered_is_refused(chief: TestClient, sent: Json, where: str) -> None:
    answer = chief.post("/api/webhooks", json={"name": "bad", "url": "https://partner.example/", **sent})
    assert answer.status_code == 400, answer.text
    assert any(where in each["where"] for each in answer.json()["errors"]), answer.text


def test_two_of_one_name_are_a_conflict(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    exchange.hook(chief, office, name="same")
    answer = chief.post("/api/webhooks", json={"name": "same", "url": office.url})
    assert answer.status_code == 409


def test_what_opens_a_partner_does_not_go_along_to_another_host(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook = exchange.hook(chief, office, user="me", password="word")
    path = f"/api/webhooks/{hook['id']}"
    assert chief.patch(path, json={"url": "https://elsewhere.example/"}).status_code == 400
    moved = chief.patch(path, json={"url": "https://elsewhere.example/", "forget_opening": True})
    assert (moved.status_code, moved.json()["opened_with"]) == (200, None)


@pytest.fixture(scope="module")
def closed(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Exchange]:
    """A town that opens no private address."""
    folder = tmp_path_factory.mktemp("closed")
    with open_exchange(make_city, as_app, folder, master_key, ()) as opened, Courier(opened.settings):
        yield opened


def test_this_machine_is_closed_unless_the_deployment_opens_it(closed: Exchange, office: Partner) -> None:
    keeper = closed.person("chief")
    sent = {"name": "by number", "url": office.url}
    assert keeper.post("/api/webhooks", json=sent).status_code == 400
    by_name = office.url.replace("127.0.0.1", "localhost")
    hook = keeper.post("/api/webhooks", json={"name": "by name", "url": by_name}).json()
    told = keeper.post(f"/api/webhooks/{hook['id']}/test").json()
    assert told["status"] is None
    assert "closed" in told["error"]
    closed.report(keeper)
    until(lambda: closed.show(keeper, hook)["failures"] >= 1)
    assert "closed" in closed.show(keeper, hook)["why"]
    assert office.got == []

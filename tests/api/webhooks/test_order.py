"""Order, failures and retries: nothing overtakes, nothing is lost, nobody is held up by another."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import webhook_jobs
from tests.api.exchange import Exchange
from tests.api.partner import Got, Partner, Reply, partner
from tests.patience import until
from tests.spatial.rights.town import GRIDS

Json = dict[str, Any]


def test_later_steps_wait_for_an_earlier_one_and_other_events_go_on(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    mended = threading.Event()
    first, other = exchange.report(chief), exchange.report(chief, GRIDS[1])
    office.plan = lambda got: Reply(422 if got.subject == f"events/{first}" and not mended.is_set() else 200)
    hook = exchange.hook(chief, office)
    for _ in range(3):
        exchange.step(chief, first)
        exchange.step(chief, other)
    until(lambda: len(office.steps(other)) == 3)
    until(lambda: sum(each.subject == f"events/{first}" for each in office.got) >= 2)
    assert office.steps(first) == []
    assert len({each.id for each in office.got if each.subject == f"events/{first}"}) == 1
    waiting = exchange.messages(chief, hook, state="waiting")
    assert [each["behind"] for each in waiting] == [False, True, True]
    mended.set()
    until(lambda: len(office.steps(first)) == 3)
    assert office.steps(first) == exchange.steps(first)[1:]
    assert office.steps(other) == exchange.steps(other)[1:]


def test_a_partner_that_fails_as_chance_will_gets_everything_in_order(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    chance, lock = random.Random(5), threading.Lock()

    def plan(_: Got) -> Reply:
        with lock:
            return Reply(chance.choice([200, 200, 200, 500, 0, 400]))

    events = [exchange.report(chief, grid) for grid in GRIDS[:6]]
    office.plan = plan
    exchange.hook(chief, office, parallel=6)
    for _ in range(4):
        for event in events:
            exchange.step(chief, event)
    until(lambda: all(set(office.steps(event)) == set(exchange.steps(event)[1:]) for event in events))
    for event in events:
        # At least once: what was taken twice stands there twice, and nothing overtakes.
        assert list(dict.fromkeys(office.steps(event))) == exchange.steps(event)[1:]


def test_a_partner_that_hangs_holds_up_nobody_else(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    release = threading.Event()
    with partner(lambda _: Reply(hold=release)) as slow:
        hook = exchange.hook(chief, slow, timeout_s=1)
        exchange.hook(chief, office)
        for grid in GRIDS:
            exchange.report(chief, grid)
        until(lambda: len(office.taken) == len(GRIDS))
        until(lambda: exchange.show(chief, hook)["failures"] >= 1)
        shown = exchange.show(chief, hook)
        assert shown["health"] == "failing"
        assert "does not answer within 1 s" in shown["why"]
        release.set()
        chief.patch(f"/api/webhooks/{hook['id']}", json={"timeout_s": 5})
        exchange.settled(chief, hook, len(GRIDS))
        assert exchange.show(chief, hook)["health"] == "ok"


def test_slow_partners_with_many_hands_leave_the_others_one(
    exchange: Exchange, chief: TestClient, office: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many requests as may be under way at once are held by two of them."""
    monkeypatch.setattr(webhook_jobs, "MOST_UNDER_WAY", 4)
    release = threading.Event()
    with partner(lambda _: Reply(hold=release)) as one, partner(lambda _: Reply(hold=release)) as two:
        for number, slow in enumerate((one, two)):
            exchange.hook(chief, slow, name=f"slow {number}", parallel=4, timeout_s=30)
        for grid in GRIDS:
            exchange.report(chief, grid)
        until(lambda: one.at_once + two.at_once >= 4)
        exchange.hook(chief, office)
        event = exchange.report(chief)
        until(lambda: office.steps(event) == exchange.steps(event))
        assert one.taken == two.taken == []
        release.set()
        until(lambda: len(one.taken) == len(two.taken) == len(GRIDS) + 1)


def test_no_more_requests_at_once_than_wanted(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    gate = threading.Event()
    office.plan = lambda _: Reply(hold=gate)
    exchange.hook(chief, office, parallel=3)
    for grid in GRIDS:
        exchange.report(chief, grid)
    until(lambda: office.at_once == 3)
    gate.set()
    until(lambda: len(office.taken) == len(GRIDS))
    assert office.most_at_once <= 3


def test_three_failures_then_taken_are_four_tries_of_one_message(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    replies = iter([Reply(400, b"a" * 3000), Reply(422), Reply(409)])
    office.plan = lambda _: next(replies, Reply(202, "好".encode()))
    hook = exchange.hook(chief, office)
    exchange.report(chief)
    exchange.settled(chief, hook, 1)
    (message,) = exchange.messages(chief, hook)
    shown = chief.get(f"/api/webhooks/{hook['id']}/deliveries/{message['id']}").json()
    assert [each["status"] for each in shown["attempts"]] == [400, 422, 409, 202]
    assert shown["attempts"][0]["answer"] == "a" * 1024
    assert shown["attempts"][3]["answer"] == "好"
    assert shown["tries"] == 4
    assert len({each.id for each in office.got}) == 1
    assert len({each.headers["webhook-timestamp"] for each in office.got}) > 1


def test_a_partner_that_asks_for_time_gets_it(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    office.plan = lambda _: Reply(503, headers={"retry-after": "3600"})
    hook = exchange.hook(chief, office)
    exchange.report(chief)
    until(lambda: exchange.messages(chief, hook) and exchange.messages(chief, hook)[0]["tries"] == 1)
    (message,) = exchange.messages(chief, hook)
    left = datetime.fromisoformat(message["next_at"]) - datetime.now(UTC)
    assert timedelta(minutes=55) < left <= timedelta(hours=1)
    assert exchange.show(chief, hook)["rest_until"] is not None


def test_whoever_answers_gone_is_not_asked_again_until_somebody_says_so(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    office.plan = lambda _: Reply(410)
    hook = exchange.hook(chief, office)
    event = exchange.report(chief)
    until(lambda: exchange.show(chief, hook)["state"] == "off")
    assert "410" in exchange.show(chief, hook)["why"]
    exchange.step(chief, event)
    office.plan = lambda _: Reply()
    answer = chief.patch(f"/api/webhooks/{hook['id']}", json={"state": "active"})
    assert (answer.status_code, answer.json()["state"]) == (200, "active")
    until(lambda: office.steps(event) == exchange.steps(event))


def test_redirects_are_not_followed(exchange: Exchange, chief: TestClient, office: Partner) -> None:
    with partner() as elsewhere:
        office.plan = lambda _: Reply(307, headers={"location": elsewhere.url})
        hook = exchange.hook(chief, office)
        exchange.report(chief)
        until(lambda: exchange.show(chief, hook)["failures"] >= 1)
        assert "redirects (307)" in exchange.show(chief, hook)["last_error"]
        assert elsewhere.got == []

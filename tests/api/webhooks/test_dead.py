"""Messages that were given up: they wait for a decision, and others wait behind them or not."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.api.exchange import Exchange
from tests.api.partner import Partner, Reply
from tests.patience import until

Json = dict[str, Any]


def dead_hook(exchange: Exchange, chief: TestClient, office: Partner, **given: Any) -> tuple[Json, int]:
    """Have the first step of an event given up; a second one is behind it."""
    office.plan = lambda got: Reply(400 if got.json["data"]["step"]["verb"] == "report" else 200)
    hook = exchange.hook(chief, office, retries_s=[], **given)
    event = exchange.report(chief)
    exchange.step(chief, event)
    until(lambda: exchange.messages(chief, hook, state="dead"))
    until(lambda: len(exchange.messages(chief, hook)) == 2)
    return hook, event


def test_a_dead_message_holds_up_its_event_until_it_is_sent_again(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook, event = dead_hook(exchange, chief, office)
    shown = exchange.show(chief, hook)
    assert (shown["health"], shown["dead"], shown["held"]) == ("dead", 1, 1)
    assert "1 later ones" in shown["why"]
    office.plan = lambda _: Reply()
    (message,) = exchange.messages(chief, hook, state="dead")
    assert message["why"] == "the partner answers 400"
    again = chief.post(f"/api/webhooks/{hook['id']}/deliveries/{message['id']}/again")
    assert again.status_code == 200
    until(lambda: office.steps(event) == exchange.steps(event))
    assert office.taken[0].id == message["message_id"]
    actions = exchange.ask("SELECT action FROM audit WHERE relation = 'webhook' ORDER BY id DESC LIMIT 1")
    assert actions == [("delivery-again",)]


def test_a_dead_message_is_dropped_with_a_reason_and_the_others_go_on(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook, event = dead_hook(exchange, chief, office)
    (message,) = exchange.messages(chief, hook, state="dead")
    path = f"/api/webhooks/{hook['id']}/deliveries/{message['id']}/drop"
    assert chief.post(path, json={}).status_code == 400
    assert chief.post(path, json={"why": "told by phone"}).json()["state"] == "dropped"
    until(lambda: office.steps(event) == exchange.steps(event)[1:])
    reasons = exchange.ask("SELECT reason FROM audit WHERE action = 'delivery-drop' ORDER BY id DESC LIMIT 1")
    assert reasons == [("told by phone",)]


def test_all_dead_messages_are_sent_again_in_their_order(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    office.plan = lambda _: Reply(400)
    hook = exchange.hook(chief, office, retries_s=[], after_dead="go_on")
    event = exchange.report(chief)
    for _ in range(4):
        exchange.step(chief, event)
    until(lambda: len(exchange.messages(chief, hook, state="dead")) == 5)
    office.plan = lambda _: Reply()
    assert chief.post(f"/api/webhooks/{hook['id']}/again").json() == {"messages": 5}
    until(lambda: len(office.steps(event)) == 5)
    assert office.steps(event) == exchange.steps(event)


def test_where_it_is_wanted_later_ones_do_not_wait_for_a_dead_one(
    exchange: Exchange, chief: TestClient, office: Partner
) -> None:
    hook, event = dead_hook(exchange, chief, office, after_dead="go_on")
    until(lambda: office.steps(event) == exchange.steps(event)[1:])
    until(lambda: [each["state"] for each in exchange.messages(chief, hook)] == ["dead", "delivered"])

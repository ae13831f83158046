"""Text messages through an HTTP gateway, and its receipts."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from api import message_gateways
from api.message_gateways import gateway_of
from api.message_jobs import MessageSender
from spatial.partners.messages import outbox, receipts
from spatial.partners.messages.gateways import Outcome, Receipt
from spatial.partners.messages.outbox import Ended
from spatial.settings import Secret, Settings
from tests.api.messages.town import (
    SECRET,
    Http,
    Town,
    digits,
    http_sender,
    open_office_again,
    send,
    session_of,
    working,
)
from tests.api.planning import Json
from tests.hearing import hearing
from tests.patience import until
from tests.spatial.rights.town import GRIDS

WAITING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.mark.parametrize("form", ["json", "form"])
def test_an_http_gateway_is_asked_as_its_file_says(town: Town, tmp_path: Path, form: str) -> None:
    message = send(town, text="到{number}看看\n" + "长" * 100)
    with Http(lambda nr, _: (200, b'{"code": 0, "data": {"id": "g-%d"}}' % nr)) as gateway:
        with working(town, http_sender(town, gateway.url, tmp_path, form=form)) as work:
            work()
        asked = gateway.asked[0]
        found = {name: value[0] if form == "form" else value for name, value in asked["body"].items()}
        assert found["content"] == "到{number}看看\n" + "长" * 100
        assert found["mobile"].removeprefix("86") == digits(town.phones[town.workers[GRIDS[0]]])
        assert asked["headers"]["authorization"] == "Bearer the-gateway-key"
    assert town.states(message) == {town.workers[GRIDS[0]]: "sent"}
    assert town.ask("SELECT gateway_id FROM message_part") == [("g-1",)]


@pytest.mark.parametrize(
    ("answers", "idempotent", "state", "asked"),
    [
        ([(400, b"no")], False, "failed", 1),
        ([(200, b'{"code": "E1"}')], False, "failed", 1),
        ([(200, b"<html>rubbish")], False, "uncertain", 1),
        ([(200, b"[" * 10_000)], False, "uncertain", 1),
        ([(500, b"oops")], False, "uncertain", 1),
        ([None], False, "uncertain", 1),
        ([(429, b""), (200, b'{"code": "BUSY"}'), (200, b'{"code": 0}')], False, "sent", 3),
        ([(500, b""), None, (200, b'{"code": 0}')], True, "sent", 3),
        ([(302, b"")], False, "failed", 1),
    ],
    ids=["400", "says-no", "rubbish", "nested", "500", "hangs-up", "throttles", "idempotent", "redirects"],
)
def test_what_an_http_gateway_answers_decides(
    town: Town, tmp_path: Path, answers: list[Any], idempotent: bool, state: str, asked: int
) -> None:
    message = send(town)
    with Http(lambda nr, _: answers[min(nr, len(answers)) - 1]) as gateway:
        with working(town, http_sender(town, gateway.url, tmp_path, idempotent)) as work:
            for _ in answers:
                work()
                town.ask("UPDATE message_recipient SET next_at = now()")
        assert len(gateway.asked) == asked
        assert len({each["body"]["ref"] for each in gateway.asked}) == 1
    assert set(town.states(message).values()) == {state}


def test_an_http_gateway_that_never_answers_leaves_it_in_doubt(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_gateways, "ANSWER_S", 0.5)
    message, held = send(town), threading.Event()

    def never(_: int, __: Json) -> None:
        held.wait(30)

    with Http(never) as gateway:
        with working(town, http_sender(town, gateway.url, tmp_path)) as work:
            work()
        assert set(town.states(message).values()) == {"uncertain"}
        held.set()


def test_an_http_gateway_that_is_not_there_has_taken_nothing(town: Town, tmp_path: Path) -> None:
    message = send(town)
    with Http(lambda *_: None) as gateway:
        pass
    with working(town, http_sender(town, gateway.url, tmp_path)) as work:
        work()
    assert set(town.states(message).values()) == {"queued"}
    # Nor is a private address asked that the deployment does not open.
    with Http(lambda *_: (200, b"{}")) as gateway:
        settings = Settings(master_key_file=town.master, sms_gateway=Secret(gateway.url))
        sender = MessageSender(town.office.app_url, gateway_of(settings), town.master)
        town.ask("UPDATE message_recipient SET next_at = now()")
        with working(town, sender) as work:
            work()
        assert gateway.asked == []
    assert set(town.states(message).values()) == {"queued"}


def test_an_http_gateway_that_no_connection_is_made_to_has_taken_nothing(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_gateways, "ANSWER_S", 1.0)
    message = send(town)
    # A full queue of connections: the kernel answers no further one, as a firewall does that drops them.
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            line = waiting.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        with working(town, http_sender(town, url, tmp_path)) as work:
            work()
    assert set(town.states(message).values()) == {"queued"}
    assert town.ask("SELECT reason FROM message_recipient") == [("the service does not answer within 1 s",)]


def give(town: Town, sent: Any, secret: str | None = SECRET, **options: Any) -> int:
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    client = town.office["chief"].client
    return client.post("/api/public/message-receipts", json=sent, headers=headers, **options).status_code


def handed_over(town: Town, tmp_path: Path, name: bytes) -> None:
    """Send what waits through an HTTP gateway that calls it so."""
    gateway = Http(lambda *_: (200, b'{"code": 0, "data": {"id": "%s"}}' % name))
    with gateway, working(town, http_sender(town, gateway.url, tmp_path)) as work:
        work()


def test_receipts_come_by_the_door_with_the_secret_alone(town: Town, tmp_path: Path) -> None:
    message, worker = send(town), town.workers[GRIDS[0]]
    handed_over(town, tmp_path, b"h-1")
    good = {"id": "h-1", "status": "delivered"}
    for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1], "密"):
        with_it = f"/api/public/message-receipts?secret={secret or ''}&id=h-1&status=delivered"
        assert town.office["chief"].client.get(with_it).status_code == 401
        if secret != "密":
            assert give(town, good, secret) == 401
    assert give(town, good, town.office["chief"].token) == 401
    assert town.states(message)[worker] == "sent"
    assert give(town, good) == 204
    assert town.states(message)[worker] == "delivered"
    # Later ones change nothing.
    assert give(town, {"id": "h-1", "status": "failed"}) == 204
    assert town.states(message)[worker] == "delivered"


@pytest.mark.parametrize("how", ["basic", "form", "query"])
def test_receipts_come_in_the_forms_that_gateways_have(town: Town, tmp_path: Path, how: str) -> None:
    message = send(town)
    handed_over(town, tmp_path, b"f-1")
    client, path = town.office["chief"].client, "/api/public/message-receipts"
    said = {"id": "f-1", "status": "UNDELIV"}
    answer = {
        "basic": lambda: client.post(path, json=said, auth=("gateway", SECRET)),
        "form": lambda: client.post(f"{path}?secret={SECRET}", data=said),
        "query": lambda: client.get(path, params={**said, "secret": SECRET}),
    }[how]()
    assert answer.status_code == 204, answer.text
    assert set(town.states(message).values()) == {"failed"}


def test_a_receipt_may_come_before_the_answer_and_unknown_ones_go(town: Town, tmp_path: Path) -> None:
    assert give(town, {"id": "early", "status": "delivered"}) == 204
    assert give(town, {"id": "nobody's", "status": "failed"}) == 204
    message = send(town)
    with Http(lambda *_: (200, b'{"code": 0, "data": {"id": "early"}}')) as gateway:
        sender = http_sender(town, gateway.url, tmp_path)
        with working(town, sender) as work:
            work()
    assert set(town.states(message).values()) == {"delivered"}
    assert town.ask("SELECT gateway_id FROM message_receipt") == [("nobody's",)]
    town.ask("UPDATE message_receipt SET at = now() - interval '4 days'")
    with session_of(town) as connection:
        outbox.tidy(connection)
    assert town.ask("SELECT count(*) FROM message_receipt") == [(0,)]


@pytest.mark.parametrize("first", ["receipt", "answer"])
def test_a_receipt_that_comes_together_with_the_answer_is_settled(
    town: Town, tmp_path: Path, first: str
) -> None:
    """Neither is committed when the other begins: whoever is second waits, and sees the first."""
    message = send(town)
    with session_of(town) as connection:
        (claimed,) = outbox.claim(connection, 1, "http")
    (order,) = outbox.orders(claimed, "13812345678", whole=True, country="")

    def receipt() -> None:
        with session_of(town) as connection:
            receipts.take(connection, [Receipt("both", "delivered")])
            second_waits("receipt")

    def answer() -> None:
        with session_of(town) as connection:
            outbox.note_taken(connection, Outcome(order, "taken", "both"))
            second_waits("answer")

    steps = [receipt, answer] if first == "receipt" else [answer, receipt]
    second = threading.Thread(target=steps[1])

    def second_waits(who: str) -> None:
        if who == first:
            second.start()
            until(lambda: town.ask(WAITING) == [(1,)] or not second.is_alive())

    steps[0]()
    second.join()
    with session_of(town) as connection:
        outbox.note_ended(connection, [Ended(claimed.recipient_id, "sent")])
    assert set(town.states(message).values()) == {"delivered"}
    assert town.ask("SELECT count(*) FROM message_receipt") == [(0,)]


def test_a_receipt_that_cannot_be_stored_does_not_hold_up_the_others(town: Town, tmp_path: Path) -> None:
    message = send(town)
    handed_over(town, tmp_path, b"kept")
    bad = [Receipt("a\0b", "delivered"), Receipt(token_hex(9000), "failed")]
    with session_of(town) as connection, hearing() as lines:
        assert receipts.take(connection, [bad[0], Receipt("kept", "delivered"), bad[1]]) == 1
    assert set(town.states(message).values()) == {"delivered"}
    assert [each["event"] for each in lines] == ["a receipt cannot be stored"] * 2
    assert town.ask("SELECT count(*) FROM message_receipt") == [(0,)]


@pytest.mark.parametrize(
    "sent", [{}, [], 7, "x", {"id": {}, "status": []}, {"id": "a" * 300, "status": "delivered"}, None],
    ids=["nothing", "list", "number", "text", "nested", "long", "null"],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(town: Town, sent: Any) -> None:
    assert give(town, sent) == 400
    assert town.ask("SELECT count(*) FROM message_receipt") == [(0,)]


def test_without_a_secret_in_the_settings_there_is_no_door(town: Town, tmp_path: Path) -> None:
    settings = {"master_key_file": town.master, "sms_gateway": Secret("http://127.0.0.1:9/")}
    with open_office_again(town, tmp_path, **settings) as chief:
        path = "/api/public/message-receipts"
        assert chief.client.post(path, json={"id": "1", "status": "delivered"}).status_code == 404
        assert chief.client.get(f"{path}?secret=").status_code == 404

"""Lines when something of ours goes wrong: nobody is refused, and no cry is lost, for want of a table."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from api.listen import House, LineLimits
from api.listen_jt808 import Downlinks
from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.terminals.admission import digest
from tests.api.exchange import Exchange
from tests.api.listen.station import (
    LAT,
    LON,
    NOW,
    Listening,
    call,
    device,
    fixes,
    let_in,
    listening,
    movers,
)
from tests.patience import PATIENCE_S
from tests.spatial.patrols.encoder_gt06 import login, message
from tests.spatial.patrols.encoder_jt808 import Terminal, batch, location

NO_TIME = location(LON, LAT, NOW)[:22] + bytes(6)
CRY = location(0, 0, NOW, status=0, alarms=1)[:22] + bytes(6)
TOLD = "SELECT kind, lon, lat, time BETWEEN %s AND now() FROM happening WHERE device_id = %s"


@pytest.fixture(scope="module")
def listener(exchange: Exchange) -> Iterator[Listening]:
    with listening(exchange, "jt808") as opened:
        yield opened


@contextmanager
def without(exchange: Exchange, table: str) -> Iterator[None]:
    """Take a table away: an error that nobody has thought of."""
    exchange.ask(f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        exchange.ask(f"ALTER TABLE away RENAME TO {table}")


def test_a_cry_without_time_and_place_is_told_without_a_place(
    exchange: Exchange, listener: Listening
) -> None:
    number = device(exchange, "13600000001", movers(exchange)[0])
    with call(listener.port, Terminal("13600000001")) as line:
        let_in(line)
        assert line.ask(line.terminal.message(0x0200, CRY)).body[4] == 0
    assert exchange.ask(TOLD, NOW, number) == [("sos", None, None, True)]
    ((*_, flags),) = fixes(exchange, number)
    assert flags == Flag.SOS | Flag.TIME_GUESSED | Flag.NOT_POSITIONED


def test_a_cry_from_where_the_last_position_is_old_has_no_place(
    exchange: Exchange, listener: Listening
) -> None:
    number = device(exchange, "13600000002", movers(exchange)[1])
    with call(listener.port, Terminal("13600000002")) as line:
        let_in(line)
        line.ask(line.terminal.report(LON, LAT, NOW, status=0, alarms=1))
    assert exchange.ask(TOLD, NOW, number) == [("sos", None, None, True)]


def test_the_state_of_a_tracker_cries_for_help(exchange: Exchange) -> None:
    number = device(exchange, "860000000000066", movers(exchange)[2], "gt06")
    with (
        listening(exchange, "gt06") as own,
        socket.create_connection(("127.0.0.1", own.port), PATIENCE_S) as line,
    ):
        line.sendall(login("860000000000066"))
        assert line.recv(10) == message(0x01, 1)
        line.sendall(message(0x13, 2, b"\x60\x03\x04\x00\x02"))
        assert line.recv(10) == message(0x13, 2)
    assert exchange.ask(TOLD, NOW, number) == [("sos", None, None, True)]


def test_a_cry_that_cannot_be_kept_is_answered_and_cried_again(
    exchange: Exchange, listener: Listening
) -> None:
    number = device(exchange, "13600000003", movers(exchange)[3])
    with call(listener.port, Terminal("13600000003")) as line:
        let_in(line)
        with without(exchange, "happening"):
            assert line.ask(line.terminal.report(LON, LAT, NOW, alarms=1)).body[4] == 1
        assert line.ask(line.terminal.report(LON, LAT, NOW, alarms=1)).body[4] == 0
    assert exchange.ask(TOLD, NOW, number) == [("sos", LON, LAT, True)]
    assert len(fixes(exchange, number)) == 1


def test_nobody_is_refused_by_an_error_of_ours(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "13600000004", movers(exchange)[4])
    exchange.ask("UPDATE device SET auth_code = %s WHERE id = %s", digest("its code"), number)
    terminal = Terminal("13600000004")
    for frame in (terminal.register(), terminal.authenticate("its code")):
        with call(listener.port, terminal) as line, without(exchange, "device"):
            line.send(frame)
            assert line.line.recv(100) == b"", "no word, and the platform hangs up"
    with call(listener.port, terminal) as line:
        let_in(line, "its code")


def test_one_order_that_cannot_be_written_does_not_keep_the_others(
    exchange: Exchange, listener: Listening
) -> None:
    number = device(exchange, "13600000005", movers(exchange)[5])
    add = (
        "INSERT INTO downlink (device_id, kind, content, expires_at)"
        " VALUES (%s, 'text', %s, now() + interval '1 hour')"
    )
    exchange.ask(add, number, "[]")
    exchange.ask(add, number, '{"text": "to gate 1"}')
    with call(listener.port, Terminal("13600000005")) as line:
        let_in(line)
        assert line.wait_for(lambda each: each.number == 0x8300).body[1:] == b"to gate 1"
    asked = "SELECT state, reason FROM downlink WHERE device_id = %s ORDER BY id"
    assert exchange.ask(asked, number)[0] == ("failed", "content: must be an object")


def test_a_message_in_parts_goes_on_upon_another_line(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "13600000006", movers(exchange)[6])
    terminal = Terminal("13600000006")
    with call(listener.port, terminal) as line:
        code = let_in(line)
        body = batch([location(LON, LAT, NOW - timedelta(seconds=n)) for n in range(30)])
        first, *others = terminal.in_parts(0x0704, body, 350)
        line.send(first)
        line.wait_for(lambda each: each.number == 0x8001 and each.body[2:4] == b"\x07\x04")
    with call(listener.port, terminal) as line:
        let_in(line, code)
        for part in others:
            line.send(part)
        for _ in others:
            answer = line.wait_for(lambda each: each.number == 0x8001 and each.body[2:4] == b"\x07\x04")
            assert answer.body[4] == 0
    assert len(fixes(exchange, number)) == 30


def test_what_nobody_can_read_is_answered_and_on_record_all_at_once(exchange: Exchange) -> None:
    number = device(exchange, "13600000007", movers(exchange)[7])
    good = location(LON, LAT, NOW)
    counted = "SELECT reason, count::int, first_at = last_at FROM fix_refusal WHERE device_id = %s"
    with listening(exchange, "jt808") as own:
        with call(own.port, Terminal("13600000007")) as line:
            let_in(line)
            assert line.ask(line.terminal.message(0x0704, batch([NO_TIME, good, NO_TIME]))).body[4] == 0
            assert line.ask(line.terminal.message(0x0200, NO_TIME)).body[4] == 0
            assert line.ask(line.terminal.message(0x0200, b"")).body[4] == 0
        own.end(signal.SIGTERM)
    assert len(fixes(exchange, number)) == 1
    assert exchange.ask(counted, number) == [("unreadable", 4, True)]


def test_orders_are_tidied_for_as_long_as_the_process_lives(exchange: Exchange) -> None:
    number = device(exchange, "13600000008", movers(exchange)[0])
    exchange.ask(
        "INSERT INTO downlink (device_id, kind, created_at, expires_at)"
        " VALUES (%s, 'position', now() - interval '2 h', now() - interval '1 h')", number
    )  # fmt: skip

    async def live(house: House) -> None:
        tidy = asyncio.create_task(Downlinks(house).tidy(0.01))
        await asyncio.sleep(0.5)
        assert not tidy.done(), "an error does not end it"
        await asyncio.to_thread(exchange.ask, "ALTER TABLE away RENAME TO downlink")
        asked = "SELECT state FROM downlink WHERE device_id = %s"
        while await asyncio.to_thread(exchange.ask, asked, number) != [("expired",)]:
            await asyncio.sleep(0.05)
        tidy.cancel()

    exchange.ask("ALTER TABLE downlink RENAME TO away")
    in_house(exchange, live)


def test_strangers_leave_a_thread_for_cries_and_for_terminals_with_a_code(exchange: Exchange) -> None:
    begun: list[str] = []
    go_on = threading.Event()

    def slow(_: object, what: str) -> None:
        begun.append(what)
        assert go_on.wait(PATIENCE_S)

    async def live(house: House) -> None:
        turns = {"registers": house.registering, "comes back": house.authenticating}
        crowd = [
            asyncio.create_task(house.ask_for_stranger(turn, slow, what))
            for _ in range(10)
            for what, turn in turns.items()
        ]
        assert await house.ask(lambda connection: connection.execute("SELECT 1").fetchall()) == [(1,)]
        while len(begun) < 3:
            await asyncio.sleep(0.01)
        assert sorted(begun) == ["comes back", "comes back", "registers"]
        go_on.set()
        await asyncio.gather(*crowd)

    in_house(exchange, live)
    assert len(begun) == 20


def in_house(exchange: Exchange, live: Any) -> None:
    """Do something with what the lines of a listener share, in this process."""

    async def run() -> None:
        house = House(exchange.settings, "jt808", LineLimits())
        house._database.open()
        try:
            await asyncio.wait_for(live(house), PATIENCE_S)
        finally:
            house._threads.shutdown()
            house._database.close()

    asyncio.run(run())

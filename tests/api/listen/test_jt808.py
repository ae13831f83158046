"""Terminals of JT/T 808 over real lines, against a real process and a real database."""

from __future__ import annotations

import signal
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spatial.database import connect
from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.terminals.admission import digest
from tests.api.exchange import Exchange
from tests.api.listen.station import (
    LAT,
    LON,
    NOW,
    Call,
    Listening,
    call,
    device,
    fixes,
    let_in,
    listening,
    movers,
)
from tests.patience import until
from tests.spatial.patrols.encoder_jt808 import Terminal, batch, location  # fmt: skip
from tests.spatial.patrols.jt808.test_drivers import card


@pytest.fixture(scope="module")
def listener(exchange: Exchange) -> Iterator[Listening]:
    # What the town was built with says that everybody was seen just now.
    exchange.ask("DELETE FROM last_position")
    with listening(exchange, "jt808") as opened:
        yield opened


def test_terminals_are_taken_up_send_fill_their_gaps_and_are_told(
    exchange: Exchange, listener: Listening
) -> None:
    chief, people = exchange.person("chief"), movers(exchange)
    terminals = [Terminal("13500000101"), Terminal("13500000102", version=1), Terminal("13500000103")]
    with ExitStack() as stack:
        lines = [stack.enter_context(call(listener.port, each)) for each in terminals]
        for line in lines:
            answer = line.ask(line.terminal.register(2019 if line.terminal.version else 2013))
            assert answer.body == struct.pack(">HB", line.terminal.serial, 4), "nobody knows it yet"
        waiting = chief.get("/api/devices", params={"state": "waiting"}).json()["devices"]
        by_phone = {each["identity"]: each for each in waiting}
        assert {each.phone for each in terminals} <= by_phone.keys()
        assert by_phone["13500000102"]["attributes"]["registration"]["plate"] == "京A12345"
        for line, mover in zip(lines, people, strict=False):
            number = by_phone[line.terminal.phone]["id"]
            answer = chief.post(
                f"/api/devices/{number}/carriers",
                json={"mover": mover, "since": (NOW - timedelta(days=1)).isoformat()},
            )
            assert answer.status_code == 200, answer.text
            let_in(line)
            talk(exchange, line, number, mover)
        tell(chief, lines[1], by_phone["13500000102"]["id"])


def talk(exchange: Exchange, line: Call, number: int, mover: int) -> None:
    """Send live fixes, then what a blind zone had kept: nothing moves back."""
    terminal = line.terminal
    for n in range(5):
        answer = line.ask(terminal.report(LON, LAT + n * 1e-4, NOW - timedelta(seconds=50 - 10 * n)))
        assert answer.body == struct.pack(">HHB", terminal.serial, 0x0200, 0)
        assert len(fixes(exchange, number)) == n + 1, "acknowledged is committed"
    late = [location(LON, LAT - n * 1e-4, NOW - timedelta(hours=1, seconds=10 * n)) for n in range(30)]
    answer = line.ask(terminal.message(0x0704, batch(late, kind=1)))
    assert answer.body[4] == 0
    kept = fixes(exchange, number)
    assert len(kept) == 35
    assert [bool(flags & Flag.BACKFILL) for *_, flags in kept] == [True] * 30 + [False] * 5
    ((at,),) = exchange.ask("SELECT time FROM last_position WHERE mover_id = %s", mover)
    assert at == NOW - timedelta(seconds=10)


def tell(client: Any, line: Call, number: int) -> None:
    """Send a text and follow it to its receipt."""
    order = {"text": "请到一号口集合", "urgent": True, "client_id": "t1"}
    made = client.post(f"/api/devices/{number}/messages", json=order)
    assert made.status_code == 201, made.text
    told = line.wait_for(lambda each: each.number == 0x8300)
    assert told.body[2:].decode("gbk") == "请到一号口集合"
    path = made.headers["location"]
    until(lambda: client.get(path).json()["state"] == "sent")
    line.send(line.terminal.receipt(told.serial, 0x8300))
    until(lambda: client.get(path).json()["state"] == "confirmed")
    again = client.post(f"/api/devices/{number}/messages", json=order)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])


def test_orders_wait_for_a_terminal_and_say_what_became_of_them(
    exchange: Exchange, listener: Listening
) -> None:
    chief = exchange.person("chief")
    number = device(exchange, "13500000201", movers(exchange)[3])
    path = f"/api/devices/{number}/messages"
    kinds = [{"kind": "interval", "seconds": 15}, {"kind": "position"}, {"text": "late", "valid_minutes": 1}]
    made = [chief.post(path, json=each).json()["id"] for each in kinds]
    assert {each["state"] for each in chief.get(path).json()["messages"]} == {"queued"}
    exchange.ask(
        "UPDATE downlink SET created_at = now() - interval '1 h', expires_at = now() - interval '1 min'"
        " WHERE id = %s", made[2]
    )  # fmt: skip
    with call(listener.port, Terminal("13500000201")) as line:
        let_in(line)
        setting = line.wait_for(lambda each: each.number == 0x8103)
        assert setting.body.hex().endswith("00000029040000000f")
        asking = line.wait_for(lambda each: each.number == 0x8201)
        line.send(line.terminal.receipt(setting.serial, 0x8103, 3))
        answer = struct.pack(">H", asking.serial) + location(LON, LAT, NOW)
        assert line.ask(line.terminal.message(0x0201, answer)).body[4] == 0
    until(lambda: chief.get(f"{path}/{made[1]}").json()["state"] == "confirmed")
    until(lambda: chief.get(f"{path}/{made[0]}").json()["state"] == "failed")
    assert chief.get(f"{path}/{made[0]}").json()["reason"] == "the terminal cannot do it"
    assert len(fixes(exchange, number)) == 1


def test_what_cannot_be_told_is_refused(exchange: Exchange) -> None:
    chief = exchange.person("chief")
    people = movers(exchange)
    number = device(exchange, "13500000211", people[0])
    path = f"/api/devices/{number}/messages"
    for sent, where in [
        ({"text": "  "}, "text"),
        ({"text": "🚨"}, "text"),
        ({"text": "巡" * 600}, "text"),
        ({"kind": "interval"}, "seconds"),
        ({"kind": "tracking", "seconds": 10}, "for_s"),
        ({"kind": "reboot"}, "kind"),
    ]:
        answer = chief.post(path, json=sent)
        assert answer.status_code in (400, 422), answer.text
        assert where in answer.text
    other = device(exchange, "860000000000111", people[1], "gt06")
    assert chief.post(f"/api/devices/{other}/messages", json={"text": "a"}).status_code == 409
    assert chief.post("/api/devices/999999/messages", json={"text": "a"}).status_code == 404
    assert exchange.person("eve", role="viewer").post(path, json={"text": "a"}).status_code == 403
    assert exchange.person("anna", role="analyst", reach="city").get(path).status_code == 404


def test_registration_says_which_of_both_is_unknown(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "13500000301", movers(exchange)[4])
    exchange.ask("DELETE FROM device_carrier WHERE device_id = %s", number)
    with call(listener.port, Terminal("13500000301")) as line:
        assert line.ask(line.terminal.register()).body[2] == 2, "nobody carries it"
        exchange.ask(
            "INSERT INTO device_carrier (device_id, mover_id, since) VALUES (%s, %s, %s)",
            number, movers(exchange)[4], NOW - timedelta(days=1),
        )  # fmt: skip
        let_in(line)
    with call(listener.port, Terminal("13500000301", terminal_id="OTHER")) as line:
        assert line.ask(line.terminal.register()).body[2] == 3, "another has this number"
    ((digest, said),) = exchange.ask("SELECT auth_code, attributes FROM device WHERE id = %s", number)
    assert digest.startswith("sha256:")
    assert said["registration"]["terminal_id"] == "ID00001"
    with call(listener.port, Terminal("13500000301")) as line:
        assert line.ask(line.terminal.authenticate(digest)).body[4] == 1, "what is kept opens nothing"
        assert line.ask(line.terminal.report(LON, LAT, NOW)).body[4] == 1


def test_a_plate_that_is_not_the_vehicles_is_no_vehicle_of_ours(
    exchange: Exchange, listener: Listening
) -> None:
    ((resource,),) = exchange.ask(
        "INSERT INTO resource (kind, name, geom, source, generated, attributes)"
        " VALUES ('vehicle', 'car', ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), 'test', true,"
        """ '{"plate": "京 A·12345"}') RETURNING id"""
    )
    ((mover,),) = exchange.ask("SELECT id FROM mover WHERE resource_id = %s", resource)
    device(exchange, "13500000302", mover)
    with call(listener.port, Terminal("13500000302")) as line:
        assert line.ask(line.terminal.register(plate="京A54321")).body[2] == 2
        assert line.ask(line.terminal.register(plate="京A12345")).body[2] == 0


def test_a_shifted_position_is_kept_beside_where_it_is(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "13500000401", movers(exchange)[5])
    with call(listener.port, Terminal("13500000401")) as line:
        let_in(line)
        # 116.30, 39.96 in GCJ-02.
        assert line.ask(line.terminal.report(116.306080, 39.961263, NOW, status=0b10 | 1 << 5)).body[4] == 0
    ((_, lon, lat, source_lon, source_lat, datum, _),) = fixes(exchange, number)
    assert (source_lon, source_lat, datum) == (116.306080, 39.961263, 2)
    assert (lon, lat) == (pytest.approx(116.30, abs=1e-6), pytest.approx(39.96, abs=1e-6))


def test_a_cry_for_help_is_kept_once(exchange: Exchange, listener: Listening) -> None:
    number = device(exchange, "13500000501", movers(exchange)[6])
    with call(listener.port, Terminal("13500000501")) as line:
        let_in(line)
        for n, alarms in enumerate((0, 1, 1, 1, 0)):
            line.ask(line.terminal.report(LON, LAT, NOW + timedelta(seconds=n), alarms=alarms))
    rows = exchange.ask("SELECT kind, time FROM happening WHERE device_id = %s", number)
    assert rows == [("sos", NOW + timedelta(seconds=1))]


def test_a_drivers_card_signs_whoever_has_the_terminal_in_and_out(
    exchange: Exchange, listener: Listening
) -> None:
    mover = movers(exchange)[6]
    number = device(exchange, "13500000502", mover)
    # As of now: what lies more than a day back signs nobody in.
    now = datetime.now(UTC).replace(microsecond=0)
    begin, end = now - timedelta(hours=2), now - timedelta(hours=1)
    said = [(0x01, begin), (0x01, begin), (0x02, end)]
    with call(listener.port, Terminal("13500000502")) as line:
        let_in(line)
        for status, moment in said:
            assert line.ask(line.terminal.message(0x0702, card(status, moment))).body[4] == 0
    rows = exchange.ask("SELECT mover_id, kind, at, way FROM sign WHERE device_id = %s ORDER BY at", number)
    assert rows == [(mover, "in", begin, "device"), (mover, "out", end, "device")]


def test_a_device_that_is_blocked_is_hung_up_on(exchange: Exchange, listener: Listening) -> None:
    chief = exchange.person("chief")
    number = device(exchange, "13500000601", movers(exchange)[7])
    with call(listener.port, Terminal("13500000601")) as line:
        code = let_in(line)
        assert chief.patch(f"/api/devices/{number}", json={"state": "blocked"}).status_code == 200
        assert line.is_closed()
    with call(listener.port, Terminal("13500000601")) as line:
        assert line.ask(line.terminal.authenticate(code)).body[4] == 1
        assert line.ask(line.terminal.register()).body[2] == 4


def test_one_line_a_terminal_and_some_a_stranger(exchange: Exchange) -> None:
    device(exchange, "13500000701", movers(exchange)[0])
    with listening(exchange, "jt808", "--strangers", "3", "--idle", "2") as own, ExitStack() as stack:
        first = stack.enter_context(call(own.port, Terminal("13500000701")))
        code = let_in(first)
        second = stack.enter_context(call(own.port, Terminal("13500000701")))
        let_in(second, code)
        assert first.is_closed(), "it came back on another line"
        strangers = [stack.enter_context(call(own.port)) for _ in range(3)]
        assert strangers[0].ask(strangers[0].terminal.heartbeat()).body[4] == 1
        assert stack.enter_context(call(own.port)).is_closed(), "too many that do not say who they are"
        assert second.is_closed(), "silent for too long"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_every_acknowledged_fix_is_there_however_the_process_ends(exchange: Exchange, number: int) -> None:
    people = movers(exchange)
    phones = [f"135{number:04d}{n:04d}" for n in range(len(people))]
    devices = [device(exchange, phone, mover) for phone, mover in zip(phones, people, strict=True)]
    codes: dict[str, str] = {}
    acknowledged: dict[str, set[int]] = {phone: set() for phone in phones}
    with listening(exchange, "jt808") as own:
        threads = [
            threading.Thread(target=pump, args=(own.port, each, codes, acknowledged)) for each in phones
        ]
        for thread in threads:
            thread.start()
        until(lambda: all(len(each) > 40 for each in acknowledged.values()))
        own.end(number)
        for thread in threads:
            thread.join()
    for phone, own_device in zip(phones, devices, strict=True):
        there = {row[0].timestamp() for row in fixes(exchange, own_device)}
        assert acknowledged[phone] <= there
    # They come back with their codes, and send everything again: nothing is there twice.
    with listening(exchange, "jt808") as own, ExitStack() as stack:
        for phone, own_device in zip(phones, devices, strict=True):
            line = stack.enter_context(call(own.port, Terminal(phone)))
            let_in(line, codes[phone])
            sent = sorted(acknowledged[phone])
            body = batch(
                [location(LON, LAT, NOW - timedelta(seconds=NOW.timestamp() - at)) for at in sent[:30]]
            )
            before = len(fixes(exchange, own_device))
            assert line.ask(line.terminal.message(0x0704, body)).body[4] == 0
            assert len(fixes(exchange, own_device)) == before


def test_a_database_that_goes_away_costs_no_acknowledged_fix_and_no_line(exchange: Exchange) -> None:
    phones = ["13677770001", "13677770002"]
    people = movers(exchange)
    devices = [device(exchange, phone, mover) for phone, mover in zip(phones, people, strict=False)]
    acknowledged: dict[str, set[int]] = {phone: set() for phone in phones}
    others = ["13677770011", "13677770012", "13677770013"]
    for phone, mover in zip(others, people, strict=False):
        exchange.ask(
            "UPDATE device SET auth_code = %s WHERE id = %s",
            digest("its code"),
            device(exchange, phone, mover),
        )
    with listening(exchange, "jt808") as own:
        threads = [threading.Thread(target=pump, args=(own.port, each, {}, acknowledged)) for each in phones]
        for thread in threads:
            thread.start()
        for n in range(3):
            so_far = {phone: len(each) for phone, each in acknowledged.items()}
            until(lambda so_far=so_far: all(len(acknowledged[each]) > n + 20 for each, n in so_far.items()))
            hang_up(exchange)
            with call(own.port, Terminal(others[n])) as line:
                answer = line.ask(line.terminal.authenticate("its code"))
                assert answer.body[4] == 0, "nobody is refused because the database was away"
        so_far = {phone: len(each) for phone, each in acknowledged.items()}
        until(lambda: all(len(acknowledged[each]) > n + 20 for each, n in so_far.items()))
        own.end(signal.SIGTERM)
        for thread in threads:
            thread.join()
    for phone, own_device in zip(phones, devices, strict=True):
        assert acknowledged[phone] <= {row[0].timestamp() for row in fixes(exchange, own_device)}


def hang_up(exchange: Exchange) -> None:
    """End all connections of the workers, as a database does that is started anew."""
    assert exchange.settings.app_database_url is not None
    with connect(exchange.settings.app_database_url.value) as worker:
        worker.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def pump(port: int, phone: str, codes: dict[str, str], acknowledged: dict[str, set[int]]) -> None:
    """Send fixes one after another until the line breaks; note what was acknowledged."""
    try:
        with call(port, Terminal(phone)) as line:
            codes[phone] = let_in(line)
            for n in range(100_000):
                at = NOW - timedelta(hours=20) + timedelta(seconds=n)
                if line.ask(line.terminal.report(LON, LAT, at)).body[4] == 0:
                    acknowledged[phone].add(int(at.timestamp()))
    except (OSError, AssertionError):
        return

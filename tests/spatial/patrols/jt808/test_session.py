"""What is said on one connection, from both sides."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest

from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.protocols.jt808 import Authenticate, Limits, LogOut, Receipt, Register, Session, Take
from spatial.patrols.protocols.jt808.downlinks import Ask, Text
from spatial.patrols.protocols.jt808.messages import Registered, Result
from spatial.patrols.protocols.jt808.parts import PartLimits
from tests.spatial.patrols.encoder_jt808 import Answer, Terminal, answers, batch, location
from tests.spatial.patrols.jt808.talking import CODE, drain, known, say

NOON = datetime(2026, 10, 9, 12, 0, 0, tzinfo=UTC)
LON, LAT = 116.30608, 39.961262


def results(found: list[Answer]) -> list[tuple[int, int, int]]:
    """Read general replies: (serial, message, result) of what they answer."""
    return [struct.unpack(">HHB", each.body) for each in found if each.number == 0x8001]


def test_status_bit_5_says_that_the_position_is_shifted() -> None:
    terminal = Terminal()
    plain = terminal.report(LON, LAT, NOON, status=0b10)
    shifted = terminal.report(LON, LAT, NOON, status=0b10 | 1 << 5)
    asked, _ = say(known(terminal), plain + shifted)
    assert [each.fixes[0].datum for each in asked] == [None, "gcj02"]
    assert [(each.fixes[0].lon, each.fixes[0].lat) for each in asked] == [(LON, LAT)] * 2


def test_terminals_of_2019_are_read_and_answered_in_their_own_headers() -> None:
    terminal = Terminal("13500000002", version=1)
    session = Session()
    session.receive(terminal.register(2019, plate="粤B·D12345", colour=5), 0.0)
    (asked,) = drain(session)
    assert isinstance(asked, Register)
    said = asked.registration
    assert (said.layout, said.maker, said.terminal_id, said.plate) == (
        "2019",
        "MAKER",
        "ID00001",
        "粤B·D12345",
    )
    session.registered(asked, Registered.DONE, CODE)
    session.receive(terminal.authenticate(CODE, "860000000000001", "V2.1"), 0.0)
    (asked,) = drain(session)
    assert isinstance(asked, Authenticate)
    seen = asked.authentication
    assert (seen.code, seen.imei, seen.version) == (CODE, "860000000000001", "V2.1")
    assert CODE not in repr(asked)
    session.authenticated(asked, is_good=True)
    found = answers(session.output())
    assert [each.version for each in found] == [1, 1]
    assert {each.phone for each in found} == {"13500000002"}
    assert found[0].body == struct.pack(">HB", 1, 0) + CODE.encode()
    taken, found = say(session, terminal.report(LON, LAT, NOON))
    assert taken[0].fixes[0].time_us == NOON.timestamp() * 1e6
    assert results(found) == [(3, 0x0200, 0)]


@pytest.mark.parametrize("version", [None, 1])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 1, 0, 2)])
def test_sub_packages_are_put_together(version: int | None, order: tuple[int, ...]) -> None:
    terminal = Terminal(version=version)
    session = known(terminal)
    times = [NOON + timedelta(seconds=10 * n) for n in range(40)]
    body = batch([location(LON, LAT + n * 1e-4, at) for n, at in enumerate(times)], kind=1)
    parts = terminal.in_parts(0x0704, body, 500)
    assert len(parts) == 3
    taken, found = [], []
    for number in order:
        asked, answered = say(session, parts[number])
        taken += asked
        found += answered
    (take,) = taken
    assert [fix.time_us for fix in take.fixes] == [at.timestamp() * 1e6 for at in times]
    assert all(fix.flags & Flag.BACKFILL for fix in take.fixes)
    # One answer to each part; the last of them is that of the whole.
    assert [serial for serial, _, result in results(found) if result == 0] == [
        terminal.sent[1 + number] for number in order
    ]
    _, found = say(session, parts[order[-1]])
    assert results(found) == [(terminal.sent[1 + order[-1]], 0x0704, 0)], "its answer was lost; it is done"


def test_a_wrong_check_byte_is_neither_read_nor_answered() -> None:
    terminal = Terminal()
    session = known(terminal)
    asked, found = say(session, terminal.message(0x0200, location(LON, LAT, NOON), spoil=1))
    assert (asked, found) == ([], [])
    assert session.counts["checksum"] == 1
    asked, found = say(session, terminal.report(LON, LAT, NOON))
    assert len(asked) == len(found) == 1, "the next one is good"


def test_nothing_is_taken_before_a_terminal_has_shown_its_code() -> None:
    terminal = Terminal()
    session = Session()
    asked, found = say(session, terminal.report(LON, LAT, NOON) + terminal.heartbeat())
    assert asked == []
    assert results(found) == [(1, 0x0200, Result.FAILED), (2, 0x0002, Result.FAILED)]
    session.receive(terminal.authenticate("wrong") + terminal.report(LON, LAT, NOON), 0.0)
    (asked_for,) = drain(session)
    session.authenticated(asked_for, is_good=False)
    assert drain(session) == []
    assert results(answers(session.output())) == [(3, 0x0102, Result.FAILED), (4, 0x0200, Result.FAILED)]
    session.receive(terminal.authenticate(CODE) + terminal.report(LON, LAT, NOON), 0.0)
    (asked_for,) = drain(session)
    assert isinstance(asked_for, Authenticate), "what follows waits until it is known who this is"
    session.authenticated(asked_for, is_good=True)
    (take,) = drain(session)
    assert isinstance(take, Take)
    # Somebody else's number on the same line is nobody's.
    other, found = say(session, Terminal("13599999999").report(LON, LAT, NOON))
    assert other == []
    session.taken(take)
    found += answers(session.output())
    assert [result for _, _, result in results(found)] == [0, 0, Result.FAILED]


@pytest.mark.parametrize("year", [2011, 2013, 2019])
@pytest.mark.parametrize(
    ("colour", "plate"),
    [(1, "京A12345"), (2, "粤B12345"), (5, "京AD12345"), (0, "LSVAA4182E2123456"), (0, "")],
)
def test_registrations_of_all_three_layouts_are_told_apart(year: int, colour: int, plate: str) -> None:
    terminal = Terminal(version=1 if year == 2019 else None, model="MODEL-1")
    session = Session()
    session.receive(terminal.register(year, colour, plate), 0.0)
    (asked,) = drain(session)
    said = asked.registration
    assert (said.layout, said.maker, said.model, said.terminal_id) == (
        str(year),
        "MAKER",
        "MODEL-1",
        "ID00001",
    )
    assert (said.province, said.county, said.colour) == (11, 108, colour)
    assert (said.plate, said.vin) == ((plate, "") if colour else ("", plate))


def test_answers_leave_in_the_order_of_their_questions() -> None:
    terminal = Terminal()
    session = known(terminal)
    first = terminal.report(LON, LAT, NOON) + terminal.heartbeat()
    session.receive(first + terminal.report(LON, LAT, NOON) + terminal.report(LON, LAT, NOON), 0.0)
    takes = drain(session)
    session.taken(takes[2])
    session.taken(takes[1], Result.FAILED)
    assert session.output() == b"", "the first is not committed yet"
    assert session.waiting == 4
    session.taken(takes[0])
    found = answers(session.output())
    assert results(found) == [(2, 0x0200, 0), (3, 0x0002, 0), (4, 0x0200, Result.FAILED), (5, 0x0200, 0)]
    assert [each.serial for each in found] == [1, 2, 3, 4]
    assert session.waiting == 0


def test_a_broken_tail_never_costs_the_fix() -> None:
    terminal = Terminal()
    session = known(terminal)
    tails = {
        "01040000": {"tail": "01040000"},
        "ff": {"tail": "ff"},
        "0104000000640231": {"tail": "0231"},
        "eb0700050001016708": {"xeb": "00050001016708"},
        "00010002": {"x00": "00", "tail": "02"},
    }
    for tail, extra in tails.items():
        (take,), _ = say(session, terminal.report(LON, LAT, NOON, tail=bytes.fromhex(tail)))
        assert take.fixes[0].extra == extra
        assert (take.fixes[0].lon, take.problems) == (LON, [])


def test_one_bad_location_of_a_batch_never_costs_the_others() -> None:
    terminal = Terminal()
    good = [location(LON, LAT, NOON + timedelta(seconds=n)) for n in range(3)]
    no_time = good[1][:22] + b"\xff" * 6
    body = batch([good[0], no_time, b"\x01\x02", good[2]])
    (take,), found = say(known(terminal), terminal.message(0x0704, body))
    assert len(take.fixes) == 2
    assert [each.where for each in take.problems] == ["batch[1].location.time", "batch[2].location"]
    (take,), found = say(known(terminal), terminal.message(0x0704, batch(good)[:-40]))
    assert len(take.fixes) == 1
    assert len(take.problems) == 2
    assert results(found)[0][2] == 0


def test_signs_sea_levels_and_states_are_read() -> None:
    terminal = Terminal()
    session = known(terminal)
    (take,), _ = say(
        session, terminal.report(-58.4, -34.6, NOON, status=0b11, alarms=1, altitude=0x8000 | 154)
    )
    fix = take.fixes[0]
    assert (fix.lon, fix.lat, fix.altitude_m) == (-58.4, -34.6, -154)
    assert fix.flags == Flag.IGNITION | Flag.SOS
    (take,), _ = say(session, terminal.report(89.2, 42.9, NOON, status=0, altitude=0x10000 - 154, alarms=2))
    fix = take.fixes[0]
    assert (fix.altitude_m, fix.flags) == (-154, Flag.NOT_POSITIONED | Flag.ALARM)


def test_parts_that_do_not_come_are_asked_for_again_and_given_up_in_time() -> None:
    terminal = Terminal()
    session = known(terminal, Limits(PartLimits(wait_s=10, most_asks=2)))
    body = batch([location(LON, LAT, NOON + timedelta(seconds=n)) for n in range(45)])
    parts = terminal.in_parts(0x0704, body, 400)
    first = terminal.sent[1]
    _, found = say(session, parts[0] + parts[2], 100.0)
    assert {each.number for each in found} == {0x8001}
    session.look(105.0)
    assert session.output() == b""
    session.look(111.0)
    (again,) = answers(session.output())
    assert again.number == 0x8003
    assert again.body == struct.pack(">HBHH", first, 2, 2, 4)
    session.receive(parts[1], 112.0)
    assert drain(session) == []
    session.output()
    session.look(125.0)
    assert answers(session.output())[0].body == struct.pack(">HBH", first, 1, 4)
    session.look(136.0)
    assert session.output() == b""
    assert session.counts["parts given up"] == 1


def test_the_last_part_brings_the_request_for_those_before_it_at_once() -> None:
    terminal = Terminal(version=1)
    session = known(terminal)
    parts = terminal.in_parts(0x0704, batch([location(LON, LAT, NOON)] * 30), 400)
    _, found = say(session, parts[0] + parts[-1])
    again = [each for each in found if each.number == 0x8003]
    # From 2019 on the count has two bytes.
    assert [each.body for each in again] == [struct.pack(">HHH", terminal.sent[1], 1, 2)]


def test_unfinished_messages_are_bounded() -> None:
    terminal = Terminal()
    session = known(terminal)
    for _ in range(50):
        say(session, terminal.in_parts(0x0704, b"\0" * 1200, 400)[0])
    assert len(session.parts) == 2
    _, found = say(session, terminal.message(0x0704, b"\0", part=(60_000, 1)))
    assert results(found)[-1][2] == Result.WRONG


def test_what_is_encrypted_or_unknown_is_refused_and_never_kept() -> None:
    terminal = Terminal()
    session = known(terminal)
    encrypted = terminal.message(0x0200, location(LON, LAT, NOON), encryption=1)
    asked, found = say(
        session, encrypted + terminal.message(0x0801, b"\0" * 36) + terminal.message(0x0107, b"\0")
    )
    assert asked == []
    assert [result for _, _, result in results(found)] == [
        Result.UNSUPPORTED,
        Result.UNSUPPORTED,
        Result.DONE,
    ]
    assert session.counts == {"encrypted": 1, "unsupported": 1, "set aside": 1}


def test_texts_are_sent_and_their_receipts_come_back() -> None:
    terminal = Terminal(version=1)
    session = known(terminal)
    serial = session.send(Text("请到一号口 go to gate 1", is_urgent=True))
    asking = session.send(Ask())
    told, question = answers(session.output())
    assert (told.number, told.serial) == (0x8300, serial)
    assert told.body[2:].decode("gbk") == "请到一号口 go to gate 1"
    assert (question.number, question.body) == (0x8201, b"")
    asked, found = say(session, terminal.receipt(serial, 0x8300))
    assert asked == [Receipt(serial, 0)]
    assert found == [], "a receipt is not answered"
    (take,), _ = say(session, terminal.message(0x0201, struct.pack(">H", asking) + location(LON, LAT, NOON)))
    assert (take.answers, take.fixes[0].lat) == (asking, LAT)


def test_the_other_delimiter_has_its_own_escapes_and_long_numbers() -> None:
    terminal = Terminal("23456789012345", delimiter=0xE7)
    session = Session()
    session.receive(terminal.authenticate(CODE), 0.0)
    (asked,) = drain(session)
    session.authenticated(asked, is_good=True)
    assert session.phone == "23456789012345"
    out = session.output()
    assert (out[0], out[-1]) == (0xE7, 0xE7)
    # 62.3D3E … degrees: bytes that this way of framing escapes.
    body = location(0x063E3D3E / 1e6, 0x023DE6E7 / 1e6, NOON)
    session.receive(terminal.message(0x0200, body), 0.0)
    (take,) = drain(session)
    assert (take.fixes[0].lon, take.fixes[0].lat) == (0x063E3D3E / 1e6, 0x023DE6E7 / 1e6)


def test_time_is_told_and_leave_is_taken() -> None:
    terminal = Terminal(version=1)
    session = known(terminal)
    asked, found = say(session, terminal.message(0x0004) + terminal.log_out(), NOON.timestamp())
    assert asked == [LogOut()]
    assert (found[0].number, found[0].body.hex()) == (0x8004, "261009120000")
    assert results(found) == [(3, 0x0003, 0)]


def test_a_clock_of_another_zone_is_read_by_the_profile() -> None:
    terminal = Terminal()
    session = known(terminal)
    session.zone_s = 0
    (take,), _ = say(session, terminal.report(LON, LAT, NOON))
    assert take.fixes[0].time_us == (NOON + timedelta(hours=8)).timestamp() * 1e6


def test_a_line_that_brings_nothing_good_is_given_up() -> None:
    session = Session()
    for _ in range(200):
        say(session, b"\x7eGET / HTTP/1.1\x7e")
    assert session.is_hopeless
    terminal = Terminal()
    session = known(terminal)
    for _ in range(200):
        say(session, terminal.message(0x0801, b"\0"))
    assert not session.is_hopeless, "it is known, and says what we do not need"

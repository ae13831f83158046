"""GT06: recorded frames, talks, and nonsense."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.patrols.protocols import gt06
from spatial.patrols.protocols.fixes import Flag, RawFix
from spatial.patrols.protocols.gt06 import Login, Session, Take, crc_x25, cut, login_zone_s, read_position
from tests.spatial.patrols.encoder_gt06 import alarm, crc, login, message, position

DATA = Path(__file__).parents[2] / "data" / "terminals" / "gt06.csv"
ROWS = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))
IMEI = "860000000000017"
NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
LON, LAT = 116.306, 39.961


@pytest.mark.parametrize("row", ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_a_recorded_frame_says_what_it_is_known_to_say(row: dict[str, str]) -> None:
    says = json.loads(row["says"])
    (frame,), rest, spoilt = cut(bytes.fromhex(row["frame"]))
    assert (rest, spoilt, frame.kind) == (b"", [], says["kind"])
    if "serial" in says:
        assert frame.serial == says["serial"]
    if "imei" in says:
        assert frame.body[:8].hex().lstrip("0") == says["imei"]
        assert login_zone_s(frame.body) == says.get("zone_s", 0)
    if "positioned" in says or "alarm" in says:
        fix = read_position(frame)
        assert isinstance(fix, RawFix)
        assert (not fix.flags & Flag.NOT_POSITIONED) == says.get("positioned", True)
        assert (fix.extra or {}).get("alarm") == says.get("alarm", (fix.extra or {}).get("alarm"))
        if "lon" in says:
            assert (fix.lon, fix.lat) == (
                pytest.approx(says["lon"], abs=1e-5),
                pytest.approx(says["lat"], abs=1e-5),
            )
            assert fix.time_us == datetime.fromisoformat(says["time"]).timestamp() * 1e6


@given(st.binary(max_size=100))
def test_the_check_is_that_of_x25(data: bytes) -> None:
    assert crc_x25(data) == crc(data)
    assert crc_x25(b"123456789") == 0x906E


def test_a_recorded_acknowledgement_is_written_as_others_write_it() -> None:
    # The server's answer of the protocol's own document.
    assert gt06.write(0x01, 1) == bytes.fromhex("787805010001d9dc0d0a")


def known(zone: bytes = b"") -> Session:
    session = Session()
    session.receive(login(IMEI, 1, zone), 0.0)
    asked = session.next()
    assert isinstance(asked, Login)
    assert asked.imei == IMEI
    session.logged_in(asked, is_good=True)
    assert session.output() == message(0x01, 1)
    return session


def test_fixes_are_acknowledged_when_they_are_kept_in_the_order_they_came() -> None:
    session = known()
    frames = [
        message(0x12, 2, position(LON, LAT, NOON, speed_kmh=36, course=271)),
        message(0x13, 3, b"\x44\x06\x04\x00\x02"),
        message(0x22, 4, position(-LON, -LAT, NOON, is_good=False)),
    ]
    session.receive(b"".join(frames), 0.0)
    first, second = session.next(), session.next()
    assert session.next() is None
    assert isinstance(first, Take)
    assert isinstance(second, Take)
    fix, other = first.fixes[0], second.fixes[0]
    assert (fix.lon, fix.lat, fix.course_deg, fix.flags) == (LON, LAT, 271, 0)
    assert fix.speed_mps == pytest.approx(10)
    assert fix.time_us == NOON.timestamp() * 1e6
    assert (other.lon, other.lat, other.flags) == (-LON, -LAT, Flag.NOT_POSITIONED)
    session.taken(second)
    assert session.output() == b""
    session.taken(first)
    assert session.output() == message(0x12, 2) + message(0x13, 3) + message(0x22, 4)


def test_what_is_not_kept_is_not_acknowledged() -> None:
    session = known()
    session.receive(message(0x12, 2, position(LON, LAT, NOON)), 0.0)
    asked = session.next()
    assert isinstance(asked, Take)
    session.taken(asked, is_kept=False)
    assert (session.output(), session.waiting) == (b"", 0)


def test_a_login_may_say_what_zone_the_clock_shows() -> None:
    session = known(zone=b"\x36\x08" + (800 << 4).to_bytes(2, "big"))
    local = NOON + timedelta(hours=8)
    session.receive(message(0x12, 2, position(LON, LAT, local)), 0.0)
    asked = session.next()
    assert isinstance(asked, Take)
    assert asked.fixes[0].time_us == NOON.timestamp() * 1e6


@pytest.mark.parametrize(
    ("state", "what", "flags", "extra"),
    [
        (0, 1, Flag.SOS, {"alarm": "sos"}),
        (4 << 3, 0, Flag.SOS, {"alarm": "sos"}),
        (4, 0, Flag(0) | Flag.CHARGING, None),
        (0, 3, Flag.ALARM, {"alarm": "vibration"}),
        (0, 0x77, Flag.ALARM, {"alarm": "x77"}),
    ],
)
def test_alarms_say_what_the_matter_is(
    state: int, what: int, flags: int, extra: dict[str, str] | None
) -> None:
    session = known()
    session.receive(message(0x16, 2, alarm(position(LON, LAT, NOON), state, 3, what)), 0.0)
    asked = session.next()
    assert isinstance(asked, Take)
    fix = asked.fixes[0]
    assert (fix.flags, fix.extra, fix.battery_pct) == (flags, extra, 50)


def test_nothing_is_taken_before_the_login_nor_after_one_that_is_not_good() -> None:
    session = Session()
    session.receive(message(0x12, 1, position(LON, LAT, NOON)) + login("860000000000025", 2), 0.0)
    asked = session.next()
    assert isinstance(asked, Login)
    session.logged_in(asked, is_good=False)
    session.receive(message(0x12, 3, position(LON, LAT, NOON)), 0.0)
    assert session.next() is None
    assert session.output() == b""
    assert session.counts == {"not logged in": 2, "login": 1}


def test_time_is_told() -> None:
    session = known()
    session.receive(message(0x8A, 6), NOON.timestamp())
    assert session.next() is None
    assert session.output() == message(0x8A, 6, bytes((26, 10, 9, 12, 0, 0)))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.binary(max_size=30))
def test_frames_are_the_same_however_the_stream_is_cut(cuts: list[int], noise: bytes) -> None:
    noise = noise.replace(b"\x78", b"").replace(b"\x79", b"")
    frames = [
        message(0x12, 2, position(LON, LAT, NOON)),
        message(0x94, 3, b"\x78\x78\x79\x79" * 60, is_long=True),
        message(0x12, 4, position(LON, LAT, NOON), spoil=1),
        message(0x12, 5, position(LON, LAT, NOON)),
    ]
    stream, at, rest, found = noise + b"".join(frames), 0, b"", []
    while at < len(stream):
        size = cuts[at % len(cuts)]
        whole, rest, _ = cut(rest + stream[at : at + size])
        found += whole
        at += size
    assert [each.serial for each in found] == [2, 3, 5]
    assert rest == b""


def fuzz(count: int, seed: int) -> int:
    chance = random.Random(seed)
    good = [bytes.fromhex(row["frame"]) for row in ROWS]
    asked = 0
    session = Session()
    for number in range(count):
        if number % 200 == 0:
            session = known() if number % 400 else Session()
        data = bytearray(chance.choice(good))
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.5:
            size = chance.randrange(40)
            data = bytearray(
                message(chance.choice((1, 0x12, 0x13, 0x16, 0x26, 0x8A, 0x99)), 9, chance.randbytes(size))
            )
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        session.receive(bytes(data), 0.0)
        while (each := session.next()) is not None:
            asked += 1
            session.logged_in(each, True) if isinstance(each, Login) else session.taken(each)
        session.output()
        assert session.waiting == 0
        assert len(session._buffer) <= gt06.MOST_LONG_BYTES
    return asked


def test_a_hundred_thousand_frames_of_nonsense_raise_nothing() -> None:
    assert fuzz(100_000, seed=6) > 10_000


@pytest.mark.slow
def test_a_million_frames_of_nonsense_raise_nothing() -> None:
    assert fuzz(1_000_000, seed=66) > 100_000


GUESSED = Flag.TIME_GUESSED | Flag.NOT_POSITIONED
NO_CLOCK = bytes(6) + position(0, 0, NOON, is_good=False)[6:]
STATE = b"\x04\x00\x02"
"""Signal, no alarm, language."""
CELL = b"\x01\xcc\x00\x28\x7d\x00\x1f\x71"


@pytest.mark.parametrize("kind", sorted(gt06.ALARMS))
@pytest.mark.parametrize(("what", "flag", "name"), [(1, Flag.SOS, "sos"), (6, Flag.ALARM, "overspeed")])
def test_an_alarm_without_a_time_is_of_the_time_of_receipt(
    kind: int, what: int, flag: Flag, name: str
) -> None:
    session = known()
    session.receive(message(kind, 2, alarm(NO_CLOCK, what=what)), NOON.timestamp())
    asked = session.next()
    assert isinstance(asked, Take)
    (fix,) = asked.fixes
    assert (fix.time_us, fix.flags, fix.extra) == (NOON.timestamp() * 1e6, flag | GUESSED, {"alarm": name})


def test_a_position_without_a_time_that_is_no_alarm_is_not_kept() -> None:
    session = known()
    session.receive(message(0x12, 2, NO_CLOCK) + message(0x16, 3, alarm(NO_CLOCK)), NOON.timestamp())
    for _ in range(2):
        asked = session.next()
        assert isinstance(asked, Take)
        assert (asked.fixes, [each.reason for each in asked.problems]) == ([], ["no time"])


@pytest.mark.parametrize(
    ("kind", "body"),
    [(0x13, b"\x60\x03" + STATE), (0x13, b"\x60\x03\x04"), (0x19, CELL + b"\x60\x03" + STATE),
     (0x19, CELL + b"\x40\x03\x04\x01\x02")],
)  # fmt: skip
def test_the_state_of_a_tracker_may_cry_for_help(kind: int, body: bytes) -> None:
    session = known()
    session.receive(message(kind, 2, body), NOON.timestamp())
    asked = session.next()
    assert isinstance(asked, Take)
    (fix,) = asked.fixes
    assert (fix.time_us, fix.flags) == (NOON.timestamp() * 1e6, Flag.SOS | GUESSED)
    assert (fix.extra, fix.battery_pct) == ({"alarm": "sos"}, 50)
    assert session.output() == b"", "acknowledged when it is kept"
    session.taken(asked)
    assert session.output() == message(kind, 2)


def heard(session: Session, frame: bytes) -> Take | None:
    session.receive(frame, NOON.timestamp())
    asked = session.next()
    assert asked is None or isinstance(asked, Take)
    return asked


def test_a_state_that_goes_on_crying_is_one_cry() -> None:
    session = known()
    cry, calm = message(0x13, 2, b"\x60\x03" + STATE), message(0x13, 2, b"\x40\x03" + STATE)
    plain = message(0x12, 2, position(LON, LAT, NOON))
    told = []
    for frame in (cry, cry, plain, cry, calm, cry):
        asked = heard(session, frame)
        told.append(asked is not None)
        if asked is not None:
            session.taken(asked)
    assert told == [True, False, True, False, False, True]


def test_a_cry_that_was_not_kept_is_heard_again() -> None:
    session = known()
    cry = message(0x13, 2, b"\x60\x03" + STATE)
    asked = heard(session, cry)
    assert asked is not None
    session.taken(asked, is_kept=False)
    assert session.output() == b""
    assert heard(session, cry) is not None


@pytest.mark.parametrize("other", [b"", b"\x79\x79"])
def test_beginnings_of_nothing_are_given_up(other: bytes) -> None:
    frames, rest, spoilt = cut(b"\x78" * 262_144 + other)
    assert (frames, rest, len(spoilt)) == ([], b"", gt06.MOST_SPOILT + 1)
    session = known()
    session.receive(b"\x78" * 262_144 + other, 0.0)
    assert session.next() is None
    assert (session.is_hopeless, session.waiting) == (True, 0)


def test_beginnings_are_looked_for_once() -> None:
    # One of them far away must not be searched for at every frame: bytes looked at, not seconds, are counted.
    class Looked(bytes):
        far = 0

        def find(self, *args: object) -> int:  # type: ignore[override]
            Looked.far += len(self)
            return super().find(*args)  # type: ignore[arg-type]

    frame = message(0x13, 3, b"\x44\x06\x04\x00\x02")
    frames, rest, spoilt = cut(Looked(frame * 5000))
    assert (len(frames), rest, spoilt, Looked.far) == (5000, b"", [], 0)


def test_nothing_is_read_of_somebody_hopeless() -> None:
    session = Session()
    session.receive(message(0x13, 3, b"\x44\x06\x04\x00\x02") * 5000, 0.0)
    assert session.next() is None
    assert session.counts == {"not logged in": Session.most_spoilt + 1}
    assert session.waiting == 0

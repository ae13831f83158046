"""Frames that real terminals sent, and what others say stands in them (tests/data/terminals)."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from spatial.errors import Problem
from spatial.patrols.protocols.fixes import Flag, RawFix
from spatial.patrols.protocols.jt808 import location
from spatial.patrols.protocols.jt808.downlinks import Interval, Text, Track, encode
from spatial.patrols.protocols.jt808.header import Header, read, write
from spatial.patrols.protocols.jt808.messages import Message
from spatial.patrols.protocols.jt808.registration import read_authentication, read_registration
from tests.spatial.patrols.encoder_jt808 import answers

DATA = Path(__file__).parents[3] / "data" / "terminals" / "jt808.csv"
ROWS = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))


def check_fix(fix: RawFix, says: dict[str, Any]) -> None:
    found = {
        "lon": fix.lon,
        "lat": fix.lat,
        "altitude_m": fix.altitude_m,
        "speed_kmh": pytest.approx(fix.speed_mps * 3.6),
        "course": fix.course_deg,
        "positioned": not fix.flags & Flag.NOT_POSITIONED,
        "sos": bool(fix.flags & Flag.SOS),
        "backfill": bool(fix.flags & Flag.BACKFILL),
    }
    for name, value in says.items():
        if name == "time":
            assert fix.time_us == datetime.fromisoformat(value).timestamp() * 1e6
        elif name == "extra":
            assert value.items() <= (fix.extra or {}).items()
        else:
            assert found[name] == value, name


def fixes_of(header: Header, body: bytes) -> list[RawFix]:
    if header.message == Message.BATCH:
        fixes, problems = location.read_batch(body, all_kept=True)
        assert problems == []
        return fixes
    start = 2 if header.message == Message.LOCATION_ASKED_FOR else 0
    fix = location.read(body[start:], all_kept=True)
    assert not isinstance(fix, Problem)
    return [fix]


@pytest.mark.parametrize("row", ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_a_recorded_frame_says_what_it_is_known_to_say(row: dict[str, str]) -> None:
    frame, says = bytes.fromhex(row["frame"]), json.loads(row["says"])
    header, body = read(frame[1:-1])
    for name in ("message", "phone", "serial", "version", "parts", "part"):
        if name in says:
            assert getattr(header, name) == says[name], name
    if "registration" in says:
        assert says["registration"].items() <= asdict(read_registration(header, body)).items()
    if "code" in says:
        assert read_authentication(header, body).code == says["code"]
    if "answers" in says:
        assert int.from_bytes(body[:2], "big") == says["answers"]
    if "body" in says:
        assert body.hex() == says["body"]
    if "length" in says:
        assert len(body) == says["length"]
    if "fixes" in says:
        fixes = fixes_of(header, body)
        assert len(fixes) == len(says["fixes"])
        for fix, said in zip(fixes, says["fixes"], strict=True):
            check_fix(fix, said)


TO_2013 = Header(0, bytes.fromhex("012345678900"), 0, None, 0x7E)
TO_2019 = Header(0, bytes.fromhex("00000000012345678900"), 0, 1, 0x7E)


@pytest.mark.parametrize(
    ("to", "message", "serial", "body", "frame"),
    [
        # As SmallChi/JT808 writes them.
        (TO_2013, 0x8100, 10, "006400313233343536", "7E81000009012345678900000A006400313233343536687E"),
        (TO_2013, 0x8100, 10, "006404", "7E81000003012345678900000A006404617E"),
        (
            TO_2013, 0x8300, 1, "05736d616c6c63686920353138",
            "7E8300000D012345678900000105736D616C6C63686920353138027E",
        ),
        (
            TO_2019, 0x8300, 1, "0501736d616c6c63686920353138",
            "7E8300400E010000000001234567890000010501736D616C6C63686920353138417E",
        ),
    ],
)  # fmt: skip
def test_frames_of_the_platform_are_written_as_others_write_them(
    to: Header, message: int, serial: int, body: str, frame: str
) -> None:
    assert write(to, message, serial, bytes.fromhex(body)) == bytes.fromhex(frame)
    (answer,) = answers(bytes.fromhex(frame))
    assert (answer.number, answer.serial, answer.body.hex()) == (message, serial, body)


def test_bodies_of_the_platform_are_written_as_others_write_them() -> None:
    text = Text("smallchi 518", is_urgent=True, is_aloud=False)
    assert encode(text, is_2019=False) == (Message.TEXT, bytes.fromhex("05736d616c6c63686920353138"))
    assert encode(Track(69, 123), is_2019=False) == (Message.TRACK, bytes.fromhex("00450000007B"))
    assert encode(Track(0), is_2019=False) == (Message.TRACK, b"\0\0")
    message, body = encode(Interval(15), is_2019=True)
    assert (message, body.hex()) == (Message.PARAMETERS, "0200000020040000000000000029040000000f")


def test_a_text_beyond_one_message_is_cut_between_characters() -> None:
    _, body = encode(Text("巡" * 2000), is_2019=False)
    assert len(body) == 1021
    assert body[1:].decode("gbk") == "巡" * 510

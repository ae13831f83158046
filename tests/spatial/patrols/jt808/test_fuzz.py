"""Frames that no terminal would send: nothing is raised, whatever comes."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime

import pytest

from spatial.patrols.protocols.jt808 import Session
from tests.spatial.patrols.encoder_jt808 import Terminal, batch, escape, location
from tests.spatial.patrols.jt808.talking import CODE, drain, known, settle
from tests.spatial.patrols.jt808.test_recorded import DATA

MESSAGES = (0x0001, 0x0002, 0x0003, 0x0004, 0x0100, 0x0102, 0x0107, 0x0200, 0x0201, 0x0702, 0x0704, 0x0801)
NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)


def seeds() -> list[bytes]:
    """Give good frames, recorded and our own, without their delimiters."""
    rows = csv.DictReader(DATA.read_text(encoding="utf-8").splitlines())
    found = [bytes.fromhex(row["frame"]) for row in rows]
    for version in (None, 1):
        terminal = Terminal(version=version)
        found += [terminal.authenticate(CODE), terminal.heartbeat(), terminal.report(116.3, 39.9, NOON)]
        body = batch([location(116.3, 39.9, NOON)] * 20)
        found += [terminal.message(0x0704, body), *terminal.in_parts(0x0704, body, 200)]
        found += [terminal.register(year) for year in (2011, 2013, 2019)]
    return [each[1:-1] for each in found]


def mangled(chance: random.Random, good: list[bytes]) -> bytes:
    """Make a frame: cut, flipped, doubled, of chance alone, or with a good check byte and a bad inside."""
    payload = bytearray(chance.choice(good))
    match chance.randrange(6):
        case 0:
            payload = payload[: chance.randrange(len(payload))]
        case 1:
            payload = bytearray(chance.randbytes(chance.randrange(120)))
        case 2:
            at = chance.randrange(len(payload))
            payload[at:at] = chance.randbytes(chance.randrange(1, 9))
        case kind:
            for _ in range(chance.randrange(1, 6)):
                payload[chance.randrange(len(payload))] = chance.randrange(256)
            if kind > 3:
                return checked(chance, payload)
    return b"\x7e" + bytes(payload) + b"\x7e"


def checked(chance: random.Random, payload: bytearray) -> bytes:
    """Give a frame a length and a check that fit, so that its inside is looked at."""
    if len(payload) < 24:
        return b"\x7e" + bytes(payload) + b"\x7e"
    attributes = chance.choice((0, 0, 0x2000, 0x4000, 0x6000))
    head = (12 if attributes < 0x4000 else 17) + (4 if attributes & 0x2000 else 0)
    attributes |= max(0, len(payload) - head) & 0x3FF
    payload[0:4] = chance.choice(MESSAGES).to_bytes(2, "big") + attributes.to_bytes(2, "big")
    if chance.random() < 0.7:
        # Mostly by the terminal that is known.
        number = (
            bytes.fromhex("013500000001")
            if attributes < 0x4000
            else b"\1" + bytes.fromhex("13500000001".zfill(20))
        )
        payload[4 : 4 + len(number)] = number
    check = 0
    for byte in payload:
        check ^= byte
    return b"\x7e" + escape(bytes(payload) + bytes([check])) + b"\x7e"


def fuzz(count: int, seed: int) -> tuple[int, int]:
    """Talk nonsense to sessions; gives how much was asked, and how many answers were written."""
    chance, good = random.Random(seed), seeds()
    asked = written = 0
    session = Session()
    for number in range(count):
        if number % 200 == 0:
            session = known(Terminal()) if number % 400 else Session()
        data = mangled(chance, good)
        cut = chance.randrange(len(data) + 1)
        for piece in (data[:cut], data[cut:]):
            session.receive(piece, float(number))
            for each in drain(session):
                asked += 1
                settle(session, each)
        session.look(float(number))
        written += session.output().count(b"\x7e") // 2
        assert session.waiting == 0
        assert len(session.parts) <= 2
    return asked, written


def test_a_hundred_thousand_frames_of_nonsense_raise_nothing() -> None:
    asked, written = fuzz(100_000, seed=808)
    # It was not all refused at the door.
    assert asked > 5_000
    assert written > asked


@pytest.mark.slow
def test_a_million_frames_of_nonsense_raise_nothing() -> None:
    asked, _ = fuzz(1_000_000, seed=20191)
    assert asked > 50_000

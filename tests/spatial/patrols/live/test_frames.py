"""Frames byte by byte, read by a decoder that knows the document alone."""

from __future__ import annotations

import struct

import numpy as np

from spatial.patrols.live.frames import MOST_RECORDS, RECORD, Kind, beat, cut
from spatial.patrols.live.reading import RAW, rows_of
from spatial.patrols.protocols.fixes import Flag
from tests.spatial.patrols.live.decoder import decode

JULY_US = 1_782_900_000_123_456
"""2026-07-01T10:00:00.123456Z."""


def raw(**given: float) -> np.ndarray:
    row = np.zeros(1, RAW)
    usual = {"mover": 7, "time": JULY_US - 946_684_800_000_000, "speed": np.nan, "course": np.nan}
    usual |= {"accuracy": np.nan, "battery": -1, "bits": 4}
    usual["received"] = usual["time"] + 1_500_999
    for name, value in (usual | given).items():
        row[name] = value
    return row


def sent(**given: float) -> dict:
    rows = rows_of(raw(**given), [""], [""])
    (frame,) = cut(Kind.DELTA, rows.record, 5, 1, 2, 3, 0)
    return decode(frame).records[0]


def test_a_frame_is_what_the_document_says_to_the_byte() -> None:
    rows = rows_of(
        raw(lon=116.3, lat=-39.9000001, speed=1.25, course=359.99, accuracy=4.5, battery=88,
            flags=Flag.MOVING, bits=7),
        [""], [""],
    )  # fmt: skip
    (frame,) = cut(Kind.SNAPSHOT, rows.record, 2**52 + 1, 0, 9, JULY_US, 1)
    head = b"CGLV\x01\x01\x01\x00" + struct.pack("<QQqII", 2**52 + 1, 9, JULY_US, 1, 32)
    body = struct.pack(
        "<IiiHHqHBBI", 7, 1_163_000_000, -399_000_001, 125, 35_999, JULY_US, 45, 88, 0b110001, 1500
    )
    assert frame == head + body


def test_what_is_unknown_is_not_zero() -> None:
    found = sent()
    assert [found[name] for name in ("speed", "course", "accuracy", "battery")] == [None] * 4
    assert sent(battery=0)["battery"] == 0
    assert sent(speed=0.0)["speed"] == 0


def test_what_is_too_large_is_the_largest_and_never_unknown() -> None:
    for value in (656.0, 1e30, np.inf):
        assert sent(speed=value)["speed"] == 0xFFFE
    assert sent(speed=-3)["speed"] == 0
    assert sent(accuracy=1e9)["accuracy"] == 0xFFFE


def test_the_ends_of_the_earth_fit_in() -> None:
    for lon, lat in ((180.0, 90.0), (-180.0, -90.0)):
        found = sent(lon=lon, lat=lat)
        assert (found["lon"], found["lat"]) == (round(lon * 1e7), round(lat * 1e7))


def test_a_clock_ahead_is_not_late_and_an_old_fix_is_as_late_as_can_be() -> None:
    time_us = JULY_US - 946_684_800_000_000
    assert sent(received=time_us - 10**9)["late_ms"] == 0
    assert sent(received=time_us + 10**14)["late_ms"] == 0xFFFFFFFF


def test_many_records_are_cut_and_only_the_last_frame_has_the_number() -> None:
    body = np.zeros(2 * MOST_RECORDS + 1, RECORD)
    body["mover"] = np.arange(len(body))
    frames = [decode(each) for each in cut(Kind.SNAPSHOT, body, 5, 0, 9, 1, 0)]
    assert [each.kind for each in frames] == ["snapshot", "delta", "delta"]
    assert [(each.more, each.sequence) for each in frames] == [(True, 0), (True, 0), (False, 9)]
    assert [each["mover"] for frame in frames for each in frame.records] == list(range(len(body)))


def test_a_snapshot_of_nobody_is_a_frame_and_a_beat_has_no_body() -> None:
    (empty,) = [decode(each) for each in cut(Kind.SNAPSHOT, np.zeros(0, RECORD), 5, 0, 9, 1, 0)]
    assert (empty.kind, empty.records, empty.sequence) == ("snapshot", [], 9)
    found = decode(beat(5, 9, 1, 1))
    assert (found.kind, found.away, found.sequence) == ("beat", True, 9)

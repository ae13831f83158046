"""Frames cut out of a stream that the network has cut in its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.patrols.protocols.jt808.framing import MOST_BYTES, Frames, Spoilt, checked, frame, unescape
from tests.spatial.patrols.encoder_jt808 import Terminal, escape


@given(st.binary(min_size=1, max_size=200), st.sampled_from([0x7E, 0xE7]))
def test_what_is_wrapped_is_unwrapped(payload: bytes, delimiter: int) -> None:
    framed = frame(payload, delimiter)
    assert framed.count(bytes([delimiter])) == 2
    assert checked(framed[1:-1], delimiter) == payload
    assert unescape(escape(payload, delimiter), delimiter) == payload


@given(
    st.lists(st.binary(min_size=12, max_size=60), min_size=1, max_size=8),
    st.lists(st.integers(1, 40), min_size=1, max_size=60),
    st.booleans(),
    st.sampled_from([0x7E, 0xE7]),
)
def test_frames_are_the_same_however_the_stream_is_cut(
    payloads: list[bytes], cuts: list[int], is_shared: bool, delimiter: int
) -> None:
    edge = bytes([delimiter])
    framed = [frame(each, delimiter) for each in payloads]
    stream = edge + edge.join(each[1:-1] for each in framed) + edge if is_shared else b"".join(framed)
    frames, found, at = Frames(), [], 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        found += frames.feed(stream[at : at + size])
        at += size
    assert [checked(each, frames.delimiter) for each in found] == payloads
    assert frames.held == 0


def test_what_is_too_long_is_left_out_and_held_by_nobody() -> None:
    frames = Frames()
    found = []
    for _ in range(100):
        found += frames.feed(b"\x7e" + b"\x01" * 1000)[1:] if found else frames.feed(b"\x01" * 1000)
    assert frames.held <= MOST_BYTES
    good = Terminal().heartbeat()
    found = frames.feed(b"\x01" * MOST_BYTES + b"\x7e" + good)
    assert found[-1] == good[1:-1]


def test_a_stream_without_any_delimiter_is_not_kept() -> None:
    frames = Frames()
    found = [each for _ in range(1000) for each in frames.feed(b"\x01" * 4096)]
    assert (frames.held, found, frames.left_out) == (0, [], 1)


def test_pieces_too_short_for_a_frame_are_one_number() -> None:
    frames = Frames()
    assert frames.feed(b"\x7e\x00\x00" * 80_000 + b"\x7e") == []
    assert (frames.left_out, frames.held) == (80_000, 0)


@pytest.mark.parametrize("spoilt", ["", "00", "0102", "7d", "7d03", "017d"])
def test_what_is_no_frame_is_spoilt(spoilt: str) -> None:
    with pytest.raises(Spoilt):
        checked(bytes.fromhex(spoilt))

"""Frames of JT/T 808: delimiters, escapes and the check byte.

`7E | header | body | check | 7E`, where 7D 02 stands for 7E and 7D 01 for 7D. Some makers use E7 as the
delimiter, with E6 01 for E6, E6 02 for E7, 3E 01 for 3E and 3E 02 for 3D.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

DELIMITER = 0x7E
OTHER_DELIMITER = 0xE7
LEAST_BYTES = 13
"""The shortest there can be: the header of 2013, and the check."""
MOST_BYTES = 2 * (1023 + 17 + 1) + 2
"""The longest frame there can be: a header of 2019 with parts, a full body, the check, every byte escaped."""

_ESCAPES: dict[int, tuple[tuple[bytes, bytes], ...]] = {
    DELIMITER: ((b"\x7d", b"\x7d\x01"), (b"\x7e", b"\x7d\x02")),
    OTHER_DELIMITER: (
        (b"\xe6", b"\xe6\x01"),
        (b"\xe7", b"\xe6\x02"),
        (b"\x3e", b"\x3e\x01"),
        (b"\x3d", b"\x3e\x02"),
    ),
}
"""By delimiter: what stands for what. What escapes comes before what it escapes."""
_MARKS = {DELIMITER: (b"\x7d",), OTHER_DELIMITER: (b"\xe6", b"\x3e")}


class Spoilt(ValueError):
    """Bytes that are no frame, or no message: the text says why, in a few words that counters can use."""


class Frames:
    """Cuts what comes in on one connection into frames, however it was cut on the way.

    The first byte says which delimiter the terminal uses. One that ends a frame may begin the next.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.delimiter = DELIMITER
        self.left_out = 0
        """Pieces that were too short or too long for a frame; whoever reads it sets it back."""
        self._most_bytes = most_bytes
        self._rest = b""
        self._is_new = True
        self._is_skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; give what now stands between delimiters, as it came (escaped).

        What is shorter or longer than a frame can be is counted and nothing more: a stranger may send a
        hundred thousand of them at once.
        """
        if self._is_new and data:
            self._is_new = False
            if data[0] == OTHER_DELIMITER:
                self.delimiter = OTHER_DELIMITER
        *whole, rest = (self._rest + data).split(bytes((self.delimiter,)))
        if self._is_skipping and whole:
            whole[0], self._is_skipping = b"", False
        if len(rest) > self._most_bytes:
            self.left_out += not self._is_skipping
            self._is_skipping = True
        self._rest = b"" if self._is_skipping else rest
        frames = [each for each in whole if LEAST_BYTES <= len(each) <= self._most_bytes]
        self.left_out += len(whole) - whole.count(b"") - len(frames)
        return frames

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their frame."""
        return len(self._rest)


def unescape(framed: bytes, delimiter: int = DELIMITER) -> bytes:
    """Give the bytes of a frame as they were before they were escaped; Spoilt for an escape of nothing."""
    marks = _MARKS[delimiter]
    if not any(mark in framed for mark in marks):
        return framed
    for mark in marks:
        if framed.count(mark) != framed.count(mark + b"\x01") + framed.count(mark + b"\x02"):
            raise Spoilt("escape")
    for plain, escaped in reversed(_ESCAPES[delimiter]):
        framed = framed.replace(escaped, plain)
    return framed


def checked(framed: bytes, delimiter: int = DELIMITER) -> bytes:
    """Give header and body of what stood between two delimiters; Spoilt when the check byte does not fit."""
    payload = unescape(framed, delimiter)
    if len(payload) < 2:
        raise Spoilt("length")
    if reduce(xor, payload):
        # All bytes together with their check give nothing.
        raise Spoilt("checksum")
    return payload[:-1]


def frame(payload: bytes, delimiter: int = DELIMITER) -> bytes:
    """Wrap header and body as they are sent."""
    escaped = payload + bytes((reduce(xor, payload, 0),))
    for plain, written in _ESCAPES[delimiter]:
        escaped = escaped.replace(plain, written)
    edge = bytes((delimiter,))
    return edge + escaped + edge

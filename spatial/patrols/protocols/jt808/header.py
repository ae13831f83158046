"""Headers of JT/T 808: 2011 and 2013 alike, 2019 by bit 14, and the long number of terminals that use E7."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from spatial.patrols.protocols.jt808.framing import DELIMITER, OTHER_DELIMITER, Spoilt, checked, frame

LENGTH_BITS = 0x03FF
ENCRYPTION_BITS = 0x1C00
PARTS_BIT = 0x2000
BIT_2019 = 0x4000
MOST_BODY_BYTES = 1023


class Header(NamedTuple):
    """Who sends what. `parts` and `part` (from 1) are 0 where a message comes whole."""

    message: int
    terminal: bytes
    """The number as it stands in the header; answers carry it back byte by byte."""
    serial: int
    version: int | None
    """The protocol version that terminals of 2019 and later send; None before."""
    delimiter: int
    is_encrypted: bool = False
    parts: int = 0
    part: int = 0

    @property
    def phone(self) -> str:
        """The terminal's number in digits, as people write it: without leading zeros."""
        return phone_of(self.terminal)


def read(framed: bytes, delimiter: int = DELIMITER) -> tuple[Header, bytes]:
    """Read what stands between two delimiters into header and body; Spoilt says what is wrong with it."""
    payload = checked(framed, delimiter)
    if len(payload) < 12:
        raise Spoilt("length")
    message, attributes = _u16(payload, 0), _u16(payload, 2)
    at, version = 4, None
    if attributes & BIT_2019:
        at, version = 5, payload[4]
    digits = _number_bytes(attributes, delimiter)
    terminal = payload[at : at + digits]
    at += digits
    in_parts = attributes & PARTS_BIT
    body_at = at + (6 if in_parts else 2)
    if len(payload) != body_at + (attributes & LENGTH_BITS):
        raise Spoilt("length")
    parts, part = (_u16(payload, at + 2), _u16(payload, at + 4)) if in_parts else (0, 0)
    if in_parts and not 1 <= part <= parts:
        raise Spoilt("parts")
    is_encrypted = bool(attributes & ENCRYPTION_BITS)
    header = Header(message, terminal, _u16(payload, at), version, delimiter, is_encrypted, parts, part)
    return header, payload[body_at:]


def write(to: Header, message: int, serial: int, body: bytes) -> bytes:
    """Write a whole frame of the platform to the terminal that `to` came from, in its own way of framing."""
    assert len(body) <= MOST_BODY_BYTES
    attributes = len(body) | (0 if to.version is None else BIT_2019)
    version = b"" if to.version is None else bytes((to.version,))
    start = message.to_bytes(2, "big") + attributes.to_bytes(2, "big") + version
    return frame(start + to.terminal + serial.to_bytes(2, "big") + body, to.delimiter)


@lru_cache(maxsize=16_384)
def phone_of(terminal: bytes) -> str:
    """Write a terminal's number: digits of BCD, or the IMEI of makers that put one into six bytes."""
    text = terminal.hex()
    if text.isdecimal():
        return text.lstrip("0") or "0"
    if len(terminal) == 6:
        # An IMEI without its last digit, which follows from the others, as one number of 48 bits.
        number = str(int.from_bytes(terminal, "big")).zfill(14)
        return number + str(luhn_digit(number))
    return text


def luhn_digit(digits: str) -> int:
    """Give the check digit that ends an IMEI."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def _number_bytes(attributes: int, delimiter: int) -> int:
    if attributes & BIT_2019:
        return 10
    return 7 if delimiter == OTHER_DELIMITER else 6


def _u16(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]

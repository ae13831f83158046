"""A tracker's side of GT06, written from the protocol's tables; it shares no code with the parser."""

from __future__ import annotations

import struct
from datetime import datetime


def crc(data: bytes) -> int:
    """CRC-16/X-25, bit by bit."""
    value = 0xFFFF
    for byte in data:
        for bit in range(8):
            odd = (value ^ (byte >> bit)) & 1
            value >>= 1
            if odd:
                value ^= 0x8408
    return value ^ 0xFFFF


def message(kind: int, serial: int, body: bytes = b"", *, is_long: bool = False, spoil: int = 0) -> bytes:
    """Write one frame; is_long: with a length of two bytes."""
    size = len(body) + 5
    start = b"\x79\x79" if is_long else b"\x78\x78"
    inside = (struct.pack(">H", size) if is_long else bytes([size])) + bytes([kind]) + body
    inside += struct.pack(">H", serial)
    return start + inside + struct.pack(">H", crc(inside) ^ spoil) + b"\r\n"


def login(imei: str, serial: int = 1, zone: bytes = b"") -> bytes:
    """Write 0x01; zone: type and zone, as longer logins have them."""
    return message(0x01, serial, bytes.fromhex(imei.rjust(16, "0")) + zone)


def position(
    lon: float, lat: float, at: datetime, *, speed_kmh: int = 0, course: int = 0, is_good: bool = True
) -> bytes:
    """Write the 18 bytes that every position begins with; `at` as the tracker's clock shows it."""
    bits = course | (0x1000 if is_good else 0) | (0x0400 if lat >= 0 else 0) | (0x0800 if lon < 0 else 0)
    clock = bytes((at.year % 100, at.month, at.day, at.hour, at.minute, at.second))
    places = struct.pack(">II", round(abs(lat) * 1_800_000), round(abs(lon) * 1_800_000))
    return clock + b"\xc9" + places + bytes([speed_kmh]) + struct.pack(">H", bits)


def alarm(where: bytes, state: int = 0, level: int = 6, what: int = 0) -> bytes:
    """Write the body of 0x16: position, cell, state of the tracker, and what the matter is."""
    return where + b"\x09\x01\xcc\x00\x28\x7d\x00\x1f\x71" + bytes((state, level, 4, what, 2))

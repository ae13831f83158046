"""A terminal's side of JT/T 808, written from the standard's tables; it shares no code with the parser."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def bcd(digits: str, size: int) -> bytes:
    """Pack digits, two to a byte, filled up with zeros in front."""
    padded = digits.rjust(2 * size, "0")
    return bytes(int(padded[i]) * 16 + int(padded[i + 1]) for i in range(0, 2 * size, 2))


def escape(payload: bytes, delimiter: int = 0x7E) -> bytes:
    """Escape byte by byte."""
    table = (
        {0x7E: b"\x7d\x02", 0x7D: b"\x7d\x01"}
        if delimiter == 0x7E
        else {0xE6: b"\xe6\x01", 0xE7: b"\xe6\x02", 0x3E: b"\x3e\x01", 0x3D: b"\x3e\x02"}
    )
    return b"".join(table.get(byte, bytes([byte])) for byte in payload)


def unescape(framed: bytes) -> bytes:
    """Undo `escape` of 7E."""
    made, at = bytearray(), 0
    while at < len(framed):
        if framed[at] == 0x7D:
            made.append({1: 0x7D, 2: 0x7E}[framed[at + 1]])
            at += 1
        else:
            made.append(framed[at])
        at += 1
    return bytes(made)


@dataclass
class Terminal:
    """A terminal that numbers its messages."""

    phone: str = "13500000001"
    version: int | None = None
    """1: of 2019; None: of 2013 and before."""
    delimiter: int = 0x7E
    serial: int = 0
    maker: str = "MAKER"
    model: str = "MODEL-1"
    terminal_id: str = "ID00001"
    sent: list[int] = field(default_factory=list)

    def message(
        self,
        number: int,
        body: bytes = b"",
        *,
        part: tuple[int, int] | None = None,
        encryption: int = 0,
        spoil: int = 0,
        serial: int | None = None,
    ) -> bytes:
        """Write one frame. part: (total, index). spoil: what the check byte is off by."""  # fmt: skip
        attributes = len(body) + (encryption << 10) + (0x2000 if part else 0)
        number_of_bytes = 7 if self.delimiter == 0xE7 else 6
        head = b""
        if self.version is not None:
            attributes += 0x4000
            head, number_of_bytes = bytes([self.version]), 10
        used = self._next() if serial is None else serial
        payload = struct.pack(">HH", number, attributes) + head + bcd(self.phone, number_of_bytes)
        payload += struct.pack(">H", used) + (struct.pack(">HH", *part) if part else b"") + body
        check = spoil
        for byte in payload:
            check ^= byte
        edge = bytes([self.delimiter])
        return edge + escape(payload + bytes([check]), self.delimiter) + edge

    def in_parts(self, number: int, body: bytes, size: int) -> list[bytes]:
        """Write a message in parts of `size` bytes."""
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        return [
            self.message(number, piece, part=(len(pieces), nr)) for nr, piece in enumerate(pieces, start=1)
        ]

    def register(self, year: int = 2013, colour: int = 1, plate: str = "京A12345") -> bytes:
        """Write 0x0100 as of 2011, 2013 or 2019."""
        widths = {2011: (5, 8, 7), 2013: (5, 20, 7), 2019: (11, 30, 30)}[year]
        texts = (self.maker, self.model, self.terminal_id)
        fields = b"".join(text.encode()[:w].ljust(w, b"\0") for text, w in zip(texts, widths, strict=True))
        body = struct.pack(">HH", 11, 108) + fields + bytes([colour]) + plate.encode("gbk")
        return self.message(0x0100, body)

    def authenticate(self, code: str, imei: str = "860000000000001", software: str = "V1") -> bytes:
        """Write 0x0102."""
        if self.version is None:
            return self.message(0x0102, code.encode())
        body = bytes([len(code)]) + code.encode() + imei.encode().ljust(15, b"\0")
        return self.message(0x0102, body + software.encode().ljust(20, b"\0"))

    def heartbeat(self) -> bytes:
        """Write 0x0002."""
        return self.message(0x0002)

    def log_out(self) -> bytes:
        """Write 0x0003."""
        return self.message(0x0003)

    def report(self, *args: object, **named: object) -> bytes:
        """Write 0x0200."""
        return self.message(0x0200, location(*args, **named))  # type: ignore[arg-type]

    def receipt(self, serial: int, number: int, result: int = 0) -> bytes:
        """Write 0x0001: the word on what the platform sent."""
        return self.message(0x0001, struct.pack(">HHB", serial, number, result))

    def _next(self) -> int:
        self.serial = (self.serial + 1) % 65_536
        self.sent.append(self.serial)
        return self.serial


def location(
    lon: float,
    lat: float,
    at: datetime,
    *,
    speed_kmh: float = 0.0,
    course: int = 0,
    altitude: int = 0,
    status: int = 0b10,
    alarms: int = 0,
    tail: bytes = b"",
) -> bytes:
    """Write the body of 0x0200; `at` with a zone. South and west by the signs."""  # fmt: skip
    status |= (4 if lat < 0 else 0) | (8 if lon < 0 else 0)
    numbers = (
        alarms,
        status,
        round(abs(lat) * 1e6),
        round(abs(lon) * 1e6),
        altitude,
        round(speed_kmh * 10),
        course,
    )
    return struct.pack(">IIIIHHH", *numbers) + bcd(at.astimezone(BEIJING).strftime("%y%m%d%H%M%S"), 6) + tail


def batch(locations: list[bytes], kind: int = 0) -> bytes:
    """Write the body of 0x0704; kind 1 is the buffer of a blind zone."""
    return struct.pack(">HB", len(locations), kind) + b"".join(
        struct.pack(">H", len(each)) + each for each in locations
    )


@dataclass(frozen=True)
class Answer:
    """A message of the platform."""

    number: int
    phone: str
    serial: int
    body: bytes
    version: int | None


def answers(data: bytes, delimiter: int = 0x7E) -> list[Answer]:
    """Read what the platform wrote, whole frames of it; asserts that each is well-formed."""
    assert delimiter == 0x7E
    return [_answer(unescape(each)) for each in data.split(b"\x7e") if each]


def _answer(payload: bytes) -> Answer:
    check = 0
    for byte in payload:
        check ^= byte
    assert check == 0
    number, attributes = struct.unpack_from(">HH", payload)
    at, width, version = (5, 10, payload[4]) if attributes & 0x4000 else (4, 6, None)
    phone = payload[at : at + width].hex()
    (serial,) = struct.unpack_from(">H", payload, at + width)
    body = payload[at + width + 2 : -1]
    assert len(body) == attributes & 0x3FF
    return Answer(number, phone.lstrip("0"), serial, body, version)

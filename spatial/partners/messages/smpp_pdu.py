"""Protocol data units of SMPP 3.4 (Short Message Peer to Peer, Issue 1.2, 12-Oct-1999), pure.

Numbers in brackets are those of its sections. A unit is a head of four 32-bit numbers (length, command,
status, sequence) and a body of fixed fields, then optional parameters: tag, length, value.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

GENERIC_NACK = 0x80000000
BIND_TRANSCEIVER = 0x00000009
SUBMIT_SM = 0x00000004
DELIVER_SM = 0x00000005
UNBIND = 0x00000006
ENQUIRE_LINK = 0x00000015
RESPONSE = 0x80000000
"""Set in the command of an answer (5.1.2.1)."""

OK = 0x00000000
INVALID_COMMAND = 0x00000003
THROTTLED, QUEUE_FULL, SYSTEM_ERROR = 0x00000058, 0x00000014, 0x00000008
STATUSES = {
    0x01: "message length is invalid", 0x02: "command length is invalid", 0x03: "command is not known",
    0x04: "not bound for this command", 0x05: "bound already", 0x08: "system error",
    0x0A: "source address is invalid", 0x0B: "destination address is invalid", 0x0D: "bind failed",
    0x0E: "password is invalid", 0x0F: "system id is invalid", 0x14: "queue of the gateway is full",
    0x15: "service type is invalid", 0x33: "number of destinations is invalid", 0x43: "esm_class is invalid",
    0x45: "submitting failed",
    0x48: "type of source number is invalid", 0x49: "plan of source number is invalid",
    0x50: "type of destination number is invalid", 0x51: "plan of destination number is invalid",
    0x53: "system type is invalid", 0x58: "throttled", 0x61: "schedule is invalid",
    0x62: "validity period is invalid", 0x64: "gateway is busy", 0x65: "gateway refuses for good",
    0x66: "gateway rejects", 0xFF: "unknown error",
}  # fmt: skip
"""What statuses mean (5.1.3)."""

HEAD_BYTES = 16
MOST_BYTES = 65_536 + 1024
"""A message_payload has 64 KiB at most; what says it is longer is no unit."""

PAYLOAD, RECEIPTED_ID, MESSAGE_STATE, INTERFACE_VERSION = 0x0424, 0x001E, 0x0427, 0x0210
"""Tags of optional parameters (5.3.2)."""
TYPE_MASK, RECEIPT_TYPE, UDH_INDICATOR = 0x3C, 0x04, 0x40
"""Of esm_class: the kind of message, that of a receipt, and that a user data header stands first (5.2.12)."""

Tlvs = Mapping[int, bytes]


class Malformed(ValueError):
    """What arrived is no unit of SMPP 3.4."""


@dataclass(frozen=True)
class Pdu:
    """A unit: its head's numbers without the length, and its body."""

    command: int
    status: int
    sequence: int
    body: bytes = b""


@dataclass(frozen=True)
class Bind:
    """Who wants to send and receive (4.1.5)."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""

    def body(self) -> bytes:
        """Write the fields: interface version 3.4, no range of addresses."""
        return (
            _text(self.system_id, 16) + _text(self.password, 9) + _text(self.system_type, 13)
            + bytes([0x34, 0, 0]) + b"\0"
        )  # fmt: skip


@dataclass(frozen=True)
class ShortMessage:
    """The body of submit_sm and of deliver_sm, which has the same fields (4.4.1, 4.6.1)."""

    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = field(default="", repr=False)
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    replace: int = 0
    data_coding: int = 0
    default_message: int = 0
    message: bytes = field(default=b"", repr=False)
    tlvs: Tlvs = field(default_factory=dict, repr=False)

    def body(self) -> bytes:
        """Write the fields; a text above 254 octets belongs into PAYLOAD."""
        if len(self.message) > 254:
            raise Malformed("short_message has 254 octets at most")
        parts = [
            _LIMITS[each.name](getattr(self, each.name)) for each in fields(self) if each.name in _LIMITS
        ]
        return b"".join(parts) + bytes([len(self.message)]) + self.message + write_tlvs(self.tlvs)


def _text(value: str, size: int) -> bytes:
    """Write a C-octet string of at most `size` octets, its end included."""
    octets = value.encode("ascii", "replace")
    if len(octets) >= size or b"\0" in octets:
        raise Malformed(f"a field holds more than {size - 1} octets")
    return octets + b"\0"


def _octet(value: int) -> bytes:
    return bytes([value])


_LIMITS = {
    "service_type": lambda value: _text(value, 6),
    "source_ton": _octet, "source_npi": _octet, "source": lambda value: _text(value, 21),
    "destination_ton": _octet, "destination_npi": _octet, "destination": lambda value: _text(value, 21),
    "esm_class": _octet, "protocol_id": _octet, "priority": _octet,
    "schedule": lambda value: _text(value, 17), "validity": lambda value: _text(value, 17),
    "registered_delivery": _octet, "replace": _octet, "data_coding": _octet, "default_message": _octet,
}  # fmt: skip
"""How each field before the text is written, in its order."""


def write(pdu: Pdu) -> bytes:
    """Write a unit.

    >>> write(Pdu(ENQUIRE_LINK, OK, 1)).hex()
    '00000010000000150000000000000001'
    """
    return struct.pack(">4I", HEAD_BYTES + len(pdu.body), pdu.command, pdu.status, pdu.sequence) + pdu.body


def take(buffer: bytearray) -> Pdu | None:
    """Take the first whole unit out of what has arrived; None when more must come; Malformed."""
    if len(buffer) < HEAD_BYTES:
        return None
    length, command, status, sequence = struct.unpack_from(">4I", buffer)
    if not HEAD_BYTES <= length <= MOST_BYTES:
        raise Malformed(f"a unit says that it has {length} octets")
    if len(buffer) < length:
        return None
    body = bytes(buffer[HEAD_BYTES:length])
    del buffer[:length]
    return Pdu(command, status, sequence, body)


def write_tlvs(tlvs: Tlvs) -> bytes:
    """Write optional parameters."""
    return b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tlvs.items())


def read_tlvs(octets: bytes) -> dict[int, bytes]:
    """Read optional parameters; Malformed when one is cut off."""
    found, place = {}, 0
    while place < len(octets):
        if place + 4 > len(octets):
            raise Malformed("an optional parameter is cut off")
        tag, length = struct.unpack_from(">HH", octets, place)
        value = octets[place + 4 : place + 4 + length]
        if len(value) < length:
            raise Malformed("an optional parameter is cut off")
        found[tag] = value
        place += 4 + length
    return found


class _Body:
    """Reads the fields of a body one after another."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.place = 0

    def text(self) -> str:
        end = self._octets.find(b"\0", self.place)
        if end < 0:
            raise Malformed("a text has no end")
        value = self._octets[self.place : end].decode("latin-1")
        self.place = end + 1
        return value

    def octet(self) -> int:
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        value = self._octets[self.place : self.place + count]
        if len(value) < count:
            raise Malformed("a body is cut off")
        self.place += count
        return value


_TEXTS = frozenset({"service_type", "source", "destination", "schedule", "validity"})


def read_short_message(octets: bytes) -> ShortMessage:
    """Read the body of submit_sm or deliver_sm; Malformed. The text of a payload stands in `message`."""
    body = _Body(octets)
    values = {name: body.text() if name in _TEXTS else body.octet() for name in _LIMITS}
    message = body.octets(body.octet())
    tlvs = read_tlvs(octets[body.place :])
    return ShortMessage(**values, message=message or tlvs.get(PAYLOAD, b""), tlvs=tlvs)  # type: ignore[arg-type]


def read_message_id(octets: bytes) -> str:
    """Read the body of submit_sm_resp: what the gateway calls the message; empty when it says nothing."""
    return _Body(octets).text() if octets else ""


def words(status: int) -> str:
    """Say what a status means."""
    return f"{STATUSES.get(status, 'status')} (0x{status:08X})"


def concatenated(reference: int, total: int, number: int) -> bytes:
    """Write the header of a part of a long message: 8-bit reference (3GPP TS 23.040, 9.2.3.24.1)."""
    return bytes([5, 0, 3, reference & 0xFF, total, number])


def relative(seconds: int) -> str:
    """Write a time from now, YYMMDDhhmmsstnnR (7.1.1); a minute at least, 63 days at most."""
    seconds = min(max(seconds, 60), 63 * 86_400)
    days, rest = divmod(seconds, 86_400)
    months, days = divmod(days, 30)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"00{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R"

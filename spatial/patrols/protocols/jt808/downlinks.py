"""What the platform sends to terminals (下行): texts, intervals, questions for the position."""

from __future__ import annotations

from dataclasses import dataclass

from spatial.patrols.protocols.jt808.header import MOST_BODY_BYTES
from spatial.patrols.protocols.jt808.messages import Message

URGENT, ON_DISPLAY, ALOUD = 1, 4, 8
NOTE_2019, SERVICE_2019 = 1, 2
"""Kinds of text from 2019 on."""
MOST_TEXT_BYTES = MOST_BODY_BYTES - 2
STRATEGY, INTERVAL = 0x0020, 0x0029
"""Parameters: 0 reports by time; seconds between reports when nothing else holds."""


@dataclass(frozen=True)
class Text:
    """A text (0x8300) that is shown, and read out where the terminal can."""

    text: str
    is_urgent: bool = False
    is_aloud: bool = True


@dataclass(frozen=True)
class Interval:
    """Seconds between reports from now on (0x8103)."""

    seconds: int


@dataclass(frozen=True)
class Ask:
    """The question where the terminal is (0x8201)."""


@dataclass(frozen=True)
class Track:
    """Reports at another interval for a while (0x8202); 0 seconds: no more."""

    seconds: int
    for_s: int = 0


Downlink = Text | Interval | Ask | Track


def encode(downlink: Downlink, is_2019: bool) -> tuple[Message, bytes]:
    """Write message and body. A text that is too long for one message is cut; GBK has it, or a '?' stands."""
    match downlink:
        case Text(text, is_urgent, is_aloud):
            return Message.TEXT, _text(text, is_urgent, is_aloud, is_2019)
        case Interval(seconds):
            return Message.PARAMETERS, b"\x02" + _parameter(STRATEGY, 0) + _parameter(INTERVAL, seconds)
        case Ask():
            return Message.ASK_LOCATION, b""
        case Track(seconds, for_s):
            length = for_s.to_bytes(4, "big") if seconds else b""
            return Message.TRACK, seconds.to_bytes(2, "big") + length


def text_bytes(text: str) -> bytes:
    """Write a text as terminals read it."""
    return text.encode("gbk", "replace")


def _text(text: str, is_urgent: bool, is_aloud: bool, is_2019: bool) -> bytes:
    flags = ON_DISPLAY | (ALOUD if is_aloud else 0)
    written = text_bytes(text)[:MOST_TEXT_BYTES].decode("gbk", "ignore").encode("gbk")
    if is_2019:
        # Two bits say service, urgent or notice; which of two kinds it is stands in a byte of its own.
        return bytes((flags | (2 if is_urgent else 3), NOTE_2019)) + written
    return bytes((flags | (URGENT if is_urgent else 0),)) + written


def _parameter(number: int, value: int) -> bytes:
    return number.to_bytes(4, "big") + b"\x04" + value.to_bytes(4, "big")

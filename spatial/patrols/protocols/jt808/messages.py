"""Numbers of JT/T 808: messages and results, as the standard's table has them."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Message(IntEnum):
    """What we read and write; terminals count from 0x0000, the platform from 0x8000."""

    RECEIPT = 0x0001
    """The terminal's general reply to what we sent."""
    HEARTBEAT = 0x0002
    LOG_OUT = 0x0003
    ASK_TIME = 0x0004
    """From 2019 on."""
    REGISTER = 0x0100
    AUTHENTICATE = 0x0102
    PROPERTIES = 0x0107
    LOCATION = 0x0200
    LOCATION_ASKED_FOR = 0x0201
    DRIVER = 0x0702
    BATCH = 0x0704
    PASSED_THROUGH = 0x0900

    ANSWER = 0x8001
    """Our general reply."""
    MISSING_PARTS = 0x8003
    TIME = 0x8004
    REGISTERED = 0x8100
    PARAMETERS = 0x8103
    ASK_LOCATION = 0x8201
    TRACK = 0x8202
    TEXT = 0x8300


class Result(IntEnum):
    """Of general replies, the terminal's and ours."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3
    ALARM_CONFIRMED = 4


class Registered(IntEnum):
    """Of 0x8100."""

    DONE = 0
    VEHICLE_TAKEN = 1
    NO_VEHICLE = 2
    TERMINAL_TAKEN = 3
    NO_TERMINAL = 4


FIXES: Final = frozenset({Message.LOCATION, Message.LOCATION_ASKED_FOR, Message.BATCH})
SET_ASIDE: Final = frozenset({Message.PROPERTIES, Message.PASSED_THROUGH})
"""Answered, because terminals send them again until they are, and not kept."""

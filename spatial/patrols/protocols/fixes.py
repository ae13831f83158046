"""What a protocol's message turns into: fixes as they were sent, events, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import DATUMS

Fixes = dict[str, npt.NDArray[Any]]
"""Columns of equal length by the names of COLUMNS: (n,) each. Made by `columns` or `empty`."""

COLUMNS: Mapping[str, type] = {
    "time_us": np.int64,
    "lon": np.float64,
    "lat": np.float64,
    "speed_mps": np.float32,
    "course_deg": np.float32,
    "accuracy_m": np.float32,
    "altitude_m": np.float32,
    "battery_pct": np.int16,
    "datum": np.int16,
    "flags": np.int32,
    "extra": object,
}
"""An unknown number is NaN, an unknown battery or datum (the device's profile decides) is -1."""
UNKNOWN = -1
_OPTIONAL = ("speed_mps", "course_deg", "accuracy_m", "altitude_m")

EARLIEST_US = -62_135_596_800_000_000
LATEST_US = 253_402_300_799_999_999
"""The years 1 to 9999: what a timestamp of PostgreSQL and of Python can both hold."""
MOST_EXTRA = 60
"""Attributes kept of one fix, beyond those that have a column."""
_LONGEST_TEXT = 1000


class Flag(IntFlag):
    """What a device says of a fix beside its numbers; bits of `fix.flags`."""

    MOVING = 1
    CHARGING = 2
    MOCK = 4
    """The device itself says that the position was made up."""
    BACKFILL = 8
    """Sent late out of a buffer; never the live position."""
    SOS = 16
    NOT_POSITIONED = 32
    """The device had no position of its own; it repeats an old one."""
    APPROXIMATE = 64
    """By cell or wifi."""
    MANUAL = 128
    """Sent because somebody pressed a button."""
    TIME_GUESSED = 256
    """The message named no zone, or no time at all: the profile's zone, or the time of receipt, was taken."""
    IGNITION = 512
    ALARM = 1024
    """Some other alarm than SOS; which, stands among the attributes."""
    OFF_DUTY_MASKED = 2048


class Source(IntEnum):
    """Numbers of protocols, as `fix.source` keeps them."""

    OWN = 1
    OSMAND = 2
    OWNTRACKS = 3
    OVERLAND = 4
    GPSLOGGER = 5
    ULOGGER = 6
    GPX = 7
    JT808 = 8
    GT06 = 9


class Happening(StrEnum):
    """What a message may tell that is no fix."""

    HEARTBEAT = "heartbeat"
    SOS = "sos"
    ALARM = "alarm"
    TRANSITION = "transition"
    """Into or out of a region that the app watches."""
    WAYPOINT = "waypoint"
    STATUS = "status"
    GONE = "gone"
    """The broker's word that the app has lost its connection."""
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class RawFix:
    """One fix as it was sent: units converted, datum not."""

    time_us: int
    """POSIX microseconds."""
    lon: float
    lat: float
    """Degrees, in the device's datum."""
    speed_mps: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None
    altitude_m: float | None = None
    battery_pct: int | None = None
    datum: str | None = None
    """What the message says; None: the profile's."""
    flags: int = 0
    extra: dict[str, Any] | None = None


@dataclass(frozen=True)
class Happened:
    """Something a device told that is no fix."""

    kind: Happening
    time_us: int
    lon: float | None = None
    lat: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Parsed:
    """What one message, or one device's part of it, holds."""

    identity: str | None
    """What the device calls itself; None: it does not say."""
    fixes: tuple[RawFix, ...] = ()
    events: tuple[Happened, ...] = ()
    skipped: tuple[Problem, ...] = ()
    """What was not a fix, and why. The others are taken all the same."""
    reply: bytes | None = None


@dataclass(frozen=True)
class Batch:
    """Fixes of any number of devices as columns."""

    identities: tuple[str | None, ...]
    of: npt.NDArray[np.intp]
    """(n,) Whose each fix is: a place in `identities`."""
    fixes: Fixes
    events: tuple[tuple[int, Happened], ...] = ()
    """Each with a place in `identities`."""
    skipped: tuple[Problem, ...] = ()

    @classmethod
    def gathered(cls, parts: Sequence[Parsed]) -> Batch:
        """Put parts together, in their order."""
        of = np.repeat(np.arange(len(parts)), [len(part.fixes) for part in parts])
        events = tuple((row, event) for row, part in enumerate(parts) for event in part.events)
        skipped = tuple(problem for part in parts for problem in part.skipped)
        fixes = columns([fix for part in parts for fix in part.fixes])
        return cls(tuple(part.identity for part in parts), of, fixes, events, skipped)


@dataclass(frozen=True)
class Profile:
    """How a device's messages are to be read, where they do not say it themselves."""

    datum: str = "wgs84"
    speed_unit: str | None = None
    """A name of SPEED_UNITS; None: as the protocol has it."""
    zone: str = "Asia/Shanghai"
    """Of times without one."""
    passphrase: str | None = None


SPEED_UNITS = {"mps": 1.0, "kmh": 1 / 3.6, "knots": 1852 / 3600, "mph": 0.44704}
"""Metres a second in one of them."""


def empty(count: int) -> Fixes:
    """Make columns of `count` fixes of which nothing is known but that they are: time, lon and lat are 0."""
    made: Fixes = {name: np.zeros(count, kind) for name, kind in COLUMNS.items()}
    for name in _OPTIONAL:
        made[name].fill(np.nan)
    for name in ("battery_pct", "datum"):
        made[name].fill(UNKNOWN)
    made["extra"].fill(None)
    return made


def columns(fixes: Sequence[RawFix]) -> Fixes:
    """Turn fixes into columns; none give empty columns."""
    made = empty(len(fixes))
    for name in COLUMNS:
        values = [getattr(fix, name) for fix in fixes]
        if name == "datum":
            values = [UNKNOWN if value is None else DATUMS.index(value) for value in values]
        elif name == "battery_pct":
            values = [UNKNOWN if value is None else value for value in values]
        elif name in _OPTIONAL:
            values = [np.nan if value is None else value for value in values]
        made[name][:] = values
    return made


def joined(parts: Sequence[Fixes]) -> Fixes:
    """Put columns behind one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS} if parts else empty(0)


def kept(attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Keep what a message says beside the numbers that have columns: MOST_EXTRA of them, texts cut short."""
    found = {_text(name, 60): _plain(value) for name, value in list(attributes.items())[:MOST_EXTRA]}
    return found or None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value, _LONGEST_TEXT)
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, list):
        return [_plain(part) for part in value[:MOST_EXTRA]]
    if isinstance(value, dict):
        return kept(value)
    return value


def _text(value: object, longest: int) -> str:
    """Cut, and without what JSON of PostgreSQL cannot hold."""
    return str(value)[:longest].replace("\0", "").encode("utf-8", "replace").decode()


def check_time(time_us: float, where: str) -> int:
    """Refuse a time beyond the years that can be written down."""
    if not EARLIEST_US <= time_us <= LATEST_US:
        raise InvalidInput.at(where, "is no time of the years 1 to 9999")
    return int(time_us)

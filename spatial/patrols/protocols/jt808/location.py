"""Locations (位置信息): 28 bytes that are the fix, and a tail of attributes that never spoils it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any

from spatial.errors import Problem
from spatial.patrols.protocols.fixes import Flag, RawFix

BEIJING_S = 8 * 3600
"""Times are of GMT+8 by the standard, wherever the terminal is."""
CORE = Struct(">IIIIHHH6s")

ACC, POSITIONED, SOUTH, WEST, SHIFTED = 1, 2, 4, 8, 1 << 5
"""Status bits; SHIFTED: the secrecy plug-in has moved the position, as GCJ-02 does."""
EMERGENCY = 1
"""Bit of the alarms: somebody pressed the button."""
_UNKNOWN = 0xFF
_DIGITS = tuple(
    (byte >> 4) * 10 + (byte & 15) if byte >> 4 < 10 and byte & 15 < 10 else _UNKNOWN for byte in range(256)
)
"""What two digits of BCD say."""

SCALED = {
    0x01: ("mileage_km", 4, 0.1),
    0x02: ("fuel_l", 2, 0.1),
    0x03: ("recorder_kmh", 2, 0.1),
    0x04: ("alarm_event", 2, 1),
    0x25: ("signals", 4, 1),
    0x2A: ("io", 2, 1),
    0x2B: ("analog", 4, 1),
    0x30: ("network", 1, 1),
    0x31: ("satellites", 1, 1),
}
"""By attribute id: name, width in bytes, and the unit of its last digit."""
ORDINARY = frozenset({0x01, 0x02, 0x03, 0x25, 0x2A, 0x2B, 0x30, 0x31})
"""Sent with every fix; kept where the device's profile asks for all of it."""
_LONGEST_VALUE = 64


def read(
    body: bytes,
    zone_s: int = BEIJING_S,
    is_late: bool = False,
    all_kept: bool = False,
    now_s: float | None = None,
) -> RawFix | Problem:
    """Read the body of 0x0200; a Problem when it has no position or no time, whatever its tail says.

    zone_s: seconds east of Greenwich that the terminal's clock shows. is_late: sent out of the buffer of a
    blind zone, never the live position. all_kept: ordinary attributes are kept as well. now_s: POSIX seconds
    of receipt; with them an alarm without a time is of that moment, and its place counts for nothing.
    """
    if len(body) < CORE.size:
        return Problem("location", "too short")
    alarms, status, lat, lon, altitude, speed, course, clock = CORE.unpack_from(body)
    seconds, flags = clock_s(clock), _flags(alarms, status, is_late)
    if seconds is not None:
        time_us = (seconds - zone_s) * 1_000_000
    elif alarms and now_s is not None:
        # Somebody calls from where there are no satellites since the terminal was switched on.
        time_us = int(now_s * 1e6)
        flags |= Flag.TIME_GUESSED | Flag.NOT_POSITIONED
    else:
        return Problem("location.time", "no time")
    return RawFix(
        time_us,
        (-lon if status & WEST else lon) / 1e6,
        (-lat if status & SOUTH else lat) / 1e6,
        speed / 36,
        course % 360 if course <= 360 else None,
        None,
        _altitude(altitude),
        None,
        "gcj02" if status & SHIFTED else None,
        flags,
        _extra(alarms, body[CORE.size :], all_kept),
    )


def read_batch(
    body: bytes, zone_s: int = BEIJING_S, all_kept: bool = False, now_s: float | None = None
) -> tuple[list[RawFix], list[Problem]]:
    """Read 0x0704: what is good of it; one that is not, or a cut end, never loses the others."""
    if len(body) < 3:
        return [], [Problem("batch", "too short")]
    is_late = body[2] == 1
    fixes, problems = [], []
    for nr, part in enumerate(_parts(body)):
        found = read(part, zone_s, is_late, all_kept, now_s)
        if isinstance(found, Problem):
            problems.append(Problem(f"batch[{nr}].{found.where}", found.reason))
        else:
            fixes.append(found)
    if len(fixes) + len(problems) < int.from_bytes(body[:2], "big"):
        problems.append(Problem("batch", "fewer locations than it says"))
    return fixes, problems


def _parts(body: bytes) -> Iterator[bytes]:
    """Follow the lengths; of a part that is cut short give what there is: its position may be whole."""
    at = 3
    for _ in range(int.from_bytes(body[:2], "big")):
        if at + 2 > len(body):
            return
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        yield body[at + 2 : end]
        at = end


def _flags(alarms: int, status: int, is_late: bool) -> int:
    flags = 0
    if not status & POSITIONED:
        flags |= Flag.NOT_POSITIONED
    if status & ACC:
        flags |= Flag.IGNITION
    if is_late:
        flags |= Flag.BACKFILL
    if alarms:
        flags |= Flag.SOS if alarms & EMERGENCY else 0
        flags |= Flag.ALARM if alarms & ~EMERGENCY else 0
    return int(flags)


def _extra(alarms: int, tail: bytes, all_kept: bool) -> dict[str, Any] | None:
    found: dict[str, Any] = {"alarms": alarms} if alarms else {}
    at, end = 0, len(tail)
    while at + 2 <= end and at + 2 + tail[at + 1] <= end:
        kind, width = tail[at], tail[at + 1]
        if all_kept or kind not in ORDINARY:
            name, value = _attribute(kind, tail[at + 2 : at + 2 + width])
            found.setdefault(name, value)
        at += 2 + width
    if at < end:
        # Makers with ids or lengths of two bytes, or a tail that was cut: kept as it came.
        found["tail"] = tail[at : at + _LONGEST_VALUE].hex()
    return found or None


def _attribute(kind: int, value: bytes) -> tuple[str, Any]:
    name, width, unit = SCALED.get(kind, ("", -1, 1))
    if width == len(value):
        number = int.from_bytes(value, "big")
        return name, number if unit == 1 else round(number * unit, 1)
    return f"x{kind:02x}", value[:_LONGEST_VALUE].hex()


def _altitude(value: int) -> float:
    """Read 16 bits, of which makers use the first as a sign in two ways: take what is nearer to the sea."""
    if value < 0x8000:
        return value
    return max(-(value & 0x7FFF), value - 0x10000)


def clock_s(clock: bytes) -> int | None:
    """Read six bytes of BCD, YYMMDDhhmmss, as if they were UTC; None when they are no time."""
    day = _day(clock[:3])
    hour, minute, second = _DIGITS[clock[3]], _DIGITS[clock[4]], _DIGITS[clock[5]]
    if day is None or hour > 23 or minute > 59 or second > 60:
        return None
    return day + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=4096)
def _day(digits: bytes) -> int | None:
    year, month, day = (_DIGITS[byte] for byte in digits)
    if year == _UNKNOWN:
        return None
    try:
        return int(datetime(2000 + year, month, day, tzinfo=UTC).timestamp())
    except ValueError:
        return None

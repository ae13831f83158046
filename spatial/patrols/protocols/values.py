"""Single values of messages: numbers, times, truth; whatever form the sender's app writes them in.

A value that is missing, or says that it is unknown (-1), is None. One that is wrong is InvalidInput naming
it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spatial.errors import InvalidInput, Problem
from spatial.patrols.protocols.fixes import check_time

_NUMBER = re.compile(r"\s*[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FASTEST_MPS = 1000.0
_LOWEST_M, _HIGHEST_M = -12_000.0, 100_000.0
_WIDEST_M = 1e7
_FARTHEST_DEG = 1000.0
"""Positions beyond ±180 and ±90 are kept and judged later; beyond this there is no angle left to keep."""


def shown(value: object) -> str:
    """Quote a value in a message, cut short."""
    return repr(value if isinstance(value, str | int | float | bool | None) else type(value).__name__)[:60]


def number(value: object, where: str) -> float | None:
    """Read a finite number out of JSON or text; None when nothing is there."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise InvalidInput.at(where, f"{shown(value)} is not a number")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput.at(where, f"{shown(value)} is not a number")
    found = float(value) if abs(value) < 1e300 else math.inf
    if not math.isfinite(found):
        raise InvalidInput.at(where, "is not a finite number")
    return found


def angle(value: object, where: str) -> float:
    """Read a longitude or latitude; InvalidInput when it is missing."""
    found = number(value, where)
    if found is None:
        raise InvalidInput.at(where, "is missing")
    if abs(found) > _FARTHEST_DEG:
        raise InvalidInput.at(where, f"{found:g} is not an angle in degrees")
    return found


def speed(value: object, where: str, factor: float = 1.0) -> float | None:
    """Read a speed and convert it to m/s by `factor`; negative is unknown."""
    found = _known(value, where)
    if found is not None and found * factor > _FASTEST_MPS:
        raise InvalidInput.at(where, f"{found:g} is no speed of anything that patrols")
    return None if found is None else found * factor


def course(value: object, where: str) -> float | None:
    """Read a direction of travel as degrees in [0, 360); negative is unknown."""
    found = _known(value, where)
    if found is not None and found > 360:
        raise InvalidInput.at(where, f"{found:g} is beyond 360 degrees")
    return None if found is None else found % 360


def accuracy(value: object, where: str) -> float | None:
    """Read an accuracy in metres; what is negative or 0 is unknown (Android gives 0 for "has none")."""
    found = _known(value, where)
    return min(found, _WIDEST_M) if found else None


def altitude(value: object, where: str) -> float | None:
    """Read an altitude in metres."""
    found = number(value, where)
    if found is not None and not _LOWEST_M <= found <= _HIGHEST_M:
        raise InvalidInput.at(where, f"{found:g} m is no altitude")
    return found


def percent(value: object, where: str, whole: float = 100.0) -> int | None:
    """Read a battery level where `whole` is full, as percent; negative is unknown."""
    found = _known(value, where)
    if found is not None and found > whole * 1.005:
        raise InvalidInput.at(where, f"{found:g} is more than full")
    return None if found is None else min(100, round(found * 100 / whole))


def truth(value: object, where: str) -> bool | None:
    """Read yes or no: JSON's, 0 and 1, or the words true and false."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = value.strip().lower()
    if value in (True, "true", "1"):
        return True
    if value in (False, "false", "0"):
        return False
    raise InvalidInput.at(where, f"{shown(value)} is neither true nor false")


def text(value: object, where: str, longest: int = 200) -> str | None:
    """Read a short text; a number is taken as it is written."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput.at(where, f"{shown(value)} is not a text")
    found = str(value).strip()
    if len(found) > longest or not found.isprintable():
        raise InvalidInput.at(where, f"must be at most {longest} printable characters")
    return found or None


def epoch_us(value: object, where: str) -> int:
    """Read a POSIX time: below 2^31 seconds (fractions too), else milliseconds."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    found = number(value, where)
    if found is None:
        raise InvalidInput.at(where, "is missing")
    exact = value if isinstance(value, int) else found
    return check_time(round(exact * (1_000_000 if found < 2**31 else 1_000)), where)


def iso_us(value: object, where: str, zone: str | None = None) -> tuple[int, bool]:
    """Read an ISO 8601 time as POSIX microseconds; tells whether its zone was guessed to be `zone`.

    Offsets may lack their colon (Overland). Without an offset, and without `zone`, it is InvalidInput.
    """
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not isinstance(value, str) or len(value) < 11:
        raise InvalidInput.at(where, "is missing" if value is None else f"{shown(value)} is not a time")
    guessed = found.tzinfo is None
    if guessed and zone is None:
        raise InvalidInput.at(where, "needs an offset, such as Z or +08:00")
    if guessed:
        found = found.replace(tzinfo=_zone(str(zone)))
    try:
        return check_time((found - _EPOCH) // _MICROSECOND, where), guessed
    except OverflowError:
        raise InvalidInput.at(where, f"{shown(value)} is not a time") from None


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput.at("zone", f"there is no time zone {name[:60]!r}") from None


def _known(value: object, where: str) -> float | None:
    found = number(value, where)
    return None if found is None or found < 0 else found


Reading = tuple[str, str, Callable[[object, str], Any]]
"""A value of RawFix: its name there, its name in the message, and how it is read."""


def optional(
    given: Mapping[str, Any], readings: tuple[Reading, ...], problems: list[Problem], under: str = ""
) -> dict[str, Any]:
    """Read what a fix can do without: a wrong value is left out and told, and never costs the fix."""
    found: dict[str, Any] = {}
    for name, key, read in readings:
        value = given.get(key)
        if value is None:
            continue
        try:
            found[name] = read(value, f"{under}{key}")
        except InvalidInput as wrong:
            problems += wrong.problems
    return found

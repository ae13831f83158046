"""μLogger: a log-in, a track, and then one position a request, by forms.

https://github.com/bfabiszewski/ulogger-server, client/index.php.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import orjson

from spatial.errors import InvalidInput, Problem
from spatial.patrols.protocols.fixes import Parsed, RawFix, kept
from spatial.patrols.protocols.values import (
    Reading,
    accuracy,
    altitude,
    angle,
    course,
    epoch_us,
    optional,
    percent,
    speed,
)

ACTIONS = ("auth", "addtrack", "addpos")
GOOD = b'{"error":false}'
_REQUIRED = ("lat", "lon", "time", "trackid")
_OWN = frozenset(
    {"action", "lat", "lon", "time", "altitude", "speed", "bearing", "accuracy", "battery", "key"}
)


def good(track: int) -> bytes:
    """Write the answer that names a new track."""
    return orjson.dumps({"error": False, "trackid": track})


def bad(message: str) -> bytes:
    """Write the answer that nothing was done."""
    return orjson.dumps({"error": True, "message": message})


def track(account: str, given: Mapping[str, str]) -> int:
    """Give the number of a track: of an account and a name always the same, and one that Java's int holds."""
    name = given.get("track", "").strip()
    if not name:
        raise InvalidInput.at("track", "missing required parameter")
    return (zlib.crc32(f"{account}\n{name}".encode("utf-8", "replace")) & 0x7FFFFFFF) or 1


def missing(given: Mapping[str, str]) -> tuple[str, ...]:
    """Name what a position must have and this has not."""
    return tuple(name for name in _REQUIRED if not given.get(name))


def parse(given: Mapping[str, str]) -> Parsed:
    """Read a position. Raises InvalidInput when its place or time cannot be read."""
    problems: list[Problem] = []
    found = optional(given, _READINGS, problems)
    lon, lat = angle(given.get("lon"), "lon"), angle(given.get("lat"), "lat")
    extra = kept({name: value for name, value in given.items() if name not in _OWN and value != ""})
    fix = RawFix(epoch_us(given.get("time"), "time"), lon, lat, extra=extra, **found)
    return Parsed(None, (fix,), skipped=tuple(problems), reply=GOOD)


_READINGS: tuple[Reading, ...] = (
    ("speed_mps", "speed", speed),
    ("course_deg", "bearing", course),
    ("accuracy_m", "accuracy", accuracy),
    ("altitude_m", "altitude", altitude),
    ("battery_pct", "battery", percent),
)

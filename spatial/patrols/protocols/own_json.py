"""Our own JSON: any number of fixes, of one device or of many.

{"device": …, "datum": …, "fixes": [{"time": …, "lon": …, "lat": …, …}],
 "events": [{"kind": "sos", "time": …}]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import check_datum
from spatial.patrols.protocols.fixes import Flag, Happened, Happening, Parsed, RawFix, kept
from spatial.patrols.protocols.values import (
    Reading,
    accuracy,
    altitude,
    angle,
    course,
    iso_us,
    optional,
    percent,
    speed,
    text,
    truth,
)

MOST_FIXES = 20_000
MOST_EVENTS = 100
MOST_DEVICES = 1000
_NAMES = frozenset({"device", "datum", "fixes", "events"})
_FLAGS = {
    "moving": Flag.MOVING,
    "charging": Flag.CHARGING,
    "mock": Flag.MOCK,
    "backfill": Flag.BACKFILL,
    "approximate": Flag.APPROXIMATE,
    "manual": Flag.MANUAL,
    "sos": Flag.SOS,
}
_KINDS = tuple(kind.value for kind in (Happening.SOS, Happening.SIGN_IN, Happening.SIGN_OUT, Happening.NOTE))
_OF_EVENTS = frozenset({"kind", "time", "lon", "lat", "device"})
_OWN = frozenset({"time", "lon", "lat", "device", "datum", "extra", *_FLAGS})

_Parts = dict[str | None, tuple[list[RawFix], list[Happened]]]
Found = TypeVar("Found")


def parse(given: Any) -> tuple[Parsed, ...]:
    """Read a batch; one part for each device, None for "whoever's key this is".

    Raises InvalidInput when the whole cannot be read. A fix that cannot be is among `skipped` of the first.
    """
    if not isinstance(given, dict):
        raise InvalidInput.at("body", "must be an object with 'fixes'")
    unknown = [Problem(str(name)[:60], "is not known here") for name in given if name not in _NAMES]
    fixes, events = _list(given, "fixes", MOST_FIXES), _list(given, "events", MOST_EVENTS)
    if unknown:
        raise InvalidInput(unknown[:20])
    device, datum = text(given.get("device"), "device"), _datum(given.get("datum"), "datum")
    parts: _Parts = {}
    problems: list[Problem] = []
    for of, found in _each(
        fixes, partial(_fix, device=device, datum=datum, problems=problems), "fixes", problems
    ):
        _of(parts, of)[0].append(found)
    for of, happened in _each(events, partial(_event, device=device), "events", problems):
        _of(parts, of)[1].append(happened)
    return _parts(parts, problems)


def _each(
    given: list[Any], read: Callable[..., tuple[str | None, Found]], name: str, problems: list[Problem]
) -> Iterator[tuple[str | None, Found]]:
    """Read one after another; what cannot be read is told, and left out."""
    for row, each in enumerate(given):
        try:
            found = read(each, f"{name}[{row}].")
        except InvalidInput as wrong:
            problems += wrong.problems
            continue
        yield found


def _of(parts: _Parts, device: str | None) -> tuple[list[RawFix], list[Happened]]:
    if device not in parts and len(parts) >= MOST_DEVICES:
        raise InvalidInput.at("device", f"there are more than {MOST_DEVICES} in one request")
    return parts.setdefault(device, ([], []))


def _parts(parts: _Parts, problems: list[Problem]) -> tuple[Parsed, ...]:
    found = [Parsed(device, tuple(fixes), tuple(events)) for device, (fixes, events) in parts.items()]
    return (Parsed(None, skipped=tuple(problems)), *found) if problems or not found else tuple(found)


def _fix(
    given: Any, where: str, device: str | None, datum: str | None, problems: list[Problem]
) -> tuple[str | None, RawFix]:
    if not isinstance(given, dict):
        raise InvalidInput.at(where[:-1], "must be an object")
    time_us, _ = iso_us(given.get("time"), f"{where}time")
    lon, lat = angle(given.get("lon"), f"{where}lon"), angle(given.get("lat"), f"{where}lat")
    own = text(given.get("device"), f"{where}device") or device
    datum = _datum(given.get("datum"), f"{where}datum") or datum
    found = optional(given, _READINGS, problems, where)
    flags, extra = _flags(given, where, problems), _extra(given, where, problems)
    return own, RawFix(time_us, lon, lat, datum=datum, flags=flags, extra=extra, **found)


_READINGS: tuple[Reading, ...] = (
    ("speed_mps", "speed_mps", speed),
    ("course_deg", "course_deg", course),
    ("accuracy_m", "accuracy_m", accuracy),
    ("altitude_m", "altitude_m", altitude),
    ("battery_pct", "battery_pct", percent),
)
_KNOWN = _OWN | {key for _, key, _ in _READINGS}


def _extra(given: Mapping[str, Any], where: str, problems: list[Problem]) -> dict[str, Any] | None:
    unknown = [name for name in given if name not in _KNOWN]
    problems += [Problem(f"{where}{name[:60]}", "is not known here") for name in unknown]
    extra = given.get("extra")
    if extra is not None and not isinstance(extra, dict):
        problems.append(Problem(f"{where}extra", "must be an object"))
        return None
    return kept(extra) if extra else None


def _flags(given: Mapping[str, Any], where: str, problems: list[Problem]) -> int:
    said = optional(given, tuple((name, name, truth) for name in _FLAGS if name in given), problems, where)
    found = Flag(0)
    for name, yes in said.items():
        found |= _FLAGS[name] if yes else Flag(0)
    return int(found)


def _event(given: Any, where: str, device: str | None) -> tuple[str | None, Happened]:
    if not isinstance(given, dict):
        raise InvalidInput.at(where[:-1], "must be an object")
    kind = given.get("kind")
    if kind not in _KINDS:
        raise InvalidInput.at(f"{where}kind", f"must be one of {', '.join(_KINDS)}")
    time_us, _ = iso_us(given.get("time"), f"{where}time")
    has_place = given.get("lon") is not None or given.get("lat") is not None
    place = {name: angle(given.get(name), f"{where}{name}") for name in ("lon", "lat") if has_place}
    rest = kept({name: value for name, value in given.items() if name not in _OF_EVENTS}) or {}
    own = text(given.get("device"), f"{where}device") or device
    return own, Happened(Happening(kind), time_us, attributes=rest, **place)


def _list(given: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = given.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise InvalidInput.at(name, f"must be a list of at most {most}")
    return found


def _datum(value: Any, where: str) -> str | None:
    return None if value is None else check_datum(str(value)[:40], where)

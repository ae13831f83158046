"""Overland: batches of up to a thousand GeoJSON features.

https://github.com/aaronpk/Overland-iOS. Whatever is answered but exactly `{"result":"ok"}`, the phone keeps
the whole batch and sends it again: one bad point must not hold up the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from spatial.errors import InvalidInput, Problem
from spatial.patrols.protocols.fixes import Flag, Parsed, RawFix, kept
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
)

REPLY = b'{"result":"ok"}'
MOST_POINTS = 2000
_CHARGING = frozenset({"charging", "full"})
_OWN = frozenset({"timestamp", "altitude", "speed", "course", "horizontal_accuracy", "battery_level"})
_MOVING = frozenset({"driving", "walking", "running", "cycling"})


def parse(given: Mapping[str, Any]) -> tuple[Parsed, ...]:
    """Read a batch; one part for each `device_id` that stands in it, None where there is none.

    `current` and `trip` are not of the track: the same places come in the batch. Raises InvalidInput when
    there is no list of locations.
    """
    locations = given.get("locations")
    if not isinstance(locations, list) or len(locations) > MOST_POINTS:
        raise InvalidInput.at("locations", f"must be a list of at most {MOST_POINTS} features")
    fixes: dict[str | None, list[RawFix]] = {}
    problems: list[Problem] = []
    for device, fix in _each(locations, problems):
        fixes.setdefault(device, []).append(fix)
    if not fixes:
        return (Parsed(None, skipped=tuple(problems), reply=REPLY),)
    parts = [Parsed(device, tuple(of), reply=REPLY) for device, of in fixes.items()]
    first = parts[0]
    return (Parsed(first.identity, first.fixes, skipped=tuple(problems), reply=REPLY), *parts[1:])


def _each(locations: list[Any], problems: list[Problem]) -> Iterator[tuple[str | None, RawFix]]:
    for row, feature in enumerate(locations):
        where = f"locations[{row}]."
        try:
            found = _fix(feature, where, problems)
        except InvalidInput as wrong:
            problems += wrong.problems
            continue
        yield found


def _fix(feature: Any, where: str, problems: list[Problem]) -> tuple[str | None, RawFix]:
    properties, place = _parts(feature, where)
    time_us, _ = iso_us(properties.get("timestamp"), f"{where}timestamp")
    lon, lat = angle(place[0], f"{where}coordinates[0]"), angle(place[1], f"{where}coordinates[1]")
    device = text(properties.get("device_id"), f"{where}device_id")
    found = optional(properties, _READINGS, problems, where)
    extra = kept({name: value for name, value in properties.items() if name not in _OWN and value != ""})
    return device, RawFix(time_us, lon, lat, flags=_flags(properties), extra=extra, **found)


def _parts(feature: Any, where: str) -> tuple[dict[str, Any], list[Any]]:
    """Take a feature apart; one that is no point (a visit, a trip) is told and left out."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        raise InvalidInput.at(where[:-1], "is not a feature")
    geometry = feature.get("geometry")
    place = geometry.get("coordinates") if isinstance(geometry, dict) else None
    is_point = isinstance(geometry, dict) and geometry.get("type", "Point") == "Point"
    if not is_point or not isinstance(place, list) or len(place) < 2:
        raise InvalidInput.at(f"{where}geometry", "is not a point")
    return feature["properties"], place


_READINGS: tuple[Reading, ...] = (
    ("speed_mps", "speed", speed),
    ("course_deg", "course", course),
    ("accuracy_m", "horizontal_accuracy", accuracy),
    ("altitude_m", "altitude", altitude),
    ("battery_pct", "battery_level", partial(percent, whole=1.0)),
)


def _flags(properties: Mapping[str, Any]) -> int:
    motion = properties.get("motion")
    said = {each for each in motion if isinstance(each, str)} if isinstance(motion, list) else set()
    # "driving" and "stationary" together: a phone on the dashboard of a car that stands or goes.
    found = Flag.MOVING if said & _MOVING and "stationary" not in said else Flag(0)
    state = properties.get("battery_state")
    return int(found | (Flag.CHARGING if isinstance(state, str) and state in _CHARGING else Flag(0)))

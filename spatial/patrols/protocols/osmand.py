"""OsmAnd's online tracking and Traccar Client: one fix a request, in the address, a form, or (since 9) JSON.

https://www.traccar.org/osmand/ and Traccar's OsmAndProtocolDecoder. Other than there, accuracies below 10 m
stay as they are, and a message without a position is not stored as the last one once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from spatial.errors import InvalidInput, Problem
from spatial.patrols.protocols.fixes import (
    SPEED_UNITS,
    Flag,
    Happened,
    Happening,
    Parsed,
    Profile,
    RawFix,
    kept,
)
from spatial.patrols.protocols.values import (
    Reading,
    accuracy,
    altitude,
    angle,
    course,
    epoch_us,
    iso_us,
    number,
    optional,
    percent,
    speed,
    text,
    truth,
)

UNIT = "knots"
"""Of a speed in an address. OsmAnd itself sends m/s: its devices' profiles say so. JSON always has m/s."""
REPEATED = ("cell", "wifi")
_IDS = ("id", "deviceid")
_OWN = frozenset(
    {*_IDS, "valid", "timestamp", "lat", "lon", "location", "speed", "bearing", "heading", "altitude"}
    | {"accuracy", "batt", "charge", "key"}
)
_JSON_OWN = frozenset({"timestamp", "coords", "battery", "is_moving", "mock", "_"})
_COORDS_OWN = frozenset({"latitude", "longitude", "accuracy", "speed", "heading", "altitude"})

Parameters = Mapping[str, list[str]]


def identity(given: Parameters) -> str:
    """Give the number of the device; InvalidInput when it is missing."""
    return _identity(next((given[name][0] for name in _IDS if given.get(name)), None), "id")


def identity_of_json(given: Mapping[str, Any]) -> str:
    """Give the number of the device out of a message of Traccar Client 9."""
    return _identity(given.get("device_id"), "device_id")


def _identity(value: object, where: str) -> str:
    found = text(value, where)
    if found is None:
        raise InvalidInput.at(where, "is missing")
    return found


def parse(given: Parameters, profile: Profile, received_us: int) -> Parsed:
    """Read one request's parameters. Raises InvalidInput when its place or time cannot be read.

    A cry for help is taken all the same, with neither: the phone of whoever is in need may be broken as well.
    """
    first = {name: values[0] for name, values in given.items() if values}
    try:
        return _read(given, first, profile, received_us)
    except InvalidInput as unread:
        if _alarm_flag(first.get("alarm")) != Flag.SOS:
            raise
        return _bare_cry(identity(given), unread, received_us)


def _read(given: Parameters, first: Mapping[str, str], profile: Profile, received_us: int) -> Parsed:
    problems: list[Problem] = []
    time_us, guessed = _time(first.get("timestamp"), profile.zone, received_us)
    lon, lat = _place(first)
    extra = kept({**_attributes(first), **{name: given[name] for name in REPEATED if given.get(name)}})
    found = optional(first, _readings(profile), problems)
    flags = _flags(first, problems) | (Flag.TIME_GUESSED if guessed else 0)
    if lon is None or lat is None:
        event = Happened(_kind(flags), time_us, attributes={**(extra or {}), **found})
        return Parsed(identity(given), events=(event,), skipped=tuple(problems), reply=b"")
    if found.get("course_deg") is None and first.get("heading"):
        found |= optional(first, (("course_deg", "heading", course),), problems)
    fix = RawFix(time_us, lon, lat, flags=flags, extra=extra, **found)
    return Parsed(identity(given), (fix,), _alarm(fix), tuple(problems), b"")


def parse_json(given: Mapping[str, Any], received_us: int) -> Parsed:
    """Read a message of Traccar Client 9, as `parse` does. Raises InvalidInput."""
    location = _object(given.get("location"), "location")
    try:
        return _read_json(given, location, received_us)
    except InvalidInput as unread:
        if _alarm_flag(location.get("alarm")) != Flag.SOS:
            raise
        return _bare_cry(identity_of_json(given), unread, received_us)


def _read_json(given: Mapping[str, Any], location: Mapping[str, Any], received_us: int) -> Parsed:
    time_us = _json_time(location.get("timestamp"), received_us)
    problems: list[Problem] = []
    battery = _object(location.get("battery"), "location.battery")
    found = optional(battery, _BATTERY, problems, "location.battery.")
    flags = _json_flags(location, battery, problems)
    coords = location.get("coords")
    if coords is None:
        attributes = {**(_json_extra(location, {}) or {}), **found}
        event = Happened(_kind(flags), time_us, attributes=attributes)
        return Parsed(identity_of_json(given), events=(event,), skipped=tuple(problems), reply=b"")
    coords = _object(coords, "location.coords")
    found |= optional(coords, _COORDS, problems, "location.coords.")
    lon = angle(coords.get("longitude"), "location.coords.longitude")
    lat = angle(coords.get("latitude"), "location.coords.latitude")
    if location.get("timestamp") is None:
        flags |= Flag.TIME_GUESSED
    fix = RawFix(time_us, lon, lat, flags=flags, extra=_json_extra(location, coords), **found)
    return Parsed(identity_of_json(given), (fix,), _alarm(fix), tuple(problems), b"")


_COORDS: tuple[Reading, ...] = (
    ("speed_mps", "speed", speed),
    ("course_deg", "heading", course),
    ("accuracy_m", "accuracy", accuracy),
    ("altitude_m", "altitude", altitude),
)
_BATTERY: tuple[Reading, ...] = (("battery_pct", "level", partial(percent, whole=1.0)),)


def _readings(profile: Profile) -> tuple[Reading, ...]:
    factor = SPEED_UNITS[profile.speed_unit or UNIT]
    return (
        ("speed_mps", "speed", partial(speed, factor=factor)),
        ("course_deg", "bearing", course),
        ("accuracy_m", "accuracy", accuracy),
        ("altitude_m", "altitude", altitude),
        ("battery_pct", "batt", percent),
    )


def _time(value: str | None, zone: str, received_us: int) -> tuple[int, bool]:
    """Read whatever the apps write; tell whether the time, or its zone, had to be guessed."""
    if not value:
        return received_us, True
    if "T" in value or "-" in value.strip()[1:]:
        return iso_us(value, "timestamp", zone)
    return epoch_us(value, "timestamp"), False


def _json_time(value: object, received_us: int) -> int:
    if value is None:
        return received_us
    if isinstance(value, str) and "T" in value:
        return iso_us(value, "location.timestamp")[0]
    return epoch_us(value, "location.timestamp")


def _place(given: Mapping[str, str]) -> tuple[float | None, float | None]:
    lat, lon = given.get("lat"), given.get("lon")
    if given.get("location"):
        lat, comma, lon = given["location"].partition(",")
        if not comma:
            raise InvalidInput.at("location", "must be lat,lon")
    if not lat and not lon:
        return None, None
    return angle(lon, "lon"), angle(lat, "lat")


def _flags(given: Mapping[str, str], problems: list[Problem]) -> int:
    said = optional(given, (("valid", "valid", truth), ("charge", "charge", truth)), problems)
    found = Flag.NOT_POSITIONED if said.get("valid") is False else Flag(0)
    found |= Flag.CHARGING if said.get("charge") else Flag(0)
    return int(found | _alarm_flag(given.get("alarm")))


def _json_flags(location: Mapping[str, Any], battery: Mapping[str, Any], problems: list[Problem]) -> int:
    bits = {"is_moving": Flag.MOVING, "mock": Flag.MOCK}
    said = optional(location, tuple((name, name, truth) for name in bits), problems, "location.")
    found = Flag(0)
    for name, bit in bits.items():
        found |= bit if said.get(name) else Flag(0)
    charging = optional(battery, (("yes", "is_charging", truth),), problems, "location.battery.")
    found |= Flag.CHARGING if charging.get("yes") else Flag(0)
    return int(found | _alarm_flag(location.get("alarm")))


def _alarm_flag(alarm: object) -> Flag:
    if not alarm:
        return Flag(0)
    return Flag.SOS if str(alarm).lower() == "sos" else Flag.ALARM


def _kind(flags: int) -> Happening:
    if flags & Flag.SOS:
        return Happening.SOS
    return Happening.ALARM if flags & Flag.ALARM else Happening.HEARTBEAT


def _alarm(fix: RawFix) -> tuple[Happened, ...]:
    kind = _kind(fix.flags)
    if kind == Happening.HEARTBEAT:
        return ()
    told = Happened(kind, fix.time_us, attributes=fix.extra or {})
    # A position that the phone itself calls no good sends nobody anywhere.
    if fix.flags & Flag.NOT_POSITIONED:
        return (told,)
    return (replace(told, lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m),)


def _bare_cry(own: str, unread: InvalidInput, received_us: int) -> Parsed:
    event = Happened(Happening.SOS, received_us)
    return Parsed(own, events=(event,), skipped=unread.problems, reply=b"")


def _attributes(given: Mapping[str, str]) -> dict[str, Any]:
    """Keep every other parameter: numbers as numbers, true and false as such."""
    return {name: _typed(value) for name, value in given.items() if name not in _OWN and name not in REPEATED}


def _typed(value: str) -> Any:
    if value in ("true", "false"):
        return value == "true"
    try:
        return number(value, "") if value else value
    except InvalidInput:
        return value


def _json_extra(location: Mapping[str, Any], coords: Mapping[str, Any]) -> dict[str, Any] | None:
    rest = {name: value for name, value in location.items() if name not in _JSON_OWN and value != {}}
    return kept(rest | {name: value for name, value in coords.items() if name not in _COORDS_OWN})


def _object(value: object, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput.at(where, "must be an object")
    return value

"""GPSLogger's custom URL (and Home Assistant's form of it): one fix a request, under a template's names.

The names are the ones that %ALL writes, those of Home Assistant, and what people call them in templates of
their own. https://gpslogger.app/#logtocustomurl
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from spatial.errors import InvalidInput, Problem, Unprocessable
from spatial.patrols.protocols.fixes import SPEED_UNITS, Flag, Parsed, Profile, RawFix, kept
from spatial.patrols.protocols.values import (
    Reading,
    accuracy,
    altitude,
    angle,
    course,
    epoch_us,
    iso_us,
    optional,
    percent,
    speed,
    text,
    truth,
)

REPLY = b"OK"
_NAMES = {
    "lat": ("lat", "latitude"),
    "lon": ("lon", "longitude", "lng"),
    "timestamp": ("timestamp",),
    "time": ("timeoffset", "time"),
    "spd": ("spd", "speed"),
    "dir": ("dir", "direction", "bearing"),
    "acc": ("acc", "accuracy"),
    "alt": ("alt", "altitude"),
    "batt": ("batt", "battery"),
    "ischarging": ("ischarging", "charging"),
    "device": ("device", "aid", "ser", "id"),
}
_OWN = frozenset(name for names in _NAMES.values() for name in names) | {"key"}


def identity(given: Mapping[str, Any]) -> str | None:
    """Give what the device is called; None when the template does not say."""
    return text(_named(given).get("device"), "device")


def parse(given: Mapping[str, Any], profile: Profile, received_us: int) -> Parsed:
    """Read one request's parameters, form or JSON. Raises Unprocessable when place or time cannot be read."""
    try:
        return _parse(_named(given), given, profile, received_us)
    except InvalidInput as wrong:
        # What Home Assistant answers, and what the app was made for.
        raise Unprocessable(wrong.problems) from None


def _parse(named: dict[str, Any], given: Mapping[str, Any], profile: Profile, received_us: int) -> Parsed:
    problems: list[Problem] = []
    time_us, guessed = _time(named, profile.zone, received_us)
    lon, lat = angle(named.get("lon"), "lon"), angle(named.get("lat"), "lat")
    said = optional(named, (("charging", "ischarging", truth),), problems)
    flags = (Flag.TIME_GUESSED if guessed else Flag(0)) | (Flag.CHARGING if said.get("charging") else Flag(0))
    found = optional(named, _readings(profile), problems)
    rest = {name: value for name, value in given.items() if name not in _OWN and value not in ("", None)}
    fix = RawFix(time_us, lon, lat, flags=int(flags), extra=kept(rest), **found)
    return Parsed(identity(given), (fix,), skipped=tuple(problems), reply=REPLY)


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, others in _NAMES.items():
        value = next((given[each] for each in others if given.get(each) not in (None, "")), None)
        if value is not None:
            found[name] = value
    return found


def _time(named: Mapping[str, Any], zone: str, received_us: int) -> tuple[int, bool]:
    if "timestamp" in named:
        return epoch_us(named["timestamp"], "timestamp"), False
    return iso_us(named["time"], "time", zone) if "time" in named else (received_us, True)


def _readings(profile: Profile) -> tuple[Reading, ...]:
    factor = SPEED_UNITS[profile.speed_unit or "mps"]
    return (
        ("speed_mps", "spd", partial(speed, factor=factor)),
        ("course_deg", "dir", course),
        ("accuracy_m", "acc", accuracy),
        ("altitude_m", "alt", altitude),
        ("battery_pct", "batt", percent),
    )

"""OwnTracks, by HTTP and by MQTT: JSON objects by `_type`, in clear or sealed with the device's passphrase.

https://owntracks.org/booklet/tech/json/. Only `location` is a fix: a `waypoint` is a place on the phone's
map, and stored as a fix it would make the phone jump.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

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
    optional,
    percent,
    speed,
    text,
)

REPLY = b"[]"
"""Nothing is waiting for the phone."""
MOST_MESSAGES = 1000
_CHARGING = (2, 3)
_MANUAL = "u"
_OWN = frozenset({"_type", "lat", "lon", "tst", "acc", "alt", "vel", "cog", "batt", "bs", "topic"})
_HAPPENINGS = {
    "transition": Happening.TRANSITION,
    "waypoint": Happening.WAYPOINT,
    "waypoints": Happening.WAYPOINT,
    "lwt": Happening.GONE,
    "status": Happening.STATUS,
    "steps": Happening.STATUS,
    "beacon": Happening.STATUS,
    "card": Happening.STATUS,
    "cmd": Happening.STATUS,
    "request": Happening.STATUS,
    "configuration": Happening.STATUS,
}
_KEPT_OF = frozenset({"transition", "waypoint", "steps", "beacon", "cmd", "request", "status"})
"""Of the other kinds only that they came: cards hold faces, and configurations passwords."""

Message = dict[str, Any]


def messages(body: bytes) -> list[Message]:
    """Take a body apart: one object, or an array of them; an empty one is none. InvalidInput for others."""
    if not body.strip():
        return []
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput.at("body", f"is not JSON: {error}") from None
    found = given if isinstance(given, list) else [given]
    if len(found) > MOST_MESSAGES or not all(isinstance(each, dict) for each in found):
        raise InvalidInput.at("body", f"must be an object, or an array of at most {MOST_MESSAGES}")
    return found


def identity(
    message: Mapping[str, Any], asked: Mapping[str, str | None], topic: str | None = None
) -> str | None:
    """Tell which device a message is of: user/device.

    In this order: the topic, the headers (`limit_u`, `limit_d` of `asked`), the parameters `u` and `d`, the
    user of Basic (`user`), the two letters of `tid`.
    """
    named = _of_topic(topic) or _of_topic(message.get("topic"))
    if named:
        return named
    for user, device in (("limit_u", "limit_d"), ("u", "d")):
        if asked.get(user) or asked.get(device):
            return text("/".join(filter(None, (asked.get(user), asked.get(device)))), device)
    return text(asked.get("user") or message.get("tid"), "tid")


def _of_topic(topic: object) -> str | None:
    """Read user and device out of `owntracks/user/device` and what may follow."""
    parts = topic.split("/") if isinstance(topic, str) and len(topic) <= 400 else []
    return text("/".join(parts[1:3]), "topic") if len(parts) >= 3 and parts[1] and parts[2] else None


def opened(message: Message, profile: Profile) -> Message:
    """Open an `encrypted` message with the device's passphrase; others stay as they are. InvalidInput."""
    if message.get("_type") != "encrypted":
        return message
    if not profile.passphrase:
        raise InvalidInput.at("_type", "is encrypted, and this device has no passphrase here")
    key = profile.passphrase.encode()
    if len(key) > SecretBox.KEY_SIZE:
        raise InvalidInput.at("data", "the passphrase of this device is longer than 32 bytes")
    try:
        sealed = base64.b64decode(str(message.get("data")), validate=True)
        found = orjson.loads(SecretBox(key.ljust(SecretBox.KEY_SIZE, b"\0")).decrypt(sealed))
    except (CryptoError, ValueError):
        raise InvalidInput.at("data", "cannot be opened with the passphrase of this device") from None
    if not isinstance(found, dict) or found.get("_type") == "encrypted":
        raise InvalidInput.at("data", "holds no message")
    return found


def parse(message: Message, profile: Profile, identity: str | None, received_us: int) -> Parsed:
    """Read one message. Raises InvalidInput when it cannot be opened, or place or time cannot be read."""
    message = opened(message, profile)
    kind = message.get("_type")
    if kind == "location":
        return _location(message, profile, identity)
    if not isinstance(kind, str) or kind not in _HAPPENINGS:
        # Kinds come with new editions of the app: the phone must not go on sending what we do not know.
        unknown = Problem("_type", f"{str(kind)[:40]!r} is not read here")
        return Parsed(identity, skipped=(unknown,), reply=REPLY)
    return Parsed(identity, events=(_event(message, kind, received_us),), reply=REPLY)


def _location(message: Message, profile: Profile, identity: str | None) -> Parsed:
    problems: list[Problem] = []
    factor = SPEED_UNITS[profile.speed_unit or "kmh"]
    found = optional(message, (("speed_mps", "vel", partial(speed, factor=factor)), *_READINGS), problems)
    time_us = epoch_us(message.get("tst"), "tst")
    lon, lat = angle(message.get("lon"), "lon"), angle(message.get("lat"), "lat")
    flags = Flag.CHARGING if message.get("bs") in _CHARGING else Flag(0)
    flags |= Flag.MANUAL if message.get("t") == _MANUAL else Flag(0)
    extra = kept({name: value for name, value in message.items() if name not in _OWN})
    fix = RawFix(time_us, lon, lat, flags=int(flags), extra=extra, **found)
    return Parsed(identity, (fix,), skipped=tuple(problems), reply=REPLY)


_READINGS: tuple[Reading, ...] = (
    ("course_deg", "cog", course),
    ("accuracy_m", "acc", accuracy),
    ("altitude_m", "alt", altitude),
    ("battery_pct", "batt", percent),
)


def _event(message: Message, kind: str, received_us: int) -> Happened:
    problems: list[Problem] = []
    place = optional(message, (("lon", "lon", angle), ("lat", "lat", angle)), problems)
    found = optional(message, (("time_us", "tst", epoch_us),), problems)
    rest = {name: value for name, value in message.items() if kind in _KEPT_OF and name not in _PLACED}
    attributes = {"_type": kind, **(kept(rest) or {})}
    whole = place if len(place) == 2 else {}
    return Happened(_HAPPENINGS[kind], found.get("time_us", received_us), attributes=attributes, **whole)


_PLACED = frozenset({"_type", "lat", "lon", "tst", "topic"})

"""OwnTracks: what is a fix and what is not, whose it is, and messages that are sealed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from spatial.errors import InvalidInput
from spatial.patrols.protocols import owntracks
from spatial.patrols.protocols.fixes import Flag, Happening, Parsed, Profile
from tests.spatial.patrols.cabs import one_cab
from tests.spatial.patrols.secret_box import seal

NOW_US = 1_750_000_000_000_000
ANDROID: dict[str, Any] = {
    "_type": "location", "BSSID": "c0:ff:ee:00:00:01", "SSID": "office", "_id": "9f3c1d20", "acc": 12,
    "alt": 52, "batt": 79, "bs": 2, "conn": "w", "created_at": 1749995115, "lat": 39.96, "lon": 116.3, "m": 2,
    "p": 101.3, "t": "u", "tid": "ph", "topic": "owntracks/wang/phone", "tst": 1749995112, "vac": 4,
    "vel": 36,
}  # fmt: skip
IOS: dict[str, Any] = {
    "_type": "location", "acc": 5, "batt": 63, "bs": 1, "cog": 271, "conn": "m", "inregions": ["Home"],
    "inrids": ["6da9cf"], "lat": 39.97, "lon": 116.31, "m": 1, "tid": "AB",
    "motionactivities": ["walking"], "topic": "owntracks/li/5C1F-77", "tst": 1749995112, "vac": 3, "vel": 5,
}  # fmt: skip


def parse(message: dict[str, Any], profile: Profile | None = None) -> Parsed:
    return owntracks.parse(message, profile or Profile(), "wang/phone", NOW_US)


def sealed(message: Any, passphrase: str = "geheim 密") -> dict[str, Any]:
    """Seal as the apps do, without libsodium: key padded with zeros, nonce in front."""
    box = seal(json.dumps(message).encode(), passphrase.encode().ljust(32, b"\0"), bytes(range(24)))
    return {"_type": "encrypted", "data": base64.b64encode(box).decode()}


def test_android() -> None:
    parsed = parse(ANDROID)
    (fix,) = parsed.fixes
    assert (fix.time_us, fix.lon, fix.lat) == (1_749_995_112_000_000, 116.3, 39.96)
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m) == (pytest.approx(10), None, 12)
    assert (fix.altitude_m, fix.battery_pct, fix.flags) == (52, 79, Flag.CHARGING | Flag.MANUAL)
    assert fix.extra is not None and fix.extra["SSID"] == "office" and fix.extra["created_at"] == 1749995115
    assert parsed.reply == b"[]"


def test_ios() -> None:
    (fix,) = parse(IOS).fixes
    assert (fix.speed_mps, fix.course_deg, fix.flags) == (pytest.approx(5 / 3.6), 271, 0)
    assert fix.extra is not None and fix.extra["inregions"] == ["Home"]


def test_what_is_left_out_is_unknown_and_not_nought() -> None:
    (fix,) = parse({"_type": "location", "lat": 1, "lon": 2, "tst": 3}).fixes
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m, fix.altitude_m) == (None, None, None, None)
    assert fix.extra is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            {"_type": "waypoint", "desc": "Home", "lat": 1.5, "lon": 2.5, "rad": 50, "tst": 9},
            Happening.WAYPOINT,
        ),
        ({"_type": "waypoints", "waypoints": [{"lat": 1, "lon": 2}]}, Happening.WAYPOINT),
        ({"_type": "lwt", "tst": 9}, Happening.GONE),
        ({"_type": "status", "android": {"ps": 1}}, Happening.STATUS),
        ({"_type": "card", "name": "W", "face": "AAAA"}, Happening.STATUS),
        ({"_type": "configuration", "password": "secret"}, Happening.STATUS),
        ({"_type": "cmd", "action": "dump"}, Happening.STATUS),
        ({"_type": "steps", "steps": 900, "tst": 9}, Happening.STATUS),
    ],
)
def test_only_a_location_is_a_fix(message: dict[str, Any], kind: Happening) -> None:
    parsed = parse(message)
    assert parsed.fixes == ()
    assert [event.kind for event in parsed.events] == [kind]
    assert "secret" not in str(parsed) and "AAAA" not in str(parsed)
    assert parsed.reply == b"[]"


def test_a_transition_says_where_and_what() -> None:
    message = {
        "_type": "transition", "wtst": 5, "lat": 1.5, "lon": 2.5, "tst": 9, "acc": 10, "tid": "ph",
        "event": "enter", "desc": "Depot", "t": "c", "rid": "6da9cf",
    }  # fmt: skip
    (event,) = parse(message).events
    assert (event.kind, event.time_us, event.lon, event.lat) == (Happening.TRANSITION, 9_000_000, 2.5, 1.5)
    assert (event.attributes["event"], event.attributes["desc"]) == ("enter", "Depot")


def test_a_kind_of_tomorrow_is_told_and_answered() -> None:
    parsed = parse({"_type": "hologram", "tst": 9})
    assert (parsed.fixes, parsed.events, parsed.reply) == ((), (), b"[]")
    assert parsed.skipped[0].where == "_type"


@pytest.mark.parametrize(
    ("message", "asked", "topic", "expected"),
    [
        ({"topic": "owntracks/wang/phone"}, {"limit_u": "li", "u": "x"}, None, "wang/phone"),
        ({"topic": "owntracks/wang/phone/event"}, {}, None, "wang/phone"),
        ({"topic": "owntracks/wang/phone"}, {}, "owntracks/li/pad", "li/pad"),
        ({"tid": "ab"}, {"limit_u": "li", "limit_d": "pad", "u": "x", "d": "y"}, None, "li/pad"),
        ({"tid": "ab"}, {"u": "x", "d": "y"}, None, "x/y"),
        ({"tid": "ab"}, {"user": "zhao"}, None, "zhao"),
        ({"tid": "ab"}, {}, None, "ab"),
        ({"topic": "nonsense"}, {}, None, None),
        ({}, {}, None, None),
    ],
)
def test_whose_a_message_is(
    message: dict[str, Any], asked: dict[str, str], topic: str, expected: str
) -> None:
    assert owntracks.identity(message, asked, topic) == expected


def test_a_sealed_message_is_opened() -> None:
    profile = Profile(passphrase="geheim 密")
    assert parse(sealed(ANDROID), profile).fixes == parse(ANDROID).fixes


@pytest.mark.parametrize(
    ("message", "profile", "where"),
    [
        (sealed(ANDROID), Profile(), "_type"),
        (sealed(ANDROID), Profile(passphrase="another"), "data"),
        (sealed(ANDROID, "x"), Profile(passphrase="x" * 33), "data"),
        ({"_type": "encrypted"}, Profile(passphrase="x"), "data"),
        ({"_type": "encrypted", "data": "!!"}, Profile(passphrase="x"), "data"),
        ({"_type": "encrypted", "data": ["AAAA"]}, Profile(passphrase="x"), "data"),
        (
            {"_type": "encrypted", "data": base64.b64encode(b"short").decode()},
            Profile(passphrase="x"),
            "data",
        ),
        (sealed([1], "x"), Profile(passphrase="x"), "data"),
        (sealed(sealed(ANDROID, "x"), "x"), Profile(passphrase="x"), "data"),
        ({"_type": "location", "lon": 2, "tst": 3}, Profile(), "lat"),
        ({"_type": "location", "lat": 1, "tst": 3}, Profile(), "lon"),
        ({"_type": "location", "lat": 1, "lon": 2}, Profile(), "tst"),
        ({"_type": "location", "lat": "x", "lon": 2, "tst": 3}, Profile(), "lat"),
        ({"_type": "location", "lat": 1, "lon": 2, "tst": [3]}, Profile(), "tst"),
        ({"_type": "location", "lat": 1, "lon": 2, "tst": 1e18}, Profile(), "tst"),
    ],
)
def test_what_is_wrong_is_named(message: dict[str, Any], profile: Profile, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(message, profile)
    assert refused.value.problems[0].where == where


@pytest.mark.parametrize("name", ["vel", "cog", "acc", "alt", "batt"])
def test_anything_else_wrong_is_told_and_costs_nothing(name: str) -> None:
    parsed = parse({"_type": "location", "lat": 1, "lon": 2, "tst": 3, name: "x"})
    assert len(parsed.fixes) == 1
    assert [problem.where for problem in parsed.skipped] == [name]


def test_bodies() -> None:
    assert owntracks.messages(b"") == owntracks.messages(b" \n") == []
    assert owntracks.messages(b'{"_type":"lwt"}') == [{"_type": "lwt"}]
    assert len(owntracks.messages(b'[{"_type":"lwt"},{"_type":"lwt"}]')) == 2
    for wrong in (b"{", b"7", b"[7]", b'"x"', b"null"):
        with pytest.raises(InvalidInput):
            owntracks.messages(wrong)


def test_real_fixes_come_through_unchanged() -> None:
    for cab in one_cab():
        (fix,) = parse({"_type": "location", "lat": cab.lat, "lon": cab.lon, "tst": cab.seconds}).fixes
        assert (fix.time_us, fix.lon, fix.lat) == (cab.seconds * 1_000_000, cab.lon, cab.lat)

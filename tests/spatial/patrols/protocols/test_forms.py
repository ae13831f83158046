"""GPSLogger and μLogger: one fix a request, under names of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from spatial.errors import InvalidInput, Unprocessable
from spatial.patrols.protocols import gpslogger, ulogger
from spatial.patrols.protocols.fixes import Flag, Profile, RawFix
from tests.spatial.patrols.cabs import one_cab

NOW_US = 1_750_000_000_000_000
ALL = (
    "lat=39.96&lon=116.3&sat=9&desc=&alt=52.0&acc=6.5&dir=271.5&prov=gps&spd=1.25&timestamp=1749995112"
    "&timeoffset=2025-06-15T21%3A45%3A12.000%2B08%3A00&time=2025-06-15T13%3A45%3A12.000Z&starttimestamp=1749990000"
    "&date=2025-06-15&batt=79.0&ischarging=true&aid=97e7abf8e4b2c4a1&ser=97e7abf8e4b2c4a1&act=UNKNOWN"
    "&filename=20250615&profile=Default+Profile&hdop=0.8&vdop=1.1&pdop=1.4&dist=1234"
)
"""What %ALL of GPSLogger writes."""
POSITION = {
    "action": "addpos", "altitude": "52.5", "accuracy": "6.5", "bearing": "271.5", "comment": "gate 3",
    "lat": "39.96", "lon": "116.3", "provider": "gps", "speed": "1.25", "time": "1749995112", "trackid": "77",
}  # fmt: skip


def logged(text: str, profile: Profile | None = None) -> RawFix:
    (fix,) = gpslogger.parse(dict(parse_qsl(text)), profile or Profile(), NOW_US).fixes
    return fix


def test_everything_that_gpslogger_writes() -> None:
    given = dict(parse_qsl(ALL))
    assert gpslogger.identity(given) == "97e7abf8e4b2c4a1"
    parsed = gpslogger.parse(given, Profile(), NOW_US)
    (fix,) = parsed.fixes
    assert (fix.time_us, fix.lon, fix.lat) == (1_749_995_112_000_000, 116.3, 39.96)
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m, fix.altitude_m) == (1.25, 271.5, 6.5, 52)
    assert (fix.battery_pct, fix.flags) == (79, Flag.CHARGING)
    assert fix.extra is not None and fix.extra["profile"] == "Default Profile" and fix.extra["sat"] == "9"
    assert (parsed.reply, parsed.skipped) == (b"OK", ())


def test_home_assistants_names() -> None:
    fix = logged(
        "device=nexus&latitude=39.96&longitude=116.3&accuracy=30&battery=-1&speed=2&direction=10&altitude=5"
        "&provider=network&activity=walking"
    )
    assert (fix.lon, fix.lat, fix.speed_mps, fix.course_deg, fix.battery_pct) == (116.3, 39.96, 2, 10, None)
    assert (fix.time_us, fix.flags) == (NOW_US, Flag.TIME_GUESSED)
    assert gpslogger.identity({"device": "nexus"}) == "nexus"


def test_a_time_with_or_without_a_zone() -> None:
    assert logged("lat=1&lon=2&time=2025-06-15T13:45:12Z").flags == 0
    local = logged("lat=1&lon=2&time=2025-06-15T21:45:12")
    assert (local.time_us, local.flags) == (1_749_995_112_000_000, Flag.TIME_GUESSED)
    assert logged("lat=1&lon=2&time=2025-06-15T21:45:12", Profile(zone="UTC")).time_us != local.time_us


def test_json_has_numbers() -> None:
    given: dict[str, Any] = {"lat": 39.96, "lon": 116.3, "timestamp": 1749995112, "spd": 1.25, "batt": 79}
    (fix,) = gpslogger.parse(given, Profile(speed_unit="kmh"), NOW_US).fixes
    assert (fix.lon, fix.speed_mps, fix.battery_pct) == (116.3, 1.25 / 3.6, 79)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("lon=2", "lat"),
        ("lat=1", "lon"),
        ("lat=%25LAT&lon=2", "lat"),
        ("lat=nan&lon=2", "lat"),
        ("lat=1&lon=2&timestamp=x", "timestamp"),
        ("lat=1&lon=2&time=noon", "time"),
    ],
)
def test_what_gpslogger_gets_wrong_is_named(text: str, where: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        gpslogger.parse(dict(parse_qsl(text)), Profile(), NOW_US)
    assert refused.value.problems[0].where == where


def test_a_wrong_extra_costs_nothing() -> None:
    given = dict(parse_qsl("lat=1&lon=2&timestamp=5&spd=x&dir=x&acc=x&alt=x&batt=x&ischarging=x"))
    parsed = gpslogger.parse(given, Profile(), NOW_US)
    assert parsed.fixes == (RawFix(5_000_000, 2, 1),)
    assert {problem.where for problem in parsed.skipped} == {"spd", "dir", "acc", "alt", "batt", "ischarging"}


def test_a_position_of_ulogger() -> None:
    parsed = ulogger.parse(POSITION)
    (fix,) = parsed.fixes
    assert (fix.time_us, fix.lon, fix.lat) == (1_749_995_112_000_000, 116.3, 39.96)
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m, fix.altitude_m) == (1.25, 271.5, 6.5, 52.5)
    assert fix.extra == {"comment": "gate 3", "provider": "gps", "trackid": "77"}
    assert parsed.reply == b'{"error":false}'


def test_the_same_track_has_the_same_number_and_one_that_java_can_hold() -> None:
    first = ulogger.track("wang", {"track": "Morning"})
    assert first == ulogger.track("wang", {"track": "Morning"}) != ulogger.track("li", {"track": "Morning"})
    assert 0 < first < 2**31
    assert ulogger.good(first) == b'{"error":false,"trackid":%d}' % first
    with pytest.raises(InvalidInput):
        ulogger.track("wang", {"track": " "})


@pytest.mark.parametrize("name", ["lat", "lon", "time", "trackid"])
def test_what_ulogger_must_send(name: str) -> None:
    assert ulogger.missing({**POSITION, name: ""}) == (name,)
    assert ulogger.missing(POSITION) == ()


@pytest.mark.parametrize(("name", "value"), [("lat", "x"), ("lon", "1e9"), ("time", "x"), ("time", "")])
def test_what_ulogger_gets_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ulogger.parse({**POSITION, name: value})
    assert refused.value.problems[0].where == name


def test_real_fixes_come_through_unchanged() -> None:
    for cab in one_cab():
        place = {"lat": str(cab.lat), "lon": str(cab.lon)}
        for fix in (
            *ulogger.parse({**place, "time": str(cab.seconds), "trackid": "1"}).fixes,
            logged(f"lat={cab.lat}&lon={cab.lon}&timestamp={cab.seconds}"),
        ):
            assert (fix.time_us, fix.lon, fix.lat) == (cab.seconds * 1_000_000, cab.lon, cab.lat)

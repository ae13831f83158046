"""OsmAnd and Traccar Client: units, times, what is kept, and what a wrong value costs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from spatial.errors import InvalidInput
from spatial.patrols.protocols import osmand
from spatial.patrols.protocols.fixes import Flag, Happening, Profile, RawFix
from tests.spatial.patrols.cabs import one_cab

NOW_US = 1_750_000_000_000_000
ADDRESS = (
    "id=48241179&lat=37.4219983&lon=-122.084&timestamp=1749995112&speed=10&bearing=271.5&altitude=5"
    "&accuracy=4&batt=63.0&charge=true&hdop=0.8&event=motion&driverUniqueId=7"
)
CLIENT: dict[str, Any] = {
    "device_id": "48241179",
    "location": {
        "timestamp": "2025-06-15T13:45:12.862Z",
        "coords": {
            "latitude": 37.4219983, "longitude": -122.084, "accuracy": 5, "speed": 1.5, "heading": -1,
            "altitude": 5,
        },
        "is_moving": False, "odometer": 0, "event": "motionchange",
        "battery": {"level": 0.87, "is_charging": True}, "activity": {"type": "still"}, "extras": {},
        "_": "&id=48241179&lat=37.4219983&lon=-122.084&timestamp=2025-06-15T13:45:12.862Z&",
    },
}  # fmt: skip


def given(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True)


def only(text: str, profile: Profile | None = None) -> RawFix:
    (fix,) = osmand.parse(given(text), profile or Profile(), NOW_US).fixes
    return fix


def client(**location: Any) -> dict[str, Any]:
    return {**CLIENT, "location": {**CLIENT["location"], **location}}


def test_an_address_is_read_in_its_units() -> None:
    parsed = osmand.parse(given(ADDRESS), Profile(), NOW_US)
    (fix,) = parsed.fixes
    assert parsed.identity == osmand.identity(given(ADDRESS)) == "48241179"
    assert (fix.time_us, fix.lon, fix.lat) == (1_749_995_112_000_000, -122.084, 37.4219983)
    assert fix.speed_mps == pytest.approx(10 * 1852 / 3600)
    assert (fix.course_deg, fix.accuracy_m, fix.altitude_m, fix.battery_pct) == (271.5, 4, 5, 63)
    assert fix.flags == Flag.CHARGING
    assert fix.extra == {"hdop": 0.8, "event": "motion", "driverUniqueId": 7}
    assert (parsed.reply, parsed.skipped, parsed.events) == (b"", (), ())


@pytest.mark.parametrize(("unit", "factor"), [("mps", 1), ("kmh", 1 / 3.6), ("knots", 1852 / 3600)])
def test_the_unit_of_a_speed_is_the_profiles(unit: str, factor: float) -> None:
    assert only("id=1&lat=1&lon=2&speed=10", Profile(speed_unit=unit)).speed_mps == pytest.approx(10 * factor)


@pytest.mark.parametrize(
    ("text", "time_us", "guessed"),
    [
        ("1749995112", 1_749_995_112_000_000, False),
        ("2147483647", 2_147_483_647_000_000, False),
        ("1749995112862", 1_749_995_112_862_000, False),
        ("2025-06-15T13:45:12.862Z", 1_749_995_112_862_000, False),
        ("2025-06-15T21:45:12.862%2B08:00", 1_749_995_112_862_000, False),
        ("2025-06-15 21:45:12", 1_749_995_112_000_000, True),
        ("", NOW_US, True),
    ],
)
def test_every_form_of_a_time(text: str, time_us: int, guessed: bool) -> None:
    fix = only(f"id=1&lat=1&lon=2&timestamp={text}")
    assert fix.time_us == time_us
    assert bool(fix.flags & Flag.TIME_GUESSED) == guessed


def test_a_time_without_zone_is_read_in_the_profiles() -> None:
    assert only("id=1&lat=1&lon=2&timestamp=2025-06-15 13:45:12", Profile(zone="UTC")).time_us == (
        1_749_995_112_000_000
    )


def test_other_spellings() -> None:
    fix = only("deviceid=x&location=31.5,121.25&heading=90&valid=0")
    assert (fix.lon, fix.lat, fix.course_deg, fix.flags) == (
        121.25, 31.5, 90, Flag.NOT_POSITIONED | Flag.TIME_GUESSED,
    )  # fmt: skip
    assert osmand.identity(given("deviceid=x")) == "x"


def test_no_position_is_a_sign_of_life_and_no_fix() -> None:
    parsed = osmand.parse(
        given("id=1&batt=7&cell=460,0,1,2&cell=460,0,1,3&timestamp=1749995112"), Profile(), 0
    )
    assert parsed.fixes == ()
    (event,) = parsed.events
    assert (event.kind, event.time_us) == (Happening.HEARTBEAT, 1_749_995_112_000_000)
    assert event.attributes == {"battery_pct": 7, "cell": ["460,0,1,2", "460,0,1,3"]}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("lat=1&lon=2", "id"),
        ("id=1&lat=1", "lon"),
        ("id=1&lon=2", "lat"),
        ("id=1&lat=nan&lon=2", "lat"),
        ("id=1&lat=1&lon=1e999", "lon"),
        ("id=1&lat=1&lon=inf", "lon"),
        ("id=1&lat=1_0&lon=2", "lat"),
        ("id=1&lat=１&lon=2", "lat"),
        ("id=1&lat=1&lon=99999", "lon"),
        ("id=1&lat=1&lon=2&timestamp=yesterday", "timestamp"),
        ("id=1&lat=1&lon=2&timestamp=2025-13-01T00:00:00Z", "timestamp"),
        ("id=1&lat=1&lon=2&timestamp=999999999999999999", "timestamp"),
        ("id=1&location=1", "location"),
        ("id=%00&lat=1&lon=2", "id"),
    ],
)
def test_what_a_fix_cannot_be_without_is_named(text: str, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        osmand.parse(given(text), Profile(), NOW_US)
    assert refused.value.problems[0].where == where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("speed=fast", "speed"),
        ("speed=1e9", "speed"),
        ("bearing=361", "bearing"),
        ("altitude=1e8", "altitude"),
        ("batt=300", "batt"),
        ("accuracy=near", "accuracy"),
        ("charge=perhaps", "charge"),
        ("valid=perhaps", "valid"),
    ],
)
def test_anything_else_wrong_is_told_and_costs_nothing(text: str, where: str) -> None:
    parsed = osmand.parse(given(f"id=1&lat=1&lon=2&timestamp=1749995112&{text}"), Profile(), NOW_US)
    assert parsed.fixes == (RawFix(1_749_995_112_000_000, 2, 1),)
    assert [problem.where for problem in parsed.skipped] == [where]


def test_an_accuracy_below_ten_metres_stays() -> None:
    assert only("id=1&lat=1&lon=2&accuracy=3.5").accuracy_m == 3.5


def test_traccar_client_9() -> None:
    parsed = osmand.parse_json(CLIENT, NOW_US)
    (fix,) = parsed.fixes
    assert parsed.identity == osmand.identity_of_json(CLIENT) == "48241179"
    assert (fix.time_us, fix.lon, fix.lat) == (1_749_995_112_862_000, -122.084, 37.4219983)
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m, fix.battery_pct) == (1.5, None, 5, 87)
    assert fix.flags == Flag.CHARGING
    assert fix.extra == {"odometer": 0, "event": "motionchange", "activity": {"type": "still"}}


def test_traccar_client_says_when_it_does_not_know() -> None:
    coords = {"latitude": 1, "longitude": 2, "speed": -1, "heading": -1, "accuracy": -1, "altitude": 0}
    (fix,) = osmand.parse_json(client(coords=coords, battery={"level": -1}), NOW_US).fixes
    assert (fix.speed_mps, fix.course_deg, fix.accuracy_m, fix.battery_pct) == (None, None, None, None)


def test_a_phone_that_makes_positions_up_says_so_and_a_cry_for_help_is_heard() -> None:
    parsed = osmand.parse_json(client(mock=True, is_moving=True, alarm="sos", uuid="5C1F"), NOW_US)
    (fix,) = parsed.fixes
    assert fix.flags == Flag.MOCK | Flag.MOVING | Flag.SOS | Flag.CHARGING
    assert fix.extra is not None and fix.extra["uuid"] == "5C1F"
    (event,) = parsed.events
    assert (event.kind, event.lon, event.lat) == (Happening.SOS, fix.lon, fix.lat)


@pytest.mark.parametrize(
    "wrong",
    [
        {"coords": None},
        {"coords": {"latitude": "x", "longitude": 1}},
        {"coords": {"latitude": 1}},
        {"timestamp": "now"},
        {"battery": 7},
    ],
)
def test_a_cry_for_help_is_heard_with_a_broken_place_or_time(wrong: dict[str, Any]) -> None:
    parsed = osmand.parse_json(client(alarm="sos", **wrong), NOW_US)
    assert parsed.fixes == ()
    assert [(event.kind, event.lon) for event in parsed.events] == [(Happening.SOS, None)]
    assert bool(parsed.skipped) == (wrong != {"coords": None})


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({}, []),
        ({"lat": ["north"], "lon": ["1"]}, ["lat"]),
        ({"lat": ["1"]}, ["lon"]),
        ({"lat": ["1"], "lon": ["2"], "timestamp": ["noon"]}, ["timestamp"]),
        ({"location": ["here"]}, ["location"]),
    ],
)
def test_a_cry_in_an_address_is_heard_with_a_broken_place_or_time(
    wrong: dict[str, list[str]], where: list[str]
) -> None:
    parsed = osmand.parse({"id": ["1"], "alarm": ["sos"], **wrong}, Profile(), NOW_US)
    assert parsed.fixes == ()
    assert [(event.kind, event.lon) for event in parsed.events] == [(Happening.SOS, None)]
    assert [problem.where for problem in parsed.skipped] == where
    with pytest.raises(InvalidInput, match="id: is missing"):
        osmand.parse({"alarm": ["sos"], **wrong}, Profile(), NOW_US)


def test_a_cry_has_the_accuracy_of_its_place_and_no_place_that_is_called_bad() -> None:
    sent = {"id": ["1"], "alarm": ["sos"], "lat": ["39.9"], "lon": ["116.3"], "accuracy": ["8"]}
    (event,) = osmand.parse(sent, Profile(), NOW_US).events
    assert (event.lon, event.lat, event.accuracy_m) == (116.3, 39.9, 8)
    (event,) = osmand.parse({**sent, "valid": ["false"]}, Profile(), NOW_US).events
    assert (event.kind, event.lon, event.accuracy_m) == (Happening.SOS, None, None)


def test_a_location_without_coordinates_is_a_sign_of_life() -> None:
    parsed = osmand.parse_json(client(coords=None, event="heartbeat"), NOW_US)
    assert parsed.fixes == ()
    assert parsed.events[0].kind == Happening.HEARTBEAT
    assert parsed.events[0].attributes["battery_pct"] == 87


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ({"location": CLIENT["location"]}, "device_id"),
        ({"device_id": ["x"], "location": CLIENT["location"]}, "device_id"),
        ({"device_id": "1", "location": []}, "location"),
        (client(coords=3), "location.coords"),
        (client(coords={"latitude": 1}), "location.coords.longitude"),
        (client(coords={"latitude": "x", "longitude": 1}), "location.coords.latitude"),
        (client(coords={"latitude": True, "longitude": 1}), "location.coords.latitude"),
        (client(battery=7), "location.battery"),
        (client(timestamp="now"), "location.timestamp"),
        (client(timestamp="2025-06-15T13:45:12"), "location.timestamp"),
        (client(timestamp={}), "location.timestamp"),
    ],
)
def test_what_is_wrong_in_json_is_named(message: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        osmand.parse_json(message, NOW_US)
    assert refused.value.problems[0].where == where


def test_real_fixes_come_through_unchanged() -> None:
    for cab in one_cab():
        fix = only(f"id={cab.cab}&timestamp={cab.seconds}&lat={cab.lat}&lon={cab.lon}")
        assert (fix.time_us, fix.lon, fix.lat) == (cab.seconds * 1_000_000, cab.lon, cab.lat)

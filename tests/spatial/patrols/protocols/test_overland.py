"""Overland's batches: one bad point never loses the others."""

from __future__ import annotations

from typing import Any

import pytest

from spatial.errors import InvalidInput
from spatial.patrols.protocols import overland
from spatial.patrols.protocols.fixes import Flag
from tests.spatial.patrols.cabs import CabFix, one_cab


def feature(cab: CabFix | None = None, **properties: Any) -> dict[str, Any]:
    """Make a feature as the app sends it, tracking statistics included."""
    place = [cab.lon, cab.lat] if cab else [-122.030581, 37.3318]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {
            "timestamp": cab.iso if cab else "2015-10-01T08:00:00-0700",
            "altitude": 12, "speed": 4, "horizontal_accuracy": 30, "vertical_accuracy": -1,
            "motion": ["driving", "stationary"], "pauses": False, "activity": "other_navigation",
            "desired_accuracy": 100, "deferred": 1000, "significant_change": "disabled",
            "locations_in_payload": 1, "battery_state": "charging", "battery_level": 0.89,
            "device_id": "phone-7", "wifi": "", **properties,
        },
    }  # fmt: skip


def test_a_feature_is_read_in_its_units() -> None:
    (part,) = overland.parse({"locations": [feature()], "current": feature(), "trip": {"distance": 9}})
    (fix,) = part.fixes
    assert (part.identity, part.reply, part.skipped) == ("phone-7", b'{"result":"ok"}', ())
    assert (fix.time_us, fix.lon, fix.lat) == (1_443_711_600_000_000, -122.030581, 37.3318)
    assert (fix.speed_mps, fix.accuracy_m, fix.altitude_m, fix.battery_pct) == (4, 30, 12, 89)
    assert fix.flags == Flag.CHARGING
    assert fix.extra is not None and fix.extra["motion"] == ["driving", "stationary"]
    assert "wifi" not in fix.extra and "speed" not in fix.extra


def test_who_walks_moves_and_what_is_unknown_is_unknown() -> None:
    (part,) = overland.parse(
        {"locations": [feature(speed=-1, horizontal_accuracy=-1, motion=["walking"], battery_level=-1)]}
    )
    (fix,) = part.fixes
    assert (fix.speed_mps, fix.accuracy_m, fix.battery_pct) == (None, None, None)
    assert fix.flags & Flag.MOVING


def test_two_hundred_real_fixes_come_through_in_order() -> None:
    cabs = one_cab()
    (part,) = overland.parse({"locations": [feature(cab) for cab in cabs]})
    found = [(fix.time_us, fix.lon, fix.lat) for fix in part.fixes]
    assert found == [(cab.seconds * 1_000_000, cab.lon, cab.lat) for cab in cabs]


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (None, "locations[1]"),
        ({"type": "Feature", "properties": None}, "locations[1]"),
        ({"type": "Feature", "properties": {"action": "visit"}}, "locations[1].geometry"),
        ({**feature(), "geometry": None}, "locations[1].geometry"),
        ({**feature(), "geometry": {"type": "LineString", "coordinates": [[1, 2]]}}, "locations[1].geometry"),
        ({**feature(), "geometry": {"type": "Point", "coordinates": [1]}}, "locations[1].geometry"),
        (
            {**feature(), "geometry": {"type": "Point", "coordinates": [1, "x"]}},
            "locations[1].coordinates[1]",
        ),
        (
            {**feature(), "geometry": {"type": "Point", "coordinates": [None, 1]}},
            "locations[1].coordinates[0]",
        ),
        (feature(timestamp=None), "locations[1].timestamp"),
        (feature(timestamp="soon"), "locations[1].timestamp"),
        (feature(timestamp="2015-10-01T08:00:00"), "locations[1].timestamp"),
        (feature(device_id={}), "locations[1].device_id"),
    ],
)
def test_one_bad_point_is_told_and_loses_no_other(bad: Any, where: str) -> None:
    (part,) = overland.parse({"locations": [feature(), bad, feature(timestamp="2015-10-01T08:00:10Z")]})
    assert len(part.fixes) == 2
    assert [problem.where for problem in part.skipped] == [where]


@pytest.mark.parametrize("name", ["speed", "horizontal_accuracy", "altitude", "battery_level", "course"])
def test_anything_else_wrong_costs_nothing(name: str) -> None:
    (part,) = overland.parse({"locations": [feature(**{name: "x"})]})
    assert len(part.fixes) == 1
    assert [problem.where for problem in part.skipped] == [f"locations[0].{name}"]


def test_phones_of_several_names_in_one_batch_stay_apart() -> None:
    parts = overland.parse(
        {"locations": [feature(), feature(device_id=""), feature(), feature(device_id="b")]}
    )
    assert [(part.identity, len(part.fixes)) for part in parts] == [("phone-7", 2), (None, 1), ("b", 1)]


@pytest.mark.parametrize("given", [{}, {"locations": {}}, {"locations": [None] * 2001}, {"locations": "x"}])
def test_no_list_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        overland.parse(given)
    assert refused.value.problems[0].where == "locations"


def test_an_empty_batch_is_answered() -> None:
    (part,) = overland.parse({"locations": []})
    assert (part.fixes, part.reply) == ((), overland.REPLY)

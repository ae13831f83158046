"""Whatever is sent: a parser gives fixes that can be kept, or InvalidInput; and nothing else ever."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.patrols.protocols import (
    gpslogger,
    gpx,
    osmand,
    overland,
    own_arrow,
    own_json,
    owntracks,
    ulogger,
)
from spatial.patrols.protocols.fixes import EARLIEST_US, LATEST_US, Batch, Parsed, Profile
from tests.spatial.table_files import stream

NOW_US = 1_750_000_000_000_000
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.sampled_from(
        [
            "",
            "1",
            "-1",
            "1e308",
            "2025-06-15T13:45:12Z",
            "2025-06-15T13:45:12",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59-14:00",
            "nan",
            "true",
            "1749995112",
            "\0",
            "٣",
            "encrypted",
            "location",
        ]
    )
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
PROFILES = st.builds(
    Profile,
    speed_unit=st.sampled_from([None, "mps", "kmh", "knots", "mph"]),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "Europe/Amsterdam"]),
    passphrase=st.none() | st.text(max_size=40),
)


def objects(*names: str) -> Any:
    """Make objects that have these names, mostly, and others."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANY)).flatmap(
        lambda known: st.dictionaries(st.text(max_size=8), ANY, max_size=2).map(
            lambda more: {**more, **known}
        )
    )


def texts(*names: str) -> Any:
    """Make parameters of these names, mostly."""
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(names, SCALARS.map(str)))
    return st.tuples(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2), known).map(
        lambda both: {**both[0], **both[1]}
    )


def check(*parts: Parsed) -> None:
    """Make sure that all of it can be kept: in columns, and in JSON of PostgreSQL."""
    batch = Batch.gathered(parts)
    fixes = batch.fixes
    assert np.isfinite(fixes["lon"]).all() and np.isfinite(fixes["lat"]).all()
    assert ((fixes["time_us"] >= EARLIEST_US) & (fixes["time_us"] <= LATEST_US)).all()
    for name in ("speed_mps", "course_deg", "accuracy_m", "altitude_m"):
        assert not np.isinf(fixes[name]).any()
    assert ((fixes["battery_pct"] >= -1) & (fixes["battery_pct"] <= 100)).all()
    for extra in [*fixes["extra"], *(event.attributes for _, event in batch.events)]:
        assert b"\\u0000" not in orjson.dumps(extra)
    for _, event in batch.events:
        assert EARLIEST_US <= event.time_us <= LATEST_US
        assert all(place is None or math.isfinite(place) for place in (event.lon, event.lat))
    for part in parts:
        assert part.identity is None or (0 < len(part.identity) <= 200 and part.identity.isprintable())


FIELDS = (
    "id",
    "deviceid",
    "lat",
    "lon",
    "location",
    "timestamp",
    "speed",
    "bearing",
    "heading",
    "altitude",
    "accuracy",
    "batt",
    "charge",
    "valid",
    "alarm",
)


@given(texts(*FIELDS), PROFILES)
@settings(max_examples=400, deadline=None)
def test_osmand(given: dict[str, str], profile: Profile) -> None:
    try:
        check(osmand.parse({name: [value] for name, value in given.items()}, profile, NOW_US))
    except InvalidInput as refused:
        assert refused.problems


COORDS = objects("latitude", "longitude", "accuracy", "speed", "heading", "altitude")
LOCATION = st.fixed_dictionaries(
    {"coords": COORDS | ANY, "timestamp": SCALARS},
    optional={"battery": objects("level", "is_charging") | ANY},
).flatmap(lambda known: objects("is_moving", "mock", "alarm", "activity").map(lambda more: {**more, **known}))


@given(st.fixed_dictionaries({"device_id": SCALARS, "location": LOCATION | ANY}))
@settings(max_examples=400, deadline=None)
def test_traccar_client(message: dict[str, Any]) -> None:
    try:
        check(osmand.parse_json(message, NOW_US))
    except InvalidInput as refused:
        assert refused.problems


KINDS = (
    st.sampled_from(["location", "transition", "waypoint", "lwt", "encrypted", "card", "status", "x"]) | ANY
)
TRACKS = st.tuples(
    KINDS, objects("lat", "lon", "tst", "vel", "cog", "acc", "alt", "batt", "bs", "t", "topic", "tid", "data")
).map(lambda both: {**both[1], "_type": both[0]})


@given(TRACKS, PROFILES, st.none() | st.text(max_size=40))
@settings(max_examples=400, deadline=None)
def test_owntracks(message: dict[str, Any], profile: Profile, topic: str | None) -> None:
    try:
        check(owntracks.parse(message, profile, owntracks.identity(message, {}, topic), NOW_US))
    except InvalidInput as refused:
        assert refused.problems


@given(st.binary(max_size=60) | ANY.map(lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)))
@settings(max_examples=200, deadline=None)
def test_bodies_of_owntracks(body: bytes) -> None:
    try:
        assert all(isinstance(each, dict) for each in owntracks.messages(body))
    except InvalidInput as refused:
        assert refused.problems


FEATURES = st.fixed_dictionaries(
    {
        "geometry": st.fixed_dictionaries({"type": SCALARS, "coordinates": ANY})
        | ANY
        | st.lists(st.floats(-200, 200), min_size=2, max_size=2).map(
            lambda at: {"type": "Point", "coordinates": at}
        ),
        "properties": objects(
            "timestamp",
            "speed",
            "horizontal_accuracy",
            "battery_level",
            "battery_state",
            "motion",
            "device_id",
            "altitude",
            "course",
        )
        | ANY,
    }
)


@given(objects("locations") | st.lists(FEATURES | ANY, max_size=4).map(lambda found: {"locations": found}))
@settings(max_examples=400, deadline=None)
def test_overland(message: dict[str, Any]) -> None:
    try:
        check(*overland.parse(message))
    except InvalidInput as refused:
        assert refused.problems


LOGGED = (
    "lat",
    "lon",
    "timestamp",
    "time",
    "spd",
    "dir",
    "acc",
    "alt",
    "batt",
    "ischarging",
    "device",
    "aid",
)


@given(texts(*LOGGED) | objects(*LOGGED), PROFILES)
@settings(max_examples=400, deadline=None)
def test_gpslogger(message: dict[str, Any], profile: Profile) -> None:
    try:
        check(gpslogger.parse(message, profile, NOW_US))
    except InvalidInput as refused:
        assert refused.problems


@given(texts("lat", "lon", "time", "trackid", "speed", "bearing", "accuracy", "altitude", "battery", "track"))
@settings(max_examples=300, deadline=None)
def test_ulogger(message: dict[str, str]) -> None:
    try:
        ulogger.track("a", message)
    except InvalidInput as refused:
        assert refused.problems
    try:
        check(ulogger.parse(message))
    except InvalidInput as refused:
        assert refused.problems


FIXES = objects(
    "time", "lon", "lat", "speed_mps", "course_deg", "device", "datum", "extra", "moving", "battery_pct"
)
EVENTS = st.tuples(st.sampled_from(["sos", "note"]) | ANY, objects("time", "lon", "lat", "device")).map(
    lambda both: {**both[1], "kind": both[0]}
)
OWN = st.fixed_dictionaries(
    {"fixes": st.lists(FIXES | ANY, max_size=4)}, optional={"events": st.lists(EVENTS)}
)


@given(OWN | ANY)
@settings(max_examples=500, deadline=None)
def test_own_json(message: Any) -> None:
    try:
        check(*own_json.parse(message))
    except InvalidInput as refused:
        assert refused.problems


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<gpx>{text}</gpx>".encode()))
@settings(max_examples=200, deadline=None)
def test_gpx(body: bytes) -> None:
    try:
        check(gpx.parse(body, 100))
    except InvalidInput as refused:
        assert refused.problems


ATTRIBUTE = st.text(
    st.characters(codec="utf-8", exclude_characters='<&"\0', exclude_categories=["Cc", "Cs"]), max_size=12
)


@given(st.lists(st.tuples(ATTRIBUTE, ATTRIBUTE, ATTRIBUTE, ATTRIBUTE), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_points_of_gpx(points: list[tuple[str, ...]]) -> None:
    body = "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><time>{time}</time><speed>{speed}</speed></trkpt>'
        for lat, lon, time, speed in points
    )
    try:
        check(gpx.parse(f"<gpx>{body}</gpx>".encode(), 100))
    except InvalidInput as refused:
        assert refused.problems


ARROW = stream(
    pa.table(
        {
            "time": pa.array([0, 10**15, None], pa.timestamp("us", "UTC")),
            "lon": [1.0, None, 3.0],
            "lat": [1.0, 2.0, 3.0],
            "device": ["a", None, "b"],
            "flags": [1, 2, 3],
        }
    )
)


@given(st.lists(st.tuples(st.integers(0, len(ARROW) - 1), st.integers(0, 255)), max_size=6))
@settings(max_examples=500, deadline=None)
def test_broken_streams(changes: list[tuple[int, int]]) -> None:
    body = bytearray(ARROW)
    for place, value in changes:
        body[place] = value
    try:
        batch = own_arrow.parse(bytes(body), 1000)
    except InvalidInput as refused:
        assert refused.problems
        return
    assert (np.abs(batch.fixes["lon"]) <= 1000).all() and len(batch.of) == len(batch.fixes["lon"])


def test_deep_and_long_texts_end_as_they_should() -> None:
    deep: Any = 1
    for _ in range(30):
        deep = {"x": [deep]}
    (part,) = own_json.parse({"fixes": [{"time": "2025-01-01T00:00:00Z", "lon": 1, "lat": 2, "extra": deep}]})
    check(part)
    wide = {f"k{n}": "x" * 5000 for n in range(500)}
    (part,) = own_json.parse({"fixes": [{"time": "2025-01-01T00:00:00Z", "lon": 1, "lat": 2, "extra": wide}]})
    (fix,) = part.fixes
    assert fix.extra is not None and len(orjson.dumps(fix.extra)) < 70_000
    with pytest.raises(InvalidInput):
        own_json.parse({"fixes": 10**400})

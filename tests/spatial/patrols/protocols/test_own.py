"""Our own forms: JSON of one device or many, and columns by Arrow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from spatial.errors import InvalidInput
from spatial.geometry.datum import DATUMS
from spatial.patrols.protocols import own_arrow, own_json
from spatial.patrols.protocols.fixes import UNKNOWN, Batch, Flag, Happening, RawFix
from tests.spatial.patrols.cabs import cabs, one_cab
from tests.spatial.table_files import stream

FIX: dict[str, Any] = {
    "time": "2025-06-15T21:45:12.25+08:00",
    "lon": 116.3,
    "lat": 39.96,
    "speed_mps": 1.25,
    "course_deg": 271.5,
    "accuracy_m": 6.5,
    "altitude_m": 52,
    "battery_pct": 79,
    "moving": True,
    "charging": False,
    "mock": True,
    "extra": {"task": 7, "地点": "gate 3"},
}


def test_a_fix_with_everything() -> None:
    (part,) = own_json.parse({"device": "p1", "datum": "gcj02", "fixes": [FIX]})
    (fix,) = part.fixes
    assert (part.identity, fix.datum, fix.time_us) == ("p1", "gcj02", 1_749_995_112_250_000)
    assert (fix.lon, fix.lat, fix.speed_mps, fix.course_deg) == (116.3, 39.96, 1.25, 271.5)
    assert (fix.accuracy_m, fix.altitude_m, fix.battery_pct) == (6.5, 52, 79)
    assert fix.flags == Flag.MOVING | Flag.MOCK
    assert fix.extra == FIX["extra"]


def test_real_fixes_of_three_devices_stay_apart_and_in_order() -> None:
    fixes = [{"time": cab.iso, "lon": cab.lon, "lat": cab.lat, "device": cab.cab} for cab in cabs()]
    parts = own_json.parse({"fixes": fixes})
    assert [len(part.fixes) for part in parts] == [120] * 3
    batch = Batch.gathered(parts)
    assert [batch.identities[row] for row in batch.of] == [cab.cab for cab in cabs()]
    assert batch.fixes["lon"].tolist() == [cab.lon for cab in cabs()]
    assert batch.fixes["time_us"].tolist() == [cab.seconds * 1_000_000 for cab in cabs()]


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (7, "fixes[1]"),
        ({**FIX, "time": None}, "fixes[1].time"),
        ({**FIX, "time": 1749995112}, "fixes[1].time"),
        ({**FIX, "time": "2025-06-15T21:45:12"}, "fixes[1].time"),
        ({**FIX, "lon": None}, "fixes[1].lon"),
        ({**FIX, "lat": "north"}, "fixes[1].lat"),
        ({**FIX, "lat": [1]}, "fixes[1].lat"),
        ({**FIX, "datum": "mars"}, "fixes[1].datum"),
        ({**FIX, "device": 1.5}, "fixes[1].device"),
        ({**FIX, "device": "x" * 201}, "fixes[1].device"),
    ],
)
def test_one_bad_fix_is_told_and_loses_no_other(bad: Any, where: str) -> None:
    parts = own_json.parse({"fixes": [FIX, bad, FIX]})
    assert sum(len(part.fixes) for part in parts) == 2
    assert [problem.where for part in parts for problem in part.skipped] == [where]


@pytest.mark.parametrize(
    "name",
    ["speed_mps", "course_deg", "accuracy_m", "altitude_m", "battery_pct", "moving", "mock", "extra", "sped"],
)
def test_anything_else_wrong_is_told_and_costs_nothing(name: str) -> None:
    parts = own_json.parse({"fixes": [{**FIX, name: "x"}]})
    assert sum(len(part.fixes) for part in parts) == 1
    assert [problem.where for part in parts for problem in part.skipped] == [f"fixes[0].{name}"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([], "body"),
        (None, "body"),
        ({"fixes": {}}, "fixes"),
        ({"fixes": [FIX], "fixs": 1}, "fixs"),
        ({"fixes": [], "datum": "mars"}, "datum"),
        ({"fixes": [], "device": {}}, "device"),
        ({"fixes": [None] * 20_001}, "fixes"),
        ({"events": [{}] * 101}, "events"),
        ({"fixes": [{**FIX, "device": f"d{n}"} for n in range(1001)]}, "device"),
    ],
)
def test_a_whole_that_cannot_be_read_is_refused(given: Any, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        own_json.parse(given)
    assert refused.value.problems[0].where == where


def test_events_beside_fixes() -> None:
    sos = {"kind": "sos", "time": "2025-06-15T13:45:12Z", "lon": 116.3, "lat": 39.96, "note": "help"}
    parts = own_json.parse({"device": "p1", "events": [sos, {"kind": "sign_in", "time": sos["time"]}]})
    (part,) = parts
    assert [event.kind for event in part.events] == [Happening.SOS, Happening.SIGN_IN]
    assert (part.events[0].lon, part.events[0].attributes) == (116.3, {"note": "help"})
    for wrong, where in (({"kind": "x"}, "kind"), ({"kind": "sos"}, "time"), ({**sos, "lat": None}, "lat")):
        (part,) = own_json.parse({"events": [wrong]})
        assert [problem.where for problem in part.skipped] == [f"events[0].{where}"]


def table(**more: Any) -> pa.Table:
    rows = cabs()
    times = pa.array([cab.time for cab in rows], pa.timestamp("us", "UTC"))
    given = {"time": times, "lon": [cab.lon for cab in rows], "lat": [cab.lat for cab in rows], **more}
    return pa.table({name: values for name, values in given.items() if values is not None})


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("coded", [True, False])
def test_columns_of_real_fixes(unit: str, coded: bool) -> None:
    rows = cabs()
    device = pa.array([cab.cab for cab in rows])
    sent = table(device=device.dictionary_encode() if coded else device)
    sent = sent.set_column(0, "time", sent["time"].cast(pa.timestamp(unit, "Asia/Shanghai")))
    batch = own_arrow.parse(stream(sent), 1000)
    assert batch.fixes["time_us"].tolist() == [cab.seconds * 1_000_000 for cab in rows]
    assert batch.fixes["lon"].tolist() == [cab.lon for cab in rows]
    assert batch.fixes["lat"].tolist() == [cab.lat for cab in rows]
    assert [batch.identities[row] for row in batch.of] == [cab.cab for cab in rows]
    assert (batch.fixes["battery_pct"] == UNKNOWN).all() and np.isnan(batch.fixes["speed_mps"]).all()


def test_every_column_and_nulls() -> None:
    batch = own_arrow.parse(
        stream(
            table(
                speed_mps=[1.5, -1.0, None] * 120,
                course_deg=[360.0, 400.0, 10.0] * 120,
                accuracy_m=[5.0, 0.0, None] * 120,
                altitude_m=[1, None, 10**9] * 120,
                battery_pct=[79, None, 200] * 120,
                flags=[1, 2**30, None] * 120,
                datum=["gcj02", None, "wgs84"] * 120,
            )
        ),
        1000,
    )
    first = {name: column[:3].tolist() for name, column in batch.fixes.items()}
    assert first["speed_mps"][0] == 1.5 and np.isnan(first["speed_mps"][1:]).all()
    assert first["course_deg"][0] == 0 and np.isnan(first["course_deg"][1]) and first["course_deg"][2] == 10
    assert first["accuracy_m"][0] == 5 and np.isnan(first["accuracy_m"][1:]).all()
    assert first["altitude_m"][0] == 1 and np.isnan(first["altitude_m"][1:]).all()
    assert first["battery_pct"] == [79, -1, -1]
    assert first["flags"] == [1, 0, 0]
    assert first["datum"] == [DATUMS.index("gcj02"), -1, DATUMS.index("wgs84")]


def test_rows_without_time_or_place_are_told_and_lose_no_other() -> None:
    rows = cabs()
    times = pa.array([None, *(cab.time for cab in rows[1:])], pa.timestamp("us", "UTC"))
    lon = [cab.lon for cab in rows]
    lon[1], lon[2] = float("nan"), 1e6
    batch = own_arrow.parse(stream(table(time=times, lon=lon)), 1000)
    assert len(batch.of) == len(batch.fixes["lon"]) == 357
    assert [problem.where for problem in batch.skipped] == ["row[0]", "row[1]", "row[2]"]


def test_rows_of_no_device_or_datum_are_told_and_lose_no_other() -> None:
    device = ["", "a\tb", None, "x" * 201, *["p"] * 356]
    datum = [None, None, "mars", None, "gcj02", *["wgs84"] * 355]
    batch = own_arrow.parse(stream(table(device=device, datum=datum)), 1000)
    assert [batch.identities[row] for row in batch.of] == ["p"] * 356
    assert batch.fixes["datum"][:2].tolist() == [DATUMS.index("gcj02"), DATUMS.index("wgs84")]
    assert [problem.where for problem in batch.skipped] == ["row[0]", "row[1]", "row[3]", "row[2]"]


def test_a_time_that_no_calendar_has_is_left_out() -> None:
    far = pa.array([2**62, -(2**62), 0], pa.int64()).cast(pa.timestamp("s", "UTC"))
    sent = pa.table({"time": far, "lon": [1.0] * 3, "lat": [1.0] * 3})
    batch = own_arrow.parse(stream(sent), 10)
    assert batch.fixes["time_us"].tolist() == [0]


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (table(time=None), "time"),
        (table(lon=None), "lon"),
        (table(lat=["x"] * 360), "lat"),
        (table(time=[datetime(2025, 1, 1)] * 360), "time"),
        (table(time=[1] * 360), "time"),
        (table(device=[1] * 360), "device"),
        (table(flags=["x"] * 360), "flags"),
        (table(speed_mps=[[1.0]] * 360), "speed_mps"),
    ],
)
def test_columns_that_cannot_be_read_are_named(sent: pa.Table, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        own_arrow.parse(stream(sent), 1000)
    assert refused.value.problems[0].where == where


def test_streams_that_are_broken_or_too_long() -> None:
    whole = stream(table())
    for body in (b"", whole[:-20], whole[: len(whole) // 2], b"x" * 100):
        with pytest.raises(InvalidInput):
            own_arrow.parse(body, 1000)
    with pytest.raises(InvalidInput):
        own_arrow.parse(whole, 359)


def test_an_empty_stream_is_an_empty_batch() -> None:
    batch = own_arrow.parse(stream(table(device=[cab.cab for cab in cabs()]).slice(0, 0)), 10)
    assert (len(batch.of), batch.skipped) == (0, ())


def test_columns_are_what_their_fixes_are() -> None:
    cab = one_cab()[0]
    (part,) = own_json.parse({"fixes": [{"time": cab.iso, "lon": cab.lon, "lat": cab.lat}]})
    assert part.fixes == (RawFix(cab.seconds * 1_000_000, cab.lon, cab.lat),)
    assert cab.time.tzinfo == UTC

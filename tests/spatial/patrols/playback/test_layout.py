"""The stream says what was put in, to the tick, in few bytes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.patrols.playback import layout
from spatial.patrols.playback.fixes import Fixes
from spatial.patrols.playback.layout import CLOCKS, NO_PLACE, NOT_KNOWN, Clock, clock_for
from spatial.types import BBox
from tests.spatial.patrols.playback.decoding import decode

BEGIN_US = 1_780_000_000_123_456
MOVERS = np.array([3, 17, 4_000_000_000], np.int64)
VALUE = st.one_of(st.floats(0, 700, width=32), st.just(float("nan")))
ROW = st.tuples(
    st.integers(0, 2), st.integers(0, 59_999_999), st.floats(-180, 180), st.floats(-90, 90),
    st.integers(0, 30), VALUE, VALUE, VALUE,
)  # fmt: skip


def made_of(rows: list[tuple[float, ...]]) -> Fixes:
    columns = list(zip(*sorted(rows, key=lambda row: row[:2]), strict=True)) or [()] * 8
    kinds = (np.int32, np.int64, float, float, np.int16, np.float32, np.float32, np.float32)
    given = [np.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    given[1] = given[1] + BEGIN_US
    return Fixes(*given)


def stream(fixes: Fixes, clock: Clock, extras: tuple[str, ...] = (), with_gate: bool = False) -> bytes:
    schema = layout.schema_of(extras, with_gate, {"tick_ms": clock.tick_ms})
    return layout.head(schema) + layout.batch(schema, clock, MOVERS, BEGIN_US, fixes) + layout.END


@settings(deadline=None)
@given(st.lists(ROW, max_size=30), st.sampled_from(CLOCKS))
def test_what_is_read_is_what_was_written(rows: list[tuple[float, ...]], clock: Clock) -> None:
    fixes = made_of(rows)
    found = decode(stream(fixes, clock, tuple(layout.EXTRAS), True))
    assert len(found) == len(rows)
    for number, (mover, at, lon, lat, more) in enumerate(found):
        assert mover == MOVERS[fixes.place[number]]
        assert 0 <= fixes.time_us[number] / 1000 - at < clock.tick_ms + 1
        assert abs(lon / 1e7 - fixes.lon[number]) <= 5.1e-8
        assert abs(lat / 1e7 - fixes.lat[number]) <= 5.1e-8
        assert more["gate"] == fixes.gate[number]
        for name, (column, per_unit) in layout.EXTRAS.items():
            value = float(getattr(fixes, column)[number])
            if np.isnan(value):
                assert more[name] == NOT_KNOWN
            else:
                assert more[name] == min(round(value * per_unit), NOT_KNOWN - 1)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), 1e300, -1e9, 300.0])
def test_what_is_no_place_is_said_to_be_none(wrong: float) -> None:
    fixes = made_of([(0, 0, wrong, 39.9, 1, 0.0, 0.0, 0.0), (0, 1, 116.3, wrong, 1, -1.0, 0.0, 0.0)])
    found = decode(stream(fixes, CLOCKS[1], ("speed",), True))
    assert (found[0][2], found[1][3]) == (NO_PLACE, NO_PLACE)
    assert found[1][4]["speed"] == NOT_KNOWN
    inside = fixes.in_box(BBox(-180, -90, 180, 90))
    assert len(inside) == 0


def test_a_fix_each_ten_seconds_is_eleven_bytes() -> None:
    clock = CLOCKS[1]
    movers = np.arange(1000, dtype=np.int64)
    place = np.repeat(np.arange(1000, dtype=np.int32), 60)
    time_us = BEGIN_US + np.tile(np.arange(60) * 10_000_000, 1000)
    nothing = np.zeros(60_000, np.float32)
    fixes = Fixes(place, time_us, nothing + 116.3, nothing + 39.9, nothing.astype(np.int16), *[nothing] * 3)
    schema = layout.schema_of((), False, {"tick_ms": clock.tick_ms})
    written = layout.batch(schema, clock, movers, BEGIN_US, fixes)
    assert len(written) / len(fixes) < 10.5
    assert len(written) <= layout.octets(60_000, 1000, 1, (), False)


def test_slices_cover_the_time_once() -> None:
    for clock in CLOCKS:
        found = list(clock.slices(BEGIN_US, BEGIN_US + 86_400_000_001))
        assert found[0][0] == BEGIN_US
        assert found[-1][1] == BEGIN_US + 86_400_000_001
        assert all(one[1] == two[0] for one, two in pairwise(found))
        assert clock.slice_s * 1000 // clock.tick_ms <= 60_000


def test_slices_are_short_where_there_are_many_fixes() -> None:
    assert clock_for(0, 86_400).slice_s == 6000
    assert clock_for(2_880_000, 28_800).slice_s == 600
    assert clock_for(10_000_000, 7_200).slice_s == 60


def test_the_stream_is_plain_arrow() -> None:
    content = stream(made_of([]), CLOCKS[0])
    assert pa.ipc.open_stream(content).read_all().num_rows == 0

"""The same fixes come to the same, to the bit, in whatever order, however often, in whatever pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.patrols.columns import ROW_COLUMNS, Columns
from spatial.patrols.days import CONTEXT_US
from spatial.patrols.grading import Context, Graded, grade, parameters_of
from spatial.patrols.track_days import of_graded
from spatial.patrols.verdicts import COUNTS_FOR_WAY, Verdict
from tests.spatial.patrols.grading.ways import graded
from tests.spatial.patrols.truth import HABITS, START_US, walk


def parts(found: Graded) -> tuple[Any, ...]:
    """Everything that grading says, as bytes and numbers."""
    way = found.way
    arrays = (
        found.verdicts,
        way.rows,
        way.stay,
        way.lon,
        way.lat,
        way.shift,
        way.leg_mm,
        way.leg_ms,
        way.ride,
    )
    sums = (found.distance_mm, found.ride_mm, found.moving_ms, found.standing_ms, found.stays, found.trips)
    return (*(each.tobytes() for each in arrays), *sums)


@pytest.mark.parametrize("gait", HABITS)
def test_shuffled_doubled_and_late_fixes_come_to_the_same(gait: str) -> None:
    columns = walk(gait, 11, seconds=5400, stand_s=900).columns
    wanted = parts(graded(columns, gait))
    dice = np.random.default_rng(5)
    for _ in range(5):
        order = dice.permutation(
            np.concatenate([np.arange(len(columns)), dice.integers(0, len(columns), 200)])
        )
        again = columns[order].sorted()
        assert len(again) == len(columns)
        assert parts(graded(again, gait)) == wanted


def test_a_day_is_a_function_of_the_fixes_within_an_hour_of_it() -> None:
    columns = walk("foot", 3, seconds=6 * 3600, stand_s=1800).columns
    begin, end = (int(columns.time_us[0]) + hours * CONTEXT_US for hours in (2, 4))
    context = Context(begin, end)
    near = columns[columns.between(begin - CONTEXT_US, end + CONTEXT_US)]
    kept = [grade(near, context, parameters_of("foot")) for _ in range(2)]
    assert parts(kept[0]) == parts(kept[1])
    whole = grade(columns, context, parameters_of("foot"))
    # What lies further off hardly matters: it is no part of what is kept, but must not be needed either.
    assert (whole.verdicts[whole.day] == kept[0].verdicts[kept[0].day]).mean() > 0.999
    assert whole.distance_mm == pytest.approx(kept[0].distance_mm, rel=1e-3)


def test_days_add_up_to_the_whole() -> None:
    columns = walk("ebike", 4, seconds=4 * 3600, stand_s=1800).columns
    middle = int(columns.time_us[700]) + 1
    whole = graded(columns, "ebike")
    days = [
        grade(columns, each, parameters_of("ebike")) for each in (Context(0, middle), Context(middle, 2**62))
    ]
    for name in ("distance_mm", "ride_mm", "moving_ms", "standing_ms"):
        assert sum(getattr(day, name) for day in days) == getattr(whole, name)


ANY_FIX = st.tuples(
    st.integers(0, 4_000_000_000), st.integers(-3, 3), st.floats(-180, 180), st.floats(-90, 90),
    st.sampled_from([0, 0, 0, 1, 2, 5, 6]), st.sampled_from([np.nan, -1.0, 0.0, 3.0, 20.0, 1e6]),
)  # fmt: skip


def some(rows: list[tuple[Any, ...]]) -> Columns:
    time_us, device, lon, lat, gate, accuracy = (
        (list(each) for each in zip(*rows, strict=True)) if rows else [[]] * 6
    )
    return Columns.of(
        START_US + np.array(time_us, np.int64), lon, lat, device=device, gate=gate, accuracy_m=accuracy,
        mark=np.arange(len(rows)),
    )  # fmt: skip


@given(st.lists(ANY_FIX, max_size=60), st.sampled_from(sorted(HABITS)), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_graded(rows: list[tuple[Any, ...]], gait: str, dice: Any) -> None:
    columns = some(rows)
    found = graded(columns, gait)
    assert len(found.verdicts) == len(columns)
    # A gate is the last word on a fix that does not go into the sequence.
    gated = columns.gate != 0
    assert (found.verdicts[gated] == columns.gate[gated]).all()
    assert set(found.verdicts[found.way.rows].tolist()) <= COUNTS_FOR_WAY
    assert found.distance_mm >= 0 and found.ride_mm >= 0
    span_ms = int(np.ptp(columns.time_us)) // 1000 if len(columns) else 0
    assert found.moving_ms + found.standing_ms <= span_ms + 1
    for stay in found.stays:
        assert stay.begin_us < stay.end_us
    order = list(range(len(columns)))
    dice.shuffle(order)
    assert parts(graded(columns[np.array(order, int)].sorted(), gait)) == parts(found)


@given(st.lists(ANY_FIX, min_size=1, max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_a_fix_marked_by_hand_counts_no_more(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    columns = some(rows)
    at = data.draw(st.integers(0, len(columns) - 1))
    key = int(columns.time_us[at]), int(columns.mark[at])
    whole = Context.whole(columns)
    found = grade(columns, Context(whole.begin_us, whole.end_us, frozenset({key})), parameters_of("foot"))
    assert found.verdicts[at] == Verdict.MARKED_BAD
    without = columns[np.delete(np.arange(len(columns)), at)]
    other = grade(without, Context(whole.begin_us, whole.end_us), parameters_of("foot"))
    assert found.distance_mm == other.distance_mm
    assert np.delete(found.verdicts, at).tolist() == other.verdicts.tolist()


def test_columns_are_put_into_the_order_of_the_key() -> None:
    made = Columns.of([3, 1, 1, 3], [1, 2, 3, 4], [1, 2, 3, 4], mark=[5, 2, 1, 5])
    assert made.time_us.tolist() == [1, 1, 3]
    assert made.mark.tolist() == [1, 2, 5]
    assert set(ROW_COLUMNS) == {name for name in made.__dataclass_fields__ if name != "units"}


def test_no_fixes_come_to_nothing() -> None:
    from datetime import date

    found = graded(Columns.of([], [], []))
    day = of_graded(1, date(2026, 11, 22), found, parameters_of("foot"))
    assert (day.fixes, day.good, day.distance_m, day.first_at, day.stays) == (0, 0, 0.0, None, ())

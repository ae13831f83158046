"""Curves: against NumPy's own interpolation, and against what must hold of any curve."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatial.patrols.moving.curves import DISCRETE, LINEAR, STEP, Curve

TIMES = st.lists(st.integers(0, 10**12), min_size=1, max_size=20, unique=True).map(sorted)
MOMENTS = st.lists(st.integers(-(10**6), 10**12 + 10**6), max_size=20, unique=True).map(sorted)


def curve(times: list[int], interpolation: str) -> Curve:
    values = np.random.default_rng(len(times)).uniform(-100, 100, len(times))
    return Curve(np.array(times, np.int64), values, interpolation)


@given(TIMES, MOMENTS)
def test_a_straight_curve_is_what_numpy_interpolates(times: list[int], moments: list[int]) -> None:
    made = curve(times, LINEAR)
    inside = [each for each in moments if times[0] <= each <= times[-1]]
    found = made.at(moments)
    assert found.time_us.tolist() == inside
    assert found.interpolation == DISCRETE
    np.testing.assert_allclose(found.values, np.interp(inside, times, made.values), rtol=1e-9, atol=1e-9)


@given(TIMES, MOMENTS)
def test_a_stepped_curve_holds_its_last_value(times: list[int], moments: list[int]) -> None:
    made = curve(times, STEP)
    found = made.at(moments)
    wanted = [max(at for at in times if at <= each) for each in found.time_us.tolist()]
    assert found.values.tolist() == [made.values[times.index(each)] for each in wanted]


@given(TIMES, MOMENTS)
def test_of_single_values_nothing_is_known_in_between(times: list[int], moments: list[int]) -> None:
    asked = sorted({*moments, *times[::2]})
    assert curve(times, DISCRETE).at(asked).time_us.tolist() == [each for each in asked if each in times]


@given(TIMES, st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from([LINEAR, STEP, DISCRETE]))
def test_a_part_says_what_the_whole_says(times: list[int], one: int, two: int, way: str) -> None:
    made, (begin, end) = curve(times, way), sorted((one, two))
    part = made.cut(begin, end)
    assert part.interpolation == way
    assert (np.diff(part.time_us) > 0).all()
    assert ((part.time_us >= begin) & (part.time_us <= end)).all()
    asked = [each for each in times if begin <= each <= end]
    # Each measured value to the bit; both ends where the curve is; and in between the same.
    assert part.at(asked).values.tolist() == made.at(asked).values.tolist()
    if way != DISCRETE and begin <= times[-1] and end >= times[0]:
        assert part.time_us[0] == max(begin, times[0])
        assert part.time_us[-1] == min(end, times[-1])
        middle = np.unique((part.time_us[1:] + part.time_us[:-1]) // 2)
        np.testing.assert_allclose(part.at(middle).values, made.at(middle).values, rtol=1e-6, atol=1e-3)
    elif way != DISCRETE:
        assert len(part) == 0


def test_positions_and_texts_are_curves_too() -> None:
    times = np.array([0, 10, 20], np.int64)
    path = Curve(times, np.array([[0.0, 0.0], [10.0, 20.0], [10.0, 20.0]]))
    assert path.at([5, 10, 15]).values.tolist() == [[5.0, 10.0], [10.0, 20.0], [10.0, 20.0]]
    units = Curve(times, np.array(["a", "b", "c"], object), STEP)
    assert units.cut(5, 15).values.tolist() == ["a", "b", "b"]


def test_nothing_has_no_parts() -> None:
    nothing = Curve(np.zeros(0, np.int64), np.zeros(0))
    assert len(nothing.at([1])) == len(nothing.cut(0, 10)) == 0

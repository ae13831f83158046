"""Floods: what chatters, what has one cause, and which few come first."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from lifeline.alarms.flood import Standing, by_tree, chatters, muster, roots
from lifeline.alarms.rules import Measure
from tests.lifeline.alarms.histories import one, run, value


def test_three_times_in_a_minute_is_chatter() -> None:
    words = [value(at, 9 * (at % 2)) for at in range(1, 50)]
    told = run(one(Measure.VALUE, 5.0), words)[1]
    assert chatters(told, 49_000)
    assert not chatters(told, 2000)
    assert not chatters(told, 49_000 + 58_000)


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12)), st.sets(st.integers(0, 12)))
def test_the_root_is_the_farthest_upstream_in_alarm(above: dict[int, int], alarmed: set[int]) -> None:
    tree = {str(low): str(high) for low, high in above.items()}
    names = {str(each) for each in alarmed}
    found = roots(names, by_tree(tree))
    assert found.keys() == names
    for name in names:
        way = [name]
        while (at := tree.get(way[-1])) is not None and at not in way:
            way.append(at)
        circle = way[way.index(at) :] if at is not None else []
        on_circle = sorted(each for each in circle if each in names)
        expected = on_circle[0] if on_circle else [each for each in way if each in names][-1]
        assert found[name] == expected


def test_of_ten_thousand_the_few_that_matter_come_first() -> None:
    # A station falls silent, with 9,000 sensors behind it; meanwhile a gas alarm, and a lot of small ones.
    tree = {f"s{i}": f"cabinet{i % 30}" for i in range(9000)} | {f"cabinet{i}": "station" for i in range(30)}
    storm = [Standing(f"a{i}", f"s{i}", 3, 60_000 + i) for i in range(9000)]
    storm += [Standing("a-station", "station", 2, 59_000), Standing("gas", "valve-room", 1, 90_000)]
    storm += [Standing(f"b{i}", f"t{i}", 4, i) for i in range(998)]
    random.Random(7).shuffle(storm)
    groups = muster(storm, by_tree(tree), most=3)
    assert [(group.root, group.first.key, group.count) for group in groups] == [
        ("valve-room", "gas", 1), ("station", "a-station", 9001), ("t0", "b0", 1)
    ]  # fmt: skip
    assert sum(group.count for group in muster(storm, by_tree(tree), most=10_000)) == len(storm) == 10_000


def test_of_one_level_the_larger_group_comes_first_and_then_the_older() -> None:
    storm = [
        Standing("a", "x1", 2, 50),
        Standing("b", "x2", 2, 60),
        Standing("c", "y", 2, 10),
        Standing("d", "z", 2, 5),
    ]
    groups = muster(storm, by_tree({"x1": "x", "x2": "x1"}))
    assert [(group.root, group.count, group.since_ms) for group in groups] == [
        ("x1", 2, 50),
        ("z", 1, 5),
        ("y", 1, 10),
    ]


def test_nothing_stands_and_nothing_is_told() -> None:
    assert muster([], by_tree({})) == []
    assert not chatters([], 0)

"""Visits by the kernel: against an oracle that goes fix by fix, and where it matters by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial.patrols.compliance.track import Track, joined
from spatial.patrols.fences.areas import Area, near
from spatial.patrols.fences.visits import CERTAIN, Terms, Visit, visits, visits_of
from tests.spatial.patrols.compliance.ground import START_US, area, line, lonlat, point, track, walk
from tests.spatial.patrols.fences.slowly import told

S = 1_000_000
ALL = (START_US - 10**12, START_US + 10**12)
SQUARE = area((0, 0), (200, 0), (200, 200), (0, 200))


def seen(way: Track, day: tuple[int, int] = ALL, **more: Any) -> list[Visit]:
    """Tell the visits of a track to the square."""
    found = dict(
        visits_of(way, [Terms(Area(more.pop("geometry", SQUARE), more.pop("radius_m", 0.0)), **more)], day)
    )
    return found.get(0, [])


def second(time_us: int | None) -> float:
    assert time_us is not None
    return (time_us - START_US) / S


def test_a_walk_through_is_one_visit() -> None:
    (found,) = seen(walk((-200, 100), (400, 100), every_s=5.0))
    # 5 m inside of the near edge, 15 m outside of the far one, at 1.2 m/s.
    assert second(found.since_us) == pytest.approx(205 / 1.2, abs=5)
    assert second(found.until_us) == pytest.approx(415 / 1.2, abs=5)
    assert (found.ended, found.probability >= CERTAIN) == ("left", True)
    assert second(found.until_us) - second(found.last_us) == 5


def test_whoever_wobbles_at_the_edge_neither_comes_nor_goes() -> None:
    outside = track([(-4.0 if n % 2 else 4.0, 100.0) for n in range(50)], range(0, 500, 10))
    assert seen(outside) == []
    inside = track([(100, 100), *[(-14.0 if n % 2 else 4.0, 100.0) for n in range(50)]], range(0, 510, 10))
    (found,) = seen(inside)
    assert (found.until_us, found.fixes) == (None, 51)


def test_a_bad_fix_is_no_proof() -> None:
    assert seen(track([(100, 100)] * 5, range(5), accuracy_m=51.0)) == []
    assert seen(track([(30, 100)] * 5, range(5), accuracy_m=40.0)) == []
    assert seen(track([(100, 100)] * 5, range(5), verdict=21)) == []
    (found,) = seen(track([(100, 100)], [0], accuracy_m=float("nan")))
    assert found.fixes == 1


def test_one_fix_that_is_hardly_inside_is_not_certain() -> None:
    (hardly,) = seen(track([(21, 100)], [0], accuracy_m=20.0))
    assert 0.9 < hardly.probability < CERTAIN
    (often,) = seen(track([(21, 100)] * 4, [0, 70, 140, 210], accuracy_m=20.0))
    assert often.probability >= CERTAIN
    # Errors of one minute are the same error.
    (quick,) = seen(track([(21, 100)] * 4, [0, 1, 2, 3], accuracy_m=20.0))
    assert quick.probability == hardly.probability


@pytest.mark.parametrize(("join_s", "count"), [(120.0, 2), (121.0, 1), (0.0, 2)])
def test_a_brief_exit_ends_nothing(join_s: float, count: int) -> None:
    way = track([(100, 100), (300, 100), (300, 100), (100, 100)], [0, 60, 120, 180])
    assert len(seen(way, join_s=join_s)) == count


def test_silence_ends_a_visit_where_it_was_last_seen() -> None:
    way = track([(100, 100)] * 3, [0, 600, 600 + 1801])
    first, after = seen(way)
    assert (second(first.until_us), first.ended, after.until_us) == (600, "silent", None)
    (whole,) = seen(track([(100, 100)] * 3, [0, 600, 600 + 1800]))
    assert whole.until_us is None


def test_dwell_counts_what_is_sure() -> None:
    way = track([(100, 100), (100, 100), (300, 100)], [0, 60, 600])
    assert len(seen(way, min_dwell_s=60.0)) == 1
    assert seen(way, min_dwell_s=61.0) == []


def test_hours_begin_and_end_visits() -> None:
    way = track([(100, 100)] * 100, range(0, 6000, 60))
    windows = [(START_US + 600 * S, START_US + 1230 * S), (START_US + 3000 * S, START_US + 3600 * S)]
    first, after = seen(way, windows=windows)
    assert (second(first.since_us), second(first.last_us), second(first.until_us)) == (600, 1200, 1230)
    assert (first.ended, second(after.since_us), after.ended) == ("hours", 3000, "hours")
    assert seen(way, windows=[]) == []


def test_midnight_cuts_and_the_parts_meet() -> None:
    way = track([(100, 100)] * 61 + [(300, 100)], [*range(0, 3660, 60), 3660])
    middle = START_US + 1830 * S
    (whole,) = seen(way)
    (before,), (after,) = seen(way, (ALL[0], middle)), seen(way, (middle, ALL[1]))
    assert (before.until_us, before.ended, after.since_us) == (middle, "midnight", middle)
    assert (before.since_us, after.until_us, after.ended) == (whole.since_us, whole.until_us, "left")
    assert before.fixes + after.fixes == whole.fixes


def test_a_point_has_a_radius_and_a_hole_is_outside() -> None:
    round_ = {"geometry": point(0, 0), "radius_m": 50.0}
    assert len(seen(track([(40, 0)], [0]), **round_)) == 1
    assert seen(track([(46, 0)], [0]), **round_) == []
    holed = shapely.difference(SQUARE, area((50, 50), (150, 50), (150, 150), (50, 150)))
    assert seen(track([(100, 100)], [0]), geometry=holed) == []
    assert len(seen(track([(25, 100)], [0]), geometry=holed)) == 1
    both = shapely.union(SQUARE, area((1000, 0), (1100, 0), (1100, 100), (1000, 100)))
    assert len(seen(track([(100, 100), (1050, 50)], [0, 600]), geometry=both)) == 1


@pytest.mark.parametrize("lat", [0.0, 39.98, -55.0])
def test_depths_are_metres_on_the_ellipsoid(lat: float) -> None:
    geod = Geod(ellps="WGS84")
    area_ = Area(shapely.Point(116.0, lat), 500.0)
    for course in range(0, 360, 30):
        lon, there, _ = geod.fwd(116.0, lat, course, 300.0)
        found = area_.depth_m(np.array([lon]), np.array([there]))
        assert found[0] == pytest.approx(200.0, abs=0.05)


fix = st.tuples(
    st.sampled_from([1, 10, 60, 200, 1799, 1800, 1801]),
    st.sampled_from([60.0, 20.0, 5.0, 0.0, -10.0, -16.0, -60.0]),
    st.sampled_from([3.0, 10.0, 30.0]),
)  # fmt: skip
spans = st.lists(st.integers(0, 12_000), max_size=6, unique=True).map(lambda found: sorted(found))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(fix, max_size=40), st.none() | spans, st.sampled_from([0.0, 60.0, 900.0]),
    st.sampled_from([0.0, 61.0, 900.0]), st.integers(0, 6000), st.integers(1, 6000),
)  # fmt: skip
def test_the_kernel_says_what_the_oracle_says(
    steps: list[tuple[int, float, float]], edges: list[int] | None, dwell_s: float, join_s: float,
    begin_s: int, length_s: int,
) -> None:  # fmt: skip
    times = np.cumsum([step for step, _, _ in steps], dtype=np.int64) * S
    fixes = [(int(at), depth, accuracy) for at, (_, depth, accuracy) in zip(times, steps, strict=True)]
    windows = None if edges is None else [(a * S, b * S) for a, b in list(pairwise(edges))[::2]]
    day = (begin_s * S, (begin_s + length_s) * S)
    terms = Terms(Area(SQUARE), windows, dwell_s, join_s)
    depth, accuracy = (np.array([each[place] for each in fixes], float) for place in (1, 2))
    found = visits(times, depth, accuracy, terms, day)
    told_ = [(each.since_us, each.last_us, each.until_us, each.ended, each.fixes) for each in found]
    assert told_ == told(fixes, windows, dwell_s, join_s, day)
    assert all(0 < each.probability <= 1 for each in found)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_looking_only_nearby_finds_everything(seed: int) -> None:
    """Each of many fences says of a walk what it says alone, with every depth measured."""
    chance = np.random.Generator(np.random.PCG64(seed))
    fences = []
    for _ in range(12):
        x, y = chance.uniform(-600, 600, 2)
        size = float(chance.uniform(20, 300))
        shape = point(x, y) if chance.random() < 0.5 else area((x, y), (x + size, y), (x, y + size))
        fences.append(Terms(Area(shape, size if shape.geom_type == "Point" else 0.0)))
    corners = chance.uniform(-600, 600, (6, 2))
    way = walk(*map(tuple, corners), every_s=15.0, speed=3.0, accuracy_m=8.0)
    found = dict(visits_of(way, fences, ALL))
    counted = way.counted(50.0)
    for number, terms in enumerate(fences):
        depth = terms.area.depth_m(counted.lon, counted.lat)
        alone = visits(counted.time_us, depth, counted.accuracy_m, terms, ALL)
        assert found.get(number, []) == alone


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_order_does_not_matter(seed: int) -> None:
    chance = np.random.Generator(np.random.PCG64(seed))
    way = walk((-300, 100), (500, 120), (100, 100), (100, -400), every_s=7.0)
    pieces = np.array_split(chance.permutation(len(way)), 5)
    parts = [
        Track(way.time_us[rows], way.lon[rows], way.lat[rows], way.accuracy_m[rows], way.verdict[rows])
        for rows in pieces
    ]
    assert seen(joined(parts)) == seen(way)


def test_nothing_comes_of_nothing() -> None:
    assert list(visits_of(Track.none(), [Terms(Area(SQUARE))], ALL)) == []
    assert list(visits_of(walk((0, 0), (10, 0)), [], ALL)) == []
    far = lonlat([(90_000, 90_000)])
    assert list(near([Area(SQUARE)], far[:, 0], far[:, 1])) == []
    assert seen(walk((0, 0), (200, 200)), geometry=shapely.buffer(line((0, 500), (9, 500)), 1e-5)) == []

"""What a track puts into the heat: every millisecond once, in the cell where its middle is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.patrols.columns import Columns
from spatial.patrols.grading import Context, Stay, grade, parameters_of
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.contributions import GAP_S, Stays, contributions, of_graded
from spatial.patrols.heat.records import Contributions, Entries
from spatial.patrols.verdicts import COUNTS_FOR_PRESENCE, Verdict
from tests.spatial.patrols.heat import oracle

DAY = date(2026, 5, 4)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=timezone(timedelta(hours=8)))
MIDNIGHT_MS = int(MIDNIGHT.timestamp() * 1000)
NONE_US = np.zeros(0, np.int64)
LON, LAT = 116.3001, 39.9502


def told(
    fixes: list[oracle.Fix], stays: tuple[oracle.Stay, ...] = (), breaks: tuple[int, ...] = ()
) -> Contributions:
    """Ask the code under test about the oracle's fixes."""
    units = sorted({fix.unit for fix in fixes if fix.unit})
    track = Columns.of(
        [fix.ms * 1000 for fix in fixes], [fix.lon for fix in fixes], [fix.lat for fix in fixes],
        unit=[units.index(fix.unit) if fix.unit else -1 for fix in fixes], units=units,
        gate=[fix.verdict for fix in fixes],
    )  # fmt: skip
    given = Stays.of([Stay(s.begin_ms * 1000, s.end_ms * 1000, s.lon, s.lat, 2) for s in stays])
    return contributions(track, track.gate, DAY, given, np.array(breaks, np.int64) * 1000)


def counted(heat: Contributions) -> Counter[tuple[int, int, int, str | None]]:
    """Write contributions as the oracle writes them."""
    entries = heat.entries
    column, row = lattice.columns_rows(entries.cells)
    names = (None, *heat.units)
    keys = zip(column.tolist(), row.tolist(), entries.hours.tolist(), entries.units.tolist(), strict=True)
    return Counter(
        {(x, y, h, names[u]): ms for (x, y, h, u), ms in zip(keys, entries.ms.tolist(), strict=True)}
    )


def walk(seed: int, count: int, begin_h: float, step_m: float = 15.0) -> list[oracle.Fix]:
    """Draw a walk with uneven pauses, some of them gaps, through two units."""
    dice = np.random.default_rng(seed)
    ms = MIDNIGHT_MS + int(begin_h * 3_600_000) + np.cumsum(dice.integers(1, 20_000, count))
    late = np.cumsum(dice.random(count) < 0.01) * 1_000_000
    lon = LON + np.cumsum(dice.normal(0, step_m / 85_000, count))
    lat = LAT + np.cumsum(dice.normal(0, step_m / 111_000, count))
    verdicts = dice.choice([0, 0, 0, 0, 0, 5, 21, 22, 23, 30, 7], count)
    units = np.where(lon > LON, "990101001001002", "990101001001001")
    return [
        oracle.Fix(int(t), float(x), float(y), None if n % 17 == 0 else str(u), int(v))
        for n, (t, x, y, u, v) in enumerate(zip(ms + late, lon, lat, units, verdicts, strict=True))
    ]


@pytest.mark.parametrize("begin_h", [-0.9, 6.2, 23.3])
@pytest.mark.parametrize("seed", range(4))
def test_every_millisecond_is_where_its_middle_is(seed: int, begin_h: float) -> None:
    fixes = walk(seed, 600, begin_h)
    wanted = oracle.heat(fixes, MIDNIGHT_MS)
    assert counted(told(fixes)) == wanted
    assert sum(wanted.values()) > 600_000


@pytest.mark.parametrize("speed", [0.0, 1.2, 14.0, 40.0])
def test_the_sum_is_the_time_between_the_fixes(speed: float) -> None:
    fixes = [
        oracle.Fix(MIDNIGHT_MS + 3_600_000 + n * 13_337, LON + n * 13.337 * speed / 85_000, LAT)
        for n in range(500)
    ]
    assert told(fixes).entries.total_ms == 499 * 13_337


def test_the_days_of_a_track_together_have_all_of_it() -> None:
    begin = MIDNIGHT_MS - 7_000_000
    dice = np.random.default_rng(5)
    ms = begin + np.cumsum(dice.integers(1, 60_000, 5000))
    x = LON + np.cumsum(dice.normal(0, 1e-4, 5000))
    total = 0
    for day in range(-1, 5):
        low, high = (MIDNIGHT_MS + 86_400_000 * (day + each) for each in (0, 1))
        near = (ms >= low - 3_600_000) & (ms < high + 3_600_000)
        track = Columns.of(ms[near] * 1000, x[near], np.full(near.sum(), LAT))
        of = DAY + timedelta(days=day)
        heat = contributions(track, track.gate, of, Stays.of([]), NONE_US)
        total += heat.entries.total_ms
    assert total == ms[-1] - ms[0]


def test_a_silence_of_the_limit_counts_and_a_longer_one_does_not() -> None:
    limit = int(GAP_S * 1000)
    for more, wanted in ((0, limit), (1, 0)):
        fixes = [
            oracle.Fix(MIDNIGHT_MS + 1000, LON, LAT),
            oracle.Fix(MIDNIGHT_MS + 1000 + limit + more, LON, LAT),
        ]
        assert told(fixes).entries.total_ms == wanted


def test_a_leg_that_nobody_can_have_gone_counts_nowhere() -> None:
    fixes = [oracle.Fix(MIDNIGHT_MS + n * 10_000, LON + n * 1e-4, LAT) for n in range(5)]
    breaks = (fixes[2].ms,)
    found = told(fixes, breaks=breaks)
    assert counted(found) == oracle.heat(fixes, MIDNIGHT_MS, breaks_ms=breaks)
    assert found.entries.total_ms == 30_000


@pytest.mark.parametrize("seed", range(3))
def test_a_stay_counts_where_it_was(seed: int) -> None:
    fixes = [fix._replace(verdict=0) for fix in walk(seed, 200, 9.5, 40.0)]
    stay = oracle.Stay(fixes[40].ms, fixes[120].ms, LON + 0.01, LAT - 0.01)
    found = counted(told(fixes, (stay,)))
    assert found == oracle.heat(fixes, MIDNIGHT_MS, (stay,))
    column, row = (int(each) for each in oracle._spot(stay.lon, stay.lat))
    there = sum(ms for (x, y, _, _), ms in found.items() if (x, y) == (column, row))
    inside = [(b.ms - a.ms) for a, b in pairwise(fixes[40:121])]
    assert there == sum(each for each in inside if each <= GAP_S * 1000)


def test_only_verdicts_of_presence_count() -> None:
    assert {int(each) for each in COUNTS_FOR_PRESENCE} == oracle.COUNTS
    for verdict in Verdict:
        fixes = [oracle.Fix(MIDNIGHT_MS + n * 10_000, LON, LAT, None, int(verdict)) for n in range(3)]
        assert told(fixes).entries.total_ms == (20_000 if verdict in COUNTS_FOR_PRESENCE else 0)


def test_hours_are_those_of_the_city_all_year() -> None:
    """China has kept one clock since 1991: the hour of a summer's noon is 12, and of a winter's."""
    for day in (date(2026, 1, 15), date(2026, 7, 15), date(2026, 3, 29), date(2026, 10, 25)):
        noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        times = [int((noon + timedelta(seconds=each)).timestamp()) * 1_000_000 for each in (0, 60)]
        track = Columns.of(times, [LON, LON], [LAT, LAT])
        heat = contributions(track, track.gate, day, Stays.of([]), NONE_US)
        assert heat.entries.hours.tolist() == [12]


@given(
    st.lists(st.tuples(st.integers(0, 86_399_999), st.floats(-179.9, 180), st.floats(-84, 84)), max_size=12)
)
@settings(max_examples=60, deadline=None)
def test_wherever_and_whenever_the_sum_is_exact(points: list[tuple[int, float, float]]) -> None:
    near = [(t, x, y) for t, x, y in points]
    fixes = sorted({t: oracle.Fix(MIDNIGHT_MS + t, x, y) for t, x, y in near}.values())
    # Leagues of cells would be the answer of legs around the world.
    fixes = [
        fix._replace(lon=fixes[0].lon - abs(fix.lon) / 1e4, lat=fixes[0].lat + fix.lat / 1e4) for fix in fixes
    ]
    steps = [b.ms - a.ms for a, b in pairwise(fixes)]
    assert told(fixes).entries.total_ms == sum(each for each in steps if each <= GAP_S * 1000)


def test_batches_in_any_order_give_the_same_bytes() -> None:
    fixes = walk(9, 400, 8.0)
    dice = np.random.default_rng(1)
    first = told(fixes).packed()
    for _ in range(3):
        assert told([fixes[at] for at in dice.permutation(len(fixes))]).packed() == first
    assert Contributions.unpacked(first).packed() == first


def test_nothing_gives_nothing() -> None:
    assert told([]).entries.total_ms == told([oracle.Fix(MIDNIGHT_MS, LON, LAT)]).entries.total_ms == 0
    assert Contributions.unpacked(told([]).packed()) is not None
    assert Contributions.unpacked(None).entries.total_ms == 0


def test_another_edition_is_refused() -> None:
    with pytest.raises(ValueError, match="edition"):
        Contributions.unpacked(b"H9\0\0")


def test_a_graded_day_counts_its_stay_in_the_middle_and_its_walk_on_the_way() -> None:
    dice = np.random.default_rng(3)
    seconds = np.arange(0, 5400, 10)
    east = np.concatenate(
        [np.arange(180) * 12.0, np.full(180, 180 * 12.0), 180 * 12.0 + np.arange(180) * 12.0]
    )
    lon = LON + (east + dice.normal(0, 4, 540)) / 85_000
    lat = LAT + dice.normal(0, 4, 540) / 111_000
    track = Columns.of((MIDNIGHT_MS + 36_000_000 + seconds * 1000) * 1000, lon, lat, accuracy_m=6.0)
    begin = MIDNIGHT_MS * 1000
    graded = grade(track, Context(begin, begin + 86_400_000_000), parameters_of("foot"))
    assert len(graded.whole_stays) == 1
    heat = of_graded(graded, DAY)
    stays = tuple(oracle.Stay(s.begin_us // 1000, s.end_us // 1000, s.lon, s.lat) for s in graded.whole_stays)
    fixes = [
        oracle.Fix(int(t) // 1000, float(x), float(y), None, int(v))
        for t, x, y, v in zip(track.time_us, track.lon, track.lat, graded.verdicts, strict=True)
    ]
    assert counted(heat) == oracle.heat(fixes, MIDNIGHT_MS, stays)
    assert heat.entries.ms.max() > 1_600_000


def test_levels_nest_and_keep_every_millisecond() -> None:
    heat = told(walk(4, 600, 5.0))
    wanted = counted(heat)
    for level in range(lattice.LEVELS):
        entries = heat.entries.coarser(level, by_hour=False)
        column, row = lattice.columns_rows(entries.cells)
        sums: Counter[tuple[int, int]] = Counter()
        for x, y, ms in zip(column.tolist(), row.tolist(), entries.ms.tolist(), strict=True):
            sums[x, y] += ms
        assert sums == oracle.at_level(wanted, level)


def test_differences_leave_nothing_of_what_was_taken_back() -> None:
    one, two = told(walk(1, 300, 5.0)).entries, told(walk(2, 300, 6.0)).entries
    both = one.and_then(two)
    assert both.and_then(one, -1).packed() == two.packed()
    assert both.and_then(both, -1).packed() == b""
    with pytest.raises(ValueError, match="positive"):
        Entries.none().and_then(one, -1).packed()

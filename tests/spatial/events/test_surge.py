"""Surges: false alarms on noise of known kinds, what was planted in the demo, one alarm for one surge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from spatial.events import surge
from spatial.events.occurrences import numbered
from spatial.events.surge import Happened, explained, look, surges, tail

RANDOM = np.random.default_rng(4)
UNITS, CATEGORIES, WEEKS = 40, 12, 8
NOW = surge.WEEK_H * (WEEKS + 2)


def noise(size: float | None = None) -> Happened:
    """Ten weeks: units and categories differ, so do hours; by Poisson, or spread from day to day (size)."""
    rate = 0.4 * np.outer(RANDOM.gamma(1.5, 1, UNITS), RANDOM.gamma(1, 1, CATEGORIES))
    days = int(NOW / 24)
    mean = np.repeat(rate.ravel()[:, None], days, axis=1)
    if size is not None:
        mean = mean * RANDOM.gamma(size, 1 / size, mean.shape)
    counts = RANDOM.poisson(mean)
    cell, day = (np.repeat(axis, counts.ravel()) for axis in (a.ravel() for a in np.indices(counts.shape)))
    hours = RANDOM.choice(24, len(cell), p=np.r_[np.full(12, 1), np.full(12, 3)] / 48)
    hour = day * 24.0 + hours + RANDOM.random(len(cell))
    return Happened(cell // CATEGORIES, cell % CATEGORIES, hour)


@pytest.mark.parametrize("size", [None, 4.0, 1.5])
def test_noise_seldom_raises_an_alarm(size: float | None) -> None:
    """At a false discovery rate of 5 % and no surge at all, so many looks at most may find any."""
    looks = [look(noise(size), UNITS, CATEGORIES, NOW, 24.0, WEEKS) for _ in range(60)]
    assert sum(each.is_surge.any() for each in looks) <= 9
    # And single cells: as often below p as p says, where a count is large enough to say so.
    p = np.concatenate([each.p.ravel() for each in looks])
    for nominal in (0.01, 0.001):
        assert (p <= nominal).mean() <= nominal * 1.2 + 3e-4


@pytest.mark.parametrize("size", [None, 6.0])
def test_the_tail_is_as_likely_as_it_says(size: float | None) -> None:
    """With the randomised tail of a discrete distribution, false alarms are within 20 % of what was asked."""
    mean = RANDOM.uniform(0.5, 30, 200_000)
    count = RANDOM.poisson(mean if size is None else mean * RANDOM.gamma(size, 1 / size, len(mean)))
    shape = np.full(len(mean), size or 1e9)
    p = tail(count, mean, shape)
    above = np.where(count >= 0, tail(count + 1, mean, shape), 0)
    fair = above + RANDOM.random(len(mean)) * (p - above)
    for nominal in (0.05, 0.01):
        assert (fair <= nominal).mean() == pytest.approx(nominal, rel=0.2)
        assert (p <= nominal).mean() <= nominal * 1.1


def planted(happened: Happened, unit: int, category: int, hours: tuple[float, float], count: int) -> Happened:
    more = np.full(count, unit), np.full(count, category), RANDOM.uniform(*hours, count)
    pairs = zip((happened.unit, happened.category, happened.hour), more, strict=True)
    return Happened(*(np.concatenate(pair) for pair in pairs))


def test_what_was_planted_is_one_alarm() -> None:
    """Thirty in ten hours, looked at each hour over three days: it begins once, and ends once."""
    happened = planted(noise(), 7, 3, (NOW - 50, NOW - 40), 30)
    looks = [look(happened, UNITS, CATEGORIES, NOW - back, 24.0, WEEKS) for back in range(72, -1, -1)]
    mine = [each for each in surges(looks) if (each.unit, each.category) == (7, 3)]
    assert len(mine) == 1
    assert NOW - 50 <= mine[0].since_h <= NOW - 46
    assert mine[0].until_h is not None
    assert NOW - 40 + 12 <= mine[0].until_h <= NOW
    assert mine[0].count >= 28
    assert mine[0].p < 1e-6


def test_a_surge_that_goes_on_stands_before_one_that_is_over() -> None:
    happened = planted(planted(noise(), 7, 3, (NOW - 60, NOW - 50), 60), 2, 1, (NOW - 5, NOW), 30)
    found = surges([look(happened, UNITS, CATEGORIES, NOW - back) for back in range(72, -1, -3)])
    assert (found[0].unit, found[0].category, found[0].until_h) == (2, 1, None)


def test_the_same_hours_of_the_week_are_compared() -> None:
    """Sundays are ten times as busy in one category: that is no surge, on a Monday it would be."""
    happened = noise()
    for week in range(11):
        at = week * surge.WEEK_H + 144
        happened = planted(happened, 5, 0, (at, at + 24), 30)
    sunday = look(happened, UNITS, CATEGORIES, 10 * surge.WEEK_H, 24.0, WEEKS)
    assert not sunday.is_surge[5, 0]
    assert sunday.expected[5, 0] > 15
    monday = planted(happened, 5, 0, (10 * surge.WEEK_H + 1, 10 * surge.WEEK_H + 20), 30)
    assert look(monday, UNITS, CATEGORIES, 10 * surge.WEEK_H + 24, 24.0, WEEKS).is_surge[5, 0]


def test_it_is_said_in_words_and_numbers() -> None:
    found = surge.Surge(0, 0, 10.0, None, 12.0, 14, 1.84, 1.5, 3.2e-8)
    text = explained(found, "学院路街道", "违规停放", 24.0, 8)
    assert "14 件" in text["zh"]
    assert "约 1.8 件" in text["zh"]
    assert "8 times as many" in text["en"]
    assert "3.2e-08" in text["en"]


def read(city: Connection[Any], digits: int) -> tuple[Happened, list[str], list[str], Any]:
    rows = city.execute(
        "SELECT left(unit_code, %s), category, extract(epoch FROM occurred_at)::float8 / 3600,"
        " attributes ->> 'pattern' FROM event ORDER BY occurred_at", [digits]
    ).fetchall()  # fmt: skip
    units, unit = numbered([row[0] for row in rows])
    categories, category = numbered([row[1] for row in rows])
    hour = np.array([row[2] for row in rows], float)
    return Happened(unit, category, hour), units, categories, np.array([row[3] or "" for row in rows])


@pytest.mark.parametrize(("pattern", "digits"), [("surge:bicycles", 12), ("surge:rain", 6)])
def test_the_surges_of_the_demo_are_found(city: Connection[Any], pattern: str, digits: int) -> None:
    """Bicycles round one station: by community. Drains after rain: all over the city."""
    happened, units, categories, patterns = read(city, digits)
    mine = patterns == pattern
    assert mine.sum() > 50
    last = float(happened.hour[mine].max())
    found = surges(
        [look(happened, len(units), len(categories), last - back, 24.0, 6) for back in range(72, -1, -6)]
    )
    cells = {(each.unit, each.category) for each in found}
    planted_cells, counts = np.unique(
        np.column_stack([happened.unit[mine], happened.category[mine]]), axis=0, return_counts=True
    )
    assert tuple(planted_cells[np.argmax(counts)].tolist()) in cells
    # No storm: what was not planted is a handful.
    others = cells - {tuple(each) for each in planted_cells.tolist()}
    assert len(others) <= 12, [(units[u], categories[c]) for u, c in others]

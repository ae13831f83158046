"""The scan against every cylinder tried one by one, its p against chance, and planted outbreaks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spatial.events.space_time_scan import Limits, gumbel, scan

RANDOM = np.random.default_rng(8)


def by_hand(places: np.ndarray, place: np.ndarray, day: np.ndarray, days: int, limits: Limits) -> tuple:
    """Try every circle, every span of days; nothing is shared with the kernel."""
    total, best = len(place), (0.0, None)
    for centre in places:
        apart = np.hypot(*(places - centre).T)
        for radius in sorted({round(float(each), 9) for each in apart if each <= limits.radius_m}):
            inside = apart[place] <= radius + 1e-6
            if inside.sum() > limits.share * total:
                continue
            for first in range(days):
                for last in range(first, min(days, first + limits.days)):
                    if limits.only_last and last != days - 1:
                        continue
                    during = (day >= first) & (day <= last)
                    count, mean = int((inside & during).sum()), inside.sum() * during.sum() / total
                    if count < 2 or count <= mean:
                        continue
                    ratio = count * math.log(count / mean)
                    if count < total:
                        ratio += (total - count) * math.log((total - count) / (total - mean))
                    if ratio > best[0] + 1e-9:
                        best = (ratio, (count, round(float(mean), 9)))
    return best


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("only_last", [False, True])
def test_it_finds_the_best_of_all_cylinders(seed: int, only_last: bool) -> None:
    dice = np.random.default_rng(seed)
    # On a lattice many places are equally far away.
    places = dice.permutation(np.array([(x, y) for x in range(4) for y in range(4)], float))[:12] * 100
    place, day = dice.integers(0, 12, 60), dice.integers(0, 9, 60)
    limits = Limits(250.0, 4, 0.5, only_last)
    found = scan(places, place, day, 9, limits, shuffles=0)
    ratio, what = by_hand(places, place, day, 9, limits)
    assert (found[0].ratio if found else 0.0) == pytest.approx(ratio, abs=1e-9)
    if found and what:
        best = found[0]
        inside = np.isin(place, best.places) & (day >= best.first_day) & (day <= best.last_day)
        assert best.count == inside.sum()
        assert best.expected == pytest.approx(
            np.isin(place, best.places).sum() * ((day >= best.first_day) & (day <= best.last_day)).sum() / 60
        )


def city(events: int, places: int, days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    where = RANDOM.uniform(0, 8000, (places, 2))
    weight = RANDOM.gamma(0.7, 1.0, places)
    return where, RANDOM.choice(places, events, p=weight / weight.sum()), RANDOM.integers(0, days, events)


def test_an_outbreak_is_found_and_so_is_a_second_one() -> None:
    where, place, day = city(2000, 150, 30)
    for spot, days, more in ((3, (20, 21, 22), 40), (90, (5, 6), 30)):
        near = np.flatnonzero(np.hypot(*(where - where[spot]).T) < 600)
        place = np.concatenate([place, RANDOM.choice(near, more)])
        day = np.concatenate([day, RANDOM.choice(days, more)])
    found = scan(where, place, day, 30, Limits(1500, 7), shuffles=199, seed=1)
    assert [each.p for each in found[:2]] == [1 / 200, 1 / 200]
    spans = {(each.first_day, each.last_day) for each in found[:2]}
    assert spans == {(20, 22), (5, 6)}
    assert found[0].p_gumbel < 1e-6
    assert all(set(found[0].places).isdisjoint(each.places) for each in found[1:])
    assert found[2].p > 0.05


def test_nothing_is_found_where_there_is_nothing() -> None:
    p = []
    for _ in range(40):
        where, place, day = city(200, 25, 10)
        p.append(scan(where, place, day, 10, Limits(2000, 3), shuffles=99)[0].p)
    # Uniform under chance: of 40, more than 7 below 5 % would be one in a thousand.
    assert sum(each <= 0.05 for each in p) <= 7
    assert 0.25 < np.mean(p) < 0.75


def test_the_same_seed_gives_the_same_p() -> None:
    where, place, day = city(300, 30, 10)
    one, again = (scan(where, place, day, 10, Limits(2000, 3), 99, seed=5) for _ in range(2))
    assert [each.p for each in one] == [each.p for each in again]
    assert scan(where, place[:1], day[:1], 10) == []


def test_the_tail_of_gumbel_is_that_of_the_shuffles() -> None:
    highest = RANDOM.gumbel(6, 1.2, 5000)
    for quantile in (0.9, 0.95, 0.99):
        at = float(np.quantile(highest, quantile))
        assert gumbel(at, highest) == pytest.approx(1 - quantile, rel=0.25)

"""Nearness by drawing against labels really shuffled, and what is planted is found while noise is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import KDTree

from spatial.events.correlation import nearby

RANDOM = np.random.default_rng(3)


def test_it_is_what_shuffling_labels_within_streets_gives() -> None:
    events, stratum = RANDOM.uniform(0, 1000, (300, 2)), RANDOM.integers(0, 4, 300)
    chosen = RANDOM.random(300) < 0.2 + 0.1 * stratum
    things = RANDOM.uniform(0, 1000, (25, 2))
    apart = KDTree(things).query(events)[0]
    (found,) = nearby(events, chosen, stratum, [things], (70.0,), 20_000)
    inside = apart < 70
    shuffled = []
    for _ in range(4000):
        label = chosen.copy()
        for one in range(4):
            mine = np.flatnonzero(stratum == one)
            label[mine] = label[RANDOM.permutation(mine)]
        shuffled.append((label & inside).sum())
    drawn = np.array(shuffled)
    assert found.observed == (inside & chosen).sum()
    assert found.expected == pytest.approx(drawn.mean(), rel=0.02)
    wanted = 2 * min((drawn >= found.observed).mean(), (drawn <= found.observed).mean())
    assert found.p == pytest.approx(min(1.0, wanted), abs=0.05)


def test_what_lies_near_is_found_and_noise_is_not() -> None:
    bars, schools = RANDOM.uniform(0, 3000, (20, 2)), RANDOM.uniform(0, 3000, (20, 2))
    loud = bars[RANDOM.integers(0, 20, 150)] + RANDOM.normal(0, 15, (150, 2))
    events = np.vstack([RANDOM.uniform(0, 3000, (2000, 2)), loud])
    chosen = np.r_[RANDOM.random(2000) < 0.05, np.ones(150, bool)]
    found = nearby(events, chosen, np.zeros(len(events), np.int64), [bars])
    assert found[0].kind == 0
    assert found[0].from_m == 0
    assert found[0].ratio > 3
    assert found[0].q < 0.01
    calm = nearby(events, RANDOM.permutation(chosen), np.zeros(len(events), np.int64), [bars, schools])
    assert all(each.q > 0.01 for each in calm)


def test_busy_streets_do_not_pass_for_nearness() -> None:
    """Both the category and the things are many in one street; within it nothing is near anything."""
    east, west = (
        RANDOM.uniform((0, 0), (500, 500), (600, 2)),
        RANDOM.uniform((5000, 0), (5500, 500), (600, 2)),
    )
    events = np.vstack([east, west])
    chosen = np.r_[RANDOM.random(600) < 0.6, RANDOM.random(600) < 0.05]
    things = RANDOM.uniform((0, 0), (500, 500), (60, 2))
    street = np.repeat([0, 1], 600)
    assert nearby(events, chosen, street, [things], (50.0,))[0].p > 0.01
    assert nearby(events, chosen, np.zeros(1200, np.int64), [things], (50.0,))[0].p < 0.001
    assert nearby(events, np.zeros(1200, bool), street, [things]) == []

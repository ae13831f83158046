"""Synthetic truth: ways of people and vehicles that are known exactly, and fixes of them as phones send them.

A mover goes through streets that turn at right angles, mostly, pauses at corners, and stands for some
minutes, once for an hour. Its fixes are off by an error that is alike for some 20 s (Ornstein-Uhlenbeck), of
a standard deviation along each axis that changes from street to street between 5 and 25 m (urban canyons);
the accuracy that the phone tells is right on average. 2 % of the fixes are jumps, alone or in runs of up to
five: 300 m to 5 km off (cars 500 m), and no worse by the accuracy that they tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.patrols.columns import Columns
from spatial.patrols.grading.plane import scales

START_US = 1_789_948_800_000_000
"""2026-09-21, 8 o'clock in Beijing."""
ORIGIN = (116.30, 39.96)
MEMORY_S = 20.0

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Habits:
    """How a gait goes: metres of a street, metres a second, seconds a pause."""

    street_m: tuple[float, float]
    speed_mps: tuple[float, float]
    corner_mps: float
    push_mps2: float
    least_jump_m: float


HABITS = {
    "foot": Habits((80, 250), (0.9, 1.6), 1.6, 1.0, 300.0),
    "ebike": Habits((150, 500), (3.5, 7.0), 2.5, 1.0, 300.0),
    "car": Habits((200, 900), (7.0, 16.0), 4.0, 1.5, 500.0),
}
MOST_JUMP_M = 5000.0


@dataclass(frozen=True)
class Truth:
    """Fixes (n,) and what is true of each."""

    columns: Columns
    lon: Float
    lat: Float
    """Where it really was."""
    jump: Bool
    standing: Bool
    """In a stay of five minutes or more."""
    gone_m: Float
    """How far it had really gone."""
    sigma_m: Float

    @property
    def distance_m(self) -> float:
        """How far it really went from the first fix to the last."""
        return float(self.gone_m[-1] - self.gone_m[0])


def walk(
    gait: str, seed: int, *, seconds: int = 3 * 3600, interval_s: float = 10.0, jumps: float = 0.02,
    sigma_m: tuple[float, float] = (5.0, 25.0), stand_s: int = 3600,
    jump_m: tuple[float, float] | None = None,
) -> Truth:  # fmt: skip
    """Make the fixes of a way; `stand_s` of `seconds` are one long stay in its middle."""
    dice = np.random.default_rng([seed, *gait.encode()])
    x, y, gone, standing, street = _way(HABITS[gait], dice, seconds, stand_s)
    times = _times(dice, len(x) - 1, interval_s)
    second = times.astype(int)
    sigma = dice.uniform(*sigma_m, street.max() + 1)[street][second]
    true_x, true_y, true_gone = (np.interp(times, np.arange(len(x)), each) for each in (x, y, gone))
    error = sigma[:, None] * _wandering(dice, times)
    thrown, jump = _thrown(dice, len(times), jumps, jump_m or (HABITS[gait].least_jump_m, MOST_JUMP_M))
    accuracy = np.clip(1.515 * sigma * np.exp(dice.normal(0, 0.2, len(times))), 3, 95)
    lon, lat = _degrees(true_x + error[:, 0] + thrown[:, 0], true_y + error[:, 1] + thrown[:, 1])
    true_lon, true_lat = _degrees(true_x, true_y)
    columns = Columns.of(
        START_US + (times * 1e6).astype(np.int64), lon.round(7), lat.round(7), device=1,
        accuracy_m=accuracy.round(1), mark=dice.integers(-(2**31), 2**31, len(times)),
    )  # fmt: skip
    return Truth(columns, true_lon, true_lat, jump, standing[second], true_gone, sigma)


def standing(seed: int, *, seconds: int = 3600, interval_s: float = 10.0, sigma_m: float = 15.0) -> Truth:
    """Make the fixes of somebody who stands still."""
    dice = np.random.default_rng([seed, 7])
    times = _times(dice, seconds, interval_s)
    error = sigma_m * _wandering(dice, times)
    lon, lat = _degrees(error[:, 0], error[:, 1])
    true_lon, true_lat = _degrees(np.zeros(len(times)), np.zeros(len(times)))
    columns = Columns.of(
        START_US + (times * 1e6).astype(np.int64), lon.round(7), lat.round(7), device=1,
        accuracy_m=np.clip(1.515 * sigma_m * np.exp(dice.normal(0, 0.2, len(times))), 3, 95),
    )  # fmt: skip
    still = np.ones(len(times), bool)
    return Truth(
        columns, true_lon, true_lat, ~still, still, np.zeros(len(times)), np.full(len(times), sigma_m)
    )


def _times(dice: Any, seconds: int, interval_s: float) -> Float:
    """Draw when fixes are taken: at the interval, and up to a third of it later."""
    even = np.arange(0, seconds, interval_s)
    times = even + dice.uniform(0, 0.3 * interval_s, len(even))
    return np.asarray(times[times < seconds])


def _degrees(x: Float, y: Float) -> tuple[Float, Float]:
    """Put metres east and north of the origin on the ellipsoid, to a millimetre within 10 km."""
    lat = np.full(len(x), ORIGIN[1])
    for _ in range(3):
        # Along the meridian by the radius half-way.
        lat = ORIGIN[1] + y / scales((lat + ORIGIN[1]) / 2)[1]
    return ORIGIN[0] + x / scales(lat)[0], lat


def _way(habits: Habits, dice: Any, seconds: int, stand_s: int) -> tuple[Float, Float, Float, Bool, Any]:
    """Go second by second: metres east and north, metres gone, whether it stays, number of the street."""
    steps: list[tuple[float, float, float, bool, int]] = []
    x = y = gone = 0.0
    heading, street, stood = float(dice.uniform(0, 2 * np.pi)), 0, False
    while len(steps) < seconds:
        for speed in _speeds(habits, dice):
            x, y, gone = x + speed * np.sin(heading), y + speed * np.cos(heading), gone + speed
            steps.append((x, y, gone, False, street))
        pause = _pause(dice)
        if not stood and len(steps) > seconds // 3:
            pause, stood = stand_s, True
        steps += [(x, y, gone, pause >= 300, street)] * pause
        heading += float(dice.choice([np.pi / 2, -np.pi / 2, 0.0]) + dice.normal(0, 0.1))
        street += 1
    columns = [np.array(each) for each in zip(*steps[:seconds], strict=True)]
    return columns[0], columns[1], columns[2], columns[3], columns[4]


def _pause(dice: Any) -> int:
    """Draw a pause at a corner: mostly none, a light now and then, a talk of some minutes seldom."""
    luck = dice.uniform()
    if luck < 0.7:
        return 0
    return int(dice.uniform(15, 60)) if luck < 0.95 else int(dice.uniform(300, 600))


def _speeds(habits: Habits, dice: Any) -> list[float]:
    """Draw a street: metres gone in each second, pushing off at the corner and braking before the next."""
    left, speed = float(dice.uniform(*habits.street_m)), habits.corner_mps
    cruise = float(dice.uniform(*habits.speed_mps))
    found = []
    while left > 0:
        braking = (speed**2 - habits.corner_mps**2) / (2 * habits.push_mps2)
        wanted = cruise if left > braking + speed else min(cruise, habits.corner_mps)
        speed += float(np.clip(wanted - speed, -habits.push_mps2, habits.push_mps2))
        found.append(min(speed, left))
        left -= speed
    return found


def _wandering(dice: Any, times: Float) -> Float:
    """Draw errors of unit spread that are alike for MEMORY_S, (n, 2)."""
    found = np.empty((len(times), 2))
    found[0] = dice.normal(size=2)
    for i in range(1, len(times)):
        same = np.exp(-(times[i] - times[i - 1]) / MEMORY_S)
        found[i] = same * found[i - 1] + np.sqrt(1 - same**2) * dice.normal(size=2)
    return found


def _thrown(dice: Any, count: int, share: float, reach_m: tuple[float, float]) -> tuple[Float, Bool]:
    """Throw a share of the fixes far away, one in seven of the times a run of two to five to one place."""
    found, jump = np.zeros((count, 2)), np.zeros(count, bool)
    at = 3
    while share > 0 and at < count - 8:
        length = 1 if dice.uniform() < 6 / 7 else int(dice.integers(2, 6))
        far = reach_m[0] * (reach_m[1] / reach_m[0]) ** dice.uniform()
        angle = dice.uniform(0, 2 * np.pi)
        found[at : at + length] = far * np.sin(angle), far * np.cos(angle)
        jump[at : at + length] = True
        mean_length = 6 / 7 + 3.5 / 7
        at += length + 1 + int(dice.exponential(mean_length / share))
    return found, jump

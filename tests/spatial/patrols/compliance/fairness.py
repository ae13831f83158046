"""Synthetic truth for the fairness of verdicts: people who walked, phones that err, and what is said of them.

The errors are made here by a filter over white noise and shifted as a phone's are; the kernels under test
have no part in it. `bench/fairness.py` prints the table of docs/35-patrols.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.signal import lfilter

from spatial.patrols.compliance.results import Result, result_of
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import see
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track, joined
from spatial.patrols.compliance.walkers import rate_of, true_shares
from tests.spatial.patrols.compliance.ground import line, track, window

STREET = Target(line((0, 0), (1000, 0)))
SPEED = 1.2
HOURS = 2.0
RULES = Rules()
SHARES = (0.5, 0.7, 0.9, 0.95)
"""Thresholds at which stated and observed rates are compared."""


@dataclass(frozen=True)
class Phone:
    """How a phone errs: standard deviation on one axis, memory, interval, and how it states its accuracy."""

    sigma_m: float
    memory_s: float = 60.0
    every_s: float = 10.0
    stated: float = 1.0
    """What it says of its accuracy, by what would be right."""
    spread: float = 0.2
    """Of the stated accuracy from fix to fix, logarithmic."""
    speed: float = SPEED
    """How fast whoever carries it goes, as is usual for the gait."""


PHONES = {
    "open sky": Phone(3.3), "street": Phone(8.0), "between houses": Phone(13.0), "urban canyon": Phone(20.0),
    "every 30 s": Phone(8.0, every_s=30.0), "short memory": Phone(13.0, memory_s=15.0),
    "long memory": Phone(13.0, memory_s=240.0), "says too little": Phone(13.0, stated=0.75),
    "says too much": Phone(13.0, stated=1.5), "car, every 5 s": Phone(8.0, every_s=5.0, speed=15.0),
    "car, every 30 s": Phone(8.0, every_s=30.0, speed=15.0),
}  # fmt: skip


def recorded(generator: np.random.Generator, phone: Phone, xy: Any, times_s: Any) -> Track:
    """Let a phone record somebody who was at places (n, 2) at times (n,)."""
    keep = np.exp(-phone.every_s / phone.memory_s)
    fresh = generator.normal(size=(len(times_s) + 200, 2)) * np.sqrt(1 - keep**2)
    error = lfilter([1.0], [1.0, -keep], fresh, axis=0)[200:] * phone.sigma_m
    accuracy = (
        1.5096 * phone.sigma_m * phone.stated * np.exp(generator.normal(size=len(times_s)) * phone.spread)
    )
    return track(np.asarray(xy) + error, times_s, accuracy)


def shift(generator: np.random.Generator, phone: Phone, beside_m: float, walks: bool = True) -> Track:
    """Record two hours of somebody who walks the street once, so far beside it, and is elsewhere else."""
    times = np.arange(generator.uniform(0, phone.every_s), HOURS * 3600, phone.every_s)
    begin = generator.uniform(0, HOURS * 3600 - 1000 / phone.speed)
    gone = (times - begin) * phone.speed
    xy = np.column_stack([gone, np.full(len(times), beside_m)])
    # A side street away, but for the walk itself and the metres before and after it.
    beyond = max(100.0, min(300.0, 80 * phone.speed))
    on = walks & (gone > -beyond) & (gone < 1000 + beyond)
    xy[~on, 1] += 400.0
    parts = [recorded(generator, phone, xy[rows], times[rows]) for rows in (on, ~on) if rows.any()]
    return replace(joined(parts), usual_mps=phone.speed)


def said(way: Track) -> Result:
    """Judge a shift."""
    samples = samples_of(STREET, RULES.step_m)
    seen = see(STREET, samples, way, window(HOURS), RULES)
    return result_of(STREET, samples, [seen], window(HOURS), RULES)


@dataclass(frozen=True)
class Calibration:
    """What was stated of true walkers, and what came of them."""

    stated: np.ndarray[Any, Any]
    """(SHARES,): mean of the stated rates of falling below."""
    observed: np.ndarray[Any, Any]
    """(SHARES,): how many did."""
    accused: float
    """Share of true walkers who were held to have missed something."""
    told: float
    """Share of them of whom something could be told."""


def calibrate(phone: Phone, runs: int, seed: int = 1) -> Calibration:
    """Let true walkers go, and compare what is stated of each with what comes of all."""
    generator = np.random.Generator(np.random.PCG64(seed))
    samples = samples_of(STREET, RULES.step_m)
    stated, ratios, words = [], [], []
    for _ in range(runs):
        way = shift(generator, phone, generator.uniform(-6.0, 6.0))
        seen = see(STREET, samples, way, window(HOURS), RULES)
        shares = true_shares(STREET, samples, seen, window(HOURS), RULES, speed_mps=phone.speed)
        stated.append([rate_of(shares, share - 2e-9) for share in SHARES])
        found = result_of(STREET, samples, [seen], window(HOURS), RULES)
        ratios.append(found.ratio)
        words.append(found.word)
    observed = np.mean(np.array(ratios)[:, None] < np.array(SHARES) - 1e-9, axis=0)
    accused = float(np.mean([word in ("missed", "partly") for word in words]))
    return Calibration(
        np.mean(stated, axis=0), observed, accused, float(np.mean([word != "cannot_tell" for word in words]))
    )


def reliability(phone: Phone, runs: int, seed: int = 2) -> tuple[Any, Any]:
    """Give stated probabilities (n,) that the street's middle was passed within 15 m, and whether it was.

    How far beside the street people walk is anything up to 60 m, as likely as anything else.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    samples = samples_of(STREET, RULES.step_m)
    stated, true = [], []
    for _ in range(runs):
        beside = generator.uniform(-60.0, 60.0)
        seen = see(STREET, samples, shift(generator, phone, beside), window(HOURS), RULES)
        stated.append(seen.likely[100])
        true.append(abs(beside) <= 15.0)
    return np.array(stated), np.array(true)

"""Forecasts of daily counts (预测), with the error they would have made: a Poisson regression of our own.

log(mean) = level + day of the week, fitted by iteratively reweighted least squares; days count the less the
longer ago they are, and days of the week are held towards none (a ridge), for short and sparse series.
Intervals are negative binomial by the spread that the days showed. The error is that of forecasts made on
earlier days from what was known then (rolling origin), beside the seasonal naive forecast: the same day of
the week before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom, poisson

FloatArray = npt.NDArray[np.float64]

LEAST_DAYS = 21
HALF_LIFE_D = 35.0
RIDGE = 3.0
COVERAGE = 0.9
_WEEK = 7
_STEPS = 12


@dataclass(frozen=True)
class Forecast:
    """What is to be expected on the days after the series."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    """Of the interval that holds COVERAGE of the days."""


@dataclass(frozen=True)
class Tested:
    """What forecasts of earlier days were worth."""

    mase: float | None
    """Mean absolute error in units of that of the naive forecast inside the series; None: that was 0."""
    mae: float
    naive_mae: float
    """Of the seasonal naive forecast, on the same days."""
    coverage: float
    """Share of the days whose count lay inside the interval; COVERAGE was meant."""
    days: int
    """That were forecast and compared."""


def forecast(counts: FloatArray, horizon: int, first_weekday: int = 0) -> Forecast:
    """Forecast the `horizon` days after counts (n,) of consecutive days, the first being that weekday.

    ValueError below LEAST_DAYS.
    """
    days = len(counts)
    if days < LEAST_DAYS:
        raise ValueError(f"needs {LEAST_DAYS} days")
    weekday = (np.arange(days + horizon) + first_weekday) % _WEEK
    design = np.column_stack([np.ones(days + horizon), weekday[:, None] == np.arange(_WEEK)]).astype(
        np.float64
    )
    weight = 0.5 ** (np.arange(days)[::-1] / HALF_LIFE_D)
    slopes = _fitted(design[:days], np.asarray(counts, np.float64), weight)
    mean = np.exp(design @ slopes)
    spread = _spread(counts, mean[:days], weight)
    return Forecast(mean[days:], *_interval(mean[days:], spread))


def _fitted(design: FloatArray, counts: FloatArray, weight: FloatArray) -> FloatArray:
    """Fit log-means; days of the week are shrunk towards none, the level is not."""
    ridge = np.diag([1e-9, *[RIDGE] * _WEEK])
    slopes: FloatArray = np.zeros(design.shape[1])
    slopes[0] = np.log(max(float(np.average(counts, weights=weight)), 1e-3))
    for _ in range(_STEPS):
        mean = np.exp(np.clip(design @ slopes, -20, 20))
        working = design @ slopes + (counts - mean) / mean
        scaled = design * (weight * mean)[:, None]
        newer = np.asarray(np.linalg.solve(scaled.T @ design + ridge, scaled.T @ working), np.float64)
        if np.abs(newer - slopes).max() < 1e-9:
            return newer
        slopes = newer
    return slopes


def _spread(counts: FloatArray, mean: FloatArray, weight: FloatArray) -> float:
    """Estimate 1 / size of the negative binomial by moments; 0: Poisson."""
    excess = float((weight * ((counts - mean) ** 2 - mean)).sum())
    return max(0.0, excess / float((weight * mean**2).sum()))


def _interval(mean: FloatArray, spread: float) -> tuple[FloatArray, FloatArray]:
    ends = ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2)
    if spread < 1e-6:
        low, high = (poisson.ppf(end, mean) for end in ends)
    else:
        size = 1.0 / spread
        low, high = (nbinom.ppf(end, size, size / (size + mean)) for end in ends)
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def back_tested(counts: FloatArray, horizon: int, first_weekday: int = 0, folds: int = 4) -> Tested | None:
    """Forecast from earlier days what is known by now; None where the series is too short for that."""
    origins = [len(counts) - horizon * back for back in range(folds, 0, -1)]
    origins = [origin for origin in origins if origin >= LEAST_DAYS + _WEEK]
    if not origins:
        return None
    errors, naive, inside, scales = [], [], [], []
    for origin in origins:
        known, coming = counts[:origin], counts[origin : origin + horizon]
        found = forecast(known, horizon, first_weekday)
        errors.append(np.abs(coming - found.mean))
        naive.append(np.abs(coming - np.resize(known[-_WEEK:], horizon)))
        inside.append((coming >= found.low) & (coming <= found.high))
        scales.append(np.abs(known[_WEEK:] - known[:-_WEEK]).mean())
    scale = float(np.mean(scales))
    mae = float(np.mean(errors))
    return Tested(
        mae / scale if scale else None,
        mae,
        float(np.mean(naive)),
        float(np.mean(inside)),
        len(origins) * horizon,
    )


def pooled(results: Sequence[Tested | None]) -> Tested | None:
    """Average the errors of several series by their days."""
    known = [each for each in results if each is not None]
    if not known:
        return None
    days = np.array([each.days for each in known], np.float64)
    scaled = [(each.mase, each.days) for each in known if each.mase is not None]
    mase = (
        float(np.average([one for one, _ in scaled], weights=[many for _, many in scaled]))
        if scaled
        else None
    )
    mae, naive, coverage = (
        float(np.average([getattr(each, name) for each in known], weights=days))
        for name in ("mae", "naive_mae", "coverage")
    )
    return Tested(mase, mae, naive, coverage, int(days.sum()))

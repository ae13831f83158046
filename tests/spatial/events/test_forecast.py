"""Forecasts against an optimiser of scipy's, and the naive forecast; their intervals against chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from psycopg import Connection
from scipy.optimize import minimize

from spatial.events import forecast as module
from spatial.events.forecast import COVERAGE, back_tested, forecast, pooled
from spatial.events.occurrences import Which, numbered, read_occurrences

RANDOM = np.random.default_rng(12)
WEEK = np.array([1.0, 1.1, 1.0, 1.2, 1.3, 0.7, 0.5])


def series(days: int, level: float, size: float | None = None) -> np.ndarray:
    mean = level * WEEK[np.arange(days) % 7]
    return RANDOM.poisson(mean if size is None else mean * RANDOM.gamma(size, 1 / size, days)).astype(float)


def test_the_fit_is_the_best_there_is() -> None:
    counts = series(70, 6)
    found = forecast(counts, 7)
    weight = 0.5 ** (np.arange(70)[::-1] / module.HALF_LIFE_D)

    def loss(slopes: np.ndarray) -> float:
        log_mean = slopes[0] + slopes[1:][np.arange(70) % 7]
        fit = (weight * (np.exp(log_mean) - counts * log_mean)).sum()
        return float(fit + module.RIDGE / 2 * (slopes[1:] ** 2).sum())

    best = minimize(loss, np.zeros(8), method="BFGS").x
    np.testing.assert_allclose(found.mean, np.exp(best[0] + best[1:]), rtol=1e-3)


@pytest.mark.parametrize("size", [None, 3.0])
def test_the_interval_holds_what_it_says(size: float | None) -> None:
    inside = []
    for _ in range(150):
        counts = series(98 + 7, 8, size)
        found = forecast(counts[:98], 7)
        inside.append((counts[98:] >= found.low) & (counts[98:] <= found.high))
    assert np.mean(inside) == pytest.approx(COVERAGE, abs=0.05)


def test_short_and_empty_series() -> None:
    with pytest.raises(ValueError, match="days"):
        forecast(np.ones(20), 7)
    assert back_tested(np.ones(30), 7) is None
    nothing = forecast(np.zeros(60), 7)
    assert nothing.mean.max() < 0.05
    assert nothing.high.max() == 0
    assert np.isfinite(forecast(np.r_[np.zeros(59), 40.0], 7).mean).all()


def test_it_beats_the_naive_forecast_on_the_demo(city: Connection[Any]) -> None:
    """By street and in all: the error in counts is smaller, and most days lie inside the interval."""
    midnight = datetime.now(UTC).replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=1)
    events = read_occurrences(city, Which(midnight - timedelta(days=84), midnight))
    streets, street = numbered([(code or "")[:9] for code in events.unit])
    counts = np.zeros((len(streets), 84))
    np.add.at(counts, (street, events.day), 1)
    results = [back_tested(each, 7) for each in (*counts, counts.sum(axis=0))]
    whole = pooled(results)
    assert whole is not None
    assert whole.mae < 0.9 * whole.naive_mae
    assert whole.mase is not None
    assert whole.mase < 0.9
    assert whole.coverage == pytest.approx(COVERAGE, abs=0.08)

"""Small ways for tests, in metres around a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spatial.patrols.columns import Columns
from spatial.patrols.grading import Context, Graded, Parameters, grade, parameters_of
from tests.spatial.patrols.truth import START_US, _degrees


def fixes(
    x: Sequence[float], y: Sequence[float] | float = 0.0, *, every_s: float = 10.0, **more: Any
) -> Columns:
    """Make fixes at metres east and north, one after the other."""
    east = np.asarray(x, float)
    lon, lat = _degrees(east, np.broadcast_to(np.asarray(y, float), east.shape).copy())
    times = START_US + (np.arange(len(east)) * every_s * 1e6).astype(np.int64)
    return Columns.of(more.pop("time_us", times), lon, lat, **{"accuracy_m": 6.0, "device": 1, **more})


def graded(columns: Columns, gait: str | Parameters = "foot") -> Graded:
    """Grade all of them as one day."""
    parameters = parameters_of(gait) if isinstance(gait, str) else gait
    return grade(columns, Context.whole(columns), parameters)


def noise(count: int, spread_m: float = 2.0, seed: int = 1) -> np.ndarray[Any, Any]:
    """Draw errors: a way without any is suspicious by itself."""
    return np.random.default_rng(seed).normal(0, spread_m, count)

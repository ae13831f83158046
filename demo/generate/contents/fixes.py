"""GPS fixes (定位点) of made-up workers on patrol: round their grid, one a minute, three days of shifts."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.contents.city import City, Points, coordinates, lonlat

WORKERS = 300
DAYS = 3
INTERVAL_S = 60
WALK_M = 62.0
"""Metres walked in a minute."""

PAUSE_SHARE = 0.3
GPS_SIGMA_M = 3.5

SHIFTS = ((8.0, 9.5, 0.62), (13.5, 8.5, 0.26), (21.5, 8.5, 0.12))
"""Start hour, length in hours and share of the day, late and night shift."""


def make_fixes(city: City, people: Any) -> dict[str, Any]:
    """Make the columns of fixes.parquet.

    worker: code; days_before: 0 is the day of loading; second: of that day in Beijing (beyond 86,400 after
    midnight of a night shift); lon, lat: WGS-84.
    """
    rng = city.rng("fixes")
    walkers = _walkers(people, rng)
    rings = _rings(city, walkers)
    tracks = [
        _track(code, day, ring, shift, rng)
        for code, ring, shift in zip(walkers["code"], rings, _shifts(len(rings), rng), strict=True)
        for day in range(DAYS)
    ]
    return {name: np.concatenate([track[name] for track in tracks]) for name in tracks[0]}


def _walkers(people: Any, rng: np.random.Generator) -> Any:
    """Choose grid people who are on duty, in the order of their codes."""
    fit = people[people["on_duty"] & people["role"].isin(["grid_worker", "grid_leader"])]
    count = min(WORKERS, len(fit))
    return fit.iloc[np.sort(rng.choice(len(fit), count, replace=False))]


def _rings(city: City, walkers: Any) -> list[Any]:
    """Return the border of everybody's grid (plane), drawn in by five metres where there is room."""
    by_code = dict(zip(city.grids.code, city.grids["plane"], strict=True))
    return [_ring(by_code[code]) for code in walkers["unit_code"]]


def _ring(polygon: Any) -> Any:
    inner = polygon.buffer(-5.0, join_style="mitre")
    parts = shapely.get_parts(polygon if inner.is_empty else inner)
    return shapely.get_exterior_ring(max(parts, key=shapely.area))


def _shifts(count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    chosen = rng.choice(len(SHIFTS), count, p=[share for _, _, share in SHIFTS])
    return [(SHIFTS[i][0], SHIFTS[i][1]) for i in chosen]


def _track(
    code: str, day: int, ring: Any, shift: tuple[float, float], rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    start_s = int(shift[0] * 3_600 + rng.normal(0, 600))
    count = int(shift[1] * 3_600 / INTERVAL_S + rng.normal(0, 12))
    xy = _walk(ring, count, rng)
    speed, course = _motion(xy)
    degrees = lonlat(xy)
    return {
        "worker": np.full(count, code),
        "days_before": np.full(count, day, dtype=np.int8),
        "second": (start_s + INTERVAL_S * np.arange(count)).astype(np.int32),
        "lon": degrees[:, 0],
        "lat": degrees[:, 1],
        "speed_mps": speed.astype(np.float32),
        "course_deg": course.astype(np.float32),
        "accuracy_m": np.round(rng.gamma(4.0, 1.6, count) + 2.0, 1).astype(np.float32),
        "battery_pct": np.linspace(rng.integers(85, 100), rng.integers(15, 60), count).astype(np.int16),
    }


def _walk(ring: Any, count: int, rng: np.random.Generator) -> Points:
    """Walk round a ring with pauses of some minutes; the fixes wander a little round the true place."""
    pausing = np.repeat(rng.random(count // 8 + 1) < PAUSE_SHARE, 8)[:count]
    steps = np.where(pausing, 0.0, np.maximum(rng.normal(WALK_M, 14.0, count), 5.0))
    along = (rng.random() * ring.length + np.cumsum(steps)) % ring.length
    if rng.random() < 0.5:
        along = ring.length - along
    drift = rng.normal(0.0, GPS_SIGMA_M, (count, 2))
    drift[1:] = 0.6 * drift[:-1] + 0.8 * drift[1:]
    return coordinates(shapely.line_interpolate_point(ring, along)) + drift


def _motion(xy: Points) -> tuple[Any, Any]:
    """Return speed (m/s) and course (degrees from north) from one fix to the next."""
    step = np.diff(xy, axis=0, append=xy[-1:])
    course = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 360.0
    return np.round(np.hypot(*step.T) / INTERVAL_S, 2), np.round(course, 1)

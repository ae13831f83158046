"""Suspicions: fixes that look made up, and fixes that look as if their datum were not what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.datum import convert
from spatial.grids.compiled import compiled
from spatial.patrols.columns import Columns
from spatial.patrols.grading.parameters import Parameters
from spatial.patrols.grading.plane import east, length, north, scales

Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]

_STEP_M = 0.5
"""Shorter steps say nothing: receivers hold a vehicle that stands in one place."""
_PAIR_US = 15_000_000
"""Fixes of two devices so close in time are of one place."""
_DECLARED_TRUE = (0, 1)
"""wgs84 and cgcs2000."""


@compiled
def too_smooth(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, legs: int, noise_m: float, gap_us: int
) -> Any:  # pragma: no cover
    """Find runs of fixes (n,) that move without any noise; bool (n,).

    A fix is smooth when it lies where its neighbours say to within `noise_m`, or when the speeds before and
    after it are the same to within as much: players of routes go straight on, or turn at a steady speed.
    """
    n = len(time_us)
    found = np.zeros(n, np.bool_)
    run = 0
    for i in range(1, n):
        smooth = i < n - 1 and _is_smooth(time_us, lon, lat, kx, ky, i, noise_m, gap_us)
        run = run + 1 if smooth else 0
        if run == legs:
            found[i - run : i + 2] = True
        elif run > legs:
            found[i + 1] = True
    return found


@compiled
def _is_smooth(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, i: int, noise_m: float, gap_us: int
) -> Any:  # pragma: no cover
    before, after = time_us[i] - time_us[i - 1], time_us[i + 1] - time_us[i]
    if before <= 0 or before > gap_us or after > gap_us:
        return False
    first, second = length(lon, lat, kx, ky, i - 1, i), length(lon, lat, kx, ky, i, i + 1)
    if first < _STEP_M or second < _STEP_M:
        return False
    share = before / (before + after)
    x = east(lon[i - 1], lon[i], kx[i - 1], kx[i]) - share * east(lon[i - 1], lon[i + 1], kx[i], kx[i])
    y = north(lat[i - 1], lat[i], ky[i - 1], ky[i]) - share * north(lat[i - 1], lat[i + 1], ky[i], ky[i])
    steady = abs(first * after / before - second) < noise_m
    return steady or np.sqrt(x * x + y * y) < noise_m


@dataclass(frozen=True)
class Home:
    """Where somebody works: an area in WGS-84 that its fixes should mostly lie in."""

    area: Any
    """A shapely polygon or multipolygon."""


def wrong_datum(columns: Columns, good: Bool, home: Home | None, parameters: Parameters) -> Bool:
    """Find devices whose fixes (n,) declared WGS-84 lie where GCJ-02 or BD-09 would put them; bool (n,).

    Seen against another device of the same mover at the same times, or against the area that it works in.
    """
    found = np.zeros(len(columns), bool)
    rows = np.flatnonzero(good & np.isin(columns.datum, _DECLARED_TRUE))
    for device in np.unique(columns.device[rows]):
        own = rows[columns.device[rows] == device]
        others = np.flatnonzero(good & (columns.device != device))
        if len(own) >= parameters.datum_fixes and (
            _off_the_others(columns, own, others, parameters) or _off_home(columns, own, home, parameters)
        ):
            found[own] = True
    return found


def _off_the_others(columns: Columns, own: Any, others: Any, parameters: Parameters) -> bool:
    """Whether another device of the same moments is where this one would be, were its datum another."""
    if not len(others):
        return False
    times, theirs = columns.time_us[own], columns.time_us[others]
    after = np.searchsorted(theirs, times).clip(1 if len(theirs) > 1 else 0, len(theirs) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(theirs[before] - times) <= np.abs(theirs[after] - times), before, after)
    paired = np.abs(theirs[nearest] - times) <= _PAIR_US
    if paired.sum() < parameters.datum_fixes:
        return False
    mine, other = own[paired], others[nearest[paired]]
    target = columns.lon[other], columns.lat[other]
    apart = _metres(columns.lon[mine], columns.lat[mine], *target)
    if np.median(apart) <= 2 * parameters.datum_fit_m:
        return False
    return any(
        np.mean(_metres(*convert(columns.lon[mine], columns.lat[mine], datum, "wgs84"), *target)
                <= parameters.datum_fit_m) >= parameters.datum_share
        for datum in ("gcj02", "bd09")
    )  # fmt: skip


def _off_home(columns: Columns, own: Any, home: Home | None, parameters: Parameters) -> bool:
    """Whether nearly all lies outside of the area of work, and would lie inside were the datum another."""
    if home is None:
        return False
    lon, lat = columns.lon[own], columns.lat[own]
    if np.mean(shapely.contains_xy(home.area, lon, lat)) > 1 - parameters.datum_share:
        return False
    return any(
        np.mean(shapely.contains_xy(home.area, *convert(lon, lat, datum, "wgs84"))) >= parameters.datum_share
        for datum in ("gcj02", "bd09")
    )


def _metres(lon: Float, lat: Float, other_lon: Float, other_lat: Float) -> Float:
    kx, ky = scales(lat)
    return np.asarray(np.hypot((lon - other_lon) * kx, (lat - other_lat) * ky))

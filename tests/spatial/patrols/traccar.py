"""What Traccar makes of fixes, written anew from its documentation: filters that look back only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spatial.patrols.columns import Columns

_RADIUS_M = 6_378_137.0


def distance_m(columns: Columns, kept: npt.NDArray[np.bool_] | None = None) -> float:
    """Add up the great circles between consecutive fixes (all of them: no filter is on by default)."""
    rows = np.arange(len(columns)) if kept is None else np.flatnonzero(kept)
    return float(_legs(columns.lon[rows], columns.lat[rows]).sum())


def kept_by_speed(columns: Columns, top_mps: float) -> npt.NDArray[np.bool_]:
    """Say which fixes `filter.maxSpeed` leaves: those not too fast from the last one that it left."""
    kept = np.zeros(len(columns), bool)
    last = -1
    for at in range(len(columns)):
        if last >= 0:
            seconds = (columns.time_us[at] - columns.time_us[last]) / 1e6
            metres = _legs(columns.lon[[last, at]], columns.lat[[last, at]])[0]
            if seconds > 0 and metres / seconds > top_mps:
                continue
        kept[at], last = True, at
    return kept


def _legs(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    x, y = np.radians(lon), np.radians(lat)
    half = np.sin(np.diff(y) / 2) ** 2 + np.cos(y[:-1]) * np.cos(y[1:]) * np.sin(np.diff(x) / 2) ** 2
    return np.asarray(2 * _RADIUS_M * np.arcsin(np.sqrt(half)))

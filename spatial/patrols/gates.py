"""What is said of a fix by itself, and where it is in WGS-84: everything at once, for whole batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.geometry.datum import DATUMS, convert
from spatial.patrols.batches import Columns, Floats, Ints
from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.verdicts import Verdict

AHEAD_US = 300 * 1_000_000
"""A clock may be five minutes fast."""
APPROXIMATE_M = 100.0
"""Beyond, a fix says who was about, and not which way they went."""
DAY_US = 86_400_000_000

Gates = npt.NDArray[np.int16]


def gates(columns: Columns, received_us: int, kept_days: int) -> Gates:
    """Judge fixes (n,) without their neighbours: the first of the verdicts below that is so, or GOOD.

    A position that the device says is made up counts for nothing, however exact; so MOCK comes before
    APPROXIMATE, which still says who was about.
    """
    lon, lat, time_us, flags = (columns[name] for name in ("lon", "lat", "time_us", "flags"))
    with np.errstate(invalid="ignore"):
        conditions = {
            Verdict.RANGE: ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)) | ((lon == 0) & (lat == 0)),
            Verdict.NOT_POSITIONED: (flags & Flag.NOT_POSITIONED) != 0,
            Verdict.FUTURE: time_us > received_us + AHEAD_US,
            Verdict.TOO_OLD: time_us < received_us - kept_days * DAY_US,
            Verdict.MOCK: (flags & Flag.MOCK) != 0,
            Verdict.APPROXIMATE: ((flags & Flag.APPROXIMATE) != 0) | (columns["accuracy_m"] > APPROXIMATE_M),
        }
    default = np.int16(Verdict.GOOD)
    found = np.select(list(conditions.values()), [np.int16(verdict) for verdict in conditions], default)
    return np.asarray(found, np.int16)


def in_wgs84(columns: Columns, gate: Gates) -> tuple[Floats, Floats]:
    """Convert positions (n,) as sent to WGS-84; what is out of range stays what it is."""
    lon, lat = columns["lon"].copy(), columns["lat"].copy()
    for number, name in enumerate(DATUMS[1:], 1):
        rows = np.flatnonzero((columns["datum"] == number) & (gate != Verdict.RANGE))
        if len(rows):
            lon[rows], lat[rows] = convert(lon[rows], lat[rows], name, DATUMS[0])
    return lon, lat


def cleaned(columns: Columns) -> dict[str, npt.NDArray[Any]]:
    """Turn what no number of its kind can be into unknown: speeds below 0, courses beyond a circle."""
    speed, course, accuracy = (columns[name] for name in ("speed_mps", "course_deg", "accuracy_m"))
    battery = columns["battery_pct"]
    unknown = np.float32(np.nan)
    with np.errstate(invalid="ignore"):
        return {
            "speed_mps": np.where((speed >= 0) & np.isfinite(speed), speed, unknown),
            "course_deg": np.where((course >= 0) & (course <= 360), course % np.float32(360), unknown),
            "accuracy_m": np.where((accuracy >= 0) & np.isfinite(accuracy), accuracy, unknown),
            "altitude_m": np.where(np.isfinite(columns["altitude_m"]), columns["altitude_m"], unknown),
            "battery_pct": np.where((battery >= 0) & (battery <= 100), battery, -1).astype(np.int16),
        }


def days_of(time_us: Ints) -> Ints:
    """Tell the UTC days of times (n,), as days since 1970-01-01."""
    return np.asarray(time_us // DAY_US, np.int64)

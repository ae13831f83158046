"""The patrols of the demo's last two days, as if the walkers' phones had sent them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from spatial.database import query
from spatial.grids.locate import LocateIndex
from spatial.patrols import batches, gates
from spatial.patrols.partitions import ensure
from spatial.patrols.protocols.fixes import Source, empty

FIX_WINDOW = timedelta(days=2)
SEEN_RECENTLY = timedelta(minutes=10)
DAY_S = 86_400


def load_fixes(
    connection: Connection[Any],
    fixes: dict[str, NDArray[Any]],
    now: datetime,
    index: LocateIndex,
    copy_rows: Callable[..., int],
) -> dict[str, int]:
    """Load what lies before `now` (in Beijing), and let every walker stand where the last fix was."""
    ensure(connection, (now - FIX_WINDOW).astimezone(UTC).date(), now.astimezone(UTC).date())
    midnight_s = int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    time_s = midnight_s - fixes.pop("days_before").astype(np.int64) * DAY_S + fixes.pop("second")
    now_s = now.timestamp()
    kept = np.flatnonzero((time_s <= now_s) & (time_s > now_s - FIX_WINDOW.total_seconds()))
    kept = kept[np.argsort(time_s[kept], kind="stable")]  # as they would have come: the time index is BRIN
    columns: dict[str, Any] = {name: values[kept] for name, values in fixes.items()}
    mover, device = _carriers(connection, columns.pop("worker"), now)
    columns |= {"mover_id": mover, "device_id": device} | _judged(columns, device, index)
    times = time_s[kept].astype("datetime64[s]").astype("datetime64[us]")
    columns["time"] = columns["received_at"] = times
    count = copy_rows(connection, "fix", columns)
    connection.execute(query("demo", "load_dirty"))
    values = {"now": now, "recently": SEEN_RECENTLY, "since": now - FIX_WINDOW}
    connection.execute(query("demo", "load_last_positions"))
    connection.execute(query("demo", "load_last_places"), values)
    return {"fix": count}


def _judged(columns: dict[str, Any], device: NDArray[np.int64], index: LocateIndex) -> dict[str, Any]:
    """Judge and locate as intake does."""
    lon, lat = columns["lon"], columns["lat"]
    fixes = empty(len(lon)) | {"lon": lon, "lat": lat, "accuracy_m": columns["accuracy_m"]}
    unit, _ = index.locate(lon, lat)
    codes = np.array([*index.codes, None], dtype=object)
    return {
        "mark": batches.marks(device, lon, lat),
        "gate": gates.gates(fixes, 0, 0),
        "unit_code": codes[unit],
        "source": np.full(len(lon), Source.OWN, np.int16),
    }


def _carriers(
    connection: Connection[Any], codes: NDArray[Any], now: datetime
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give every walker a phone, and name mover and device of each fix by the walker's code."""
    walkers = np.unique(codes)
    values = {"codes": walkers.tolist(), "since": now - FIX_WINDOW - timedelta(days=1)}
    found = connection.execute(query("demo", "load_devices"), values).fetchall()
    rows = {code: (mover, device) for code, mover, device in found}
    place = np.searchsorted(walkers, codes)
    mover, device = np.array([rows[code] for code in walkers.tolist()], np.int64).reshape(-1, 2).T
    return mover[place], device[place]

"""A worker and a vehicle in an empty database, and fixes put there as intake puts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from psycopg import Connection

from spatial.patrols.columns import Columns
from spatial.patrols.days import touched
from spatial.patrols.partitions import ensure
from spatial.patrols.track_days import mark_dirty, moment


def hire(connection: Connection[Any], code: str = "W-1", unit: str | None = None) -> int:
    """Employ somebody; returns the number of the mover."""
    organisation = connection.execute(
        "INSERT INTO organisation (code, name, name_en, kind) VALUES (%s, '甲', 'A', 'department')"
        " RETURNING id",
        [f"o-{code}"],
    ).fetchall()[0][0]
    worker = connection.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
        " VALUES (%s, '', '', 'grid_worker', %s, %s) RETURNING id",
        [code, organisation, unit],
    ).fetchall()[0][0]
    return int(connection.execute("SELECT id FROM mover WHERE worker_id = %s", [worker]).fetchall()[0][0])


def put(connection: Connection[Any], mover: int, columns: Columns, rows: Iterable[int] | None = None) -> None:
    """Add fixes, those that are there once more count once, and mark their days."""
    chosen = columns if rows is None else columns[np.array(list(rows), int)]
    if not len(chosen):
        return
    days = touched(chosen.time_us).tolist()
    ensure(connection, min(days), max(days))
    names = ("mark", "lon", "lat", "accuracy_m", "gate")
    given = [_nulls(getattr(chosen, name)) for name in ("time_us", "device", *names)]
    values = [
        (mover, moment(time_us), device or None, *rest) for time_us, device, *rest in zip(*given, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fix (mover_id, time, device_id, mark, lon, lat, accuracy_m, gate)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            values,
        )
    mark_dirty(connection, mover, days)


def _nulls(values: np.ndarray[Any, Any]) -> list[Any]:
    return [None if isinstance(value, float) and np.isnan(value) else value for value in values.tolist()]

"""The statements of a batch: copied into a table of the connection's own, and from there to their places.

Rows go in the order of their keys everywhere, so that two writers of the same fixes wait for one another in
turn and never in a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, LiteralString

import numpy as np
import orjson
from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import FIXES_CHANNEL
from spatial.patrols import days
from spatial.patrols.batches import Bools, Columns
from spatial.patrols.copying import EPOCH_US, HEADER, TRAILER, Packed, pack

ROOM = "spatial.patrols"

_DAYS = 1 << 23
"""More than there are days in the years 1 to 9999."""
Step = Callable[[], object]
Refused = tuple[int, int, str]
"""Device, mover (0 for none) and reason."""


def prepare(connection: Connection[Any]) -> None:
    """Make the table that batches are copied into; it lives as long as the connection."""
    connection.execute(query(ROOM, "batch_table"))


def copy_statement() -> LiteralString:
    """Give the statement that `packed` is for."""
    return query(ROOM, "batch_copy")


def write(
    connection: Connection[Any], columns: Columns, newest: Bools, received: datetime, oldest: date, end: Step
) -> tuple[int | None, dict[int, int]]:
    """Write fixes in the order of their keys; gives the number of the commit and, by sender, what was new.

    oldest: the first local day that is graded for new fixes; days before it only if they were graded once.
    end: what the caller sends last, along with the last statement of ours: it saves a way to the server.
    """
    with connection.cursor().copy(copy_statement()) as copy:
        copy.write(HEADER + packed(columns, newest) + TRAILER)
    values = {
        "received": received,
        "channel": FIXES_CHANNEL,
        "oldest": oldest,
        "one": not columns["sent"].any(),
    }
    with connection.pipeline():
        written = connection.execute(query(ROOM, "batch_fixes"), {**values, **_dirty(columns)})
        _write_extras(connection, columns)
        end()
    rows = written.fetchall()
    return (rows[0][2] if rows else None), {sent: count for sent, count, _ in rows}


def packed(columns: Columns, newest: Bools) -> bytes:
    """Write the rows of a batch as COPY has them, in the order of batch_copy.sql."""
    shifted = columns["datum"] == 0
    plain = {
        "sent": Packed("int4", columns["sent"]),
        "newest": Packed("bool", newest),
        "mover": Packed("int8", columns["mover"]),
        "time": Packed("int8", columns["time_us"] - EPOCH_US),
        "mark": Packed("int4", columns["mark"]),
        "device": Packed("int8", columns["device"], columns["device"] == 0),
        "lon": Packed("float8", columns["lon"]),
        "lat": Packed("float8", columns["lat"]),
        "source_lon": Packed("float8", columns["source_lon"], shifted),
        "source_lat": Packed("float8", columns["source_lat"], shifted),
        "datum": Packed("int2", columns["datum"]),
    }
    for name in ("speed_mps", "course_deg", "accuracy_m", "altitude_m"):
        plain[name] = Packed("float4", columns[name], np.isnan(columns[name]))
    plain["battery_pct"] = Packed("int2", columns["battery_pct"], columns["battery_pct"] < 0)
    for name, kind in (("source", "int2"), ("gate", "int2"), ("flags", "int4")):
        plain[name] = Packed(kind, columns[name])
    unit = columns["unit"]
    lengths = (unit.view(np.uint8).reshape(len(unit), -1) != 0).sum(axis=1)
    plain["unit"] = Packed("text", unit, lengths == 0, lengths)
    return pack(plain, len(newest))


def _dirty(columns: Columns) -> dict[str, Any]:
    """Name the mover-days that a batch has to do with: lists of equal length, in order."""
    time_us = columns["time_us"]
    sides = [days.ordinals(time_us + shift) for shift in (-days.CONTEXT_US, 0, days.CONTEXT_US)]
    # One number for both: pairs would take as long to tell apart as everything else together.
    pairs = np.unique(np.concatenate([columns["mover"] * _DAYS + side + _DAYS // 2 for side in sides]))
    return {"movers": (pairs // _DAYS).tolist(), "days": (pairs % _DAYS - _DAYS // 2).tolist()}


def _write_extras(connection: Connection[Any], columns: Columns) -> None:
    rows = np.flatnonzero(columns["extra"] != None)  # noqa: E711 - of each
    if len(rows):
        values = {
            "movers": columns["mover"][rows].tolist(),
            "times": columns["time_us"][rows].tolist(),
            "marks": columns["mark"][rows].tolist(),
            "extras": [orjson.dumps(columns["extra"][row]).decode() for row in rows],
        }
        connection.execute(query(ROOM, "batch_extras"), values)


def refuse(connection: Connection[Any], refused: Counter[Refused], received: datetime) -> None:
    """Count what was not taken, by day, device, mover and reason."""
    if refused:
        rows = [[*key, count] for key, count in sorted(refused.items())]
        values = {"rows": Jsonb(rows), "day": days.day_of(received), "received": received}
        connection.execute(query(ROOM, "batch_refusals"), values)

"""Fixes as rows of one width: what a day is copied, compared and hashed in, byte by byte.

Null stands as zero with a bit in `nulls`, so that two rows are equal exactly when their bytes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import query
from spatial.errors import Conflict
from spatial.patrols.columns import Columns
from spatial.patrols.copying import EPOCH_US, HEADER, TRAILER, Packed, pack

ROOM = "spatial.patrols.archive"
Rows = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

_KINDS = (
    ("mover_id", "i8"), ("time_us", "i8"), ("mark", "i4"), ("device_id", "i8"), ("lon", "f8"), ("lat", "f8"),
    ("source_lon", "f8"), ("source_lat", "f8"), ("datum", "i2"), ("speed_mps", "f4"), ("course_deg", "f4"),
    ("accuracy_m", "f4"), ("altitude_m", "f4"), ("battery_pct", "i2"), ("source", "i2"), ("gate", "i2"),
    ("flags", "i4"), ("unit_code", "S"), ("received_us", "i8"), ("nulls", "i2"),
)  # fmt: skip
ROW = np.dtype([(name, "S32" if kind == "S" else f"<{kind}") for name, kind in _KINDS])
"""Of all columns of `fix`; times in POSIX microseconds."""
NULLABLE = (
    "device_id", "source_lon", "source_lat", "speed_mps", "course_deg", "accuracy_m", "altitude_m",
    "battery_pct", "unit_code",
)  # fmt: skip
"""In the order of their bits."""
STRANGE = 1 << len(NULLABLE)
"""The bit of a row whose unit no row of ours can hold."""
_SENT = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in _KINDS
        for part in ((f"{name} length", ">i4"), (name, "S32" if kind == "S" else f">{kind}"))
    ]
)
_BLOCK = 8 << 20


def none() -> Rows:
    """Give no rows."""
    return np.zeros(0, ROW)


def bounds(day: date) -> tuple[datetime, datetime]:
    """Give begin and end of a UTC day, the end not included."""
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + timedelta(days=1)


def read(connection: Connection[Any], begin: datetime, end: datetime, first: int, last: int) -> Rows:
    """Read the fixes of [begin, end) of the movers first … last, in the order of their key.

    Conflict for a row that the archive cannot hold as it is.
    """
    values = {"begin": begin, "until": end, "first": first, "last": last}
    with connection.cursor() as cursor, cursor.copy(query(ROOM, "rows"), values) as copy:
        content = b"".join(copy)
    sent = np.frombuffer(content, _SENT, (len(content) - len(HEADER)) // _SENT.itemsize, len(HEADER))
    rows = np.empty(len(sent), ROW)
    for name, _ in _KINDS:
        rows[name] = sent[name]
    rows["time_us"] += EPOCH_US
    rows["received_us"] += EPOCH_US
    rows["unit_code"] = np.char.rstrip(rows["unit_code"])
    if (rows["nulls"] & STRANGE).any():
        raise Conflict("a fix has a unit whose code is no plain text of 32 signs at most")
    return rows


def is_null(rows: Rows, name: str) -> Bools:
    """Tell of which rows (n,) a column is null."""
    return np.asarray(rows["nulls"] & (1 << NULLABLE.index(name)) != 0)


def order_of(rows: Rows) -> npt.NDArray[np.intp]:
    """Give the places (m,) of rows (n,) in the order of their key; of rows of one key the first one's."""
    order = np.lexsort((rows["mark"], rows["time_us"], rows["mover_id"]))
    key = [rows[name][order] for name in ("mover_id", "time_us", "mark")]
    again = np.zeros(len(rows), bool)
    again[1:] = np.logical_and.reduce([part[1:] == part[:-1] for part in key])
    return order[~again]


def merged(older: Rows, newer: Rows) -> Rows:
    """Put rows together in the order of their key; of two of one key the older one stays."""
    rows = np.concatenate([older, newer])
    return np.asarray(rows[order_of(rows)])


def by_mover(rows: Rows) -> Iterator[tuple[int, slice]]:
    """Go through the movers of sorted rows."""
    movers, first = np.unique(rows["mover_id"], return_index=True)
    ends = np.append(first, len(rows))[1:]
    for mover, begin, end in zip(movers.tolist(), first.tolist(), ends.tolist(), strict=True):
        yield mover, slice(begin, end)


def columns_of(rows: Rows) -> Columns:
    """Give the rows of one mover as grading takes them: exactly as `tracks.raw` reads them."""
    texts, unit = np.unique(rows["unit_code"], return_inverse=True)
    codes = [text.decode() for text in texts.tolist()]
    unit = unit - 1 if codes[:1] == [""] else unit
    given = {name: rows[name] for name in ("mark", "lon", "lat", "datum", "source", "gate", "flags")}
    for name in ("speed_mps", "course_deg", "accuracy_m"):
        given[name] = np.where(is_null(rows, name), np.float32(np.nan), rows[name])
    units = [code for code in codes if code]
    return Columns.of(rows["time_us"], unit=unit, units=units, device=rows["device_id"], **given)


def packed(rows: Rows) -> bytes:
    """Write rows as COPY has them, in the order of restore_copy.sql."""
    columns = {}
    for name, kind in _KINDS[:-1]:
        null = is_null(rows, name) if name in NULLABLE else None
        if name == "unit_code":
            assert null is not None
            lengths = np.char.str_len(rows[name])
            columns[name] = Packed("text", rows[name], null, lengths)
        else:
            values = rows[name] - EPOCH_US if name.endswith("_us") else rows[name]
            columns[name] = Packed(_POSTGRES[kind], values, null)
    return HEADER + pack(columns, len(rows)) + TRAILER


def packed_keys(rows: Rows) -> bytes:
    """Write the keys of rows as COPY has them, without begin and end."""
    moments = Packed("int8", rows["time_us"] - EPOCH_US)
    keys = {
        "mover_id": Packed("int8", rows["mover_id"]),
        "time": moments,
        "mark": Packed("int4", rows["mark"]),
    }
    return pack(keys, len(rows))


_POSTGRES = {"i8": "int8", "i4": "int4", "i2": "int2", "f8": "float8", "f4": "float4"}

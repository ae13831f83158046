"""The only way in for a file of points: Arrow stream, CSV or GeoParquet.

Whatever is wrong is said with the field and the row; nothing of a bad file is used.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spatial.errors import InvalidInput, Problem

FloatArray = npt.NDArray[np.float64]

ARROW = "application/vnd.apache.arrow.stream"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"

MOST_PROBLEMS = 20
_WKB_POINT_BYTES = 21
_LONLAT_CODES = {("OGC", "CRS84"), ("EPSG", "4326"), ("EPSG", "4490")}


@dataclass(frozen=True)
class PointTable:
    """A table with one position a row."""

    table: pa.Table
    """All columns of the file."""
    lon: FloatArray
    """(n,) degrees in the datum the sender declares."""
    lat: FloatArray
    """(n,) degrees."""


def read_points(body: bytes, media_type: str, max_points: int) -> PointTable:
    """Read a file of points with columns `lon` and `lat` (GeoParquet: a point geometry in lon/lat).

    media_type: one of ARROW, CSV, PARQUET. No rows give empty arrays. Raises InvalidInput for a file that
    is broken, has no such columns, another CRS, too many rows, or a coordinate that is none.
    """
    table = _READERS[media_type](body)
    if table.num_rows > max_points:
        raise InvalidInput.at("body", f"has {table.num_rows} rows; one request may carry {max_points}")
    if media_type == PARQUET and "lon" not in table.column_names:
        lon, lat = _from_geometry(table)
    else:
        lon, lat = _column(table, "lon"), _column(table, "lat")
    check_lonlat(lon, lat, "row")
    return PointTable(table, lon, lat)


def check_lonlat(lon: FloatArray, lat: FloatArray, word: str) -> None:
    """Refuse positions (n,) that are none: InvalidInput names `word`[index] of the first wrong ones."""
    # One pass over the extremes settles a clean array; NaN makes every comparison false.
    if not len(lon) or (np.abs(lon).max() <= 180 and np.abs(lat).max() <= 90):
        return
    wrong = np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))[:MOST_PROBLEMS]
    raise InvalidInput([_wrong(word, int(row), float(lon[row]), float(lat[row])) for row in wrong])


def _wrong(word: str, row: int, lon: float, lat: float) -> Problem:
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return Problem(f"{word}[{row}]", "a coordinate is missing or not a finite number")
    swapped = abs(lat) <= 180 and abs(lon) <= 90
    hint = "; longitude comes first: they look swapped" if swapped else ""
    return Problem(f"{word}[{row}]", f"({lon:g}, {lat:g}) is beyond longitude ±180, latitude ±90{hint}")


def _read_arrow(body: bytes) -> pa.Table:
    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            batches = list(reader)
            schema = reader.schema
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise InvalidInput.at("body", f"is not a whole Arrow IPC stream: {error}") from None
    if not body.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00"):
        raise InvalidInput.at("body", "the Arrow stream ends before its end-of-stream mark: it was cut off")
    return pa.Table.from_batches(batches, schema)


def _read_csv(body: bytes) -> pa.Table:
    from pyarrow import csv

    try:
        return csv.read_csv(io.BytesIO(body))
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise InvalidInput.at("body", f"is not a CSV table: {error}") from None


def _read_parquet(body: bytes) -> pa.Table:
    from pyarrow import parquet

    try:
        return parquet.read_table(pa.BufferReader(body))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InvalidInput.at("body", f"is not a Parquet file: {error}") from None


_READERS: dict[str, Callable[[bytes], pa.Table]] = {
    ARROW: _read_arrow,
    CSV: _read_csv,
    PARQUET: _read_parquet,
}


def _column(table: pa.Table, name: str) -> FloatArray:
    if table.column_names.count(name) != 1:
        raise InvalidInput.at(name, f"there must be one column '{name}'; there are {table.column_names}")
    column = table.column(name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise InvalidInput.at(name, f"must be a column of numbers, not of {column.type}{_first_text(column)}")
    numbers: FloatArray = column.cast(pa.float64()).to_numpy()
    return numbers


def _first_text(column: Any) -> str:
    """Say which row made a CSV column a text column."""
    if not pa.types.is_string(column.type):
        return ""
    for row, text in enumerate(column.to_pylist()):
        if not _is_number(text):
            return f" (row[{row}] is {text!r})"
    return ""


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True


def _from_geometry(table: pa.Table) -> tuple[FloatArray, FloatArray]:
    name, column = _geometry_column(table)
    if column["encoding"] != "WKB":
        raise InvalidInput.at(name, f"encoding {column['encoding']} is not read; send WKB points")
    _refuse_other_crs(name, column)
    return _wkb_points(name, table.column(name).combine_chunks())


def _geometry_column(table: pa.Table) -> tuple[str, dict[str, Any]]:
    try:
        geo = json.loads((table.schema.metadata or {})[b"geo"])
        name = geo["primary_column"]
        return name, geo["columns"][name]
    except (KeyError, ValueError, TypeError):
        raise InvalidInput.at("body", "has neither columns lon and lat nor GeoParquet metadata") from None


def _refuse_other_crs(name: str, column: dict[str, Any]) -> None:
    """GeoParquet without a CRS is CRS84; `null` is unknown, which is not good enough."""
    if "crs" not in column:
        return
    identity = (column["crs"] or {}).get("id", {})
    if (str(identity.get("authority")), str(identity.get("code"))) not in _LONLAT_CODES:
        found = f"{identity.get('authority')}:{identity.get('code')}" if identity else "unknown"
        raise InvalidInput.at(
            name, f"its CRS is {found}; send CRS84, EPSG:4326 or EPSG:4490 and name the datum"
        )


def _wkb_points(name: str, column: Any) -> tuple[FloatArray, FloatArray]:
    lengths = pc.binary_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(lengths != _WKB_POINT_BYTES)[:MOST_PROBLEMS]
    if len(wrong):
        raise InvalidInput(
            [Problem(f"row[{row}]", f"'{name}' is not a two-dimensional point") for row in wrong]
        )
    packed = np.frombuffer(b"".join(column.to_pylist()), np.uint8).reshape(-1, _WKB_POINT_BYTES)
    if len(packed) and not (packed[:, :5] == (1, 1, 0, 0, 0)).all():
        raise InvalidInput.at(name, "must be little-endian WKB points")
    lonlat = np.ascontiguousarray(packed[:, 5:]).view("<f8").reshape(-1, 2)
    return lonlat[:, 0].copy(), lonlat[:, 1].copy()

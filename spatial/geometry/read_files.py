"""The only way in for a file of points: Arrow stream, CSV or GeoParquet.

Whatever is wrong is said with the field and the row; nothing of a bad file is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spatial.errors import InvalidInput, Problem
from spatial.geometry.read_tables import read_arrow, read_csv, read_parquet, unpack

FloatArray = npt.NDArray[np.float64]

ARROW = "application/vnd.apache.arrow.stream"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"

MOST_PROBLEMS = 20
_WKB_POINT_BYTES = 21
_WKB_KINDS = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"
_LONLAT_CODES = {("OGC", "CRS84"), ("EPSG", "4326"), ("EPSG", "4490")}


@dataclass(frozen=True)
class PointTable:
    """A table with one position a row."""

    table: pa.Table
    """All columns of a CSV or Parquet file; of an Arrow stream, the coordinates alone."""
    lon: FloatArray
    """(n,) degrees in the datum the sender declares."""
    lat: FloatArray
    """(n,) degrees."""


def read_points(body: bytes, media_type: str, max_points: int) -> PointTable:
    """Read a file of points with columns `lon` and `lat` (GeoParquet: a point geometry in lon/lat).

    media_type: one of ARROW, CSV, PARQUET. No rows give empty arrays. Raises InvalidInput for a file that
    is broken, has no such columns, another CRS, too many rows, or a coordinate that is none.
    """
    table = _read(body, media_type, max_points)
    if media_type == PARQUET and "lon" not in table.column_names:
        lon, lat = _from_geometry(table)
    else:
        of = _text_column if media_type == CSV else _column
        lon, lat = of(table, "lon"), of(table, "lat")
    check_lonlat(lon, lat, "row")
    return PointTable(table, lon, lat)


def _read(body: bytes, media_type: str, max_points: int) -> pa.Table:
    if media_type == ARROW:
        return read_arrow(body, ("lon", "lat"), max_points)
    return read_csv(body, max_points) if media_type == CSV else read_parquet(body, max_points)


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


def _only(table: pa.Table, name: str) -> Any:
    if table.column_names.count(name) != 1:
        names = ", ".join(column[:60] for column in table.column_names[:MOST_PROBLEMS])
        raise InvalidInput.at(name, f"there must be one column '{name}'; the file has {names or 'none'}")
    return table.column(name)


def _column(table: pa.Table, name: str) -> FloatArray:
    column = _only(table, name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise InvalidInput.at(name, f"must be a column of numbers, not of {column.type}")
    # Whole numbers beyond 2**53 are rounded here; the check of the range refuses them by row.
    numbers: FloatArray = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _text_column(table: pa.Table, name: str) -> FloatArray:
    """Turn a column of text into numbers, or say which row is none."""
    column = _only(table, name)
    is_number = pc.match_substring_regex(column, _NUMBER)
    if not pc.all(is_number, min_count=0).as_py():
        row = pc.index(is_number, False).as_py()
        text = str(column[row].as_py())[:60]
        raise InvalidInput.at(name, f"must be a column of numbers (row[{row}] is {text!r})")
    numbers: FloatArray = pc.cast(pc.utf8_trim_whitespace(column), pa.float64()).to_numpy()
    return numbers


def _from_geometry(table: pa.Table) -> tuple[FloatArray, FloatArray]:
    name, about = _geometry_column(table)
    if about.get("encoding") != "WKB":
        raise InvalidInput.at(name, "its encoding is not WKB: send WKB points")
    _refuse_other_crs(name, about)
    column = table.column(name).combine_chunks()
    return _wkb_points(name, unpack(column))


def _geometry_column(table: pa.Table) -> tuple[str, dict[str, Any]]:
    try:
        geo = json.loads((table.schema.metadata or {})[b"geo"])
        name = geo["primary_column"]
        about = geo["columns"][name]
        if table.column_names.count(name) != 1 or not isinstance(about, dict):
            raise TypeError(name)
    except (KeyError, ValueError, TypeError, RecursionError):
        raise InvalidInput.at("body", "has neither columns lon and lat nor GeoParquet metadata") from None
    return name, about


def _refuse_other_crs(name: str, about: dict[str, Any]) -> None:
    """GeoParquet without a CRS is CRS84; `null` is unknown, which is not good enough."""
    if "crs" not in about:
        return
    crs = about["crs"]
    identity = crs.get("id") if isinstance(crs, dict) else None
    found = identity if isinstance(identity, dict) else {}
    if (str(found.get("authority")), str(found.get("code"))) not in _LONLAT_CODES:
        said = (
            f"{found.get('authority')}:{found.get('code')}"[:60]
            if found
            else "not given by authority and code"
        )
        raise InvalidInput.at(
            name, f"its CRS is {said}; send CRS84, EPSG:4326 or EPSG:4490 and name the datum"
        )


def _wkb_points(name: str, column: Any) -> tuple[FloatArray, FloatArray]:
    if not any(is_kind(column.type) for is_kind in _WKB_KINDS):
        raise InvalidInput.at(name, f"must be a column of WKB, not of {column.type}")
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
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

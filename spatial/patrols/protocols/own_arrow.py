"""Our own batch as an Arrow IPC stream: columns, for gateways that send the fixes of many devices at once.

time (timestamp with a zone), lon, lat; and if there are any: device, datum (texts or dictionaries of them),
speed_mps, course_deg, accuracy_m, altitude_m, battery_pct, flags (the bits of `Flag` that a device may say).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import DATUMS
from spatial.geometry.read_tables import read_arrow, unpack
from spatial.patrols.protocols.fixes import EARLIEST_US, LATEST_US, UNKNOWN, Batch, Fixes, Flag, empty

MOST_PROBLEMS = 20
MOST_DEVICES = 100_000
_SAID = int(
    Flag.MOVING | Flag.CHARGING | Flag.MOCK | Flag.BACKFILL | Flag.SOS | Flag.NOT_POSITIONED
    | Flag.APPROXIMATE | Flag.MANUAL
)  # fmt: skip
_RANGES = {
    "speed_mps": (0.0, 1000.0),
    "course_deg": (0.0, 360.0),
    "accuracy_m": (1e-6, 1e7),
    "altitude_m": (-12_000.0, 100_000.0),
    "battery_pct": (0.0, 100.0),
}
"""Beyond these a value is unknown, as it is in every other form."""
_REQUIRED = ("time", "lon", "lat")
_ALL = (*_REQUIRED, "device", "datum", "flags", *_RANGES)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def parse(body: bytes, max_rows: int) -> Batch:
    """Read a stream. A row without time or place, or of no device or datum, is left out and told.

    Raises InvalidInput for a stream that is broken or lacks a column, and for one of a wrong kind.
    """
    table = read_arrow(body, _ALL, max_rows)
    for name in table.column_names:
        if table.column_names.count(name) > 1:
            raise InvalidInput.at(name, "stands twice")
    time_us, timed = _times(table)
    lon, lat = _numbers(table, "lon"), _numbers(table, "lat")
    with np.errstate(invalid="ignore"):
        good = timed & (np.abs(lon) <= 1000) & (np.abs(lat) <= 1000)
    fixes = empty(table.num_rows)
    fixes["time_us"], fixes["lon"], fixes["lat"] = time_us, lon, lat
    _fill(fixes, table)
    identities, of, named = _devices(table)
    whole = _fill_datum(fixes, table)
    problems = _skipped(good, "has no time, or no place")
    problems += _skipped(named, "has a device whose name is none") + _skipped(
        whole, "has a datum that is none"
    )
    good &= named & whole
    chosen: Fixes = {name: column[good] for name, column in fixes.items()}
    return Batch(identities, of[good], chosen, skipped=problems)


def _fill(fixes: Fixes, table: pa.Table) -> None:
    for name, (least, most) in _RANGES.items():
        if name in table.column_names:
            values = _numbers(table, name)
            with np.errstate(invalid="ignore"):
                known = (values >= least) & (values <= most)
            fixes[name][known] = np.rint(values[known]) if name == "battery_pct" else values[known]
    fixes["course_deg"][fixes["course_deg"] == 360] = 0
    if "flags" in table.column_names:
        flags = np.nan_to_num(_numbers(table, "flags"), nan=0.0)
        fixes["flags"][:] = np.clip(flags, 0, 2**31 - 1).astype(np.int64) & _SAID


def _fill_datum(fixes: Fixes, table: pa.Table) -> Bools:
    """Fill in the datum; gives of which rows (n,) it is one, or not said."""
    if "datum" not in table.column_names or not table.num_rows:
        return np.ones(table.num_rows, bool)
    names, of = _texts(table, "datum")
    numbers = [UNKNOWN if name not in DATUMS else DATUMS.index(name) for name in names]
    fixes["datum"] = np.array(numbers, np.int16)[of]
    known: Bools = np.array([name is None or name in DATUMS for name in names])[of]
    return known


def _times(table: pa.Table) -> tuple[npt.NDArray[np.int64], Bools]:
    column = _only(table, "time")
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise InvalidInput.at("time", f"must be timestamps with a time zone, not {column.type}")
    missing = column.is_null().to_numpy()
    # In units of its own, exactly; a cast by Arrow would wrap round what is too large.
    numbers = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    times, many = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}[column.type.unit]
    within = (numbers >= EARLIEST_US * many // times) & (numbers <= LATEST_US * many // times)
    exact = np.where(within, numbers, 0) * times // many
    return exact, within & ~missing


def _numbers(table: pa.Table, name: str) -> Floats:
    """Give a column of numbers; nulls are NaN."""
    column = _only(table, name)
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise InvalidInput.at(name, f"must be a column of numbers, not of {column.type}")
    numbers: Floats = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _devices(table: pa.Table) -> tuple[tuple[str | None, ...], npt.NDArray[np.intp], Bools]:
    """Give the names of devices, which of them each row has, and whether it is a name."""
    if "device" not in table.column_names or not table.num_rows:
        return (None,), np.zeros(table.num_rows, np.intp), np.ones(table.num_rows, bool)
    names, of = _texts(table, "device")
    if len(names) > MOST_DEVICES:
        raise InvalidInput.at("device", f"there are {len(names)}; one request may carry {MOST_DEVICES}")
    good = [name is None or (0 < len(name) <= 200 and name.isprintable()) for name in names]
    return tuple(names), of, np.array(good)[of]


def _texts(table: pa.Table, name: str) -> tuple[list[str | None], npt.NDArray[np.intp]]:
    """Give the distinct texts of a column, None for null, and of each row which it is."""
    column = _only(table, name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise InvalidInput.at(name, f"must be a column of text, not of {column.type}")
    plain: Any = unpack(column.combine_chunks()).cast(pa.large_string())
    coded = plain.dictionary_encode(null_encoding="encode")
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.intp)


def _only(table: pa.Table, name: str) -> Any:
    if name not in table.column_names:
        raise InvalidInput.at(name, f"there must be a column '{name}'")
    return table.column(name)


def _skipped(good: Bools, reason: str) -> tuple[Problem, ...]:
    wrong = np.flatnonzero(~good)
    found = [Problem(f"row[{row}]", reason) for row in wrong[:MOST_PROBLEMS]]
    if len(wrong) > MOST_PROBLEMS:
        found.append(Problem("row", f"the same of {len(wrong) - MOST_PROBLEMS} more"))
    return tuple(found)

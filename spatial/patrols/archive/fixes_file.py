"""The file of a day's fixes: GeoParquet 1.1, sorted by mover and time, a group of rows at a time.

Any tool that reads GeoParquet has points with a time, a mover, a verdict and a gate. Positions that are no
place (gate 1) have no geometry; what was sent stands beside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from spatial.patrols.archive.rows import NULLABLE, ROW, Rows, is_null, none

UNTOLD = -1
"""In place of a verdict that is not known: the day was never graded, or is to be graded anew."""
_PLAIN = (
    ("mark", pa.int32()), ("device_id", pa.int64()),
    ("source_lon", pa.float64()), ("source_lat", pa.float64()),
    ("datum", pa.int16()), ("speed_mps", pa.float32()), ("course_deg", pa.float32()),
    ("accuracy_m", pa.float32()), ("altitude_m", pa.float32()), ("battery_pct", pa.int16()),
    ("source", pa.int16()), ("gate", pa.int16()), ("flags", pa.int32()),
)  # fmt: skip
_MOMENT = pa.timestamp("us", "UTC")
_POINT = pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.float64())])
SCHEMA = pa.schema(
    [
        pa.field("mover_id", pa.int64(), nullable=False),
        pa.field("time", _MOMENT, nullable=False),
        *(pa.field(name, kind, nullable=name in NULLABLE) for name, kind in _PLAIN),
        pa.field("unit_code", pa.string()),
        pa.field("received_at", _MOMENT, nullable=False),
        pa.field("verdict", pa.int8()),
        pa.field("marked", pa.bool_(), nullable=False),
        pa.field("strange_lon", pa.float64()),
        pa.field("strange_lat", pa.float64()),
        pa.field("geometry", _POINT),
    ]
)
_FORM: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": [
        "device_id", "datum", "source", "gate", "flags", "unit_code", "battery_pct", "verdict"
    ],
    "column_encoding": {
        "mover_id": "DELTA_BINARY_PACKED", "time": "DELTA_BINARY_PACKED", "mark": "PLAIN",
        "received_at": "DELTA_BINARY_PACKED", "geometry.x": "BYTE_STREAM_SPLIT",
        "geometry.y": "BYTE_STREAM_SPLIT", "accuracy_m": "BYTE_STREAM_SPLIT",
        "speed_mps": "BYTE_STREAM_SPLIT", "course_deg": "BYTE_STREAM_SPLIT",
        "altitude_m": "BYTE_STREAM_SPLIT",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """Rows of fixes (n,), and what is said of each."""

    rows: Rows
    verdict: npt.NDArray[np.int8]
    """UNTOLD where it is not known."""
    marked: npt.NDArray[np.bool_]
    """By hand, as bad."""

    def __getitem__(self, chosen: Any) -> Judged:
        return Judged(self.rows[chosen], self.verdict[chosen], self.marked[chosen])

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Sum:
    """Counts and hashes rows as they go by, in whatever pieces."""

    count: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, judged: Judged) -> None:
        """Take the next rows, with what is said of them."""
        self.count += len(judged)
        beside = np.empty(len(judged), [("verdict", "i1"), ("marked", "?")])
        beside["verdict"], beside["marked"] = judged.verdict, judged.marked
        whole = np.empty(len(judged), [("row", ROW), ("beside", beside.dtype)])
        whole["row"], whole["beside"] = judged.rows, beside
        self._hash.update(whole.tobytes())

    @property
    def sha256(self) -> str:
        """Give the hash of all rows so far."""
        return str(self._hash.hexdigest())


class Writer:
    """Writes the file; `with` ends it."""

    def __init__(self, target: BinaryIO, about: dict[str, Any]) -> None:
        self.sum = Sum()
        self._box = [np.inf, np.inf, -np.inf, -np.inf]
        self._about = about
        self._file = pq.ParquetWriter(target, SCHEMA, **_FORM)

    def add(self, judged: Judged) -> None:
        """Write rows that follow those before in the order of the key, as a group."""
        if not len(judged):
            return
        self.sum.add(judged)
        places = _placed(judged.rows)
        if places.any():
            lon, lat = judged.rows["lon"][places], judged.rows["lat"][places]
            now = (lon.min(), lat.min(), lon.max(), lat.max())
            pairs = zip((min, min, max, max), self._box, now, strict=True)
            self._box = [float(choose(one, two)) for choose, one, two in pairs]
        self._file.write_table(_table(judged), row_group_size=len(judged))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            geometry: dict[str, Any] = {"encoding": "point", "geometry_types": ["Point"]}
            if np.isfinite(self._box[0]):
                geometry["bbox"] = self._box
            geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
            about = {**self._about, "fixes": self.sum.count, "sha256": self.sum.sha256}
            self._file.add_key_value_metadata({"geo": json.dumps(geo), "citygrid": json.dumps(about)})
        self._file.close()


class Reader:
    """Reads the file, whole or of some movers; groups in which nobody of those is are not read."""

    def __init__(self, source: Any) -> None:
        self._file = pq.ParquetFile(source)
        about = self._file.metadata.row_group
        spans = [
            (each.min, each.max)
            for each in (about(n).column(0).statistics for n in range(self._file.metadata.num_row_groups))
        ]
        self._first, self._last = np.array(spans, np.int64).reshape(-1, 2).T

    def __iter__(self) -> Iterator[Judged]:
        for group in range(len(self._first)):
            yield _judged(self._file.read_row_group(group))

    def between(self, first: int, last: int) -> Judged:
        """Read the fixes of the movers first … last."""
        groups = np.flatnonzero((self._last >= first) & (self._first <= last)).tolist()
        found = _judged(self._file.read_row_groups(groups)) if groups else nothing()
        movers = found.rows["mover_id"]
        return found[(movers >= first) & (movers <= last)]

    def of(self, movers: npt.ArrayLike) -> Judged:
        """Read the fixes of some movers."""
        wanted = np.unique(np.asarray(movers, np.int64))
        held = np.searchsorted(wanted, self._last, "right") > np.searchsorted(wanted, self._first)
        groups = np.flatnonzero(held).tolist()
        found = _judged(self._file.read_row_groups(groups)) if groups else nothing()
        return found[np.isin(found.rows["mover_id"], wanted)]

    def counts(self) -> dict[int, int]:
        """Count the fixes of each mover, reading nothing else."""
        table = self._file.read(columns=["mover_id"])
        movers, counts = np.unique(table.column(0).to_numpy(), return_counts=True)
        return dict(zip(movers.tolist(), counts.tolist(), strict=True))


def nothing() -> Judged:
    """Give no rows."""
    return Judged(none(), np.zeros(0, np.int8), np.zeros(0, bool))


def _placed(rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell which rows (n,) have a place; NaN has none."""
    return np.asarray((np.abs(rows["lon"]) <= 180) & (np.abs(rows["lat"]) <= 90))


def _table(judged: Judged) -> pa.Table:
    rows = judged.rows
    strange = ~_placed(rows)
    made = {
        "mover_id": pa.array(rows["mover_id"]),
        "time": pa.array(rows["time_us"]).cast(_MOMENT),
        "received_at": pa.array(rows["received_us"]).cast(_MOMENT),
        "verdict": pa.array(judged.verdict, mask=judged.verdict == UNTOLD),
        "marked": pa.array(judged.marked),
        "geometry": pa.StructArray.from_arrays(
            [pa.array(rows["lon"]), pa.array(rows["lat"])], fields=list(_POINT), mask=pa.array(strange)
        ),
        "strange_lon": pa.array(rows["lon"], mask=~strange),
        "strange_lat": pa.array(rows["lat"], mask=~strange),
        "unit_code": pa.array(rows["unit_code"].astype("U32"), mask=is_null(rows, "unit_code")),
    }
    for name, kind in _PLAIN:
        mask = is_null(rows, name) if name in NULLABLE else None
        # A copy of its own: a column of packed rows lies apart in memory.
        made[name] = pa.array(np.ascontiguousarray(rows[name]), kind, mask=mask)
    return pa.table([made[name] for name in SCHEMA.names], schema=SCHEMA)


def _judged(table: pa.Table) -> Judged:
    rows = np.zeros(len(table), ROW)
    for name, to in (("mover_id", "mover_id"), ("time", "time_us"), ("received_at", "received_us")):
        rows[to] = table.column(name).cast(pa.int64()).to_numpy()
    for name in (*(name for name, _ in _PLAIN), "unit_code"):
        column = table.column(name)
        if name in NULLABLE:
            missing = column.is_null().to_numpy()
            rows["nulls"] |= missing.astype(np.int16) << NULLABLE.index(name)
            column = column.fill_null("" if name == "unit_code" else 0)
        rows[name] = column.to_numpy() if name != "unit_code" else np.asarray(column.to_pylist(), "S32")
    _place(rows, table)
    verdict = table.column("verdict").fill_null(UNTOLD).to_numpy()
    return Judged(rows, verdict, table.column("marked").to_numpy())


def _place(rows: Rows, table: pa.Table) -> None:
    """Put positions back: those that are a place, and the others as they were sent."""
    points = table.column("geometry").combine_chunks()
    strange = points.is_null().to_numpy(zero_copy_only=False)
    for name, axis in (("lon", "x"), ("lat", "y")):
        sent = table.column(f"strange_{name}").fill_null(0.0).to_numpy()
        rows[name] = np.where(strange, sent, points.field(axis).to_numpy(zero_copy_only=False))

"""How a playback is written: an Arrow stream of slices of time, a row of which is what one mover did in it.

Ten bytes a fix and sixteen a row: `t` counts ticks from the begin of the slice, positions are whole 1e-7
degrees.
A browser uses the columns as they come, without parsing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spatial.patrols.playback.fixes import Fixes

EXTRAS = {"speed": ("speed_mps", 100), "course": ("course_deg", 100), "accuracy": ("accuracy_m", 10)}
"""Further columns: what they are of, and how many to a metre a second, a degree, a metre."""
NO_PLACE = -(2**31)
"""Longitude and latitude of a fix that has none, of which there are some when all are asked for."""
NOT_KNOWN = 65_535
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""The mark at the end of a whole stream (Arrow IPC)."""
_MOST_ROWS = 100_000
"""Fixes of a slice, as far as they are spread evenly: what is in memory, and what one waits for at first."""
_FAR = 200.0


@dataclass(frozen=True)
class Clock:
    """How long a slice is, and how fine the time in it; at most 60,000 ticks, for 16 bits."""

    slice_s: int
    tick_ms: int

    def slices(self, begin_us: int, end_us: int) -> Iterator[tuple[int, int]]:
        """Cut [begin, end) into slices, in POSIX microseconds."""
        step = self.slice_s * 1_000_000
        yield from ((at, min(at + step, end_us)) for at in range(begin_us, end_us, step))


CLOCKS = (Clock(6000, 100), Clock(600, 10), Clock(60, 1))


def clock_for(fixes: int, seconds: float) -> Clock:
    """Choose the longest slices that are no more than one can wait for."""
    for clock in CLOCKS:
        if fixes / max(seconds, 1.0) * min(clock.slice_s, seconds) <= _MOST_ROWS:
            return clock
    return CLOCKS[-1]


def schema_of(extras: Sequence[str], with_gate: bool, said: dict[str, Any]) -> pa.Schema:
    """Make the schema; said: what stands in its metadata."""
    inner = [
        pa.field("t", pa.uint16(), False),
        *(pa.field(each, pa.int32(), False) for each in ("lon", "lat")),
    ]
    inner += [pa.field("gate", pa.uint8(), False)] if with_gate else []
    inner += [pa.field(each, pa.uint16(), False) for each in EXTRAS if each in extras]
    rows = [
        pa.field("mover", pa.uint32(), False),
        pa.field("begin", pa.timestamp("ms", "UTC"), False),
        pa.field("fixes", pa.list_(pa.field("item", pa.struct(inner), False)), False),
    ]
    return pa.schema(rows, {f"citygrid:{name}": str(value) for name, value in said.items()})


def head(schema: pa.Schema) -> bytes:
    """Write the head of the stream."""
    return bytes(schema.serialize())


def batch(
    schema: pa.Schema, clock: Clock, movers: npt.NDArray[np.int64], begin_us: int, fixes: Fixes
) -> bytes:
    """Write a slice that begins at `begin_us`; movers: the numbers of those of the playback, in order."""
    runs = fixes.runs()
    kind = schema.field("fixes").type
    columns = [_column(each.name, fixes, begin_us, clock) for each in kind.value_type]
    inner = pa.StructArray.from_arrays(columns, fields=list(kind.value_type))
    rows = [
        pa.array(movers[fixes.place[runs[:-1]]].astype(np.uint32)),
        pa.array(np.full(len(runs) - 1, begin_us // 1000, np.int64)).cast(schema.field("begin").type),
        pa.ListArray.from_arrays(pa.array(runs.astype(np.int32)), inner, type=kind),
    ]
    return bytes(pa.RecordBatch.from_arrays(rows, schema=schema).serialize())


def _column(name: str, fixes: Fixes, begin_us: int, clock: Clock) -> pa.Array:
    if name == "t":
        return pa.array(((fixes.time_us // 1000 - begin_us // 1000) // clock.tick_ms).astype(np.uint16))
    if name in ("lon", "lat"):
        return pa.array(_degrees(getattr(fixes, name)))
    if name == "gate":
        return pa.array(fixes.gate.astype(np.uint8))
    column, per_unit = {
        "speed": ("speed_mps", 100),
        "course": ("course_deg", 100),
        "accuracy": ("accuracy_m", 10),
    }[name]
    return pa.array(_whole(getattr(fixes, column), per_unit))


def _degrees(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Write degrees as whole 1e-7; what is no place, as NO_PLACE."""
    is_place = np.abs(values) < _FAR
    return np.where(is_place, np.rint(np.where(is_place, values, 0.0) * 1e7), NO_PLACE).astype(np.int32)


def _whole(values: npt.NDArray[np.float32], per_unit: int) -> npt.NDArray[np.uint16]:
    scaled = np.rint(values.astype(np.float64) * per_unit)
    known = np.isfinite(scaled) & (scaled >= 0)
    return np.where(known, np.minimum(np.where(known, scaled, 0.0), NOT_KNOWN - 1), NOT_KNOWN).astype(
        np.uint16
    )


def octets(fixes: int, rows: int, slices: int, extras: Sequence[str], with_gate: bool) -> int:
    """Tell about how many bytes a stream has."""
    return 1200 + slices * 900 + rows * 16 + fixes * (10 + 2 * len(extras) + with_gate)

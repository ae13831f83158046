"""Rows as PostgreSQL's binary COPY has them, packed by NumPy a column at a time.

A row is the number of its fields and, for each, its length in bytes (-1: null) and its bytes, big endian.
Every row is laid out as if nothing were null; then the bytes of nulls are left out of all rows at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts from 2000-01-01 UTC."""

_KINDS = {"bool": "u1", "int2": ">i2", "int4": ">i4", "int8": ">i8", "float4": ">f4", "float8": ">f8"}


@dataclass(frozen=True)
class Packed:
    """A column: its values, and which of them are null; of texts in ASCII, `lengths` in bytes."""

    kind: str
    """bool, int2, int4, int8, float4, float8, text (S, with lengths)."""
    values: npt.NDArray[Any]
    null: npt.NDArray[np.bool_] | None = None
    lengths: npt.NDArray[np.int64] | None = None

    @property
    def is_nothing(self) -> bool:
        """Tell whether the column has no bytes in any row."""
        return self.null is not None and bool(self.null.all())


def pack(columns: Mapping[str, Packed], count: int) -> bytes:
    """Write `count` rows, without header and trailer; columns in the order of the statement."""
    rows = np.zeros(count, _layout(columns))
    rows["fields"] = len(columns)
    kept: npt.NDArray[np.bool_] | None = None
    for name, column in columns.items():
        if column.is_nothing:
            rows[f"{name} length"] = -1
            continue
        rows[f"{name} length"] = _lengths(rows.dtype, name, column)
        rows[name] = column.values
        gaps = _gaps(rows.dtype, name, column)
        if gaps is not None:
            kept = np.ones((count, rows.dtype.itemsize), bool) if kept is None else kept
            kept[:, _place(rows.dtype, name)] = gaps
    if kept is None:
        return rows.tobytes()
    return rows.view(np.uint8).reshape(count, -1)[kept].tobytes()


def _layout(columns: Mapping[str, Packed]) -> np.dtype[Any]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        fields.append((f"{name} length", ">i4"))
        if not column.is_nothing:
            fields.append((name, _KINDS.get(column.kind) or f"S{column.values.dtype.itemsize}"))
    return np.dtype(fields)


def _place(layout: np.dtype[Any], name: str) -> slice:
    assert layout.fields is not None
    kind, begin = layout.fields[name][:2]
    return slice(begin, begin + kind.itemsize)


def _lengths(layout: np.dtype[Any], name: str, column: Packed) -> Any:
    place = _place(layout, name)
    lengths: Any = place.stop - place.start if column.lengths is None else column.lengths
    return lengths if column.null is None else np.where(column.null, -1, lengths)


def _gaps(layout: np.dtype[Any], name: str, column: Packed) -> npt.NDArray[np.bool_] | None:
    """Tell which bytes of a column (n, its width) are written; None: all of them."""
    place = _place(layout, name)
    width = place.stop - place.start
    if column.lengths is not None:
        lengths = column.lengths if column.null is None else np.where(column.null, 0, column.lengths)
        return None if (lengths == width).all() else np.asarray(np.arange(width) < lengths[:, None])
    if column.null is None or not column.null.any():
        return None
    return np.asarray(~column.null[:, None])

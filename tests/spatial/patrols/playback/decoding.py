"""Reads a playback by its description (docs/39-playback.md) alone."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa


def decode(content: bytes) -> list[tuple[int, int, int, int, dict[str, int]]]:
    """Give (mover, milliseconds, 1e-7 degrees of longitude and latitude, further columns) as they come."""
    reader = pa.ipc.open_stream(io.BytesIO(content))
    tick_ms = int(reader.schema.metadata[b"citygrid:tick_ms"])
    found: list[Any] = []
    for batch in reader:
        for row in batch.to_pylist():
            begin_ms = round(row["begin"].timestamp() * 1000)
            for fix in row["fixes"]:
                at = begin_ms + fix.pop("t") * tick_ms
                found.append((row["mover"], at, fix.pop("lon"), fix.pop("lat"), fix))
    return found


def by_mover(content: bytes) -> dict[int, list[tuple[int, int, int]]]:
    """Give the fixes of each mover, in the order of the stream."""
    made: dict[int, list[tuple[int, int, int]]] = {}
    for mover, at, lon, lat, _ in decode(content):
        made.setdefault(mover, []).append((at, lon, lat))
    return made

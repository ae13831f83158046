"""Writes tables as the files that clients send."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet


def stream(table: pa.Table, **options) -> bytes:
    """Write an Arrow IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet(table: pa.Table, **options) -> bytes:
    """Write a Parquet file."""
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink, **options)
    return sink.getvalue()

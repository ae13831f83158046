"""GeoParquet, read in pieces; runs in the process of read_features_child.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from spatial.errors import InvalidInput
from spatial.geometry.read_features import BATCH_ROWS, GEOMETRY
from spatial.geometry.read_features_csv import position_names
from spatial.geometry.read_tables import unpack

CRS84 = "OGC:CRS84"
MAX_COLUMNS = 1_000
Asked = dict[str, Any]


def about(asked: Asked) -> list[dict[str, Any]]:
    """Describe the one layer of a GeoParquet file; InvalidInput when it is a Parquet without geometry."""
    path = Path(asked["path"])
    file = parquet.ParquetFile(path, memory_map=True)
    if file.metadata.num_columns > MAX_COLUMNS:
        raise InvalidInput.at("body", f"has {file.metadata.num_columns} columns; {MAX_COLUMNS} are the most")
    crs = None if _pair(file, asked) else _geometry(file)[1].get("crs", CRS84)
    return [
        {
            "name": asked["stem"],
            "crs": crs if isinstance(crs, str) or crs is None else json.dumps(crs),
            "features": file.metadata.num_rows,
            "path": str(path),
            "kind": asked["kind"],
            "notes": [{"kind": "field_dropped", "detail": name} for name in sorted(_blobs(file, asked))],
        }
    ]


def batches(asked: Asked) -> Iterator[pa.RecordBatch]:
    """Read the file in pieces; texts that were dictionaries come as texts."""
    path = Path(asked["path"])
    whole = parquet.read_schema(path)
    texts = [
        each.name for each in whole if pa.types.is_string(each.type) or pa.types.is_large_string(each.type)
    ]
    # One long text that stands in a million rows is one entry of a dictionary, and is not unpacked unseen.
    file = parquet.ParquetFile(path, memory_map=True, pre_buffer=False, read_dictionary=texts)
    pair = _pair(file, asked)
    name = GEOMETRY if pair else _geometry(file)[0]
    left_out = _blobs(file, asked) | (set() if pair else _boxes(file))
    columns = [each for each in file.schema_arrow.names if each not in left_out]
    types = [_plain(file.schema_arrow.field(each).type) for each in columns]
    named = [GEOMETRY if each == name else each for each in columns]
    schema = pa.schema([*zip(named, types, strict=True), *([(GEOMETRY, pa.binary())] if pair else [])])
    yield pa.RecordBatch.from_arrays([pa.nulls(0, each.type) for each in schema], schema=schema)
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
        batch.validate(full=True)
        arrays = [
            pc.cast(unpack(batch.column(each)), kind) for each, kind in zip(columns, types, strict=True)
        ]
        points = [_points(batch, *pair)] if pair else []
        yield pa.RecordBatch.from_arrays([*arrays, *points], schema=schema)


def _blobs(file: Any, asked: Asked) -> set[str]:
    """Name the columns of bytes that are no geometry: they are not read at all."""
    geometry = None if _pair(file, asked) else _geometry(file)[0]
    return {
        each.name
        for each in file.schema_arrow
        if each.name != geometry and any(is_kind(_plain(each.type)) for is_kind in _BYTES)
    }


_BYTES = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_binary_view,
)


def _pair(file: Any, asked: Asked) -> tuple[str, str] | None:
    """Find the columns of the position in a Parquet without geometry; None when it has one, or neither."""
    if b"geo" in (file.schema_arrow.metadata or {}):
        return None
    there = {name.lower(): name for name in file.schema_arrow.names}
    lon, lat = (
        next((there[each] for each in names.lower().split(",") if each in there), None)
        for names in position_names(asked.get("lon"), asked.get("lat"))
    )
    return None if lon is None or lat is None else (lon, lat)


def _points(batch: pa.RecordBatch, lon: str, lat: str) -> pa.Array:
    """Write two columns of numbers as WKB points."""
    x, y = (pc.cast(batch.column(each), pa.float64()) for each in (lon, lat))
    packed = np.zeros(batch.num_rows, [("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
    packed["order"], packed["type"] = 1, 1
    packed["x"], packed["y"] = (each.to_numpy(zero_copy_only=False) for each in (x, y))
    there = pc.and_(pc.is_valid(x), pc.is_valid(y)).to_pylist()
    return pa.array(
        [each.tobytes() if here else None for each, here in zip(packed, there, strict=True)], pa.binary()
    )


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type)
    return kind


def _geometry(file: Any) -> tuple[str, dict[str, Any]]:
    """Find the primary geometry and what its metadata say."""
    try:
        geo = json.loads((file.schema_arrow.metadata or {})[b"geo"])
        name = str(geo["primary_column"])
        column = dict(geo["columns"][name])
    except (KeyError, ValueError, TypeError):
        raise InvalidInput.at(
            "body", "is a Parquet without GeoParquet metadata and without columns lon and lat"
        ) from None
    if column.get("encoding") != "WKB":
        raise InvalidInput.at("body", f"its geometry is not stored as WKB but as {column.get('encoding')}")
    if file.schema_arrow.names.count(name) != 1:
        raise InvalidInput.at("body", f"has no column '{name[:60]}', which its metadata name")
    return name, column


def _boxes(file: Any) -> set[str]:
    """Name the columns that only cover another one (bbox) and further geometries, which are not carried."""
    geo = json.loads((file.schema_arrow.metadata or {})[b"geo"])
    covering = {
        str(paths["xmin"][0])
        for column in geo["columns"].values()
        if (paths := column.get("covering", {}).get("bbox"))
    }
    return covering | (set(geo["columns"]) - {geo["primary_column"]})

"""GeoParquet 1.1: WKB, a column of boxes to skip row groups by, row groups of a size that readers like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers.encoders.names import free
from layers.encoders.source import Source
from layers.encoders.systems import projjson
from layers.encoders.tables import Shape

GROUP_ROWS = 65_536
GROUP_BYTES = 32 * 2**20
"""A row group ends with the first batch beyond either."""
SIDES = ("xmin", "ymin", "xmax", "ymax")


class _Seen:
    """The box and the kinds of the geometries so far."""

    def __init__(self) -> None:
        self.box = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self.kinds: set[str] = set()

    def add(self, shapes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Take geometries into account; returns their boxes, NaN where there is none."""
        boxes: npt.NDArray[np.float64] = shapely.bounds(shapes)
        if np.isfinite(boxes).any():
            self.box[:2] = np.fmin(self.box[:2], np.nanmin(boxes[:, :2], axis=0))
            self.box[2:] = np.fmax(self.box[2:], np.nanmax(boxes[:, 2:], axis=0))
        numbers = shapely.get_type_id(shapes) * 2 + shapely.has_z(shapes)
        self.kinds |= {_kind(int(number)) for number in np.unique(numbers[~shapely.is_missing(shapes)])}
        return boxes


def write_geoparquet(source: Source, path: Path) -> None:
    """Write the file; the watermark is the metadata `citygrid:export`."""
    table, seen = Shape(source.export, lists=True), _Seen()
    cover = free(["bbox"], table.schema.names)[0]
    schema = table.schema
    if table.geometry is not None:
        schema = schema.append(pa.field(cover, pa.struct([(side, pa.float64()) for side in SIDES])))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(_covered(source, table, schema, seen)):
            writer.write_table(pa.Table.from_batches(group, schema))
        if table.geometry is not None:
            geo = _geo(source, table.geometry, cover, seen)
            writer.add_key_value_metadata({"geo": orjson.dumps(geo).decode()})
        mark = orjson.dumps(source.export.mark.words).decode()
        writer.add_key_value_metadata({"citygrid:export": mark})


def _covered(source: Source, table: Shape, schema: pa.Schema, seen: _Seen) -> Iterator[pa.RecordBatch]:
    for batch in source.wkb():
        plain = table.fill(batch)
        if table.geometry is None:
            yield plain
            continue
        boxes = seen.add(shapely.from_wkb(np.array(batch.shapes, object)))
        missing = pa.array(np.isnan(boxes[:, 0]))
        sides = list(map(pa.array, boxes.T.copy()))
        cover = pa.StructArray.from_arrays(sides, names=list(SIDES), mask=missing)
        yield pa.RecordBatch.from_arrays([*plain.columns, cover], schema=schema)


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(map(len, group)) >= GROUP_ROWS or sum(each.nbytes for each in group) >= GROUP_BYTES:
            yield group
            group = []
    if group:
        yield group


def _geo(source: Source, geometry: str, cover: str, seen: _Seen) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(seen.kinds),
        "crs": projjson(source.export.crs),
        "covering": {"bbox": {side: [cover, side] for side in SIDES}},
    }
    if np.isfinite(seen.box).all():
        column["bbox"] = seen.box.tolist()
    return {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}


_TYPES = (
    "Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection",
)  # fmt: skip


def _kind(number: int) -> str:
    return f"{_TYPES[number // 2]} Z" if number % 2 else _TYPES[number // 2]

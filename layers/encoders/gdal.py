"""FlatGeobuf and GeoPackage, written by GDAL from a stream of Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from layers.encoders.flatgeobuf_index import Boxes, add_index
from layers.encoders.names import free
from layers.encoders.shapes import Kinds
from layers.encoders.source import Batch, Source
from layers.encoders.systems import gdal_name
from layers.encoders.tables import Shape
from spatial.errors import Unavailable


def write_flatgeobuf(source: Source, path: Path) -> None:
    """Write FlatGeobuf; the watermark is its description.

    A feature without geometry forbids the index. A mixture of kinds loses its heights: GDAL writes them for
    one kind only.
    """
    options = {"SPATIAL_INDEX": "NO", "TITLE": source.export.title, "DESCRIPTION": source.export.mark.line}
    if source.kinds.gaps or not source.kinds.count or not source.export.with_geometry:
        _write(source, path, "FlatGeobuf", options, {})
        return
    plain, boxes = path.with_name(f"{path.stem}_plain.fgb"), _Boxes(source.kinds.count)
    try:
        _write(source, plain, "FlatGeobuf", options, {}, boxes.add)
        # What Arrow keeps for the next batch is as large as what the index needs.
        pa.default_memory_pool().release_unused()
        add_index(plain, path, boxes.all())
    finally:
        plain.unlink(missing_ok=True)


class _Boxes:
    """The boxes around features, in the order in which they are written, in one array."""

    def __init__(self, expected: int) -> None:
        self._boxes = np.empty((expected, 4))
        self._count = 0

    def add(self, batch: Batch) -> None:
        """Take those of a batch."""
        boxes = shapely.bounds(shapely.from_wkb(np.array(batch.shapes, object)))
        until = self._count + len(boxes)
        if until > len(self._boxes):
            # Others have added features since they were counted.
            self._boxes = np.concatenate([self._boxes, np.empty((until, 4))])
        self._boxes[self._count : until] = boxes
        self._count = until

    def all(self) -> Boxes:
        """Give all of them (n, 4)."""
        return self._boxes[: self._count]


def write_geopackage(source: Source, path: Path) -> None:
    """Write a GeoPackage of one layer; the watermark stands in its description and in gpkg_metadata."""
    export = source.export
    names = Shape(export, lists=False).names
    fid, geometry = free(["fid", "geom"], names)
    options = {"FID": fid, "GEOMETRY_NAME": geometry, "IDENTIFIER": export.title}
    words = {name: str(value) for name, value in export.mark.words.items()}
    _write(source, path, "GPKG", {**options, "DESCRIPTION": export.mark.line}, words)


def _write(
    source: Source,
    path: Path,
    driver: str,
    options: dict[str, str],
    metadata: dict[str, str],
    hear: Callable[[Batch], None] = lambda _: None,
) -> None:
    # Imported here: GDAL takes a second and 60 MB that a worker without exports need not have.
    from pyogrio.errors import DataLayerError, DataSourceError
    from pyogrio.raw import write_arrow

    table, kinds, failure = Shape(source.export, lists=False), source.kinds, _Failure()

    def filled() -> Iterator[pa.RecordBatch]:
        for batch in source.wkb(kinds.multi, kinds.high):
            hear(batch)
            yield table.fill(batch)

    batches = failure.of(filled())
    try:
        write_arrow(
            pa.RecordBatchReader.from_batches(table.schema, batches),
            path,
            layer=source.export.layer.name,
            driver=driver,
            geometry_name=table.geometry,
            geometry_type=_geometry_type(kinds) if table.geometry else None,
            crs=gdal_name(source.export.crs) if table.geometry else None,
            layer_metadata=metadata or None,
            layer_options=options,
            # Of the standard's version that Debian's GDAL and QGIS know in whole.
            dataset_options={"VERSION": "1.3"} if driver == "GPKG" else None,
        )
    except (DataLayerError, DataSourceError, RuntimeError) as error:
        if failure.error is not None:
            raise failure.error from None
        raise Unavailable(f"the file cannot be written: {error}") from error


class _Failure:
    """Keeps the error of a generator that GDAL reads from, and of which it makes words of its own."""

    error: BaseException | None = None

    def of(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as error:
            self.error = error
            raise


def _geometry_type(kinds: Kinds) -> str:
    return f"{kinds.name} Z" if kinds.high and kinds.name != "Unknown" else kinds.name

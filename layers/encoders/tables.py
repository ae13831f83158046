"""Features as Arrow record batches: what GeoParquet, FlatGeobuf and GeoPackage are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from layers.encoders.names import free, id_name
from layers.encoders.source import Batch, Export

TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "date-time": pa.timestamp("us", tz="UTC"),
    "array": pa.list_(pa.string()),
    "json": pa.string(),
}
"""Type of an attribute → of its column."""


class Shape:
    """The columns of an export: names without clashes (capitals do not count), the schema, and the filling.

    lists: whether arrays stay lists; else they become JSON, as GDAL's formats would have it.
    """

    def __init__(self, export: Export, lists: bool) -> None:
        identifier = id_name(export)
        names = [] if identifier is None else [identifier]
        names = free([*names, *(each.name for each in export.fields)], [])
        self.with_id = identifier is not None
        self.types = [*(["string"] if self.with_id else []), *(each.type for each in export.fields)]
        self.lists = lists
        self.geometry = free(["geometry"], names)[0] if export.with_geometry else None
        self.names = names
        fields = [self._field(name, kind) for name, kind in zip(names, self.types, strict=True)]
        if self.geometry is not None:
            known = {"ARROW:extension:name": "geoarrow.wkb"} if not lists else None
            fields.append(pa.field(self.geometry, pa.binary(), metadata=known))
        self.schema = pa.schema(fields)

    def fill(self, batch: Batch) -> pa.RecordBatch:
        """Make the record batch of some features."""
        columns: list[Sequence[Any]] = [batch.ids] if self.with_id else []
        columns += batch.columns
        if self.geometry is not None:
            columns.append(batch.shapes)
        arrays = [
            self._array(column, field, kind)
            for column, field, kind in zip(columns, self.schema, [*self.types, ""], strict=False)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _field(self, name: str, kind: str) -> pa.Field:
        if kind in ("array", "json") and not self.lists:
            return pa.field(name, pa.string(), metadata={"ARROW:extension:name": "arrow.json"})
        if kind == "date-time" and not self.lists:
            # GDAL keeps thousandths; it would round the last ones of a minute up to a 60th second.
            return pa.field(name, pa.timestamp("ms", tz="UTC"))
        return pa.field(name, TYPES[kind])

    def _array(self, column: Sequence[Any], field: pa.Field, kind: str) -> pa.Array:
        if kind == "array":
            column = [_flat(value) if self.lists else _json(value) for value in column]
        return pa.array(column, field.type)


def _json(value: list[Any] | None) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _flat(value: list[Any] | None) -> list[str | None] | None:
    """Rows of an array of arrays become JSON."""
    if value is None or not any(isinstance(each, list) for each in value):
        return value
    return [_json(each) for each in value]

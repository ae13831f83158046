"""The pages of a service, saved as files, read as one layer; runs in the process of read_features_child.py.

Each page says on its own which attributes it has and of which type. What differs between pages is joined:
whole numbers and fractions become fractions, anything else text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spatial.errors import InvalidInput
from spatial.geometry.read_features import BATCH_ROWS, GEOMETRY

Asked = dict[str, Any]
SCHEMA_FILE = "schema.xsd"
"""Beside pages of GML: the types of the attributes, without which a code 0110 would become a number."""
_BLOCK = 2**20


def about(asked: Asked, gdal: Any) -> list[dict[str, Any]]:
    """Describe the one layer of a folder of pages; by the first page that has a place."""
    found = None
    for path in _pages(asked):
        info = gdal.read_info(path, layer=0, **_opening(asked))
        if found is None or (found["geometry_type"] is None and info["geometry_type"] is not None):
            found = info
    if found is None or found["geometry_type"] is None:
        raise InvalidInput.at("layer", "has no features with a place")
    return [
        {
            "name": asked["stem"],
            "crs": found["crs"],
            "features": -1,
            "path": asked["path"],
            "kind": asked["kind"],
        }
    ]


def batches(asked: Asked, gdal: Any) -> Iterator[pa.RecordBatch]:
    """Read all pages in their order, in one schema."""
    schema = _joined([_schema(path, asked, gdal) for path in _pages(asked)])
    yield pa.RecordBatch.from_arrays([pa.nulls(0, each.type) for each in schema], schema=schema)
    for path in _pages(asked):
        with _opened(path, asked, gdal) as (names, reader):
            for batch in reader:
                yield _as(schema, dict(zip(names, batch.columns, strict=True)), batch.num_rows)


def _pages(asked: Asked) -> list[Path]:
    pages = sorted(Path(asked["path"]).glob("page-*"))
    if asked["kind"] == "GML_PAGES":
        for each in (*pages, Path(asked["path"]) / SCHEMA_FILE):
            _refuse_entities(each)
    return [each for each in pages if each.suffix != ".gfs"]


def _refuse_entities(path: Path) -> None:
    """Refuse a DTD wherever it stands, and texts in which it could not be seen."""
    if not path.exists():
        return
    last = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if b"<!DOCTYPE" in last + block or b"<!ENTITY" in last + block or b"\0" in block:
                raise InvalidInput.at("url", "answers XML with a DTD, or in an encoding that is not read")
            last = block[-16:]


def _opening(asked: Asked) -> dict[str, Any]:
    """Options that GDAL opens a page with; without them GML would fetch its schema from the network."""
    if asked["kind"] != "GML_PAGES":
        return {}
    schema = Path(asked["path"]) / SCHEMA_FILE
    return {
        "DOWNLOAD_SCHEMA": "NO",
        "FORCE_SRS_DETECTION": "YES",
        **({"XSD": str(schema)} if schema.exists() else {}),
    }


def _opened(path: Path, asked: Asked, gdal: Any) -> Any:
    return _Opened(path, asked, gdal)


class _Opened:
    """A page while it is read: names of its columns, the geometry's as ours, and its batches."""

    def __init__(self, path: Path, asked: Asked, gdal: Any) -> None:
        self._lent = gdal.raw.open_arrow(
            path, layer=0, batch_size=BATCH_ROWS, use_pyarrow=True, **_opening(asked)
        )

    def __enter__(self) -> tuple[list[str], Any]:
        info, reader = self._lent.__enter__()
        own = info["geometry_name"] or "wkb_geometry"
        return [GEOMETRY if each == own else each for each in reader.schema.names], reader

    def __exit__(self, *error: Any) -> None:
        self._lent.__exit__(*error)


def _schema(path: Path, asked: Asked, gdal: Any) -> dict[str, pa.DataType]:
    with _opened(path, asked, gdal) as (names, reader):
        return dict(zip(names, reader.schema.types, strict=True))


def _joined(schemas: list[dict[str, pa.DataType]]) -> pa.Schema:
    """Join the columns of all pages; a page without places has no geometry."""
    types: dict[str, pa.DataType] = {}
    for schema in schemas:
        for name, kind in schema.items():
            types[name] = _wider(types[name], kind) if name in types else kind
    types.setdefault(GEOMETRY, pa.binary())
    return pa.schema(list(types.items()))


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one.equals(other):
        return one
    whole: Callable[[pa.DataType], bool] = pa.types.is_integer
    if whole(one) and whole(other):
        return pa.int64()
    if all(whole(each) or pa.types.is_floating(each) for each in (one, other)):
        return pa.float64()
    return pa.string()


def _as(schema: pa.Schema, found: dict[str, pa.Array], rows: int) -> pa.RecordBatch:
    columns = [
        _cast(found[each.name], each.type) if each.name in found else pa.nulls(rows, each.type)
        for each in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type.equals(kind):
        return column
    if pa.types.is_string(kind) and pa.types.is_nested(column.type):
        return pa.array([None if each is None else str(each) for each in column.to_pylist()], kind)
    return pc.cast(column, kind, safe=False)

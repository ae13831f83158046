"""Read files back with readers that are not ours: GDAL, pyarrow, the csv and json modules."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pyogrio
import shapely

from spatial.geometry.crs import Crs

Features = dict[str, tuple[Any, dict[str, Any]]]
"""Identifier → geometry (x before y) and attributes."""


def _json(path: Path, crs: Crs, member: str = "geometry") -> Features:
    found = {}
    for each in json.loads(path.read_bytes())["features"]:
        shape = each[member] or each["geometry"]
        found[each["id"]] = (shapely.from_geojson(json.dumps(shape)) if shape else None, each["properties"])
    return found


def _json_fg(path: Path, crs: Crs) -> Features:
    """In `place` the axes are the system's own."""
    found = _json(path, crs, "place")
    return {
        name: (_flipped(shape) if crs.northing_first else shape, values)
        for name, (shape, values) in found.items()
    }


def _flipped(shape: Any) -> Any:
    return shapely.transform(shape, lambda points: points[:, ::-1]) if shape is not None else None


def _sequence(path: Path, crs: Crs) -> Features:
    texts = path.read_bytes().split(b"\x1e")
    assert texts[0] == b""
    found = {}
    for text in texts[1:]:
        assert text.endswith(b"\n")
        assert text.count(b"\n") == 1
        each = json.loads(text)
        if each["type"] == "Feature":
            shape = each["geometry"]
            found[each["id"]] = (
                shapely.from_geojson(json.dumps(shape)) if shape else None,
                each["properties"],
            )
    return found


def _csv(path: Path, crs: Crs) -> Features:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pair = ("lon", "lat") if crs.in_degrees else ("x", "y")
    found: Features = {}
    for row in rows:
        if "wkt" in row:
            shape = shapely.from_wkt(row["wkt"]) if row["wkt"] else None
        else:
            axes = [row[name] for name in (*pair, "z") if name in row]
            shape = shapely.Point(*map(float, axes)) if all(axes) else None
        found[row["id"]] = (shape, row)
    return found


def _parquet(path: Path, crs: Crs) -> Features:
    file = pq.ParquetFile(path)
    geo = json.loads(file.metadata.metadata[b"geo"])
    column = geo["primary_column"]
    return {row["id"]: (shapely.from_wkb(row[column]), row) for row in file.read().to_pylist()}


def _gdal(path: Path, crs: Crs) -> Features:
    meta, table = pyogrio.read_arrow(path)
    column = meta["geometry_name"] or "wkb_geometry"
    rows = table.drop_columns([column] if column in table.column_names else []).to_pylist()
    # GDAL's Arrow reader of FlatGeobuf stumbles over features without geometry; its other reader does not.
    shapes = pyogrio.raw.read(path, columns=[])[2]
    shapes = shapely.from_wkb(shapes) if shapes is not None else [None] * len(rows)
    return {row["id"]: (shape, row) for shape, row in zip(shapes, rows, strict=True)}


READERS: dict[str, Callable[[Path, Crs], Features]] = {
    "geojson": _json,
    "geojsonseq": _sequence,
    "jsonfg": _json_fg,
    "csv": _csv,
    "geoparquet": _parquet,
    "flatgeobuf": _gdal,
    "gpkg": _gdal,
}

"""Small files of every kind, written by GDAL and Arrow, as a stranger would send them."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio.raw
import shapely
from pyarrow import parquet

WEST, SOUTH = 116.30, 39.95
"""Beside the town of tests/spatial/rights/town.py."""
POINTS = [shapely.Point(WEST + n / 100, SOUTH + n / 100) for n in range(3)]
NAMES = ["清华", "北大", None]
DRIVERS = {
    "gpkg": "GPKG",
    "geojson": "GeoJSON",
    "kml": "KML",
    "dxf": "DXF",
    "shp": "ESRI Shapefile",
    "csv": "CSV",
}
COLUMNS = {"name": NAMES, "level": [1, 2, 3]}


def write(
    path: Path,
    geometries: list[Any],
    columns: dict[str, list[Any]] | None = None,
    crs: str | None = "EPSG:4326",
    **more: Any,
) -> Path:
    """Write features by GDAL; the extension says in which format."""
    columns = COLUMNS if columns is None else columns
    kinds = {each.geom_type for each in geometries if each is not None}
    kind = more.pop("geometry_type", None) or (kinds.pop() if len(kinds) == 1 else "Unknown")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        _write(path, geometries, columns, kind, crs, **more)
    return path


def _write(
    path: Path, geometries: list[Any], columns: dict[str, list[Any]], kind: str, crs: str | None, **more: Any
) -> None:
    import numpy as np

    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(geometries, object)),
        field_data=[
            np.array(values, object if isinstance(values[0], str) else None) for values in columns.values()
        ],
        fields=list(columns),
        geometry_type=kind,
        crs=crs,
        driver=DRIVERS[path.suffix[1:]],
        **more,
    )


def zipped(files: dict[str, bytes], path: Path) -> Path:
    """Pack files into an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def shapefile(folder: Path, name: str, *arguments: Any, **more: Any) -> Path:
    """Write a Shapefile and pack its parts; leave=('.prj',) leaves parts out."""
    leave = more.pop("leave", ())
    folder.mkdir(exist_ok=True)
    write(folder / f"{name}.shp", *arguments, **more)
    parts = {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix not in leave}
    return zipped(parts, folder.parent / f"{name}.zip")


def collection(features: list[tuple[Any, dict[str, Any]]]) -> bytes:
    """Write GeoJSON by hand: nothing is mended on the way out."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": geometry, "properties": properties}
                for geometry, properties in features
            ],
        },
        ensure_ascii=False,
    ).encode()


def point(lon: float, lat: float) -> dict[str, Any]:
    """A point as GeoJSON."""
    return {"type": "Point", "coordinates": [lon, lat]}


def geoparquet(path: Path, table: pa.Table, geometries: list[Any], **column: Any) -> Path:
    """Write GeoParquet 1.1."""
    table = table.append_column("geometry", pa.array(shapely.to_wkb(geometries), pa.binary()))
    about = {"encoding": "WKB", "geometry_types": [], **column}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def bytes_of(table: pa.Table) -> bytes:
    """Write plain Parquet into memory."""
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()

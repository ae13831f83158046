"""The process that reads a file of a stranger; see read_features.py, which starts it.

It is told by one JSON object what to read, and answers on standard output: a list of layers as JSON, or the
features of one as an Arrow IPC stream. What is wrong with the file is one JSON object on standard error.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEMORY_BYTES = 4 * 2**30
CPU_SECONDS = 900
ALLOWED = {"GPKG", "ESRI Shapefile", "GeoJSON", "CSV", "LIBKML", "DXF", "MEM"}
"""Drivers of GDAL that are left switched on."""
SWITCHED_OFF = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,GML,GPX,KML,"
    "GeoJSONSeq,ESRIJSON,TopoJSON,OGR_GMT,WAsP,OpenFileGDB,FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,OAPIF,"
    "EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,GTFS,"
    "PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP,SQLite,VRT"
)
"""The other drivers of the GDAL that we ship with; a test says when there are more."""
DRIVERS = {
    "GEOPACKAGE": "GPKG",
    "GEOJSON": "GeoJSON",
    "CSV": "CSV",
    "KML": "LIBKML",
    "DXF": "DXF",
    "SHAPEFILE": "ESRI Shapefile",
}
PAGES = {"GEOJSON_PAGES": "GeoJSON", "ESRIJSON_PAGES": "ESRIJSON", "GML_PAGES": "GML"}
"""Pages of services, saved as files, and the one driver that reads them."""
Asked = dict[str, Any]


def main() -> None:
    """Read what standard input asks for; exit 3 when the file is wrong."""
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if asked["action"] == "list":
            sys.stdout.write(json.dumps(_list(asked)))
        elif asked["action"] == "sheets":
            from spatial.geometry.read_features_sheets import as_csv

            names = as_csv(Path(asked["path"]), Path(asked["folder"]), _gdal("XLSX"), asked["most"])
            sys.stdout.write(json.dumps(names))
        else:
            _read(asked)
    except Exception as error:
        _tell(error)


def _tell(error: Exception) -> None:
    from spatial.errors import InvalidInput

    where, reason = "body", f"cannot be read: {' '.join(str(error).split())[:300] or type(error).__name__}"
    if isinstance(error, InvalidInput):
        where, reason = error.problems[0].where, error.problems[0].reason
    # Paths of this machine are nobody's business.
    reason = re.sub(r"/\S*/", "", reason)
    sys.stderr.write("\n" + json.dumps({"where": where, "reason": reason}) + "\n")
    raise SystemExit(3) from None


def _list(asked: Asked) -> list[dict[str, Any]]:
    if asked["kind"] == "PARQUET":
        from spatial.geometry import read_features_parquet

        return read_features_parquet.about(asked)
    if asked["kind"] in PAGES:
        from spatial.geometry import read_features_pages

        return read_features_pages.about(asked, _gdal(PAGES[asked["kind"]]))
    return list(_vector_layers(asked))


def _read(asked: Asked) -> None:
    import pyarrow as pa

    if asked["kind"] == "PARQUET":
        from spatial.geometry import read_features_parquet

        batches = read_features_parquet.batches(asked)
    elif asked["kind"] in PAGES:
        from spatial.geometry import read_features_pages

        batches = read_features_pages.batches(asked, _gdal(PAGES[asked["kind"]]))
    else:
        batches = _vector_batches(asked)
    first = next(batches)
    with pa.ipc.new_stream(sys.stdout.buffer, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def _gdal(*more: str) -> Any:
    """Import pyogrio with every driver that is not needed switched off, and no way out to the network.

    more: drivers that are needed beyond the usual ones.
    """
    os.environ["GDAL_SKIP"] = ",".join(each for each in SWITCHED_OFF.split(",") if each not in more)
    os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ".none"
    # Whatever a driver fetches all the same (schemas of GML) it asks a proxy that is not there.
    os.environ["GDAL_HTTP_PROXY"] = "127.0.0.1:9"
    os.environ["GDAL_PAM_ENABLED"] = "NO"
    # Not needed here, and slow to load; pyogrio goes on without them.
    absent = ("pandas", "geopandas", "shapely")
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    import pyogrio
    import pyogrio.raw

    for name in absent:
        del sys.modules[name]

    if others := set(pyogrio.list_drivers()) - ALLOWED - set(more):
        raise RuntimeError(f"drivers are not switched off: {sorted(others)}")
    return pyogrio


def _vector_layers(asked: Asked) -> Iterator[dict[str, Any]]:
    pyogrio = _gdal()
    path, kind = Path(asked["path"]), asked["kind"]
    notes: list[dict[str, Any]] = []
    encoding = _encoding(path, kind, asked.get("encoding"), notes)
    _refuse_entities(path, kind)
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    there = False
    for name in names:
        info = pyogrio.read_info(path, layer=name, encoding=encoding, **_opening(asked))
        if info["driver"] != DRIVERS[kind]:
            raise ValueError(f"it is read as {info['driver']}")
        if info["geometry_type"] is None:
            continue
        there = True
        # A file with one layer is called by its own name: data.geojson would say nothing.
        named = asked["stem"] if len(names) == 1 and kind != "GEOPACKAGE" else name
        crs = info["crs"] if kind not in ("CSV", "DXF") else None
        yield {
            "name": named, "crs": crs, "features": int(info["features"]), "path": str(path), "kind": kind,
            "encoding": encoding, "notes": [*notes, {"kind": "source_layer", "detail": name}],
        }  # fmt: skip
    if kind == "CSV" and not there:
        from spatial.errors import InvalidInput
        from spatial.geometry.read_features import NO_POSITIONS

        raise InvalidInput.at(NO_POSITIONS, "there are no columns of positions: say which with lon and lat")


def _vector_batches(asked: Asked) -> Iterator[Any]:
    import pyarrow as pa

    from spatial.geometry.read_features import BATCH_ROWS, FID, GEOMETRY

    open_arrow = _gdal().raw.open_arrow
    name = next(note["detail"] for note in asked["notes"] if note["kind"] == "source_layer")
    numbered = asked["kind"] == "GEOPACKAGE"
    with open_arrow(
        asked["path"], layer=name, encoding=asked["encoding"], batch_size=BATCH_ROWS, return_fids=numbered,
        use_pyarrow=True, **_opening(asked),
    ) as (about, reader):  # fmt: skip
        names = list(reader.schema.names)
        geometry = about["geometry_name"] or "wkb_geometry"
        renamed = [
            GEOMETRY if each == geometry else FID if numbered and each == about["fid_column"] else each
            for each in names
        ]
        schema = pa.schema(
            [reader.schema.field(at).with_name(each) for at, each in enumerate(renamed)]
        ).remove_metadata()
        yield pa.RecordBatch.from_arrays([pa.nulls(0, each.type) for each in schema], schema=schema)
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _opening(asked: Asked) -> dict[str, Any]:
    """Options that GDAL opens a file with."""
    if asked["kind"] != "CSV":
        return {}
    from spatial.geometry.read_features_csv import position_names

    lon, lat = position_names(asked.get("lon"), asked.get("lat"))
    return {
        "X_POSSIBLE_NAMES": lon, "Y_POSSIBLE_NAMES": lat,
        "AUTODETECT_TYPE": "NO" if asked.get("as_text") else "YES",
        "AUTODETECT_SIZE_LIMIT": "0", "KEEP_GEOM_COLUMNS": "YES", "EMPTY_STRING_AS_NULL": "YES",
    }  # fmt: skip


def _encoding(path: Path, kind: str, given: str | None, notes: list[dict[str, Any]]) -> str | None:
    """Name the encoding of a Shapefile's texts, or turn a CSV into UTF-8."""
    from spatial.geometry.read_features_csv import shapefile_encoding, to_utf8

    if kind == "CSV":
        to_utf8(path, given, notes)
        return None
    if kind == "SHAPEFILE":
        return shapefile_encoding(path, given, notes)
    return None


def _refuse_entities(path: Path, kind: str) -> None:
    if kind == "KML" and b"<!DOCTYPE" in path.read_bytes()[: 64 * 1024].upper():
        raise ValueError("a KML with a document type is not read")


if __name__ == "__main__":
    main()

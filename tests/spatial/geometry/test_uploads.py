"""What a file is, by content alone; real files of every kind, and files that only begin like one."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from spatial.errors import InvalidInput
from spatial.geometry.uploads import MAX_NAME_BYTES, Kind, check_kind, safe_name, sniff
from tests.spatial.table_files import parquet, stream

POINTS = geopandas.GeoDataFrame(
    {"name": ["清华", "圆明园"]}, geometry=[Point(116.33, 39.99), Point(116.3, 40.0)], crs=4326
)
TABLE = pa.table({"lon": np.full(9, 116.3), "lat": np.full(9, 40.0)})

DRIVERS = {
    "a.shp": ("ESRI Shapefile", Kind.SHAPEFILE),
    "a.gpkg": ("GPKG", Kind.GEOPACKAGE),
    "a.geojson": ("GeoJSON", Kind.GEOJSON),
    "a.kml": ("KML", Kind.KML),
    "a.gml": ("GML", Kind.GML),
    "a.dxf": ("DXF", Kind.DXF),
}


@pytest.mark.parametrize("name", DRIVERS)
def test_what_gdal_writes_is_known(tmp_path: Path, name: str) -> None:
    driver, kind = DRIVERS[name]
    written = POINTS.drop(columns="name") if driver == "DXF" else POINTS
    written.to_file(tmp_path / name, driver=driver, engine="pyogrio")
    assert sniff(tmp_path / name) == kind
    assert sniff((tmp_path / name).read_bytes()) == kind
    (tmp_path / "other.name").write_bytes((tmp_path / name).read_bytes())
    assert sniff(tmp_path / "other.name") == kind


def arrow_file() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue().to_pybytes()


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.txt", "a")
    return sink.getvalue()


def database(tmp_path: Path) -> bytes:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    return (tmp_path / "a.db").read_bytes()


GPX = b'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><wpt/></gpx>'
BODIES = {
    Kind.PARQUET: [parquet(TABLE)],
    Kind.ARROW_STREAM: [stream(TABLE), stream(TABLE.slice(0, 0))],
    Kind.ARROW_FILE: [arrow_file()],
    Kind.ZIP: [zipped()],
    Kind.GZIP: [gzip.compress(b"lon,lat\n1,2\n")],
    Kind.GPX: [
        GPX,
        b"<gpx/>",
        b"\xef\xbb\xbf" + GPX,
        GPX.decode().encode("utf-16"),
        b"<!DOCTYPE gpx []><gpx/>",
    ],
    Kind.XML: [b"<a/>", b"<?xml version='1.0'?>\n<!-- c --><svg xmlns='http://www.w3.org/2000/svg'/>"],
    Kind.GEOJSON: [
        b'{"type":"FeatureCollection","features":[]}',
        b' {"features":[' + b"{}," * 50_000 + b'{}], "type" : "FeatureCollection"}\n',
        b'{"type":"Point","coordinates":[1,2]}',
    ],
    Kind.JSON: [b"[]", b'{"points": [[1, 2]]}', b'{"type":"Topology"}', b"\xef\xbb\xbf{}"],
    Kind.CSV: [
        b"lon,lat\n1,2\n",
        "\ufeff经度,纬度\n1,2\n".encode(),
        "名称;经度\r\n海淀;116\r\n".encode("gbk"),
        b'a\tb\n"x\ny"\t2\n',
        ("a,b\n" + "海,淀\n" * 30_000).encode(),
    ],
    Kind.UNKNOWN: [
        b"",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF",
        b"MZ\x90\x00\x03" + bytes(200),
        b"\x7fELF\x02\x01\x01" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"#!/bin/sh\necho hello\n",
        b"<!DOCTYPE html><html></html>",
        b"<html><body>a</body></html>",
        b"only one column\n1\n2\n",
        b"a,b\n1,2,3\n",
        b"a,b\n1,\x002\n",
        b"PK\x03\x04",
        b"PAR1 but nothing more",
        b"ARROW1\0\0 but nothing more",
        b"\xff\xff\xff\xff\x00\x00\x00\x7f\x00\x00\x00\x00\x00\x00\x00\x00",
        b"SQLite format 3\0" + bytes(600),
        b"\x1f\x8b\x08" + b"\xff" * 30,
        b"\x00\x00\x27\x0a" + bytes(100),
        b"<",
        b"{",
        "一二三".encode("gbk"),
    ],
}


@pytest.mark.parametrize("kind", BODIES)
def test_each_kind_is_told_by_its_content(tmp_path: Path, kind: Kind) -> None:
    for number, body in enumerate(BODIES[kind]):
        assert sniff(body) == kind, body[:60]
        path = tmp_path / f"{number}.exe"
        path.write_bytes(body)
        assert sniff(path) == kind


def test_sqlite_is_no_geopackage(tmp_path: Path) -> None:
    assert sniff(database(tmp_path)) == Kind.SQLITE


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.PARQUET, parquet(TABLE)),
        (Kind.ARROW_FILE, arrow_file()),
        (Kind.ZIP, zipped()),
    ],
)
def test_what_is_cut_off_is_none(kind: Kind, body: bytes) -> None:
    assert sniff(body) == kind
    assert sniff(body[:-1]) == Kind.UNKNOWN


@given(st.binary(max_size=300))
def test_anything_at_all_has_an_answer(body: bytes) -> None:
    assert isinstance(sniff(body), Kind)


@given(st.sampled_from([body for bodies in BODIES.values() for body in bodies]), st.data())
def test_damaged_files_have_an_answer(body: bytes, data: st.DataObject) -> None:
    damaged = bytearray(body[:2000])
    for _ in range(data.draw(st.integers(0, 5))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(sniff(bytes(damaged)), Kind)


def test_a_contradiction_is_said_in_words() -> None:
    check_kind(b"lon,lat\n1,2\n", Kind.CSV)
    check_kind(b"who knows", Kind.CSV)
    with pytest.raises(InvalidInput, match="is a ZIP archive, but the Content-Type says CSV"):
        check_kind(zipped(), Kind.CSV)
    with pytest.raises(InvalidInput, match="is CSV, but the Content-Type says Parquet"):
        check_kind(b"lon,lat\n1,2\n", Kind.PARQUET)


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system32\\道路.shp": "道路.shp",
    "C:\\数据\\道路 2026.SHP": "道路 2026.SHP",
    "a\x00b\u202egpj.exe": "a_b_gpj.exe",
    ".htaccess": "htaccess",
    "-rf": "rf",
    "...": "file",
    "": "file",
    "/": "file",
    "CON.txt": "_CON.txt",
    "lpt1": "_lpt1",
    "<script>.svg": "script.svg",
    "报" * 100 + ".geojson": "报" * 37 + ".geojson",
    "a" * 500: "a" * (MAX_NAME_BYTES - 1),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_become_safe(name: str) -> None:
    assert safe_name(name) == NAMES[name]


@given(st.text())
def test_every_name_becomes_one_segment(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set("/\\:\0\n")
    assert safe not in (".", "..")
    assert safe[0] not in ".- "
    assert safe_name(safe) == safe

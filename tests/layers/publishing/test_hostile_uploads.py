"""Files that were made to do harm: refused with a reason, or read; never a crash, and nothing is left."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from layers.imports import PublishOptions
from layers.publish import replace_file, sweep
from layers.publish_about import withdraw_layer
from spatial.errors import CitygridError, Conflict, InvalidInput, NotFound
from tests.layers.publishing.conftest import OWNER, Desk, found
from tests.layers.publishing.files import POINTS, collection, geoparquet, point, shapefile, write, zipped

VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>"
)
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&b;</name><Point><coordinates>116,40</coordinates></Point></Placemark></kml>'
)
GDALG = (
    b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd",'
    b' "x": {"type": "FeatureCollection"}}'
)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.vrt", VRT),
        ("a.kml", ENTITIES),
        ("a.json", GDALG),
        ("a.geojson", b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": 7}'),
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 600),
        ("a.dxf", b"0\nSECTION\n2\nENTITIES\n" + b"0\nLINE\n" * 1000),
        ("a.csv", b"lon,lat\n" + b"x,y\n" * 10),
        ("a.parquet", b"PAR1" + b"\0" * 20 + b"\x08\0\0\0PAR1"),
        ("a.xlsx", b"PK\x03\x04nothing"),
    ],
)
def test_what_is_no_file_of_features_is_refused(desk: Desk, name: str, body: bytes) -> None:
    path = desk.folder / name
    path.write_bytes(body)
    with pytest.raises(InvalidInput) as refused:
        desk.publish(path, crs="EPSG:4326")
    assert "passwd" not in str(refused.value) and str(desk.folder) not in str(refused.value)
    assert desk.left_over() == (0, 0, 0)


def test_an_archive_must_be_sound(desk: Desk) -> None:
    bomb = desk.folder / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 60_000_000)
    climbing = zipped({"../../a.geojson": collection([(point(1, 1), {})])}, desk.folder / "c.zip")
    nothing = zipped({"readme.txt": b"hello"}, desk.folder / "n.zip")
    for path in (bomb, climbing, nothing):
        with pytest.raises(InvalidInput):
            desk.publish(path)
    assert desk.left_over() == (0, 0, 0)
    assert not (desk.folder.parent / "a.geojson").exists()


def test_an_archive_of_several_files(desk: Desk) -> None:
    one = collection([(point(116, 40), {"n": 1})])
    path = zipped(
        {"folder/a.geojson": one, "b.json": one, "__MACOSX/c.geojson": one}, desk.folder / "many.zip"
    )
    assert {each.layer for each in desk.publish(path)} == {"a", "b"}


def test_a_shapefile_without_its_parts(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="one part of a Shapefile"):
        write(desk.folder / "a.shp", POINTS)
        desk.publish(desk.folder / "a.shp")
    alone = zipped({"a.shp": (desk.folder / "a.shp").read_bytes()}, desk.folder / "alone.zip")
    with pytest.raises(InvalidInput):
        desk.publish(alone, crs="EPSG:4326")
    bare = shapefile(desk.folder / "s", "bare", POINTS, leave=(".prj",))
    with pytest.raises(InvalidInput) as refused:
        desk.publish(bare)
    assert refused.value.problems[0].where == "crs"
    assert desk.one(bare, crs="EPSG:4490")[0].srid == 4490


def test_a_geopackage_whose_view_asks_for_more(desk: Desk) -> None:
    """A view that calls functions of SQLite: they are off, or harmless; nothing of this machine gets out."""
    path = write(desk.folder / "v.gpkg", POINTS)
    with sqlite3.connect(path) as file:
        file.execute("CREATE VIEW spy AS SELECT fid, geom, readfile('/etc/passwd') AS name FROM v")
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " VALUES ('spy', 'features', 'spy', 4326)"
        )
        file.execute("INSERT INTO gpkg_geometry_columns VALUES ('spy', 'geom', 'POINT', 4326, 0, 0)")
    try:
        outcomes = desk.publish(path)
    except InvalidInput:
        return
    for outcome in outcomes:
        from layers.catalogue import layer

        assert not any("root" in str(row) for row in desk.rows(layer(desk.owner, outcome.layer)))


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet", "zip", "dxf", "kml"])
def test_damaged_files_are_read_or_refused(desk: Desk, kind: str) -> None:
    rng = random.Random(kind)
    source = {
        "parquet": lambda: geoparquet(desk.folder / "s.parquet", pa.table({"n": [1, 2, 3]}), POINTS),
        "zip": lambda: shapefile(desk.folder / "s", "s", POINTS),
        "dxf": lambda: write(desk.folder / "s.dxf", POINTS, {"Layer": ["0"] * 3}, crs=None),
    }.get(kind, lambda: write(desk.folder / f"s.{kind}", POINTS))()
    whole = source.read_bytes()
    for number in range(6):
        body = bytearray(whole)
        for _ in range(rng.choice([1, 3, 30])):
            body[rng.randrange(len(body))] = rng.randrange(256)
        path = desk.folder / f"{number}.{kind}"
        path.write_bytes(body[: rng.choice([len(body), rng.randrange(len(body)) + 1])])
        try:
            desk.publish(path, crs="EPSG:4326")
        except CitygridError as error:
            assert str(desk.folder) not in str(error)
    assert desk.left_over()[0] == desk.left_over()[1] == desk.left_over()[2]


def test_the_reading_process_knows_nothing_of_ours(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither addresses nor secrets are in its environment, and other drivers of GDAL are off."""
    from spatial.geometry import read_features

    monkeypatch.setenv("CITYGRID_DATABASE_URL", "postgresql://secret")
    seen = {}
    started = subprocess.Popen

    def watch(*arguments, **options):
        seen.update(options["env"])
        return started(*arguments, **options)

    monkeypatch.setattr(read_features.subprocess, "Popen", watch)
    desk.publish(write(desk.folder / "a.gpkg", POINTS))
    assert not any("CITYGRID" in name for name in seen)


@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_a_bomb_of_memory_ends_the_reading_alone(desk: Desk, kind: str) -> None:
    """Ten million letters of one text, again and again: this process does not grow by what it unpacks to."""
    long = b"a" * 10_000_000
    values = pa.array([long] * 100, pa.large_binary())
    values = values.cast(pa.large_string()) if kind == "text" else values
    path = geoparquet(
        desk.folder / "bomb.parquet", pa.table({"x": values.dictionary_encode()}), [POINTS[0]] * 100
    )
    assert path.stat().st_size < 20_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if kind == "text":
        with pytest.raises(InvalidInput, match="unpacks to more than"):
            desk.publish(path)
    else:
        assert found(desk.one(path)[1])["field_dropped"] == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_many_rows_pass_in_little_memory(desk: Desk) -> None:
    """A hundred thousand features; measured in a process of its own that has done nothing else."""
    rows = "\n".join(f"{n},name of {n},{116 + n / 1e6:.6f},39.95" for n in range(100_000))
    path = desk.folder / "many.csv"
    path.write_text(f"n,name,lon,lat\n{rows}\n")
    program = (
        "import resource, sys; from pathlib import Path; from spatial.database import connect\n"
        "from layers.imports import PublishOptions; from layers.publish import publish_file\n"
        "from spatial.rights.reader import SYSTEM\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "small = Path(sys.argv[2]).with_name('small.csv'); small.write_text('n,lon,lat\\n1,116,40\\n')\n"
        "for path in (small, Path(sys.argv[2])):\n"
        "    with connect(sys.argv[1]) as connection:\n"
        "        publish_file(connection, path, path.name, PublishOptions(crs='EPSG:4326'), SYSTEM)\n"
        "    print(peak())\n"
    )
    url = desk.owner.info.dsn + f" password={desk.owner.info.password}"
    done = subprocess.run(
        [sys.executable, "-c", program, url, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    small, many = map(int, done.stdout.split())
    assert many - small < 150
    assert desk.owner.execute("SELECT features FROM layer_report WHERE layer = 'many'").fetchone() == (
        100_000,
    )


def test_a_replacement_that_fails_leaves_the_old_one(desk: Desk) -> None:
    layer, _ = desk.one(write(desk.folder / "a.gpkg", POINTS))
    broken = desk.folder / "b.geojson"
    broken.write_bytes(b"lon,lat\n1,2\n")
    with pytest.raises(InvalidInput), desk.owner.transaction():
        replace_file(desk.owner, layer.name, broken, "b", PublishOptions(), OWNER)
    assert len(desk.rows(layer)) == 3
    with pytest.raises(NotFound), desk.owner.transaction():
        replace_file(desk.owner, "nothing", broken, "b", PublishOptions(), OWNER)
    with pytest.raises(Conflict), desk.owner.transaction():
        replace_file(desk.owner, "places", broken, "b", PublishOptions(), OWNER)


def test_old_versions_stay_for_their_readers_and_go_then(desk: Desk) -> None:
    from layers.catalogue import layer as read_layer

    first, _ = desk.one(write(desk.folder / "a.gpkg", POINTS), title="标题")
    path = write(
        desk.folder / "a2.gpkg", [*POINTS, shapely.Point(1, 1)], {"name": list("abcd"), "level": [1, 2, 3, 4]}
    )
    with desk.owner.transaction():
        outcome = replace_file(desk.owner, "a", path, path.name, PublishOptions(), OWNER)
    second = read_layer(desk.owner, "a")
    assert second.relation != first.relation
    assert (second.title, outcome.features) == ("标题", 4)
    assert second.published_at > first.published_at
    assert len(desk.rows(first)) == 3, "who read it still, can"
    with desk.owner.transaction():
        assert sweep(desk.owner) == [], "not at once"
        assert sweep(desk.owner, 0) == [f"published.{first.relation}"]
        withdraw_layer(desk.owner, "a")
        sweep(desk.owner, 0)
    assert desk.left_over() == (0, 0, 0)


def test_real_pipes_and_countries(desk: Desk) -> None:
    data = Path(__file__).parent.parent.parent / "data"
    layer, gas = desk.one(data / "publishing" / "schutterwald_junctions.gpkg")
    assert gas.features == 300
    assert layer.name == "junction"
    outcomes = desk.publish(data / "cql2" / "ne110m4cql2.gpkg")
    assert sorted(each.features for each in outcomes) == [13, 177, 243]
    for each in outcomes:
        assert found(each).keys() <= {"null_island", "mixed_types", "duplicate_geometry", "geometry_invalid"}

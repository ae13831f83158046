"""Every format comes in whole: names, values, texts in Chinese, positions, reference systems."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from layers.features import Selection, features
from spatial.database import session
from spatial.errors import InvalidInput
from spatial.rights.reader import Reader
from spatial.types import BBox
from tests.layers.publishing.conftest import Desk, found
from tests.layers.publishing.files import (
    NAMES,
    POINTS,
    SOUTH,
    WEST,
    bytes_of,
    collection,
    geoparquet,
    point,
    shapefile,
    write,
    zipped,
)  # fmt: skip

VIEWER = Reader(1, "v", "v", "viewer")
TOWNS = Path(__file__).parent.parent.parent / "data"


def places(desk: Desk, layer) -> list[tuple[float, float]]:
    rows = desk.rows(
        layer,
        f"ST_X(ST_Transform({layer.geometry_column}, 4326))",
        f"ST_Y(ST_Transform({layer.geometry_column}, 4326))",
    )
    return [(round(x, 6), round(y, 6)) for x, y in rows]


WANTED = [(round(each.x, 6), round(each.y, 6)) for each in POINTS]


def made(kind: str, folder: Path) -> tuple[Path, dict]:
    path = folder / f"Points 点.{kind}"
    if kind == "zip":
        return shapefile(folder / "shp", "Points 点", POINTS, encoding="utf-8"), {}
    if kind == "kmz":
        kml = write(folder / "doc.kml", POINTS, layer="points")
        return zipped({"doc.kml": kml.read_bytes()}, path), {}
    if kind == "parquet":
        return geoparquet(path, pa.table({"name": NAMES, "level": [1, 2, 3]}), POINTS), {}
    if kind == "csv":
        lines = [
            f"{name or ''},{n + 1},{each.x},{each.y}"
            for n, (name, each) in enumerate(zip(NAMES, POINTS, strict=True))
        ]
        path.write_text("\n".join(["name,level,lon,lat", *lines]))
        return path, {"crs": "EPSG:4490"}
    return write(path, POINTS, layer="points" if kind == "kml" else "Points 点"), {}


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "zip", "parquet", "csv", "kml", "kmz"])
def test_a_file_comes_in_whole(desk: Desk, kind: str) -> None:
    path, options = made(kind, desk.folder)
    layer, outcome = desk.one(path, **options)
    assert outcome.features == 3
    assert places(desk, layer) == WANTED
    name = next(each for each in layer.fields if each.name.lower() == "name")
    assert [value for (value,) in desk.rows(layer, f'"{name.name}"')] == NAMES
    assert layer.geometry_type == "point"
    with session(desk.database, VIEWER) as connection:
        (first, *_) = features(connection, layer, Selection())
    assert first["geometry"] == {"type": "Point", "coordinates": [WEST, SOUTH]}
    assert first["properties"][name.name] == "清华"
    if kind not in ("kml", "kmz"):
        assert layer.title == "Points 点"
        assert layer.name == "points_点"
        assert [value for (value,) in desk.rows(layer, "level")] == [1, 2, 3]
        assert found(outcome).keys() <= {"crs_given"}


def test_drawings_are_split_into_points_lines_and_areas(desk: Desk) -> None:
    square = shapely.box(500_000, 4_420_000, 500_100, 4_420_100)
    path = write(
        desk.folder / "plan.dxf",
        [
            shapely.Point(500_000, 4_420_000),
            shapely.LineString([(500_000, 4_420_000), (500_050, 4_420_000)]),
            square.exterior,
        ],
        {"Layer": ["井", "管", "楼"]},
        crs=None,
    )
    with pytest.raises(InvalidInput, match="does not say which reference system") as refused:
        desk.publish(path)
    assert refused.value.problems[0].where == "crs"
    assert desk.left_over() == (0, 0, 0)
    outcomes = desk.publish(path, crs="EPSG:4548")
    assert {each.layer for each in outcomes} >= {"plan_point", "plan_line"}
    assert sum(each.features for each in outcomes) == 3
    assert desk.left_over()[1] == len(outcomes), "the common table is gone"


def test_a_shapefile_in_gbk_without_a_word_of_it(desk: Desk) -> None:
    path = shapefile(
        desk.folder / "shp",
        "道路",
        POINTS,
        {"名称": ["中关村大街", "学院路", "成府路"]},
        encoding="gbk",
        leave=(".cpg",),
    )
    layer, outcome = desk.one(path)
    assert layer.title == "道路"
    assert [value for (value,) in desk.rows(layer, '"名称"')] == ["中关村大街", "学院路", "成府路"]
    assert found(outcome)["encoding"] == 1


def test_a_csv_in_gbk(desk: Desk) -> None:
    path = desk.folder / "点.csv"
    path.write_bytes("名称,经度,纬度\n中关村,116.31,39.98\n学院路,116.35,39.99\n".encode("gbk"))
    layer, outcome = desk.one(path, crs="4326")
    assert [value for (value,) in desk.rows(layer, '"名称"')] == ["中关村", "学院路"]
    assert found(outcome) == {"encoding": 1, "crs_given": 1}
    with pytest.raises(InvalidInput, match="is no encoding"):
        desk.publish(path, crs="4326", encoding="klingon")


def test_local_metres_are_kept_as_they_are(desk: Desk) -> None:
    """EPSG:4547 and its like: stored in metres, found by its WKT in a .prj, too."""
    line = shapely.LineString([(500_000.123456789, 4_420_000), (500_100, 4_420_050)])
    layer, _ = desk.one(write(desk.folder / "a.gpkg", [line], {"n": [1]}, crs="EPSG:4547"))
    assert layer.srid == 4547
    assert desk.rows(layer, "ST_X(ST_StartPoint(geom))") == [(500_000.123456789,)]
    with session(desk.database, VIEWER) as connection:
        (feature,) = features(connection, layer, Selection(bbox=BBox(113.9, 39.9, 114.1, 40.0)))
    assert feature["geometry"]["coordinates"][0] == pytest.approx([114.0, 39.91], abs=0.01)
    other, _ = desk.one(shapefile(desk.folder / "shp", "b", [line], {"n": [1]}, crs="EPSG:4549"))
    assert other.srid == 4549


def test_codes_with_leading_zeros_stay_texts(desk: Desk) -> None:
    path = desk.folder / "codes.csv"
    path.write_text("code,n,when,lon,lat\n01001,1,2026-01-01,116.3,39.9\n11002,2.5,2026-02-01,116.3,39.9\n")
    layer, _ = desk.one(path, crs="EPSG:4326", id_column="code")
    assert layer.id_column == "code"
    assert {each.name: each.type for each in layer.fields} == {
        "code": "string", "n": "number", "when": "date", "lon": "number", "lat": "number",
    }  # fmt: skip
    assert desk.rows(layer, "code") == [("01001",), ("11002",)]


def test_every_kind_of_column(desk: Desk) -> None:
    table = pa.table(
        {
            "flag": [True, None],
            "small": pa.array([1, -1], pa.int16()),
            "big": pa.array([2**40, None], pa.int64()),
            "real": [1.5, float("nan")],
            "text": ["", 'a "quoted", \\ text\nof two lines'],
            "day": pa.array([0, 20_000], pa.date32()),
            "at": pa.array([0, 10**15], pa.timestamp("us", "Asia/Shanghai")),
            "wall": pa.array([0, 10**15], pa.timestamp("us")),
            "tags": [["a", 'b"', None], []],
            "deep": [{"x": [1, 2]}, None],
            "dict": pa.array(["u", "u"]).dictionary_encode(),
            "blob": [b"\0", b"1"],
        }
    )
    layer, outcome = desk.one(geoparquet(desk.folder / "all.parquet", table, POINTS[:2]))
    with session(desk.database, VIEWER) as connection:
        first, second = (each["properties"] for each in features(connection, layer, Selection()))
    names = ("flag", "small", "big", "real", "text", "day", "tags", "deep", "dict")
    assert {key: str(first[key]) if key == "day" else first[key] for key in names} == {
        "flag": True, "small": 1, "big": 2**40, "real": 1.5, "text": "", "day": "1970-01-01",
        "tags": ["a", 'b"', None], "deep": {"x": [1, 2]}, "dict": "u",
    }  # fmt: skip
    assert second["text"] == 'a "quoted", \\ text\nof two lines'
    assert second["real"] is None
    assert "blob" not in first
    assert found(outcome) == {"field_dropped": 1, "not_a_number": 1, "time_without_zone": 2}


def test_hostile_names_of_attributes(desk: Desk) -> None:
    names = [
        '"; DROP TABLE layer; --',
        "%s %(x)s %",
        "geom",
        "fid",
        "select",
        "名" * 40,
        "a\nb",
        " ",
        "Geom",
        "id",
    ]
    path = desk.folder / "hostile.geojson"
    path.write_bytes(collection([(point(WEST, SOUTH), dict.fromkeys(names, "v"))]))
    layer, outcome = desk.one(path)
    fields = [each.name for each in layer.fields]
    assert {names[0], names[1], "geom", "fid", "select", "a_b", "Geom", "id"} <= set(fields)
    assert all(len(each.encode()) <= 63 for each in fields)
    assert found(outcome)["field_renamed"] == 3
    with session(desk.database, VIEWER) as connection:
        (feature,) = features(connection, layer, Selection(equals={names[1]: "v"}))
    assert feature["properties"][names[0]] == "v"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Main Roads (2026).geojson", "main_roads_2026"),
        ("../../etc/passwd.geojson", "passwd"),
        ("'; DROP TABLE x; --.geojson", "drop_table_x"),
        ("道路.geojson", "道路"),
        ("🗺.geojson", "layer"),
        ("basemap.geojson", "basemap_2"),
        ("x" * 200 + ".geojson", "x" * 60),
    ],
)
def test_names_of_layers_are_made_safe_and_unique(desk: Desk, name: str, safe: str) -> None:
    from layers.imports import PublishOptions
    from layers.publish import publish_file
    from tests.layers.publishing.conftest import OWNER

    path = desk.folder / "f.geojson"
    path.write_bytes(collection([(point(WEST, SOUTH), {"n": 1})]))
    with desk.owner.transaction():
        (first,) = publish_file(desk.owner, path, name, PublishOptions(), OWNER)
        (second,) = publish_file(desk.owner, path, name, PublishOptions(), OWNER)
    assert first.layer == safe
    assert second.layer not in ("", first.layer)


def test_the_layers_of_one_file_keep_their_own_names(desk: Desk) -> None:
    path = desk.folder / "two.gpkg"
    write(path, POINTS, layer="Wells 井")
    write(path, POINTS, layer="roads", append=True)
    with pytest.raises(InvalidInput, match="several layers"):
        desk.publish(path, name="x")
    assert [each.layer for each in desk.publish(path)] == ["wells_井", "roads"]
    (only,) = desk.publish(path, layer="roads", name="streets_of_mine", title="我的路")
    assert only.layer == "streets_of_mine"
    with pytest.raises(InvalidInput, match="no layer 'x'; it has"):
        desk.publish(path, layer="x")


def test_numbers_of_a_geopackage_are_its_own(desk: Desk) -> None:
    path = write(desk.folder / "n.gpkg", POINTS)
    import sqlite3

    with sqlite3.connect(path) as file:
        for each in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f'DROP TRIGGER "{each[0]}"')
        file.execute("UPDATE n SET fid = fid * 100")
    layer, _ = desk.one(path)
    assert [value for (value,) in desk.rows(layer, "fid")] == [100, 200, 300]


def test_plain_parquet_with_lon_and_lat(desk: Desk) -> None:
    path = desk.folder / "cabs.parquet"
    path.write_bytes(bytes_of(pa.table({"lon": [116.3, 116.4], "lat": [39.9, 40.0], "n": [1, 2]})))
    layer, _ = desk.one(path, crs="EPSG:4326")
    assert places(desk, layer) == [(116.3, 39.9), (116.4, 40.0)]
    path.write_bytes(bytes_of(pa.table({"n": [1, 2]})))
    with pytest.raises(InvalidInput, match="GeoParquet"):
        desk.publish(path, crs="EPSG:4326")


def test_an_unknown_system_is_transformed_and_said_so(desk: Desk) -> None:
    """A Lambert of somebody's own: PostGIS does not know it, so the positions are moved to degrees."""
    wkt = (
        pytest.importorskip("pyproj")
        .CRS.from_proj4("+proj=lcc +lat_1=30 +lat_2=62 +lon_0=105 +datum=WGS84")
        .to_wkt()
    )
    layer, outcome = desk.one(
        write(desk.folder / "own.gpkg", [shapely.Point(952_000, 4_100_000)], {"n": [1]}, crs=wkt)
    )
    assert layer.srid == 4326
    assert found(outcome)["crs_transformed"] == 1
    ((lon, lat),) = places(desk, layer)
    assert 110 < lon < 120 and 30 < lat < 45


def test_json_inside_geojson_stays_json(desk: Desk) -> None:
    path = desk.folder / "deep.geojson"
    path.write_bytes(
        collection([(point(WEST, SOUTH), {"deep": {"a": [1, {"b": None}]}, "list": ["x", "y"]})])
    )
    layer, _ = desk.one(path)
    with session(desk.database, VIEWER) as connection:
        (feature,) = features(connection, layer, Selection())
    assert feature["properties"]["list"] == ["x", "y"]
    deep = feature["properties"]["deep"]
    assert (json.loads(deep) if isinstance(deep, str) else deep) == {"a": [1, {"b": None}]}

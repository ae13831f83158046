"""Every format read back: geometries in every system, values of every type, and files of nothing."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely
from psycopg import sql

from layers.encoders.formats import FORMATS
from layers.encoders.source import BATCH_BYTES, BATCH_ROWS, _cut
from layers.features import Selection, features
from spatial.database import Database, session
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, CRS_TABLE, SHIFTED, Crs, transform_geometry
from spatial.geometry.datum import convert
from tests.layers.encoders.conftest import HOSTILE, LAYERS, MARK, TESTER, export, reading
from tests.layers.encoders.readers import READERS

SYSTEMS = {
    name: SHIFTED.get(name) or CRS_TABLE[name]
    for name in ("CRS84", "EPSG:4326", "EPSG:3857", "EPSG:4490", "EPSG:4547", "gcj02", "bd09")
}
Write = Callable[..., Path]


def truth(database: Database, name: str, crs: Crs) -> dict[str, Any]:
    """Give the geometries of a layer by identifier, moved by pyproj and our own datum, not by PostGIS."""
    layer = LAYERS[name]
    with session(database, TESTER) as connection:
        text = sql.SQL("SELECT id::text, ST_AsBinary(geom) FROM {}").format(sql.Identifier(layer.relation))
        rows = connection.execute(text).fetchall()
    stored = CRS84 if layer.srid == 4326 else CRS_TABLE[f"EPSG:{layer.srid}"]
    found = {}
    for identifier, wkb in rows:
        shape = shapely.from_wkb(wkb)
        if shape is not None and not shape.is_empty:
            flat = transform_geometry(shape, stored, CRS84 if crs.is_shifted else crs)
            found[identifier] = shapely.transform(flat, _shift(crs.datum)) if crs.is_shifted else flat
    return found


def _shift(datum: str) -> Callable[[Any], Any]:
    return lambda points: np.stack(convert(points[:, 0], points[:, 1], "wgs84", datum), axis=1)


def multi(shape: Any) -> Any:
    """Write single and multiple geometries alike."""
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", ["things", "lines", "areas"])
@pytest.mark.parametrize("form", READERS)
def test_geometries_come_back_in_every_system(
    write: Write, gallery: Database, form: str, name: str, system: str
) -> None:
    crs = SYSTEMS[system]
    wanted = truth(gallery, name, crs)
    # Some points lie where projections have no use.
    near_home = {"equals": {"mood": "fine"}} if name == "things" and not crs.in_degrees else {}
    found = READERS[form](write(form, name, crs, **near_home), crs)
    wanted = {number: wanted[number] for number in (found if near_home else wanted)}
    assert set(found) == set(wanted)
    assert len(found) >= 2
    near = 2e-9 if crs.in_degrees else 1e-3
    for identifier, shape in wanted.items():
        assert shapely.equals_exact(multi(found[identifier][0]), multi(shape), near, normalize=True), (
            identifier
        )


def test_what_a_system_cannot_express_is_the_callers_mistake(write: Write, gallery: Database) -> None:
    """The point lies beyond the pole."""
    for form in FORMATS:
        with pytest.raises(InvalidInput) as told:
            write(form, "pole", CRS_TABLE["EPSG:4547"])
        assert told.value.problems[0].where == "crs"


@pytest.mark.parametrize("form", READERS)
def test_heights_stay_and_measures_and_curves_become_plain(write: Write, form: str) -> None:
    high = READERS[form](write(form, "high"), CRS84)
    assert {shape.z for shape, _ in high.values()} == {1, 2, 3}
    mixed = READERS[form](write(form, "mixed"), CRS84)
    assert mixed["1"][0].has_z == (form != "flatgeobuf"), "GDAL writes heights of one kind only"
    types = {identifier: shape.geom_type for identifier, (shape, _) in mixed.items()}
    assert types == {"1": "Point", "2": "LineString", "3": "Polygon", "4": "GeometryCollection"}
    assert form == "flatgeobuf" or mixed["1"][0].z == 12.5
    assert not any(shape.has_m for shape, _ in mixed.values())


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(("name", "count"), [("gaps", 7), ("nothing", 0), ("shapeless", 3)])
def test_files_of_nothing_are_files(write: Write, form: str, name: str, count: int) -> None:
    path = write(form, name)
    found = READERS[form](path, CRS84)
    assert len(found) == count
    assert sum(shape is not None for shape, _ in found.values()) == (5 if name == "gaps" else 0)
    if count == 0 and form == "geojsonseq":
        assert path.read_bytes() == b""
    elif count == 0 and form == "jsonfg":
        assert len(pyogrio.list_layers(path)) == 0, "GDAL makes the layers of JSON-FG from its features"
    elif form != "geoparquet":
        assert pyogrio.read_info(path, force_feature_count=True)["features"] == count


@pytest.mark.parametrize("form", FORMATS)
def test_geometries_can_be_left_out(write: Write, form: str) -> None:
    path = write(form, "things", geometry=False, attributes=["words"])
    if form == "geoparquet":
        file = pq.ParquetFile(path)
        assert (file.schema_arrow.names, file.metadata.num_rows) == (["id", "words"], 23)
        assert b"geo" not in file.metadata.metadata
    elif form.startswith("csv"):
        line = path.read_text("utf-8-sig").splitlines()[form == "csv-sheet"]
        assert line == "id,words"
    else:
        found = READERS[form](path, CRS84)
        assert len(found) == 23
        assert all(shape is None for shape, _ in found.values())


def value(form: str, number: str, path: Path, name: str) -> Any:
    return READERS[form](path, CRS84)[number][1][name]


def test_types_of_geoparquet(write: Write) -> None:
    schema = pq.read_schema(write("geoparquet", "things"))
    types = {field.name: field.type for field in schema}
    assert types["whole"] == pa.int64()
    assert types["part"] == types["exact"] == pa.float64()
    assert types["is_listed"] == pa.bool_()
    assert types["day"] == pa.date32()
    assert types["moment"] == types["naive"] == pa.timestamp("us", tz="UTC")
    assert types["tags"] == pa.list_(pa.string())
    assert types["Words_2"] == types[HOSTILE] == types["facts"] == pa.string()
    assert "geometry_2" in types, "an attribute is called geometry"


@pytest.mark.parametrize("driver", ["flatgeobuf", "gpkg"])
def test_types_of_gdal(write: Write, driver: str) -> None:
    info = pyogrio.read_info(write(driver, "things", equals={"mood": "fine"}))
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert types["whole"] == "OFTInteger64"
    assert types["part"] == "OFTReal"
    assert types["day"] == ("OFTDate" if driver == "gpkg" else "OFTDateTime")
    assert types["moment"] == "OFTDateTime"
    subtypes = dict(zip(info["fields"], info["ogr_subtypes"], strict=True))
    assert subtypes["is_listed"] == "OFSTBoolean"
    if driver == "gpkg":
        assert subtypes["tags"] == subtypes["facts"] == "OFSTJSON"
    assert HOSTILE in types
    assert {"fid", "geometry"} <= set(types), "attributes that are called like GDAL's own columns"


@pytest.mark.parametrize("form", READERS)
def test_values_come_back(write: Write, form: str) -> None:
    with warnings.catch_warnings():
        # GDAL takes integers near the ends of 64 bits from JSON for too large; we read JSON by ourselves.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = {
            number: values for number, (_, values) in READERS[form](write(form, "things"), CRS84).items()
        }
    capital = "Words" if form.startswith("geojson") or form in ("jsonfg", "csv") else "Words_2"
    text = str if form == "csv" else lambda given: given
    assert found["7"]["words"] == "thing 7"
    assert found["7"][capital] == "W7"
    assert found["7"][HOSTILE] == "h7"
    assert int(found["102"]["whole"]) == 2**63 - 2
    assert int(found["101"]["whole"]) == -(2**63) + 1
    assert float(found["7"]["part"]) == 1.0
    assert float(found["7"]["exact"]) == 0.875
    assert found["102"]["words"] == "line\r\nbreak, \"quote\" 'apostrophe' \\ 很长😀"
    assert found["101"]["mood"] == "糟"
    assert found["102"][HOSTILE] == "\u2028"
    assert str(found["7"]["is_listed"]).lower() in ("false", "0", "0.0")
    assert str(found["7"]["day"])[:10].replace("/", "-") == "2026-01-08"
    nothing = {"", None} if form == "csv" else {None}
    for name in ("words", "moment", "day", "uid"):
        given = found["100"][name]
        assert given is None or given in nothing or given != given, name
    assert found["102"]["geometry"] == text("")


@pytest.mark.parametrize("form", READERS)
def test_times_are_moments(write: Write, form: str) -> None:
    """With zone or without (then in UTC); infinity and years before Christ are nothing."""
    path = write(form, "things")
    first, last = (str(value(form, number, path, "moment")) for number in ("1", "101"))
    assert first.replace(" ", "T").replace("/", "-").startswith("2026-01-01T01:30:00.125")
    assert first.endswith(("+00:00", "Z", "00"))
    assert last in ("None", "", "nan", "NaT")
    naive = str(value(form, "102", path, "naive"))
    assert naive.replace(" ", "T").replace("/", "-").startswith("2026-06-30T23:59:59.999")
    assert str(value(form, "101", path, "day")) in ("None", "", "nan", "NaT")


@pytest.mark.parametrize("form", READERS)
def test_arrays_and_json_keep_their_form(write: Write, form: str) -> None:
    path = write(form, "things")
    tags, facts = value(form, "102", path, "tags"), value(form, "102", path, "facts")
    read = (lambda given: given) if form in ("geojson", "geojsonseq", "jsonfg") else json.loads
    assert (tags if form == "geoparquet" else read(tags)) == ["x,y", '"', None, ""]
    assert read(facts) == {"a": "<script>", "b\n": [1.5, True]}
    assert value(form, "100", path, "tags") in (None, "")


@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "jsonfg"])
def test_numbers_without_a_form_in_json_are_null(write: Write, form: str) -> None:
    path = write(form, "things")
    assert [value(form, "101", path, name) for name in ("part", "exact")] == [None, None]
    assert value(form, "102", path, "part") is None


def test_numbers_stay_nan_where_they_can(write: Write) -> None:
    assert math.isnan(value("geoparquet", "101", write("geoparquet", "things"), "part"))
    assert value("geoparquet", "102", write("geoparquet", "things"), "part") == -math.inf


def test_geojson_says_what_items_say(write: Write, gallery: Database) -> None:
    for name in ("things", "lines", "areas", "high"):
        chosen = export(name)
        with session(gallery, TESTER) as connection:
            wanted = features(connection, chosen.layer, Selection(limit=1000))
        found = json.loads(write("geojson", name).read_bytes())["features"]
        assert [each["id"] for each in found] == [each["id"] for each in wanted]
        assert [each["geometry"] for each in found] == [each["geometry"] for each in wanted]
        for mine, theirs in zip(found, wanted, strict=True):
            for key in theirs["properties"]:
                if key not in ("moment", "naive", "day", "part", "exact", "uid"):
                    assert mine["properties"][key] == theirs["properties"][key]


def test_the_selection_decides(write: Write) -> None:
    found = READERS["gpkg"](
        write(
            "gpkg",
            "things",
            sort=[("whole", True)],
            limit=3,
            equals={"is_listed": "true"},
            attributes=["words"],
        ),
        CRS84,
    )
    assert list(found) == ["20", "18", "16"]
    assert set(found["20"][1]) == {"id", "words"}


def test_order_is_by_the_attribute_and_not_by_its_text(write: Write) -> None:
    found = READERS["csv"](write("csv", "things"), CRS84)
    assert list(map(int, found)) == sorted(map(int, found)), "identifiers are whole numbers"


@pytest.mark.parametrize("system", ["CRS84", "EPSG:4490", "EPSG:4547", "gcj02"])
@pytest.mark.parametrize("form", ["geojson", "flatgeobuf", "gpkg", "geoparquet"])
def test_files_say_their_system(write: Write, form: str, system: str) -> None:
    crs = SYSTEMS[system]
    path = write(form, "lines", crs)
    if form == "geoparquet":
        geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
        said = pyproj.CRS.from_json_dict(geo["columns"]["geometry"]["crs"])
    elif form == "geojson" and system == "gcj02":
        return  # has no name that a reader knows
    else:
        said = pyproj.CRS.from_user_input(pyogrio.read_info(path)["crs"])
    if system == "gcj02":
        assert said.is_engineering
        assert "GCJ-02" in said.name
    else:
        assert said.equals(pyproj.CRS.from_epsg(crs.srid), ignore_axis_order=True)


def test_json_fg_says_where_and_when(write: Write) -> None:
    crs = SYSTEMS["EPSG:4547"]
    body = json.loads(write("jsonfg", "lines", crs).read_bytes())
    assert "http://www.opengis.net/spec/json-fg-1/1.0/conf/core" in body["conformsTo"]
    assert body["coordRefSys"] == "http://www.opengis.net/def/crs/EPSG/0/4547"
    assert (body["featureType"], body["geometryDimension"]) == ("lines", 1)
    first = body["features"][0]
    assert first["place"]["coordinates"][0] == [4420000, 495001], "northing first, as the system has it"
    assert first["geometry"]["coordinates"][0] == pytest.approx([113.94153, 39.91416], abs=1e-4)
    assert first["time"] is None
    assert pyogrio.read_info(write("jsonfg", "lines", crs))["crs"] == "EPSG:4547"
    thing = json.loads(write("jsonfg", "things").read_bytes())["features"][0]
    assert thing["place"] is None
    assert thing["time"] == {"timestamp": "2026-01-01T01:30:00.125000Z"}


def test_geoparquet_says_what_readers_skip_by(write: Write, gallery: Database) -> None:
    file = pq.ParquetFile(write("geoparquet", "areas"))
    geo = json.loads(file.metadata.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["geometry_types"] == ["MultiPolygon", "Polygon"]
    assert column["bbox"] == [114, 39, 117, 40]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    for row in file.read().to_pylist():
        assert tuple(row["bbox"].values()) == shapely.from_wkb(row["geometry"]).bounds


@pytest.mark.parametrize("form", FORMATS)
def test_every_file_says_who_took_it_and_when(write: Write, form: str) -> None:
    path = write(form, "gaps")
    if form == "csv":
        assert MARK.username not in path.read_text("utf-8"), (
            "a plain table; its record goes along in a header"
        )
    elif form == "csv-sheet":
        assert path.read_text("utf-8-sig").startswith(
            "# exported_by: tester · name: 测试 <b> · at: 2026-11-22T03:04"
        )
    elif form == "geoparquet":
        assert json.loads(pq.read_metadata(path).metadata[b"citygrid:export"]) == MARK.words
    elif form in ("geojson", "jsonfg"):
        assert json.loads(path.read_bytes())["export"] == MARK.words
    elif form == "geojsonseq":
        assert json.loads(path.read_bytes().split(b"\x1e")[1])["export"] == MARK.words
    else:
        assert pyogrio.read_info(path)["layer_metadata"]["DESCRIPTION"] == MARK.line


def test_a_long_layer_is_read_in_pieces() -> None:
    rows = [(str(n), b"x", None) for n in range(2 * BATCH_ROWS + 1)]
    assert [len(batch) for batch in _cut(iter(rows), [0, 1, 2])] == [BATCH_ROWS, BATCH_ROWS, 1]
    wide = [("1", bytes(BATCH_BYTES), None)] * 3
    assert [len(batch) for batch in _cut(iter(wide), [0, 1, 2])] == [1, 1, 1]


def test_whoever_ticks_may_stop(gallery: Database, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(_: int) -> None:
        raise Enough

    for form in FORMATS:
        with pytest.raises(Enough), reading(gallery, export("things"), tick=stop) as source:
            FORMATS[form].write(source, tmp_path / f"stopped{FORMATS[form].extension}")

"""Files of points from strangers: what is wrong is named, and nothing of a bad file is used."""

from __future__ import annotations

import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.read_files import ARROW, CSV, PARQUET, read_points
from spatial.geometry.read_tables import MAX_UNPACKED_BYTES
from tests.spatial.table_files import parquet, stream

MOST = 100_000


def assert_refused(body: bytes, form: str, where: str) -> str:
    with pytest.raises(InvalidInput) as found:
        read_points(body, form, MOST)
    assert found.value.problems[0].where == where, found.value.problems
    assert len(str(found.value)) < 5000
    return str(found.value)


POINTS = pa.table({"lon": np.linspace(116, 117, 12345), "lat": np.linspace(39, 40, 12345)})


@pytest.mark.parametrize("compression", [None, "zstd", "lz4"])
def test_compressed_streams_are_read(compression) -> None:
    found = read_points(stream(POINTS, compression=compression), ARROW, MOST)
    assert (found.lon == POINTS["lon"].to_numpy()).all()


def test_other_columns_of_a_stream_are_not_even_unpacked() -> None:
    wide = POINTS.append_column("x", pa.array(["a"] * 12345)).append_column("y", pa.array(range(12345)))
    assert read_points(stream(wide), ARROW, MOST).table.column_names == ["lon", "lat"]


@pytest.mark.parametrize("lie", [-1, 12346, 4_000_000, 2**62])
def test_a_stream_that_lies_about_its_length_is_refused(lie: int) -> None:
    """The length stands in the message; arrays longer than their memory would show other memory."""
    honest = stream(POINTS)
    body = honest.replace(struct.pack("<q", 12345), struct.pack("<q", lie))
    assert body != honest
    assert_refused(body, ARROW, "body")


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_bomb_is_refused_before_it_is_unpacked(compression: str) -> None:
    zeros = pa.array([b"\0" * (MAX_UNPACKED_BYTES + 1)], pa.large_binary())
    table = pa.table({"lon": [116.0], "lat": [40.0], "x": zeros})
    body = stream(table, compression=compression)
    assert len(body) < 5 * 2**20
    assert "unpacks to more than" in assert_refused(body, ARROW, "body")


def test_rows_are_counted_before_they_are_unpacked() -> None:
    many = pa.table({"lon": np.zeros(MOST + 1), "lat": np.zeros(MOST + 1)})
    for body, form in ((stream(many, compression="zstd"), ARROW), (parquet(many), PARQUET)):
        assert f"{MOST + 1} rows" in assert_refused(body, form, "body")
    assert_refused(b"lon,lat\n" + b"1,1\n" * (2 * MOST + 10), CSV, "body")
    assert_refused(b"lon,lat\n" + b"1,1\n" * (MOST + 1), CSV, "body")


def test_too_many_columns_are_refused() -> None:
    names = [f"c{number}" for number in range(2000)]
    table = pa.table({name: [1.0] for name in ["lon", "lat", *names]})
    assert_refused(stream(table), ARROW, "body")
    assert_refused(parquet(table), PARQUET, "body")
    assert_refused((",".join(names) + ",lon,lat\n" + "1," * 2001 + "1\n").encode(), CSV, "body")


def test_a_long_text_repeated_stays_one_text() -> None:
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(5000, np.int32)), pa.array(["x" * 2**20]))
    table = pa.table({"lon": np.full(5000, 116.0), "lat": np.full(5000, 40.0), "note": long})
    found = read_points(parquet(table, store_schema=False, compression="zstd"), PARQUET, MOST)
    assert found.table.nbytes < 10 * 2**20


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[b"x"]]),
        pa.array([{"a": b"x"}]),
        pa.array([[1, 2, 3]]),
        pa.array([b"x" * 2**20], pa.binary(2**20)),
        pa.array(["x"], pa.string_view()),
        pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}"])),
    ],
)
def test_what_parquet_can_repeat_without_end_is_refused(column: pa.Array) -> None:
    rows = 1000
    many = pa.concat_arrays([column] * rows)
    table = pa.table({"lon": np.full(rows, 116.0), "lat": np.full(rows, 40.0), "bomb": many})
    with pytest.raises(InvalidInput):
        read_points(parquet(table, compression="zstd"), PARQUET, MOST)


def test_categories_are_carried() -> None:
    names = pa.array(["a", "b", "a"]).dictionary_encode()
    table = pa.table({"lon": [116.0] * 3, "lat": [40.0] * 3, "kind": names, "none": pa.nulls(3)})
    assert read_points(parquet(table), PARQUET, MOST).table["kind"].to_pylist() == ["a", "b", "a"]


def test_a_box_of_numbers_is_carried() -> None:
    """GeoParquet 1.1 writes a covering box beside the geometry."""
    box = pa.array([{"xmin": 1.0, "ymin": 2.0, "xmax": 3.0, "ymax": 4.0}])
    table = pa.table({"lon": [116.0], "lat": [40.0], "bbox": box})
    assert read_points(parquet(table), PARQUET, MOST).table["bbox"][0].as_py()["xmax"] == 3.0


def test_texts_of_a_csv_come_back_as_they_were() -> None:
    body = b"id,code,when,none,lon,lat\n007,110108913004002110108,2020-01-01T00:00:00Z,NULL, 116.3 ,4e1\n"
    found = read_points(body, CSV, MOST)
    assert found.table.slice(0, 1).to_pylist()[0] == {
        "id": "007",
        "code": "110108913004002110108",
        "when": "2020-01-01T00:00:00Z",
        "none": "NULL",
        "lon": " 116.3 ",
        "lat": "4e1",
    }
    assert (found.lon.tolist(), found.lat.tolist()) == ([116.3], [40.0])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "body"),
        (b"lon,lat\n116.3,caf\xe9\n", "body"),
        ("经度,lat\n1,2\n".encode("gbk"), "body"),
        (b"a,b\n1,2\n", "lon"),
        (b"lon,lon,lat\n1,1,2\n", "lon"),
        (b"lon,lat\n1,2\n0x1F,3\n", "lon"),
        (b"lon,lat\n1,2\n1,\n", "lat"),
        (b"lon,lat\n1,2\n1,2,3\n", "body"),
        (b"lon,lat\n1,2\nnan,3\n", "lon"),
        (b"lon,lat\n1e300,2\n", "row[0]"),
    ],
)
def test_a_bad_csv_is_refused_by_place(body: bytes, where: str) -> None:
    assert_refused(body, CSV, where)


@pytest.mark.parametrize("body", [b"lon,lat\n", b"\xef\xbb\xbflon,lat\n", b"a,a,,lon,lat\n1,2,3,116,40\n"])
def test_an_empty_or_odd_header_is_read(body: bytes) -> None:
    assert len(read_points(body, CSV, MOST).lon) in (0, 1)


@pytest.mark.parametrize(
    "lon",
    [
        pa.array([2**63], pa.uint64()),
        pa.array([2**53 + 1], pa.int64()),
        pa.array(["116"]),
        pa.array([[116.0]]),
        pa.array([None], pa.float64()),
        pa.array([float("inf")]),
    ],
)
def test_columns_that_are_no_coordinates_are_refused(lon: pa.Array) -> None:
    with pytest.raises(InvalidInput):
        read_points(stream(pa.table({"lon": lon, "lat": [40.0]})), ARROW, MOST)


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.int8(), pa.uint16()])
def test_other_numbers_are_numbers(kind: pa.DataType) -> None:
    table = pa.table({"lon": pa.array([116], pa.float64()).cast(kind), "lat": pa.array([40.0])})
    assert read_points(stream(table), ARROW, MOST).lon.tolist() == [116.0]


def geo(about, geometry=None, primary: str = "geometry") -> bytes:
    column = geometry if geometry is not None else pa.array([shapely.to_wkb(shapely.Point(116, 40))])
    metadata = {"primary_column": primary, "columns": {primary: about}}
    return parquet(pa.table({"geometry": column}).replace_schema_metadata({"geo": json.dumps(metadata)}))


def test_geoparquet_is_read() -> None:
    assert read_points(geo({"encoding": "WKB"}), PARQUET, MOST).lon.tolist() == [116.0]
    crs = {"id": {"authority": "EPSG", "code": 4490}}
    assert read_points(geo({"encoding": "WKB", "crs": crs}), PARQUET, MOST).lat.tolist() == [40.0]


@pytest.mark.parametrize("about", [[], "WKB", None, {}, {"encoding": "point"}, 7])
def test_strange_metadata_is_refused(about) -> None:
    with pytest.raises(InvalidInput):
        read_points(geo(about), PARQUET, MOST)


@pytest.mark.parametrize("crs", ["EPSG:4326", [], 4326, True, None, {"id": "4326"}, {"id": []}, {"id": None}])
def test_a_crs_that_cannot_be_known_is_refused(crs) -> None:
    assert_refused(geo({"encoding": "WKB", "crs": crs}), PARQUET, "geometry")


@pytest.mark.parametrize(
    "geometry",
    [
        pa.array([1]),
        pa.array([1.5]),
        pa.array(["POINT (1 2)"]),
        pa.array([[1.0, 2.0]]),
        pa.array([None], pa.binary()),
        pa.array([b""]),
        pa.array([shapely.to_wkb(shapely.Point(1, 2, 3))]),
        pa.array([shapely.to_wkb(shapely.Point(1, 2), byte_order=0)]),
        pa.array([shapely.to_wkb(shapely.Point())]),
    ],
)
def test_geometry_that_is_no_point_is_refused(geometry: pa.Array) -> None:
    with pytest.raises(InvalidInput):
        read_points(geo({"encoding": "WKB"}, geometry), PARQUET, MOST)


def test_metadata_that_nests_for_ever_or_names_nothing_is_refused() -> None:
    for text in ("[" * 100_000, '{"primary_column": "gone", "columns": {"gone": {}}}', "{}", "null"):
        table = pa.table({"geometry": [b"x"]}).replace_schema_metadata({"geo": text})
        assert_refused(parquet(table), PARQUET, "body")


@example(
    235, 35, PARQUET
)  # statistics that contradict each other: asked for a column of it, Arrow ends the process
@given(st.integers(0, 800), st.integers(0, 255), st.sampled_from([ARROW, PARQUET]))
def test_a_flipped_byte_is_assert_read_or_refused(place: int, value: int, form: str) -> None:
    small = pa.table({"lon": [116.0, 116.1], "lat": [39.9, 40.0]})
    body = bytearray(stream(small) if form == ARROW else parquet(small))
    body[place % len(body)] = value
    try:
        assert len(read_points(bytes(body), form, MOST).lon) <= MOST
    except InvalidInput as error:
        assert error.problems

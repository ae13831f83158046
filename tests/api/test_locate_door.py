"""The door of point → grid: four forms in and out, one rule, and every kind of bad input."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from itertools import pairwise

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import shapely

from spatial.geometry.datum import convert
from tests.spatial.table_files import stream

ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}
CSV = {"Content-Type": "text/csv"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}
PATH = "/api/grids/locate"
TSINGHUA = (116.3265, 40.0035)


@pytest.fixture(scope="module")
def points(city_url: str) -> np.ndarray:
    """Two thousand points in and around the city, (n, 2)."""
    rng = np.random.default_rng(7)
    return rng.uniform((116.14, 39.89), (116.40, 40.09), (2000, 2))


def ask(client, lon: float, lat: float, **options: str):
    answer = client.get(PATH, params={"lon": lon, "lat": lat, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()["assignments"][0]


def test_a_point_finds_its_whole_chain_and_its_duty_person(client) -> None:
    found = ask(client, *TSINGHUA)
    assert [link["level"] for link in found["chain"]] == [1, 2, 3, 4]
    codes = [link["code"] for link in found["chain"]]
    assert codes[0] == "110108"
    assert [len(code) for code in codes] == [6, 9, 12, 15]
    assert all(code.startswith(above) for above, code in pairwise(codes))
    assert found["code"] == codes[-1]
    assert found["ruling"] == "inside"
    assert found["border_m"] > 0
    assert found["duty"]["person"]["name"]
    assert found["duty"]["basis"]["zh"].startswith("权责清单")
    assert "inside" in found["ruling_text"]["en"].lower()


def test_the_category_decides_who(client) -> None:
    anybody = ask(client, *TSINGHUA)["duty"]
    gas = ask(client, *TSINGHUA, category="01004")["duty"]
    assert gas["organisation"] != anybody["organisation"]


def test_outside_is_said(client) -> None:
    found = ask(client, 116.9, 39.5)
    assert (found["code"], found["ruling"], found["chain"], found["duty"]) == (None, "unassigned", [], None)
    assert "outside" in found["ruling_text"]["en"].lower()


def test_all_forms_answer_the_same_and_in_order(client, points) -> None:
    as_json = client.post(PATH, json={"points": points.tolist()}).json()
    expected = [found["code"] for found in as_json["assignments"]]
    assert 500 < sum(code is not None for code in expected) < 2000
    table = pa.table({"lon": points[:, 0], "lat": points[:, 1]})
    answers = [from_arrow(client, table), from_csv(client, points), from_parquet(client, points)]
    for codes, version in answers:
        assert codes == expected
        assert version == as_json["version"]
    singles = [ask(client, *point)["code"] for point in points[:50]]
    assert singles == expected[:50]


def from_arrow(client, table: pa.Table, **parameters: str):
    answer = client.post(PATH, content=stream(table), headers=ARROW, params=parameters)
    assert answer.status_code == 200, answer.text
    found = pa.ipc.open_stream(answer.content).read_all()
    return found["code"].to_pylist(), int(found.schema.metadata[b"version"])


def from_csv(client, points):
    text = "name,lon,lat\n" + "\n".join(
        f'"p{i}, x",{lon!r},{lat!r}' for i, (lon, lat) in enumerate(points.tolist())
    )
    answer = client.post(PATH, content=text, headers=CSV)
    assert answer.status_code == 200, answer.text
    options = pyarrow.csv.ConvertOptions(column_types={"code": pa.string()}, strings_can_be_null=True)
    found = pyarrow.csv.read_csv(io.BytesIO(answer.content), convert_options=options)
    assert found["name"][1].as_py() == "p1, x"
    return found["code"].to_pylist(), found["coverage_version"][0].as_py()


def geoparquet(points, crs: int) -> bytes:
    frame = geopandas.GeoDataFrame({"n": range(len(points))}, geometry=shapely.points(points), crs=crs)
    sink = io.BytesIO()
    frame.to_parquet(sink)
    return sink.getvalue()


def from_parquet(client, points):
    answer = client.post(PATH, content=geoparquet(points, 4326), headers=PARQUET)
    assert answer.status_code == 200, answer.text
    found = geopandas.read_parquet(io.BytesIO(answer.content))
    assert (shapely.get_coordinates(found.geometry) == points).all()
    assert found["n"].tolist() == list(range(len(points)))
    return [code if isinstance(code, str) else None for code in found["code"]], int(
        found["coverage_version"].iloc[0]
    )


def test_arrow_can_carry_the_border_too(client, points) -> None:
    table = pa.table({"lon": points[:, 0], "lat": points[:, 1]})
    answer = client.post(PATH, content=stream(table), headers=ARROW, params={"detail": "1"})
    found = pa.ipc.open_stream(answer.content).read_all()
    one = ask(client, *points[3])
    assert found["border_m"][3].as_py() == pytest.approx(one["border_m"], abs=1e-3)
    assert found["runner_up"][3].as_py() == (one["runner_up"] and one["runner_up"]["code"])


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "cgcs2000"])
def test_every_form_takes_a_datum(client, points, datum: str) -> None:
    lon, lat = convert(points[:, 0], points[:, 1], "wgs84", datum)
    moved = np.stack([lon, lat], axis=1)
    expected = [
        found["code"] for found in client.post(PATH, json={"points": points.tolist()}).json()["assignments"]
    ]
    table = pa.table({"lon": moved[:, 0], "lat": moved[:, 1]})
    assert from_arrow(client, table, datum=datum)[0] == expected
    answer = client.post(PATH, json={"points": moved.tolist(), "datum": datum}).json()
    assert [found["code"] for found in answer["assignments"]] == expected
    assert ask(client, *moved[0], datum=datum)["code"] == expected[0]


def test_as_of_a_moment(client) -> None:
    now = datetime.now(UTC).isoformat()
    assert ask(client, *TSINGHUA, at=now)["code"] == ask(client, *TSINGHUA)["code"]
    early = client.get(PATH, params={"lon": 116.3, "lat": 40, "at": "1999-01-01T00:00:00Z"})
    assert early.status_code == 404


def test_no_points_no_assignments(client) -> None:
    assert client.post(PATH, json={"points": []}).json()["assignments"] == []
    empty = pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})
    assert from_arrow(client, empty)[0] == []


BAD_GET = [
    ({"lon": "116.3"}, "lat"),
    ({"lat": "40"}, "lon"),
    ({"lon": "abc", "lat": "40"}, "lon"),
    ({"lon": "nan", "lat": "40"}, "lon"),
    ({"lon": "116", "lat": "inf"}, "lat"),
    ({"lon": "40", "lat": "116.3"}, "point[0]"),
    ({"lon": "181", "lat": "0"}, "point[0]"),
    ({"lon": "116", "lat": "40", "datum": "mars"}, "datum"),
    ({"lon": "116", "lat": "40", "at": "yesterday"}, "at"),
    ({"lon": "116", "lat": "40", "at": "2026-01-01T00:00:00"}, "at"),
    ({"lon": "116", "lat": "40", "category": "' OR 1=1"}, "category"),
    ({"lon": "116", "lat": "40", "colour": "red"}, "colour"),
]


def assert_refused(answer, where: str, status: int = 400) -> str:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert where in [error["where"] for error in problem["errors"]], problem
    return problem["detail"]


@pytest.mark.parametrize(("parameters", "where"), BAD_GET)
def test_a_bad_single_request_names_the_field(client, parameters, where: str) -> None:
    assert_refused(client.get(PATH, params=parameters), where)


def test_a_parameter_given_twice_is_refused(client) -> None:
    assert_refused(client.get(f"{PATH}?lon=1&lon=2&lat=3"), "lon")


def test_swapped_coordinates_are_recognised(client) -> None:
    assert "swapped" in assert_refused(client.get(PATH, params={"lon": "40", "lat": "116.3"}), "point[0]")


GOOD = [116.3, 40.0]
BAD_JSON = [
    (b"{", "body"),
    (b"[1, 2]", "body"),
    (b"{}", "points"),
    (json.dumps({"points": "no"}), "points"),
    (json.dumps({"points": [GOOD, [1]]}), "points[1]"),
    (json.dumps({"points": [GOOD, GOOD, ["1", "2"]]}), "points[2]"),
    (json.dumps({"points": [[True, False]]}), "points[0]"),
    (json.dumps({"points": [GOOD, [None, 1]]}), "points[1]"),
    (json.dumps({"points": [GOOD, [40.0, 116.3]]}), "points[1]"),
    (b'{"points": [[116, NaN]]}', "body"),
    (b'{"points": [[116, 1e999]]}', "body"),
    (json.dumps({"points": [GOOD], "datum": "wgs72"}), "datum"),
    (json.dumps({"points": [GOOD], "datum": 7}), "datum"),
    (json.dumps({"points": [GOOD], "colour": "red"}), "colour"),
    (json.dumps({"points": [GOOD] * 100_001}), "points"),
]


@pytest.mark.parametrize(("body", "where"), BAD_JSON, ids=range(len(BAD_JSON)))
def test_a_bad_json_request_names_field_and_row(client, body, where: str) -> None:
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    if b"1e999" in (body if isinstance(body, bytes) else b""):
        assert answer.status_code == 400
    else:
        assert_refused(answer, where)


def columns(lon, lat) -> pa.Table:
    return pa.table({"lon": lon, "lat": lat})


WHOLE = stream(columns([116.3] * 5000, [40.0] * 5000))
BAD_ARROW = [
    (b"", "body"),
    (b"not arrow at all", "body"),
    (WHOLE[: len(WHOLE) // 2], "body"),
    (WHOLE[:-8], "body"),
    (stream(pa.table({"x": [1.0], "y": [2.0]})), "lon"),
    (stream(columns(["116"], ["40"])), "lon"),
    (stream(columns([116.3, None], [40.0, 40.0])), "row[1]"),
    (stream(columns([116.3, 116.3, float("nan")], [40.0, 40.0, 40.0])), "row[2]"),
    (stream(columns([116.3, 40.0], [40.0, 116.3])), "row[1]"),
]


@pytest.mark.parametrize(("body", "where"), BAD_ARROW, ids=range(len(BAD_ARROW)))
def test_a_bad_arrow_stream_names_field_and_row(client, body: bytes, where: str) -> None:
    assert_refused(client.post(PATH, content=body, headers=ARROW), where)


def test_ten_million_rows_are_too_many(client) -> None:
    million = np.full(10_000_000, 1.0)
    answer = client.post(PATH, content=stream(columns(million, million)), headers=ARROW)
    assert "10000000 rows" in assert_refused(answer, "body")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(client) -> None:
    def endless():
        for _ in range(300):
            yield b"x" * 2**20

    assert_refused(client.post(PATH, content=endless(), headers=ARROW), "body", 413)


def test_a_file_in_another_crs_is_refused(client) -> None:
    answer = client.post(PATH, content=geoparquet([(440189.0, 4425322.0)], 4548), headers=PARQUET)
    assert "EPSG:4548" in assert_refused(answer, "geometry")
    assert "lon" in assert_refused(client.post(PATH, content="a,b\n1,2\n", headers=CSV), "lon")
    assert "row[1]" in assert_refused(client.post(PATH, content="lon,lat\n1,2\nx,3\n", headers=CSV), "lon")


def test_an_unknown_form_is_refused(client) -> None:
    assert_refused(
        client.post(PATH, content=b"<x/>", headers={"Content-Type": "application/xml"}), "Content-Type"
    )

"""What is found in a file is mended or said; what cannot be right is refused with a question."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.repairs import SEVERITY, Findings, Frame, Mender
from spatial.database import Database, connect
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.types import BBox
from tests.layers.publishing.conftest import Desk, found
from tests.layers.publishing.files import collection, point
from tests.spatial.rights.town import GRIDS, build, middle

LON, LAT = middle(GRIDS[0])


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture
def desk(town_url: str, as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Desk]:
    """A city of two streets."""
    database = Database(as_app(town_url), 2)
    with connect(town_url, autocommit=True) as owner:
        yield Desk(owner, database, tmp_path)


def send(desk: Desk, *geometries: dict[str, Any] | None, **options: Any) -> tuple[Any, Any]:
    path = desk.folder / "f.geojson"
    path.write_bytes(collection([(each, {"n": number}) for number, each in enumerate(geometries, 1)]))
    return desk.one(path, **options)


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[LON + x / 1e4, LAT + y / 1e4] for x, y in points]]}


SQUARE = ring((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
BOW_TIE = ring((0, 0), (1, 1), (1, 0), (0, 1), (0, 0))


def test_a_clean_file_has_nothing_to_say(desk: Desk) -> None:
    _, outcome = send(desk, point(LON, LAT), point(LON, LAT + 1e-4))
    assert outcome.problems == []


def test_invalid_shapes_are_mended_and_said(desk: Desk) -> None:
    layer, outcome = send(desk, SQUARE, BOW_TIE)
    assert found(outcome) == {"geometry_invalid": 1, "mixed_types": 1}
    (invalid,) = [each for each in outcome.problems if each["kind"] == "geometry_invalid"]
    assert invalid["examples"] == [{"feature": 2, "detail": invalid["examples"][0]["detail"]}]
    assert invalid["examples"][0]["detail"].startswith("Self-intersection; area")
    assert desk.rows(layer, "ST_IsValid(geom)", "GeometryType(geom)") == [(True, "MULTIPOLYGON")] * 2
    with pytest.raises(InvalidInput) as refused:
        send(desk, SQUARE, BOW_TIE, invalid="refuse")
    assert refused.value.problems[0].where == "feature 2"


def test_shapes_that_are_none_are_said(desk: Desk) -> None:
    flat = ring((0, 0), (1, 0), (0, 0), (0, 0))
    empty = {"type": "Polygon", "coordinates": []}
    layer, outcome = send(desk, SQUARE, None, empty, flat)
    assert found(outcome) == {"no_geometry": 2, "geometry_collapsed": 1}
    assert desk.rows(layer, "geom IS NULL") == [(False,), (True,), (True,), (True,)], "their attributes stay"


def test_heights_are_dropped_and_said(desk: Desk) -> None:
    layer, outcome = send(desk, {"type": "Point", "coordinates": [LON, LAT, 55]}, point(LON, LAT + 1e-4))
    assert found(outcome) == {"z_dropped": 1}
    assert desk.rows(layer, "ST_NDims(geom)") == [(2,), (2,)]


def test_swapped_axes_are_asked_about_and_mended_when_told(desk: Desk) -> None:
    swapped = [point(LAT + n / 1e4, LON) for n in range(3)]
    with pytest.raises(InvalidInput) as refused:
        send(desk, *swapped)
    assert refused.value.problems[0].where == "swap_axes"
    assert "look swapped" in refused.value.problems[0].reason
    layer, outcome = send(desk, *swapped, swap_axes=True)
    assert found(outcome) == {"axes_swapped": 3}
    assert desk.rows(layer, "round(ST_X(geom)::numeric, 6)::float")[0] == (round(LON, 6),)


def test_a_few_swapped_are_only_named(desk: Desk) -> None:
    there = [point(LON, LAT + n / 1e4) for n in range(4)]
    _, outcome = send(desk, *there, point(LAT, LON))
    assert found(outcome) == {"looks_swapped": 1}
    assert outcome.problems[0]["examples"] == [{"feature": 5}]


def test_metres_that_say_they_are_degrees(desk: Desk) -> None:
    metres = [point(447_000 + n, 4_427_000) for n in range(3)]
    with pytest.raises(InvalidInput) as refused:
        send(desk, *metres)
    assert refused.value.problems[0].where == "crs"
    layer, outcome = send(desk, *metres, crs="EPSG:4548")
    assert layer.srid == 4548
    assert set(found(outcome)) == {"crs_differs", "outside_city"} or set(found(outcome)) == {"crs_differs"}


def test_degrees_that_say_they_are_metres(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(desk, point(LON, LAT), crs="EPSG:4548")
    assert refused.value.problems[0].where in ("crs", "swap_axes")


def test_northing_first_in_metres(desk: Desk) -> None:
    from pyproj import Transformer

    east, north = Transformer.from_crs(4326, 4548, always_xy=True).transform(LON, LAT)
    with pytest.raises(InvalidInput) as refused:
        send(desk, point(north, east), crs="EPSG:4548")
    assert refused.value.problems[0].where == "swap_axes"
    layer, _ = send(desk, point(north, east), crs="EPSG:4548", swap_axes=True)
    ((x,),) = desk.rows(layer, "ST_X(geom)")
    assert x == pytest.approx(east)


def test_null_island_and_what_lies_elsewhere(desk: Desk) -> None:
    there = [point(LON, LAT + n / 1e4) for n in range(3)]
    _, outcome = send(desk, *there, point(0, 0), point(121.47, 31.23))
    assert found(outcome) == {"null_island": 1, "outside_city": 1}


def test_twins_and_repeated_names(desk: Desk) -> None:
    path = desk.folder / "f.geojson"
    features = [
        (point(LON, LAT), {"code": "a"}), (point(LON, LAT), {"code": "b"}),
        (point(LON, LAT + 1e-4), {"code": "a"}), (point(LON, LAT + 2e-4), {"code": None}),
    ]  # fmt: skip
    path.write_bytes(collection(features))
    layer, outcome = desk.one(path, id_column="code")
    assert layer.id_column == "fid", "a name that is not one is not used"
    assert found(outcome) == {"duplicate_geometry": 1, "duplicate_id": 2}
    kinds = {each["kind"]: each["examples"] for each in outcome.problems}
    assert kinds["duplicate_geometry"] == [{"feature": 2, "detail": "as feature 1"}]
    assert [each["feature"] for each in kinds["duplicate_id"]] == [3, 4]


def test_mixtures(desk: Desk) -> None:
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 1e-4, LAT]]}
    lines = {"type": "MultiLineString", "coordinates": [line["coordinates"]]}
    layer, outcome = send(desk, line, lines)
    assert found(outcome)["mixed_types"] == 1
    assert desk.rows(layer, "GeometryType(geom)") == [("MULTILINESTRING",)] * 2
    assert layer.geometry_type == "line"
    path = desk.folder / "m.geojson"
    bag = {"type": "GeometryCollection", "geometries": [point(LON, LAT), SQUARE]}
    path.write_bytes(collection([(point(LON, LAT), {}), (line, {}), (SQUARE, {}), (bag, {})]))
    split = {each.layer: each.features for each in desk.publish(path)}
    assert split == {"m_point": 1, "m_line": 1, "m_polygon": 2}
    (whole,) = desk.publish(path, mixed="keep", name="whole")
    assert whole.features == 4
    kinds = desk.owner.execute(
        "SELECT geometry_type FROM layer WHERE name = ANY (ARRAY['whole', 'm_polygon']) ORDER BY 1"
    ).fetchall()
    assert kinds == [("geometry",), ("polygon",)]


def test_shifted_positions_are_shifted_back(desk: Desk) -> None:
    lon, lat = convert([LON], [LAT], "wgs84", "gcj02")
    layer, outcome = send(desk, point(float(lon[0]), float(lat[0])), datum="gcj02")
    assert found(outcome) == {"datum_converted": 1}
    ((x, y),) = desk.rows(layer, "ST_X(geom)", "ST_Y(geom)")
    assert (x, y) == pytest.approx((LON, LAT), abs=1e-8)
    with pytest.raises(InvalidInput, match="is of degrees"):
        send(desk, point(447_000, 4_427_000), crs="EPSG:4548", datum="bd09")


def test_a_report_is_json_and_every_kind_has_a_severity(desk: Desk) -> None:
    _, outcome = send(desk, SQUARE, BOW_TIE, None)
    assert json.loads(json.dumps(outcome.problems)) == outcome.problems
    for each in outcome.problems:
        assert each["severity"] == SEVERITY[each["kind"]]
    (row,) = desk.owner.execute(
        "SELECT problems, features FROM layer_report WHERE layer = %s", [outcome.layer]
    ).fetchall()
    assert row == (outcome.problems, 3)


WORLD = BBox(-180, -90, 180, 90)


def mended(geometries: list[Any], **frame: Any) -> tuple[Any, Findings]:
    findings = Findings()
    mender = Mender(Frame("WGS 84", lambda x, y: (x, y), WORLD, **frame), findings)
    wkb = np.array([None if each is None else shapely.to_wkb(each) for each in geometries], object)
    return mender.mend(wkb, np.arange(1, len(geometries) + 1)), findings


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=3, max_size=9))
def test_whatever_ring_comes_valid_areas_go(points: list[tuple[float, float]]) -> None:
    (shape,), findings = mended([shapely.Polygon(points)])
    assert shape is None or (shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon"))
    assert (shape is None) == (findings.count("geometry_collapsed") + findings.count("no_geometry") == 1)


@pytest.mark.parametrize(
    "wkb", [b"", b"\x01", b"\x00" * 21, b"\x01\x01\x00\x00\x00" + b"\xff" * 16, b"GP\x00\x01"]
)
def test_shapes_that_cannot_be_read(wkb: bytes) -> None:
    findings = Findings()
    mender = Mender(Frame("WGS 84", lambda x, y: (x, y), WORLD), findings)
    (shape,) = mender.mend(np.array([wkb], object), np.array([1]))
    assert shape is None
    assert len(findings.listed()) == 1


def test_examples_are_few_and_counts_are_whole() -> None:
    _, findings = mended([shapely.Point(0, 0)] * 500)
    (one,) = findings.listed()
    assert (one["kind"], one["count"], len(one["examples"])) == ("null_island", 500, 10)

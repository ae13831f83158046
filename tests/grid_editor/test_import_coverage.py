"""Importing a coverage from files: any datum, any trouble, and a report in which every feature stands."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from psycopg import Connection

from grid_editor.cleaning import Tolerances
from grid_editor.import_coverage import Imported, ImportOptions, Outlines, import_coverage, read_outlines
from grid_editor.operations import apply, parse
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from tests.grid_editor.cities import STEP, chessboard, uid

ROOT = Path(__file__).parents[2]
STREETS = ROOT / "demo/data/beijing_townships.gpkg"
WEST, EAST = shapely.box(116.30, 39.98, 116.31, 39.99), shapely.box(116.31, 39.98, 116.32, 39.99)


def frame(**columns: Any) -> gpd.GeoDataFrame:
    """Two squares side by side."""
    return gpd.GeoDataFrame(columns, geometry=[WEST, EAST], crs=4326)


def written(tmp_path: Path, content: gpd.GeoDataFrame, name: str) -> Path:
    path = tmp_path / name
    content.to_file(path, driver={"gpkg": "GPKG", "geojson": "GeoJSON"}[path.suffix[1:]], engine="pyogrio")
    return path


def read(postgis: Connection[Any], tmp_path: Path, path: Path, **options: Any) -> Outlines:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    return read_outlines(postgis, path, path.name, folder, ImportOptions(**options), None)


def brought(outlines: Outlines, **parents: Any) -> Imported:
    return import_coverage(outlines, Tolerances(), parents)


def test_usual_column_names_are_found(postgis: Connection[Any], tmp_path: Path) -> None:
    content = frame(网格编码=["a1", "a2"], 名称=["西", "东"], 上级编码=["p", "p"])
    outlines = read(postgis, tmp_path, written(tmp_path, content, "grids.gpkg"))
    assert (outlines.codes, outlines.names, outlines.parents) == (("a1", "a2"), ("西", "东"), ("p", "p"))
    assert outlines.left_out == ()


def test_named_columns_come_first(postgis: Connection[Any], tmp_path: Path) -> None:
    content = frame(code=["x", "y"], wgbm=["1", "2"])
    path = written(tmp_path, content, "grids.geojson")
    assert read(postgis, tmp_path, path, code="wgbm").codes == ("1", "2")


def test_a_column_that_is_not_there_is_named(postgis: Connection[Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there are code") as refused:
        read(postgis, tmp_path, written(tmp_path, frame(code=["1", "2"]), "a.gpkg"), code="wgbm")
    assert refused.value.problems[0].where == "code"


def test_a_code_that_stands_twice_is_refused(postgis: Connection[Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has the code 'a' of feature 1"):
        read(postgis, tmp_path, written(tmp_path, frame(code=["a", "a"]), "a.gpkg"))


def test_features_without_an_area_are_left_out_by_name(postgis: Connection[Any], tmp_path: Path) -> None:
    content = gpd.GeoDataFrame({"code": ["1", "2", "3"]}, geometry=[WEST, None, shapely.Polygon()], crs=4326)
    outlines = read(postgis, tmp_path, written(tmp_path, content, "a.gpkg"))
    assert outlines.codes == ("1",)
    assert [one["feature"] for one in outlines.left_out] == [2, 3]


@pytest.mark.parametrize("content", ["{}", '{"type": "FeatureCollection", "features": []}', ""])
def test_a_file_without_polygons_is_refused(postgis: Connection[Any], tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(content)
    with pytest.raises(InvalidInput):
        read(postgis, tmp_path, path)


def test_gcj02_comes_back_to_where_it_is(postgis: Connection[Any], tmp_path: Path) -> None:
    shifted = shapely.transform(
        np.array([WEST, EAST]), lambda xy: np.stack(convert(xy[:, 0], xy[:, 1], "wgs84", "gcj02"), axis=1)
    )
    path = tmp_path / "a.geojson"
    features = [
        {"type": "Feature", "properties": {"code": str(at)}, "geometry": shapely.geometry.mapping(shape)}
        for at, shape in enumerate(shifted)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    outlines = read(postgis, tmp_path, path, datum="gcj02")
    assert shapely.hausdorff_distance(outlines.shapes[0], WEST) < 1e-8
    assert "datum_converted" in {finding["kind"] for finding in outlines.findings}


def test_a_shapefile_in_local_metres(postgis: Connection[Any], tmp_path: Path) -> None:
    frame(CODE=["1", "2"]).to_crs(4548).to_file(tmp_path / "grids.shp", engine="pyogrio")
    with zipfile.ZipFile(tmp_path / "grids.zip", "w") as archive:
        for part in tmp_path.glob("grids.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    outlines = read(postgis, tmp_path, tmp_path / "grids.zip")
    assert outlines.codes == ("1", "2")
    assert shapely.hausdorff_distance(outlines.shapes[1], EAST) < 1e-7


def test_which_layer_must_be_said(postgis: Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    for layer in ("new", "old"):
        frame(code=["1", "2"]).to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
    with pytest.raises(InvalidInput, match="new, old"):
        read(postgis, tmp_path, path)


def test_every_unit_stands_in_the_report_with_what_it_gave_and_got() -> None:
    overlapping = shapely.box(116.3099, 39.98, 116.32, 39.99)
    outlines = Outlines(np.array([WEST, overlapping], object), ("w", "e"), (None, None), (None, None), (), ())
    imported = brought(outlines)
    report = {one["unit"]: one for one in imported.report["units"]}
    lost = report["e"]["lost_m2"] + report["w"]["lost_m2"]
    (moved,) = imported.report["moved"]
    assert moved["area_m2"] == pytest.approx(lost)
    assert moved["claimed_by"] == ["w", "e"]
    assert 116.3099 < moved["lon"] < 116.31
    for one in report.values():
        assert one["area_after_m2"] == pytest.approx(
            one["area_before_m2"] + one["gained_m2"] - one["lost_m2"]
        )
    assert json.loads(json.dumps(imported.report)) == imported.report


def test_the_area_decides_over_a_wrong_parent() -> None:
    outlines = Outlines(np.array([WEST], object), ("w",), (None,), ("east",), (), ())
    imported = brought(outlines, west=WEST, east=EAST)
    assert imported.units[0].parent == "west"
    assert imported.report["other_parent"] == [{"unit": "w", "said": "east", "lies_in": "west"}]


def test_a_unit_that_others_cover_wholly_is_reported_as_lost() -> None:
    outlines = Outlines(np.array([WEST, WEST], object), ("a", "b"), (None, None), (None, None), (), ())
    imported = brought(outlines)
    assert len(imported.units) == 1
    assert len(imported.report["lost"]) == 1


def test_the_streets_of_haidian(postgis: Connection[Any], tmp_path: Path) -> None:
    outlines = read(postgis, tmp_path, STREETS, layer="townships")
    imported = brought(outlines)
    assert len(imported.units) == 28
    assert len(imported.report["gaps"]) == 1
    assert len(imported.report["moved"]) == 52
    assert shapely.coverage_is_valid(np.array([unit.shape for unit in imported.units]))


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_imported_can_be_put_into_a_plan(whole: bool) -> None:
    state = chessboard(4, 4)
    shift = np.array([STEP, STEP]) * 0.0003e-9
    shapes = {unit.code: state.polygon(unit.id) for unit in state.units(4)}
    shaken = [
        shapely.transform(shape, lambda xy, by=by: xy + by * shift)
        for by, shape in enumerate(shapes.values())
    ]
    outlines = Outlines(
        np.array(shaken, object), tuple(shapes), tuple(f"new {code}" for code in shapes), (None,) * 16, (), ()
    )
    parents = {unit.code: state.polygon(unit.id) for unit in state.units(3)}
    imported = import_coverage(outlines, Tolerances(snap_m=10, gap_width_m=10), parents)
    operation = parse(imported.operation(set(shapes), whole))
    after = state.apply(apply(state, operation))
    assert {unit.name for unit in after.units(4)} == {f"new {code}" for code in shapes}
    assert {unit.id for unit in after.units(4)} == {unit.id for unit in state.units(4)}
    for unit, imported_unit in zip(shapes, imported.units, strict=True):
        got = after.polygon(uid(unit))
        # What is thinner than a centimetre stays with whom it was.
        assert got.symmetric_difference(imported_unit.shape).area <= 1e-7 * got.area

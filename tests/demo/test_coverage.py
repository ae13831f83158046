"""The generated coverage: a reduced run (two streets) for every landing, the whole extent as a slow test."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from demo.generate import generate_coverage
from demo.generate.evidence import Finding, Street, _decide, read_official
from demo.generate.names import reading_order
from demo.generate.plane import to_lonlat, to_plane
from demo.generate.streets import repair_streets
from spatial.geometry.arcs import build_arcs, build_polygons

DATA = Path(__file__).parents[2] / "demo" / "data"
NEIGHBOURS = [40, 102]


class Coverage:
    """The files of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.units = geopandas.read_parquet(folder / "units.parquet")
        self.roads = geopandas.read_parquet(folder / "roads.parquet")
        self.report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        self.grids = self.units[self.units.level == 4].reset_index(drop=True)
        self.polygons = np.asarray(self.grids.geometry.array, dtype=object)

    def dissolved(self, digits: int) -> dict[str, object]:
        """Return the union of the grids by the first digits of their code."""
        groups = self.grids.groupby(self.grids.code.str[:digits]).groups
        return {code: shapely.coverage_union_all(self.polygons[rows]) for code, rows in groups.items()}


def _run(folder: Path, only: list[int] | None) -> Coverage:
    generate_coverage(DATA, folder, 7, lambda text, fraction: None, only)
    return Coverage(folder)


@pytest.fixture(scope="module")
def reduced(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    return _run(tmp_path_factory.mktemp("reduced"), NEIGHBOURS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    return _run(tmp_path_factory.mktemp("whole"), None)


def check_geometry(coverage: Coverage) -> None:
    """Check the coverage with means other than those of the generator."""
    polygons = coverage.polygons
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    arcs = build_arcs(polygons)
    rebuilt = np.array(build_polygons(arcs, len(polygons)), dtype=object)
    assert shapely.equals(shapely.normalize(rebuilt), shapely.normalize(polygons)).all()
    nano = shapely.get_coordinates(polygons) * 1e9
    assert np.abs(nano - np.rint(nano)).max() < 1e-4
    assert ((arcs.left >= 0) | (arcs.right >= 0)).all()


def check_nesting(coverage: Coverage, only: list[int] | None) -> None:
    """Check that communities hang together and streets are the repaired polygons, up to rounding."""
    assert all(shape.geom_type == "Polygon" for shape in coverage.dissolved(12).values())
    streets = repair_streets(DATA)
    source = [
        p for i, p in zip(streets.source_ids, streets.polygons, strict=True) if only is None or i in only
    ]
    ours = to_plane(np.array(list(coverage.dissolved(9).values()), dtype=object))
    assert len(ours) == len(source)
    for polygon in source:
        same = ours[shapely.contains(ours, shapely.point_on_surface(polygon))]
        assert len(same) == 1
        assert shapely.symmetric_difference(same[0], polygon).area < 1e-5 * polygon.area


def check_codes(coverage: Coverage) -> None:
    """Check codes, parents, names and flags of all levels."""
    units = coverage.units
    assert units.code.is_unique
    assert units.code.str.len().map({6: 1, 9: 2, 12: 3, 15: 4}).equals(units.level)
    below = units[units.level > 1]
    assert [c[:-3] for c in below.code] == list(below.parent_code)
    assert set(below.parent_code) <= set(units.code)
    assert units.generated.equals(units.level >= 3)
    assert units.geometry.isna().equals(units.level < 4)
    assert units[units.level >= 3].name.str.contains("生成", regex=False).all()
    real = {row.name for row in read_official(DATA)}
    for street in units[units.level == 2].itertuples():
        named = street.name in real
        assert named == isinstance(street.evidence, str) == (not street.code.startswith("1101089"))
        assert named or re.fullmatch(r"未命名\(演示\)\d\d", street.name)
    official = (DATA / "division_codes.csv").read_text(encoding="utf-8")
    assert not any(f",{name}," in official for name in units[units.level == 3].name)


def check_sizes(coverage: Coverage) -> None:
    """Check that there are no slivers and that grids of one density are of like size."""
    figures = coverage.report["grids"]
    assert figures["area_m2"]["min"] > 10_000
    assert figures["roundness"]["min"] > 0.15
    assert figures["weight"]["share_within_half_to_double_median"] >= 0.9
    for spread in figures["area_m2_by_density"].values():
        assert spread["count"] < 20 or spread["share_within_half_to_double_median"] >= 0.9
    assert coverage.report["buildings"]["share_cut_by_grid_borders"] < 0.03


def test_the_grids_are_an_exact_coverage(reduced: Coverage) -> None:
    check_geometry(reduced)


def test_communities_nest_in_streets_and_streets_are_the_repaired_ones(reduced: Coverage) -> None:
    check_nesting(reduced, NEIGHBOURS)


def test_codes_and_names_say_what_is_generated(reduced: Coverage) -> None:
    check_codes(reduced)


def test_grids_are_balanced_and_spare_buildings(reduced: Coverage) -> None:
    check_sizes(reduced)


def test_the_street_of_the_university_is_named_by_evidence(reduced: Coverage) -> None:
    named = reduced.units[(reduced.units.level == 2) & reduced.units.evidence.notna()]
    assert [(row.code, row.name) for row in named.itertuples()] == [("110108014", "清华园街道")]
    assert "12759368450" in named.evidence.iloc[0]


def test_borders_follow_the_lines_that_are_written(reduced: Coverage) -> None:
    lines = shapely.union_all(to_plane(np.asarray(reduced.roads.geometry.array)))
    streets = list(reduced.dissolved(9).values())
    given = shapely.union_all(shapely.boundary(to_plane(np.array(streets, dtype=object))))
    borders = shapely.union_all(shapely.boundary(to_plane(reduced.polygons)))
    stray = borders.difference(shapely.union_all([lines, given]).buffer(4.0, quad_segs=1))
    assert stray.length < 0.002 * borders.length
    assert set(reduced.roads.kind) <= {"road", "lane", "rail", "water", "edge"}
    assert reduced.roads.generated.any()
    assert not reduced.roads.generated.all()


def test_the_same_seed_gives_the_same_geometry(reduced: Coverage, tmp_path: Path) -> None:
    again = _run(tmp_path, NEIGHBOURS)
    digests = [hashlib.sha256(b"".join(shapely.to_wkb(c.polygons))).hexdigest() for c in (reduced, again)]
    assert digests[0] == digests[1]
    assert again.units.drop(columns="geometry").equals(reduced.units.drop(columns="geometry"))
    assert again.report == reduced.report


def test_the_repair_report_names_faults_moves_and_the_hole_that_stays() -> None:
    streets = repair_streets(DATA)
    repairs = {repair.source_id: repair for repair in streets.repairs}
    assert len(repairs) == 28
    assert repairs[89].fault.startswith("Self-intersection")
    assert repairs[87].moved_to_m2[86] == pytest.approx(9.5, abs=0.5)
    assert repairs[98].moved_to_m2[99] == pytest.approx(3_969, abs=2)
    assert [round(hole["area_m2"], -3) for hole in streets.holes] == [2_314_000]
    polygons = np.array(streets.polygons, dtype=object)
    assert shapely.coverage_is_valid(polygons)
    change = sum(r.area_after_m2 - r.area_before_m2 for r in repairs.values())
    assert abs(change) < 60
    degrees = shapely.get_coordinates(to_lonlat(polygons)) * 1e9
    assert np.abs(degrees - np.rint(degrees)).max() < 1e-4


A, B = Street("110108001", "甲街道"), Street("110108002", "乙街道")


def _finding(street: Street, polygon: int | None, weight: int = 2, inside_m: float = 400.0) -> Finding:
    return Finding(street, "feature", 1, weight, polygon, inside_m)


@pytest.mark.parametrize(
    ("findings", "named"),
    [
        pytest.param([_finding(A, 0)], A, id="one clear office"),
        pytest.param([_finding(A, 1)], None, id="lies in another polygon"),
        pytest.param([_finding(A, 0, weight=1)], None, id="a community service alone"),
        pytest.param([_finding(A, 0, inside_m=120.0)], None, id="too near the border"),
        pytest.param([_finding(A, 0), _finding(B, 0)], None, id="two streets in one polygon"),
        pytest.param([_finding(A, 0), _finding(B, 0, weight=1)], None, id="a community of another street"),
        pytest.param([_finding(A, 0), _finding(A, 1)], None, id="the same street in two polygons"),
        pytest.param([_finding(A, 0), _finding(A, None)], None, id="the same street outside the extent"),
        pytest.param([_finding(A, 0), _finding(A, 1, weight=1)], A, id="a community elsewhere is no office"),
        pytest.param([], None, id="nothing known"),
    ],
)
def test_a_name_needs_evidence_that_nothing_contradicts(
    findings: list[Finding], named: Street | None
) -> None:
    assert _decide(0, findings).street == named


def test_units_are_numbered_row_by_row_from_the_north_west() -> None:
    places = [(0, 0), (100, 0), (0, 100), (100, 110)]
    squares = np.array([shapely.box(x, y, x + 100, y + 100) for x, y in places], dtype=object)
    assert list(reading_order(squares)) == [2, 3, 0, 1]


def test_every_data_file_is_named_with_its_licence() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    files = [path for path in DATA.iterdir() if path.name != "README.md"]
    assert all(f"`{path.name}`" in readme for path in files)
    assert sum(path.stat().st_size for path in files) < 25 * 1024 * 1024


@pytest.mark.slow
def test_the_whole_extent(whole: Coverage) -> None:
    check_geometry(whole)
    check_nesting(whole, None)
    check_codes(whole)
    check_sizes(whole)
    counts = whole.report["counts"]
    assert counts["streets"] == 28
    assert counts["communities"] >= 650
    assert counts["grids"] >= 1_500
    assert list(whole.units[(whole.units.level == 2) & whole.units.evidence.notna()].name) == [
        "学院路街道",
        "清华园街道",
    ]

"""Cleaning coverages: hand-made troubles, random ones, and the real ones of Beijing and Providence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_editor.cleaning import Cleaned, Tolerances, clean
from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_polygons
from spatial.geometry.precision import snap

ROOT = Path(__file__).parents[2]
M = 1 / 111_000
"""About a metre of latitude, in degrees."""


def box(west: float, south: float, east: float, north: float) -> Any:
    """Make a box around Haidian from metres."""
    return snap(shapely.box(116.3 + west * M, 39.98 + south * M, 116.3 + east * M, 39.98 + north * M))


def polygons(cleaned: Cleaned, count: int) -> Any:
    return np.array(build_polygons(cleaned.arcs, count), dtype=object)


def check(cleaned: Cleaned, count: int) -> Any:
    """See that it is a coverage by another engine, and that every square metre is accounted for."""
    shapes = polygons(cleaned, count)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    accounted = cleaned.area_before_m2 + cleaned.gained_m2 - cleaned.lost_m2
    assert np.abs(cleaned.area_after_m2 - accounted).max() < 1.0
    return shapes


def test_what_is_clean_stays_as_it_is() -> None:
    given_shapes = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    cleaned = clean(given_shapes, Tolerances())
    assert (cleaned.moved, cleaned.gaps, cleaned.invalid, cleaned.snapped_vertices) == ((), (), (), 0)
    for shape, was in zip(check(cleaned, 2), given_shapes, strict=True):
        assert shape.symmetric_difference(was).area < 1e-15


def test_a_corner_on_a_neighbours_edge_becomes_its_vertex() -> None:
    cleaned = clean([box(0, 0, 100, 100), box(100, 0, 200, 40), box(100, 40, 200, 100)], Tolerances())
    west = check(cleaned, 3)[0]
    assert shapely.get_num_coordinates(west) == 6


def test_a_narrow_gap_goes_to_the_longest_border() -> None:
    shapes = [box(0, 0, 100, 100), box(101, 0, 200, 100), box(0, 100, 200, 150), box(0, -50, 200, 0)]
    cleaned = clean(shapes, Tolerances(snap_m=0))
    (moved,) = cleaned.moved
    assert moved.kind == "gap_closed"
    assert moved.claimed_by == ()
    assert moved.given_to in (0, 1)
    assert moved.width_m == pytest.approx(0.77, rel=0.1)
    check(cleaned, 4)


def test_a_gap_that_is_open_to_the_outside_stays() -> None:
    cleaned = clean([box(0, 0, 100, 100), box(101, 0, 200, 100)], Tolerances(snap_m=0))
    assert cleaned.moved == () == cleaned.gaps


def test_a_wide_gap_is_left_and_named() -> None:
    ring = box(0, 0, 300, 300).difference(box(100, 100, 200, 200))
    cleaned = clean([ring], Tolerances())
    (gap,) = cleaned.gaps
    assert (gap.given_to, gap.claimed_by) == (-1, ())
    assert box(100, 100, 200, 200).contains(shapely.Point(gap.lon, gap.lat))
    assert gap.area_m2 == pytest.approx(100 * 100 * 0.766, rel=0.01)


@pytest.mark.parametrize(
    ("rule", "winner"), [("longest_border", 0), ("largest", 0), ("smallest", 1), ("first", 0)]
)
def test_an_overlap_is_decided_by_the_rule(rule: Any, winner: int) -> None:
    cleaned = clean([box(0, 0, 200, 100), box(195, 30, 250, 60)], Tolerances(overlap=rule))
    (moved,) = cleaned.moved
    assert (moved.kind, moved.claimed_by, moved.given_to) == ("overlap_decided", (0, 1), winner)
    assert cleaned.lost_m2[1 - winner] == pytest.approx(moved.area_m2)
    check(cleaned, 2)


def test_a_unit_that_is_wholly_covered_is_named_as_lost() -> None:
    cleaned = clean([box(0, 0, 200, 100), box(50, 30, 60, 60)], Tolerances(overlap="largest"))
    assert cleaned.lost_units == (1,)


def test_the_same_unit_twice_is_decided_once() -> None:
    cleaned = clean([box(0, 0, 100, 100), box(0, 0, 100, 100)], Tolerances(overlap="first"))
    assert cleaned.lost_units == (1,)
    assert cleaned.area_after_m2[0] == pytest.approx(cleaned.area_before_m2[0])


def test_a_bow_tie_is_made_valid_and_named() -> None:
    tie = shapely.Polygon([(116.3, 39.98), (116.31, 39.99), (116.31, 39.98), (116.3, 39.99)])
    cleaned = clean([tie, box(2000, 0, 2100, 100)], Tolerances())
    assert cleaned.invalid == (0,)
    check(cleaned, 2)


def test_near_vertices_come_together() -> None:
    west = box(0, 0, 100, 100)
    east = shapely.transform(box(100, 0, 200, 100), lambda xy: xy + np.full(2, 0.02 * M))
    cleaned = clean([west, east], Tolerances(snap_m=0.1))
    assert cleaned.snapped_vertices == 2
    assert 0 < cleaned.snapped_most_m < 0.1
    assert cleaned.moved == ()
    check(cleaned, 2)


def test_units_nest_in_their_parents() -> None:
    parents = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    cleaned = clean([box(0, 0, 110, 100), box(110, 0, 198, 100)], Tolerances(), parents)
    assert cleaned.parent_of.tolist() == [0, 1]
    shapes = check(cleaned, 2)
    assert shapes[0].symmetric_difference(parents[0]).area < 1e-12
    assert {moved.kind for moved in cleaned.moved} == {"left_parent", "gap_closed"}
    assert shapes[1].symmetric_difference(parents[1]).area < 1e-12


def test_what_lies_outside_of_all_parents_belongs_to_nobody() -> None:
    cleaned = clean([box(-50, 0, 100, 100)], Tolerances(), [box(0, 0, 100, 100)])
    (moved,) = cleaned.moved
    assert (moved.kind, moved.given_to) == ("left_parent", -1)
    assert cleaned.lost_m2[0] == pytest.approx(moved.area_m2)
    check(cleaned, 1)


@pytest.mark.parametrize(
    "shape", [shapely.Point(116, 39), shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])]
)
def test_what_is_no_polygon_is_refused_by_its_number(shape: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean([box(0, 0, 1, 1), shape], Tolerances())
    assert [problem.where for problem in refused.value.problems] == ["unit 1"]


def test_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        clean([], Tolerances())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["longest_border", "largest", "first"]))
def test_shaken_lattices_become_coverages(seed: int, rule: Any) -> None:
    """Every corner of every cell moved on its own by up to 3 m: gaps and overlaps everywhere."""
    rng = np.random.default_rng(seed)
    cells = [box(x * 60, y * 60, x * 60 + 60, y * 60 + 60) for x in range(5) for y in range(4)]
    corners = [shapely.get_coordinates(cell)[:-1] for cell in cells]
    shaken = [shapely.Polygon(xy + rng.uniform(-3 * M, 3 * M, xy.shape)) for xy in corners]
    cleaned = clean(shaken, Tolerances(snap_m=0.5, gap_width_m=8, overlap=rule))
    check(cleaned, len(shaken))
    assert cleaned.lost_units == ()
    for moved in cleaned.moved:
        assert moved.given_to != -1


def test_the_streets_of_haidian() -> None:
    """A real layer with hairline gaps and overlaps along most borders, and an outline that crosses itself."""
    found = gpd.read_file(ROOT / "demo/data/beijing_townships.gpkg", layer="townships").to_crs(4326)
    cleaned = clean(found.geometry.to_numpy(), Tolerances())
    check(cleaned, len(found))
    assert len(cleaned.invalid) == 1
    kinds = [moved.kind for moved in cleaned.moved]
    assert (kinds.count("gap_closed"), kinds.count("overlap_decided")) == (21, 31)
    assert sum(moved.area_m2 for moved in cleaned.moved) == pytest.approx(92.7, abs=1)
    assert len(cleaned.gaps) == 1
    assert cleaned.lost_units == ()


def test_the_precincts_of_providence_in_their_districts() -> None:
    path = ROOT / "tests/data/providence.gpkg"
    found = gpd.read_file(path, layer="precincts").to_crs(4326)
    districts = gpd.read_file(path, layer="districts").to_crs(4326).geometry.to_numpy()
    cleaned = clean(found.geometry.to_numpy(), Tolerances(), districts)
    shapes = check(cleaned, len(found))
    for shape, parent in zip(shapes, cleaned.parent_of, strict=True):
        assert shape.difference(districts[parent].buffer(1e-8)).area == 0
    assert sum(moved.area_m2 for moved in cleaned.moved) < 0.001 * cleaned.area_before_m2.sum()

"""The quarrel map against Monte-Carlo, against plain probability, and on borders that are easy to know."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from scipy.special import ndtr

from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.geometry.crs import geodesic_m
from spatial.geometry.precision import snap
from spatial.grids.quarrels import ACCURACIES, Reports, owners, quarrels, reports
from tests.spatial.coverages import coverages
from tests.spatial.grids.cities import SOUTH, STEP, WEST, squares

MIDDLE = SOUTH + STEP / 2
M = 1e-4 / geodesic_m(WEST, MIDDLE, WEST, MIDDLE + 1e-4)[0]
"""A metre in degrees of latitude, by pyproj."""
E = 1e-4 / geodesic_m(WEST, MIDDLE, WEST + 1e-4, MIDDLE)[0]
"""A metre in degrees of longitude, by pyproj."""


def reports_at(lonlat, sigma_m, weight=1.0) -> Reports:
    lon, lat = np.asarray(lonlat, float).reshape(-1, 2).T
    full = np.ones(len(lon))
    return Reports(lon.copy(), lat.copy(), full * sigma_m, full * weight)


def of(polygons, given_reports):
    arcs = build_arcs(polygons)
    return arcs, quarrels(arcs, polygons, given_reports)


def test_a_long_straight_border_is_crossed_as_the_normal_distribution_says() -> None:
    middle = WEST + STEP
    for distance_m in (0.0, 3.0, 10.0, 25.0):
        at = [(middle - distance_m * E, SOUTH + STEP / 2)]
        arcs, found = of(squares(2, 1), reports_at(at, 10.0))
        shared = np.flatnonzero((arcs.left >= 0) & (arcs.right >= 0))
        assert found.a_year[shared] == pytest.approx([ndtr(-distance_m / 10.0)], rel=2e-3)
        assert found.a_year.sum() == pytest.approx(found.a_year[shared].sum(), abs=1e-9)


def test_a_report_counts_for_the_unit_it_lies_in() -> None:
    at = [(WEST + STEP + 4 * E, SOUTH + STEP / 2)]
    arcs, found = of(squares(2, 1), reports_at(at, 8.0, 5.0))
    shared = int(np.flatnonzero((arcs.left >= 0) & (arcs.right >= 0))[0])
    east_is_left = arcs.left[shared] == 1
    mine, other = (found.of_left, found.of_right) if east_is_left else (found.of_right, found.of_left)
    assert mine[shared] == pytest.approx(5 * ndtr(-0.5), rel=2e-3)
    assert other[shared] == 0.0


def test_at_a_corner_the_arcs_share_what_lies_outside() -> None:
    """Out of a corner with distances a and b goes 1 - Φ(a)Φ(b); each of the two arcs has its part."""
    near = [(WEST + STEP - 5 * E, SOUTH + STEP - 9 * M)]
    _, found = of(squares(2, 2), reports_at(near, 10.0))
    assert found.a_year.sum() == pytest.approx(1 - ndtr(0.5) * ndtr(0.9), rel=2e-3)
    assert (found.a_year >= 0).all()
    assert (found.a_year > 0.1).sum() == 2


def test_monte_carlo_agrees_on_a_bent_border() -> None:
    """A border with teeth as long as the error: who is displaced into another unit is simply counted."""
    rng = np.random.default_rng(7)
    teeth = [(i * 12.0, 15.0 * (i % 2) + 4.0 * rng.random()) for i in range(40)]
    top, bottom = 400.0, -400.0
    line = [(x * E + WEST, y * M + SOUTH) for x, y in teeth]
    left, right = line[0][0], line[-1][0]
    north = shapely.Polygon([*line, (right, SOUTH + top * M), (left, SOUTH + top * M)])
    south = shapely.Polygon([*line, (right, SOUTH + bottom * M), (left, SOUTH + bottom * M)])
    polygons = [snap(north), snap(south)]
    x, y = rng.uniform(100, 360, 300), rng.uniform(-40, 60, 300)
    sigma = rng.choice([4.0, 9.0, 25.0], 300)
    given_reports = Reports(WEST + x * E, SOUTH + y * M, sigma, np.ones(300))
    arcs, found = of(polygons, given_reports)
    shared = (arcs.left >= 0) & (arcs.right >= 0)
    own = owners(polygons, given_reports)
    draws = 4_000
    shift = rng.standard_normal((300, draws, 2)) * sigma[:, None, None]
    moved = np.stack(
        [given_reports.lon[:, None] + shift[..., 0] * E, given_reports.lat[:, None] + shift[..., 1] * M], -1
    )
    other = [polygons[1 - unit] for unit in own]
    for polygon in other:
        shapely.prepare(polygon)
    counted = sum(
        shapely.contains_xy(polygon, moved[row, :, 0], moved[row, :, 1]).mean()
        for row, polygon in enumerate(other)
    )
    assert found.a_year[shared].sum() == pytest.approx(counted, rel=0.01)


@given(coverages())
@settings(max_examples=60, deadline=None)
def test_over_all_arcs_of_a_unit_it_is_the_chance_of_lying_outside(polygons) -> None:
    """Whatever the coverage: between nothing and everything, also with holes, enclaves and many parts."""
    arcs = build_arcs(polygons)
    shapes = build_polygons(arcs, len(polygons))
    for unit, shape in enumerate(shapes):
        at = shapely.point_on_surface(shape)
        size_m = np.sqrt(shape.area) * 1e5
        one = reports_at([(at.x, at.y)], max(size_m * 0.3, 1e-3))
        only = [shape if row == unit else None for row in range(len(shapes))]
        chance = quarrels(arcs, only, one).a_year.sum()
        assert -1e-6 <= chance <= 1 + 1e-6


def test_moving_the_border_away_from_the_events_ends_the_quarrel() -> None:
    """A market on the border: fifty metres aside, next to nobody is on the wrong side."""
    rng = np.random.default_rng(3)
    at = np.stack([WEST + STEP + rng.normal(0, 5, 400) * E, SOUTH + STEP / 2 + rng.normal(0, 30, 400) * M], 1)
    there = reports_at(at, 8.0)
    _, before = of(squares(2, 1), there)
    moved = [snap(shapely.box(WEST, SOUTH, WEST + STEP + 50 * E, SOUTH + STEP)),
             snap(shapely.box(WEST + STEP + 50 * E, SOUTH, WEST + 2 * STEP, SOUTH + STEP))]  # fmt: skip
    _, after = of(moved, there)
    assert before.a_year.sum() > 100
    assert after.a_year.sum() < 1


def test_sources_become_rows_that_sum_to_events_a_year() -> None:
    sources = [accuracy.source for accuracy in ACCURACIES] + ["unheard of"]
    found = reports(np.full(len(sources), WEST), np.full(len(sources), SOUTH), sources, 90.0)
    assert found.weight.sum() == pytest.approx(len(sources) * 365.25 / 90)
    assert (found.sigma_m > 0).all()


@pytest.mark.parametrize("accuracy", ACCURACIES, ids=lambda each: each.source)
def test_every_accuracy_says_where_it_comes_from(accuracy) -> None:
    assert sum(share for share, _ in accuracy.shares) == pytest.approx(1)
    assert "assumed" in accuracy.why or "20" in accuracy.why or "as " in accuracy.why


def test_nothing_gives_nothing() -> None:
    _, found = of(squares(2, 1), reports([], [], [], 90.0))
    assert (found.a_year == 0).all()
    assert (found.length_m > 100).all()
    assert len(quarrels(build_arcs([]), [], reports([], [], [], 90.0)).a_year) == 0

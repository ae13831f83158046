"""Areas: cells of equal area, which were visited, how long each waited, and what was missed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from spatial.errors import InvalidInput
from spatial.patrols.compliance.results import Result, result_of
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import see
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track, joined
from tests.spatial.patrols.compliance.ground import area, lonlat, walk, window, with_rest

RULES = Rules()
GEOD = Geod(ellps="WGS84")
PARK = area((0, 0), (500, 0), (500, 400), (0, 400))


def judged(target: Target, way: Track, hours: float = 2.0) -> Result:
    samples = samples_of(target, RULES.step_m)
    seen = see(target, samples, with_rest(way, hours), window(hours), RULES)
    return result_of(target, samples, [seen], window(hours), RULES)


@pytest.mark.parametrize("lat", [-33.0, 0.0, 22.5, 39.98, 53.5])
def test_cells_are_equal_on_the_ellipsoid(lat: float) -> None:
    shape = shapely.box(116.3, lat, 116.34, lat + 0.03)
    samples = samples_of(Target(shape, cell_m=100), 5)
    areas = [abs(GEOD.geometry_area_perimeter(each)[0]) for each in samples.shapes[::37]]
    np.testing.assert_allclose(areas, 10_000, rtol=1e-5)
    whole = abs(GEOD.geometry_area_perimeter(shape)[0])
    assert len(samples) * 10_000 == pytest.approx(whole, rel=0.05)


def test_a_row_of_cells_is_what_one_walk_visits() -> None:
    found = judged(Target(PARK, cell_m=50), walk((-100, 25), (600, 25)))
    assert found.figures["cells"] == 80
    assert found.ratio == pytest.approx(10 / 80, abs=0.001)
    assert found.word == "partly"
    assert found.missed.geom_type == "MultiPolygon"
    missed_m2 = abs(GEOD.geometry_area_perimeter(found.missed)[0])
    assert missed_m2 == pytest.approx(70 * 2500, rel=1e-3)


def test_every_row_walked_is_done_and_half_of_them_a_half() -> None:
    rows = [(x, 25 + 50 * row) for row in range(8) for x in ((-50, 550) if row % 2 == 0 else (550, -50))]
    assert judged(Target(PARK), walk(*rows)).word == "done"
    assert judged(Target(PARK), walk(*rows[:8])).ratio == pytest.approx(0.5, abs=0.001)


def test_the_interval_between_visits_is_looked_at_from_the_begin_to_the_end() -> None:
    small = area((0, 0), (200, 0), (200, 50), (0, 50))
    once = walk((-50, 25), (250, 25), begin_s=1800)
    again = joined([once, walk((-50, 25), (250, 25), begin_s=4500)])
    target = Target(small, cell_m=50, revisit_s=3000)
    assert judged(target, again).word == "done"
    found = judged(target, once)
    assert (found.word, found.reason, found.figures["kept"]) == ("partly", "revisit", 0.0)
    # From there to the end of the window of two hours.
    assert found.figures["longest_wait_s"] == pytest.approx(7200 - 1800 - 80, abs=60)


def test_a_small_area_is_looked_at_in_smaller_cells() -> None:
    tiny = area((0, 0), (40, 0), (40, 40), (0, 40))
    found = judged(Target(tiny), walk((-20, 20), (60, 20)))
    assert found.figures["cells"] == 16


def test_holes_are_not_asked_for() -> None:
    holed = shapely.difference(PARK, area((100, 100), (400, 100), (400, 300), (100, 300)))
    assert judged(Target(holed), walk((-50, 25), (550, 25))).figures["cells"] == 80 - 24


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon(), shapely.box(116, 39, 118, 41),
        shapely.Polygon(lonlat([(0, 0), (100, 100), (100, 0), (0, 100)])),
        shapely.Polygon([(116, 39.9), (118, 41.9), (118, 41.90001), (116, 39.90001)]),
    ],
)  # fmt: skip
def test_what_is_no_area_to_patrol_is_refused(shape: shapely.Polygon) -> None:
    with pytest.raises(InvalidInput):
        samples_of(Target(shape), 5)

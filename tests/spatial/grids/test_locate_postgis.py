"""The compiled index against ST_Covers: every unit that covers a point, asked of a real PostGIS."""

import itertools

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.geometry.arcs import build_arcs
from spatial.grids.locate import Ruling, compile_index
from tests.spatial.coverages import coverages
from tests.spatial.exact_oracle import turn
from tests.spatial.grids.test_locate import seeded_points, shuffled_codes

COVERING = """
    SELECT p.n, u.i
    FROM unnest(%(x)s::float8[], %(y)s::float8[]) WITH ORDINALITY AS p(x, y, n)
    JOIN unnest(%(units)s::bytea[]) WITH ORDINALITY AS u(wkb, i)
      ON ST_Covers(ST_GeomFromWKB(u.wkb, 4326), ST_SetSRID(ST_MakePoint(p.x, p.y), 4326))
"""


def covering_units(postgis, units, points) -> list[set[int]]:
    """Ask PostGIS which units cover each point."""
    covering: list[set[int]] = [set() for _ in points]
    values = {"x": points[:, 0].tolist(), "y": points[:, 1].tolist(), "units": shapely.to_wkb(units).tolist()}
    for point, unit in postgis.execute(COVERING, values):
        covering[point - 1].add(unit - 1)
    return covering


@given(coverages(), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_to_st_covers_and_the_border_rule(postgis, units, seed) -> None:
    if not units:
        return
    arcs = build_arcs(units)
    index = compile_index(arcs, shuffled_codes(len(units)), 0.0)
    points = seeded_points(arcs, seed)
    unit, ruling = index.locate(*points.T)
    for i, covering in enumerate(covering_units(postgis, np.array(units), points)):
        expected = {int(unit[i])} - {-1}
        if ruling[i] == Ruling.inside:
            assert covering == expected or too_near_for_floats(arcs, points[i]), points[i].tolist()
        elif ruling[i] == Ruling.border:
            assert expected <= covering or too_near_for_floats(arcs, points[i]), points[i].tolist()
        else:
            assert not covering or too_near_for_floats(arcs, points[i]), points[i].tolist()


def too_near_for_floats(arcs, point) -> bool:
    """Tell where PostGIS, which decides sides in plain doubles, gets one wrong, walking edges either way."""
    lines = [arcs.lonlat(i) for i in range(len(arcs))]
    edges = [edge for line in lines for edge in itertools.pairwise(line)]
    return any(
        np.sign((b[0] - a[0]) * (point[1] - a[1]) - (point[0] - a[0]) * (b[1] - a[1])) != turn(a, b, point)
        for a, b in edges + [(b, a) for a, b in edges]
    )


def test_units_that_share_a_border_both_cover_it(postgis) -> None:
    west, east = shapely.box(116.3, 39.9, 116.35, 40.0), shapely.box(116.35, 39.9, 116.4, 40.0)
    index = compile_index(build_arcs([west, east]), ["B", "A"], 0.0)
    on_border, at_node = np.array([[116.35, 39.95], [116.35, 40.0]])
    assert covering_units(postgis, np.array([west, east]), np.array([on_border, at_node])) == [{0, 1}, {0, 1}]
    assert index.answer(*on_border)[:2] == (0, Ruling.border)
    assert index.answer(*at_node)[:2] == (1, Ruling.border)

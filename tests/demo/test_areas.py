"""The demo's other coverages: nested to the last digit, made of whole grids, and labelled as made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from demo.generate.halving import cut_to
from demo.generate.plane import settled
from spatial.geometry.equal_area import areas_m2
from spatial.grids.codes import check
from spatial.grids.snapshots import read_snapshot


def shapes(connection: psycopg.Connection[Any], coverage: str) -> dict[str, tuple[str, Any]]:
    rows = connection.execute(
        "SELECT code, parent_code, ST_AsBinary(geom) FROM unit_version"
        " WHERE coverage = %s AND upper_inf(sys)",
        [coverage],
    ).fetchall()
    return {code: (parent, shapely.from_wkb(bytes(wkb))) for code, parent, wkb in rows}


@pytest.mark.parametrize(("coverage", "profile"), [("micro_grids", "grid+2"), ("unit_grids", "12+3")])
def test_parts_fill_what_they_lie_in(city, coverage: str, profile: str) -> None:
    parts, grids = shapes(city, coverage), shapes(city, "grids")
    assert len(parts) > 10
    for parent in {parent for parent, _ in parts.values()}:
        inside = np.array([shape for above, shape in parts.values() if above == parent], object)
        assert shapely.coverage_is_valid(inside)
        whole = grids[parent][1]
        assert areas_m2(inside).sum() == pytest.approx(areas_m2([whole])[0], rel=1e-10)
        assert shapely.coverage_union_all(inside).equals(whole)
    assert not [code for code, (parent, _) in parts.items() if check(profile, code, parent)]


def test_unit_grids_have_about_ten_thousand_square_metres(city) -> None:
    found = areas_m2([shape for _, shape in shapes(city, "unit_grids").values()])
    assert 8_000 < np.median(found) < 12_000 and found.min() > 4_000 and found.max() < 20_000


@pytest.mark.parametrize("coverage", ["police", "school", "hospital", "evaluation", "sanitation"])
def test_special_areas_are_made_of_whole_grids(city, coverage: str) -> None:
    members = city.execute(
        "SELECT a.code, b.geom FROM composition AS c JOIN unit_version AS a ON a.unit_id = c.unit_id"
        " JOIN unit_version AS b ON b.unit_id = c.base_unit WHERE c.coverage = %s",
        [coverage],
    ).fetchall()
    areas = read_snapshot(city, coverage)
    assert {code for code, _ in members} == {unit.code for unit in areas.units}
    total, made = city.execute(
        "SELECT (SELECT sum(area_m2) FROM unit_version WHERE coverage = %(c)s), (SELECT sum(v.area_m2)"
        " FROM composition AS m JOIN unit_version AS v ON v.unit_id = m.base_unit WHERE m.coverage = %(c)s)",
        {"c": coverage},
    ).fetchone()
    assert total == pytest.approx(made, rel=1e-9)


def test_all_of_it_says_that_it_is_made_up(city) -> None:
    rows = city.execute(
        "SELECT name, name_en FROM unit_version WHERE coverage <> 'grids' AND (NOT generated"
        " OR name !~ '[(](演示|生成)[)]' OR name_en !~ '[(](demo|generated)[)]')"
    ).fetchall()
    assert rows == []


@given(st.integers(4, 30), st.integers(0, 10**6), st.integers(2, 12))
def test_cutting_any_star_leaves_nothing_over(corners: int, seed: int, parts: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = rng.uniform(60, 400, corners)
    star = settled(shapely.Polygon(np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=1)))
    found = np.array(cut_to(star, star.area / parts), object)
    assert shapely.is_valid(found).all()
    assert shapely.coverage_is_valid(found)
    assert shapely.area(found).sum() == pytest.approx(star.area, rel=1e-9)

"""Facts of the demo city as they stand in the store, under the rights of who reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from psycopg import sql

from grid_editor.base import Base
from grid_editor.checks import check, check_all
from grid_editor.checks.rules import text_of
from grid_editor.facts import Facts, box_of_areas, live_points, read_facts
from grid_editor.state import State
from spatial.database import Database, session
from spatial.geometry.rasters import zonal_sums
from spatial.grids.quarrels import read_reports
from spatial.grids.versions import read_snapshot
from spatial.rasters import POPULATION, load_raster
from spatial.rights.reader import SYSTEM, Reader
from spatial.types import BBox


@pytest.fixture(scope="module")
def city_state(database: Database) -> State:
    with session(database, SYSTEM) as connection:
        return State(Base.of(read_snapshot(connection, "grids")))


@pytest.fixture(scope="module")
def some(city_state: State) -> list[str]:
    """A grid in the middle of the city, and those beside it."""
    first = sorted(unit.id for unit in city_state.units(4))[900]
    return sorted({first, *city_state.neighbours(first)})


@pytest.fixture(scope="module")
def ground(database: Database, city_state: State, some: list[str]) -> Facts:
    return read_as(database, Reader(None, "x", "x", "district_administrator"), city_state, some)


def read_as(database: Database, reader: Reader, state: State, units: list[str]) -> Facts:
    box = box_of_areas([state.polygon(unit) for unit in units])
    with session(database, reader) as connection:
        return read_facts(connection, reader, state.base.about, box)


def test_the_population_is_generated_and_says_so(database: Database, city_state: State) -> None:
    with session(database, SYSTEM) as connection:
        generated, title = connection.execute("SELECT generated, title FROM raster").fetchall()[0]
        raster = load_raster(connection, POPULATION)
        assert load_raster(connection, POPULATION) is raster, "read once"
        assert load_raster(connection, "none") is None
    assert generated and "生成" in title
    assert raster is not None
    shapes = [city_state.polygon(unit.id) for unit in city_state.units(4)]
    households = zonal_sums(raster, shapes)[:, raster.bands.index("households")]
    assert 300 < np.median(households) < 500
    assert households.sum() <= raster.values[1].sum() * 1.000001


def test_points_are_those_that_stamps_count(
    database: Database, city_state: State, some: list[str], ground: Facts
) -> None:
    """Counted by shape and by the unit that locate gave: the same, but for what lies on a border."""
    figures = ground.count([city_state.polygon(unit) for unit in some])
    with session(database, SYSTEM) as connection:
        for unit, found in zip(some, figures, strict=True):
            code = city_state.unit(unit).code
            for table, kind in (("place", "places"), ("component", "components"), ("event", "events_year")):
                counting = sql.SQL("SELECT count(*) FROM {} WHERE unit_code = %s").format(
                    sql.Identifier(table)
                )
                stamped = connection.execute(counting, (code,)).fetchall()[0][0]
                assert found[kind] == pytest.approx(stamped, abs=2)


def test_whoever_may_not_know_people_has_no_figure_of_them(
    database: Database, city_state: State, some: list[str]
) -> None:
    analyst = Reader(None, "x", "x", "analyst")
    ground = read_as(database, analyst, city_state, some)
    assert ground.staffed is None
    assert ground.count([city_state.polygon(some[0])])[0]["on_duty"] is None


def test_an_area_reader_has_its_own_rows(
    database: Database, city_state: State, some: list[str], ground: Facts
) -> None:
    code = city_state.unit(some[0]).code
    assert code is not None
    clerk = Reader(None, "x", "x", "street_administrator", "area", code, (code[:12], code[:9], code[:6]))
    own = read_as(database, clerk, city_state, some)
    assert sum(own.points["components"].weight) < sum(ground.points["components"].weight)
    assert own.knows(code) and not own.knows(code[:9])
    assert own.population is ground.population


def test_live_points_add_up_to_the_exact_figures(city_state: State, some: list[str], ground: Facts) -> None:
    """Points in the middle of quarters of cells: over several grids together within a few per cent."""
    shape = shapely.union_all([city_state.polygon(unit) for unit in some])
    kinds, columns = live_points(ground, box_of_areas([shape.buffer(0.001)]))
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, columns["lon"], columns["lat"])
    exact = ground.count([shape])[0]
    for name in ("people", "households"):
        own = inside & (columns["kind"] == kinds.index(name))
        assert columns["weight"][own].sum() == pytest.approx(exact[name], rel=0.05)


def test_the_demo_city_can_be_checked_locally_and_as_a_whole(
    database: Database, city_state: State, some: list[str], ground: Facts
) -> None:
    local = check(city_state, {some[0]}, ground)
    everything = read_as(
        database, Reader(None, "x", "x", "district_administrator"), city_state,
        [unit.id for unit in city_state.units(1)],
    )  # fmt: skip
    issues = check_all(city_state, everything)
    assert {issue.id for issue in local} <= {issue.id for issue in issues}
    rules = {issue.rule for issue in issues}
    assert {"too_many_households", "too_few_households", "crosses_building", "gap"} <= rules
    assert not {issue.rule for issue in issues if issue.severity == "error"}
    assert all(text_of(issue, lang) for issue in issues for lang in ("zh", "en"))


def test_reports_reach_beyond_the_box(database: Database) -> None:
    box = BBox(116.32, 39.98, 116.33, 39.99)
    with session(database, SYSTEM) as connection:
        found = read_reports(connection, box)
        none: Any = read_reports(connection, BBox(100, 10, 100.01, 10.01))
    assert found.lon.min() < box.west
    assert found.lat.max() > box.north
    assert len(none.lon) == 0
    assert found.weight.max() <= 365.25 / 90

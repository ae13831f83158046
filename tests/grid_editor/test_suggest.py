"""Suggestions over streets and points: blocks, splits, evening out, micro-grids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from grid_editor.blocks import Loads, Street, cut_into_blocks
from grid_editor.operations import apply, parse
from grid_editor.suggest import draw_micro_grids, loads_of, suggest_rebalance, suggest_split
from spatial.errors import InvalidInput
from tests.grid_editor.cities import chessboard, uid

WEST, SOUTH, STEP = 116.30, 39.98, 0.002
SIDE = 6
AREA = shapely.box(WEST, SOUTH, WEST + SIDE * STEP, SOUTH + SIDE * STEP)


def streets(main_every: int = 2) -> list[Street]:
    """Draw a chequered town of six by six blocks."""
    found = []
    for at in range(1, SIDE):
        price = 0.0 if at % main_every == 0 else 0.5
        x, y = WEST + at * STEP, SOUTH + at * STEP
        found.append(Street(shapely.LineString([(x, SOUTH - STEP), (x, SOUTH + (SIDE + 1) * STEP)]), price))
        found.append(Street(shapely.LineString([(WEST - STEP, y), (WEST + (SIDE + 1) * STEP, y)]), price))
    return found


def people(seed: int = 2, count: int = 4_000) -> Loads:
    rng = np.random.default_rng(seed)
    lon = rng.uniform(WEST, WEST + SIDE * STEP, count)
    lat = rng.uniform(SOUTH, SOUTH + SIDE * STEP, count)
    return Loads(lon, lat, np.ones(count))


def test_blocks_are_what_streets_enclose() -> None:
    found = cut_into_blocks([AREA], streets(), people(), 0)
    assert len(found.blocks) == SIDE * SIDE
    assert found.blocks.load.sum() == 4_000
    assert len(found.blocks.a) == 2 * SIDE * (SIDE - 1)
    assert set(np.round(found.blocks.price, 6)) == {0.0, 0.5}


def test_dead_ends_make_no_block_and_points_outside_count_for_nothing() -> None:
    dead_end = Street(
        shapely.LineString([(WEST + STEP / 2, SOUTH), (WEST + STEP / 2, SOUTH + STEP / 2)]), 0.5
    )
    found = cut_into_blocks([AREA], [*streets(), dead_end], loads_of([(0.0, 0.0, 7.0)]), 0)
    assert len(found.blocks) == SIDE * SIDE
    assert found.blocks.load.sum() == 0


def test_the_strip_between_two_carriageways_joins_its_neighbour() -> None:
    x = WEST + 2 * STEP + 10 / 85_400
    beside = Street(shapely.LineString([(x, SOUTH - STEP), (x, SOUTH + (SIDE + 1) * STEP)]), 0.0)
    middle = Loads(np.array([WEST + STEP / 2]), np.array([SOUTH + STEP / 2]), np.ones(1))
    found = cut_into_blocks([AREA], [*streets(), beside], middle, 0)
    assert len(found.blocks) == SIDE * SIDE
    assert shapely.coverage_is_valid(found.shapes)


def test_a_block_that_carries_too_much_is_cut_between_its_points() -> None:
    found = cut_into_blocks([AREA], [], people(), 300)
    assert found.blocks.load.max() <= 300
    assert found.blocks.load.sum() == 4_000
    assert shapely.coverage_is_valid(found.shapes)


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_a_split_names_its_lines_its_loads_and_its_reasons(parts: int) -> None:
    found = suggest_split("u", AREA, streets(), people(), parts=parts)
    assert found.is_balanced
    assert [part.unit for part in found.parts] == ["u", *[None] * (parts - 1)]
    assert sum(part.load for part in found.parts) == 4_000
    assert {"deviation", "along_streets", "moved"} <= {reason.key for reason in found.reasons}
    shapes = np.array([part.shape for part in found.parts])
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(AREA.area, rel=1e-9)
    (operation,) = found.operations
    assert (operation["op"], operation["unit"]) == ("split", "u")
    cut = shapely.union_all([AREA.boundary, *map(shapely.LineString, operation["lines"])], grid_size=1e-9)
    assert len(shapely.get_parts(shapely.polygonize(shapely.get_parts(cut)))) == parts


def test_a_split_by_the_most_that_one_may_carry() -> None:
    found = suggest_split("u", AREA, streets(), people(), most=1_100)
    assert max(part.load for part in found.parts) <= 1_100
    assert len(found.parts) == 4


@pytest.mark.parametrize("asked", [{"parts": 1}, {"parts": 999}, {"most": 9_999.0}])
def test_a_split_that_makes_no_sense_is_refused(asked: Any) -> None:
    with pytest.raises(InvalidInput):
        suggest_split("u", AREA, streets(), people(), **asked)


def test_a_split_of_an_empty_unit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing"):
        suggest_split("u", AREA, streets(), loads_of([]), parts=2)


def test_neighbours_are_evened_out_by_handing_over_blocks() -> None:
    middle = WEST + 4 * STEP
    east, west = shapely.box(middle, *AREA.bounds[1:]), shapely.box(*AREA.bounds[:2], middle, AREA.bounds[3])
    found = suggest_rebalance({"west": west, "east": east}, streets(), people())
    assert found.is_balanced
    before = {part.unit: part.load_before for part in found.parts}
    assert before["west"] > 1.5 * before["east"]
    assert {(op["op"], op["from"], op["to"]) for op in found.operations} == {("transfer", "west", "east")}
    moved = shapely.union_all([shapely.geometry.shape(op["polygon"]) for op in found.operations])
    assert west.buffer(1e-9).contains(moved)
    assert found.moved_load < 1_000


def test_one_tower_that_carries_everything_is_named_as_the_reason() -> None:
    tower = loads_of([(WEST + STEP / 2, SOUTH + STEP / 2, 900.0), (WEST + 5 * STEP, SOUTH + 5 * STEP, 100.0)])
    found = suggest_split("u", AREA, streets(), tower, parts=2)
    assert not found.is_balanced
    assert "heavy_block" in {reason.key for reason in found.reasons}


def test_micro_grids_fill_their_grid() -> None:
    found = np.array(draw_micro_grids(AREA, streets(), people(), 500))
    assert 8 <= len(found) <= 12
    assert shapely.coverage_is_valid(found)
    assert shapely.area(found).sum() == pytest.approx(AREA.area, rel=1e-9)
    assert draw_micro_grids(AREA, streets(), people(), 5_000) == [AREA]


def loads_in(shape: Any, loads: Loads) -> float:
    return float(shapely.intersects_xy(shape, loads.lon, loads.lat).sum())


@pytest.mark.parametrize("parts", [2, 3])
def test_a_plan_can_take_a_split_as_it_is(parts: int) -> None:
    state = chessboard(2, 2)
    shape = state.polygon(uid("g0-0"))
    west, south, east, north = shape.bounds
    rng = np.random.default_rng(5)
    loads = Loads(rng.uniform(west, east, 900), rng.uniform(south, north, 900), np.ones(900))
    lines = [[(west - 1e-3, lat), (east + 1e-3, lat)] for lat in np.linspace(south, north, 7)[1:-1]]
    found = suggest_split(
        uid("g0-0"), shape, [Street(shapely.LineString(line), 0.0) for line in lines], loads, parts
    )
    for operation in found.operations:
        state = state.apply(apply(state, parse(operation)))
    units = [unit for unit in state.units(4) if shape.buffer(1e-6).contains(state.polygon(unit.id))]
    assert len(units) == parts
    got = sorted(loads_in(state.polygon(unit.id), loads) for unit in units)
    assert got == sorted(part.load for part in found.parts)
    assert loads_in(state.polygon(uid("g0-0")), loads) == found.parts[0].load


def test_a_plan_can_take_an_evening_out_as_it_is() -> None:
    state = chessboard(2, 1)
    units = {uid(code): state.polygon(uid(code)) for code in ("g0-0", "g1-0")}
    west, south, east, north = shapely.total_bounds(list(units.values()))
    rng = np.random.default_rng(5)
    crowded = np.concatenate(
        [rng.uniform(west, (west + east) / 2, 600), rng.uniform((west + east) / 2, east, 300)]
    )
    loads = Loads(crowded, rng.uniform(south, north, 900), np.ones(900))
    found = suggest_rebalance(units, [], loads)
    assert found.is_balanced
    for operation in found.operations:
        state = state.apply(apply(state, parse(operation)))
    for part in found.parts:
        assert part.unit is not None
        assert loads_in(state.polygon(part.unit), loads) == part.load

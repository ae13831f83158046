"""Special coverages made of base units: they follow the base, and coverages that lie within another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from spatial.errors import InvalidInput, NotFound
from spatial.geometry.arcs import build_arcs, build_polygons, dissolve
from spatial.geometry.equal_area import areas_m2
from spatial.grids.coverages import define, read_coverage
from spatial.grids.crosswalk import carry, crosswalk, events_until, read_side
from spatial.grids.units import Coverage
from spatial.grids.versions import UnitDraft, current_version, publish, publish_composed, read_snapshot
from tests.spatial.grids.cities import chessboard, draft, squares
from tests.spatial.grids.test_lineage import LATER, LATEST, LONG_AGO, Board, west_part

AREAS = [UnitDraft(1, code, None, code, code, True) for code in ("north", "south")]


@pytest.fixture
def board(postgis) -> Board:
    """The chessboard with two police areas: the upper half, the lower half."""
    board = Board(postgis)
    base = read_snapshot(postgis, "grids", LONG_AGO)
    area_of = {u.unit_id: ("south", "north")[u.code[-1] > "1"] for u in base.units[:16]}
    publish_composed(postgis, "police", AREAS, area_of, base, "first", LONG_AGO)
    return board


def test_the_areas_are_the_union_of_their_units_to_the_last_digit(board: Board) -> None:
    police = read_snapshot(board.connection, "police")
    north, south = build_polygons(police.arcs, 2)
    wanted = [shape for code, shape in sorted(board.shapes.items()) if code[-1] > "1"]
    assert shapely.normalize(north) == shapely.normalize(shapely.MultiPolygon([shapely.union_all(wanted)]))
    assert north.intersection(south).area == 0
    assert len(police.arcs) == 3


def test_publishing_the_same_arcs_finds_the_members(board: Board) -> None:
    police = read_snapshot(board.connection, "police")
    before = members(board)
    renamed = [replace(unit, name="改名") for unit in police.units]
    publish(board.connection, "police", renamed, police.arcs, "renamed", LATER)
    assert members(board) == before and len(before) == 16


def members(board: Board) -> set[tuple[str, str]]:
    return set(
        board.connection.execute(
            "SELECT a.code, b.code FROM composition AS c"
            " JOIN unit_version AS a ON a.unit_id = c.unit_id AND upper_inf(a.valid) AND upper_inf(a.sys)"
            " JOIN unit_version AS b ON b.unit_id = c.base_unit AND upper_inf(b.valid) AND upper_inf(b.sys)"
            " WHERE upper_inf(c.valid) AND upper_inf(c.sys)"
        ).fetchall()
    )


def test_an_area_cannot_cut_a_base_unit(board: Board) -> None:
    whole = squares()
    cut = shapely.union_all(whole[:8]).union(west_part(board.shapes["1-1-2-0"], 0.5)[0])
    arcs = build_arcs([shapely.MultiPolygon([cut])])
    with pytest.raises(InvalidInput, match="x: is not made of whole base units"):
        publish(board.connection, "school", [UnitDraft(1, "x", None, "x", "x", True)], arcs, "cut", LATER)


def test_a_new_unit_belongs_where_the_larger_part_of_it_belonged(board: Board) -> None:
    """A split inside an area moves none of its borders: no version of it, but one member more."""
    version = current_version(board.connection, "police", LATEST)
    kept, new = west_part(board.shapes["1-0-0-0"], 0.75)
    board.shapes |= {"1-0-0-0": kept, "1-0-0-9": new}
    board.units["1-0-0-9"] = draft(4, "1-0-0-9", "1-0-0")
    board.publish()
    assert ("south", "1-0-0-9") in members(board)
    # The cut's end is a vertex of the outer border now, and so of the area's.
    assert current_version(board.connection, "police", LATEST) > version
    assert len(read_snapshot(board.connection, "police", LONG_AGO).units) == 2


def test_the_areas_follow_the_base_in_the_same_transaction(board: Board) -> None:
    """The square just below the line takes in the one just above it: the areas' border moves with it."""
    below, above = board.shapes["1-0-0-1"], board.shapes.pop("1-0-0-2")
    joined = shapely.union(below, above)
    board.shapes["1-0-0-1"] = shapely.MultiPolygon([joined])
    before = dict(
        zip("ns", build_polygons(read_snapshot(board.connection, "police", LONG_AGO).arcs, 2), strict=True)
    )
    board.publish()
    after = dict(
        zip("ns", build_polygons(read_snapshot(board.connection, "police", LATER).arcs, 2), strict=True)
    )
    assert after["s"].equals(shapely.union(before["s"], above))
    assert after["n"].equals(before["n"].difference(above))
    then = build_polygons(read_snapshot(board.connection, "police", LONG_AGO).arcs, 2)
    assert then[0] == before["n"]
    kinds = board.connection.execute(
        "SELECT kind, round(w_area::numeric, 3) FROM lineage WHERE coverage = 'police' ORDER BY 1, 2"
    ).fetchall()
    assert [(kind, float(share)) for kind, share in kinds] == [
        ("reshape", 0.875), ("reshape", 1.0), ("transfer", 0.125),
    ]  # fmt: skip


def test_an_area_of_nothing_retires(board: Board) -> None:
    for code in [code for code in board.shapes if code[-1] > "1"]:
        del board.shapes[code]
    board.publish()
    assert [unit.code for unit in read_snapshot(board.connection, "police", LATER).units] == ["south"]


def test_between_special_and_base_every_unit_is_wholly_somewhere(board: Board) -> None:
    base, police = read_side(board.connection, "grids"), read_side(board.connection, "police")
    down = crosswalk(base, police)
    assert len(down) == 16 and all(share.w_area == 1.0 for share in down)
    up = crosswalk(police, base)
    assert len(up) == 16
    assert sum(share.w_area for share in up if share.from_code == "north") == pytest.approx(1, abs=1e-9)
    figures = {share.from_code: 1.0 for share in down}
    assert carry(figures, down) == {"north": 8.0, "south": 8.0}


def test_a_crosswalk_between_versions_weighs_by_area_and_by_events(board: Board) -> None:
    kept, new = west_part(board.shapes["1-0-0-0"], 0.75)
    lon, lat = new.representative_point().coords[0]
    board.connection.execute(
        "INSERT INTO event (no, category, source, title, state, geom, occurred_at, ruling) SELECT 'E',"
        " min(code), 'app', 't', 'closed', ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'inside' FROM matter",
        [lon, lat, LONG_AGO + timedelta(days=1)],
    )
    board.shapes |= {"1-0-0-0": kept, "1-0-0-9": new}
    board.units["1-0-0-9"] = draft(4, "1-0-0-9", "1-0-0")
    board.publish()
    before = read_side(board.connection, "grids", LONG_AGO)
    after = read_side(board.connection, "grids", LATER)
    shares = crosswalk(before, after, {"events": events_until(board.connection, LATER)})
    split = [share for share in shares if share.from_code == "1-0-0-0"]
    assert [(s.to_code, round(s.w_area, 6), s.w_events) for s in split] == [
        ("1-0-0-0", 0.75, 0.0), ("1-0-0-9", 0.25, 1.0),
    ]  # fmt: skip
    assert len(shares) == 17
    assert sum(s.area_m2 for s in shares) == pytest.approx(areas_m2(before.shapes).sum(), rel=1e-9)
    back = crosswalk(after, before)
    assert [(s.to_code, s.w_area) for s in back if s.from_code == "1-0-0-9"] == [("1-0-0-0", 1.0)]


def test_units_of_a_coverage_within_another_need_their_parent(postgis) -> None:
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    whole = shapely.MultiPolygon([squares()[0]])
    micro = [UnitDraft(1, f"1-0-0-0{n:02d}", "1-0-0-0", "m", "m", True) for n in (1, 2)]
    halves = build_arcs(list(west_part(whole, 0.5)))
    publish(postgis, "micro_grids", micro, halves, "first", LONG_AGO)
    assert [unit.parent_code for unit in read_snapshot(postgis, "micro_grids").units] == ["1-0-0-0"] * 2
    lost = [replace(unit, parent_code="1-0-0-8") for unit in micro]
    with pytest.raises(InvalidInput, match="'1-0-0-8' is not in force in 'grids'"):
        publish(postgis, "micro_grids", lost, halves, "lost", LATER)


def test_a_city_may_add_a_coverage_of_its_own(postgis) -> None:
    fire = Coverage("fire", "消防网格", "Fire grids", "special", ("fire_grid",), "local", 0.0, "fire",
                    composed_of="grids", limits={"contiguous": True})  # fmt: skip
    define(postgis, fire)
    assert read_coverage(postgis, "fire") == fire
    with pytest.raises(NotFound):
        read_coverage(postgis, "no such")


@pytest.mark.parametrize(
    ("change", "where"),
    [({"name": "grids"}, "name"), ({"kind": "x"}, "kind"), ({"levels": ()}, "levels"),
     ({"code_profile": "7"}, "code_profile"), ({"within": "none", "within_level": 1}, "within"),
     ({"within": "grids"}, "within_level"), ({"within": "grids", "within_level": 9}, "within_level"),
     ({"composed_of": "police"}, "composed_of"), ({"composed_of": "none"}, "composed_of")],
)  # fmt: skip
def test_a_definition_that_makes_no_sense_is_refused_by_field(postgis, change, where: str) -> None:
    plain = Coverage("fire", "消防", "Fire", "special", ("fire_grid",), "local", 0.0)
    with pytest.raises(InvalidInput) as refused:
        define(postgis, replace(plain, **change))
    assert where in {problem.where for problem in refused.value.problems}


def test_dissolving_by_areas_is_what_is_stored(board: Board) -> None:
    """Two ways to the same arcs: stored, and dissolved anew from the base's."""
    base, police = read_snapshot(board.connection, "grids"), read_snapshot(board.connection, "police")
    place = {unit.code: index for index, unit in enumerate(police.units)}
    belongs = {grid: area for area, grid in members(board)}
    again = dissolve(base.arcs, [place[belongs[unit.code]] for unit in base.units[:16]])
    np.testing.assert_array_equal(again.coords, police.arcs.coords)
    np.testing.assert_array_equal(again.left, police.arcs.left)


def test_before_anything_is_published_there_is_nothing(postgis) -> None:
    with pytest.raises(NotFound):
        current_version(postgis, "police", datetime(2026, 1, 1, tzinfo=UTC))

"""Publishing a coverage: derived polygons, two clocks, codes that never come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from spatial.errors import InvalidInput, NotFound
from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.grids.versions import current_version, publish, read_snapshot
from tests.spatial.grids.cities import chessboard, draft, squares

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = LONG_AGO + timedelta(days=30)


def shapes(connection, level: int, at: datetime = LATER) -> dict[str, shapely.Geometry]:
    rows = connection.execute(
        "SELECT code, ST_AsBinary(geom) FROM unit_version"
        " WHERE level = %s AND upper_inf(sys) AND valid @> %s::timestamptz",
        [level, at],
    ).fetchall()
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def test_what_is_read_back_is_what_was_published(postgis) -> None:
    units, arcs = chessboard()
    version = publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    snapshot = read_snapshot(postgis, "grids")
    assert snapshot.version == version == current_version(postgis, "grids")
    assert {replace(unit, unit_id=None, people=None) for unit in snapshot.units} == set(units)
    codes = [unit.code for unit in snapshot.units[: snapshot.base_count]]
    again = dict(zip(codes, build_polygons(snapshot.arcs, len(codes)), strict=True))
    for unit, square in zip(units, squares(), strict=False):
        assert shapely.equals_exact(shapely.normalize(again[unit.code].geoms[0]), shapely.normalize(square))


def test_polygons_and_parents_are_derived_from_the_arcs(postgis) -> None:
    """The stored polygon of every unit is the union of its children's, to the last digit."""
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    for level in (1, 2, 3):
        below, parent_of = shapes(postgis, level + 1), {unit.code: unit.parent_code for unit in units}
        for code, polygon in shapes(postgis, level).items():
            children = [shape for child, shape in below.items() if parent_of[child] == code]
            assert polygon.equals(shapely.union_all(children))
            assert polygon.symmetric_difference(shapely.union_all(children)).area == 0
    total = postgis.execute(
        "SELECT level, sum(area_m2) FROM unit_version GROUP BY level ORDER BY 1"
    ).fetchall()
    np.testing.assert_allclose([area for _, area in total], total[0][1], rtol=1e-9)


def test_only_what_changed_gets_a_new_version(postgis) -> None:
    units, arcs = chessboard()
    first = publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    renamed = [replace(unit, name="改名") if unit.code == "1-0-0-0" else unit for unit in units]
    second = publish(postgis, "grids", renamed, arcs, "renamed", LATER)
    rows = postgis.execute(
        "SELECT code, name, lower(valid), upper(valid), version_id FROM unit_version"
        " WHERE upper_inf(sys) AND (version_id = %s OR NOT upper_inf(valid)) ORDER BY lower(valid)",
        [second],
    ).fetchall()
    assert rows == [
        ("1-0-0-0", units[0].name, LONG_AGO, LATER, first),
        ("1-0-0-0", "改名", LATER, None, second),
    ]
    assert postgis.execute("SELECT count(*) FROM arc").fetchone() == (len(arcs),)


def test_both_clocks_answer(postgis) -> None:
    """As in force last month, and as believed before the change was known."""
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    before = postgis.execute("SELECT clock_timestamp()").fetchone()[0]
    merged_units, merged_arcs = merge_first_two(units)
    publish(postgis, "grids", merged_units, merged_arcs, "merge", LATER)
    assert read_snapshot(postgis, "grids", LATER - timedelta(days=1)).base_count == 16
    assert read_snapshot(postgis, "grids", LATER).base_count == 15
    believed = postgis.execute(
        "SELECT count(*) FROM unit_version"
        " WHERE level = 4 AND sys @> %s::timestamptz AND valid @> %s::timestamptz",
        [before, LATER],
    ).fetchone()
    assert believed == (16,)


def merge_first_two(units):
    squares_now = squares()
    merged = [shapely.union(squares_now[0], squares_now[1]), *squares_now[2:]]
    kept = [unit for unit in units if unit.code != "1-0-0-1"]
    return kept, build_arcs([shapely.normalize(shape) for shape in merged])


def test_the_past_is_what_it_was(postgis) -> None:
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    was = shapes(postgis, 4, LONG_AGO)
    publish(postgis, "grids", *merge_first_two(units), "merge", LATER)
    assert shapes(postgis, 4, LONG_AGO) == was
    assert len(shapes(postgis, 4, LATER)) == 15


def test_a_retired_code_is_never_given_again(postgis) -> None:
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    publish(postgis, "grids", *merge_first_two(units), "merge", LATER)
    with pytest.raises(InvalidInput, match=r"1-0-0-1: was given to a unit that has retired"):
        publish(postgis, "grids", units, arcs, "again", LATER + timedelta(days=1))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda units: [*units[:-1], draft(1, "2", None)], "1-0: its parent '1' is not of the level above"),
        (lambda units: [replace(units[1]), *units[1:]], "1-0-0-1: stands twice"),
    ],
)
def test_a_broken_hierarchy_is_refused_by_name(postgis, spoil, message: str) -> None:
    units, arcs = chessboard()
    with pytest.raises(InvalidInput, match=message):
        publish(postgis, "grids", spoil(units), arcs, "broken", LONG_AGO)


def test_boundaries_are_never_changed_backwards(postgis) -> None:
    units, arcs = chessboard()
    publish(postgis, "grids", units, arcs, "first", LATER)
    with pytest.raises(InvalidInput, match="valid_from: lies before the newest version"):
        publish(postgis, "grids", units, arcs, "earlier", LONG_AGO)


def test_a_version_of_tomorrow_is_not_in_force_today(postgis) -> None:
    units, arcs = chessboard()
    first = publish(postgis, "grids", units, arcs, "first", LONG_AGO)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    renamed = [replace(unit, name="明天") if unit.code == "1-0-0-0" else unit for unit in units]
    second = publish(postgis, "grids", renamed, arcs, "tomorrow", tomorrow)
    assert current_version(postgis, "grids") == first
    assert current_version(postgis, "grids", tomorrow) == second
    names = {unit.name for unit in read_snapshot(postgis, "grids").units}
    assert "明天" not in names


def test_an_unknown_coverage_or_an_empty_one_is_not_found(postgis) -> None:
    units, arcs = chessboard()
    with pytest.raises(NotFound):
        publish(postgis, "no such coverage", units, arcs, "", LONG_AGO)
    with pytest.raises(NotFound):
        read_snapshot(postgis, "grids")

"""Identity through change, and what became of every unit: kinds, weights, both clocks, people."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.geometry.precision import snap
from spatial.grids.directory import portrait
from spatial.grids.pieces import overlay
from spatial.grids.versions import publish, read_snapshot
from spatial.grids.weights import PointWeights
from tests.spatial.coverages import coverages
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard, draft

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = LONG_AGO + timedelta(days=30)
LATEST = LONG_AGO + timedelta(days=60)


class Board:
    """The chessboard, published, as units and shapes that can be changed and published again."""

    def __init__(self, connection: Any) -> None:
        units, arcs = chessboard()
        publish(connection, "grids", units, arcs, "first", LONG_AGO)
        self.connection = connection
        self.read()

    def read(self) -> None:
        """Take units and shapes as they are now."""
        snapshot = read_snapshot(self.connection, "grids", LATEST + timedelta(days=9))
        self.units = {unit.code: unit for unit in snapshot.units}
        base = snapshot.units[: snapshot.base_count]
        self.shapes = dict(zip((u.code for u in base), build_polygons(snapshot.arcs, len(base)), strict=True))

    def publish(self, when: datetime = LATER, **more: Any) -> int:
        """Publish what there is; base units without a shape are left out."""
        base = [unit for unit in self.units.values() if unit.level == 4 and unit.code in self.shapes]
        named = {unit.parent_code for unit in base}
        rest = [u for u in self.units.values() if u.level < 3 or (u.level == 3 and u.code in named)]
        arcs = build_arcs(noded([self.shapes[unit.code] for unit in base]))
        version = publish(self.connection, "grids", [*base, *rest], arcs, "change", when, **more)
        self.read()
        return version

    def lineage(self, version: int) -> list[tuple[Any, ...]]:
        """List (from, to, kind, share of the area) of the base units, by their codes of now and before."""
        rows = self.connection.execute(
            "SELECT (SELECT max(code) FROM unit_version WHERE unit_id = from_unit),"
            " (SELECT max(code) FROM unit_version WHERE unit_id = to_unit), kind, round(w_area::numeric, 3)"
            " FROM lineage AS l WHERE version_id = %s AND EXISTS"
            " (SELECT FROM unit WHERE id IN (from_unit, to_unit) AND level = 4) ORDER BY 1, 2",
            [version],
        ).fetchall()
        return [(*row[:3], row[3] if row[3] is None else float(row[3])) for row in rows]


@pytest.fixture
def board(postgis) -> Board:
    return Board(postgis)


def noded(shapes: list[Any]) -> list[Any]:
    """Give shapes with edges along the axes each other's corners as vertices."""
    corners = np.unique(shapely.get_coordinates(shapes), axis=0)
    return [shapely.MultiPolygon([_with_corners(part, corners) for part in shape.geoms]) for shape in shapes]


def _with_corners(part: Any, corners: Any) -> Any:
    ring = shapely.get_coordinates(part.exterior)
    found: list[Any] = []
    for start, end in itertools.pairwise(ring):
        axis = 0 if start[1] == end[1] else 1
        low, high = sorted((start[axis], end[axis]))
        on = corners[
            (corners[:, 1 - axis] == start[1 - axis]) & (low < corners[:, axis]) & (corners[:, axis] < high)
        ]
        found += [start, *on[np.argsort(np.abs(on[:, axis] - start[axis]))]]
    return shapely.Polygon(found)


def west_part(shape: Any, share: float) -> tuple[Any, Any]:
    """Cut a square in a west and an east part; the cut's ends are on the precision grid."""
    west, south, east, north = shape.bounds
    at = west + (east - west) * share
    parts = [snap(shapely.box(west, south, at, north)), snap(shapely.box(at, south, east, north))]
    return tuple(shapely.MultiPolygon([part]) for part in parts)


def test_a_split_keeps_one_identity_and_says_which_part_went(board: Board) -> None:
    kept, new = west_part(board.shapes["1-0-0-0"], 0.75)
    was = board.units["1-0-0-0"].unit_id
    board.shapes |= {"1-0-0-0": kept, "1-0-0-9": new}
    board.units["1-0-0-9"] = draft(4, "1-0-0-9", "1-0-0")
    version = board.publish()
    assert board.units["1-0-0-0"].unit_id == was
    assert board.lineage(version) == [
        ("1-0-0-0", "1-0-0-0", "split", 0.75),
        ("1-0-0-0", "1-0-0-9", "split", 0.25),
        # The square to the north has the cut's end on its border now: one vertex more, no change of shape.
        ("1-0-0-1", "1-0-0-1", "continue", 1.0),
    ]


def test_a_merge_says_who_took_over(board: Board) -> None:
    one, other = board.shapes["1-0-0-0"], board.shapes.pop("1-0-0-1")
    board.shapes["1-0-0-0"] = shapely.MultiPolygon(shapely.get_parts(shapely.union(one, other)).tolist())
    version = board.publish()
    rows = [row for row in board.lineage(version) if row[2] != "continue"]
    assert rows == [("1-0-0-0", "1-0-0-0", "merge", 1.0), ("1-0-0-1", "1-0-0-0", "merge", 1.0)]


def test_a_transfer_shares_out_by_area(board: Board) -> None:
    """A fifth of a square goes to its neighbour in the east."""
    kept, piece = west_part(board.shapes["1-0-0-0"], 0.8)
    east = board.shapes["1-0-1-0"]
    joined = shapely.union(east, piece)
    board.shapes |= {"1-0-0-0": kept, "1-0-1-0": shapely.MultiPolygon([joined])}
    version = board.publish()
    assert [row for row in board.lineage(version) if row[2] != "continue"] == [
        ("1-0-0-0", "1-0-0-0", "reshape", 0.8),
        ("1-0-0-0", "1-0-1-0", "transfer", 0.2),
        ("1-0-1-0", "1-0-1-0", "reshape", 1.0),
    ]


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"name": "改名"}, "rename"), ({"code": "1-0-0-77"}, "recode"),
     ({"code": "1-0-1-77", "parent_code": "1-0-1"}, "migrate"), ({"evidence": "批文"}, "continue")],
)  # fmt: skip
def test_what_does_not_move_the_border_keeps_shape_and_identity(board: Board, change, kind: str) -> None:
    before = board.units["1-0-0-0"]
    after = replace(before, **change)
    board.shapes[after.code] = board.shapes.pop("1-0-0-0")
    board.units = {after.code: after, **{c: u for c, u in board.units.items() if c != "1-0-0-0"}}
    version = board.publish()
    assert board.units[after.code].unit_id == before.unit_id
    (row,) = board.connection.execute(
        "SELECT kind, w_area FROM lineage WHERE version_id = %s AND from_unit = %s",
        [version, before.unit_id],
    ).fetchall()
    assert row == (kind, 1.0)
    shapes = board.connection.execute(
        "SELECT count(DISTINCT geom), count(*) FROM unit_version WHERE unit_id = %s AND upper_inf(sys)",
        [before.unit_id],
    ).fetchone()
    assert shapes == (1, 2)


def test_migrating_a_unit_moves_the_border_of_both_parents(board: Board) -> None:
    moved = replace(board.units["1-0-0-0"], parent_code="1-0-1", code="1-0-1-9")
    board.shapes["1-0-1-9"] = board.shapes.pop("1-0-0-0")
    board.units = {**{c: u for c, u in board.units.items() if c != "1-0-0-0"}, "1-0-1-9": moved}
    version = board.publish()
    kinds = board.connection.execute(
        "SELECT v.code, l.kind FROM lineage AS l JOIN unit_version AS v ON v.unit_id = l.from_unit"
        " AND upper_inf(v.valid) AND upper_inf(v.sys) WHERE l.version_id = %s AND v.level = 3 ORDER BY 1, 2",
        [version],
    ).fetchall()
    assert kinds == [("1-0-0", "reshape"), ("1-0-0", "transfer"), ("1-0-1", "reshape")]


def test_a_unit_that_goes_without_a_heir_is_retired_and_new_land_is_drawn(board: Board) -> None:
    del board.shapes["1-1-3-3"]
    board.shapes["1-0-0-9"] = shapely.MultiPolygon(
        [snap(shapely.box(WEST - STEP, SOUTH, WEST, SOUTH + STEP, ccw=True))]
    )
    board.units["1-0-0-9"] = draft(4, "1-0-0-9", "1-0-0")
    version = board.publish()
    rows = [row for row in board.lineage(version) if row[2] in ("retire", "draw")]
    assert rows == [("1-1-3-3", None, "retire", 1.0), (None, "1-0-0-9", "draw", None)]


def test_a_code_that_was_given_away_stays_its_unit_s(board: Board) -> None:
    was = board.units["1-0-0-0"]
    board.units["1-0-0-0"] = replace(was, code="1-0-0-50")
    board.units["1-0-0-50"] = board.units.pop("1-0-0-0")
    board.shapes["1-0-0-50"] = board.shapes.pop("1-0-0-0")
    board.publish()
    stolen = replace(board.units["1-0-0-1"], code="1-0-0-0")
    units = [stolen if unit.code == "1-0-0-1" else unit for unit in board.units.values()]
    arcs = build_arcs([board.shapes[unit.code] for unit in board.units.values() if unit.level == 4])
    with pytest.raises(InvalidInput, match="1-0-0-0: was given to another unit; a code is never given twice"):
        publish(board.connection, "grids", units, arcs, "theft", LATEST)
    anew = [
        replace(u, unit_id=None, code="1-0-0-0") if u.code == "1-0-0-1" else u for u in board.units.values()
    ]
    with pytest.raises(InvalidInput, match="1-0-0-0: was the code of the unit that is 1-0-0-50 now"):
        publish(board.connection, "grids", anew, arcs, "theft", LATEST)


def test_a_counter_plan_brings_a_retired_unit_back_under_its_own_code(board: Board) -> None:
    """Merge and undo: the same identity, the same code, the same shape; the time between stays on record."""
    gone, shapes, units = board.units["1-0-0-1"].unit_id, dict(board.shapes), dict(board.units)
    one, other = board.shapes["1-0-0-0"], board.shapes.pop("1-0-0-1")
    board.shapes["1-0-0-0"] = shapely.MultiPolygon(shapely.get_parts(shapely.union(one, other)).tolist())
    board.publish()
    assert "1-0-0-1" not in board.units
    board.shapes, board.units = shapes, units
    version = board.publish(LATEST)
    assert board.units["1-0-0-1"].unit_id == gone
    rows = [row for row in board.lineage(version) if row[2] != "continue"]
    assert rows == [("1-0-0-0", "1-0-0-0", "split", 0.5), ("1-0-0-0", "1-0-0-1", "split", 0.5)]
    assert read_snapshot(board.connection, "grids", LATER).base_count == 15


def test_an_identity_keeps_its_coverage_and_its_level(board: Board) -> None:
    stranger = board.connection.execute(
        "INSERT INTO unit (coverage, level) VALUES ('police', 1) RETURNING id"
    ).fetchone()[0]
    board.units["1-0-0-0"] = replace(board.units["1-0-0-0"], unit_id=stranger, code="x")
    board.units["x"] = board.units.pop("1-0-0-0")
    board.shapes["x"] = board.shapes.pop("1-0-0-0")
    with pytest.raises(InvalidInput, match="x: has the identity of a unit of level 1 of 'police'"):
        board.publish()


def test_people_have_versions_and_leave_with_their_unit(board: Board) -> None:
    run = board.connection.execute
    run("INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'utility')")
    for code in ("a", "b"):
        run(
            "INSERT INTO worker (code, name, phone, role, organisation_id)"
            " SELECT %s, '张**', '138****0000', 'grid_worker', id FROM organisation WHERE code = 'o'", [code],
        )  # fmt: skip
    one, two = (row[0] for row in run("SELECT id FROM worker ORDER BY code").fetchall())
    board.units["1-0-0-0"] = replace(board.units["1-0-0-0"], people=((one, "leader"), (two, "worker")))
    board.publish()
    assert board.units["1-0-0-0"].people == ((one, "leader"), (two, "worker"))
    board.units["1-0-0-0"] = replace(board.units["1-0-0-0"], people=((two, "leader"),))
    board.publish(LATEST)
    assert board.units["1-0-0-0"].people == ((two, "leader"),)
    told = portrait(board.connection, "grids", "1-0-0-0", LATER)
    assert [(person["worker_id"], person["role"]) for person in told["people"]] == [
        (one, "leader"), (two, "worker"),
    ]  # fmt: skip
    one_more = board.shapes.pop("1-0-0-0")
    board.shapes["1-0-0-1"] = shapely.MultiPolygon(
        shapely.get_parts(shapely.union(one_more, board.shapes["1-0-0-1"])).tolist()
    )
    board.publish(LATEST + timedelta(days=1))
    left = run("SELECT count(*) FROM unit_person WHERE upper_inf(sys) AND upper_inf(valid)").fetchone()
    assert left == (0,)


def test_what_is_counted_at_points_weighs_more_than_area(board: Board) -> None:
    """All events stand in the small part; households stand half and half; nothing is told of people."""
    kept, new = west_part(board.shapes["1-0-0-0"], 0.75)
    west, south, east, north = new.bounds
    for number in range(3):
        board.connection.execute(
            "INSERT INTO event (no, category, source, title, state, geom, occurred_at, ruling) SELECT %s,"
            " min(code), 'app', 't', 'closed', ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'inside'"
            " FROM matter",
            [f"E{number}", (west + east) / 2, south + (north - south) * (number + 1) / 5, LONG_AGO],
        )
    households = PointWeights(
        np.array([kept.bounds[0] + 1e-4, east - 1e-4]), np.array([south + 1e-4] * 2), np.array([7.0, 7.0])
    )
    board.shapes |= {"1-0-0-0": kept, "1-0-0-9": new}
    board.units["1-0-0-9"] = draft(4, "1-0-0-9", "1-0-0")
    version = board.publish(weights={"households": households})
    rows = board.connection.execute(
        "SELECT round(w_area::numeric, 3), w_households, w_events, w_population FROM lineage"
        " WHERE version_id = %s AND kind = 'split' ORDER BY w_area DESC",
        [version],
    ).fetchall()
    assert [(float(area), *rest) for area, *rest in rows] == [(0.75, 0.5, 0.0, None), (0.25, 0.5, 1.0, None)]


def test_the_weights_of_every_unit_add_up_to_one(board: Board) -> None:
    """Several changes at once, on every level."""
    kept, new = west_part(board.shapes["1-0-1-1"], 1 / 3)
    board.shapes |= {"1-0-1-1": kept, "1-0-1-9": new}
    board.units["1-0-1-9"] = draft(4, "1-0-1-9", "1-0-1")
    del board.shapes["1-1-2-0"]
    board.publish()
    sums = board.connection.execute(
        "SELECT sum(w_area) FROM lineage WHERE from_unit IS NOT NULL GROUP BY version_id, from_unit"
    ).fetchall()
    assert len(sums) > 3
    assert all(abs(total - 1) <= 1e-9 for (total,) in sums)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(coverages(), coverages(), st.data())
def test_pieces_of_any_two_coverages_share_everything_out_once(one, other, data) -> None:
    before, after = np.array(one, object), np.array(other, object)
    pieces = overlay(before, after)
    assert set(pieces.before.tolist()) == set(range(len(before)))
    total = np.bincount(pieces.before, pieces.share, len(before))
    np.testing.assert_allclose(total, 1, atol=1e-9)
    chosen = data.draw(st.lists(st.integers(0, len(before) - 1), max_size=5)) if len(before) else []
    points = [before[index].representative_point() for index in chosen]
    weights = PointWeights(
        np.array([p.x for p in points]), np.array([p.y for p in points]), np.ones(len(points))
    )
    inside = pieces.after >= 0
    assert weights.sums(pieces.shapes[inside]).sum() <= len(points)


def test_an_unknown_identity_begins_a_new_unit(board: Board) -> None:
    """A plan draws identities when an operation is asked for; they are published as they are."""
    kept, new = west_part(board.shapes["1-0-0-0"], 0.5)
    key = uuid4()
    board.shapes |= {"1-0-0-0": kept, "1-0-0-9": new}
    board.units["1-0-0-9"] = replace(draft(4, "1-0-0-9", "1-0-0"), unit_id=key)
    board.publish(plan_id=7)
    assert board.units["1-0-0-9"].unit_id == key
    assert board.connection.execute("SELECT max(plan_id) FROM coverage_version").fetchone() == (7,)

"""The quarrels of a plan's borders: what a new line saves, and whose arcs count."""

from __future__ import annotations

import numpy as np
import pytest

from grid_editor.base import Base
from grid_editor.borders import border_quarrels, borders_in, plan_quarrels
from grid_editor.change import UnitValue
from grid_editor.state import State
from spatial.grids.quarrels import Reports
from spatial.grids.units import Coverage
from tests.grid_editor.drawings import CELL_NANO, ORIGIN, ROW, base, box, points, redrawn, state


def market(*cells: tuple[float, float]) -> Reports:
    """An event a day at each place, known to ten metres."""
    at = points(*cells)
    full = np.ones(len(at.lon))
    return Reports(at.lon, at.lat, full * 10.0, full * 365.25)


def test_a_line_that_leaves_the_market_saves_its_quarrels() -> None:
    before = state(ROW)
    after = redrawn(before, state({**ROW, "a": box(0, 0, 0.5, 1), "b": box(0.5, 0, 2, 1)}))
    found = plan_quarrels(before, after, after.change.units, market((1.02, 0.5), (0.98, 0.4)))
    was, now = found.a_year
    assert was == pytest.approx(2 * 365.25 * 0.43, rel=0.03), "1.7 m from the border, of σ 10 m"
    assert now < 1


def test_arcs_inside_a_composed_unit_have_no_quarrels() -> None:
    """Two grids of one police area: whose event it is between them matters to nobody."""
    below = base(ROW)
    about = Coverage("police", "警务区", "Police", "special", ("area",), "local", 0.0, composed_of="grids")
    areas = [UnitValue(id, 1, id, None, id, id, True) for id in ("east", "west")]
    composed = State(Base.composed(about, 1, areas, {"a": "west", "b": "west", "c": "east"}, below))
    whole = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 3 * CELL_NANO, ORIGIN[1] + CELL_NANO)
    ground = market((1.02, 0.5), (2.02, 0.5))
    found = border_quarrels(composed, sorted(composed.pieces()), ground)
    inner = [each for each in found if set(each.piece.sides) == {"a", "b"}]
    between = [each for each in found if set(each.piece.sides) == {"b", "c"}]
    assert [each.a_year for each in inner] == [0.0]
    assert between[0].a_year > 100
    pieces = borders_in(composed, whole)
    assert {"a", "b"} not in [set(piece.sides) for piece in pieces]
    assert sum(each.a_year for each in border_quarrels(composed, pieces, ground)) > 100


def test_no_arcs_no_quarrels() -> None:
    assert border_quarrels(state(ROW), [], market((1, 0.5))) == []

"""The quarrel map of a plan: how many events a year its borders put on the wrong side, before and after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from grid_editor.change import OUTSIDE, Piece
from grid_editor.pieces import Box, to_arcs
from grid_editor.state import State
from spatial.grids.quarrels import Reports, quarrels


@dataclass(frozen=True)
class BorderQuarrel:
    """What is expected of one arc."""

    piece: Piece
    of_left: float
    """Events a year that are told for the unit on the left and truly belong beyond the arc."""
    of_right: float
    length_m: float

    @property
    def a_year(self) -> float:
        """Events a year on the wrong side, of both units together."""
        return self.of_left + self.of_right


@dataclass(frozen=True)
class PlanQuarrels:
    """The borders of the units that a plan touches."""

    before: tuple[BorderQuarrel, ...]
    after: tuple[BorderQuarrel, ...]

    @property
    def a_year(self) -> tuple[float, float]:
        """Sums before and after, events a year."""
        first, second = (sum(border.a_year for border in side) for side in (self.before, self.after))
        return first, second


def border_quarrels(state: State, pieces: Sequence[Piece], reports: Reports) -> list[BorderQuarrel]:
    """Expect the quarrels of some arcs, in their order; arcs inside a composed unit have none."""
    if not pieces:
        return []
    owner = {side: _unit_of(state, side) for piece in pieces for side in piece.sides}
    units = sorted(set(owner.values()) - {OUTSIDE})
    number = {unit: row for row, unit in enumerate(units)}
    index = {side: number.get(unit, -1) for side, unit in owner.items()}
    arcs = to_arcs(pieces, index)
    found = quarrels(arcs, [state.polygon(unit) for unit in units], reports)
    inner = arcs.left == arcs.right
    sides = np.where(inner, 0.0, [found.of_left, found.of_right])
    rows = zip(pieces, sides[0].tolist(), sides[1].tolist(), found.length_m.tolist(), strict=True)
    return [BorderQuarrel(*row) for row in rows]


def _unit_of(state: State, side: str) -> str:
    """Name the unit of the coverage that a side belongs to: itself, but of a composed coverage its area."""
    if side == OUTSIDE or not state.base.about.composed_of:
        return side
    area = state.ancestor(side, state.base.depth - 1)
    return OUTSIDE if area is None else area.id


def plan_quarrels(before: State, after: State, touched: Collection[str], reports: Reports) -> PlanQuarrels:
    """Expect the quarrels of all borders of the touched base units on both sides of a plan."""
    sides = []
    for state in (before, after):
        units = [found for id in touched if (found := state.find(id)) and found.level == state.base.depth]
        pieces = {piece for unit in units for piece in state.pieces_of(unit.id)}
        sides.append(tuple(border_quarrels(state, sorted(pieces), reports)))
    return PlanQuarrels(sides[0], sides[1])


def borders_in(state: State, box: Box) -> list[Piece]:
    """List the arcs near a box (nano-degrees) that are borders of the coverage's units."""
    return [piece for piece in state.pieces_in(box) if not _is_inner(state, piece)]


def _is_inner(state: State, piece: Piece) -> bool:
    return _unit_of(state, piece.left) == _unit_of(state, piece.right)

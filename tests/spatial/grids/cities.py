"""Small coverages to test with."""

from __future__ import annotations

import shapely

from spatial.geometry.arcs import Arcs, build_arcs
from spatial.geometry.precision import snap
from spatial.grids.versions import UnitDraft

WEST, SOUTH, STEP = 116.3, 39.9, 0.01


def draft(level: int, code: str, parent: str | None, name: str | None = None) -> UnitDraft:
    """Make a draft unit with a hostile name."""
    return UnitDraft(level, code, parent, name or f"'{code}\" <&%s>", f"unit {code}", True)


def squares(columns: int = 4, rows: int = 4) -> list[shapely.Polygon]:
    """Cut a box into squares, column by column."""
    return [
        snap(
            shapely.box(
                WEST + i * STEP, SOUTH + j * STEP, WEST + (i + 1) * STEP, SOUTH + (j + 1) * STEP, ccw=True
            )
        )
        for i in range(columns)
        for j in range(rows)
    ]


def chessboard(columns: int = 4, rows: int = 4) -> tuple[list[UnitDraft], Arcs]:
    """A district of two streets, a community a column, a grid a square."""
    half = columns // 2
    units = [
        draft(4, f"1-{i // half}-{i}-{j}", f"1-{i // half}-{i}") for i in range(columns) for j in range(rows)
    ]
    units += [draft(3, f"1-{i // half}-{i}", f"1-{i // half}") for i in range(columns)]
    units += [draft(2, f"1-{s}", "1") for s in range(2)]
    units += [draft(1, "1", None)]
    return units, build_arcs(squares(columns, rows))

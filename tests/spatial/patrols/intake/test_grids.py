"""Fixes lie in the units of their own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from spatial.database import connect
from spatial.grids.versions import publish
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard
from tests.spatial.patrols.intake.yard import NOW, Yard, one

LON, LAT = WEST + STEP / 2, SOUTH + STEP / 2


def test_the_grid_is_that_of_the_time(yard: Yard) -> None:
    """Two versions: a fix lies in the unit that was there when it was taken, whenever it comes."""
    units, arcs = chessboard()
    units = [replace(unit, code="1-0-0-9") if unit.code == "1-0-0-0" else unit for unit in units]
    ordered = [*(unit for unit in units if unit.level == 4), *(unit for unit in units if unit.level < 4)]
    cut = NOW - timedelta(hours=5)
    with connect(yard.url) as connection:
        publish(connection, "grids", ordered, arcs, "later", cut)
    moments = [cut + timedelta(seconds=n) for n in (-1, 0, 1)] + [NOW - timedelta(days=31)]
    yard.take(*(yard.walked(one(moment, LON, LAT)) for moment in moments))
    found = [code for (code,) in yard.ask("SELECT unit_code FROM fix ORDER BY time")]
    assert found == [None, "1-0-0-0", "1-0-0-9", "1-0-0-9"]

"""Coverages whose units lie in units of another one: micro-grids in grids, unit grids in communities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.grids.units import Coverage, UnitDraft

ROOM = "spatial.grids"
_MOST_PROBLEMS = 20


def check(
    connection: Connection[Any], about: Coverage, units: Sequence[UnitDraft], valid_from: datetime
) -> None:
    """Raise InvalidInput naming units of the first level that lie in no unit in force then."""
    if about.within is None:
        return
    values = {"within": about.within, "level": about.within_level, "valid_from": valid_from}
    there = {code for (code,) in connection.execute(query(ROOM, "within_codes"), values)}
    problems = [
        Problem(unit.code, f"its parent '{unit.parent_code}' is not in force in '{about.within}'")
        for unit in units
        if unit.level == 1 and unit.parent_code not in there
    ]
    if problems:
        raise InvalidInput(problems[:_MOST_PROBLEMS])

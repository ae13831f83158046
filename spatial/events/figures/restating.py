"""Figures restated on the units of another day (按某日网格重算): events are located anew, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.errors import InvalidInput
from spatial.events.figures.asking import Cell, check_cells
from spatial.events.figures.cubes import NONE, Asked
from spatial.events.figures.measures import NAMES, counted
from spatial.events.figures.tickets import points

Degrees = npt.NDArray[np.float64]

GRIDS = "grids"
MOST = 400_000
"""Events that are located anew for one answer."""


@dataclass(frozen=True)
class Grounds:
    """The units that figures are restated on."""

    chains: Any
    """Of each base unit, from coarse to fine, with code."""
    locate: Callable[[Degrees, Degrees], tuple[npt.NDArray[np.int32], Any]]

    def codes(
        self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], level: int
    ) -> list[tuple[str | None, str | None]]:
        """Give the codes of the unit of a level and of the base unit that each point lies in, or None."""
        units = [(chain[level - 1].code, chain[-1].code) for chain in self.chains]
        return [units[index] if index >= 0 else (None, None) for index in self.locate(lon, lat)[0].tolist()]


def restated(connection: Connection[Any], asked: Asked, grounds: Grounds) -> list[Cell]:
    """Count by the units of other grounds, or by anything else in the unit asked for on these grounds.

    InvalidInput when there are more events than MOST, or more cells than an answer has.
    """
    measures = list(counted(asked.basis))
    cells: dict[tuple[date | None, str | None], dict[str, int]] = {}
    for row, key in _located(connection, asked, measures, grounds):
        for index, name in enumerate(measures):
            times, day = row[4 + 2 * index], row[5 + 2 * index]
            if times:
                counts = cells.setdefault((start_of(day, asked.bucket), key), dict.fromkeys(NAMES, 0))
                counts[name] += times
    check_cells(asked, len(cells))
    return [Cell(starts, key, counts) for (starts, key), counts in sorted(cells.items(), key=_order)]


def _order(item: tuple[tuple[date | None, str | None], Any]) -> tuple[date, bool, str]:
    starts, key = item[0]
    return starts or date.min, key is None, key or ""


def located_in(
    connection: Connection[Any], asked: Asked, measure: str, key: str | None, grounds: Grounds
) -> list[int]:
    """Number the events of a measure that are of a key on other grounds; NONE: of none, None: of any."""
    wanted = None if key == NONE else key
    found = _located(connection, asked, [measure], grounds)
    return [row[0] for row, own in found if row[4] and (key is None or own == wanted)]


def _located(
    connection: Connection[Any], asked: Asked, measures: list[str], grounds: Grounds
) -> list[tuple[tuple[Any, ...], str | None]]:
    """Read the events in the unit asked for on these grounds, whatever unit they have, with their key."""
    rows = _read(connection, replace(asked, unit=None), measures)
    codes = _codes(rows, grounds, asked.level if asked.coverage == GRIDS else len(grounds.chains[0]))
    return [
        (row, code if asked.by == "unit" else row[3])
        for row, (code, base) in zip(rows, codes, strict=True)
        if _is_inside(base, asked)
    ]


def _is_inside(code: str | None, asked: Asked) -> bool:
    """Tell whether a base unit is the one asked for, or below it: codes of `grids` alone say that."""
    if asked.unit in (None, NONE):
        return asked.unit is None or code is None
    assert asked.unit is not None
    return code is not None and (
        code.startswith(asked.unit) if asked.coverage == GRIDS else code == asked.unit
    )


def _read(connection: Connection[Any], asked: Asked, measures: list[str]) -> list[tuple[Any, ...]]:
    rows = points(connection, asked, measures, MOST + 1)
    if len(rows) > MOST:
        raise InvalidInput.at(
            "from", f"more than {MOST:,} events would be located anew: ask for a shorter span"
        )
    return rows


def _codes(rows: list[tuple[Any, ...]], grounds: Grounds, level: int) -> list[tuple[str | None, str | None]]:
    lon, lat = np.array([row[1:3] for row in rows], np.float64).reshape(-1, 2).T
    return grounds.codes(np.ascontiguousarray(lon), np.ascontiguousarray(lat), level)


def start_of(day: date, bucket: str) -> date | None:
    """Give the first day of the bucket that a day lies in; None where there is but one."""
    match bucket:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return None

"""Figures by unit, as counted then or restated on the units of another day (当时口径、按某日网格重算).

Points are located anew, exactly; figures that are not points are shared out by a crosswalk (`carry`). What
was counted then never moves: an event keeps the unit and the version of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput

ROOM = "spatial.grids"
TOPICS = ("events", "places", "components")


@dataclass(frozen=True)
class Points:
    """What is counted: where it lies, and the unit it was ruled into."""

    lon: npt.NDArray[np.float64]
    """(n,) degrees."""
    lat: npt.NDArray[np.float64]
    unit_code: Sequence[str | None]
    """Base unit of the coverage `grids`, at its time."""
    version: Sequence[int | None]
    """The version of the coverage that ruled; None: the one in force."""


@dataclass(frozen=True)
class Figure:
    """How many there are in a unit."""

    code: str
    name: str
    name_en: str
    count: int


def read_points(
    connection: Connection[Any], of: str, since: datetime | None = None, until: datetime | None = None
) -> Points:
    """Read events that occurred in [since, until), or places, or components, as the session's reader may see.

    InvalidInput when `of` is nothing that is counted, or when what stands still is asked for by time.
    """
    if of not in TOPICS:
        raise InvalidInput.at("of", f"must be one of {', '.join(TOPICS)}")
    if of != "events" and (since or until):
        raise InvalidInput.at("since", f"{of} stand still: only events are counted by time")
    values = {"since": since, "until": until}
    rows = connection.execute(query(ROOM, f"restated_{of}"), values, binary=True).fetchall()
    lon, lat, codes, versions = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Points(np.array(lon, np.float64), np.array(lat, np.float64), codes, versions)


def counted_then(connection: Connection[Any], points: Points, level: int) -> tuple[list[Figure], int]:
    """Count by the units of a level as they were when each thing was ruled; and how many were in none.

    A unit that was called otherwise later stands under each of its codes.
    """
    units = {version: _units(connection, version) for version in set(points.version)}
    found: dict[str, list[Any]] = {}
    lost = 0
    for code, version in zip(points.unit_code, points.version, strict=True):
        unit = _climb(units[version], code, level)
        if unit is None:
            lost += 1
        else:
            found.setdefault(unit[0], [unit, 0])[1] += 1
    figures = [Figure(unit[0], unit[1], unit[2], count) for unit, count in found.values()]
    return sorted(figures, key=lambda figure: figure.code), lost


_Unit = tuple[str, str, str, int, str | None]
"""code, name, name_en, level, parent_code."""


def _units(connection: Connection[Any], version: int | None) -> dict[str, _Unit]:
    rows = connection.execute(query(ROOM, "restated_units"), {"version": version}).fetchall()
    return {row[0]: row for row in rows}


def _climb(units: Mapping[str, _Unit], code: str | None, level: int) -> _Unit | None:
    unit = units.get(code or "")
    while unit is not None and unit[3] > level:
        unit = units.get(unit[4] or "")
    return unit if unit is not None and unit[3] == level else None


def counted_on(
    chains: Sequence[Sequence[Any]], unit: npt.NDArray[np.int32], level: int
) -> tuple[list[Figure], int]:
    """Count what was located anew by the units of a level; and how much of it lies in none.

    chains: of each base unit, from coarse to fine, with code, name and name_en. unit: (n,) index of a base
    unit, -1 for none.
    """
    inside = unit[unit >= 0]
    counts = np.bincount(inside, minlength=len(chains))
    found: dict[str, list[Any]] = {}
    for chain, count in zip(chains, counts.tolist(), strict=True):
        if count:
            link = chain[level - 1]
            found.setdefault(link.code, [link, 0])[1] += count
    figures = [Figure(link.code, link.name, link.name_en, count) for link, count in found.values()]
    return sorted(figures, key=lambda figure: figure.code), len(unit) - len(inside)

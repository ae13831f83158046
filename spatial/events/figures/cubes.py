"""The cubes that figures are kept in, and which of them answers a question; see 0022_figures.sql.

A cube keeps some columns of the events apart and adds up over the others, by day or by month. A question is
answered from a cube that has its columns, unless the reader may see rows that the cube has under a unit or an
organisation that is not theirs: then the events themselves are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from spatial.rights.reader import Reader

Bucket = Literal["day", "week", "month", "quarter", "year", "all"]
By = Literal["unit", "organisation", "source", "category", "class", "person", "all"]

WIDTHS = (6, 9, 12, 15)
"""Digits of a code of `grids` by level, 1 first; also in fold.sql."""
NONE = "none"
"""Asks for what has no unit, organisation or person."""
_MONTHLY = ("month", "quarter", "year", "all")


@dataclass(frozen=True)
class Asked:
    """A question for figures."""

    since: date
    until: date
    """Days of the city's clock, [since, until)."""
    by: By = "all"
    bucket: Bucket = "all"
    basis: int = 0
    """0: all that became of an event counts on the day it was reported; 1: each step on its own day."""
    level: int = 2
    """Of units, where figures are by unit."""
    coverage: str = "grids"
    unit: str | None = None
    """Only what lies in this unit of `grids`, of any level; NONE: in no unit."""
    organisation: str | None = None
    """Its number, or NONE."""
    source: str | None = None
    category: str | None = None
    class_code: str | None = None
    person: str | None = None
    """A worker's number, or NONE."""

    @property
    def columns(self) -> set[str]:
        """Name the columns of the events that must be kept apart."""
        wanted = {
            "unit_code": self.by == "unit" or self.unit is not None,
            "organisation_id": self.by == "organisation" or self.organisation is not None,
            "source": self.by == "source" or self.source is not None,
            "category": self.by in ("category", "class") or bool(self.category or self.class_code),
            "worker_id": self.by == "person" or self.person is not None,
        }
        return {name for name, asked in wanted.items() if asked}

    @property
    def digits(self) -> int:
        """Give how many digits of the unit's code are looked at."""
        by_unit = WIDTHS[self.level - 1] if self.by == "unit" else 0
        return max(by_unit, len(self.unit) if self.unit not in (None, NONE) else 0)

    @property
    def days(self) -> int:
        """Count the days that are asked for."""
        return (self.until - self.since).days


@dataclass(frozen=True)
class Cube:
    """What fold.sql keeps apart under a number."""

    number: int
    columns: frozenset[str]
    digits: int = 0
    """Of the unit's code; 0: units are not kept apart."""
    monthly: bool = False
    cells: int = 1
    """About how many there are in a day or month of a large city: the cube with the fewest answers."""


def _cube(number: int, digits: int, cells: int, *columns: str, monthly: bool = False) -> Cube:
    units = ("unit_code",) if digits else ()
    return Cube(number, frozenset((*units, *columns)), digits, monthly, cells)


CUBES = (
    _cube(1, 12, 650),
    _cube(2, 15, 2_600, monthly=True),
    _cube(3, 9, 170, "source"),
    _cube(4, 6, 250, "category"),
    _cube(5, 9, 4_000, "category", monthly=True),
    _cube(6, 0, 100, "organisation_id"),
    _cube(7, 9, 1_500, "organisation_id", monthly=True),
    _cube(8, 9, 2_600, "worker_id", monthly=True),
)


def cube_for(asked: Asked, reader: Reader, last_day: date) -> Cube | None:
    """Choose the smallest cube that answers for this reader; None: the events must be counted.

    last_day: no event is of a later one, so an end after it is as good as the end of its month.
    """
    good = [cube for cube in CUBES if _answers(cube, asked, last_day) and _is_whole(cube, reader)]
    return min(good, key=lambda cube: cube.cells * asked.days / (30 if cube.monthly else 1), default=None)


def _answers(cube: Cube, asked: Asked, last_day: date) -> bool:
    if asked.coverage != "grids" or not asked.columns <= cube.columns or asked.digits > cube.digits:
        return False
    # What has no unit is told from the code being null, at any number of digits.
    return not cube.monthly or (asked.bucket in _MONTHLY and _whole_months(asked, last_day))


def _whole_months(asked: Asked, last_day: date) -> bool:
    return asked.since.day == 1 and (asked.until.day == 1 or asked.until > last_day)


def _is_whole(cube: Cube, reader: Reader) -> bool:
    """Tell whether the policy shows a reader all of the cube's cells that hold their events, whole."""
    if reader.sees_everything:
        return True
    by_area = reader.reach != "area" or cube.digits >= len(reader.area or "")
    by_organisation = reader.organisation_id is None or "organisation_id" in cube.columns
    return by_area and by_organisation

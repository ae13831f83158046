"""What a decision is made from, as values: lines of the duty list and people in the field."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from spatial.events.dispatch.hours import Spans, holds, read_hours

GRIDS = "grids"
"""The coverage whose units are climbed upward; every other one that has lines is special (专属网格)."""


@dataclass(frozen=True)
class Line:
    """A line of the duty list (权责清单): unit × matter × time → organisation and person."""

    id: int
    """Negative in a draft, where it has none yet."""
    unit_code: str
    category: str
    """A matter code, the first digits of one, or "" for everything else."""
    organisation_id: int
    worker_id: int | None = None
    rank: int = 1
    coverage: str = GRIDS
    anybody: bool = False
    """Whoever of the organisation's people is best."""
    skills: frozenset[str] = frozenset()
    hours: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    area: Any = None
    """MultiPolygon, EPSG:4326: where in the unit it holds; None: in all of it."""
    basis: str | None = None
    dispute_id: int | None = None
    edition: int = 1

    @cached_property
    def spans(self) -> Spans | None:
        """The minutes of the week that it holds in; None: all."""
        return None if self.hours is None else read_hours(self.hours)

    @property
    def is_temporary(self) -> bool:
        """Tell whether it comes into force or ends at some moment."""
        return self.valid_from is not None or self.valid_until is not None

    def in_force(self, moment: datetime) -> bool:
        """Tell whether the city has this line at a moment."""
        begun = self.valid_from is None or self.valid_from <= moment
        return begun and (self.valid_until is None or moment < self.valid_until)

    def in_hours(self, minute: int) -> bool:
        """Tell whether it holds in a minute of the week."""
        return holds(self.spans, minute)


@dataclass(frozen=True)
class Person:
    """Somebody in the field, as of now."""

    id: int
    organisation_id: int
    unit_code: str | None = None
    skills: frozenset[str] = frozenset()
    on_duty: bool = True
    lon: float = math.nan
    """Last known place, WGS-84 degrees; NaN: not known."""
    lat: float = math.nan
    load: int = 0
    """Events that wait for this person."""
    told_m: float | None = None
    """How far it was said to be, where the place itself is not told."""

    def metres_from(self, lon: float, lat: float) -> float:
        """Measure how far the person is from a point, within 0.5 % below 100 km; infinite when not known.

        To the decimetre: what is kept of a decision decides in the same way.
        """
        if self.told_m is not None:
            return self.told_m
        if math.isnan(self.lon):
            return math.inf
        middle = math.radians((self.lat + lat) / 2)
        metres = math.hypot((self.lon - lon) * math.cos(middle), self.lat - lat) * METRES_PER_DEGREE
        return round(metres, 1)


METRES_PER_DEGREE = 111_195.0
"""Of a great circle of the mean earth."""

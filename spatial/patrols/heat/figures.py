"""Figures of heat as they are drawn and told: by cell, with a rate that the legend is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from spatial.database import query
from spatial.database.matching import end_of
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.asking import Found
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.legend import EVENTS, PATROLS, Legend, event_rates, patrol_rates
from spatial.patrols.heat.pictures import Picture
from spatial.types import BBox

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """What was counted by cell (n,) of a level, over a span."""

    legend: Legend
    level: int
    cells: Int
    counts: Int
    """Milliseconds, or events."""
    since: datetime
    until: datetime
    days: float
    least_people: int | None = None
    """None: everything; else only what so many people did together."""

    @property
    def values(self) -> Float:
        """Seconds, or events."""
        return self.counts / (1e3 if self.legend is PATROLS else 1.0)

    @property
    def rates(self) -> Float:
        """Give the rate that the legend is of."""
        return self.rates_on(self.counts, lattice.cell_areas_m2(self.level, self.cells))

    def rates_on(self, counts: Int, areas_m2: Float) -> Float:
        """Give the rates of counts (n,) on areas."""
        make = patrol_rates if self.legend is PATROLS else event_rates
        return make(counts, areas_m2, self.days)

    @property
    def picture(self) -> Picture:
        """Lay them out as a raster."""
        hides = self.least_people is not None
        return Picture(self.level, self.cells, self.values, self.rates, self.legend, hides)


def of_patrols(found: Found) -> Figures:
    """Tell what was asked of the heat of patrols."""
    return Figures(
        PATROLS, found.level, found.cells, found.ms, found.since, found.until, found.days, found.least_people
    )


@dataclass(frozen=True)
class EventQuestion:
    """Which events are counted, by when they were reported."""

    since: datetime
    until: datetime
    level: int
    box: BBox | None = None
    unit: str | None = None
    organisation: int | None = None
    category: str | None = None
    """A matter's code, or how it begins."""


def of_events(connection: Connection[Any], asked: EventQuestion) -> Figures:
    """Count events by cell, as far as the session's reader sees them."""
    box = asked.box._asdict() if asked.box else dict.fromkeys(("west", "south", "east", "north"))
    values = {
        **box, "since": asked.since, "until": asked.until, "unit": asked.unit,
        "unit_until": None if asked.unit is None else end_of(asked.unit),
        "organisation": asked.organisation, "category": asked.category,
        "scale": 1 << (lattice.ZOOM - asked.level),
    }  # fmt: skip
    rows = connection.execute(query(ROOM, "events"), values).fetchall()
    cells, counts = np.array(rows, np.int64).reshape(-1, 2).T
    days = (asked.until - asked.since) / timedelta(days=1)
    return Figures(EVENTS, asked.level, cells, counts, asked.since, asked.until, days)

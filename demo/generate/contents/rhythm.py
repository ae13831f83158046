"""The calendar of the events: fourteen whole weeks that end on a Sunday, with rain days.

The loader lays the calendar over the days before loading so that weekdays agree, and drops what lies before
the ninety days or after now. So the file stays the same whatever the day, and a Saturday is a Saturday.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.generate.contents.behaviours import Behaviour

DAYS = 98
HOUR_S = 3_600


@dataclass(frozen=True)
class Calendar:
    """What kind of day each of the 98 days is; day 0 is a Monday."""

    rain: NDArray[np.bool_]
    mood: NDArray[np.float64]

    @property
    def weekend(self) -> NDArray[np.bool_]:
        """Saturdays and Sundays."""
        return np.arange(DAYS) % 7 >= 5

    def rates(self, behaviour: Behaviour) -> NDArray[np.float64]:
        """Relative number of events on each day; sums to 1."""
        rate = self.mood * np.where(self.weekend, behaviour.weekend, 1.0)
        rate = rate * np.where(self.rain, behaviour.rain, 1.0)
        return np.asarray(rate / rate.sum())


def make_calendar(rng: np.random.Generator) -> Calendar:
    """Make about eighteen rain days in spells, and a slow wave of busier and calmer weeks."""
    rain = np.zeros(DAYS, dtype=bool)
    for start in rng.choice(np.arange(4, DAYS - 4), 11, replace=False):
        rain[start : start + int(rng.integers(1, 3))] = True
    wave = 1.0 + 0.08 * np.sin(np.arange(DAYS) / DAYS * 4.3 + 0.6)
    return Calendar(rain, wave * rng.normal(1.0, 0.05, DAYS))


def draw_times(
    calendar: Calendar, behaviour: Behaviour, count: int, rng: np.random.Generator
) -> tuple[Any, Any]:
    """Draw days (0 … 97) and seconds of the day for `count` events of one behaviour."""
    days = rng.choice(DAYS, count, p=calendar.rates(behaviour))
    hours = np.asarray(behaviour.hours, dtype=float)
    hour = rng.choice(24, count, p=hours / hours.sum())
    return days, hour * HOUR_S + rng.integers(0, HOUR_S, count)

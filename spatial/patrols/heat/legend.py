"""The legend of heat: fixed breaks, the same for every span, zoom and reader, and colours for everybody.

The measure is a rate, so that a day and a year, a small cell and a large one can be compared: of patrols
seconds per hectare and day, of events events per square kilometre and year. Each class is four times the one
before. Colours go from blue (seldom) to red (often): the classes of ColorBrewer's RdYlBu, which are told
apart with any colour vision (Brewer & Harrower 2003, colorbrewer2.org). Nothing is drawn where never.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

COLOURS = ("#4575b4", "#91bfdb", "#e0f3f8", "#fee090", "#fc8d59", "#d73027")
DAYS_A_YEAR = 365.2425


@dataclass(frozen=True)
class Legend:
    """Classes 1 to 6 by their lower bounds; class 0 is never."""

    name: str
    unit: str
    unit_zh: str
    bounds: tuple[float, ...]
    """Lower bounds of classes 2 to 6, in the unit."""

    def classes(self, rates: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Give the class of each rate (n,)."""
        values = np.asarray(rates, np.float64)
        return np.where(values > 0, np.searchsorted(self.bounds, values, side="right") + 1, 0)

    def written(self) -> dict[str, Any]:
        """Write it as clients get it."""
        lower = (0.0, *self.bounds)
        upper = (*self.bounds, None)
        return {
            "unit": self.unit,
            "unit_zh": self.unit_zh,
            "never": "not drawn",
            "classes": [
                {"class": number, "from": low, "below": high, "colour": colour}
                for number, (low, high, colour) in enumerate(zip(lower, upper, COLOURS, strict=True), 1)
            ],
        }


PATROLS = Legend("patrols", "seconds per hectare and day", "秒/公顷/日", (15.0, 60.0, 240.0, 960.0, 3840.0))
EVENTS = Legend(
    "events", "events per square kilometre and year", "件/平方公里/年", (4.0, 16.0, 64.0, 256.0, 1024.0)
)


def patrol_rates(ms: npt.ArrayLike, areas_m2: npt.ArrayLike, days: float) -> npt.NDArray[np.float64]:
    """Turn milliseconds in cells (n,) over some days into seconds per hectare and day."""
    return np.asarray(ms, np.float64) / 1e3 / (np.asarray(areas_m2) / 1e4) / max(days, 1e-9)


def event_rates(counts: npt.ArrayLike, areas_m2: npt.ArrayLike, days: float) -> npt.NDArray[np.float64]:
    """Turn counts in cells (n,) over some days into events per square kilometre and year."""
    return np.asarray(counts, np.float64) / (np.asarray(areas_m2) / 1e6) / max(days, 1e-9) * DAYS_A_YEAR

"""How long fixes stay where: in the database, whole in the archive, thinned out, and then nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from spatial.errors import InvalidInput
from spatial.patrols.archive import rows
from spatial.patrols.archive.catalogue import DROPPED, FULL, THINNED
from spatial.patrols.archive.fixes_file import UNTOLD, Judged
from spatial.patrols.simplify import simplified
from spatial.patrols.verdicts import COUNTS_FOR_WAY, Verdict
from spatial.settings import Settings

DATABASE = "database"
LEAST_DAYS = 3
"""A day is archived when it has ended everywhere, and phones had time to send."""


@dataclass(frozen=True)
class Policy:
    """Ages in days; 0: never."""

    after_days: int = 180
    """Older days go to the archive."""
    full_days: int = 0
    """Older ones are thinned out."""
    keep_days: int = 0
    """Older ones are dropped."""
    thin_m: int = 10
    """How far off a thinned track may be at any time."""

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """Read the policy of a deployment; InvalidInput names the variable."""
        after, full, keep = settings.archive_after_days, settings.archive_full_days, settings.archive_days
        if 0 < after < LEAST_DAYS:
            raise InvalidInput.at("CITYGRID_ARCHIVE_AFTER_DAYS", f"must be {LEAST_DAYS} at least, or 0")
        if full and full <= after:
            raise InvalidInput.at(
                "CITYGRID_ARCHIVE_FULL_DAYS", "must be more than CITYGRID_ARCHIVE_AFTER_DAYS"
            )
        if keep and keep <= max(after, full):
            raise InvalidInput.at("CITYGRID_ARCHIVE_DAYS", "must be more than the days of the other tiers")
        return cls(after, full, keep, settings.archive_thin_m)

    def tier(self, day: date, today: date) -> str:
        """Tell where the fixes of a UTC day belong: database, full, thinned or dropped."""
        age = (today - day).days
        if not self.after_days or age <= self.after_days:
            return DATABASE
        if self.keep_days and age > self.keep_days:
            return DROPPED
        return THINNED if self.full_days and age > self.full_days else FULL


def thinned(judged: Judged, most_m: float) -> Judged:
    """Keep of a day's fixes those that say where each mover was to within `most_m` at the time of every one.

    Only fixes that the clean track goes through are left; where nobody has graded, those with a good gate.
    """
    good = np.isin(judged.verdict, [int(each) for each in COUNTS_FOR_WAY])
    good |= (judged.verdict == UNTOLD) & (judged.rows["gate"] == Verdict.GOOD)
    good &= ~judged.marked
    return judged[good][_kept(judged[good], most_m)]


def _kept(judged: Judged, most_m: float) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(judged), bool)
    for _, part in rows.by_mover(judged.rows):
        times, lon, lat = (
            np.ascontiguousarray(judged.rows[name][part]) for name in ("time_us", "lon", "lat")
        )
        found[part] = simplified(times, lon, lat, most_m)
    return found

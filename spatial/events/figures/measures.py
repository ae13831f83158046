"""What is counted of events, and the rates that follow: one table of definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True)
class Measure:
    """Which events count, and on which day where each step counts on its own."""

    title: str
    title_en: str
    holds: LiteralString
    """Over the columns of event."""
    at: LiteralString | None
    """The moment of the step; None: it is not kept, so only the day of the report counts."""
    times: LiteralString | None = None
    """Counted once for each time, where an event counts more than once."""

    @property
    def moments(self) -> list[str]:
        """Name the columns of event that the moment is taken from."""
        return re.findall(r"[a-z]+_at", self.at or "")


MEASURES: Mapping[str, Measure] = {
    "reported": Measure("上报", "Reported", "true", "reported_at"),
    "merged": Measure("合并", "Merged into another", "merged_into IS NOT NULL", "reported_at"),
    "valid": Measure("有效", "Valid", "valid IS TRUE", "coalesce(accepted_at, reported_at)"),
    "invalid": Measure("无效", "Not valid", "valid IS FALSE", "coalesce(accepted_at, reported_at)"),
    "accepted": Measure("受理", "Accepted", "accepted_at IS NOT NULL", "accepted_at"),
    "filed": Measure("立案", "Filed", "filed_at IS NOT NULL", "filed_at"),
    "dispatched": Measure("派遣", "Dispatched", "dispatched_at IS NOT NULL", "dispatched_at"),
    "handled": Measure("处置", "Handled", "handled_at IS NOT NULL", "handled_at"),
    "on_time": Measure("按期处置", "Handled on time", "handled_on_time IS TRUE", "handled_at"),
    "late": Measure("超期处置", "Handled late", "handled_on_time IS FALSE", "handled_at"),
    "verified": Measure("核查", "Verified", "verified_at IS NOT NULL", "verified_at"),
    "closed": Measure("结案", "Closed", "closed_at IS NOT NULL", "closed_at"),
    "returned": Measure("退回(件)", "Returned", "returned_count > 0", None),
    "returns": Measure("退回(次)", "Returns", "returned_count > 0", None, "returned_count"),
    "redispatched": Measure("改派(件)", "Redispatched", "redispatched_count > 0", None),
    "redispatches": Measure("改派(次)", "Redispatches", "redispatched_count > 0", None, "redispatched_count"),
}
"""As 0022_figures.sql keeps them."""
NAMES = tuple(MEASURES)


@dataclass(frozen=True)
class Rate:
    """A share: of what, the sum of `among`, is `of`."""

    title: str
    title_en: str
    of: str
    among: tuple[str, ...]
    own_day: bool = False
    """Has a meaning too where each step counts on its own day."""


RATES: Mapping[str, Rate] = {
    "valid_rate": Rate("有效率", "Valid among judged", "valid", ("valid", "invalid"), own_day=True),
    "acceptance_rate": Rate("受理率", "Accepted among reported", "accepted", ("reported",)),
    "filing_rate": Rate("立案率", "Filed among accepted", "filed", ("accepted",)),
    "handling_rate": Rate("处置率", "Handled among dispatched", "handled", ("dispatched",)),
    "on_time_rate": Rate("按期处置率", "On time among handled", "on_time", ("on_time", "late"), own_day=True),
    "closing_rate": Rate("结案率", "Closed among filed", "closed", ("filed",)),
    "return_rate": Rate("退回率", "Returned among dispatched", "returned", ("dispatched",)),
    "redispatch_rate": Rate("改派率", "Redispatched among dispatched", "redispatched", ("dispatched",)),
}


def counted(basis: int) -> tuple[str, ...]:
    """Name the measures that a basis has."""
    return tuple(name for name, each in MEASURES.items() if basis == 0 or each.at is not None)


def rates(counts: Mapping[str, int], basis: int) -> dict[str, dict[str, float | int | None]]:
    """Give each rate with its denominator; the rate is None where there is nothing to share out."""
    found: dict[str, dict[str, float | int | None]] = {}
    for name, rate in RATES.items():
        if basis == 0 or rate.own_day:
            among = sum(counts[each] for each in rate.among)
            share = round(counts[rate.of] / among, 6) if among else None
            found[name] = {"rate": share, "of": counts[rate.of], "among": among}
    return found

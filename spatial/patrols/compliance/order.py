"""Points in their order: only what cannot have been otherwise counts against anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, Window
from spatial.patrols.compliance.waits import gaps, silences_of
from spatial.patrols.compliance.walkers import WALKERS

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Stays:
    """When a point was visited for long enough, and when nobody knows whether it was; µs."""

    visits: Spans
    silences: Spans
    gap_us: int
    """The longest time between two fixes that is no silence: moments are known no better."""

    @classmethod
    def of(
        cls, seen: Seen, enough: npt.NDArray[np.bool_], movers: Sequence[Seen], window: Window, rules: Rules
    ) -> Stays:
        """Take the visits that were long enough."""
        between = [end - begin for each in movers for begin, end in gaps(each.fixes_us, window)]
        linked = [length for length in between if length <= rules.link_s * 1e6]
        visits = zip(seen.since_us[enough].tolist(), seen.until_us[enough].tolist(), strict=True)
        return cls(list(visits), silences_of(movers, window, rules), max(linked, default=0))


def in_order(stays: Sequence[Stays], silent: bool) -> bool:
    """Tell whether points can have been visited one after another; silent: also while a phone said nothing.

    Passing one on the way to another is no fault: it is enough that there are visits in order among them.
    """
    at = None
    for stay in stays:
        spans = [*stay.visits, *(stay.silences if silent else ())]
        later = [begin for begin, end in spans if at is None or end + stay.gap_us >= at]
        if not later:
            return False
        at = min(later) if at is None else max(at, min(later))
    return True


def order_rate(unseen: Sequence[float | None]) -> float:
    """Give how often any of the true visits to points is not seen, by the rates of each: at the most."""
    least = 1 / (WALKERS + 1)
    return min(1.0, least + sum((1.0 if rate is None else rate) - least for rate in unseen))

"""Values over time: what they are in between, and as much of them as lies in a span."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

LINEAR, STEP, DISCRETE = "Linear", "Step", "Discrete"
"""Between two moments: on the straight way, as at the earlier one, nothing."""

Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """Values at moments (n,) in POSIX microseconds, strictly ascending.

    values: (n,) numbers or texts, or (n, 2) positions.
    """

    time_us: Int
    values: npt.NDArray[Any]
    interpolation: str = LINEAR

    def __len__(self) -> int:
        return len(self.time_us)

    def at(self, moments_us: npt.ArrayLike) -> Curve:
        """Give the values at some moments; where the curve is not, or says nothing, is left out."""
        return Curve(*self._found(np.asarray(moments_us, np.int64)), DISCRETE)

    def cut(self, begin_us: int, end_us: int) -> Curve:
        """Give the part in [begin, end], both included, with its values at the very ends."""
        inside = self.time_us[(self.time_us >= begin_us) & (self.time_us <= end_us)]
        if self.interpolation == DISCRETE or not len(self):
            wanted = inside
        else:
            begin, end = max(begin_us, int(self.time_us[0])), min(end_us, int(self.time_us[-1]))
            wanted = np.unique(np.array([begin, *inside, end], np.int64)) if begin <= end else inside
        return replace(self.at(wanted), interpolation=self.interpolation)

    def _found(self, wanted: Int) -> tuple[Int, npt.NDArray[Any]]:
        before = np.searchsorted(self.time_us, wanted, "right") - 1
        known = (before >= 0) & (wanted <= (self.time_us[-1] if len(self) else -1))
        wanted, before = wanted[known], before[known]
        if self.interpolation == DISCRETE:
            there = self.time_us[before] == wanted
            return wanted[there], self.values[before[there]]
        if self.interpolation == STEP:
            return wanted, self.values[before]
        return wanted, self._between(wanted, before)

    def _between(self, wanted: Int, before: npt.NDArray[Any]) -> npt.NDArray[Any]:
        after = np.minimum(before + 1, len(self) - 1)
        legs = np.maximum(self.time_us[after] - self.time_us[before], 1)
        share = (wanted - self.time_us[before]) / legs
        share = share.reshape(-1, *[1] * (self.values.ndim - 1))
        found = self.values[before] + share * (self.values[after] - self.values[before])
        # What was measured comes back to the bit.
        return np.asarray(np.where(share == 0, self.values[before], found))

"""Rates of false accusation: how often a true walker's record is no better, by phone and speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, Window
from spatial.patrols.compliance.targets import Samples, Target
from spatial.patrols.compliance.track import FloatArray
from spatial.patrols.compliance.walkers import rate_of, true_shares

LASTING = 4.0
"""Before anybody is accused it is also asked what errors would do that last this much longer."""
_SEED = 9_2026


@dataclass(frozen=True)
class Asked:
    """A target, what each of those who had to cover it saw of it, and by what rules."""

    target: Target
    samples: Samples
    movers: Sequence[Seen]
    window: Window
    rules: Rules
    held: dict[tuple[int, float], list[FloatArray]] = field(default_factory=dict, compare=False)
    """Shares that were asked for already."""

    def shares(self, mover: int, lasting: float = 1.0) -> list[FloatArray]:
        """Give shares that true walkers with a mover's phone are seen to cover: at each speed, sorted."""
        if (mover, lasting) not in self.held:
            self.held[mover, lasting] = self._simulated(self.movers[mover], lasting)
        return self.held[mover, lasting]

    def _simulated(self, seen: Seen, lasting: float) -> list[FloatArray]:
        rules = self.rules
        speeds = {rules.speed_mps, max(rules.speed_mps, float(seen.usual_mps[0]))}
        memory_s = lasting * rules.error_memory_s
        return [
            true_shares(self.target, self.samples, seen, self.window, rules, memory_s, speed)
            for speed in sorted(speeds)
        ]

    def rates(self, share: float, rounds: int = 1, lasting: float = 1.0) -> list[float]:
        """Give for each mover how often a true walker is seen to cover no more than a share: at the worst.

        rounds: of so many on end no more than the share is seen each time.
        """
        at_most = 1 - (1 - share) / rounds
        return [
            max(rate_of(_repeated(shares, rounds), at_most) for shares in self.shares(mover, lasting))
            for mover in range(len(self.movers))
        ]

    def accusing(self, share: float, rounds: int = 1) -> list[float]:
        """Give the same before somebody is accused: errors may stay for minutes, as between high houses."""
        rates = self.rates(share, rounds)
        if max(rates) > self.rules.accuse_at_most:
            return rates
        slow = self.rates(share, rounds, LASTING)
        return [max(pair) for pair in zip(rates, slow, strict=True)]


def _repeated(shares: FloatArray, rounds: int) -> FloatArray:
    """Give the mean shares of so many rounds, sorted.

    What is not seen in any one of them is, together, no less than what is not seen in all.
    """
    if rounds == 1:
        return shares
    generator = np.random.Generator(np.random.Philox(_SEED))
    return np.sort(np.mean([generator.permutation(shares) for _ in range(rounds)], axis=0))

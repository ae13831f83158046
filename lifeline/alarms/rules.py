"""Rules of alarms (报警规则) as rows of data: thresholds are local law and custom, and never in code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from lifeline.alarms.units import UNITS
from spatial.errors import InvalidInput, Problem

MOST_RUNGS, MOST_INPUTS, MOST_SAMPLES = 4, 8, 512
"""Levels of a ladder, sensors of a rule, and samples that a window keeps (the newest)."""


class Measure(IntEnum):
    """What of a sensor is held against the thresholds."""

    VALUE = 0
    """The value itself, in the input's unit."""
    RATE = 1
    """Slope of the values in the window (least squares), in the unit per second."""
    SILENCE = 2
    """Seconds since the last value (stale, 数据中断): technical."""
    SAMENESS = 3
    """Seconds for which the value has not changed at all (frozen, 数据冻结): technical."""
    OUTSIDE = 4
    """1 where the value is outside of what the sensor can measure, else 0: technical."""


TECHNICAL = frozenset({Measure.SILENCE, Measure.SAMENESS, Measure.OUTSIDE})


@dataclass(frozen=True)
class Rung:
    """One level of a ladder: 1 (red, 一级) to 4 (blue, 四级), with how long it must hold and be gone."""

    level: int
    on_delay_ms: int = 0
    off_delay_ms: int = 0


@dataclass(frozen=True)
class Input:
    """One quantity of one sensor, with a threshold for each rung.

    thresholds are in `unit` (RATE: per second; SILENCE, SAMENESS: seconds). is_high: alarmed at or above
    the threshold, else at or below. deadband: how far back the measure must go before it counts as gone.
    low, high: what the sensor can measure; what is outside is believed by OUTSIDE alone. window_ms and
    least_samples: of RATE; SAMENESS takes least_samples too.
    """

    sensor: str
    unit: str
    thresholds: tuple[float, ...]
    measure: Measure = Measure.VALUE
    is_high: bool = True
    deadband: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    window_ms: int = 60_000
    least_samples: int = 2

    @property
    def sign(self) -> float:
        """1 where more is worse, -1 where less is."""
        return 1.0 if self.is_high else -1.0

    @property
    def sets(self) -> tuple[float, ...]:
        """Thresholds times the sign: reached at or above."""
        return tuple(self.sign * threshold for threshold in self.thresholds)

    @property
    def resets(self) -> tuple[float, ...]:
        """Thresholds times the sign, less the deadband: kept at or above."""
        return tuple(threshold - self.deadband for threshold in self.sets)


@dataclass(frozen=True)
class Rule:
    """When there is an alarm, and on whose authority.

    ladder: from mild to grave. any_of: groups of inputs (their places); the condition holds on a rung while
    all inputs of any group hold on it, so that and, or, and two-of-three can be said. is_latched: stays
    until it is reset. lateness_ms: values wait so long, so that those out of order take their place; what
    comes later than that is recorded only. future_ms: how far a sensor's clock may be ahead of ours.
    """

    code: str
    legal_basis: str
    inputs: tuple[Input, ...]
    ladder: tuple[Rung, ...]
    any_of: tuple[tuple[int, ...], ...] = ((0,),)
    is_latched: bool = False
    shelf_max_ms: int = 8 * 3_600_000
    lateness_ms: int = 0
    future_ms: int = 60_000

    @property
    def is_technical(self) -> bool:
        """Tell whether it is about the sensor and not about what is measured."""
        return self.inputs[0].measure in TECHNICAL


def check(rule: Rule) -> Rule:
    """Give back the rule; raises InvalidInput with every field that cannot be so."""
    problems = [*_of_rule(rule), *_of_ladder(rule.ladder)]
    for place, entry in enumerate(rule.inputs):
        problems += [
            Problem(f"inputs.{place}.{field}", why) for field, why in _of_input(entry, len(rule.ladder))
        ]
    if problems:
        raise InvalidInput(problems)
    return rule


def _of_rule(rule: Rule) -> Iterator[Problem]:
    if not rule.code.strip():
        yield Problem("code", "must not be empty")
    if not rule.legal_basis.strip():
        yield Problem("legal_basis", "name the standard or decision that the thresholds come from")
    if not 1 <= len(rule.inputs) <= MOST_INPUTS:
        yield Problem("inputs", f"1 to {MOST_INPUTS} are taken")
    if len({entry.measure in TECHNICAL for entry in rule.inputs}) > 1:
        yield Problem("inputs", "alarms of sensors and of what they measure are not mixed in a rule")
    named = {place for group in rule.any_of for place in group}
    if not rule.any_of or not all(rule.any_of) or named != set(range(len(rule.inputs))):
        yield Problem("any_of", "name every input in some group, and no other")
    for field in ("shelf_max_ms", "lateness_ms", "future_ms"):
        if getattr(rule, field) < 0:
            yield Problem(field, "must not be negative")


def _of_ladder(ladder: tuple[Rung, ...]) -> Iterator[Problem]:
    if not 1 <= len(ladder) <= MOST_RUNGS:
        yield Problem("ladder", f"1 to {MOST_RUNGS} rungs are taken")
    levels = [rung.level for rung in ladder]
    if not all(1 <= level <= 4 for level in levels):
        yield Problem("ladder", "levels are 1 (the gravest) to 4")
    if any(after >= before for before, after in pairwise(levels)):
        yield Problem("ladder", "rungs go from mild to grave, each level once")
    if any(rung.on_delay_ms < 0 or rung.off_delay_ms < 0 for rung in ladder):
        yield Problem("ladder", "delays must not be negative")


def _of_input(entry: Input, rungs: int) -> Iterator[tuple[str, str]]:
    if entry.unit not in UNITS:
        yield "unit", f"unknown unit {entry.unit!r}"
    if len(entry.thresholds) != rungs:
        yield "thresholds", f"the ladder has {rungs} rungs, and so many thresholds are needed"
    if not all(map(math.isfinite, entry.thresholds)):
        yield "thresholds", "must be finite"
    if any(after < before for before, after in pairwise(entry.sets)):
        yield "thresholds", "a graver rung must not be easier to reach"
    if not (math.isfinite(entry.deadband) and entry.deadband >= 0):
        yield "deadband", "must be finite and not negative"
    if not entry.low < entry.high:
        yield "low", "must be below high"
    if not (entry.window_ms > 0 and 2 <= entry.least_samples <= MOST_SAMPLES):
        yield "window_ms", f"a slope needs a window and 2 to {MOST_SAMPLES} samples"
    if entry.measure in TECHNICAL:
        yield from _of_technical(entry)


def _of_technical(entry: Input) -> Iterator[tuple[str, str]]:
    if entry.measure is Measure.OUTSIDE and any(threshold != 1 for threshold in entry.thresholds):
        yield "thresholds", "outside is 1 and inside 0: the threshold is 1"
    # Milliseconds are what time is counted in: less would be no time at all.
    elif any(not threshold >= 0.001 for threshold in entry.thresholds):
        yield "thresholds", "seconds above 0 are needed"
    if not entry.is_high:
        yield "is_high", "alarms of sensors are high ones"
    if entry.deadband:
        yield "deadband", "alarms of sensors have none"

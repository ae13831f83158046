"""What counts as done, as data: defaults of the platform, which each plan may set otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from spatial.errors import InvalidInput, Problem


@dataclass(frozen=True)
class Rules:
    """Thresholds of one plan."""

    done_at: float = 0.9
    """Covered share from which a target is done."""
    missed_at: float = 0.1
    """Covered share below which it is missed; between the two it was done in part."""
    accuse_at_most: float = 0.01
    """Nobody is held to have missed anything when the record of a true walker looks as bad more often."""
    worst_accuracy_m: float = 50.0
    """Fixes that are worse neither cover nor accuse."""
    link_s: float = 120.0
    """The way between two fixes is known up to this time …"""
    link_m: float = 300.0
    """… and distance."""
    join_s: float = 120.0
    """Whoever is back within this time never left: one visit."""
    step_m: float = 5.0
    """Lines are looked at every so many metres."""
    speed_mps: float = 1.2
    """How fast a true walker goes."""
    error_memory_s: float = 60.0
    """Errors of a fix and of one this much later have e⁻¹ of themselves in common."""
    in_order: bool = False
    """Points have to be visited in their order."""
    records_count: bool = True
    """An inspection of the place or component of a point counts as a visit."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Rules:
        """Read the rules of a plan; InvalidInput names what is wrong."""
        known = {each.name: each.type for each in fields(cls)}
        problems = [Problem(f"rules.{name}", "is not a rule") for name in given if name not in known]
        problems += [
            Problem(f"rules.{name}", reason)
            for name, value in given.items()
            if name in known and (reason := _wrong(name, value))
        ]
        if problems:
            raise InvalidInput(problems)
        rules = cls(**given)
        if not rules.missed_at <= rules.done_at:
            raise InvalidInput.at("rules.missed_at", "must not be above done_at")
        return rules


_RANGES: dict[str, tuple[float, float]] = {
    "done_at": (0.01, 1.0), "missed_at": (0.0, 1.0), "accuse_at_most": (0.0, 1.0),
    "worst_accuracy_m": (5.0, 500.0), "link_s": (1.0, 3600.0), "link_m": (1.0, 10_000.0),
    "join_s": (0.0, 7200.0), "step_m": (1.0, 50.0), "speed_mps": (0.1, 42.0), "error_memory_s": (0.1, 3600.0),
}  # fmt: skip


def _wrong(name: str, value: Any) -> str:
    if name not in _RANGES:
        return "" if isinstance(value, bool) else "must be true or false"
    least, most = _RANGES[name]
    good = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return "" if good else f"must be a number from {least:g} to {most:g}"

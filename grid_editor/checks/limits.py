"""Checks of how much a unit has to care for: households, people, events, against what the coverage wants."""

from __future__ import annotations

from collections.abc import Iterator

from grid_editor.change import UnitValue
from grid_editor.checks import fixes
from grid_editor.checks.issues import Fix, Issue, make_issue
from grid_editor.checks.rules import severity_of
from grid_editor.checks.sight import Sight

LIMITED = {"households": "households", "people": "people", "events": "events_year"}
"""What has limits, and the figure that is held against them."""

Range = tuple[float | None, float | None]


def limits(sight: Sight) -> Iterator[Issue]:
    """Find base units that have more or less than the coverage's limits; what is not known breaks none."""
    wanted = {key: limit_of(sight.limits, key) for key in LIMITED if key in sight.limits}
    figures = sight.figures([unit.id for unit in sight.leaves]) if wanted else {}
    for unit in sight.leaves if wanted else ():
        for key, (least, most) in wanted.items():
            value = figures[unit.id][LIMITED[key]]
            if value is not None and most is not None and value > most:
                yield _breach(sight, unit, f"too_many_{key}", value, most)
            elif value is not None and least is not None and value < least:
                yield _breach(sight, unit, f"too_few_{key}", value, least, _smallest_merges(sight, unit, key))


def limit_of(given: object, key: str) -> Range:
    """Read the limits of a figure, [least, most]: either may be null."""
    found = given.get(key) if hasattr(given, "get") else None
    least, most = found if isinstance(found, list | tuple) and len(found) == 2 else (None, None)
    return least, most


def _breach(
    sight: Sight, unit: UnitValue, rule: str, value: float, limit: float, ways: tuple[Fix, ...] = ()
) -> Issue:
    return make_issue(
        rule, severity_of(rule, sight.limits), [unit.id], sight.shape(unit.id),
        measure=value, unit_of_measure="count", values={**sight.named(unit.id), "limit": limit}, fixes=ways,
    )  # fmt: skip


def _smallest_merges(sight: Sight, unit: UnitValue, key: str) -> tuple[Fix, ...]:
    """Offer to merge with neighbours of the same parent that stay within the limit together, least first."""
    _, most = limit_of(sight.limits, key)
    if not sight.is_base(unit):
        return ()
    kin = [other for other, _ in sight.beside(unit.id) if sight.state.unit(other).parent == unit.parent]
    figures = sight.figures([unit.id, *kin])
    own = figures[unit.id][LIMITED[key]] or 0.0
    sums = {other: own + (figures[other][LIMITED[key]] or 0.0) for other in kin}
    fitting = sorted(
        (other for other in kin if most is None or sums[other] <= most),
        key=lambda other: (sums[other], other),
    )
    return tuple(fixes.merge(sight, "merge_with", unit.id, other) for other in fitting[:2])

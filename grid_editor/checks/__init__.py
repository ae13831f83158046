"""The checks of a plan (检查): every rule as a function of what it looks at, run over a few units or all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from grid_editor.checks import ground, limits, names, outside, shapes
from grid_editor.checks.issues import ERROR, WARNING, Fix, Issue, mark_standing, waive
from grid_editor.checks.rules import OFF, order_of
from grid_editor.checks.sight import Sight
from grid_editor.facts import Facts
from grid_editor.state import State

__all__ = ["ERROR", "WARNING", "Fix", "Issue", "check", "check_all", "mark_standing", "waive"]

CHECKS: tuple[Callable[[Sight], Iterator[Issue]], ...] = (
    shapes.overlaps, outside.gaps, outside.outline, outside.parents, outside.nested,
    shapes.slivers, shapes.parts, shapes.holes, shapes.sizes, limits.limits,
    ground.buildings, ground.streets, names.unnamed, names.duplicate_names, names.duplicate_codes, names.duty,
)  # fmt: skip
"""Each gives the issues of its rules; none changes anything."""


def check(state: State, touched: Collection[str], facts: Facts) -> list[Issue]:
    """Check the touched units (ids of any level) and what hangs together with them; errors first.

    The cost follows the number of touched units, not that of the coverage. Touched ids that are not there
    any more are passed over; empty facts leave out the rules that need them.
    """
    sight = Sight(state, frozenset(touched), facts)
    found = {issue.id: issue for look in CHECKS for issue in look(sight) if issue.severity != OFF}
    return sorted(found.values(), key=order_of)


def check_all(state: State, facts: Facts) -> list[Issue]:
    """Check the whole coverage; for the job process, it takes as long as there are units."""
    return check(state, {unit.id for unit in state.units()}, facts)

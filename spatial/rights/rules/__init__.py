"""Who may do what with which table: the rights of the platform as data, and the one place to change them.

`apply` turns every rule into grants and policies of PostgreSQL. A table of the schema without a rule is a
test failure; to the workers it does not exist. Rules stand in rooms, as the tables do.
"""

from __future__ import annotations

from spatial.rights.rules import (
    components,
    events,
    grids,
    layers,
    lifeline,
    partners,
    patrols,
    people,
    places,
    platform,
    tasks,
)
from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    ANALYST,
    COMMANDER,
    DISTRICT,
    DISTRICT_ADMINISTRATOR,
    EDITORS,
    EVERYONE,
    FIELD_WORKER,
    IN_AREA,
    IN_AREA_OR_OURS,
    NOBODY,
    RESPONDERS,
    ROLES,
    STREET_ADMINISTRATOR,
    SYSTEM_ROLE,
    VERBS,
    VIEWER,
    Roles,
    Rule,
)

__all__ = [
    "ADMINISTRATORS",
    "ANALYST",
    "COMMANDER",
    "DISTRICT",
    "DISTRICT_ADMINISTRATOR",
    "EDITORS",
    "EVERYONE",
    "FIELD_WORKER",
    "IN_AREA",
    "IN_AREA_OR_OURS",
    "NOBODY",
    "RESPONDERS",
    "ROLES",
    "RULES",
    "STREET_ADMINISTRATOR",
    "SYSTEM_ROLE",
    "VERBS",
    "VIEWER",
    "Roles",
    "Rule",
    "rule_of",
]

_ROOMS = (platform, grids, people, places, components, events, patrols, tasks, lifeline, layers, partners)
RULES: tuple[Rule, ...] = tuple(rule for room in _ROOMS for rule in room.RULES)
"""One rule a table, reference first."""


def rule_of(table: str) -> Rule:
    """Find the rule of a table; KeyError when it has none."""
    return _BY_TABLE[table]


_BY_TABLE = {rule.table: rule for rule in RULES}

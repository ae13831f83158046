"""What a rule says, the roles it names, and the reaches that many rules share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

Roles = frozenset[str]

VIEWER = "viewer"
FIELD_WORKER = "field_worker"
STREET_ADMINISTRATOR = "street_administrator"
DISTRICT_ADMINISTRATOR = "district_administrator"
ANALYST = "analyst"
COMMANDER = "commander"
SYSTEM_ROLE = "system"

ROLES = (VIEWER, FIELD_WORKER, STREET_ADMINISTRATOR, DISTRICT_ADMINISTRATOR, ANALYST, COMMANDER)
"""Roles that an account can have; `system` is the platform itself and has no account."""

EVERYONE: Roles = frozenset(ROLES)
NOBODY: Roles = frozenset()
ADMINISTRATORS: Roles = frozenset({STREET_ADMINISTRATOR, DISTRICT_ADMINISTRATOR})
DISTRICT: Roles = frozenset({DISTRICT_ADMINISTRATOR})
EDITORS: Roles = ADMINISTRATORS | {ANALYST}
"""Who keeps places and components right."""
RESPONDERS: Roles = ADMINISTRATORS | {FIELD_WORKER, COMMANDER}
"""Who handles events, and knows the people who do."""

IN_AREA: LiteralString = "unit_code >= (SELECT area_from()) AND unit_code < (SELECT area_until())"
"""The row's unit lies in the reader's area: one range of the index on unit_code.

Asked in scalar subqueries: once a statement. Plain calls are asked once a row, and three times as slow."""
IN_AREA_OR_OURS: LiteralString = f"({IN_AREA} OR organisation_id = (SELECT my_organisation()))"

OF_SEEN_EVENT: LiteralString = "event_id IN (SELECT e.id FROM event AS e)"
"""The policy of the event decides inside."""


@dataclass(frozen=True)
class Rule:
    """The rights on one table.

    `reach` is what AREA readers have of it (SQL over its columns; None: the same rows as everybody), `own`
    what a reader has of it whatever the role. `hidden` columns only the platform itself reads; `sealed`
    ones nobody but the owner, through a function that keeps a record.
    """

    table: str
    read: Roles = EVERYONE
    create: Roles = NOBODY
    update: Roles = NOBODY
    delete: Roles = NOBODY
    reach: LiteralString | None = None
    own: LiteralString | None = None
    changes: LiteralString | None = None
    """What AREA readers may create, update and delete of it, where that is less than what they may read."""
    kept: LiteralString | None = None
    """What a reader may update and delete whatever the role, for having made it."""
    hidden: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    system: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    """What the platform itself may do."""

    def may(self, verb: str) -> Roles:
        """Name the roles that may read, create, update or delete."""
        roles: Roles = getattr(self, verb)
        return roles


VERBS = {"read": "SELECT", "create": "INSERT", "update": "UPDATE", "delete": "DELETE"}
"""Our verbs, and PostgreSQL's."""


def reference(*tables: str) -> Iterable[Rule]:
    """Rule what is the same for everybody who is logged in: code tables, names, public addresses."""
    return (Rule(table) for table in tables)

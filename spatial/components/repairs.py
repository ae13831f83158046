"""Repairs of components: when, what, by whom, at what cost, for which event; count and last day follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.components.records import Given, change, read, read_retired
from spatial.database import query
from spatial.errors import Forbidden, InvalidInput, NotFound
from spatial.rights.rules import rule_of

ROOM = "spatial.components"
AHEAD = timedelta(minutes=10)
"""How far a clock in the field may be ahead of ours."""

Json = dict[str, Any]


def repairs_of(connection: Connection[Any], component: int) -> list[Json]:
    """List the repairs of a component that stands or stood, the last first; [] for none. NotFound."""
    try:
        read(connection, component)
    except NotFound:
        read_retired(connection, component)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "repairs"), {"component": component}).fetchall()


def record(given: Given, component: int, sent: Mapping[str, Any]) -> int:
    """Put a repair down: repaired_at, what, by_whom, cost_yuan, event_id; `state`: of the component now.

    Returns its number. NotFound for no such component, Forbidden, InvalidInput naming the field.
    """
    reader = given.reader
    if reader.scope == "read" or reader.role not in rule_of("component_repair").may("create"):
        raise Forbidden("you may not record repairs")
    read(given.connection, component)
    if sent["repaired_at"] > datetime.now(UTC) + AHEAD:
        raise InvalidInput.at("repaired_at", "lies in the future")
    if sent.get("state") is not None:
        change(given, component, {"state": sent["state"]})
    try:
        values = {**sent, "component": component}
        return int(given.connection.execute(query(ROOM, "repair_add"), values).fetchall()[0][0])
    except psycopg.errors.ForeignKeyViolation:
        raise InvalidInput.at("event_id", "there is no such event") from None


def take_back(given: Given, component: int, repair: int) -> None:
    """Take a repair back that was recorded in error; it is on record. NotFound, Forbidden."""
    if given.reader.role not in rule_of("component_repair").may("delete") or given.reader.scope != "all":
        raise Forbidden("you may not take repairs back")
    values = {"component": component, "id": repair}
    if given.connection.execute(query(ROOM, "repair_delete"), values).rowcount != 1:
        raise NotFound(f"there is no repair '{repair}' of this component")

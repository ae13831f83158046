"""Turns the rules into grants and policies, and tells whether a database still has exactly those."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from psycopg import Connection, sql

from spatial.database import SCHEMA, query
from spatial.rights.functions import FUNCTIONS
from spatial.rights.reader import AREA_STANDPOINT, CITY_STANDPOINT, STANDPOINTS, SYSTEM_STANDPOINT
from spatial.rights.rules import EVERYONE, RULES, VERBS, Roles, Rule

ROOM = "spatial.rights"
VIEWS = (
    "districts", "streets", "communities", "grids", "places", "components", "events",
    "micro_grids", "unit_grids", "police_areas", "school_areas", "hospital_areas", "evaluation_grids",
    "sanitation_areas", "place_areas", "resources", "missed_patrols",
    "pipes", "pipe_nodes", "pipe_devices",
)  # fmt: skip
"""Published views; they run with the rights of whoever asks (security_invoker)."""


def apply_rights(connection: Connection[Any]) -> bool:
    """Give the database the rights of the rules, all or none; returns whether anything had to change.

    connection: of the tables' owner, in a transaction. Policies and grants that no rule knows are taken away.
    """
    connection.execute(query(ROOM, "rights_lock"))
    if rights_are_right(connection):
        return False
    for statement in statements(connection):
        connection.execute(statement)
    mark = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(
        sql.Identifier(SCHEMA), sql.Literal(_mark(connection))
    )
    connection.execute(mark)
    return True


def rights_are_right(connection: Connection[Any]) -> bool:
    """Tell whether grants and policies are those of the rules: none dropped, altered or added."""
    row = connection.execute(query(ROOM, "rights_mark"), {"schema": SCHEMA}).fetchone()
    return row is not None and row[0] == _mark(connection)


def statements(connection: Connection[Any]) -> Iterator[sql.Composed]:
    """Write everything that makes the rights: first away with what is there, then each rule."""
    rows = connection.execute(query(ROOM, "policies"), {"schema": SCHEMA}).fetchall()
    for table, policy in rows:
        yield sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(policy), sql.Identifier(table))
    grantees = sql.SQL(", ").join(map(sql.Identifier, STANDPOINTS))
    schema = sql.Identifier(SCHEMA)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM PUBLIC, {}").format(schema, grantees)
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, grantees)
    yield from _rights(connection)


def _rights(connection: Connection[Any]) -> Iterator[sql.Composed]:
    grantees = sql.SQL(", ").join(map(sql.Identifier, STANDPOINTS))
    for view in VIEWS:
        yield sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(view), grantees)
    for rule in RULES:
        yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(sql.Identifier(rule.table))
        yield from _grants(connection, rule)
        yield from _policies(rule)
    for function in FUNCTIONS:
        signature = sql.SQL(function.signature)
        yield sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC, {}").format(signature, grantees)
        callers = sql.SQL(", ").join(map(sql.Identifier, function.standpoints))
        yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(signature, callers)


def _grants(connection: Connection[Any], rule: Rule) -> Iterator[sql.Composed]:
    """Grant verbs by standpoint; columns that are hidden or sealed are left out of SELECT."""
    rows = connection.execute(query(ROOM, "columns"), {"schema": SCHEMA, "table": rule.table}).fetchall()
    columns = [name for (name,) in rows]
    for standpoint in STANDPOINTS:
        is_system = standpoint == SYSTEM_STANDPOINT
        unseen = set(rule.sealed) | (set() if is_system else set(rule.hidden))
        for verb, privilege in VERBS.items():
            if privilege not in rule.system if is_system else not _is_open(rule, verb):
                continue
            yield sql.SQL("GRANT {}{} ON {} TO {}").format(
                sql.SQL(privilege),
                _listed([name for name in columns if name not in unseen])
                if privilege == "SELECT" and unseen
                else sql.SQL(""),
                sql.Identifier(rule.table),
                sql.Identifier(standpoint),
            )


def _listed(columns: list[str]) -> sql.Composed:
    return sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))


def _is_open(rule: Rule, verb: str) -> bool:
    return bool(rule.may(verb)) or (verb == "read" and rule.own is not None)


def _policies(rule: Rule) -> Iterator[sql.Composed]:
    yield _policy(rule.table, "system", "ALL", SYSTEM_STANDPOINT, sql.SQL("true"))
    for verb, privilege in VERBS.items():
        if _is_open(rule, verb):
            yield _policy(rule.table, f"city_{verb}", privilege, CITY_STANDPOINT, condition(rule, verb, None))
            reach = rule.changes if verb != "read" and rule.changes else rule.reach
            area = condition(rule, verb, reach)
            # Without a policy nobody gets through: one that lets nothing through would only look like a rule.
            if reach != "false" or _own(rule, verb):
                yield _policy(rule.table, f"area_{verb}", privilege, AREA_STANDPOINT, area)


def condition(rule: Rule, verb: str, reach: str | None) -> sql.Composable:
    """Write which rows a policy lets through. Plainly `true` where it can be: such a policy costs nothing."""
    roles = rule.may(verb)
    parts: list[sql.Composable] = [] if roles == EVERYONE else [_has_role(roles)]
    parts += [sql.SQL("({})").format(sql.SQL(reach))] if reach else []
    allowed = sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
    mine = _own(rule, verb)
    if mine is None:
        return allowed
    own = sql.SQL("({})").format(sql.SQL(mine))
    return sql.SQL("{} OR {}").format(own, allowed) if roles else own


def _own(rule: Rule, verb: str) -> str | None:
    return {"read": rule.own, "update": rule.kept, "delete": rule.kept}.get(verb)


def _has_role(roles: Roles) -> sql.Composed:
    """Ask once a statement (a scalar subquery), not once a row."""
    return sql.SQL("(SELECT my_role() = ANY ({}))").format(sql.Literal(sorted(roles)))


def _policy(table: str, name: str, privilege: str, role: str, condition: sql.Composable) -> sql.Composed:
    using, check = sql.SQL(" USING ({})").format(condition), sql.SQL(" WITH CHECK ({})").format(condition)
    parts = {"SELECT": [using], "DELETE": [using], "INSERT": [check]}.get(privilege, [using, check])
    return sql.SQL("CREATE POLICY {} ON {} FOR {} TO {}{}").format(
        sql.Identifier(name), sql.Identifier(table), sql.SQL(privilege), sql.Identifier(role),
        sql.Composed(parts),
    )  # fmt: skip


def _mark(connection: Connection[Any]) -> str:
    """Hash what the rules say together with what the catalogue of PostgreSQL holds."""
    wanted = "\n".join(statement.as_string(connection) for statement in _rights(connection)).encode()
    rows = connection.execute(query(ROOM, "rights_found"), {"schema": SCHEMA}).fetchall()
    found = "\n".join("|".join(map(str, row)) for row in rows).encode()
    return "rights " + hashlib.sha256(wanted + b"\0" + found).hexdigest()

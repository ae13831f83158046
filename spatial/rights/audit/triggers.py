"""Hangs the log on the watched tables, and tells whether a database still has exactly those triggers.

Each watched table gets a function of its own, written from its columns, that records the rows of a statement
with one INSERT … SELECT over the transition tables. A column added later is seen at the next bring-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from psycopg import Connection, sql

from spatial.database import SCHEMA, query
from spatial.rights.audit.columns import Column, TableText
from spatial.rights.audit.watched import WATCHED, Watched

ROOM = "spatial.rights.audit"

INSERTED, DELETED, UPDATED, TRUNCATED, BEFORE = 4, 8, 16, 32, 2
"""Bits of pg_trigger.tgtype; a trigger for each statement has bit 1 clear."""


class Trigger(NamedTuple):
    """A trigger of the log, as pg_trigger has it."""

    table: str
    name: str
    kind: int
    always: bool
    """Fires whatever session_replication_role says, and without a condition."""
    function: str
    old_rows: str
    new_rows: str


class Function(NamedTuple):
    """A function of the log, as pg_proc has it."""

    name: str
    as_owner: bool
    settings: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Differences:
    """What a database lacks of the log's machinery, has otherwise, or has besides."""

    functions: frozenset[Function]
    """Missing, or with another text than it must have."""
    triggers: frozenset[Trigger]
    surplus: frozenset[Trigger]

    def __bool__(self) -> bool:
        return bool(self.functions or self.triggers or self.surplus)

    def names(self) -> list[str]:
        """Name what is not as it must be, in order: functions as `f()`, triggers as `table.trigger`."""
        triggers = {f"{t.table}.{t.name}" for t in self.triggers | self.surplus}
        return sorted({f"{f.name}()" for f in self.functions} | triggers)


def watch(connection: Connection[Any]) -> list[str]:
    """Make or mend the log's functions and triggers; name what had to be made.

    connection: of the tables' owner, in a transaction. What was mended in a log that has begun is on record.
    """
    connection.execute(query(ROOM, "watch_lock"))
    found = differences(connection)
    if not found:
        return []
    for statement in _mending(connection, found):
        connection.execute(statement)
    connection.execute(query(ROOM, "watch_record"), {"names": found.names()})
    return found.names()


def differences(connection: Connection[Any]) -> Differences:
    """Compare the log's functions and triggers with what they must be."""
    functions = set(_functions(connection))
    rows = connection.execute(query(ROOM, "functions_found"), {"schema": SCHEMA}).fetchall()
    functions -= {Function(name, as_owner, tuple(settings), text) for name, as_owner, settings, text in rows}
    triggers = set(_triggers(connection))
    rows = connection.execute(query(ROOM, "triggers_found"), {"schema": SCHEMA}).fetchall()
    found = {Trigger(*row) for row in rows}
    return Differences(frozenset(functions), frozenset(triggers - found), frozenset(found - triggers))


def guard(connection: Connection[Any], table: str) -> None:
    """Make a table of the log, a new partition for one, append-only."""
    for statement in _hung(_guard(table)):
        connection.execute(statement)


def _mending(connection: Connection[Any], found: Differences) -> Iterator[sql.SQL | sql.Composed]:
    if found.functions:
        yield sql.SQL(query(ROOM, "functions"))
    for watched in _there(connection):
        if not watched.counted and any(f.name == _name(watched) for f in found.functions):
            yield from _change_function(connection, watched)
    for trigger in sorted(found.surplus):
        yield sql.SQL("DROP TRIGGER {} ON {}").format(
            sql.Identifier(trigger.name), sql.Identifier(trigger.table)
        )
    for trigger in sorted(found.triggers):
        yield from _hung(trigger)


def _there(connection: Connection[Any]) -> list[Watched]:
    """List the watched tables that this database has: migrations of later rooms may not have run yet."""
    rows = connection.execute(query(ROOM, "tables"), {"schema": SCHEMA}).fetchall()
    tables = {name for (name,) in rows}
    return [watched for watched in WATCHED if watched.table in tables]


def _functions(connection: Connection[Any]) -> Iterator[Function]:
    yield from _fixed_functions()
    for watched in _there(connection):
        if not watched.counted:
            settings = ("search_path=pg_catalog, city, public, pg_temp", "TimeZone=UTC")
            yield Function(_name(watched), True, settings, _body(connection, watched))


@cache
def _fixed_functions() -> tuple[Function, ...]:
    """Read what functions.sql makes."""
    pattern = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)\((.*?)\$\$(.*?)\$\$;", re.DOTALL | re.MULTILINE)
    found = pattern.findall(query(ROOM, "functions"))
    return tuple(
        Function(name, "SECURITY DEFINER" in head, tuple(_settings(head)), text) for name, head, text in found
    )


def _settings(head: str) -> Iterator[str]:
    for name, value in re.findall(r"\bSET (\w+) = (.*?) AS", head):
        yield f"{name}={value}"


def _triggers(connection: Connection[Any]) -> Iterator[Trigger]:
    for (table,) in connection.execute(query(ROOM, "log_tables"), {"schema": SCHEMA}).fetchall():
        yield _guard(table)
    for watched in _there(connection):
        table, function = watched.table, _name(watched)
        yield Trigger(table, "audit_insert", INSERTED, True, function, "", "new_rows")
        yield Trigger(table, "audit_update", UPDATED, True, function, "old_rows", "new_rows")
        yield Trigger(table, "audit_delete", DELETED, True, function, "old_rows", "")
        yield Trigger(table, "audit_truncate", TRUNCATED | BEFORE, True, "audit_truncate", "", "")


def _guard(table: str) -> Trigger:
    return Trigger(table, "audit_keep", BEFORE | UPDATED | DELETED | TRUNCATED, True, "audit_refuse", "", "")


def _name(watched: Watched) -> str:
    return "audit_count" if watched.counted else f"audit_of_{watched.table}"


def _hung(trigger: Trigger) -> Iterator[sql.Composed]:
    """Write the statements that hang a trigger on its table, in place of one of the same name."""
    table, name = sql.Identifier(trigger.table), sql.Identifier(trigger.name)
    verbs = {INSERTED: "INSERT", UPDATED: "UPDATE", DELETED: "DELETE", TRUNCATED: "TRUNCATE"}
    sides = {"OLD": trigger.old_rows, "NEW": trigger.new_rows}
    named = [
        sql.SQL("{} TABLE AS {}").format(sql.SQL(side), sql.Identifier(rows))
        for side, rows in sides.items()
        if rows
    ]
    yield sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(name, table)
    yield sql.SQL("CREATE TRIGGER {} {} {} ON {} {} FOR EACH STATEMENT EXECUTE FUNCTION {}()").format(
        name,
        sql.SQL("BEFORE" if trigger.kind & BEFORE else "AFTER"),
        sql.SQL(" OR ").join(sql.SQL(verb) for bit, verb in verbs.items() if trigger.kind & bit),
        table,
        sql.SQL("REFERENCING {}").format(sql.SQL(" ").join(named)) if named else sql.SQL(""),
        sql.Identifier(trigger.function),
    )
    yield sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(table, name)


def _change_function(connection: Connection[Any], watched: Watched) -> Iterator[sql.Composed]:
    name = sql.Identifier(_name(watched))
    yield sql.SQL(query(ROOM, "change_function")).format(
        function=name, body=sql.Literal(_body(connection, watched))
    )
    # Whoever may use a trigger function could hang it on a table of their own and record what never was.
    yield sql.SQL("REVOKE ALL ON FUNCTION {}() FROM PUBLIC").format(name)


def _body(connection: Connection[Any], watched: Watched) -> str:
    rows = connection.execute(query(ROOM, "table_columns"), {"table": watched.table}).fetchall()
    text = TableText(watched, [Column(watched.table, *row) for row in rows])
    written = sql.SQL(query(ROOM, "written"))
    parts = {
        verb: written.format(relation=sql.Literal(watched.table), changes=text.changes(verb))
        for verb in ("insert", "update", "delete")
    }
    return sql.SQL(query(ROOM, "changes")).format(**parts).as_string(connection)

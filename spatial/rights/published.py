"""The rights on tables that layers were published from: the row of table `layer` decides.

A reader sees the rows of such a table if, and only if, the policy of table `layer` lets them see the layer;
an area's reader only those of the area or organisation, where the layer names a column for it. All of this
stands in policies that ask once a statement, so that changing a grant, an audience or `editable` takes effect
at once and needs no new policy. Views over what we do not own cannot have policies: they ask by a function.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from spatial.database import query
from spatial.rights.reader import AREA_STANDPOINT, CITY_STANDPOINT, STANDPOINTS, SYSTEM_STANDPOINT
from spatial.rights.rules import DISTRICT_ADMINISTRATOR, EDITORS, VERBS

ROOM = "spatial.rights"
_OTHERS = "others"
"""Policy for roles that are none of ours: a table published in place stays theirs as it was."""


@dataclass(frozen=True)
class PublishedTable:
    """A table or view whose rights we keep."""

    schema: str
    relation: str
    layer: str
    id_column: str
    geometry_column: str
    unit_column: str | None
    organisation_column: str | None
    made: bool
    """Made by us."""
    mark: str
    relkind: str | None
    """r table, p partitioned, v view; None when it is gone."""

    @property
    def name(self) -> sql.Identifier:
        """Its name in SQL that is executed without values."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def is_table(self) -> bool:
        """Tell whether it can have policies."""
        return self.relkind in ("r", "p")


def apply_published(connection: Connection[Any], schema: str | None = None, relation: str = "") -> list[str]:
    """Give published tables (None: all) their rights and triggers; name those where something had to change.

    connection: of the tables' owner, in a transaction.
    """
    connection.execute(query(ROOM, "rights_lock"))
    changed = []
    for table in published_tables(connection, schema, relation):
        if table.relkind is None or table.mark == _mark(connection, table):
            continue
        for statement in _statements(connection, table):
            connection.execute(statement)
        values = {"schema": table.schema, "relation": table.relation, "mark": _mark(connection, table)}
        connection.execute(query(ROOM, "published_mark"), values)
        changed.append(f"{table.schema}.{table.relation}")
    return changed


def published_rights_are_right(connection: Connection[Any]) -> bool:
    """Tell whether each published table has exactly the policies, grants and triggers it must have."""
    tables = published_tables(connection)
    return all(table.mark == _mark(connection, table) for table in tables if table.relkind is not None)


def published_tables(
    connection: Connection[Any], schema: str | None = None, relation: str = ""
) -> list[PublishedTable]:
    """List the tables whose rights we keep, or the one."""
    values = {"schema": schema, "relation": relation}
    rows = connection.execute(query(ROOM, "published_tables"), values).fetchall()
    return [PublishedTable(*row) for row in rows]


def withdraw(connection: Connection[Any], table: PublishedTable) -> None:
    """Take our rights, policies and triggers from a table published in place, and leave it its own."""
    for statement in _taken_away(connection, table):
        connection.execute(statement)
    if table.is_table:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(table.name))


def _statements(connection: Connection[Any], table: PublishedTable) -> Iterator[sql.Composed]:
    grantees = sql.SQL(", ").join(map(sql.Identifier, STANDPOINTS))
    yield from _taken_away(connection, table)
    yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(table.schema), grantees)
    yield from _rights(table)


def _taken_away(connection: Connection[Any], table: PublishedTable) -> Iterator[sql.Composed]:
    values = {"schema": table.schema, "relation": table.relation}
    for (policy,) in connection.execute(query(ROOM, "published_policies"), values).fetchall():
        yield sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(policy), table.name)
    grantees = sql.SQL(", ").join(map(sql.Identifier, STANDPOINTS))
    public = sql.SQL("PUBLIC, ") if table.made else sql.SQL("")
    yield sql.SQL("REVOKE ALL ON {} FROM {}{}").format(table.name, public, grantees)
    for verb in VERBS.values():
        if verb != "SELECT" and table.is_table:
            name = sql.Identifier(f"record_{verb.lower()}")
            yield sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(name, table.name)


def _rights(table: PublishedTable) -> Iterator[sql.Composed]:
    """Write grants, policies and triggers, apart from what is there."""
    yield sql.SQL("GRANT SELECT ON {} TO {}").format(
        table.name, sql.SQL(", ").join(map(sql.Identifier, STANDPOINTS))
    )
    if not table.is_table:
        return
    yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table.name)
    yield sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}, {}").format(
        table.name, sql.Identifier(CITY_STANDPOINT), sql.Identifier(AREA_STANDPOINT)
    )
    yield from _policies(table)
    yield from _triggers(table)


def _policies(table: PublishedTable) -> Iterator[sql.Composed]:
    yield _policy(table, "system_read", "SELECT", SYSTEM_STANDPOINT, sql.SQL("true"))
    for verb, privilege in VERBS.items():
        allowed = _seen(table) if verb == "read" else _edited(table)
        yield _policy(table, f"city_{verb}", privilege, CITY_STANDPOINT, allowed)
        area = sql.SQL(" AND ").join([allowed, *reach_of(table, verb)])
        yield _policy(table, f"area_{verb}", privilege, AREA_STANDPOINT, area)
    if not table.made:
        ours = sql.Literal(list(STANDPOINTS))
        not_ours = sql.SQL("(SELECT CURRENT_USER <> ALL ({}::name[]))").format(ours)
        yield _policy(table, _OTHERS, "ALL", None, not_ours)


def _seen(table: PublishedTable) -> sql.Composed:
    """The layer's row is seen by the reader: table layer has a policy of its own, which is asked inside."""
    return sql.SQL("(SELECT EXISTS (SELECT FROM city.layer AS l WHERE l.name = {}))").format(
        sql.Literal(table.layer)
    )


def _edited(table: PublishedTable) -> sql.Composed:
    return sql.SQL(
        "(SELECT city.my_role() = ANY ({roles}) AND EXISTS (SELECT FROM city.layer AS l"
        " WHERE l.name = {layer} AND l.editable"
        " AND (l.organisation_id IS NULL OR l.organisation_id = city.my_organisation()"
        " OR city.my_role() = {chief})))"
    ).format(
        roles=sql.Literal(sorted(EDITORS)),
        layer=sql.Literal(table.layer),
        chief=sql.Literal(DISTRICT_ADMINISTRATOR),
    )


def reach_of(table: PublishedTable, verb: str) -> Iterator[sql.Composed]:
    """What an area's reader has of it: rows of the area or organisation, where columns say whose they are.

    Where none does, all may be read, and changed only by the organisation that the layer belongs to.
    """
    parts: list[sql.Composed] = []
    if table.unit_column:
        unit = sql.SQL('{}::text COLLATE "C"').format(sql.Identifier(table.unit_column))
        parts.append(
            sql.SQL("({0} >= (SELECT city.area_from()) AND {0} < (SELECT city.area_until()))").format(unit)
        )
    if table.organisation_column:
        parts.append(
            sql.SQL(
                "({}::text = (SELECT o.code FROM city.organisation AS o WHERE o.id = city.my_organisation()))"
            ).format(sql.Identifier(table.organisation_column))
        )
    if parts:
        yield sql.SQL("({})").format(sql.SQL(" OR ").join(parts))
    elif verb != "read":
        yield sql.SQL(
            "(SELECT EXISTS (SELECT FROM city.layer AS l WHERE l.name = {}"
            " AND l.organisation_id = city.my_organisation()))"
        ).format(sql.Literal(table.layer))


def _policy(
    table: PublishedTable, name: str, privilege: str, role: str | None, condition: sql.Composable
) -> sql.Composed:
    using, check = sql.SQL(" USING ({})").format(condition), sql.SQL(" WITH CHECK ({})").format(condition)
    parts = {"SELECT": [using], "DELETE": [using], "INSERT": [check]}.get(privilege, [using, check])
    return sql.SQL("CREATE POLICY {} ON {} FOR {} TO {}{}").format(
        sql.Identifier(name),
        table.name,
        sql.SQL(privilege),
        sql.Identifier(role) if role else sql.SQL("PUBLIC"),
        sql.Composed(parts),
    )


def _triggers(table: PublishedTable) -> Iterator[sql.Composed]:
    """Changes of features are on record, whichever door they came through."""
    sides = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    arguments = [table.layer, table.id_column, table.geometry_column, table.unit_column or ""]
    for verb, side in sides.items():
        yield sql.SQL(
            "CREATE TRIGGER {} AFTER {} ON {} REFERENCING {} FOR EACH STATEMENT"
            " EXECUTE FUNCTION city.record_edit({})"
        ).format(
            sql.Identifier(f"record_{verb.lower()}"),
            sql.SQL(verb),
            table.name,
            sql.SQL(side),
            sql.SQL(", ").join(map(sql.Literal, arguments)),
        )


def _mark(connection: Connection[Any], table: PublishedTable) -> str:
    """Hash what the table must have together with what the catalogue of PostgreSQL holds."""
    wanted = "\n".join(each.as_string(connection) for each in _rights(table)).encode()
    values = {"table": table.name.as_string(connection), "schema": table.schema}
    rows = connection.execute(query(ROOM, "published_found"), values).fetchall()
    found = "\n".join("|".join(map(str, row)) for row in rows).encode()
    return hashlib.sha256(wanted + b"\0" + found).hexdigest()

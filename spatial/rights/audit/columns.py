"""How the rows of a watched table are written into the log: pure text over the table's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from spatial.database import query
from spatial.rights.audit.watched import Watched, is_passing, is_secret

ARGUMENTS = 40
"""Columns that one jsonb_build_object takes: a function of PostgreSQL has 100 arguments at most."""

INCOMPARABLE = ("json", "xml", "point", "polygon", "path", "line", "lseg", "box", "circle")
"""Types of PostgreSQL without an equality that means the same value."""


@dataclass(frozen=True)
class Column:
    """One column of a table, with its type as PostgreSQL words it."""

    table: str
    name: str
    type: str

    def of(self, alias: str) -> sql.Composed:
        """Name the column of a row."""
        return sql.SQL("{}.{}").format(sql.SQL(alias), sql.Identifier(self.name))

    def shown(self, alias: str) -> sql.Composed:
        """Write the value as the log shows it: secrets as ***, points as [lon, lat], shapes by digest."""
        value = self.of(alias)
        if is_secret(self.name):
            return sql.SQL("CASE WHEN {} IS NOT NULL THEN '***' END").format(value)
        if self.type.startswith("geometry(Point"):
            return sql.SQL(
                "CASE WHEN {0} IS NOT NULL THEN jsonb_build_array(ST_X({0}), ST_Y({0})) END"
            ).format(value)
        if self.type.startswith("geo"):
            return sql.SQL("audit_shape({}::geometry)").format(value)
        return value

    def compared(self, alias: str) -> sql.Composed:
        """Write the value as it is compared with what stood there before."""
        value = self.of(alias)
        return sql.SQL("{}::text").format(value) if self.type in INCOMPARABLE else value


class TableText:
    """The text of a table's three change queries."""

    def __init__(self, watched: Watched, columns: Sequence[Column]) -> None:
        self.watched = watched
        self.columns = [column for column in columns if not is_passing(column.table, column.name)]

    def changes(self, verb: str) -> sql.Composed:
        """Write the query that makes action, row_key, unit_code, before and after from transition tables."""
        text = sql.SQL(query("spatial.rights.audit", f"changes_{verb}"))
        first = self.watched.key[0]
        return text.format(
            old_key=self._key("o"), new_key=self._key("n"),
            old_unit=self._unit("o"), new_unit=self._unit("n"),
            old_row=self._row("o"), new_row=self._row("n"),
            old_missing=sql.SQL("o.{} IS NULL").format(sql.Identifier(first)),
            new_missing=sql.SQL("n.{} IS NULL").format(sql.Identifier(first)),
            same_key=self._same_key(), same=self._same(),
            old_values=self._values("o"), new_values=self._values("n"),
        )  # fmt: skip

    def _key(self, alias: str) -> sql.Composed:
        parts = [self._named(alias, name) for name in self.watched.key]
        if len(parts) == 1:
            return sql.SQL("{}::text").format(parts[0])
        return sql.SQL("concat_ws('/', {})").format(sql.SQL(", ").join(parts))

    def _unit(self, alias: str) -> sql.Composable:
        return self._named(alias, self.watched.unit_code) if self.watched.unit_code else sql.SQL("NULL::text")

    def _row(self, alias: str) -> sql.Composed:
        pairs = [
            sql.SQL("{}, {}").format(sql.Literal(column.name), column.shown(alias)) for column in self.columns
        ]
        objects = [
            sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs[first : first + ARGUMENTS]))
            for first in range(0, len(pairs), ARGUMENTS)
        ]
        return sql.SQL("({})").format(sql.SQL(" || ").join(objects))

    def _same_key(self) -> sql.Composed:
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(self._named("o", name), self._named("n", name))
            for name in self.watched.key
        )

    def _same(self) -> sql.Composed:
        """List the names of columns that did not change; the key's always stay."""
        return sql.SQL(", ").join(
            sql.SQL("CASE WHEN {} IS NOT DISTINCT FROM {} THEN {} END").format(
                column.compared("o"), column.compared("n"), sql.Literal(column.name)
            )
            for column in self.columns
            if column.name not in self.watched.key
        )

    def _values(self, alias: str) -> sql.Composed:
        return sql.SQL("ROW({})").format(
            sql.SQL(", ").join(column.compared(alias) for column in self.columns)
        )

    def _named(self, alias: str, name: str) -> sql.Composed:
        return sql.SQL("{}.{}").format(sql.SQL(alias), sql.Identifier(name))

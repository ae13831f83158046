"""What changed in the tables that layers show: the feed that counts and tiles are checked against.

Every statement on such a table leaves one row in `layer_change` and one message at its commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, sql

from spatial.database import query

ROOM = "layers"
TILE_ZOOM = 12
"""Zoom of the tiles that a message names."""


def watch(connection: Connection[Any], sources: Iterable[str] | None = None) -> list[str]:
    """Give tables (`schema.table`; None: those of every layer) their triggers; name those that got one.

    connection: of the tables' owner. Tables that are not there are left out.
    """
    named = None if sources is None else sorted(sources)
    rows = connection.execute(query(ROOM, "unwatched_sources"), {"sources": named}).fetchall()
    for schema, table, geometry in rows:
        for statement in _triggers(schema, table, geometry):
            connection.execute(statement)
    return [f"{schema}.{table}" for schema, table, _ in rows]


def changed_since(connection: Connection[Any], sources: Sequence[str], snapshot: str) -> bool:
    """Tell whether rows of the sources are seen now that were not, or not so, at `snapshot`.

    snapshot: text of pg_current_snapshot(). Exact: what this transaction cannot see yet has not changed.
    """
    values = {"sources": list(sources), "snapshot": snapshot}
    row = connection.execute(query(ROOM, "changed_since"), values).fetchone()
    return row is None or bool(row[0])


def forget_old(connection: Connection[Any], hours: int = 24) -> int:
    """Delete what no cache asks for any more; returns how many rows went."""
    return connection.execute(query(ROOM, "forget_changes"), {"hours": hours}).rowcount


def _triggers(schema: str, table: str, geometry: str) -> Iterable[sql.Composed]:
    arguments = sql.SQL("{}, {}").format(sql.Literal(f"{schema}.{table}"), sql.Literal(geometry))
    sides = {
        "INSERT": "REFERENCING NEW TABLE AS after_rows",
        "UPDATE": "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows",
        "DELETE": "REFERENCING OLD TABLE AS before_rows",
        "TRUNCATE": "",
    }
    for verb, side in sides.items():
        yield sql.SQL(
            "CREATE OR REPLACE TRIGGER {name} AFTER {verb} ON {table} {side}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_change({arguments})"
        ).format(
            name=sql.Identifier(f"note_{verb.lower()}"),
            verb=sql.SQL(verb),
            table=sql.Identifier(schema, table),
            side=sql.SQL(side),
            arguments=arguments,
        )

"""Points counted by cell beforehand: tiles from afar read these sums, not a city's worth of rows.

Triggers keep them in the transaction of the change, so they are exact for everybody at every moment; whose
the points are stays with the sums, so policies hold. Views count where they show a table row by row.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer, layers
from spatial.database import SCHEMA, query

LEVELS = (1, 5, 9, 13, 16)
"""Zooms whose cells are kept, as 0008_tiles.sql has them; others are sums of the next finer one."""
CELLS = 6
"""Cells along the side of a Web Mercator tile of that zoom."""

_ROW_BY_ROW = {
    f"{SCHEMA}.places": (f"{SCHEMA}.place", "unit_code", "organisation_id"),
    f"{SCHEMA}.resources": (f"{SCHEMA}.resource", "unit_code", "organisation_id"),
    f"{SCHEMA}.components": (f"{SCHEMA}.component", "unit_code", "organisation_id"),
    f"{SCHEMA}.events": (f"{SCHEMA}.event", "unit_code", "organisation_id"),
}
"""Views of ours that show every row of one table: table, and the columns that say whose a row is."""
_OURS = {source for source, _, _ in _ROW_BY_ROW.values()}


def counted_source(layer: Layer) -> tuple[str, str, str] | None:
    """Name the table whose points are the layer's, and its columns of unit and organisation; None: none."""
    if layer.geometry_type != "point" or layer.part is not None:
        return None
    relation = f"{layer.schema}.{layer.relation}"
    if relation in _ROW_BY_ROW:
        return _ROW_BY_ROW[relation]
    if layer.kind in ("table", "file") and layer.sources == (relation,) and layer.schema != SCHEMA:
        return relation, layer.unit_column or "", ""
    return None


def keep(connection: Connection[Any]) -> list[str]:
    """Let the counts of every layer of points be kept from now on; name the tables that were counted anew.

    connection: of the tables' owner, in a transaction. Such a table takes no changes until it is counted.
    """
    anew = []
    for layer in layers(connection).values():
        wanted = counted_source(layer)
        if wanted is not None and _is_table(connection, wanted[0]):
            arguments = (wanted[0], layer.geometry_column, *wanted[1:])
            if _kept(connection, wanted[0])[0] != arguments:
                _count(connection, arguments)
                anew.append(wanted[0])
    return anew


def usable_source(connection: Connection[Any], layer: Layer) -> str | None:
    """Name the table whose counts are right for the reader of this connection; None: rows must be counted.

    Readers of an area may use counts that are kept apart by what their policies ask.
    """
    wanted = counted_source(layer)
    if wanted is None:
        return None
    arguments, sees_everything = _kept(connection, wanted[0])
    if arguments != (wanted[0], layer.geometry_column, *wanted[1:]):
        return None
    is_open = not wanted[1] and not layer.organisation_column
    return wanted[0] if sees_everything or is_open or wanted[0] in _OURS else None


def compact(connection: Connection[Any]) -> int:
    """Add up what changes have left; returns how many rows were merged. connection: of the owner."""
    connection.execute("LOCK TABLE layer_count IN SHARE UPDATE EXCLUSIVE MODE")
    row = connection.execute(query("tiles", "counts_compact")).fetchone()
    return int(row[0]) if row else 0


def _kept(connection: Connection[Any], source: str) -> tuple[tuple[str, ...], bool]:
    row = connection.execute(query("tiles", "counts_kept"), _names(source)).fetchone()
    if row is None:
        return (), False
    return tuple(part.decode() for part in bytes(row[0]).split(b"\0")[:-1]), bool(row[1])


def _names(source: str) -> dict[str, str]:
    schema, _, name = source.partition(".")
    return {"schema": schema, "name": name}


def _is_table(connection: Connection[Any], source: str) -> bool:
    row = connection.execute(query("tiles", "counts_table"), _names(source)).fetchone()
    return row is not None


def _count(connection: Connection[Any], arguments: tuple[str, ...]) -> None:
    """Give a table its triggers and count what it holds; their lock keeps changes out meanwhile."""
    table = sql.Identifier(*_names(arguments[0]).values())
    for verb, side in _SIDES.items():
        connection.execute(
            sql.SQL(
                "CREATE OR REPLACE TRIGGER {} AFTER {} ON {} {}"
                " FOR EACH STATEMENT EXECUTE FUNCTION count_points({})"
            ).format(
                sql.Identifier(f"count_{verb.lower()}"),
                sql.SQL(verb),
                table,
                sql.SQL(side),
                sql.SQL(", ").join(map(sql.Literal, arguments)),
            )
        )
    connection.execute("DELETE FROM layer_count WHERE source = %s", [arguments[0]])
    row = connection.execute(
        "SELECT counting(%s, '', %s, %s, %s, %s)", [table.as_string(connection), *arguments]
    ).fetchone()
    assert row is not None
    connection.execute(row[0])


_SIDES = {
    "INSERT": "REFERENCING NEW TABLE AS after_rows",
    "UPDATE": "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows",
    "DELETE": "REFERENCING OLD TABLE AS before_rows",
    "TRUNCATE": "",
}

"""Versions of rows: what strong validators of single features are made of."""

from __future__ import annotations

from psycopg import sql

from layers.catalogue import Layer
from spatial.database import quoted


def row_version(layer: Layer) -> sql.Composable:
    """Write the version of a row as SQL over the layer's columns: 32 hexadecimal digits, from its content.

    It changes with any published attribute, the identifier or the geometry, and with nothing else. The first
    part of the strong ETag of a feature, `"<row version>-<representation>"`.
    """
    columns = dict.fromkeys([layer.id_column, *layer.field_names, layer.geometry_column])
    # The text of a row is exact: numbers with all their digits, geometries as hexadecimal EWKB.
    return sql.SQL("md5(ROW({})::text)").format(sql.SQL(", ").join(map(quoted, columns)))

"""Which patrol plans a new border cuts: a question of plans of grids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.patrols.days import day_of
from spatial.patrols.plans.store import ROOM


def cut_by(connection: Connection[Any], geometry: Any) -> list[dict[str, Any]]:
    """List the plans in force of lines or areas that a geometry (degrees, WGS-84) runs through, by number.

    Each with id, name, kind, unit_code and how many of its targets; an empty geometry cuts nothing.
    """
    if geometry is None or shapely.is_empty(geometry):
        return []
    values = {"border": shapely.to_wkb(geometry), "today": day_of(datetime.now(UTC))}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "cuts"), values).fetchall()

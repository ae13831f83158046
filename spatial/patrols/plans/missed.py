"""What was missed (漏巡), as features: to be drawn on the map and walked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.patrols.plans.store import ROOM
from spatial.types import BBox

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which missed parts are listed."""

    due_id: int | None = None
    plan_id: int | None = None
    mover_id: int | None = None
    words: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    box: BBox | None = None
    before: int | None = None
    limit: int = 1000


def features(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List missed parts as GeoJSON features (EPSG:4326), newest first."""
    values = {**vars(wanted), "words": list(wanted.words), **(wanted.box._asdict() if wanted.box else {})}
    found = {
        "m.due_id = %(due_id)s": wanted.due_id,
        "d.plan_id = %(plan_id)s": wanted.plan_id,
        "d.movers @> ARRAY[%(mover_id)s::bigint]": wanted.mover_id,
        "m.word = ANY (%(words)s)": wanted.words,
        "d.ends_at > %(since)s": wanted.since,
        "d.starts_at < %(until)s": wanted.until,
        "m.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)": wanted.box,
        "m.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    statement = sql.SQL(query(ROOM, "missed")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_feature(row) for row in cursor.execute(statement, values)]


def _feature(row: Row) -> Row:
    geometry = row.pop("geometry")
    return {"type": "Feature", "id": row.pop("id"), "geometry": geometry, "properties": row}

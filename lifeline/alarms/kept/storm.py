"""The few that matter of a storm of alarms: groups by what they hang on, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.alarms.flood import Group, Standing, by_tree, muster
from lifeline.alarms.kept.conditions import ROOM
from lifeline.alarms.kept.moments import moment_of, ms_of
from lifeline.alarms.kept.reading import some
from spatial.database import query

MOST_STANDING = 100_000
"""Alarms that are grouped; of more the mildest are left out."""
Json = dict[str, Any]


def groups(connection: Connection[Any], most: int) -> Json:
    """Group what stands and is not hidden: `most` groups, each with its first alarm, and counts of all.

    Technical alarms have one cause where stations are heard through one that is in alarm too (`hangs_on` of
    its properties); all others are of one cause at one part of a network, or at one station.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "standing"), {"most": MOST_STANDING}).fetchall()
        counts = cursor.execute(query(ROOM, "standing_counts")).fetchall()
    things = sorted({row["thing_id"] for row in rows if row["is_technical"] and row["thing_id"]})
    upstream = {
        f"station {each}": f"station {other}"
        for each, other in connection.execute(query(ROOM, "hang_on"), {"things": things})
    }
    found = muster(_standing(rows), by_tree(upstream), most)
    first = {each["id"]: each for each in some(connection, [int(group.first.key) for group in found])}
    return {
        "groups": [_written(group, first) for group in found if int(group.first.key) in first],
        "counts": counts,
        "grouped": len(rows),
    }


def _standing(rows: Iterable[Json]) -> Iterable[Standing]:
    for row in rows:
        yield Standing(str(row["id"]), _source(row), row["level"], ms_of(row["raised_at"]))


def _source(row: Json) -> str:
    if row["thing_id"] is None and row["feature_code"] is None:
        return f"alarm {row['id']}"
    if row["is_technical"]:
        return f"station {row['thing_id']}"
    if row["feature_code"] is not None:
        return f"network {row['network_id']} {row['feature_code']}"
    return f"at station {row['thing_id']}"


def _written(group: Group, first: dict[int, Json]) -> Json:
    return {
        "count": group.count, "since": moment_of(group.since_ms), "first": first[int(group.first.key)],
    }  # fmt: skip

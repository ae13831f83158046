"""The components nearest to a point, in exact metres; and which one an event is likely about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query

ROOM = "spatial.components"
FIRST_M = 60.0
STEP = 5.0
"""A wider circle is looked at only when the last one held too few."""

Json = dict[str, Any]


def nearest(
    connection: Connection[Any],
    lon: float,
    lat: float,
    radius_m: float,
    classes: Sequence[str] | None = None,
    limit: int = 10,
) -> list[Json]:
    """List the components within a radius, nearest first: metres on the ellipsoid.

    lon, lat: degrees of WGS-84. classes: codes of ours, or the digits that they begin with; None: all.
    """
    within_m = min(FIRST_M, radius_m)
    while True:
        found = _within(connection, lon, lat, within_m, classes, limit)
        if len(found) >= limit or within_m >= radius_m:
            return found
        within_m = min(within_m * STEP, radius_m)


def classes_of_matter(connection: Connection[Any], category: str) -> list[tuple[str, float]]:
    """Say which classes of components an event of a category is about, with how sure that is; [] for none."""
    return connection.execute(query(ROOM, "classes_of_matter"), {"category": category}).fetchall()


def propose(
    connection: Connection[Any], category: str, lon: float, lat: float, radius_m: float = 50.0, limit: int = 3
) -> list[Json]:
    """Propose the components that an event is about: of its category's classes, the nearest first.

    Each has `score`, 0 to 1: how sure the class is, less with the distance. [] for a category of no class.
    """
    scores = dict(classes_of_matter(connection, category))
    if not scores:
        return []
    found = nearest(connection, lon, lat, radius_m, list(scores), limit * 2)
    for each in found:
        share = 1.0 - each["distance_m"] / radius_m / 2
        each["score"] = round(scores[each["class_code"]] * share, 3)
    return sorted(found, key=lambda each: (-each["score"], each["id"]))[:limit]


def _within(
    connection: Connection[Any], lon: float, lat: float, within_m: float, classes: Any, limit: int
) -> list[Json]:
    values = {"lon": lon, "lat": lat, "radius_m": within_m, "classes": classes, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "nearest"), values).fetchall()

"""Places as the public sees them: of kinds that are marked for it, near a point, with no word of risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import cos, radians
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import anywhere
from spatial.errors import InvalidInput
from spatial.places.opening_hours import ZONE, state_at

ROOM = "spatial.places"
LONGEST_M = 20_000
_DEGREE_M = 110_500.0
"""Metres of a degree of latitude, rather too few: the box must hold the circle."""

Json = dict[str, Any]


def public_kinds(connection: Connection[Any]) -> list[Json]:
    """List the kinds that are shown to the public, in their order: key, title, title_en, icon, colour."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "public_kinds")).fetchall()


def nearest(
    connection: Connection[Any],
    lon: float,
    lat: float,
    kinds: Sequence[str],
    radius_m: float,
    limit: int,
    now: datetime,
) -> list[Json]:
    """Find the nearest places of public kinds to a point in WGS-84, nearest first.

    kinds: keys; empty for all that are public. Unknown ones and those that are not public have no place. Each
    row has kind, name, name_en, address, lon, lat, distance_m, opening_hours (as written), is_open and
    changes_at (see opening_hours.Opening), wheelchair, fee, generated and hours_generated.
    """
    if not 0 < radius_m <= LONGEST_M:
        raise InvalidInput.at("radius_m", f"must be more than 0 and at most {LONGEST_M}")
    values = {
        "lon": lon, "lat": lat, "kinds": list(kinds), "radius_m": radius_m, "limit": limit,
        "dy": radius_m / _DEGREE_M, "dx": min(180.0, radius_m / _DEGREE_M / max(cos(radians(lat)), 1e-6)),
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "public_nearest"), values).fetchall()
    off = holidays(connection, now) if any(row["opening_hours"] for row in rows) else ()
    return [{**row, **_opening(row["opening_hours"], now, off)} for row in rows]


def named(connection: Connection[Any], text: str, limit: int) -> list[Json]:
    """Find places of public kinds whose name holds a text: name, name_en, kind, lon, lat, generated."""
    values = {"inside": anywhere(text.strip()), "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "public_named"), values).fetchall()


def holidays(connection: Connection[Any], now: datetime) -> tuple[date, ...]:
    """List the days about now that the city's calendar has as holidays."""
    today = now.astimezone(ZONE).date()
    values = {"first": today - timedelta(days=7), "last": today + timedelta(days=370)}
    return tuple(day for (day,) in connection.execute(query(ROOM, "public_holidays"), values))


def _opening(text: str | None, now: datetime, off: Sequence[date]) -> Json:
    found = state_at(text, now, off)
    return {"is_open": found.is_open, "changes_at": found.changes_at}

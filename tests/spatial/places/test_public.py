"""Places near by for the public: exactly the nearest, by an index, and of no other kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from pyproj import Geod

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.places.public import nearest, public_kinds

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MIDDLE = (116.33, 39.98)


def fill(connection: psycopg.Connection[Any], count: int) -> Any:
    """Scatter places of a public kind and of one that is not, at the same points, which it returns."""
    rng = np.random.default_rng(5)
    points = np.array(MIDDLE) + rng.normal(scale=0.03, size=(count, 2))
    rows = [
        (kind, f"{kind} {number}", x, y, json.dumps({"opening_hours": "Mo-Fr 08:00-18:00"}))
        for kind in ("toilet", "school")
        for number, (x, y) in enumerate(points.tolist())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO place (kind, name, risk_level, geom, source, attributes)"
            " VALUES (%s, %s, 4, ST_SetSRID(ST_MakePoint(%s, %s), 4326), 'test', %s)",
            rows,
        )
    return points


@pytest.mark.parametrize("at", [MIDDLE, (116.30, 40.02)])
@pytest.mark.parametrize("radius_m", [300.0, 3000.0])
def test_it_is_what_looking_at_all_of_them_finds(
    postgis: psycopg.Connection[Any], at: tuple[float, float], radius_m: float
) -> None:
    points = fill(postgis, 800)
    _, _, metres = Geod(ellps="WGS84").inv(*np.broadcast_to(np.array(at)[:, None], points.T.shape), *points.T)
    order = [row for row in np.argsort(metres) if metres[row] <= radius_m][:20]
    found = nearest(postgis, *at, [], radius_m, 20, NOW)
    assert [each["name"] for each in found] == [f"toilet {row}" for row in order]
    assert [each["distance_m"] for each in found] == pytest.approx(metres[order], abs=0.6)
    # Friday noon in the city.
    assert all(each["is_open"] for each in found)


def test_the_index_is_asked_where_there_are_many(postgis: psycopg.Connection[Any]) -> None:
    fill(postgis, 3000)
    postgis.execute("ANALYZE place")
    values = {
        "lon": MIDDLE[0], "lat": MIDDLE[1], "kinds": [], "radius_m": 200, "limit": 20,
        "dx": 0.002, "dy": 0.002,
    }  # fmt: skip
    plan = postgis.execute("EXPLAIN " + query("spatial.places", "public_nearest"), values).fetchall()
    assert "ix_place_geom" in str(plan)


def test_nothing_and_nonsense(postgis: psycopg.Connection[Any]) -> None:
    fill(postgis, 3)
    assert nearest(postgis, 0.0, 89.9, [], 20_000, 5, NOW) == []
    assert nearest(postgis, *MIDDLE, ["school"], 20_000, 5, NOW) == []
    assert nearest(postgis, *MIDDLE, ["no such kind"], 20_000, 5, NOW) == []
    for radius_m in (0, -1, 20_001):
        with pytest.raises(InvalidInput):
            nearest(postgis, *MIDDLE, [], radius_m, 5, NOW)
    assert "school" not in {kind["key"] for kind in public_kinds(postgis)}

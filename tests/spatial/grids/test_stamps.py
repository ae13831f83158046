"""Places and components belong to where they stand now; events stay where they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from spatial.geometry.arcs import build_arcs
from spatial.grids.stamps import needs_stamps, restamp
from spatial.grids.versions import publish, read_snapshot
from tests.spatial.grids.cities import SOUTH, STEP, WEST, draft, squares

NOW = datetime.now(UTC)


def two_grids(connection: psycopg.Connection[Any], codes: list[str], valid_from: datetime) -> int:
    """Publish two squares side by side under these codes, west first."""
    units = [draft(4, code, "100001001") for code in codes]
    units += [draft(3, "100001001", "100001"), draft(2, "100001", "100"), draft(1, "100", None)]
    return publish(connection, "grids", units, build_arcs(squares(2, 1)), "test", valid_from)


@pytest.fixture
def place(postgis: psycopg.Connection[Any]) -> int:
    row = postgis.execute(
        "INSERT INTO place (kind, name, risk_level, geom, source)"
        " VALUES ('school', 'p', 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326), 't') RETURNING id",
        (WEST + STEP / 2, SOUTH + STEP / 2),
    ).fetchone()
    assert row is not None
    return int(row[0])


def unit_of(connection: psycopg.Connection[Any], place: int) -> str | None:
    row = connection.execute("SELECT unit_code FROM place WHERE id = %s", (place,)).fetchone()
    assert row is not None
    return row[0]


def test_publishing_gives_places_their_unit(postgis: psycopg.Connection[Any], place: int) -> None:
    assert unit_of(postgis, place) is None
    two_grids(postgis, ["100001001001", "100001001002"], NOW - timedelta(days=2))
    assert unit_of(postgis, place) == "100001001001"
    two_grids(postgis, ["100001001003", "100001001004"], NOW - timedelta(days=1))
    assert unit_of(postgis, place) == "100001001003"
    assert not needs_stamps(postgis)


def test_a_version_of_tomorrow_moves_nothing_today(postgis: psycopg.Connection[Any], place: int) -> None:
    two_grids(postgis, ["100001001001", "100001001002"], NOW - timedelta(days=2))
    two_grids(postgis, ["100001001003", "100001001004"], NOW + timedelta(days=1))
    assert unit_of(postgis, place) == "100001001001"
    assert not needs_stamps(postgis)


def test_what_comes_into_force_by_the_clock_is_noticed_and_stamped(
    postgis: psycopg.Connection[Any], place: int
) -> None:
    version = two_grids(postgis, ["100001001001", "100001001002"], NOW - timedelta(days=2))
    postgis.execute("UPDATE coverage SET stamped_version = NULL")
    postgis.execute("UPDATE place SET unit_code = 'old'")
    assert needs_stamps(postgis)
    assert restamp(postgis, read_snapshot(postgis, "grids")) == 1
    assert unit_of(postgis, place) == "100001001001"
    stamped = "SELECT stamped_version FROM coverage WHERE name = 'grids'"
    assert postgis.execute(stamped).fetchone() == (version,)


def test_outside_the_coverage_there_is_no_unit(postgis: psycopg.Connection[Any], place: int) -> None:
    postgis.execute("UPDATE place SET geom = ST_SetSRID(ST_MakePoint(0, 0), 4326), unit_code = 'old'")
    two_grids(postgis, ["100001001001", "100001001002"], NOW - timedelta(days=2))
    assert unit_of(postgis, place) is None

"""Loading the demo city into a real PostGIS: all of it, once, at any moment of the week."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from demo.load import BEIJING, DAY_S, LAST_CALENDAR_DAY, is_loaded, load, occurrence_s
from spatial.database import connect
from spatial.errors import Conflict, NotFound

NOW = datetime(2026, 5, 13, 17, 20, tzinfo=BEIJING)
"""A Wednesday afternoon."""


@pytest.fixture(scope="module")
def loaded(postgis_url: str, two_streets: Path, master_key: Path) -> Iterator[psycopg.Connection[Any]]:
    """The two streets in a database, in a transaction that is rolled back when the module is done."""
    with connect(postgis_url) as connection, connection.transaction(force_rollback=True):
        load(connection, two_streets, NOW, master=master_key)
        yield connection


def _value(connection: psycopg.Connection[Any], statement: str) -> Any:
    return connection.execute(statement).fetchall()[0][0]


def test_every_table_is_filled(loaded: psycopg.Connection[Any]) -> None:
    assert is_loaded(loaded)
    assert _value(loaded, "SELECT count(*) FROM event") >= 20_000
    assert _value(loaded, "SELECT count(*) FROM component") >= 5_000
    for table in ("division", "organisation", "worker", "duty", "place", "address", "basemap_feature", "fix"):
        assert loaded.execute(
            psycopg.sql.SQL("SELECT 1 FROM {} LIMIT 1").format(psycopg.sql.Identifier(table))
        ).fetchone()


def test_events_fill_the_ninety_days_before_now(loaded: psycopg.Connection[Any]) -> None:
    first, last, reported = loaded.execute(
        "SELECT min(occurred_at), max(occurred_at), max(reported_at) FROM event"
    ).fetchall()[0]
    assert NOW - timedelta(days=90) < first < NOW - timedelta(days=89)
    assert NOW - timedelta(hours=6) < last < reported <= NOW


def test_states_agree_with_age(loaded: psycopg.Connection[Any]) -> None:
    states = dict(loaded.execute("SELECT state, count(*) FROM event GROUP BY 1").fetchall())
    assert set(states) == {"reported", "accepted", "filed", "dispatched", "handled", "verified", "closed"}
    assert states["closed"] > 0.9 * sum(states.values())
    assert _value(loaded, "SELECT bool_and((state = 'closed') = (closed_at IS NOT NULL)) FROM event")
    assert _value(loaded, "SELECT bool_and(closed_at > occurred_at) FROM event WHERE closed_at IS NOT NULL")
    assert _value(loaded, "SELECT max(closed_at) FROM event") <= NOW


def test_a_sunday_is_a_sunday(loaded: psycopg.Connection[Any]) -> None:
    rows = loaded.execute(
        "SELECT extract(isodow FROM occurred_at AT TIME ZONE 'Asia/Shanghai')::int, count(*)"
        " FROM event WHERE category LIKE '08%' GROUP BY 1"
    ).fetchall()
    by_day = dict(rows)
    assert (by_day[6] + by_day[7]) / 2 < 0.8 * sum(by_day[day] for day in range(1, 6)) / 5


def test_every_event_lies_in_its_unit_of_the_version(loaded: psycopg.Connection[Any]) -> None:
    outside = """
        SELECT count(*) FROM event
        LEFT JOIN unit_version ON unit_version.code = event.unit_code AND unit_version.level = 4
            AND unit_version.version_id = event.version_id
        WHERE unit_version.id IS NULL OR NOT ST_Covers(unit_version.geom, event.geom)
    """
    assert _value(loaded, outside) == 0
    assert _value(loaded, "SELECT min(lower(valid)) FROM unit_version") < NOW - timedelta(days=90)


def test_numbers_are_unique_and_dated(loaded: psycopg.Connection[Any]) -> None:
    wrong = """
        SELECT count(*) FROM event
        WHERE no !~ ('^DEMO' || to_char(occurred_at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '[0-9]{5}$')
    """
    assert _value(loaded, wrong) == 0


def test_geometries_and_keys_are_right(loaded: psycopg.Connection[Any]) -> None:
    assert _value(loaded, "SELECT bool_and(ST_SRID(geom) = 4326 AND ST_IsValid(geom)) FROM basemap_feature")
    assert _value(loaded, "SELECT count(*) FROM place WHERE area IS NOT NULL AND ST_SRID(area) = 4326") > 10
    assert _value(loaded, "SELECT count(*) FROM duty JOIN worker ON worker.id = worker_id") > 500
    next_key = _value(loaded, "SELECT nextval(pg_get_serial_sequence('worker', 'id'))")
    assert next_key > _value(loaded, "SELECT max(id) FROM worker")


def test_patrols_lie_in_the_last_two_days_and_end_where_the_worker_stands(
    loaded: psycopg.Connection[Any],
) -> None:
    first, last = loaded.execute("SELECT min(time), max(time) FROM fix").fetchall()[0]
    assert NOW - timedelta(days=2) < first
    assert NOW - timedelta(minutes=5) < last <= NOW
    astray = """
        SELECT count(*) FROM worker
        JOIN mover ON mover.worker_id = worker.id
        JOIN (SELECT DISTINCT ON (mover_id) * FROM fix ORDER BY mover_id, time DESC) AS last
            ON last.mover_id = mover.id
        WHERE NOT ST_Equals(geom, ST_SetSRID(ST_MakePoint(lon, lat), 4326)) OR seen_at <> time
    """
    assert _value(loaded, astray) == 0
    assert _value(loaded, "SELECT count(*) FROM mover WHERE worker_id IS NULL AND kind = 'person'") == 0
    unlike = (
        "SELECT count(*) FROM fix"
        " LEFT JOIN device_carrier AS c USING (device_id, mover_id) WHERE c.id IS NULL"
    )
    assert _value(loaded, unlike) == 0
    assert _value(loaded, "SELECT avg((unit_code IS NOT NULL)::int)::float FROM fix") > 0.99
    assert 0.45 < _value(loaded, "SELECT avg(on_duty::int)::float FROM worker") < 0.65


def test_one_cell_in_a_hundred_holds_much_of_the_whole_city(city: psycopg.Connection[Any]) -> None:
    """Cells of 200 m, counted over the area of the shown extent."""
    share = """
        WITH cell AS (
            SELECT count(*) AS events
            FROM (SELECT ST_SnapToGrid(ST_Transform(geom, 4548), 200) AS corner FROM event) AS snapped
            GROUP BY corner
        ), top AS (
            SELECT events FROM cell ORDER BY events DESC
            LIMIT (SELECT round(area_m2 / 40000 / 100) FROM districts)
        )
        SELECT (SELECT sum(events) FROM top) / (SELECT sum(events) FROM cell)::float
    """
    assert 0.08 <= _value(city, share) <= 0.3
    assert _value(city, "SELECT count(*) FROM event") >= 20_000
    assert _value(city, "SELECT count(*) FROM event WHERE unit_code IS NULL") == 0
    assert _value(city, "SELECT count(*) FROM place WHERE NOT generated") >= 450


def test_a_second_loading_is_refused(
    loaded: psycopg.Connection[Any], two_streets: Path, master_key: Path
) -> None:
    events = _value(loaded, "SELECT count(*) FROM event")
    with pytest.raises(Conflict, match="units already"):
        load(loaded, two_streets, NOW, master=master_key)
    assert _value(loaded, "SELECT count(*) FROM event") == events


def test_a_missing_file_is_named_and_nothing_stored(
    fresh_url: str, two_streets: Path, master_key: Path, tmp_path: Path
) -> None:
    shutil.copytree(two_streets, tmp_path / "copy")
    (tmp_path / "copy" / "events.parquet").unlink()
    with connect(fresh_url) as connection:
        with pytest.raises(NotFound, match=r"events\.parquet"):
            load(connection, tmp_path / "copy", NOW, master=master_key)
        assert not is_loaded(connection)


def test_a_loading_that_fails_leaves_the_database_as_it_was(
    fresh_url: str, two_streets: Path, master_key: Path, tmp_path: Path
) -> None:
    shutil.copytree(two_streets, tmp_path / "copy")
    shutil.copy(two_streets / "places.parquet", tmp_path / "copy" / "basemap.parquet")
    with connect(fresh_url) as connection:
        with pytest.raises(psycopg.Error):
            load(connection, tmp_path / "copy", NOW, master=master_key)
        assert not is_loaded(connection)
        assert _value(connection, "SELECT count(*) FROM worker") == 0
        assert _value(connection, "SELECT count(*) FROM event") == 0


@pytest.mark.parametrize("offset", range(7))
def test_the_calendar_keeps_weekdays_on_any_day(offset: int) -> None:
    now = datetime(2026, 3, 2, 23, 59, tzinfo=UTC).astimezone(BEIJING) + timedelta(days=offset)
    day = np.arange(LAST_CALENDAR_DAY + 1)
    occurred = occurrence_s(now, day, np.full(len(day), 12 * 3_600))
    for number, seconds in zip(day.tolist(), occurred.tolist(), strict=True):
        assert datetime.fromtimestamp(seconds, BEIJING).weekday() == number % 7
    dates = [datetime.fromtimestamp(seconds, BEIJING).date() for seconds in occurred.tolist()]
    assert now.date() in dates
    assert dates[0] <= date.fromordinal(now.date().toordinal() - 90)
    assert np.diff(occurred).tolist() == [DAY_S] * LAST_CALENDAR_DAY

"""From fixes of workers to fixes of movers: a city that has some keeps them, each in its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from spatial.database import connect
from spatial.database.migrate import HERE, migrate

DAY = datetime(2026, 3, 1, tzinfo=UTC)
OLD_DAY = """
CREATE TABLE fix_20260301 PARTITION OF fix FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00')
"""
THINGS = """
INSERT INTO resource (kind, name, geom, source)
SELECT k, k, ST_SetSRID(ST_MakePoint(1, 2), 4326), 't' FROM unnest('{vehicle,team}'::text[]) AS k
"""


def before(url: str, folder: Path) -> None:
    """Make a database as it was before there were movers, with people who had walked, and a vehicle."""
    scripts = folder / "migrations"
    (scripts / "versions").mkdir(parents=True)
    files = [*HERE.glob("*.*"), *HERE.glob("versions/00[01]*"), *HERE.glob("versions/002[0-7]*")]
    for path in files:
        (scripts / path.relative_to(HERE)).write_bytes(path.read_bytes())
    migrate(url, scripts)
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'office')"
        )
        connection.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id)"
            " SELECT c, '*', '', 'liaison', id FROM organisation, unnest('{a,b}'::text[]) AS c"
        )
        connection.execute(THINGS)
        connection.execute(OLD_DAY)
        for code, seconds, datum in (("a", 0, "wgs84"), ("a", 86_399, "gcj02"), ("b", 50_000, "bd09")):
            connection.execute(
                "INSERT INTO fix (worker_id, time, lon, lat, speed_mps, datum, source_lon, source_lat)"
                " SELECT id, %s, 116.3, 39.9, 1.5, %s, 116.4, 39.8 FROM worker WHERE code = %s",
                [DAY + timedelta(seconds=seconds), datum, code],
            )


def test_fixes_of_workers_become_fixes_of_movers(bare_url: str, tmp_path: Path) -> None:
    before(bare_url, tmp_path)
    assert "0028" in migrate(bare_url)
    with connect(bare_url) as connection:
        rows = connection.execute(
            "SELECT w.code, f.time, f.tableoid::regclass::text, lon, speed_mps, f.datum, source_lon"
            " FROM fix AS f JOIN mover AS m ON m.id = f.mover_id JOIN worker AS w ON w.id = m.worker_id"
            " ORDER BY f.time"
        ).fetchall()
        day = "fix_20260301"
        assert rows == [
            ("a", DAY, day, 116.3, 1.5, 0, None),
            ("b", DAY + timedelta(seconds=50_000), day, 116.3, 1.5, 3, 116.4),
            ("a", DAY + timedelta(seconds=86_399), day, 116.3, 1.5, 2, 116.4),
        ]
        movers = connection.execute("SELECT kind, gait, count(*) FROM mover GROUP BY 1, 2 ORDER BY 1")
        assert movers.fetchall() == [("person", "foot", 2), ("vehicle", "car", 1)]
        last = connection.execute("SELECT time FROM last_position ORDER BY mover_id").fetchall()
        assert last == [(DAY + timedelta(seconds=86_399),), (DAY + timedelta(seconds=50_000),)]
        left = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'was_%'").fetchall()
        assert left == []
        dirty = connection.execute("SELECT count(*) FROM track_dirty").fetchall()
        assert dirty == [(3,)], "a has a fix of the local day after"


def test_fixes_that_there_were_are_judged_as_if_they_came_now(bare_url: str, tmp_path: Path) -> None:
    before(bare_url, tmp_path)
    bad = (
        (1, 200.0, 39.9, 5.0, DAY), (2, 0.0, 0.0, 5.0, DAY), (3, 116.3, 39.9, 150.0, DAY),
        (86_390, 116.3, 39.9, 5.0, DAY), (4, float("nan"), 39.9, 5.0, DAY),
        (5, 116.3, 39.9, float("inf"), DAY), (6, 116.3, 39.9, 99.0, DAY),
    )  # fmt: skip
    with connect(bare_url) as connection:
        connection.execute("DELETE FROM fix")
        for seconds, lon, lat, accuracy, received in bad:
            connection.execute(
                "INSERT INTO fix (worker_id, time, lon, lat, accuracy_m, datum, source_lon, source_lat,"
                " received_at) SELECT id, %s, %s, %s, %s, 'wgs84', 0, 0, %s FROM worker WHERE code = 'a'",
                [DAY + timedelta(seconds=seconds), lon, lat, accuracy, received],
            )
    migrate(bare_url)
    with connect(bare_url) as connection:
        rows = connection.execute("SELECT gate FROM fix ORDER BY time").fetchall()
        assert [gate for (gate,) in rows] == [1, 1, 5, 1, 0, 0, 3]
        last = connection.execute("SELECT time FROM last_position").fetchall()
        assert last == [(DAY + timedelta(seconds=6),)]


def test_whoever_comes_later_moves_as_well(postgis) -> None:
    postgis.execute("INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'office')")
    postgis.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id)"
        " SELECT c, '*', '', 'liaison', id FROM organisation, unnest('{a,b}'::text[]) AS c"
    )
    postgis.execute(THINGS)
    postgis.execute("UPDATE resource SET kind = 'vehicle'")
    postgis.execute("UPDATE resource SET kind = 'vehicle', name = 'again'")
    movers = "SELECT kind, count(*) FROM mover GROUP BY 1 ORDER BY 1"
    assert postgis.execute(movers).fetchall() == [("person", 2), ("vehicle", 2)]
    postgis.execute("DELETE FROM resource")
    assert postgis.execute(movers).fetchall() == [("person", 2), ("vehicle", 2)], "their tracks stay"

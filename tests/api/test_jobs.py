"""The job process: its tables are made once, and the days of GPS fixes stand ready."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api import jobs
from spatial.database import connect
from spatial.patrols.partitions import ensure
from spatial.rights.audit.partitions import ensure_months
from spatial.rights.envelope import make_master
from spatial.settings import Secret, Settings


def partitions(url: str, table: str = "fix") -> set[str]:
    with connect(url) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s)",
            [table],
        )
        return {name for (name,) in rows}


async def work_once(settings: Settings, task: str, now: datetime) -> None:
    app = jobs.make_app(settings)
    async with app.open_async():
        await jobs.install(app)
        await jobs.install(app)
        await app.tasks[task].defer_async(timestamp=int(now.timestamp()))
        await app.run_worker_async(wait=False, install_signal_handlers=False)


def test_a_job_makes_the_days_and_months_that_come_next(fresh_url: str) -> None:
    now = datetime(2031, 5, 1, 12, tzinfo=UTC)
    asyncio.run(work_once(Settings(database_url=Secret(fresh_url)), "prepare_days", now))
    assert {"fix_20310501", "fix_20310508"} <= partitions(fresh_url)
    assert {"audit_203105", "audit_203108"} <= partitions(fresh_url, "audit")


def test_a_job_lets_old_months_of_the_audit_log_go(fresh_url: str, tmp_path: Path) -> None:
    make_master(tmp_path / "secrets" / "master")
    settings = Settings(home=tmp_path, database_url=Secret(fresh_url), audit_days=200)
    with connect(fresh_url) as connection:
        ensure_months(connection, datetime(2031, 1, 1, tzinfo=UTC).date(), ahead=1)
    asyncio.run(work_once(settings, "keep_audit", datetime(2031, 8, 20, tzinfo=UTC)))
    left = partitions(fresh_url, "audit")
    assert "audit_203101" not in left, "it ended more than 200 days before"
    assert "audit_203102" in left


def test_days_are_made_once_and_take_their_fixes(postgis) -> None:
    first = datetime(2031, 5, 1, tzinfo=UTC).date()
    assert ensure(postgis, first, first + timedelta(days=2)) == 3
    assert ensure(postgis, first, first + timedelta(days=3)) == 1
    organisation = postgis.execute(
        "INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'office') RETURNING id"
    ).fetchone()[0]
    postgis.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id) VALUES ('w', '*', '', 'liaison', %s)",
        [organisation],
    )
    times = [datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC), datetime(2031, 5, 2, tzinfo=UTC)]
    for time in times:
        postgis.execute(
            "INSERT INTO fix (mover_id, time, mark, lon, lat) SELECT id, %s, 0, 116.3, 39.9 FROM mover",
            [time],
        )
    rows = postgis.execute("SELECT tableoid::regclass::text FROM fix ORDER BY time").fetchall()
    assert rows == [("fix_20310501",), ("fix_20310502",)]

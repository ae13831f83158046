"""Grouped figures over ten million events: from the cubes, and as PostgreSQL groups the events, in one run.

`python -m bench.figures [--events 10000000]` makes a private cluster in a temporary folder, makes events of
three years in a city of 29 streets, 2,668 grids, 97 organisations and 2,668 persons with one statement, and
counts them anew into the cubes. Each question is asked both ways through the workers' role, mostly as a
reader of the whole city, and both answers must be equal. Then what the triggers cost a bulk intake is
measured. Making and counting take a quarter of an hour on two idle cores.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from api.prepare import bring_up_to_date
from spatial.database import Database, connect, session
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.roles import app_url, mark_leakproof
from spatial.events.figures.asking import figures
from spatial.events.figures.cubes import Asked
from spatial.events.figures.keeping import fold, rebuild
from spatial.rights.reader import Reader

ROUNDS = 7
CITY = Reader(None, "analyst", "analyst", "analyst")
STREET = replace(CITY, reach="area", area="110108005", above=("110108",))
FIRST, LAST = date(2023, 1, 1), date(2026, 1, 1)
YEAR = (date(2025, 1, 1), LAST)

PEOPLE = """
INSERT INTO organisation (code, name, name_en, kind) SELECT 'o' || n, 'o' || n, 'o' || n, 'utility'
FROM generate_series(1, 97) AS n;
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)
SELECT 'w' || n, '\u5f20*', '1**', 'grid_worker', (SELECT min(id) FROM organisation),
       '110108' || lpad((n % 29 + 1)::text, 3, '0') || '001001'
FROM generate_series(1, 2668) AS n;
"""
EVENTS = """
INSERT INTO event (no, category, source, title, state, geom, occurred_at, reported_at, accepted_at, filed_at,
                   dispatched_at, handled_at, verified_at, closed_at, unit_code, ruling, organisation_id,
                   worker_id, valid, handled_on_time, returned_count, generated)
SELECT 'B' || n, matters[1 + floor(random() ^ 2 * cardinality(matters))::int],
       (ARRAY['app', 'hotline', 'public', 'patrol', 'internet', 'sensor'])[1 + floor(random() * 6)::int],
       'bench', 'closed', ST_SetSRID(ST_MakePoint(116.2 + random() * 0.2, 39.9 + random() * 0.2), 4326),
       at, at,
       at + took * 0.01, at + took * 0.03, at + took * 0.06, handled, handled + took * 0.1,
       CASE WHEN random() < 0.9 THEN handled + took * 0.2 END,
       '110108' || lpad((g / 92 + 1)::text, 3, '0') || lpad((g %% 92 / 4 + 1)::text, 3, '0')
           || lpad((g %% 4 + 1)::text, 3, '0'),
       'inside', first_organisation + (g / 92 * 3 + floor(random() * 12)::int) %% 97, first_worker + g, true,
       random() < 0.9, floor(random() * 1.1)::int, true
FROM (
    SELECT n, floor(random() * 2668)::int AS g, took,
           timestamptz '2023-01-01 00:00+08' + random() * interval '1095 days' AS at
    FROM generate_series(1, %(events)s) AS n,
         LATERAL (SELECT -ln(random() + n * 0) * interval '30 hours' AS took) AS t
) AS e, LATERAL (SELECT at + took AS handled) AS h,
(SELECT array_agg(code ORDER BY code) AS matters FROM matter) AS m,
(SELECT min(id) AS first_organisation FROM organisation) AS o,
(SELECT min(id) AS first_worker FROM worker) AS w
"""
LEFT = """
SELECT format('DROP INDEX %I', indexrelid::regclass) FROM pg_index
WHERE indrelid = 'event'::regclass AND NOT indisunique
      AND indexrelid::regclass::text NOT IN ('ix_event_reported_at_id', 'ix_event_unit_code_occurred_at')
"""
"""Indexes that no question here uses, left out so that the events are made in minutes."""

QUESTIONS: dict[str, tuple[Reader, Asked]] = {
    "all, by day, a year": (CITY, Asked(*YEAR, "all", "day")),
    "29 streets, by month, 3 years": (CITY, Asked(FIRST, LAST, "unit", "month", level=2)),
    "655 communities, by week, a year": (CITY, Asked(*YEAR, "unit", "week", level=3)),
    "2,668 grids, by quarter, a year": (CITY, Asked(*YEAR, "unit", "quarter", level=4)),
    "97 organisations, by month, 3 years": (CITY, Asked(FIRST, LAST, "organisation", "month")),
    "6 sources, by day, a quarter": (CITY, Asked(date(2025, 10, 1), LAST, "source", "day")),
    "250 matters, a year": (CITY, Asked(*YEAR, "category", "all")),
    "classes of one street, by month, a year": (CITY, Asked(*YEAR, "class", "month", unit="110108005")),
    "2,668 persons, a year": (CITY, Asked(*YEAR, "person", "all")),
    "each step on its own day, by day, a year": (CITY, Asked(*YEAR, "all", "day", 1)),
    "of a street's reader: grids by month, a year": (STREET, Asked(*YEAR, "unit", "month", level=4)),
    "of a street's reader: organisations, a year": (STREET, Asked(*YEAR, "organisation", "all")),
    "no cube: organisation x source, a month": (
        CITY,
        Asked(date(2025, 12, 1), LAST, "source", organisation="5"),
    ),
}


def main() -> None:
    """Make, ask, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home, throwaway=True)
        cluster.ensure()
        try:
            _run(cluster, wanted.events)
        finally:
            cluster.remove()


def _run(cluster: Cluster, events: int) -> None:
    url = cluster.url()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        for extension in EXTENSIONS:
            administrator.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')  # type: ignore[arg-type]
        mark_leakproof(administrator)
    bring_up_to_date(url, master=cluster.home / "secrets" / "master")
    with connect(url) as owner:
        owner.execute(PEOPLE)
    make(cluster, url, events)
    database = Database(app_url(url, cluster.home), pool_size=2)
    database.open()
    _ask(database)
    database.close()
    _intake(url)


def make(cluster: Cluster, url: str, events: int) -> None:
    """Make events of three years in a migrated city, and count them anew into the cubes."""
    with psycopg.connect(
        cluster.url("postgres"), autocommit=True, options="-c search_path=city,public"
    ) as one:
        for (drop,) in one.execute(LEFT).fetchall():
            one.execute(drop)
        # Neither triggers nor foreign keys: the figures are made by rebuild() afterwards.
        one.execute("SET session_replication_role = replica")
        _timed(f"{events:,} events by one statement", lambda: one.execute(EVENTS, {"events": events}))
    with connect(url) as owner:
        _timed("counting all of them anew", lambda: rebuild(owner))
    with connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE event, figure, figure_change")
        rows = owner.execute("SELECT cube, count(*) FROM figure GROUP BY ROLLUP (cube) ORDER BY 1").fetchall()
        size = owner.execute(
            "SELECT pg_size_pretty(pg_total_relation_size('event')),"
            " pg_size_pretty(pg_total_relation_size('figure'))"
        ).fetchone()
    print("cells by cube:", ", ".join(f"{cube or 'all'}: {count:,}" for cube, count in rows))
    print("size of events and figures:", size)


def _ask(database: Database) -> None:
    print("| question | cells | cube | figures ms | events ms | times |")
    print("|---|---|---|---|---|---|")
    for title, (reader, asked) in QUESTIONS.items():
        with session(database, reader) as connection:
            kept, fast = _median(lambda: figures(connection, asked, reader), ROUNDS)  # noqa: B023
            plain, slow = _median(lambda: figures(connection, asked, reader, kept=False), 1)  # noqa: B023
        assert kept.cells == plain.cells, title
        times = slow / fast
        rest = f"{kept.cube or '-'} | {fast:,.0f} | {slow:,.0f} | {times:,.0f} |"
        print(f"| {title} | {len(kept.cells):,} | {rest}", flush=True)


def _intake(url: str) -> None:
    """COPY of batches of 1,000 reports, with and without the triggers of the figures."""
    with connect(url) as owner:
        owner.execute(
            "CREATE TEMP TABLE sent AS SELECT 'C' || id AS no, category, source, title, 'reported' AS state,"
            " geom, occurred_at, now() - random() * interval '1 hour' AS reported_at, unit_code, ruling,"
            " organisation_id FROM event LIMIT 20000"
        )
        _send(owner, "with figures")
        _timed("adding up their changes", lambda: fold(owner))
        owner.execute("ALTER TABLE event DISABLE TRIGGER figure_insert")
        owner.execute("UPDATE sent SET no = 'D' || no")
        _send(owner, "without figures")
        owner.rollback()


def _send(owner: psycopg.Connection[Any], title: str) -> None:
    started = time.perf_counter()
    for batch in range(20):
        owner.execute(
            "INSERT INTO event (no, category, source, title, state, geom, occurred_at, reported_at,"
            " unit_code, ruling, organisation_id) SELECT * FROM sent OFFSET %s LIMIT 1000",
            [batch * 1000],
        )
    print(f"20,000 reports in batches of 1,000 {title}: {20_000 / (time.perf_counter() - started):,.0f}/s")


def _timed(title: str, work: Callable[[], Any]) -> None:
    started = time.perf_counter()
    work()
    print(f"{title}: {time.perf_counter() - started:,.1f} s", flush=True)


def _median(work: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    answer, took = None, []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = work()
        took.append((time.perf_counter() - started) * 1000)
    return answer, statistics.median(took)


if __name__ == "__main__":
    main()

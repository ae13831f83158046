"""The heat of 30 days and 100 million fixes: from the rollup, and as PostGIS adds the raw fixes up.

`python -m bench.heat [--movers 1500] [--days 30]` makes a private cluster in a temporary folder and fills
the rollup of the demo city's extent directly. A few hundred days of walks are drawn fix by fix (a fix each
10 s over 6 to 7 hours of a shift, people on foot and e-bikes, stays in between) and go through
`contributions`, as graded days do; every mover's day is one of them, moved to where the mover works and
mirrored or not. So the number of cells a row has is that of real days, and 1,500 movers × 30 days stand for
100 million fixes. Weeks and four weeks are then added up by `fold`,
and `sum_up` makes totals of all but the last day, which stands for today.

Beside it the raw fixes of a slice of the movers are written to `fix`, and PostGIS adds up the time to the
next fix by ST_SnapToGrid; its time is extrapolated by the number of fixes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg

from api.prepare import bring_up_to_date
from spatial.database import Database, connect, session
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.roles import app_url, mark_leakproof
from spatial.geometry.tile_matrix import tile_at
from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds
from spatial.patrols.grading import Stay
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.asking import Question, ask
from spatial.patrols.heat.blocks import Block
from spatial.patrols.heat.contributions import Stays, contributions
from spatial.patrols.heat.figures import of_patrols
from spatial.patrols.heat.keeping import _values, fold, pyramid
from spatial.patrols.heat.records import HOUR_BITS, RECORD, UNIT_BITS, Entries
from spatial.patrols.heat.shown import show
from spatial.patrols.heat.summing import sum_up
from spatial.patrols.partitions import ensure
from spatial.rights.reader import Reader
from spatial.types import BBox
from tiles.heat import box_of, heat_tile, level_of

CLOCK = ZoneInfo("Asia/Shanghai")
EXTENT = BBox(116.17, 39.89, 116.38, 40.16)
"""The demo city."""
FIRST = date(2026, 5, 6)
"""A Wednesday: the span neither begins nor ends with a week."""
TEMPLATES = 240
ROUNDS = 7
CITY = Reader(None, "chief", "chief", "district_administrator")
VIEWER = Reader(None, "viewer", "viewer", "viewer")
PEOPLE = """
INSERT INTO organisation (code, name, name_en, kind) SELECT 'o' || n, 'o' || n, 'o' || n, 'utility'
FROM generate_series(1, 97) AS n;
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)
SELECT 'w' || n, '\u5f20*', '1**', CASE WHEN n % 5 = 0 THEN 'inspector' ELSE 'grid_worker' END,
       (SELECT min(id) FROM organisation) + n % 97,
       '110108' || lpad((n % 29 + 1)::text, 3, '0') || '001001'
FROM generate_series(1, {movers}) AS n;
INSERT INTO heat_unit (code)
SELECT '110108' || lpad((n / 92 + 1)::text, 3, '0') || lpad((n % 92 / 4 + 1)::text, 3, '0')
    || lpad((n % 4 + 1)::text, 3, '0')
FROM generate_series(0, 1839) AS n;
"""
COLUMNS = ("level", "days", "first_day", "mover_id", "west", "north", "east", "south", "ms", "entries")
SNAPPED = """
SELECT cell, sum(seconds) FROM (
    SELECT ST_SnapToGrid(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 0.0027, 0.0021) AS cell,
           least(extract(epoch FROM lead(time) OVER (PARTITION BY mover_id ORDER BY time) - time), 900)
               AS seconds
    FROM fix WHERE time >= %(since)s AND time < %(until)s
) AS f GROUP BY cell
"""


def drawn(dice: np.random.Generator) -> tuple[Any, Any, Any, list[Stay]]:
    """Draw a shift: times in s after 8 o'clock, metres east and north, stays."""
    fast = dice.random() < 0.25
    speed, turn = (4.0, 0.15) if fast else (1.1, 0.25)
    at, x, y, heading = 0.0, 0.0, 0.0, dice.uniform(0, 6.28)
    rows, stays = [], []
    while at < 6.7 * 3600:
        going = dice.uniform(600, 2400)
        for _ in range(int(going / 10)):
            heading += dice.normal(0, turn) + 0.02 * np.sin(np.arctan2(-y, -x) - heading)
            x, y = x + speed * 10 * np.cos(heading), y + speed * 10 * np.sin(heading)
            # Turned back at the edge of the beat.
            if np.hypot(x, y) > (2500 if fast else 700):
                heading = np.arctan2(-y, -x) + dice.normal(0, 0.5)
            at += 10
            rows.append((at, x + dice.normal(0, 4), y + dice.normal(0, 4)))
        begun, standing = at, dice.uniform(120, 1500)
        for _ in range(int(standing / 10)):
            at += 10
            rows.append((at, x + dice.normal(0, 4), y + dice.normal(0, 4)))
        stays.append(Stay(int(begun), int(at), x, y, 2))
    return *np.array(rows).T, stays


def template(dice: np.random.Generator) -> tuple[Entries, int, Any]:
    """Let a drawn shift go through `contributions`, around the middle of the city."""
    seconds, x, y, stays = drawn(dice)
    lon, lat = (EXTENT.west + EXTENT.east) / 2, (EXTENT.south + EXTENT.north) / 2
    begin_us = bounds(FIRST)[0] + 8 * 3_600_000_000
    track = Columns.of(begin_us + (seconds * 1e6).astype(np.int64), lon + x / 85_000, lat + y / 111_000)
    held = Stays.of(
        [
            Stay(begin_us + s.begin_us * 10**6, begin_us + s.end_us * 10**6, lon + s.lon / 85_000,
                 lat + s.lat / 111_000, 2)
            for s in stays
        ]
    )  # fmt: skip
    heat = contributions(track, track.gate, FIRST, held, np.zeros(0, np.int64))
    return heat.entries, len(track), (seconds, x, y)


def fill(url: str, movers: int, days: int) -> int:
    """Write a row for each mover, day and level; returns how many fixes they stand for."""
    dice = np.random.default_rng(7)
    made = [template(dice) for _ in range(TEMPLATES)]
    home = np.column_stack(
        [dice.uniform(EXTENT.west, EXTENT.east, movers), dice.uniform(EXTENT.south, EXTENT.north, movers)]
    )
    middle = [(EXTENT.west + EXTENT.east) / 2, (EXTENT.south + EXTENT.north) / 2]
    fixes, walked = 0, {}
    with connect(url) as connection:
        connection.execute(PEOPLE.replace("{movers}", str(movers)))
        ids = [row[0] for row in connection.execute("SELECT id FROM mover ORDER BY id").fetchall()]
        units = [row[0] for row in connection.execute("SELECT id FROM heat_unit ORDER BY id").fetchall()]
        pyramids = [[row_of(each, level) for level, each in pyramid(entries)] for entries, _, _ in made]
        for number, mover in enumerate(ids):
            # By whole cells of the coarsest level, so that all levels move alike.
            x, y = (
                int(there - here) >> (lattice.LEVELS - 1)
                for there, here in zip(lattice.spots(*home[number]), lattice.spots(*middle), strict=True)
            )
            chosen = dice.integers(0, TEMPLATES, days)
            walked[mover] = [
                (FIRST + timedelta(n), int(each), *home[number]) for n, each in enumerate(chosen)
            ]
            fixes += sum(made[each][1] for each in chosen)
            _write(connection, mover, units[number % 1840], (x, y), [pyramids[each] for each in chosen])
        connection.commit()
        begun = time.perf_counter()
        blocks = fold(connection, FIRST + timedelta(days))
        print(f"{blocks} blocks added up in {time.perf_counter() - begun:.1f} s")
    _raw(url, made, walked)
    return fixes


def row_of(entries: Entries, level: int) -> tuple[Any, int, dict[str, Any]]:
    """Make the row of a template at a level."""
    return np.frombuffer(entries.packed(), RECORD), level, _values(level, Block(1, FIRST), 0, entries)


def _write(connection: Any, mover: int, unit: int, shift: tuple[int, int], days: list[Any]) -> None:
    text = f"COPY heat ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
    with connection.cursor().copy(text) as copy:
        copy.set_types(["int2", "int2", "date", "int8", "int4", "int4", "int4", "int4", "int8", "bytea"])
        for offset, rows in enumerate(days):
            for records, level, values in rows:
                x, y = (each << (lattice.LEVELS - 1 - level) for each in shift)
                moved = records.copy()
                step = (((y << lattice.BITS) + x) << (UNIT_BITS + HOUR_BITS)) + (unit << HOUR_BITS)
                moved["key"] += np.uint64(step % 2**64)
                box = (values["west"] + x, values["north"] + y, values["east"] + x, values["south"] + y)
                first = FIRST + timedelta(offset)
                copy.write_row((level, 1, first, mover, *box, values["ms"], moved.tobytes()))


RAW_MOVERS, RAW_DAYS = 10, 30


def _raw(url: str, made: Any, walked: Any) -> None:
    """Write the raw fixes of some of the movers."""
    with connect(url) as connection:
        ensure(connection, FIRST - timedelta(1), FIRST + timedelta(RAW_DAYS + 1))
        with connection.cursor().copy("COPY fix (mover_id, time, mark, lon, lat) FROM STDIN") as copy:
            for mover in list(walked)[:RAW_MOVERS]:
                for day, which, lon, lat in walked[mover][:RAW_DAYS]:
                    seconds, x, y = made[which][2]
                    begin = datetime(day.year, day.month, day.day, 8, tzinfo=CLOCK)
                    for s, e, n in zip(seconds.tolist(), x.tolist(), y.tolist(), strict=True):
                        copy.write_row(
                            (mover, begin + timedelta(seconds=s), 0, lon + e / 85_000, lat + n / 111_000)
                        )


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Run ROUNDS + 1 times; median and worst of all but the first, in ms."""
    answer, took = work(), []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = work()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took), max(took), answer


def question(days: int, level: int, **more: Any) -> Question:
    """Ask for the last so many days."""
    until = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=CLOCK) + timedelta(30)
    return Question(until - timedelta(days), until, level, **more)


def measure(url: str, owner: str, fixes: int) -> None:
    """Print the table."""
    database = Database(url, pool_size=2)
    database.open()

    def answer(reader: Reader, asked: Question) -> Callable[[], Any]:
        def work() -> Any:
            with session(database, reader) as connection:
                return ask(connection, reader, asked, 3)

        return work

    def tile(zoom: int) -> Callable[[], Any]:
        which = tile_at(116.3, 39.97, zoom)

        def work() -> Any:
            asked = question(30, level_of(zoom), box=box_of(which, "wgs84"))
            with session(database, CITY) as connection:
                return heat_tile(connection, of_patrols(ask(connection, CITY, asked, 3)), which)

        return work

    street = BBox(116.29, 39.95, 116.33, 39.99)
    print("| question | median ms | worst ms | cells or bytes |\n|---|---:|---:|---:|")
    for name, work in {
        "whole city, 30 days, 235 m": answer(CITY, question(30, 3)),
        "whole city, 30 days, 470 m": answer(CITY, question(30, 4)),
        "whole city, 30 days, 117 m": answer(CITY, question(30, 2)),
        "whole city, a unit, 30 days, 235 m": answer(CITY, question(30, 3, unit="110108003")),
        "whole city, 29 days and 7 hours, 235 m": answer(CITY, _hours(question(30, 3))),
        "whole city, 1 day, 117 m": answer(CITY, question(1, 2)),
        "a street (3 × 4 km), 30 days, 29 m": answer(CITY, question(30, 0, box=street)),
        "one class, 30 days, 235 m": answer(CITY, question(30, 3, role="inspector")),
        "one person, 30 days, 29 m": answer(CITY, question(30, 0, movers=(17,))),
        "whole city for a viewer (parts), 117 m": answer(VIEWER, question(30, 2)),
        "tile z10": tile(10), "tile z11": tile(11), "tile z12": tile(12), "tile z14": tile(14),
        "tile z16": tile(16),
    }.items():  # fmt: skip
        median, worst, found = timed(work)
        size = len(found) if isinstance(found, bytes) else len(found.cells)
        print(f"| {name} | {median:.0f} | {worst:.0f} | {size:,} |", flush=True)
    _peer(owner, fixes)
    database.close()


def _hours(asked: Question) -> Question:
    return Question(asked.since + timedelta(hours=9), asked.until - timedelta(hours=8), asked.level)


def _peer(url: str, fixes: int) -> None:
    with connect(url) as connection:
        count = connection.execute("SELECT count(*) FROM fix").fetchall()[0][0]
        span = {"since": FIRST - timedelta(1), "until": FIRST + timedelta(RAW_DAYS + 1)}
        begun = time.perf_counter()
        connection.execute(SNAPPED, span).fetchall()
        took = time.perf_counter() - begun
    print(
        f"PostGIS, ST_SnapToGrid over {count:,} raw fixes: {took * 1000:,.0f} ms;"
        f" for {fixes:,} fixes at that rate {took * fixes / count:,.0f} s"
    )


def run(cluster: Cluster, movers: int, days: int) -> None:
    """Fill the cluster's database, and measure."""
    url = cluster.url()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        for extension in EXTENSIONS:
            administrator.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')  # type: ignore[arg-type]
        mark_leakproof(administrator)
    bring_up_to_date(url, master=cluster.home / "secrets" / "master")
    begun = time.perf_counter()
    fixes = fill(url, movers, days)
    with connect(url) as connection:
        while show(connection, FIRST + timedelta(days + 7), 3):
            connection.commit()
    begun_totals = time.process_time()
    with connect(url) as connection:
        made = sum_up(connection, FIRST + timedelta(days - 1))
    print(f"totals of {made} days and blocks in {time.process_time() - begun_totals:.1f} s of the processor")
    _tell(url, movers, days, fixes, time.perf_counter() - begun)
    measure(app_url(url, cluster.home), url, fixes)


def _tell(url: str, movers: int, days: int, fixes: int, took: float) -> None:
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE heat")
        connection.execute("VACUUM ANALYZE heat_total")
        rows = connection.execute(
            "SELECT level, days, count(*), avg(length(entries)) / 12,"
            " pg_size_pretty(sum(length(entries))) FROM heat GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        size = connection.execute(
            "SELECT pg_size_pretty(sum(pg_total_relation_size(inhrelid))) FROM pg_inherits"
            " WHERE inhparent = 'heat'::regclass"
        ).fetchall()[0][0]
    print(f"{movers:,} movers × {days} days = {fixes:,} fixes; filled in {took:.0f} s; {size} on disk")
    for level, length, count, entries, each in rows:
        print(f"  level {level}, {length} days: {count:,} rows of {entries:.0f} entries, {each}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movers", type=int, default=1500)
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder), throwaway=True)
        cluster.ensure()
        try:
            run(cluster, given.movers, given.days)
        finally:
            cluster.remove()


if __name__ == "__main__":
    main()

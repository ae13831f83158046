"""The archive: fixes a second that go into files, octets a fix, and the heat of archived days beside PostGIS.

`python -m bench.archive [--movers 200] [--days 30] [--interval 10]` makes a private cluster in a temporary
folder, with commits that are durable, and fills it with people who are on the way for eight hours a day (as
`bench.grading` makes them: pauses, stays, errors of a phone). Days are graded, then archived, one after
the other: written, read back, compared, set apart and dropped. Then the heat of all days is asked of PostGIS
(its sums) and of the archive, in this process and on the processes of dask, and must be the same to the bit.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from api.prepare import bring_up_to_date
from spatial.database import Database, connect, session
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.roles import app_url, mark_leakproof
from spatial.patrols.archive import catalogue, rows
from spatial.patrols.archive.checking import check
from spatial.patrols.archive.questions.answering import answer
from spatial.patrols.archive.questions.asked import Asked
from spatial.patrols.archive.questions.cluster import calculators, here
from spatial.patrols.archive.running import run
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import Policy
from spatial.patrols.days import bounds, moments
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat.asking import Question, ask
from spatial.patrols.partitions import ensure
from spatial.rights.reader import Reader
from spatial.settings import Settings
from tests.spatial.patrols.truth import START_US, walk

FIRST = date(2026, 3, 2)
CITY = Reader(None, "chief", "chief", "district_administrator")
HOURS = 8
TEMPLATES = 20


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, value in (("movers", 200), ("days", 30), ("interval", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home)
        with cluster as url:
            with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
                for name in EXTENSIONS:
                    administrator.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')  # type: ignore[arg-type]
                mark_leakproof(administrator)
            bring_up_to_date(url, master=home / "secrets" / "master")
            _measure(url, home, given.movers, given.days, given.interval)


def _measure(url: str, home: Path, movers: int, days: int, interval: int) -> None:
    count = timed("fixes written", lambda: fill(url, movers, days, interval))
    database = Database(app_url(url, home), pool_size=2)
    database.open()
    timed("days graded", lambda: grade_dirty(database))
    last = FIRST + timedelta(days=days - 1)
    since, until = moments(FIRST)[0], moments(last)[1]

    def of_postgis() -> Any:
        with session(database, CITY) as connection:
            return ask(connection, CITY, Question(since, until, 2), 3)

    wanted = timed("heat of PostGIS", of_postgis)
    store, begun = Store(str(home / "archive")), time.perf_counter()
    report = run(url, store, Policy(after_days=3), last + timedelta(days=30))
    assert not report.errors, report.errors
    took = time.perf_counter() - begun
    with connect(url) as owner:
        entries = catalogue.listed(owner)
    octets, beside = sum(each.octets for each in entries), sum(each.graded_octets for each in entries)
    print(f"archived: {count:,} fixes in {took:.1f} s, {count / took:,.0f}/s, {octets / count:.1f} B each,"
          f" {beside / movers / days / 1024:.1f} KiB a day of a mover beside")  # fmt: skip
    timed("verified", lambda: [problem for _, problem in check(url, store) if problem])
    asked = Asked("heat", FIRST, last, 2)

    def of_archive(calculate: Any, question: Asked = asked) -> Any:
        return answer(lambda: session(database, CITY), CITY, store, question, calculate)

    found = timed("heat of the archive, one process", lambda: of_archive(here))
    assert found["cells"]["ms"] == wanted.ms.tolist() and found["cells"]["cell"] == wanted.cells.tolist()
    begun = time.perf_counter()
    with calculators(Settings(home=home)) as calculate:
        print(f"dask, embedded: {time.perf_counter() - begun:.1f} s until it is there")
        timed("heat of the archive, dask, first", lambda: of_archive(calculate))
        again = timed("heat of the archive, dask, again", lambda: of_archive(calculate))
        assert again == found
        timed("mileage of the archive, dask", lambda: of_archive(calculate, Asked("mileage", FIRST, last)))
    database.close()


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Do something and print how long it took."""
    begun = time.perf_counter()
    found = work()
    print(f"{what}: {time.perf_counter() - begun:.2f} s{f' ({found})' if isinstance(found, int) else ''}")
    return found


def fill(url: str, movers: int, days: int, interval: int) -> int:
    """Write people and their fixes as COPY takes them; returns how many fixes."""
    templates = [
        walk("foot", seed, seconds=HOURS * 3600, interval_s=interval).columns for seed in range(TEMPLATES)
    ]
    count = 0
    with connect(url) as owner:
        owner.execute(
            "INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'utility')"
        )
        owner.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id)"
            " SELECT 'W' || n, '', '', 'grid_worker', o.id"
            " FROM organisation AS o, generate_series(1, %s) AS n",
            (movers,),
        )
        ensure(owner, FIRST - timedelta(days=1), FIRST + timedelta(days=days))
        people = [mover for (mover,) in owner.execute("SELECT id FROM mover ORDER BY id").fetchall()]
        for number in range(days):
            day = FIRST + timedelta(days=number)
            made = [_day(templates[(mover + number) % TEMPLATES], mover, day) for mover in people]
            with owner.cursor().copy(_COPY) as copy:
                copy.write(rows.packed(np.concatenate(made)))
            count += sum(map(len, made))
        owner.execute(
            "INSERT INTO track_dirty (mover_id, day) SELECT m.id, %s::date + n FROM mover AS m,"
            " generate_series(0, %s - 1) AS n", (FIRST, days),
        )  # fmt: skip
    return count


_COPY = (
    "COPY fix (mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps,"
    " course_deg, accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code, received_at)"
    " FROM STDIN (FORMAT binary)"
)


def _day(columns: Any, mover: int, day: date) -> Any:
    """Move a walk to a day, and to where a mover works."""
    made = np.zeros(len(columns), rows.ROW)
    shift = bounds(day)[0] + 8 * 3_600_000_000 - START_US
    dice = np.random.default_rng([mover, day.toordinal()])
    made["mover_id"], made["device_id"], made["source"] = mover, mover, 3
    made["time_us"] = columns.time_us + shift + dice.integers(0, 5_000_000)
    made["received_us"] = made["time_us"] + dice.integers(200_000, 3_000_000, len(made))
    made["mark"] = dice.integers(-(2**31), 2**31, len(made))
    # As apps send them: seven digits.
    made["lon"] = np.round(columns.lon + (mover % 20) * 0.008, 7)
    made["lat"] = np.round(columns.lat + (mover // 20 % 20) * 0.006, 7)
    made["accuracy_m"], made["speed_mps"] = (
        np.round(columns.accuracy_m, 1),
        np.round(dice.uniform(0, 2, len(made)), 2),
    )
    made["battery_pct"] = np.linspace(99, 30, len(made)).astype(int)
    made["unit_code"] = f"110108{mover % 50:03d}001001".encode()
    made["nulls"] = sum(
        1 << rows.NULLABLE.index(name) for name in ("source_lon", "source_lat", "course_deg", "altitude_m")
    )
    return made


if __name__ == "__main__":
    main()

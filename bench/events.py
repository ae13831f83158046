"""Events over HTTP: bulk intake with dispatch, single reports and the naive way, on the demo city in one run.

`python -m bench.events [--reports 60000] [--demo FOLDER]` makes a durable cluster in a temporary folder,
loads the demo city and starts two API workers. Batches of 5,000 reports that are dispatched at once go to
`POST /api/events/batch` over two connections; then single reports go to `POST /api/events` over one
connection and over four. Beside the time of the clock stands that of the processor: on a machine that others
work on, it alone says anything. Then the same reports are stored as it is done naively, one by one with a
PostGIS join, in the same database. At last the job process is started, and it is measured what it does
afterwards for each event (duplicates, warnings, figures, the seal of the audit log).

`--figures 10000000` makes so many events afterwards, with `bench.figures`, and asks for grouped figures.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.prepare import bring_up_to_date
from bench import figures
from bench.plans_http import is_ready
from demo.load import load
from demo.make import SEED, generate
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.envelope import make_master

BATCH, SINGLES, NAIVE = 5_000, 1_000, 3_000
JSON = {"content-type": "application/json"}
POINTS = """
SELECT ST_X(p), ST_Y(p)
FROM (SELECT (ST_Dump(ST_GeneratePoints(geom, 20, 7))).geom AS p FROM unit_version
      WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND upper_inf(valid)) AS points
"""
NAIVE_TABLES = """
CREATE TABLE naive_event (LIKE event INCLUDING ALL);
CREATE TABLE naive_step (LIKE event_step INCLUDING ALL);
"""
NAIVE_EVENT = """
INSERT INTO naive_event (no, category, source, external_id, title, description, state, geom, occurred_at,
                         reported_at, unit_code, organisation_id, worker_id, ruling)
SELECT %(external_id)s, %(category)s, %(source)s, %(external_id)s, %(title)s, %(description)s, 'dispatched',
       p, now(), now(), u.code, d.organisation_id, d.worker_id, 'inside'
FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS p) AS point
LEFT JOIN unit_version AS u ON u.coverage = 'grids' AND u.level = 4 AND upper_inf(u.sys)
                               AND upper_inf(u.valid) AND ST_Covers(u.geom, p)
LEFT JOIN LATERAL (
    SELECT organisation_id, worker_id
    FROM duty
    WHERE coverage = 'grids' AND starts_with(u.code, unit_code)
          AND starts_with(%(category)s, coalesce(category, ''))
    ORDER BY length(coalesce(category, '')) DESC, length(unit_code) DESC, rank LIMIT 1
) AS d ON true
RETURNING id
"""
NAIVE_STEP = """
INSERT INTO naive_step (event_id, verb, from_state, to_state, organisation_id)
SELECT %s, verb, NULL, state, NULL
FROM (VALUES ('report', 'reported'), ('accept', 'accepted'), ('file', 'filed'), ('dispatch', 'dispatched'))
     AS s (verb, state)
"""


def main() -> None:
    """Build the city, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=60_000)
    parser.add_argument("--demo", type=Path, help="a folder of demo files that is there already")
    parser.add_argument("--figures", type=int, default=0, help="events to make for grouped figures")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        cluster = Cluster(home)
        url = cluster.ensure()
        try:
            master = home / "secrets" / "master"
            token = _fill(home, url, master, wanted.demo)
            with serving(app_url(url, home), url, home, master) as (address, workers, jobs):
                meter = Meter(cluster, workers)
                _run(address, token, url, meter, wanted.reports)
                with jobs() as process:
                    _catch_up(url, Meter(cluster, [process]))
                if wanted.figures:
                    _grouped(cluster, address, token, wanted.figures)
        finally:
            cluster.remove()


def _fill(home: Path, url: str, master: Path, demo: Path | None) -> str:
    folder = demo or home / "demo"
    if demo is None:
        generate(folder, SEED, lambda *_: None)
    make_master(master)
    bring_up_to_date(url, master=master)
    with connect(url) as connection:
        load(connection, folder, datetime.now(UTC), master=master)
        who = "bench", "bench", "district_administrator", "an unlikely Passw0rd", "city"
        token = issue_key(connection, create_account(connection, *who), "bench", timedelta(days=1)).token
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return token


@contextmanager
def serving(app: str, owner: str, home: Path, master: Path) -> Iterator[tuple[str, list[int], Any]]:
    """Run two API workers; gives the address, their process numbers, and what starts the job process."""
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": app, "CITYGRID_HOME": str(home)}
    environment |= {"CITYGRID_MASTER_KEY_FILE": str(master), "CITYGRID_QUOTA_PER_MINUTE": "0"}
    started: list[subprocess.Popen[bytes]] = []
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
        (home / "server.log").open("wb") as log,
    ):
        serve = [sys.executable, "-m", "api", "serve", "--fd", str(listener.fileno())]
        said: Any = {"stdout": log, "stderr": log}
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            for _ in range(2):
                started.append(subprocess.Popen(serve, env=environment, pass_fds=[listener.fileno()], **said))
            while started[0].poll() is None and not is_ready(address):
                time.sleep(0.2)
            jobs = partial(_jobs, {**environment, "CITYGRID_DATABASE_URL": owner}, said)
            yield address, [process.pid for process in started], jobs
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(20)


@contextmanager
def _jobs(environment: dict[str, str], said: Any) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "api", "jobs"], env=environment, **said)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


class Meter:
    """Processor seconds of some processes of ours and of the whole database cluster."""

    def __init__(self, cluster: Cluster, workers: Sequence[int]) -> None:
        self.workers = workers
        self.server = int((cluster.data / "postmaster.pid").read_text().split()[0])
        self.own = time.process_time

    def read(self) -> dict[str, float]:
        """Read the seconds spent so far: of our processes, the database and this client."""
        ours, database = 0.0, 0.0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                number, rest = int(path.parent.name), path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ours += _seconds(rest[11:13]) if number in self.workers else 0
            database += _seconds(rest[11:13]) if int(rest[1]) == self.server else 0
            # Connections that have ended count as the server's children.
            database += _seconds(rest[11:15]) if number == self.server else 0
        return {"workers": ours, "database": database, "client": self.own()}

    def settle(self) -> None:
        """Wait until the workers do nothing: at first they compile kernels beside what they are asked."""
        before, quiet = self.read()["workers"], 0
        while quiet < 3:
            time.sleep(1)
            now = self.read()["workers"]
            quiet = quiet + 1 if now - before < 0.05 else 0
            before = now


def _seconds(ticks: Sequence[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _run(address: str, token: str, url: str, meter: Meter, reports: int) -> None:
    with connect(url) as owner:
        points = owner.execute(POINTS).fetchall()  # type: ignore[call-overload]
        matters = [code for (code,) in owner.execute("SELECT code FROM matter ORDER BY code").fetchall()]
    made = Reports(points, matters)
    headers = {"Authorization": f"Bearer {token}", **JSON}
    options: Any = {"base_url": address, "headers": headers, "timeout": 300, "trust_env": False}
    clients = [httpx.Client(**options) for _ in range(4)]
    for client in clients * 3:
        # Both workers compile their indexes before anything is measured.
        _batch(client, made.body(200))
    meter.settle()
    print("| what | events/s | processor µs an event: ours, database, client | on 2 cores | p50 | p99 |")
    print("|---|---:|---:|---:|---:|---:|")
    for until in ("dispatched", "reported"):
        _bulk(clients, [made.body(BATCH, until) for _ in range(reports // BATCH)], meter, until)
    for count in (1, 4):
        _singles(clients[:count], made, meter)
    _naive(url, made, meter)


class Reports:
    """Reports as a hotline sends them: points in all grids, all matters, each of its own id."""

    def __init__(self, points: Sequence[tuple[float, float]], matters: Sequence[str]) -> None:
        self.points, self.matters = points, matters
        self.random = random.Random(6)
        self.sent = 0

    def one(self, until: str = "dispatched") -> dict[str, Any]:
        """Make the next report."""
        self.sent += 1
        lon, lat = self.random.choice(self.points)
        return {
            "category": self.random.choice(self.matters), "source": "hotline", "external_id": f"b{self.sent}",
            "title": "路面破损，影响通行", "lon": lon, "lat": lat, "until": until,
            "description": "市民来电反映，现场有坑洼，请尽快处理。",
        }  # fmt: skip

    def body(self, count: int, until: str = "dispatched") -> bytes:
        """Make a batch."""
        return orjson.dumps({"reports": [self.one(until) for _ in range(count)]})


def _batch(client: httpx.Client, body: bytes) -> int:
    answer = client.post("/api/events/batch", content=body)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} {answer.text[:500]}")
    found = re.match(rb'\{"taken":(\d+),"known":0,"refused":0,', answer.content)
    if found is None:
        raise RuntimeError(answer.text[:500])
    return int(found[1])


def _bulk(clients: Sequence[httpx.Client], bodies: Sequence[bytes], meter: Meter, until: str) -> None:
    """Two senders, each with a batch under way."""
    before, began = meter.read(), time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        ways = [pool.submit(_batches, clients[n], bodies[n::2]) for n in (0, 1)]
        taken = sum(way.result() for way in ways)
    _row(f"batches of {BATCH:,}, {until}", taken, time.perf_counter() - began, before, meter.read())


def _batches(client: httpx.Client, bodies: Sequence[bytes]) -> int:
    return sum(_batch(client, body) for body in bodies)


def _singles(clients: Sequence[httpx.Client], made: Reports, meter: Meter) -> None:
    bodies = [[orjson.dumps(made.one()) for _ in range(SINGLES)] for _ in clients]
    before, began = meter.read(), time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        ways = [pool.submit(_one_by_one, *pair) for pair in zip(clients, bodies, strict=True)]
        times = sorted(each for way in ways for each in way.result())
    seconds = time.perf_counter() - began
    _row(f"single reports, {len(clients)} connections", len(times), seconds, before, meter.read(), times)


def _one_by_one(client: httpx.Client, bodies: Sequence[bytes]) -> list[float]:
    times = []
    for body in bodies:
        began = time.perf_counter()
        answer = client.post("/api/events", content=body)
        times.append(time.perf_counter() - began)
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code} {answer.text[:500]}")
    return times


def _naive(url: str, made: Reports, meter: Meter) -> None:
    """One by one: the grid by ST_Covers, who is responsible by a sub-select; nothing is kept beside."""
    with connect(url) as owner:
        owner.execute(NAIVE_TABLES)  # type: ignore[call-overload]
        for commits in (False, True):
            before, began, times = meter.read(), time.perf_counter(), []
            for _ in range(NAIVE):
                started = time.perf_counter()
                (key,) = owner.execute(NAIVE_EVENT, made.one()).fetchone()  # type: ignore[call-overload,misc]
                owner.execute(NAIVE_STEP, (key,))  # type: ignore[call-overload]
                if commits:
                    owner.commit()
                times.append(time.perf_counter() - started)
            title = "naive, row by row, " + ("each committed" if commits else "one transaction")
            _row(title, NAIVE, time.perf_counter() - began, before, meter.read(), sorted(times))
        owner.rollback()


def _row(
    what: str, count: int, seconds: float, before: dict[str, float], after: dict[str, float],
    times: Sequence[float] = (),
) -> None:  # fmt: skip
    spent = {name: (after[name] - before[name]) / count * 1e6 for name in before}
    each = ", ".join(f"{micros:,.0f}" for micros in spent.values())
    on_two = 2e6 / sum(spent.values())
    shares = [f"{times[int(len(times) * share)] * 1000:.1f} ms" if times else "" for share in (0.5, 0.99)]
    rest = f"{on_two:,.0f} | {shares[0]} | {shares[1]} |"
    print(f"| {what} | {count / seconds:,.0f} | {each} | {rest}", flush=True)


def _catch_up(url: str, meter: Meter) -> None:
    """Wait until every event has been looked for duplicates of, and the changes of figures are added up."""
    asked = "SELECT (SELECT count(*) FROM event_watch WHERE NOT compared)"
    with connect(url, autocommit=True) as owner:
        waiting = owner.execute(asked).fetchall()[0][0]
        before, began = meter.read(), time.perf_counter()
        while owner.execute(asked).fetchall()[0][0] or owner.execute(UNFOLDED).fetchall()[0][0]:
            time.sleep(0.5)
    _row("the job process afterwards", waiting, time.perf_counter() - began, before, meter.read())


UNFOLDED = "SELECT EXISTS (SELECT FROM figure_change)"
GROUPED = {
    "29 streets, by month, 3 years": "by=unit&level=2&bucket=month&from=2023-01-01&to=2026-01-01",
    "655 communities, by week, a year": "by=unit&level=3&bucket=week&from=2025-01-01&to=2026-01-01",
    "97 organisations, by month, 3 years": "by=organisation&bucket=month&from=2023-01-01&to=2026-01-01",
    "250 matters, a year": "by=category&bucket=all&from=2025-01-01&to=2026-01-01",
    "all, each step on its own day, a year": "by=all&bucket=day&basis=step&from=2025-01-01&to=2026-01-01",
}


def _grouped(cluster: Cluster, address: str, token: str, events: int) -> None:
    """Grouped figures of so many events over HTTP; bench.figures has the peer."""
    figures.make(cluster, cluster.url(), events)
    print("| grouped figures over HTTP | rows | median ms |")
    print("|---|---:|---:|")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, headers=headers, timeout=300, trust_env=False) as client:
        for title, asked in GROUPED.items():
            times, rows = [], 0
            for _ in range(figures.ROUNDS):
                began = time.perf_counter()
                answer = client.get(f"/api/figures/events?{asked}").raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
                rows = len(answer.json()["rows"])
            print(f"| {title} | {rows:,} | {statistics.median(times):,.0f} |", flush=True)


if __name__ == "__main__":
    main()

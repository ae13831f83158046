"""Fixes on their way in: a bare copy, our intake in the same run, and single fixes over HTTP.

`python -m bench.tracks [--rounds 5] [--fixes 200000] [--seconds 10] [--demo FOLDER]` makes a durable cluster
in a temporary folder (fsync, synchronous_commit and full_page_writes on: asserted), loads the demo city, and
gives 2,000 movers a device each.

The floor is what PostgreSQL itself takes: rows packed before the clock starts, copied into a temporary table
and inserted from there into a day of fixes with the same columns and indexes, ON CONFLICT DO NOTHING, 10,000
rows a commit. Ours takes the same fixes by device, in batches of the same size: whose they are, gates, grids,
keys, packing, copying, inserting, marking days, last positions, one notice a commit. Rounds of both take
turns, so that what else the machine does falls on both. Every round brings fixes that are new.

Then wrk sends single fixes of 200 phones as OsmAnd does (`GET /api/fixes/osmand?…`) to two API workers, over
64 connections. At last it is counted that every fix that was acknowledged is there.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from api.fix_writer import FixWriter
from api.prepare import bring_up_to_date
from bench.events import Meter
from bench.plans_http import is_ready
from demo.load import load
from demo.make import SEED, generate
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.patrols import batches, writing
from spatial.patrols.copying import HEADER, TRAILER
from spatial.patrols.intake import Sent
from spatial.patrols.protocols.fixes import Fixes, Source, empty
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.envelope import make_master
from spatial.settings import Secret, Settings

MOVERS, BATCH, DEVICE_FIXES, CONNECTIONS, PHONES = 2_000, 10_000, 50, 64, 200
DEVICES = """
WITH chosen AS (SELECT id FROM mover ORDER BY id LIMIT %(count)s), made AS (
    INSERT INTO device (protocol, identity, state) SELECT 'osmand', 'b' || id, 'active' FROM chosen
    RETURNING id, identity
), carried AS (
    INSERT INTO device_carrier (device_id, mover_id, since)
    SELECT id, substr(identity, 2)::bigint, now() - interval '9 days' FROM made
)
SELECT substr(identity, 2)::bigint, id FROM made ORDER BY 1
"""
CENTRES = """
SELECT ST_X(label), ST_Y(label) FROM unit_version
WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND upper_inf(valid)
"""
FLOOR_TABLE = "CREATE TABLE floor_fix (LIKE fix INCLUDING ALL)"
FLOOR_INSERT = """
INSERT INTO floor_fix (mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps,
                       course_deg, accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code)
SELECT mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg,
       accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code
FROM pg_temp.fix_incoming
ON CONFLICT DO NOTHING
"""
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SCRIPT = """
local id = 0
function setup(thread) thread:set("place", id); id = id + 1 end
function init(args)
    path, devices, began, sent = args[1], {}, tonumber(args[2]), 0
    for i = 3, #args do devices[#devices + 1] = args[i] end
end
function request()
    sent = sent + 1
    -- Each fix of a time of its own: milliseconds, even for one thread and odd for the other.
    local at = began + 2 * sent + place
    local device = devices[sent % #devices + 1]
    local place = "&lat=39.9" .. (sent % 9000 + 1000) .. "&lon=116.3" .. (sent % 7000 + 1000)
    return wrk.format("GET", path .. "&id=" .. device .. "&timestamp=" .. string.format("%d", at) ..
        place .. "&speed=1.5&accuracy=6&batt=80")
end
function done(summary, latency, requests)
    io.write(string.format("answered %d wrong %d p50 %.2f p99 %.2f\\n", summary.requests,
        summary.errors.status + summary.errors.read + summary.errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class Walkers:
    """New fixes of all devices, anywhere in the city, each round a later minute."""

    def __init__(self, url: str) -> None:
        with connect(url) as owner:
            rows = owner.execute(DEVICES, {"count": MOVERS}).fetchall()
            self.centres = np.array(owner.execute(CENTRES).fetchall())  # type: ignore[call-overload]
        self.movers, self.devices = np.array(rows, np.int64).T
        self.rng = np.random.default_rng(1)
        self.at_us = int((datetime.now(UTC) - timedelta(hours=8)).timestamp()) * 1_000_000

    def batch(self) -> list[tuple[int, Fixes]]:
        """Make one batch: DEVICE_FIXES of each of some devices, a second apart, by the device's place."""
        chosen = self.rng.choice(len(self.devices), BATCH // DEVICE_FIXES, replace=False)
        self.at_us += DEVICE_FIXES * 1_000_000 // 4
        return [(place, self._fixes()) for place in chosen.tolist()]

    def _fixes(self) -> Fixes:
        fixes = empty(DEVICE_FIXES)
        centre = self.centres[self.rng.integers(len(self.centres))]
        fixes["time_us"][:] = self.at_us + np.arange(DEVICE_FIXES) * 1_000_000
        way = self.rng.normal(0, 1e-5, (2, DEVICE_FIXES)).cumsum(axis=1) + centre[:, None]
        fixes["lon"][:], fixes["lat"][:] = way
        fixes["accuracy_m"][:], fixes["speed_mps"][:], fixes["course_deg"][:] = 6, 1.2, 90
        fixes["battery_pct"][:] = 80
        return fixes


def main() -> None:
    """Measure and print the tables."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        with cluster as url:
            _prepare(url, arguments.demo or _demo(home), master)
            _say_durable(url)
            walkers = Walkers(url)
            _compare(cluster, walkers, arguments.rounds, arguments.fixes)
            _over_http(cluster, walkers, master, arguments.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fixes", type=int, default=200_000, help="of each round")
    parser.add_argument("--seconds", type=int, default=10, help="of each run over HTTP")
    parser.add_argument("--demo", type=Path, help="a folder that `citygrid demo generate` has written")
    return parser.parse_args()


def _demo(home: Path) -> Path:
    generate(home / "demo", SEED, lambda *_: None)
    return home / "demo"


def _prepare(url: str, demo: Path, master: Path) -> None:
    make_master(master)
    bring_up_to_date(url, master=master)
    with connect(url) as owner:
        load(owner, demo, datetime.now(UTC), master=master)
    with connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _say_durable(url: str) -> None:
    with connect(url) as owner:
        found = {name: owner.execute(f"SHOW {name}").fetchall()[0][0] for name in DURABLE}
        assert set(found.values()) == {"on"}, found
        print(f"PostgreSQL {owner.info.server_version // 10_000}: {found}")


def _compare(cluster: Cluster, walkers: Walkers, rounds: int, fixes: int) -> None:
    meter = Meter(cluster, [])
    settings = Settings(home=cluster.home, app_database_url=Secret(app_url(cluster.url(), cluster.home)))
    writer, floors, ours = FixWriter(settings), [], []
    with connect(cluster.url()) as owner:
        owner.execute(FLOOR_TABLE)
    _ours(writer, walkers.batch(), walkers)
    print("| round | floor, fixes/s | ours, fixes/s | share | processor µs a fix: floor, ours |")
    print("|---:|---:|---:|---:|---|")
    for number in range(rounds):
        made = [walkers.batch() for _ in range(fixes // BATCH)]
        floor, floor_us = _timed(meter, _packed(made, walkers), lambda packed: _floor(cluster, packed))
        our, our_us = _timed(meter, made, lambda each: _all(writer, each, walkers))
        floors.append(floor)
        ours.append(our)
        spent = f"{floor_us:.0f}, {our_us:.0f}"
        print(f"| {number + 1} | {floor:,.0f} | {our:,.0f} | {our / floor:.0%} | {spent} |", flush=True)
    middle = [statistics.median(each) for each in (floors, ours)]
    shares = statistics.median(our / floor for our, floor in zip(ours, floors, strict=True))
    print(f"| median | {middle[0]:,.0f} | {middle[1]:,.0f} | {shares:.0%} | |")
    writer.stop()


def _timed(meter: Meter, given: Any, work: Callable[[Any], None]) -> tuple[float, float]:
    before, began = meter.read(), time.perf_counter()
    work(given)
    seconds, after = time.perf_counter() - began, meter.read()
    count = len(given) * BATCH
    return count / seconds, sum(after[name] - before[name] for name in before) / count * 1e6


def _packed(made: list[list[tuple[int, Fixes]]], walkers: Walkers) -> list[bytes]:
    """Pack the rows of the floor beforehand, judged and sorted as ours are."""
    return [
        _rows([Sent(f, 2, int(walkers.devices[p]), int(walkers.movers[p])) for p, f in each]) for each in made
    ]


def _rows(sent: list[Sent]) -> bytes:
    columns = batches.gathered(sent)
    columns |= {"source_lon": columns["lon"], "source_lat": columns["lat"]}
    columns["mark"] = batches.marks(columns["device"], columns["lon"], columns["lat"])
    columns["gate"] = np.zeros(BATCH, np.int16)
    columns["unit"] = np.full(BATCH, b"110108001002003")
    columns = batches.in_order(columns)
    return HEADER + writing.packed(columns, np.zeros(BATCH, bool)) + TRAILER


def _floor(cluster: Cluster, packed: list[bytes]) -> None:
    with connect(cluster.url(), autocommit=True) as owner:
        writing.prepare(owner)
        for rows in packed:
            with owner.transaction():
                with owner.cursor().copy(writing.copy_statement()) as copy:
                    copy.write(rows)
                owner.execute(FLOOR_INSERT)


def _all(writer: FixWriter, made: list[list[tuple[int, Fixes]]], walkers: Walkers) -> None:
    for each in made:
        _ours(writer, each, walkers)


def _ours(writer: FixWriter, batch: list[tuple[int, Fixes]], walkers: Walkers) -> None:
    """One batch at a time, as long as its commit takes: the floor has no other either."""
    device = np.repeat(walkers.devices[[place for place, _ in batch]], DEVICE_FIXES)
    fixes = {name: np.concatenate([each[name] for _, each in batch]) for name in batch[0][1]}
    taken = writer.put(Sent(fixes, Source.OWN, device)).result()
    assert taken.new == BATCH, taken


def _over_http(cluster: Cluster, walkers: Walkers, master: Path, seconds: int) -> None:
    with connect(cluster.url()) as owner:
        account = create_account(owner, "bench", "bench", "district_administrator", "Bench-mark 17")
        token = issue_key(owner, account, "bench", timedelta(days=1), "token").token
    script = cluster.home / "tracks.lua"
    script.write_text(SCRIPT, encoding="utf-8")
    print("| single fixes over HTTP | requests/s | p50 | p99 | wrong | processor µs a fix: ours, database |")
    print("|---|---:|---:|---:|---:|---|")
    with _served(cluster, master) as (address, processes):
        meter = Meter(cluster, processes)
        for title, connections, length in (("(warm-up)", 8, 3), ("64 connections", CONNECTIONS, seconds)):
            meter.settle()
            before, known = meter.read(), _count(cluster)
            answered, wrong, p50, p99 = _wrk(script, f"{address} {token}", walkers, connections, length)
            after, stored = meter.read(), _count(cluster) - known
            assert stored >= answered - wrong, f"{answered} were acknowledged and {stored} are there"
            ours, database = (
                (after[name] - before[name]) / answered * 1e6 for name in ("workers", "database")
            )
            times = f"{p50:.1f} ms | {p99:.1f} ms | {wrong:.0f} | {ours:.0f}, {database:.0f} |"
            print(f"| {title} | {answered / length:,.0f} | {times}", flush=True)


def _count(cluster: Cluster) -> int:
    with connect(cluster.url()) as owner:
        return int(owner.execute("SELECT count(*) FROM fix").fetchall()[0][0])


def _wrk(
    script: Path, door: str, walkers: Walkers, connections: int, seconds: int
) -> tuple[float, float, float, float]:
    """Send for some seconds; door: address and key. Gives requests, failures, and p50 and p99 in ms."""
    address, token = door.split()
    began = int(time.time() * 1000) - 7_200_000
    devices = [f"b{mover}" for mover in walkers.movers[:PHONES].tolist()]
    command = [
        "wrk",
        "-t2",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        address,
    ]
    command += ["--", f"/api/fixes/osmand?key={token}", str(began), *devices]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"answered (\d+) wrong (\d+) p50 ([\d.]+) p99 ([\d.]+)", said)
    assert found, said
    answered, wrong, p50, p99 = map(float, found.groups())
    return answered, wrong, p50, p99


@contextmanager
def _served(cluster: Cluster, master: Path) -> Iterator[tuple[str, list[int]]]:
    """Two API workers behind one socket."""
    environment = {
        **os.environ, "CITYGRID_APP_DATABASE_URL": app_url(cluster.url(), cluster.home),
        "CITYGRID_HOME": str(cluster.home), "CITYGRID_MASTER_KEY_FILE": str(master),
        "CITYGRID_QUOTA_PER_MINUTE": "0", "CITYGRID_REQUESTS_AT_ONCE": "0",
    }  # fmt: skip
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
        log = stack.enter_context((cluster.home / "server.log").open("wb"))
        command = [sys.executable, "-m", "api", "serve", "--fd", str(listener.fileno())]
        options: Any = {"pass_fds": [listener.fileno()], "stdout": log, "stderr": log}
        processes = [subprocess.Popen(command, env=environment, **options) for _ in range(2)]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            for _ in range(600):
                if is_ready(address):
                    break
                time.sleep(0.1)
            yield address, [process.pid for process in processes]
        finally:
            for process in processes:
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    main()

"""How soon a committed fix is on the screens: 10,000 movers, 1,000 fixes a second, 50 watchers.

    .venv/bin/python -m bench.live [--seconds 30] [--movers 10000] [--watchers 50] [--demo FOLDER]

Makes a PostgreSQL of its own (fsync, synchronous_commit, full_page_writes on: asserted) with people of twenty
streets and organisations, or with the demo city.
Two API workers; the fixes go through the real intake (`api.fix_writer`) in this process, a commit each tenth
of a second; watchers of the whole city, of streets and of organisations look at all they may see, at a
district and at a screen's worth, five times a second. Says how long it takes from the commit (and from the
sending) to the frame, what the frames weigh, and what processor time the workers and the database take;
beside it what the same positions weigh as Traccar sends them, one JSON of a position each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect as open_line

from api.fix_writer import FixWriter
from api.prepare import bring_up_to_date
from bench.events import Meter
from bench.tracks import _prepare, _say_durable, _served
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.patrols.intake import Sent
from spatial.patrols.live.frames import HEADER, RECORD, Kind
from spatial.patrols.protocols.fixes import Fixes, Source, empty
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.envelope import make_master
from spatial.settings import Settings

EVERY_S, A_COMMIT_S = 10, 0.1
"""A mover sends each ten seconds; fixes are committed ten times a second."""
RATE_HZ = 5
PEOPLE = """
WITH made AS (
    INSERT INTO organisation (code, name, name_en, kind)
    SELECT 'bench-' || n, n::text, n::text, 'department' FROM generate_series(1, 20) AS n
    RETURNING id
)
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)
SELECT 'w-' || made.id || '-' || n, '', '', 'grid_worker', made.id,
       '9901010' || lpad((n % 40 / 2)::text, 2, '0') || '001' || lpad((n % 9 + 1)::text, 3, '0')
FROM made, generate_series(1, 250) AS n
"""
MORE_PEOPLE = """
INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)
SELECT 'bench-' || n || '-' || w.code, '', '', w.role, w.organisation_id, w.unit_code
FROM generate_series(1, 10) AS n, worker AS w
LIMIT greatest(0, %(movers)s - (SELECT count(*) FROM mover))
"""
ANYWHERE = (
    "SELECT id, 116.3 + id %% 100 * 0.001, 39.95 + id / 100 * 0.0005 FROM mover ORDER BY id LIMIT %(movers)s"
)
TRACCAR = {
    "id": 10_000_000, "deviceId": 10_000, "protocol": "osmand", "serverTime": "2026-11-22T08:00:01.000+00:00",
    "deviceTime": "2026-11-22T08:00:00.000+00:00", "fixTime": "2026-11-22T08:00:00.000+00:00",
    "outdated": False, "valid": True, "latitude": 39.9512345, "longitude": 116.3012345, "altitude": 44.0,
    "speed": 2.3326, "course": 90.0, "address": None, "accuracy": 6.0, "network": None, "geofenceIds": None,
    "attributes": {"batteryLevel": 80.0, "distance": 12.01, "totalDistance": 123456.78, "motion": True},
}  # fmt: skip
"""A position as the WebSocket of Traccar 6 has it (org.traccar.model.Position)."""


@dataclass
class Town:
    """Who moves, where, and when each of their fixes was sent and committed (seconds of the clock)."""

    movers: Any
    lon: Any
    lat: Any
    begin_us: int
    sent: Any
    committed: Any
    place: Any
    """Of each mover's number, where it stands in the columns."""

    @classmethod
    def of(cls, url: str, movers: int, rounds: int) -> Town:
        """Make the people of a town, and room for what is noted of their fixes."""
        with connect(url) as owner:
            owner.execute(MORE_PEOPLE, {"movers": movers})
            rows = np.array(owner.execute(ANYWHERE, {"movers": movers}).fetchall(), np.float64)
        ids = rows[:, 0].astype(np.int64)
        place = np.full(ids.max() + 1, -1, np.int64)
        place[ids] = np.arange(len(ids))
        begin_us = int((datetime.now(UTC) - timedelta(hours=1)).timestamp()) * 1_000_000
        shape = (len(ids), rounds)
        return cls(
            ids, rows[:, 1], rows[:, 2], begin_us, np.full(shape, np.nan), np.full(shape, np.nan), place
        )

    def fixes(self, part: Any, turn: int) -> Fixes:
        """Make one fix of each mover of a part."""
        fixes = empty(len(part))
        fixes["time_us"][:] = self.begin_us + turn * EVERY_S * 1_000_000
        self.lon[part] += 0.0001
        fixes["lon"][:], fixes["lat"][:] = self.lon[part], self.lat[part]
        fixes["accuracy_m"][:], fixes["speed_mps"][:], fixes["course_deg"][:] = 6, 1.2, 90
        fixes["battery_pct"][:] = 80
        return fixes


@dataclass
class Watch:
    """What one watcher has got."""

    name: str
    token: str
    wish: dict[str, Any]
    late: list[Any] = field(default_factory=list)
    """Seconds from commit to frame, and from sending, of each record: (2, n)."""
    bytes: int = 0
    records: int = 0
    frames: int = 0


def main() -> None:
    """Measure and print the tables."""
    arguments = _arguments()
    # Else the workers compile their kernels, for a minute, while they are measured.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parent.parent / ".citygrid-cache" / "numba"))
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        with cluster as url:
            _build(url, arguments.demo, master)
            _say_durable(url)
            town = Town.of(url, arguments.movers, arguments.seconds // EVERY_S + 2)
            watches = _watches(url, arguments.watchers)
            _run(cluster, master, town, watches, arguments.seconds)


def _build(url: str, demo: Path | None, master: Path) -> None:
    """Load the demo city; or, where none is given, make its streets' people alone."""
    if demo is not None:
        _prepare(url, demo, master)
        return
    make_master(master)
    bring_up_to_date(url, master=master)
    with connect(url) as owner:
        owner.execute(PEOPLE)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--movers", type=int, default=10_000)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument(
        "--demo", type=Path, help="a folder of `citygrid demo generate`; without: its people alone"
    )
    return parser.parse_args()


def _watches(url: str, count: int) -> list[Watch]:
    """Make accounts of the city, of streets and of organisations, and let them look at different things."""
    with connect(url) as owner:
        streets = [
            r[0] for r in owner.execute("SELECT code FROM division WHERE level = 2 LIMIT 12").fetchall()
        ]
        if not streets:
            found = "SELECT DISTINCT left(unit_code, 9) FROM worker WHERE unit_code IS NOT NULL LIMIT 12"
            streets = [row[0] for row in owner.execute(found).fetchall()]
        organisations = [r[0] for r in owner.execute("SELECT id FROM organisation LIMIT 8").fetchall()]
        standings: list[tuple[str, str, str | None, int | None]] = [("city", "city", None, None)]
        standings += [(f"street {code}", "area", code, None) for code in streets]
        standings += [(f"organisation {number}", "organisation", None, number) for number in organisations]
        keys = []
        for name, reach, area, organisation in standings:
            words = (
                owner,
                f"watch {name}",
                name,
                "commander",
                "Bench-mark 17",
                reach,
                area,
                organisation,
                None,
            )
            keys.append(
                (name, issue_key(owner, create_account(*words), "b", timedelta(days=1), "token").token)
            )
    views: list[dict[str, Any]] = [
        {}, {"view": {"bbox": [116.32, 39.95, 116.36, 40.0]}}, {"kinds": ["person"]},
        {"view": {"bbox": [116.3, 39.95, 116.31, 39.96]}},
    ]  # fmt: skip
    # Half of the screens are of the whole city: the dearest ones.
    chosen = [keys[0] if n % 2 == 0 and n < 24 else keys[1 + n % (len(keys) - 1)] for n in range(count)]
    return [Watch(*who, {**views[n % len(views)], "rate_hz": RATE_HZ}) for n, who in enumerate(chosen)]


def _run(cluster: Cluster, master: Path, town: Town, watches: list[Watch], seconds: int) -> None:
    settings = Settings(home=cluster.home, master_key_file=master)
    writer = FixWriter(settings, app_url(cluster.url(), cluster.home))
    over = threading.Event()
    with _served(cluster, master) as (address, processes):
        meter = Meter(cluster, processes)
        sender = threading.Thread(target=_send, args=(writer, town, seconds, over))
        loop = threading.Thread(target=lambda: asyncio.run(_watch_all(address, town, watches, over)))
        loop.start()
        time.sleep(8)
        idle = meter.read()
        time.sleep(5)
        before = meter.read()
        for each in watches:
            each.bytes = each.records = each.frames = 0
            each.late.clear()
        sender.start()
        sender.join()
        after = meter.read()
        loop.join()
    writer.stop()
    _tell(watches, seconds, town)
    for name in ("workers", "database"):
        quiet, busy = (before[name] - idle[name]) / 5, (after[name] - before[name]) / seconds
        print(f"| {name}, share of a core: nothing moves, {len(town.movers) / EVERY_S:,.0f} fixes/s "
              f"| {quiet:.1%}, {busy:.1%} |")  # fmt: skip


def _send(writer: FixWriter, town: Town, seconds: int, over: threading.Event) -> None:
    """Send each mover's fix each ten seconds, in commits of a tenth of a second's worth."""
    parts = np.array_split(np.random.default_rng(1).permutation(len(town.movers)), int(EVERY_S / A_COMMIT_S))
    start = time.perf_counter()
    for number in range(int(seconds / A_COMMIT_S)):
        turn, part = number // len(parts), np.sort(parts[number % len(parts)])
        time.sleep(max(0.0, start + number * A_COMMIT_S - time.perf_counter()))
        fixes = town.fixes(part, turn)
        town.sent[part, turn] = time.perf_counter()
        taken = writer.put(Sent(fixes, Source.OWN, mover=town.movers[part])).result()
        town.committed[part, turn] = time.perf_counter()
        assert taken.new == len(part), taken
    time.sleep(2)
    over.set()


async def _watch_all(address: str, town: Town, watches: list[Watch], over: threading.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for each in watches:
            group.create_task(_watch(address.replace("http", "ws"), town, each, over))


async def _watch(address: str, town: Town, watch: Watch, over: threading.Event) -> None:
    headers = {"Authorization": f"Bearer {watch.token}"}
    options: dict[str, Any] = {"compression": None, "proxy": None, "max_size": None, "open_timeout": 60}
    async with open_line(f"{address}/api/live", additional_headers=headers, **options) as line:
        await line.send(json.dumps(watch.wish))
        while not over.is_set():
            try:
                frame = await asyncio.wait_for(line.recv(), 1)
            except TimeoutError:
                continue
            if isinstance(frame, bytes):
                _note(town, watch, frame, time.perf_counter())


def _note(town: Town, watch: Watch, frame: bytes, now: float) -> None:
    """Note how late the records of a frame are."""
    head = HEADER.unpack_from(frame)
    watch.bytes += len(frame)
    watch.frames += 1
    if head[2] not in (Kind.SNAPSHOT, Kind.DELTA):
        return
    records = np.frombuffer(frame, RECORD, offset=HEADER.size)
    watch.records += len(records)
    turn = (records["time"] - town.begin_us) // (EVERY_S * 1_000_000)
    known = (turn >= 0) & (turn < town.sent.shape[1])
    place, turn = town.place[records["mover"][known]], turn[known]
    # A frame may come before the writer's own answer: then the commit was a moment ago.
    committed = np.fmin(np.nan_to_num(town.committed[place, turn], nan=now), now)
    watch.late.append(np.stack([now - committed, now - town.sent[place, turn]]))


def _tell(watches: list[Watch], seconds: int, town: Town) -> None:
    late = np.concatenate([each for watch in watches for each in watch.late], axis=1) * 1000
    print("| what | figure |\n|---|---:|")
    for name, row in zip(("committed", "sent"), late, strict=True):
        p50, p95, p99 = np.nanpercentile(row, (50, 95, 99))
        print(f"| fix {name} → frame received, p50, p95, p99, most "
              f"| {p50:,.0f}, {p95:,.0f}, {p99:,.0f}, {np.nanmax(row):,.0f} ms |")  # fmt: skip
    weight = np.array([each.bytes for each in watches]) / seconds
    records, traccar = sum(each.records for each in watches), len(json.dumps(TRACCAR, separators=(",", ":")))
    commits = np.nanpercentile((town.committed - town.sent) * 1000, (50, 95))
    print(f"| commit, p50, p95 | {commits[0]:,.0f}, {commits[1]:,.0f} ms |")
    print(f"| {len(watches)} watchers: positions received | {records / seconds:,.0f} a second |")
    print(f"| bytes a watcher and second: mean, most | {weight.mean():,.0f}, {weight.max():,.0f} |")
    print(f"| bytes a position, all in | {weight.sum() * seconds / max(records, 1):,.1f} |")
    each_second = records / seconds * traccar / len(watches)
    print(
        f"| as Traccar's JSON of each position | {traccar} bytes, {each_second:,.0f} a watcher and second |"
    )


if __name__ == "__main__":
    main()

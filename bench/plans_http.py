"""Plans over HTTP at 10,000 grids: the round trip of an operation, and a publication with locate beside it.

A durable cluster, one API worker and the job process's publisher are started for it in a folder of their own:
`python -m bench.plans_http`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import shapely

from api.plan_jobs import PlanPublisher
from api.prepare import bring_up_to_date
from bench.plans import GRIDS, Clock, polygons
from spatial.database import Database, connect, session
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.geometry.arcs import build_arcs
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.envelope import make_master
from spatial.rights.reader import SYSTEM

ROUNDS = 40
DISTRICT = "110108"


def drafts(count: int) -> list[UnitDraft]:
    """Give twenty grids to a community, twenty communities to a street, by 15 digits."""

    def code(grid: int) -> str:
        return f"{DISTRICT}{grid // 400 + 1:03d}{grid // 20 % 20 + 1:03d}{grid % 20 + 1:03d}"

    base = [code(grid) for grid in range(count)]
    found = [UnitDraft(4, each, each[:12], f"网格 {each}", "", True) for each in base]
    for level, digits in ((3, 12), (2, 9), (1, 6)):
        codes = sorted({each[:digits] for each in base})
        above = [each[: digits - 3] if level > 1 else None for each in codes]
        found += [UnitDraft(level, *pair, pair[0], "", True) for pair in zip(codes, above, strict=True)]
    return found


@contextmanager
def serving(url: str, home: Path, master: Path) -> Iterator[str]:
    """Run one API worker; gives its address."""
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
    environment |= {"CITYGRID_MASTER_KEY_FILE": str(master), "CITYGRID_QUOTA_PER_MINUTE": "0"}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
        (home / "server.log").open("wb") as log,
    ):
        command = [sys.executable, "-m", "api", "serve", "--fd", str(listener.fileno())]
        process = subprocess.Popen(
            command, env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=subprocess.STDOUT
        )
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            while process.poll() is None and not _is_ready(address):
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


class WallClock(Clock):
    """Times by name, as somebody waits for them."""

    def take(self, name: str, work: Any) -> Any:
        """Do some work and note how long it took."""
        began = time.perf_counter()
        result = work()
        self.times[name].append(time.perf_counter() - began)
        return result


def operations(client: httpx.Client, clock: Clock, shapes: Any) -> int:
    """Do every kind of operation in one plan; gives its number."""
    plan = client.post("/api/plans", json={"coverage": "grids", "title": "bench"}).json()["id"]
    west, south, east, north = shapely.bounds(shapes[0]).tolist()
    box = f"{west - 0.01},{south - 0.01},{east + 0.01},{north + 0.01}"
    clock.take("open, first time", lambda: _good(client.get(f"/api/plans/{plan}/units?bbox={box}")))
    clock.take("open again", lambda: _good(client.get(f"/api/plans/{plan}/units?bbox={box}")))
    codes = [unit.code for unit in drafts(len(shapes))]
    for number in np.random.default_rng(1).permutation(len(shapes))[:ROUNDS].tolist():
        for name, body in _payloads(codes[number], shapes[number]):
            clock.take(name, lambda body=body: _good(client.post(f"/api/plans/{plan}/operations", json=body)))
        clock.take("undo", lambda: _good(client.post(f"/api/plans/{plan}/undo")))
        clock.take("redo", lambda: _good(client.post(f"/api/plans/{plan}/redo")))
    return int(plan)


def _payloads(code: str, shape: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    west, south, east, north = shapely.bounds(shape).tolist()
    middle, out = (south + north) / 2, (east - west) / 10
    yield "rename", {"op": "rename", "unit": code, "name": f"新 {code}"}
    yield "split", {"op": "split", "unit": code, "line": [[west - out, middle], [east + out, middle]]}


def _good(answer: httpx.Response) -> Any:
    if answer.status_code >= 300:
        raise RuntimeError(f"{answer.status_code} {answer.text[:500]}")
    return answer.json()


def published(chief: httpx.Client, deputy: httpx.Client, plan: int, urls: tuple[str, str]) -> dict[str, Any]:
    """Have a plan published while somebody asks where points lie; waivers are put into the table."""
    url, app = urls
    with connect(url) as owner:
        owner.execute("UPDATE plan SET status = 'submitted' WHERE id = %s", [plan])
    _good(chief.post(f"/api/plans/{plan}/approve", json={}))
    asked: list[tuple[int, float]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            began = time.perf_counter()
            answer = deputy.get("/api/grids/locate?lon=116.3&lat=39.98")
            asked.append((answer.status_code, time.perf_counter() - began))

    asker = threading.Thread(target=ask)
    asker.start()
    began = time.perf_counter()
    _good(chief.post(f"/api/plans/{plan}/publish", json={}))
    _publish_waiting(url, app)
    seconds = time.perf_counter() - began
    time.sleep(2)
    done.set()
    asker.join()
    status = _good(chief.get(f"/api/plans/{plan}"))
    times = sorted(spent for _, spent in asked)
    return {
        "status": status["status"], "problem": status["publish_problem"], "publish_s": round(seconds, 2),
        "locate_asked": len(asked), "locate_failed": sum(code != 200 for code, _ in asked),
        "locate_p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "locate_max_ms": round(times[-1] * 1000, 1),
    }  # fmt: skip


def _publish_waiting(url: str, app: str) -> None:
    publisher, database = PlanPublisher(app, url), Database(app, pool_size=3)
    database.open()
    with session(database, SYSTEM) as connection:
        claimed = publisher.claim(connection)
    if claimed is not None:
        publisher.work(database, claimed)
    database.close()


def main() -> None:
    """Build the city, measure, and print."""
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        url = cluster.ensure()
        try:
            make_master(master)
            bring_up_to_date(url, master=master)
            shapes = polygons(GRIDS)
            with connect(url) as connection:
                start = datetime.now(UTC) - timedelta(days=30)
                publish(connection, "grids", drafts(len(shapes)), build_arcs(shapes), "bench", start)
                keys = [_key(connection, who) for who in ("chief", "deputy")]
            with connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            _measure(url, app_url(url, home), home, master, keys, shapes)
        finally:
            cluster.remove()


def _measure(url: str, app: str, home: Path, master: Path, keys: list[str], shapes: Any) -> None:
    clock = WallClock()
    with serving(app, home, master) as address:
        chief, deputy = (
            httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=120)
            for key in keys
        )
        plan = operations(deputy, clock, shapes)
        print(f"{len(shapes)} grids, round trip in ms: median, 95 %")
        for line in clock.lines():
            print(line)
        print(published(chief, deputy, plan, (url, app)))


def _key(connection: Any, name: str) -> str:
    account = create_account(connection, name, name, "district_administrator", "an unlikely Passw0rd", "city")
    return issue_key(connection, account, name, timedelta(hours=5)).token


if __name__ == "__main__":
    main()

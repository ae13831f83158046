"""Plans over HTTP at 10,000 grids: the round trip of an operation, and a publication with locate beside it.

A durable cluster, one API worker and the job process are started for it in a folder of their own:
`python -m bench.plans_http`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import Event, Process, Queue
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import shapely

from api.prepare import bring_up_to_date
from bench.plans import GRIDS, Clock, polygons
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.geometry.arcs import build_arcs
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.rights.envelope import make_master

ROUNDS = 40
ASKED_PER_SECOND = 200
"""Look-ups beside the publication, from a third process."""
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
def serving(url: str, owner: str, home: Path, master: Path) -> Iterator[str]:
    """Run one API worker and the job process; gives the address."""
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
    environment |= {"CITYGRID_MASTER_KEY_FILE": str(master), "CITYGRID_QUOTA_PER_MINUTE": "0"}
    as_owner = {**environment, "CITYGRID_DATABASE_URL": owner}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
        (home / "server.log").open("wb") as log,
    ):
        serve = [sys.executable, "-m", "api", "serve", "--fd", str(listener.fileno())]
        jobs = [sys.executable, "-m", "api", "jobs"]
        started = [
            subprocess.Popen(serve, env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=log),
            subprocess.Popen(jobs, env=as_owner, stdout=log, stderr=log),
        ]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            while started[0].poll() is None and not is_ready(address):
                time.sleep(0.2)
            yield address
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(20)


def is_ready(address: str) -> bool:
    """Tell whether a server answers."""
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


def published(chief: httpx.Client, deputy: httpx.Client, plan: int, url: str) -> dict[str, Any]:
    """Have a plan published while somebody asks where points lie; waivers are put into the table."""
    with connect(url) as owner:
        owner.execute("UPDATE plan SET status = 'submitted' WHERE id = %s", [plan])
    _good(chief.post(f"/api/plans/{plan}/approve", json={}))
    ended, answers = Event(), Queue()
    asker = Process(target=_ask, args=(deputy.base_url, dict(deputy.headers), ended, answers))
    asker.start()
    began = time.perf_counter()
    _good(chief.post(f"/api/plans/{plan}/publish", json={}))
    while (status := _good(chief.get(f"/api/plans/{plan}")))["status"] == "approved":
        if status["publish_problem"]:
            break
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    time.sleep(2)
    ended.set()
    asked = answers.get()
    asker.join()
    times = sorted(spent for _, spent in asked)
    return {
        "status": status["status"], "problem": status["publish_problem"], "publish_s": round(seconds, 2),
        "locate_asked": len(asked), "locate_failed": sum(code != 200 for code, _ in asked),
        "locate_p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "locate_max_ms": round(times[-1] * 1000, 1),
    }  # fmt: skip


def _ask(address: str, headers: dict[str, str], ended: Any, answers: Any) -> None:
    asked: list[tuple[int, float]] = []
    with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
        while not ended.is_set():
            began = time.perf_counter()
            answer = client.get("/api/grids/locate?lon=116.3&lat=39.98")
            asked.append((answer.status_code, time.perf_counter() - began))
            time.sleep(max(0.0, 1 / ASKED_PER_SECOND - asked[-1][1]))
    answers.put(asked)


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
    with serving(app, url, home, master) as address:
        chief, deputy = (
            httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=120)
            for key in keys
        )
        plan = operations(deputy, clock, shapes)
        print(f"{len(shapes)} grids, round trip in ms: median, 95 %")
        for line in clock.lines():
            print(line)
        print(published(chief, deputy, plan, url))


def _key(connection: Any, name: str) -> str:
    account = create_account(connection, name, name, "district_administrator", "an unlikely Passw0rd", "city")
    return issue_key(connection, account, name, timedelta(hours=5)).token


if __name__ == "__main__":
    main()

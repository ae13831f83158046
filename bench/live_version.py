"""How long after its publication is a new version live on every worker? Needs a running city (`make run`).

Publishes the coverage that is in force again, with one grid renamed and renamed back, and asks /readyz of
every worker until all answer from the new version.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.grids.versions import publish, read_snapshot
from spatial.settings import Settings

ROUNDS = 5


def main() -> None:
    """Publish and wait, `ROUNDS` times; print seconds from commit to the last worker."""
    settings = Settings.from_env()
    url = settings.database_url.value if settings.database_url else Cluster(settings.home).url()
    address = os.environ.get("CITYGRID_URL", f"http://127.0.0.1:{settings.port}")
    for number in range(ROUNDS):
        began = time.perf_counter()
        version = _publish(url, f" | {number}" if number < ROUNDS - 1 else "")
        committed = time.perf_counter()
        _wait_live(address, version, settings.workers)
        live = time.perf_counter()
        print(f"version {version}: published in {committed - began:.2f} s,", end=" ")
        print(f"live on {settings.workers} workers after {live - committed:.2f} s")


def _publish(url: str, mark: str) -> int:
    with connect(url) as connection:
        snapshot = read_snapshot(connection, "grids")
        first, *others = snapshot.units
        renamed = replace(first, name=first.name.split(" | ")[0] + mark)
        return publish(connection, "grids", [renamed, *others], snapshot.arcs, "bench", datetime.now(UTC))


def _wait_live(address: str, version: int, workers: int) -> None:
    """Ask on fresh connections, since the kernel chooses the worker, until every worker has said it."""
    live: set[str] = set()
    while len(live) < workers:
        answer = httpx.get(f"{address}/readyz").json()
        if answer["coverages"]["grids"] == version:
            live.add(answer["worker"])


if __name__ == "__main__":
    main()

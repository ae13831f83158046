"""OGC API: ours, a bare endpoint behind our own token check, pygeoapi, TiPg, MapServer and QGIS Server.

`python -m bench.ogc [--rows 1000000] [--seconds 4] [--only NAME]` makes a private cluster in a temporary
folder, fills one table with points, serves it by each in turn (two processes, 8 connections of wrk), and
prints requests per second with their ratios. Everybody is asked the same, one after the other, three times;
single items by random identifiers, cold tiles once each. At the end it walks our tiles of all zooms.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from api.prepare import bring_up_to_date, make_demo_administrator
from bench.ogc_peers import Ground, Peer, peers, until_ready
from bench.ogc_tiles import densest, once_each, tiles_of, walk
from layers.imports import PublishOptions
from layers.publish_relations import publish_relation
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.rights.reader import SYSTEM

HERE = Path(__file__).parent
ROUNDS = 3
PACKED = {"Accept-Encoding": "gzip"}
"""As every map asks for tiles."""
BOX = "116.30,39.96,116.318,39.975"


def main() -> None:
    """Make the ground, ask everybody, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--only", default="", help="leave out the peers whose name has this not in it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home, throwaway=True)
        try:
            _run(cluster, options.rows, options.seconds, options.only)
        finally:
            cluster.stop()


def _run(cluster: Cluster, rows: int, seconds: int, only: str) -> None:
    url = _listening(cluster)
    login = _fill(cluster, url, rows)
    ground = _ground(cluster, url, rows)
    token = {"Authorization": f"Bearer {login['token']}"}
    answers: dict[str, dict[str, float]] = {}
    with _ours(cluster, url, "api", "serve") as ours, _ours(cluster, url, "bench.ogc_bare") as bare:
        warm = f"{ours}/tiles/bench_events/{'/'.join(map(str, ground.tile))}.mvt"
        tile = _get(warm, {**token, **PACKED})
        for name, address, paths in (
            ("citygrid", ours, _our_paths(ground)),
            ("bare endpoint", bare, _bare_paths(ground, len(tile))),
        ):
            answers[name] = {}
            for case, path in paths.items():
                answers[name][case] = _measured(f"{address}{path}", token, seconds, ground, case)
                print(f"{name:18} {case:22} {answers[name][case]:10.1f}/s", flush=True)
        _pages(ours, token)
        with connect(url) as owner:
            walk(f"{ours}/tiles/bench_events", token, densest(owner))
    for peer in peers():
        if only.lower() in peer.name.lower():
            answers[peer.name] = _ask_peer(peer, ground, seconds)
    _table(answers)


def _listening(cluster: Cluster) -> str:
    """Start the cluster so that peers, who speak no sockets, reach it at 127.0.0.1:5432; returns our URL."""
    cluster.ensure()
    cluster.stop()
    folder = cluster.folder.resolve()
    access = folder / "bench_hba.conf"
    access.write_text(
        (cluster.data / "pg_hba.conf").read_text() + "host all all 127.0.0.1/32 scram-sha-256\n"
    )
    access.chmod(0o644)
    (folder / "local.conf").write_text(f"listen_addresses = '127.0.0.1'\nhba_file = '{access}'\n")
    (folder / "local.conf").chmod(0o644)
    return cluster.ensure()


def _fill(cluster: Cluster, url: str, rows: int) -> dict[str, str]:
    bring_up_to_date(url, master=cluster.home / "secrets" / "master")
    began = time.perf_counter()
    with connect(url) as owner:
        psycopg.ClientCursor(owner).execute((HERE / "ogc_table.sql").read_text(), {"rows": rows})
        options = PublishOptions(name="bench_events", time_column="occurred_at")
        publish_relation(owner, "public.bench_events", options, SYSTEM)
    with connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE public.bench_events")
    bring_up_to_date(url)
    print(f"{rows:,} rows in {time.perf_counter() - began:.0f} s")
    return make_demo_administrator(url, cluster.home)


def _ground(cluster: Cluster, url: str, rows: int) -> Ground:
    with connect(url) as owner:
        (tile,) = owner.execute(
            "SELECT ARRAY[floor((lon + 180) / 360 * 16384), "
            "floor((1 - asinh(tan(radians(lat))) / pi()) / 2 * 16384)]::int[] "
            "FROM (SELECT avg(ST_X(geom)) AS lon, avg(ST_Y(geom)) AS lat FROM public.bench_events "
            "WHERE geom && ST_MakeEnvelope(116.30, 39.96, 116.318, 39.975, 4326)) AS middle"
        ).fetchone()
    return Ground(_over_tcp(url), cluster.home, BOX, rows, (14, *tile))


def _over_tcp(url: str) -> str:
    parts = urlsplit(url)
    return f"postgresql://{parts.username}:{parts.password}@127.0.0.1:5432{parts.path}"


@contextmanager
def _ours(cluster: Cluster, url: str, *module: str) -> Iterator[str]:
    """Run two processes of ours on one socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        fd = listener.fileno()
        env = {
            **os.environ,
            "CITYGRID_APP_DATABASE_URL": app_url(url, cluster.home),
            "CITYGRID_HOME": str(cluster.home),
            "CITYGRID_MASTER_KEY_FILE": str(cluster.home / "secrets" / "master"),
            "CITYGRID_QUOTA_PER_MINUTE": "0",
            "CITYGRID_OPEN_QUOTA_PER_MINUTE": "0",
        }
        log = cluster.home / f"{module[0]}.log"
        command = [sys.executable, "-m", *module, "--fd", str(fd)]
        with log.open("wb") as out:
            workers = [
                subprocess.Popen(command, env=env, pass_fds=[fd], stdout=out, stderr=subprocess.STDOUT)
                for _ in range(2)
            ]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            if module[0] == "api":
                until_ready(f"{address}/readyz", workers[0], log)
            time.sleep(8)
            _until_quiet([worker.pid for worker in workers])
            yield address
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(20)


def _until_quiet(processes: list[int]) -> None:
    """Wait until processes have compiled and read what they do at their start, two minutes at most."""
    for _ in range(60):
        began = _ticks(processes)
        time.sleep(2)
        if _ticks(processes) - began < 20:
            return


def _ticks(processes: list[int]) -> int:
    texts = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in processes]
    return sum(int(fields[11]) + int(fields[12]) for fields in texts)


def _our_paths(ground: Ground) -> dict[str, str]:
    items = "/ogc/collections/bench_events/items"
    z, x, y = ground.tile
    return {
        "items limit=100": f"{items}?limit=100",
        "limit=1000 + bbox": f"{items}?limit=1000&bbox={ground.box}",
        "single item": f"{items}/{{id}}",
        "tile z14 cold": "/tiles/bench_events/{z}/{x}/{y}.mvt",
        "tile z14 warm": f"/tiles/bench_events/{z}/{x}/{y}.mvt",
    }


def _bare_paths(ground: Ground, tile_bytes: int) -> dict[str, str]:
    return {
        "items limit=100": "/bare/items?limit=100",
        "limit=1000 + bbox": f"/bare/items?limit=1000&bbox={ground.box}",
        "single item": "/bare/item?id={id}",
        "tile z14 warm": f"/bare/tile?size={tile_bytes}",
    }


def _get(address: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return bytes(answer.read())


def _measured(address: str, headers: dict[str, str], seconds: int, ground: Ground, case: str = "") -> float:
    if case.startswith("tile"):
        headers = {**headers, **PACKED}
    if "{z}" in address:
        return once_each(address, headers, tiles_of(14))
    return _rate(address, headers, seconds, ground.rows)


def _rate(address: str, headers: dict[str, str], seconds: int, rows: int) -> float:
    """Requests per second of 8 connections: the median of three runs, of answers that are right only."""
    body = _get(address.replace("{id}", str(rows // 2)), headers)
    if body[:1] == b"{" and not re.search(rb'"type": ?"Feature', body):
        raise RuntimeError(f"{address} answers {body[:300]!r}")
    lines = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    rates = []
    for _ in range(ROUNDS):
        command = ["wrk", "-t2", "-c8", f"-d{seconds}s", "--timeout", "60s", *lines]
        if "{id}" in address:
            command += ["-s", str(HERE / "ogc_random.lua"), address, "--", address, str(rows)]
        else:
            command += [address]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in printed:
            raise RuntimeError(f"{address}: {printed}")
        found = re.search(r"Requests/sec:\s+([\d.]+)", printed)
        rates.append(float(found[1]) if found else 0.0)
    return statistics.median(rates)


def _ask_peer(peer: Peer, ground: Ground, seconds: int) -> dict[str, float]:
    rates: dict[str, float] = {}
    try:
        with peer.start(ground) as address:  # type: ignore[attr-defined]
            for case, path in peer.paths(ground).items():
                rates[case] = _measured(f"{address}{path}", {}, seconds, ground, case)
                print(f"{peer.name:18} {case:22} {rates[case]:10.1f}/s", flush=True)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(f"{peer.name}: not measured: {error}\n{getattr(error, 'stderr', b'') or ''!r}", flush=True)
    return rates


def _pages(address: str, token: dict[str, str]) -> None:
    """Compare page 1 with page 1,000, each by its own address, 20 times."""
    url = f"{address}/ogc/collections/bench_events/items?limit=100"
    first = url
    for _ in range(999):
        links = json.loads(_get(url, token))["links"]
        url = next(link["href"] for link in links if link["rel"] == "next")
    for name, page in (("page 1", first), ("page 1,000", url)):
        times = []
        for _ in range(20):
            began = time.perf_counter()
            _get(page, token)
            times.append(time.perf_counter() - began)
        print(f"{name:12} {statistics.median(times) * 1000:6.2f} ms")


def _table(answers: dict[str, dict[str, float]]) -> None:
    cases = list(answers["citygrid"])
    print("\n| server | " + " | ".join(cases) + " |\n|---|" + "---:|" * len(cases))
    for name, rates in answers.items():
        cells = []
        for case in cases:
            rate = rates.get(case) or rates.get(case.removesuffix(" warm"))
            ratio = "" if name == "citygrid" or not rate else f" ({answers['citygrid'][case] / rate:.2f}×)"
            cells.append(f"{rate:,.1f}{ratio}" if rate else "–")
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("In brackets: ours divided by theirs.")


if __name__ == "__main__":
    main()

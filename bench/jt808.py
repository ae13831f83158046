"""How many terminals of JT/T 808 one process holds, and how fast their fixes are kept.

    .venv/bin/python -m bench.jt808 [--lines 5000] [--seconds 10] [--demo FOLDER]

Makes a PostgreSQL of its own (fsync, synchronous_commit, full_page_writes on: asserted) with the demo city,
and as many devices, each carried by somebody. The listener is a process of its own; the terminals are in this
one. Says how long it takes until all are let in, what memory the listener has with all lines held, and how
many fixes a second are acknowledged (and so committed, judged and put into the grids) when each terminal
sends one report after another, and when each sends batches out of a blind zone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.prepare import bring_up_to_date
from demo.load import load
from demo.make import SEED, generate
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.patrols.terminals.admission import digest
from spatial.rights.envelope import make_master
from tests.spatial.patrols.encoder_jt808 import Terminal, batch, location

CODE = "bench"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
DEVICES = """
WITH chosen AS (
    SELECT id, 13500000000 + row_number() OVER (ORDER BY id) AS phone FROM mover WHERE kind = 'person'
    LIMIT %(count)s
), made AS (
    INSERT INTO device (protocol, identity, state, auth_code)
    SELECT 'jt808', phone::text, 'active', %(digest)s FROM chosen
    RETURNING id, identity
)
INSERT INTO device_carrier (device_id, mover_id, since)
SELECT made.id, chosen.id, now() - interval '2 days'
FROM made JOIN chosen ON chosen.phone::text = made.identity
"""
COUNT = "SELECT count(*) FROM fix WHERE source = 8"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Line:
    """One terminal on the line."""

    terminal: Terminal
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    at: datetime = NOW - timedelta(hours=20)

    async def ask(self, frame: bytes) -> None:
        """Send a message, and wait for one answer."""
        self.writer.write(frame)
        await self.reader.readexactly(1)
        await self.reader.readuntil(b"\x7e")


async def open_line(port: int, number: int, gate: asyncio.Semaphore) -> Line:
    """Call, and be let in."""
    async with gate:
        terminal = Terminal(str(13_500_000_000 + number))
        # Each address of this machine has ports of its own.
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(f"127.0.1.{1 + number % 200}", 0)
        )
        line = Line(terminal, reader, writer)
        await line.ask(terminal.authenticate(CODE))
        return line


async def report(line: Line, end_s: float) -> int:
    """Send one report after another; count those that were acknowledged."""
    count = 0
    while time.monotonic() < end_s:
        line.at += timedelta(seconds=1)
        await line.ask(line.terminal.report(116.3, 39.9 + count * 1e-6, line.at))
        count += 1
    return count


async def backfill(line: Line, end_s: float, size: int = 30) -> int:
    """Send batches of a blind zone; count the fixes that were acknowledged."""
    count = 0
    while time.monotonic() < end_s:
        body = batch(
            [location(116.3, 39.9, line.at + timedelta(seconds=n)) for n in range(1, size + 1)], kind=1
        )
        line.at += timedelta(seconds=size)
        await line.ask(line.terminal.message(0x0704, body))
        count += size
    return count


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


async def measure(port: int, pid: int, count: int, seconds: float) -> None:
    """Hold the lines, and send."""
    print(f"listener without lines: {memory_mb(pid):.0f} MB")
    start_s, gate = time.monotonic(), asyncio.Semaphore(200)
    lines = await asyncio.gather(*(open_line(port, number, gate) for number in range(1, count + 1)))
    print(f"{count} lines let in after {time.monotonic() - start_s:.1f} s; listener {memory_mb(pid):.0f} MB")
    for what, work, some in (
        (f"one report after another, {count} lines", report, lines),
        ("one report after another, 500 lines", report, lines[:500]),
        ("batches of 30, 500 lines", backfill, lines[:500]),
    ):
        start_s = time.monotonic()
        counts = await asyncio.gather(*(work(line, start_s + seconds) for line in some))
        took_s = time.monotonic() - start_s
        print(f"{what}: {sum(counts) / took_s:,.0f} fixes/s; listener {memory_mb(pid):.0f} MB")
    start_s = time.monotonic()
    await asyncio.gather(*(line.ask(line.terminal.heartbeat()) for line in lines))
    print(f"a heartbeat of each of {count} lines: {time.monotonic() - start_s:.2f} s; all are still held")
    for line in lines:
        line.writer.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--demo", type=Path, help="a folder that `citygrid demo generate` has written")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        with cluster as url:
            _prepare(url, options.demo or _demo(home), master, options.lines)
            _say_durable(url)
            _listen(app_url(url, home), home, options.lines, options.seconds)
            with connect(url) as owner:
                print(f"{owner.execute(COUNT).fetchall()[0][0]:,} of these fixes are in the database")


def _demo(home: Path) -> Path:
    generate(home / "demo", SEED, lambda *_: None)
    return home / "demo"


def _prepare(url: str, demo: Path, master: Path, count: int) -> None:
    make_master(master)
    bring_up_to_date(url, master=master)
    with connect(url) as owner:
        load(owner, demo, datetime.now(UTC), master=master)
        made = owner.execute(DEVICES, {"count": count, "digest": digest(CODE)}).rowcount
        assert made == count, f"the demo city has only {made} people"
    with connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _say_durable(url: str) -> None:
    with connect(url) as owner:
        found = {name: owner.execute(f"SHOW {name}").fetchall()[0][0] for name in DURABLE}
        assert set(found.values()) == {"on"}, found
        print(f"PostgreSQL {owner.info.server_version // 10_000}: {found}; {os.cpu_count()} cores")


def _listen(url: str, home: Path, count: int, seconds: float) -> None:
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
    environment["CITYGRID_LOG_LEVEL"] = "warning"
    words = ["listen", "jt808", "--host", "127.0.0.1", "--port", "0", "--per-address", str(count)]
    with subprocess.Popen(
        [sys.executable, "-m", "api", *words], env=environment, stdout=subprocess.PIPE, text=True
    ) as listener:
        assert listener.stdout is not None
        try:
            asyncio.run(measure(int(listener.stdout.readline()), listener.pid, count, seconds))
        finally:
            listener.terminate()


if __name__ == "__main__":
    main()

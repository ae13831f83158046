"""Two hundred phones that do not give up, and processes that are killed under them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from tests.patience import until
from tests.servers import _serve, _wait_ready

PHONES = 200
STEP_MS = 1_000
Sent = tuple[int, int]
"""Number of the phone, and the time of the fix in milliseconds."""


@dataclass
class Crowd:
    """Phones that send one fix after another, each until it is acknowledged; some send it twice at once."""

    port: int
    token: str
    fixes: int
    began_ms: int
    seed: int = 1
    acknowledged: list[Sent] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    retries: int = 0

    def start(self) -> threading.Thread:
        """Begin to send, in a thread."""
        thread = threading.Thread(target=self._send, daemon=True)
        thread.start()
        return thread

    def reach(self, count: int) -> None:
        """Wait until so much is acknowledged; fails when no more of it comes, and when phones went wrong."""
        while (so_far := len(self.acknowledged)) < count:
            until(lambda had=so_far: len(self.acknowledged) > had or self.wrong)  # type: ignore[misc]
            assert self.wrong == []

    def _send(self) -> None:
        try:
            asyncio.run(self._walk())
        except Exception as error:
            # A thread ends in silence: its test must not wait for what nobody sends any more.
            self.wrong.append(repr(error))
            raise

    async def _walk(self) -> None:
        await asyncio.gather(*(self._phone(number) for number in range(PHONES)))

    async def _phone(self, number: int) -> None:
        chance, line = random.Random(self.seed * 1_000 + number), Line(self.port)
        for step in range(self.fixes):
            sent = number, self.began_ms + step * STEP_MS
            if chance.random() < 0.1:
                await asyncio.gather(self._until_taken(line, sent, chance), self._once(Line(self.port), sent))
            else:
                await self._until_taken(line, sent, chance)
        line.close()

    async def _once(self, line: Line, sent: Sent) -> None:
        if await self._asked(line, sent) == 200:
            self.acknowledged.append(sent)
        line.close()

    async def _until_taken(self, line: Line, sent: Sent, chance: random.Random) -> None:
        while True:
            status = await self._asked(line, sent)
            if status == 200:
                self.acknowledged.append(sent)
                return
            if status not in (None, 429, 503):
                self.wrong.append(f"{sent}: {status}")
                return
            self.retries += 1
            await asyncio.sleep(0.05 + chance.random() * 0.3)

    async def _asked(self, line: Line, sent: Sent) -> int | None:
        number, at_ms = sent
        place = f"lat={39.9 + number * 1e-5:.6f}&lon={116.3 + at_ms % 7919 * 1e-6:.6f}"
        path = f"/api/fixes/osmand?key={self.token}&id=p{number}&timestamp={at_ms}&{place}&accuracy=5"
        try:
            return await asyncio.wait_for(line.get(path), 30)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            line.close()
            return None


class Line:
    """A connection that is made anew when it is lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        """Ask, and give the status."""
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._ends
        writer.write(f"GET {path} HTTP/1.1\r\nHost: phone\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
        await reader.readexactly(int(length or 0))
        return int(head.split()[1])

    def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None


@dataclass
class Site:
    """A durable database, two API workers behind one socket, and the job process; each can be killed."""

    cluster: Cluster
    master: Path
    homes: Path
    listener: socket.socket
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where phones reach it."""
        port: int = self.listener.getsockname()[1]
        return port

    def begin(self, name: str) -> None:
        """Start a process that is not there."""
        home = self.homes / name
        home.mkdir(exist_ok=True)
        url = self.cluster.url()
        if name == "jobs":
            environment = {**os.environ, "CITYGRID_HOME": str(home), "CITYGRID_DATABASE_URL": url}
            environment["CITYGRID_APP_DATABASE_URL"] = app_url(url, self.cluster.home)
            environment["CITYGRID_MASTER_KEY_FILE"] = str(self.master)
            command = [sys.executable, "-m", "api", "jobs"]
            with (home / "jobs.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        else:
            limits = {"CITYGRID_QUOTA_PER_MINUTE": "0", "CITYGRID_REQUESTS_AT_ONCE": "0"}
            reached = app_url(url, self.cluster.home)
            self.processes[name] = _serve(self.listener, reached, home, self.master, limits)

    def kill(self, name: str) -> None:
        """Kill -9: a process of ours, or the server with all of its own; and start it again."""
        if name == "postgresql":
            postmaster = int((self.cluster.data / "postmaster.pid").read_text().split()[0])
            for number in [postmaster, *_children(postmaster)]:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            until(lambda: not self.cluster.running)
            self.cluster.ensure()
            return
        self.processes[name].kill()
        self.processes[name].wait()
        self.begin(name)

    def ask(self, statement: str) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.cluster.url()) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


@contextmanager
def open_site(cluster: Cluster, master: Path, homes: Path) -> Iterator[Site]:
    """Open it for a while."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        site = Site(cluster, master, homes, listener)
        try:
            for name in ("api 1", "api 2", "jobs"):
                site.begin(name)
            _wait_ready(
                f"http://127.0.0.1:{site.port}", site.processes["api 1"], homes / "api 1" / "server.log"
            )
            yield site
        finally:
            for process in site.processes.values():
                process.kill()
                process.wait()

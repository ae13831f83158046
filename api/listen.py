"""A TCP server for terminals in the field: one process, thousands of lines, all of them on one loop.

What is acknowledged is committed: answers wait for `FixWriter`. A line that asks for more than is answered is
not read from until it is; one that is silent for too long is closed.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from psycopg import Connection

from api.fix_desk import UNREADABLE
from api.fix_writer import FixWriter
from api.lines import Line, without_values
from api.listen_fixes import MOST_TRIES, RETRY_S, Gatherer
from api.live import Listener, Message
from api.measure_lines import Measures
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Unavailable
from spatial.patrols import writing
from spatial.patrols.terminals import admission
from spatial.patrols.terminals.admission import Terminal
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

LOOK_S = 1.0
"""How often lines are looked at."""
SAY_S = 60.0
"""How often it is said how things stand."""
GRACE_S = 20.0
"""How long what is under way may take when the process is told to end."""
DATABASE_THREADS = 4
REGISTERING, AUTHENTICATING = 1, 2
"""Of them, how many may be busy with who strangers are: one at least is for cries for help and orders."""
BACKLOG = 1024

log = structlog.get_logger()
Found = TypeVar("Found")


@dataclass(frozen=True)
class LineLimits:
    """How many lines there may be, and how long one may be silent."""

    most: int = 20_000
    most_of_address: int = 2_000
    """Terminals share the addresses of their mobile network."""
    most_strangers_of_address: int = 500
    """Of those that have not said who they are yet."""
    idle_s: float = 900.0
    stranger_s: float = 60.0
    """How long one has to say who it is."""


class House:
    """All lines of a process, and what they share: the writer, the database, and the clock."""

    def __init__(self, settings: Settings, protocol: str, limits: LineLimits) -> None:
        self.protocol = protocol
        self.limits = limits
        self.lines: set[Line] = set()
        self.by_device: dict[int, Line] = {}
        self.closed: Counter[str] = Counter()
        self.measures = Measures(protocol)
        self.on_message: Callable[[Message], None] = self.heard
        self._url = app_url_of(settings)
        self._database = Database(self._url, pool_size=DATABASE_THREADS)
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, "lines")
        self._addresses: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_ending = self._is_checking = False
        self.registering = asyncio.Semaphore(REGISTERING)
        self.authenticating = asyncio.Semaphore(AUTHENTICATING)
        self._refused: Counter[writing.Refused] = Counter()
        self.writer = FixWriter(settings)
        self.fixes = Gatherer(self.writer, self.start, self.measures)

    def admit(self, line: Line) -> bool:
        """Take a new line unless there are too many."""
        address, limits = line.address, self.limits
        reason = (
            "going down" if self._is_ending
            else "too many lines" if len(self.lines) >= limits.most
            else "too many of the address" if self._addresses[address] >= limits.most_of_address
            else "too many strangers" if self._strangers[address] >= limits.most_strangers_of_address
            else ""
        )  # fmt: skip
        if reason:
            self.closed[reason] += 1
            return False
        self.lines.add(line)
        self._addresses[address] += 1
        self._strangers[address] += 1
        self.measures.lines(len(self.lines))
        return True

    def forget(self, line: Line) -> None:
        """A line has gone."""
        if line not in self.lines:
            return
        self.lines.discard(line)
        _less(self._addresses, line.address)
        if line.terminal is None:
            _less(self._strangers, line.address)
        elif self.by_device.get(line.terminal.device) is line:
            del self.by_device[line.terminal.device]
        self.measures.left_out(line.talk.counts)
        self.measures.lines(len(self.lines))

    def known(self, line: Line, terminal: Terminal | None) -> None:
        """A line is a terminal's now, or is not any more; an older line of that terminal is dead."""
        if line not in self.lines:
            return
        before = line.terminal
        if before is not None:
            self._strangers[line.address] += 1
            if self.by_device.get(before.device) is line:
                del self.by_device[before.device]
        if terminal is not None:
            _less(self._strangers, line.address)
            older = self.by_device.get(terminal.device)
            self.by_device[terminal.device] = line
            if older is not None and older is not line:
                older.close("came back on another line")

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside; the process does not end before it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("something beside went wrong", exc_info=error)

    async def ask(self, function: Callable[..., Found], *values: Any) -> Found:
        """Call a function in a session of the platform, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._in_session, function, values
        )

    async def ask_for_stranger(
        self, turn: asyncio.Semaphore, function: Callable[..., Found], *values: Any
    ) -> Found:
        """Call a function in its turn, and wait for a database that is away for a moment; Unavailable.

        A terminal that is told no may throw its code away: nobody is refused for want of a database.
        """
        for _ in range(MOST_TRIES):
            try:
                async with turn:
                    return await self.ask(function, *values)
            except Unavailable:
                await asyncio.sleep(RETRY_S)
        async with turn:
            return await self.ask(function, *values)

    def not_taken(self, device: int, count: int) -> None:
        """Count what a device sent as a fix and nobody could read; it is on its record within a minute."""
        self._refused[device, 0, UNREADABLE] += count

    async def note_refused(self) -> None:
        """Put on the record of devices what could not be read."""
        refused, self._refused = self._refused, Counter()
        if not refused:
            return
        try:
            await self.ask(writing.refuse, refused, datetime.now(UTC))
        except Exception as error:
            log.warning("what could not be read is counted later", reason=type(error).__name__)
            self._refused.update(refused)

    def _in_session(self, function: Callable[..., Found], values: tuple[Any, ...]) -> Found:
        connection: Connection[Any]
        with session(self._database, SYSTEM) as connection:
            return function(connection, *values)

    async def serve(
        self, make: Callable[[], Line], host: str, port: int, ready: Callable[[int], None]
    ) -> None:
        """Serve until SIGTERM or SIGINT; then everything that was taken is written and answered."""
        loop, ending = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        raise_file_limit()
        await loop.run_in_executor(self._threads, self._database.open)

        def hear(message: Message) -> None:
            loop.call_soon_threadsafe(self.on_message, message)

        ear = Listener(self._url, hear)
        server = await loop.create_server(make, host, port, backlog=BACKLOG, reuse_address=True)
        ear.start()
        watch = loop.create_task(self._watch())
        taken_port = server.sockets[0].getsockname()[1]
        log.info("listening", protocol=self.protocol, host=host, port=taken_port)
        ready(taken_port)
        await ending.wait()
        server.close()
        watch.cancel()
        await self._end(ear)

    def heard(self, message: Message) -> None:
        """Follow what other processes say: devices may be blocked, or read in another way, from now on."""
        if message["kind"] in ("devices", "everything") and not self._is_checking and not self._is_ending:
            self._is_checking = True
            self.start(self._check())

    async def _check(self) -> None:
        """See that terminals on the line are still let in."""
        await asyncio.sleep(LOOK_S)
        self._is_checking = False
        devices = sorted(self.by_device)
        try:
            active = await self.ask(admission.active, devices)
        except CitygridError as error:
            log.warning("terminals could not be checked", reason=error.detail)
            return
        for device in devices:
            line = self.by_device.get(device)
            if line is not None and device in active:
                line.read_by(active[device])
            elif line is not None:
                line.close("not active any more")

    async def _watch(self) -> None:
        said_s = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            now_s = time.monotonic()
            for line in list(self.lines):
                self._look_safely(line, now_s)
            if now_s - said_s >= SAY_S:
                said_s = now_s
                self.say()
                self.start(self._note_seen(now_s))
                self.start(self.note_refused())

    async def _note_seen(self, now_s: float) -> None:
        seen = [device for device, line in self.by_device.items() if now_s - line.heard_s < SAY_S]
        with suppress(CitygridError):
            await self.ask(admission.seen, sorted(seen))

    def _look_safely(self, line: Line, now_s: float) -> None:
        """Look at a line; the others are looked at whatever is the matter with it."""
        try:
            self._look(line, now_s)
        except Exception as error:
            log.error("a line went wrong", address=line.address, traceback=without_values(error))
            line.close("went wrong")

    def _look(self, line: Line, now_s: float) -> None:
        limits = self.limits
        self.measures.left_out(line.talk.counts)
        if line.terminal is None and now_s - line.since_s > limits.stranger_s:
            line.close("did not say who it is")
        elif now_s - line.heard_s > limits.idle_s:
            line.close("silent")
        else:
            line.look()

    def say(self) -> None:
        """Write a line to the log about how things stand."""
        log.info(
            "lines",
            protocol=self.protocol,
            lines=len(self.lines),
            terminals=len(self.by_device),
            closed=dict(self.closed),
            **self.measures.told(),
        )

    async def _end(self, ear: Listener) -> None:
        """Read nothing more, let everything under way be written and answered, then hang up."""
        self._is_ending = True
        for line in self.lines:
            line.stop_reading()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + GRACE_S
        # An answer may let a line go on to what it had sent before.
        while self._tasks and loop.time() < end_s:
            await asyncio.wait(list(self._tasks), timeout=end_s - loop.time())
        await loop.run_in_executor(None, self.writer.stop)
        await self.note_refused()
        for line in list(self.lines):
            line.close("going down")
        await asyncio.sleep(0.1)
        self.say()
        await loop.run_in_executor(None, ear.stop)
        self._threads.shutdown()
        self._database.close()


def raise_file_limit() -> None:
    """Let the process have as many lines as the machine lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]

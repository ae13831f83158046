"""Group commit of fixes: what waits while one batch is written goes with the next, in one transaction.

One writer for each process, with a connection and a thread of its own. Whoever sends waits for the commit: it
is the acknowledgement. Batches grow by themselves with the load; where several send at once, the others are
waited for a few milliseconds, which is less than a commit takes.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from spatial.database import connect, connection_options, query, standpoint_values
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, TooMany, Unavailable
from spatial.patrols.intake import Intake, Sent, Taken
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

MOST_IN_BATCH = 20_000
"""Fixes in one transaction; what one sender sends is never divided."""
MOST_WAITING = 400_000
"""Fixes that wait in a process; beyond them senders are told to come back."""
LINGER_S = 0.004
RETRY_S = 1
"""When they are."""
LOCK_SECONDS = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class _Waiting:
    """What somebody sent, and where the answer goes: to a thread, or to a loop."""

    sent: Sent
    future: Future[Taken] | asyncio.Future[Taken]
    loop: asyncio.AbstractEventLoop | None = None


class FixWriter:
    """Writes what the doors of one process take; begins with the first fix."""

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self._settings = settings
        self._url = url
        self._intake = Intake(settings.home, settings.fix_days)
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._turn = threading.Condition()
        self._ending = False
        self._crowded = False
        """Several sent at once the last time."""
        self._thread: threading.Thread | None = None
        self._connection: Connection[Any] | None = None

    async def write(self, sent: Sent) -> Taken:
        """Write the fixes of one sender; returns once they are committed.

        TooMany when too many wait already, Unavailable when the database does not answer: nothing is
        acknowledged then, and whoever sends the same again does no harm.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Taken] = loop.create_future()
        self._add(_Waiting(sent, future, loop))
        return await future

    def put(self, sent: Sent) -> Future[Taken]:
        """Write the fixes of one sender from a thread; the future has what `write` gives, or its errors."""
        future: Future[Taken] = Future()
        self._add(_Waiting(sent, future))
        return future

    def stop(self) -> None:
        """Write what waits, and end."""
        with self._turn:
            self._ending = True
            self._turn.notify()
        if self._thread is not None:
            self._thread.join()

    def _add(self, waiting: _Waiting) -> None:
        with self._turn:
            if self._ending:
                raise Unavailable("the server is going down")
            if self._waiting + len(waiting.sent) > MOST_WAITING and self._queue:
                raise TooMany("too many fixes wait to be written", RETRY_S)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fix-writer", daemon=True)
                self._thread.start()
            self._queue.append(waiting)
            self._waiting += len(waiting.sent)
            self._turn.notify()

    def _run(self) -> None:
        try:
            while batch := self._next():
                self._work(batch)
        finally:
            self._let_go()

    def _next(self) -> list[_Waiting]:
        """Take what waits, in its order; nothing when it is to end and all is written."""
        with self._turn:
            self._turn.wait_for(lambda: self._queue or self._ending)
            if self._crowded and not self._ending:
                self._turn.wait_for(lambda: self._ending, LINGER_S)
            batch: list[_Waiting] = []
            count = 0
            while self._queue and (not batch or count + len(self._queue[0].sent) <= MOST_IN_BATCH):
                batch.append(self._queue.popleft())
                count += len(batch[-1].sent)
            self._waiting -= count
            self._crowded = len(batch) > 1
            return batch

    def _work(self, batch: Sequence[_Waiting]) -> None:
        try:
            taken: Sequence[Taken | Exception] = self._written([each.sent for each in batch])
        except (psycopg.OperationalError, Unavailable) as error:
            self._let_go()
            log.warning("fixes could not be written", senders=len(batch), reason=str(error))
            taken = [Unavailable("the database does not answer")] * len(batch)
        except Exception as error:
            if len(batch) > 1:
                # Somebody's fixes cannot be written: the others' must not suffer for it.
                for each in batch:
                    self._work([each])
                return
            # Without the values of variables: they are where people were.
            told = "".join(traceback.format_exception(error))
            log.error("fixes of one sender could not be written", traceback=told)
            taken = [error if isinstance(error, CitygridError) else Unavailable("could not be written")]
        _answer(batch, taken)

    def _written(self, sent: Sequence[Sent]) -> list[Taken]:
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connection = self._connected()

        def begin() -> None:
            connection.execute("BEGIN")
            connection.execute(query("spatial.database", "session"), standpoint_values(SYSTEM))

        try:
            return self._intake.take(connection, sent, begin=begin, end=lambda: connection.execute("COMMIT"))
        except Exception:
            if not connection.closed:
                connection.execute("ROLLBACK")
            raise

    def _connected(self) -> Connection[Any]:
        options = connection_options()
        # Whatever the server is set to: who is told that fixes are taken must find them after a power cut.
        options["options"] += f" -c synchronous_commit=on -c lock_timeout={LOCK_SECONDS}s"
        connection = connect(self._url or app_url_of(self._settings), **options, autocommit=True)
        with connection.transaction():
            connection.execute(query("spatial.database", "session"), standpoint_values(SYSTEM))
            self._intake.warm(connection)
        return connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _answer(batch: Sequence[_Waiting], taken: Sequence[Taken | Exception]) -> None:
    """Tell everybody; each loop is woken once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Any, Taken | Exception]]] = {}
    for waiting, outcome in zip(batch, taken, strict=True):
        if waiting.loop is None:
            _settle([(waiting.future, outcome)])
        else:
            by_loop.setdefault(waiting.loop, []).append((waiting.future, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, answers)
        except RuntimeError:
            log.warning("nobody is there any more who asked", senders=len(answers))


def _settle(answers: Sequence[tuple[Any, Taken | Exception]]) -> None:
    """Give each future its answer, unless whoever waited has gone."""
    for future, outcome in answers:
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

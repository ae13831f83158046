"""Reading on the event loop: no thread, one trip to the server, and statements that stay prepared.

A request goes out as one pipeline: take the standpoint, run the statement, sync. Up to the sync PostgreSQL
runs it as one transaction, so the standpoint ends with it, as in a session. A statement is prepared once for
each standpoint, after that was taken: its policies are written into it for that role, and ask the settings
whenever it runs. Handing a request to a thread and planning its statement anew took two thirds of the time
of a single feature.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

import psycopg
from anyio.to_thread import run_sync
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus

from spatial.database import Database, query, standpoint_values, took_too_long
from spatial.database.steps import Question, Rows, Server, Steps, server_of
from spatial.rights.reader import Reader

MOST = 4
"""Connections of a process, beside those of its pool."""
PREPARED = 200
"""Statements that a connection keeps; one takes up to 100 KiB of its server process."""
LARGE_BYTES = 256 * 2**10
"""Answers from this size on are worked on in a thread, so that they keep nobody waiting."""
AGAIN_S = 1.0
"""How long to wait until another attempt to connect."""

_CANCELLED, _ALTERED = b"57014", b"0A000"
_PLACEHOLDER = re.compile(r"%%|%\((\w+)\)s")
_INT4, _INT8, _FLOAT8, _TEXTS, _ANY = 23, 20, 701, 1009, 0

T = TypeVar("T")


class NotHere(Exception):
    """This cannot be answered by a pipeline: ask in a thread."""


class _Answer:
    """The rows of a question."""

    def __init__(self, result: Any) -> None:
        self.pgresult = result

    def fetchone(self) -> Any:
        """Nothing is read into Python's values here; NotHere."""
        raise NotHere

    @property
    def is_large(self) -> bool:
        """Tell whether much is left to do; a page of features is one long text."""
        result = self.pgresult
        return bool(result.ntuples) and len(result.get_value(0, 0) or b"") >= LARGE_BYTES


class Pipelines:
    """A few connections of one event loop. Until `start`, and after `stop`, nothing is answered here."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._most = most
        self._idle: list[_Pipeline] = []
        self._all: set[_Pipeline] = set()
        self._waiting: deque[asyncio.Future[_Pipeline | None]] = deque()
        self._opening: asyncio.Task[None] | None = None
        self._opens_from: float | None = None
        self.server: Server | None = None
        """The database; None as long as there is no connection."""

    def start(self) -> None:
        """Begin to connect; call it in the event loop."""
        self._opens_from = 0.0
        self._open()

    async def stop(self) -> None:
        """Give every connection back."""
        self._opens_from = None
        if self._opening is not None:
            await asyncio.wait([self._opening])
        for pipeline in [*self._all]:
            self._drop(pipeline)

    async def read(self, reader: Reader, steps: Steps[T]) -> T:
        """Take steps to their end for `reader`.

        Raises NotHere when they must be run in a thread, and what the steps raise themselves. Unavailable
        when PostgreSQL gave up.
        """
        pipeline = await self._take()
        try:
            done, value = _advance(steps, None)
            while not done:
                answer = await pipeline.ask(reader, value)
                advance = partial(_advance, steps, answer)
                done, value = await run_sync(advance) if answer.is_large else advance()
            found: T = value
            return found
        finally:
            steps.close()
            self._give_back(pipeline)

    async def _take(self) -> _Pipeline:
        if self._idle:
            return self._idle.pop()
        self._open()
        if not self._all:
            raise NotHere
        waits: asyncio.Future[_Pipeline | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waits)
        try:
            pipeline = await waits
        except asyncio.CancelledError:
            if not waits.cancelled() and (given := waits.result()) is not None:
                self._give_back(given)
            raise
        if pipeline is None:
            raise NotHere
        return pipeline

    def _give_back(self, pipeline: _Pipeline) -> None:
        if not pipeline.is_good:
            self._drop(pipeline)
            return
        while self._waiting:
            waits = self._waiting.popleft()
            if not waits.done():
                waits.set_result(pipeline)
                return
        self._idle.append(pipeline)

    def _drop(self, pipeline: _Pipeline) -> None:
        pipeline.close()
        self._all.discard(pipeline)
        if pipeline in self._idle:
            self._idle.remove(pipeline)
        if not self._all:
            self.server = None
            while self._waiting:
                waits = self._waiting.popleft()
                if not waits.done():
                    waits.set_result(None)

    def _open(self) -> None:
        """Open one more connection in the background, if there may be more."""
        if self._opening is not None or self._opens_from is None or len(self._all) >= self._most:
            return
        if time.monotonic() >= self._opens_from:
            self._opening = asyncio.get_running_loop().create_task(self._opened())

    async def _opened(self) -> None:
        try:
            connection = await run_sync(self._connected)
        except psycopg.Error:
            if self._opens_from is not None:
                self._opens_from = time.monotonic() + AGAIN_S
            return
        finally:
            self._opening = None
        if self._opens_from is None:
            connection.close()
            return
        pipeline = _Pipeline(connection, self._drop, self._database.statement_seconds)
        self.server = server_of(connection.pgconn)
        self._all.add(pipeline)
        self._give_back(pipeline)

    def _connected(self) -> psycopg.Connection[Any]:
        # Statements say themselves which of them are planned for their values.
        options = self._database.options
        options["options"] += " -c plan_cache_mode=force_generic_plan"
        connection = psycopg.connect(self._database.url, autocommit=True, **options)
        made = connection.pgconn.prepare(b"standpoint", _STANDPOINT)
        if made.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(made.error_message.decode(errors="replace"))
        return connection


def _advance(steps: Steps[T], answer: Rows | None) -> tuple[bool, Any]:
    """Go on to the next question (False, question) or the end (True, what was found)."""
    try:
        return False, next(steps) if answer is None else steps.send(answer)
    except StopIteration as end:
        return True, end.value


class _Pipeline:
    """A connection in libpq's pipeline mode, with one request under way at most."""

    def __init__(self, connection: psycopg.Connection[Any], lost: Any, statement_seconds: int) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._lost = lost
        self._statement_seconds = statement_seconds
        self._server.nonblocking = 1
        self._server.enter_pipeline_mode()
        self._socket = self._server.socket
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)
        self._prepared: dict[Any, bytes] = {}
        self._answer: asyncio.Future[_Answer] | None = None
        self._results: list[Any] = []
        self._preparing: Any = None
        self._number = 0
        self._writes = False
        self._closed = False
        self.is_good = True

    async def ask(self, reader: Reader, question: Question) -> _Answer:
        """Ask one question for a reader, in a read-only transaction of its own."""
        text, names = numbered(question.text)
        values, types = _written([question.values[name] for name in names])
        key = (reader.standpoint, text, types)
        name = self._prepared.get(key)
        mode = b"force_generic_plan" if question.keeps_plan else b"force_custom_plan"
        server = self._server
        # Good again when the answer is there; whoever stops waiting for it leaves the connection unusable.
        self.is_good = False
        self._answer = self._loop.create_future()
        server.send_query_prepared(b"standpoint", [*_standpoint(reader), mode])
        if name is None:
            self._number += 1
            name = b"q%d" % self._number
            server.send_prepare(name, text, types)
            self._preparing = (key, name)
        server.send_query_prepared(name, values)
        server.pipeline_sync()
        self._flush()
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self.is_good = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NotHere())
        if not self._closed:
            self._closed = True
            # Even where libpq has closed the socket itself: the next connection may get its number.
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._connection.close()

    def _flush(self) -> None:
        if self._server.flush():
            self._writes = True
            self._loop.add_writer(self._socket, self._flush)
        elif self._writes:
            self._writes = False
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._server.consume_input()
            self._collect()
            lost = self._server.status != ConnStatus.OK
        except psycopg.Error:
            lost = True
        if lost:
            self._lost(self)

    def _collect(self) -> None:
        while not self._server.is_busy():
            result = self._server.get_result()
            if result is None and self._answer is None:
                return
            if result is not None and result.status == ExecStatus.PIPELINE_SYNC:
                self._finish()
                return
            if result is not None:
                self._results.append(result)
            elif self._server.status != ConnStatus.OK:
                return

    def _finish(self) -> None:
        results, self._results = self._results, []
        answer, self._answer = self._answer, None
        preparing, self._preparing = self._preparing, None
        if preparing is not None and len(results) > 1 and results[1].status == ExecStatus.COMMAND_OK:
            self._prepared[preparing[0]] = preparing[1]
        last = results[-1]
        failed = next((each for each in results if each.status == ExecStatus.FATAL_ERROR), None)
        # A table that was altered makes statements unusable that were prepared before.
        altered = failed is not None and failed.error_field(DiagnosticField.SQLSTATE) == _ALTERED
        self.is_good = not altered and len(self._prepared) < PREPARED
        if answer is None or answer.done():
            return
        if failed is None and last.status == ExecStatus.TUPLES_OK:
            answer.set_result(_Answer(last))
        elif failed is not None and failed.error_field(DiagnosticField.SQLSTATE) == _CANCELLED:
            answer.set_exception(took_too_long(self._statement_seconds))
        else:
            answer.set_exception(NotHere())


@lru_cache(maxsize=1024)
def numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Write a statement of psycopg's form, %(name)s, in PostgreSQL's own, $1, and its names in order."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

    return _PLACEHOLDER.sub(number, text).encode(), tuple(numbers)


def _written(values: Sequence[Any]) -> tuple[list[bytes | None], tuple[int, ...]]:
    """Write values as text, and the types they have as literals; NotHere for what is seldom asked with."""
    written = [_value(value) for value in values]
    return [text for text, _ in written], tuple(kind for _, kind in written)


def _value(value: Any) -> tuple[bytes | None, int]:
    kind = type(value)
    if kind is str and "\x00" not in value:
        return value.encode(), _ANY
    if kind is int:
        return b"%d" % value, _INT4 if -(2**31) <= value < 2**31 else _INT8
    if kind is float:
        return repr(value).encode(), _FLOAT8
    if kind is list and all(type(each) is str and each.isprintable() for each in value):
        inner = ",".join('"' + each.replace("\\", r"\\").replace('"', r"\"") + '"' for each in value)
        return f"{{{inner}}}".encode(), _TEXTS
    raise NotHere


_SESSION, _NAMES = numbered(query("spatial.database", "session"))
_STANDPOINT = _SESSION.rstrip() + b", set_config('transaction_read_only', 'on', true)"
_STANDPOINT += b", set_config('plan_cache_mode', $%d, true)" % (len(_NAMES) + 1)


def _standpoint(reader: Reader) -> list[bytes]:
    values = standpoint_values(reader)
    return [values[name].encode() for name in _NAMES]

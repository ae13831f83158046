"""What a process works with: the reader's rows, the city's index, and somebody who may call it off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import psycopg
from psycopg import Connection

from api.assignments import Assignments
from layers import catalogue
from layers.catalogue import Layer
from layers.processing.queue import ROOM
from spatial.database import Database, query, session
from spatial.errors import InvalidInput, NotFound, Unavailable
from spatial.rights.reader import Reader

SYNC_POINTS = 200_000
"""Most features that are read while somebody waits for the answer."""
ASYNC_POINTS = 3_000_000
"""Most features of a job: a million takes some 100 MB."""
SYNC_CELLS = 20_000
"""Most cells of a result while somebody waits: outlines are drawn one by one."""
ASYNC_CELLS = 150_000


class Stopped(Exception):
    """Nobody wants the result any more."""


class Answering(Protocol):
    """City.assignments: the answers of a coverage, as of a moment, that a reader may see."""

    def __call__(self, coverage: str, at: datetime | None, reader: Reader, /) -> Assignments:
        """Find them; NotFound when there is no such coverage."""


@dataclass
class Desk:
    """One calculation, for one reader."""

    database: Database
    reader: Reader
    answering: Answering | None
    most_points: int = SYNC_POINTS
    most_cells: int = SYNC_CELLS
    seconds: int | None = None
    """Longest that one statement may take, where it is not as long as for every request."""
    tell: Callable[[float, str], None] = field(default=lambda *_: None)
    """Is told the share that is done, and what is done now."""
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _connection: Connection[Any] | None = None

    @property
    def is_stopped(self) -> bool:
        """Tell whether it was called off."""
        return self._stopped.is_set()

    def tick(self, share: float, what: str = "") -> None:
        """Say how far it is; Stopped when it was called off."""
        if self.is_stopped:
            raise Stopped
        self.tell(share, what)

    def assignments(self, coverage: str = "grids", at: datetime | None = None) -> Assignments:
        """Give the answers of locate that the reader may see."""
        if self.answering is None:
            raise Unavailable("there is no coverage at this door")
        return self.answering(coverage, at, self.reader)

    def check_cells(self, count: float, where: str) -> None:
        """Refuse more cells than a result may have; InvalidInput at the input that chooses them."""
        if count > self.most_cells:
            raise InvalidInput.at(
                where,
                f"there would be more than {self.most_cells:,} cells: choose larger ones, a smaller box, or "
                "ask with 'Prefer: respond-async', which may give more",
            )

    def layer(self, name: str) -> Layer:
        """Find a layer that the reader may see; InvalidInput when there is none of that name."""
        with session(self.database, self.reader) as connection:
            try:
                return catalogue.layer(connection, name)
            except NotFound as error:
                raise InvalidInput.at("layer", str(error)[:200]) from None

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """Lend a connection in the name of the reader whose statement ends when the work is called off."""
        with session(self.database, self.reader) as connection:
            if self.seconds is not None:
                connection.execute(query(ROOM, "take_time"), {"seconds": str(self.seconds)})
            self._hold(connection)
            try:
                self.tick(0.0)
                yield connection
            except psycopg.errors.QueryCanceled:
                if self.is_stopped:
                    raise Stopped from None
                limit = self.seconds or self.database.statement_seconds
                raise Unavailable(f"it took longer than {limit} s in the database: ask for less") from None
            finally:
                # A connection that has gone back to the pool serves somebody else and must not be stopped.
                self._hold(None)

    def stop(self) -> None:
        """Call it off: the statement that runs is ended, and the next tick ends the rest."""
        self._stopped.set()
        with self._lock:
            if self._connection is not None:
                self._connection.cancel_safe(timeout=5)

    def _hold(self, connection: Connection[Any] | None) -> None:
        with self._lock:
            self._connection = connection

"""Reading in steps: what is read says its questions one by one, and who runs it decides how they are asked.

The same steps are run on a connection by a thread that waits (`run`), or by an event loop that does not
(spatial.database.pipelines).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import psycopg
from psycopg.pq.abc import PGconn, PGresult

if TYPE_CHECKING:
    from spatial.database import Reading

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """A statement that reads, and its values by name."""

    text: str
    values: Mapping[str, Any]
    keeps_plan: bool = False
    """Whatever the values, the plan is the same: it may be made once and kept."""


class Rows(Protocol):
    """What a question is answered with: a cursor of psycopg, or the like."""

    @property
    def pgresult(self) -> PGresult | None:
        """The rows as libpq has them, in text."""
        ...

    def fetchone(self) -> Any:
        """Take the next row, its values read into Python's."""
        ...


Steps = Generator[Question, Rows, T]
Server = tuple[str, str, str]


def server_of(pgconn: PGconn) -> Server:
    """Say which database a connection is of; beside it databases of the same tables may be read."""
    return pgconn.host.decode(), pgconn.port.decode(), pgconn.db.decode()


def run(connection: psycopg.Connection[Any] | Reading, steps: Steps[T]) -> T:
    """Take steps to their end; what PostgreSQL refuses is raised inside of them."""
    try:
        question = next(steps)
        while True:
            try:
                rows = connection.execute(question.text, question.values)
            except psycopg.Error as error:
                question = steps.throw(error)
            else:
                question = steps.send(rows)
    except StopIteration as end:
        found: T = end.value
        return found

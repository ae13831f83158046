"""The only way to PostgreSQL: connections, migrations, queries from .sql files, notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from spatial.errors import InvalidInput, Unavailable
from spatial.rights.reader import SYSTEM_STANDPOINT, Reader

WAIT_SECONDS = 3.0
"""How long a request waits for a connection before it is told that the database does not answer."""

SCHEMA = "city"
"""The schema of record; connections have it first in their search path, so no statement names it."""

SEARCH_PATH = f"{SCHEMA},public"
"""Our schema first; PostGIS stands in public."""


_READ_ONLY = "SET LOCAL transaction_read_only = on"


class Database:
    """A pool of connections to the store of record; `session` alone hands one out.

    A statement that takes longer than `statement_seconds` (0: no limit) is cancelled and Unavailable.
    """

    def __init__(self, url: str, pool_size: int = 8, statement_seconds: int = 0) -> None:
        self.url = url
        self.statement_seconds = statement_seconds
        options = self.options
        # A plan fits one box and one reader's area: kept for the next one, it took 883 ms in place of 120.
        options["options"] += " -c plan_cache_mode=force_custom_plan"
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            open=False,
            # Transactions are begun by session(), and never without being asked for.
            kwargs={**options, "autocommit": True},
            timeout=WAIT_SECONDS,
            # An attempt to reconnect is given up soon, and the next request makes a fresh one: the pool's
            # own growing pauses would keep the city down for longer than its database.
            reconnect_timeout=WAIT_SECONDS,
        )

    @property
    def options(self) -> dict[str, Any]:
        """What its connections have in common."""
        options = connection_options()
        if self.statement_seconds:
            options["options"] += f" -c statement_timeout={self.statement_seconds}s"
        return options

    def open(self) -> None:
        """Connect; Unavailable when PostgreSQL does not answer in time."""
        self._pool.open()
        try:
            self._pool.wait(timeout=10)
        except PoolTimeout as error:
            raise Unavailable("the database does not answer") from error

    def close(self) -> None:
        """Give every connection back."""
        self._pool.close()

    @contextmanager
    def _lend(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.QueryCanceled as error:
            raise took_too_long(self.statement_seconds) from error
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise Unavailable("the database does not answer") from error
        except psycopg.DataError as error:
            # A NUL, a number too large: what was sent cannot be a value of its column.
            raise InvalidInput.at("request", "holds a value that cannot be stored or compared") from error


def took_too_long(seconds: int) -> Unavailable:
    """Say that PostgreSQL gave up a statement after so many seconds."""
    return Unavailable(f"the request took longer than {seconds} s in the database: ask for less")


@contextmanager
def session(database: Database, reader: Reader) -> Iterator[psycopg.Connection[Any]]:
    """Lend a connection in one transaction for `reader`; commit at the end, roll back on an error."""
    with database._lend() as connection, connection.transaction():
        connection.execute(query("spatial.database", "session"), standpoint_values(reader))
        yield connection


@contextmanager
def as_platform(connection: psycopg.Connection[Any], reader: Reader) -> Iterator[None]:
    """Let the platform do, on a reader's connection and under the reader's name, what was checked before.

    connection: of a `session` of `reader`, whose standpoint it has again afterwards, also after an error.
    """
    with connection.transaction():
        values = {**standpoint_values(reader), "standpoint": SYSTEM_STANDPOINT}
        connection.execute(query("spatial.database", "session"), values)
        yield
        connection.execute(query("spatial.database", "session"), standpoint_values(reader))


def in_name_of(connection: psycopg.Connection[Any], reader: Reader) -> None:
    """Say for whom the owner works in this transaction: what it changes is on record under that name."""
    connection.execute(query("spatial.database", "in_name_of"), standpoint_values(reader))


@contextmanager
def reading(database: Database, reader: Reader) -> Iterator[Reading]:
    """Lend a connection that only reads for `reader`, statement by statement, each in one trip to the server.

    For one or two statements this takes half the time of a session; they see what is committed when each
    begins, as in a session.
    """
    with database._lend() as connection:
        yield Reading(connection, reader)


class Reading:
    """A connection of a reader: the standpoint travels with each statement, a transaction by itself."""

    def __init__(self, connection: psycopg.Connection[Any], reader: Reader) -> None:
        self._connection = connection
        self._standpoint = psycopg.ClientCursor(connection).mogrify(
            query("spatial.database", "session"), standpoint_values(reader)
        )

    @property
    def pgconn(self) -> psycopg.pq.abc.PGconn:
        """The connection of libpq beneath."""
        return self._connection.pgconn

    def execute(
        self, statement: str | sql.SQL | sql.Composed, values: Mapping[str, Any]
    ) -> psycopg.Cursor[Any]:
        """Read; PostgreSQL runs what one message holds as one transaction.

        The values are written into the text by libpq's own quoting.
        """
        cursor = psycopg.ClientCursor(self._connection)
        text = cursor.mogrify(statement, values)
        cursor.execute(f"{_READ_ONLY};{self._standpoint};{text}".encode())
        cursor.nextset()
        cursor.nextset()
        return cursor


def standpoint_values(reader: Reader) -> dict[str, str]:
    """Write a reader as the settings of session.sql; a number that there is none of is an empty text."""
    area_from, area_until = reader.area_range
    return {
        "standpoint": reader.standpoint,
        "account": _number(reader.account_id),
        "username": reader.username,
        "role": reader.role,
        "reach": reader.reach,
        "area_from": area_from,
        "area_until": area_until,
        "above": "{" + ",".join(reader.above) + "}",
        "organisation": _number(reader.organisation_id),
        "worker": _number(reader.worker_id),
        "address": reader.address,
        "request": reader.request,
        "as_of": "" if reader.as_of is None else reader.as_of.isoformat(),
    }


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def connect(url: str, **options: Any) -> psycopg.Connection[Any]:
    """Open a single connection outside the pool, for the command line, listeners and tests."""
    try:
        return psycopg.connect(url, **{**connection_options(), **options})
    except psycopg.OperationalError as error:
        raise Unavailable("the database does not answer") from error


def connection_options() -> dict[str, Any]:
    """What every connection of ours has in common."""
    return {
        "options": f"-c search_path={SEARCH_PATH} -c jit=off -c timezone=UTC",
        "application_name": "citygrid",
    }


def quoted(name: str) -> sql.Identifier:
    """Quote a name of a table or column for a statement that is executed with values.

    psycopg reads `%` as a placeholder even inside a quoted name, so it is doubled here; always pass values,
    if only `{}`, or it stays doubled.
    """
    return sql.Identifier(name.replace("%", "%%"))


@cache
def query(package: str, name: str) -> LiteralString:
    """Read the text of `name`.sql beside the code of `package`; written by us, so literal."""
    return (files(package) / f"{name}.sql").read_text(encoding="utf-8")

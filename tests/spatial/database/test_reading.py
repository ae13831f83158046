"""Reading in single trips: rights hold, nothing stays behind, and values are only values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from spatial.database import Database, reading, session
from spatial.errors import InvalidInput, Unavailable
from spatial.rights.reader import Reader

ANALYST = Reader(None, "a", "a", "analyst", address="10.0.0.1", request="r-1")
STREET = Reader(None, "s", "s", "street_administrator", reach="area", area="110108001")
WHO = "SELECT current_user::text, my_role(), current_setting('citygrid.request', true)"


def ask(database: Database, reader: Reader, statement: str, values: dict[str, object]) -> list[tuple]:
    with reading(database, reader) as connection:
        return connection.execute(statement, values).fetchall()


def fill(owner: psycopg.Connection) -> None:
    for code in ("110108001001001", "110108002001001"):
        owner.execute(
            "INSERT INTO place (kind, name, risk_level, geom, source, unit_code)"
            " VALUES ('school', %s, 1, ST_Point(116, 40, 4326), 't', %s)",
            [code, code],
        )


@pytest.fixture(scope="module")
def url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(fill) as made:
        yield made


@pytest.fixture
def database(url: str, as_app: Callable[[str], str]) -> Iterator[Database]:
    """A pool of one connection; whoever reads cannot change what the next test finds."""
    pool = Database(as_app(url), pool_size=1)
    pool.open()
    yield pool
    pool.close()


def test_the_reader_is_the_same_as_in_a_session(database: Database) -> None:
    found = ask(database, ANALYST, WHO, {})
    assert found == [("citygrid_city", "analyst", "r-1")]
    with session(database, ANALYST) as connection:
        assert connection.execute(WHO).fetchall() == found


def test_rows_are_those_of_the_reader(database: Database) -> None:
    count = "SELECT count(*) FROM places"
    assert ask(database, ANALYST, count, {}) == [(2,)]
    assert ask(database, STREET, count, {}) == [(1,)]


def test_nothing_stays_behind_on_the_connection(database: Database) -> None:
    ask(database, ANALYST, WHO, {})
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(database, ANALYST, "SELECT * FROM nowhere", {})
    with database._lend() as connection:
        (role, kept) = connection.execute(
            "SELECT current_user::text, current_setting('citygrid.role', true)"
        ).fetchone()
        assert (role, kept or "") == ("citygrid_app", "")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        with pytest.raises(psycopg.ProgrammingError):
            connection.execute("SELECT * FROM place")


@pytest.mark.parametrize(
    "value",
    [
        "'; DROP TABLE place; --", "\\'; SELECT 1; --", "%(name)s %s %", "清华\n\t", 1, -1.5, 1e300,
        True, None, datetime(2026, 1, 1, tzinfo=UTC), ["a'b", 'c"d', "e,f{}", None], b"\x00\xff'",
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_is_only_a_value(database: Database, value: object) -> None:
    casts = {
        datetime: "timestamptz",
        list: "text[]",
        bytes: "bytea",
        bool: "bool",
        int: "int",
        float: "float8",
    }
    cast = casts.get(type(value), "text")
    assert ask(database, ANALYST, f"SELECT %(value)s::{cast}", {"value": value}) == [(value,)]
    assert ask(database, ANALYST, "SELECT count(*) FROM places", {}) == [(2,)]


def test_an_infinite_number_arrives_as_one(database: Database) -> None:
    ((found,),) = ask(database, ANALYST, "SELECT %(value)s::float8", {"value": math.inf})
    assert found == math.inf


def test_it_reads_only(database: Database) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ask(database, ANALYST, "UPDATE place SET name = 'x'", {})


def test_what_cannot_be_a_value_is_the_callers_mistake(database: Database) -> None:
    with pytest.raises(InvalidInput):
        ask(database, ANALYST, "SELECT %(value)s::int", {"value": "x"})
    with pytest.raises(InvalidInput):
        ask(database, ANALYST, "SELECT %(value)s::text", {"value": "a\x00b"})


def test_what_takes_too_long_is_unavailable(url: str, as_app: Callable[[str], str]) -> None:
    pool = Database(as_app(url), pool_size=1, statement_seconds=1)
    pool.open()
    try:
        with pytest.raises(Unavailable, match="ask for less"):
            ask(pool, ANALYST, "SELECT pg_sleep(30)", {})
        assert ask(pool, ANALYST, "SELECT 1", {}) == [(1,)]
    finally:
        pool.close()

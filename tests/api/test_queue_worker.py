"""The queues of a job process share their connections: a server has not that many."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.queue_worker import SharedPools
from spatial.database import connect, session
from spatial.errors import Unavailable
from spatial.rights.reader import SYSTEM
from tests.patience import until


@pytest.fixture
def app_url(fresh_url: str, as_app: Callable[[str], str]) -> str:
    """The database as the application reaches it."""
    return as_app(fresh_url)


def connections(url: str) -> int:
    """Count what is connected to a database beside this question."""
    with connect(url) as connection:
        asked = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
        return int(connection.execute(asked).fetchall()[0][0])


def test_twenty_queues_have_one_pool_and_the_last_closes_it(app_url: str) -> None:
    pools, before = SharedPools(), connections(app_url)
    lent = [pools.lend(app_url) for _ in range(20)]
    databases = [each.__enter__() for each in lent]
    assert len(set(map(id, databases))) == 1
    with session(databases[0], SYSTEM), session(databases[7], SYSTEM):
        assert connections(app_url) - before <= 3
    for each in lent[:-1]:
        each.__exit__(None, None, None)
    with session(databases[-1], SYSTEM) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    lent[-1].__exit__(None, None, None)
    until(lambda: connections(app_url) == before)


def test_after_the_last_a_new_pool_is_made(app_url: str) -> None:
    pools = SharedPools()
    for _ in range(2):
        with pools.lend(app_url) as database, session(database, SYSTEM) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_server_that_does_not_answer_leaves_nothing_behind() -> None:
    pools = SharedPools()
    with pytest.raises(Unavailable), pools.lend("postgresql://nobody@/nothing?host=/nowhere"):
        pass
    assert pools._open == {}

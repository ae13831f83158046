"""A log that nobody else writes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection

from spatial.database import connect


@pytest.fixture(scope="module")
def quiet_url(make_city: Callable[..., Any]) -> Iterator[str]:
    """An empty database whose log nobody else writes to; nothing is committed here."""
    with make_city(lambda _: None) as url:
        yield url


@pytest.fixture
def postgis(request: pytest.FixtureRequest) -> Iterator[Connection[Any]]:
    """A connection that is rolled back; to the test's own database where it has one."""
    own = "fresh_url" in request.fixturenames
    with connect(request.getfixturevalue("fresh_url" if own else "quiet_url")) as connection:
        yield connection
        connection.rollback()

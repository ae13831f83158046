"""Towns whose events are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection

from spatial.database import connect
from tests.spatial.rights.town import build


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture
def fresh_town(town_url: str) -> Iterator[Connection[Any]]:
    with connect(town_url) as owner:
        yield owner
        owner.rollback()

"""The plant that tests of alarms in a database stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from spatial.database import connect
from tests.api.working import opened
from tests.lifeline.alarms.kept.plant import Plant


@pytest.fixture
def plant(fresh_url: str, as_app: Callable[[str], str]) -> Iterator[Plant]:
    """An empty one."""
    with connect(fresh_url, autocommit=True) as owner, opened(as_app(fresh_url)) as database:
        yield Plant(owner, database)

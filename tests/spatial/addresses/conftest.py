"""The gazetteer of the demo city, compiled once from its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from spatial.addresses.geocode import Gazetteer
from spatial.addresses.library import Gazetteers
from spatial.database import Database
from spatial.rights.reader import SYSTEM


@pytest.fixture(scope="session")
def gazetteer(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    return Gazetteers(database, tmp_path_factory.mktemp("library")).current(SYSTEM)


@pytest.fixture
def library(fresh_url: str, as_app: Any, tmp_path: Any) -> Iterator[Gazetteers]:
    """The library of an empty database of a test's own."""
    pool = Database(as_app(fresh_url), pool_size=3)
    pool.open()
    yield Gazetteers(pool, tmp_path)
    pool.close()

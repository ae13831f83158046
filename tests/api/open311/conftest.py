"""A town with an Open311 door, its administrator, somebody without a key, and another town that is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from spatial.database import Database, connect
from tests.api.exchange import Exchange, exchange
from tests.api.open311.town import Town, open_town

__all__ = ["exchange"]


@pytest.fixture
def chief(exchange: Exchange) -> TestClient:
    """An administrator, who finds no adapters and offices that would be asked."""
    with connect(exchange.hall.url) as owner:
        owner.execute("DELETE FROM adapter")
        owner.execute("DELETE FROM office WHERE url NOT LIKE '%invalid%'")
    return exchange.person("chief")


@pytest.fixture
def stranger(exchange: Exchange) -> TestClient:
    """Somebody without a key."""
    return exchange.stranger()


@pytest.fixture
def database(exchange: Exchange) -> Iterator[Database]:
    assert exchange.settings.app_database_url is not None
    opened = Database(exchange.settings.app_database_url.value, pool_size=3)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def town() -> Iterator[Town]:
    with open_town(key="secret-of-theirs") as opened:
        yield opened

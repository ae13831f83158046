"""A town that takes in what others' systems send, its administrator, and somebody without a key."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from spatial.database import connect
from tests.api.exchange import Exchange, exchange

__all__ = ["exchange"]


@pytest.fixture
def chief(exchange: Exchange) -> TestClient:
    """An administrator, who finds no adapters of others."""
    with connect(exchange.hall.url) as owner:
        owner.execute("DELETE FROM adapter")
    return exchange.person("chief")


@pytest.fixture
def stranger(exchange: Exchange) -> TestClient:
    """Somebody without a key."""
    return exchange.stranger()

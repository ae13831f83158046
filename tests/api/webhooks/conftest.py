"""A town whose courier delivers, its administrator, and a partner who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.webhook_jobs import Courier
from tests.api.exchange import Exchange, forget, open_exchange
from tests.api.partner import Partner, partner

Json = dict[str, Any]


@pytest.fixture(scope="module")
def exchange(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Exchange]:
    with (
        open_exchange(make_city, as_app, tmp_path_factory.mktemp("exchange"), master_key) as opened,
        Courier(opened.settings),
    ):
        yield opened


@pytest.fixture
def chief(exchange: Exchange) -> Iterator[TestClient]:
    yield exchange.person("chief")
    forget(exchange)


@pytest.fixture
def office() -> Iterator[Partner]:
    with partner() as opened:
        yield opened

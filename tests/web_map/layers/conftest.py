"""A server whose catalogue is as large as a city's, with base maps of another platform to choose from."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.prepare import make_demo_administrator
from layers.builtin_themes import sync_themes
from spatial.database import connect
from tests.servers import LiveServer, serving
from tests.tile_platform import settings_file, tile_platform
from tests.web_map.accounts import Account, Accounts

PLACE = (116.317, 39.984)
"""Where the platform draws a mark that lies right on the true place."""


@pytest.fixture(scope="module")
def live_server(
    own_city_url: str,
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[LiveServer]:
    """A server over a demo city of this module's own, with all its themes in the catalogue."""
    home = tmp_path_factory.mktemp("home")
    login = make_demo_administrator(own_city_url, home)
    with connect(own_city_url) as connection:
        sync_themes(connection)
        connection.commit()
    with tile_platform((PLACE,)) as platform, socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        (home / "maps.toml").write_text(settings_file(platform), encoding="utf-8")
        more = {
            "CITYGRID_BASE_MAPS_FILE": str(home / "maps.toml"),
            "CITYGRID_EXTERNAL_NETWORKS": "127.0.0.0/8",
        }
        with serving(listener, as_app(own_city_url), home, master_key, **more) as url:
            yield LiveServer(url, **login)


@pytest.fixture(scope="module")
def accounts(live_server: LiveServer) -> Iterator[Accounts]:
    """Makes accounts in this city."""
    with httpx.Client(base_url=live_server.url, timeout=60) as client:
        yield Accounts(client, Account(live_server.username, live_server.password), live_server.token)


@pytest.fixture(scope="module")
def cookies(accounts: Accounts) -> Callable[[Account], list[Any]]:
    """Log an account in once."""
    return cache(accounts.cookies)


@pytest.fixture(scope="module")
def api(live_server: LiveServer) -> Iterator[httpx.Client]:
    """The JSON API with the administrator's token."""
    with httpx.Client(base_url=live_server.url, headers=live_server.headers, timeout=60) as client:
        yield client

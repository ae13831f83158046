"""A demo city of a module's own with a server, a job process and a platform of base maps: for the editor."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.prepare import make_demo_administrator
from tests.servers import LiveServer, serving
from tests.tile_platform import Platform, settings_file, tile_platform
from tests.web_map.accounts import Account, Accounts
from tests.web_map.conftest import Visitor
from tests.web_map.editing import MIDDLE, Editor


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform of map tiles in GCJ-02 with a cross in the middle of where the tests look."""
    with tile_platform([MIDDLE], reach=40) as running:
        yield running


@pytest.fixture(scope="module")
def live_server(
    own_city_url: str,
    as_app: Callable[[str], str],
    platform: Platform,
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[LiveServer]:
    """A server and a job process over a demo city of this module's own: plans are published in it."""
    home = tmp_path_factory.mktemp("home")
    login = make_demo_administrator(own_city_url, home)
    app_url = as_app(own_city_url)
    (home / "maps.toml").write_text(settings_file(platform), encoding="utf-8")
    more = {
        "CITYGRID_BASE_MAPS_FILE": str(home / "maps.toml"),
        "CITYGRID_EXTERNAL_NETWORKS": "127.0.0.0/8",
    }
    environment = {
        **os.environ, "CITYGRID_HOME": str(home), "CITYGRID_DATABASE_URL": own_city_url,
        "CITYGRID_APP_DATABASE_URL": app_url, "CITYGRID_MASTER_KEY_FILE": str(master_key),
    }  # fmt: skip
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
        serving(listener, app_url, home, master_key, **more) as url,
        (home / "jobs.log").open("wb") as log,
    ):
        jobs = subprocess.Popen(
            [sys.executable, "-m", "api", "jobs"], env=environment, stdout=log, stderr=log
        )
        yield LiveServer(url, **login)
        jobs.terminate()
        jobs.wait(60)


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


@pytest.fixture(scope="module")
def drafter(accounts: Accounts) -> Account:
    """Who draws; somebody else approves."""
    return accounts.settled("李建国", role="district_administrator")


@pytest.fixture
def editor(visit: Visitor, drafter: Account) -> Editor:
    """The drafter's editor, not opened yet."""
    return Editor(visit(drafter))

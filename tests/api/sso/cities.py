"""A city of one worker whose people log in at a provider, and the real provider as a process beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.people.accounts import create_account
from spatial.rights.envelope import make_master, master_file
from spatial.settings import Settings
from tests.databases import _clone, _fill_empty, _template
from tests.servers import _wait_ready

PEOPLE = {name: f"{name}'s own word" for name in ("wang", "li", "zhao", "stranger")}
"""Who can log in at the real provider."""


@dataclass
class City:
    """A running city."""

    url: str
    database: str
    log: Path
    issuer: str

    def said(self) -> str:
        """Read its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def query(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def link(self, username: str, subject: str) -> None:
        """Link an account to a subject of the provider that somebody has come from before."""
        self.query(
            "INSERT INTO external_identity (issuer, subject, account_id)"
            " SELECT %s, %s, id FROM account WHERE username = %s",
            self.issuer,
            subject,
            username,
        )


@contextmanager
def running_city(
    cluster: Cluster, as_app: Callable[[str], str], home: Path, **settings: str
) -> Iterator[City]:
    """Start a city with a database of its own, in which there are people but no places."""
    make_master(master_file(Settings(home=home)))
    with (
        _clone(cluster, _template(cluster, "empty", _fill_empty)) as url,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        _fill_people(url)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environment = _environment(as_app(url), home, settings)
        command = ["api", "serve", "--fd", str(listener.fileno())]
        with _process(command, listener, home / "server.log", environment) as process:
            _wait_ready(address, process, home / "server.log")
            yield City(address, url, home / "server.log", settings["issuer"])


@contextmanager
def real_provider(listener: socket.socket, folder: Path, city: City, secret: str) -> Iterator[None]:
    """Start django-oauth-toolkit on a listening socket; PEOPLE can log in there."""
    config = {
        "issuer": issuer_on(listener),
        "folder": str(folder),
        "client_id": "citygrid",
        "client_secret": secret,
        "redirect_uri": f"{city.url}/api/auth/oidc/callback",
        "id_token_seconds": 300,
        "people": PEOPLE,
    }
    file = folder / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = ["tests.api.sso.provider_site", str(listener.fileno()), str(file)]
    with _process(command, listener, folder / "log", dict(os.environ)):
        # It answers as soon as it can; a city waits for seconds only.
        httpx.get(f"{config['issuer']}/.well-known/openid-configuration", timeout=60).raise_for_status()
        yield


def issuer_on(listener: socket.socket) -> str:
    """Name the real provider that will listen there."""
    return f"http://localhost:{listener.getsockname()[1]}/o"


def _environment(url: str, home: Path, settings: dict[str, str]) -> dict[str, str]:
    cache = Path(__file__).parents[3] / ".citygrid-cache" / "numba"
    given = {f"CITYGRID_OIDC_{name.upper()}": value for name, value in settings.items()}
    own = {"CITYGRID_APP_DATABASE_URL": url, "CITYGRID_HOME": str(home), "NUMBA_CACHE_DIR": str(cache)}
    return {**os.environ, **own, **given}


@contextmanager
def _process(
    command: list[str], listener: socket.socket, log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of ours in a process of its own, which inherits a listening socket."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _fill_people(url: str) -> None:
    with connect(url) as connection:
        create_account(connection, "wang", "王芳", "viewer", "a password for wang", "area", "410622001")
        create_account(connection, "li", "李强", "commander", "a password for li")
        create_account(connection, "zhao", "赵敏", "viewer", "a password for zhao")
        connection.execute("UPDATE account SET disabled = true WHERE username = 'zhao'")
        connection.execute("UPDATE account SET must_change_password = true WHERE username = 'li'")

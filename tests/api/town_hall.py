"""Two API workers over a small town, and people who come from addresses of their own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from spatial.database import connect, query
from spatial.people.keys import issue_key
from spatial.people.passwords import hash_password
from tests.servers import _serve, _wait_ready
from tests.spatial.rights.town import DISTRICT, STREETS

PASSWORD = "Xueyuan-Lu 17"
CITY_ADMINISTRATOR = {"role": "district_administrator", "reach": "city"}
STREET_ADMINISTRATOR = {"role": "street_administrator", "reach": "area", "area": STREETS[0]}
_PLACES = count(1)


def place() -> str:
    """Give an address of this machine in a network of its own: no test locks another one out."""
    number = next(_PLACES)
    return f"127.{10 + number // 250}.{number % 250}.1"


@dataclass
class Hall:
    """The town's two workers and its database, as its owner reaches it."""

    url: str
    workers: tuple[str, str]
    master: Path
    """The file of the workers' master key, the hall's own."""
    clients: list[httpx.Client] = field(default_factory=list)
    homes: tuple[Path, ...] = ()
    """State folders of the workers."""

    def account(self, username: str, **standing: Any) -> int:
        """Make an account with PASSWORD, or set everything about it; a viewer of the district by default."""
        given = {"role": "viewer", "reach": "area", **standing}
        if given["reach"] == "area":
            given.setdefault("area", DISTRICT)
        values = {"area": None, "organisation_id": None, "worker_id": None, **given, "username": username}
        values |= {"display_name": f"{username} 姓名", "must_change_password": False}
        values["password_hash"] = _password_hash()
        with connect(self.url) as connection:
            row = connection.execute(query("spatial.people", "create_account"), values).fetchall()[0]
        return int(row[0])

    def key(self, account: int, kind: str = "session", scope: str = "all") -> str:
        """Make a key for an account."""
        with connect(self.url) as connection:
            return issue_key(connection, account, "test", timedelta(hours=1), kind, scope).token

    def client(self, worker: int = 0, address: str | None = None, token: str | None = None) -> httpx.Client:
        """Make a client of one worker; with a key, or as a stranger."""
        made = httpx.Client(
            base_url=self.workers[worker],
            transport=httpx.HTTPTransport(local_address=address or place()),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=60,
        )
        self.clients.append(made)
        return made

    def person(self, username: str, **standing: Any) -> httpx.Client:
        """Make an account and a client that is logged in as it."""
        return self.client(token=self.key(self.account(username, **standing)))

    def organisation(self, code: str = "water") -> int:
        """Find an organisation of the town."""
        return int(self.ask("SELECT id FROM organisation WHERE code = %s", code)[0][0])

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


@contextmanager
def _worker(app_url: str, home: Path, master_key: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        process = _serve(listener, app_url, home, master_key)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            _wait_ready(url, process, home / "server.log")
            yield url
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def open_hall(url: str, app_url: str, home: Callable[[str], Path], master_key: Path) -> Iterator[Hall]:
    """Serve the town from two processes."""
    with ExitStack() as stack:
        homes = tuple(home(f"worker{n}") for n in (1, 2))
        workers = tuple(stack.enter_context(_worker(app_url, each, master_key)) for each in homes)
        hall = Hall(url, workers, master_key, homes=homes)
        yield hall
        for client in hall.clients:
            client.close()

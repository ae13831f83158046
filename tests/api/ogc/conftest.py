"""The OGC door alone, over a real database, with a reader put where the middleware puts one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from psycopg import Connection

from api.asgi import App, Receive, Scope, Send
from api.ogc.app import ogc_app
from spatial.database import Database, connect
from spatial.rights.reader import Reader

if TYPE_CHECKING:
    from tests.api.ogc.workshop import Workshop

HERE = Path(__file__).parent


def as_reader(app: App) -> App:
    """Stand in for the middleware: the reader is whoever the X-Test-Reader header names."""

    async def with_reader(scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-test-reader", b"tester").decode()
        scope["reader"] = Reader(1, name, name, "administrator") if name else None
        await app(scope, receive, send)

    return with_reader


def run_sql(url: str, text: str) -> None:
    """Run statements as the owner of the tables."""
    with connect(url) as connection:
        connection.execute(text.encode())


@pytest.fixture(scope="module")
def gallery(postgis_url: str, as_app: Callable[[str], str]) -> Iterator[Database]:
    """Add the layers of gallery.sql to the empty database, and take them away again."""
    pool = Database(as_app(postgis_url), pool_size=6)
    pool.open()
    away = (HERE / "gallery_away.sql").read_text()
    run_sql(postgis_url, away)
    run_sql(postgis_url, (HERE / "gallery.sql").read_text())
    yield pool
    run_sql(postgis_url, away)
    pool.close()


@contextmanager
def serving(app: App) -> Iterator[httpx.Client]:
    """Serve `app` on a free port of this machine and give a client of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
            yield client
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def ogc(gallery: Database) -> Iterator[httpx.Client]:
    """A client of the door alone."""
    with serving(as_reader(ogc_app(gallery))) as client:
        yield client


@pytest.fixture(scope="session")
def workshop(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Workshop]:
    """The door over a town with editable layers, in the name of whoever a test chooses."""
    from tests.api.ogc.workshop import open_workshop

    with open_workshop(make_city, as_app) as opened:
        yield opened


@pytest.fixture(scope="module")
def meadow(
    postgis_url: str, as_app: Callable[[str], str]
) -> Iterator[tuple[httpx.Client, Connection[Any], Database]]:
    """A layer that changes while it is read: client, the owner's connection, the workers' pool."""
    from tests.api.ogc.meadow import open_meadow

    with open_meadow(postgis_url, as_app) as opened:
        yield opened

"""A real uvicorn with our connections and limits around a small application, and raw talk with it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from api.asgi import ClientGone, Receive, Scope, Send, read_body, respond
from api.connections import Connection
from api.errors import respond_problem
from api.limits import Limits
from spatial.settings import Settings


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with who asks and what came: method, path, client, scheme, headers, body."""
    try:
        body = await read_body(scope, receive, 2**40)
    except ClientGone:
        return
    except Exception as error:
        await respond_problem(send, error)
        return
    if scope["path"] == "/large":
        await respond(send, bytes(64 * 2**20), b"application/octet-stream")
        return
    lines = [scope["method"], scope["path"], scope["client"][0], scope["scheme"]]
    lines += [f"{name.decode()}: {value.decode('latin-1')}" for name, value in scope["headers"]]
    await respond(send, "\n".join([*lines, "", body.decode("latin-1")]).encode(), b"text/plain")


@contextmanager
def small_server(
    settings: Settings | None = None,
    app: Any = echo,
    takes_files: Callable[[str], bool] = lambda path: path.startswith("/files"),
    **config: Any,
) -> Iterator[int]:
    """Serve on a free port and give it; paths under /files take files, unless told otherwise."""
    settings = settings or Settings()
    guarded = Limits(app, settings, takes_files)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                guarded,
                http=partial(Connection, trusted=settings.trusted_proxies),
                loop="uvloop",
                ws="none",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
                **config,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@contextmanager
def talk(port: int, timeout_s: float = 10) -> Iterator[socket.socket]:
    """Open a connection to say whatever we like."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        yield connection


def ask(port: int, *lines: bytes, body: bytes = b"", host: bool = True) -> bytes:
    """Send a request of these lines and read until the server has closed, or is silent for a second."""
    named = (b"Host: x",) if host else ()
    with talk(port, 1) as connection:
        connection.sendall(b"\r\n".join((*lines, *named, b"", body)))
        return hear(connection)


def hear(connection: socket.socket) -> bytes:
    """Read what comes until the end or the time-out of the connection."""
    heard = b""
    try:
        while piece := connection.recv(65536):
            heard += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return heard


def status(answer: bytes) -> int:
    """Read the status of an answer."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def seconds_until_closed(connection: socket.socket, drip: Callable[[], bytes] | None = None) -> float:
    """Wait until the server closes, sending what `drip` gives ten times a second."""
    began = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - began < 20:
        try:
            if connection.recv(65536) == b"":
                break
        except TimeoutError:
            pass
        except ConnectionError:
            break
        if drip is not None:
            try:
                connection.sendall(drip())
            except OSError:
                break
    return time.monotonic() - began

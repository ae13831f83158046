"""The outermost middleware: how large, how slow and how many requests may be, whichever door they are for.

What a request says of its size is believed only where it refuses it; what arrives is counted. Slow heads and
connections are the matter of connections.py.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any

from api.asgi import (
    App,
    BodyTooLarge,
    ClientGone,
    HeadTooLarge,
    Misdirected,
    NotRead,
    Receive,
    Scope,
    Send,
    UrlTooLong,
    header,
    read_body,
)
from api.errors import respond_problem, status_of
from api.headers import AnswerHeaders
from api.json_size import check_json
from api.live_handshake import as_request, refusing
from api.measure import count_request
from api.proxies import forwarded, look_through
from spatial.errors import InvalidInput, TooMany
from spatial.settings import Settings

MAX_URL_BYTES = 16 * 1024
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
GRACE_SECONDS = 10.0
"""How long a body may stand still at first; a phone in a lift."""
LEAST_BYTES_PER_SECOND = 4096
BODY_SECONDS, FILE_SECONDS = 60.0, 600.0
"""Longest that a body, and a file, may take to arrive; only the time that we wait for it is counted."""
HOST = re.compile(r"(?P<name>[A-Za-z0-9._\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_OUR_OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class BadFraming(InvalidInput):
    """Where the request ends is not certain; nothing that follows on its connection is believed."""


_ENDING = (BadFraming, TimeoutError)
_CLOSE = [(b"connection", b"close")]


class Limits:
    """ASGI middleware; `takes_files` tells by its path whether a door takes files, which it reads itself."""

    def __init__(self, app: App, settings: Settings, takes_files: Callable[[str], bool]) -> None:
        self.app = app
        self._settings = settings
        self._takes_files = takes_files
        self._headers = AnswerHeaders(settings)
        self._hosts = frozenset((*settings.hosts, *_OUR_OWN_HOSTS)) if settings.hosts else frozenset()
        self._busy: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._line(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        look_through(scope, self._settings)
        address, send = (scope.get("client") or ("",))[0], self._headers.adding(scope, send)
        self._busy[address] = self._busy.get(address, 0) + 1
        try:
            admitted = await self._admit(scope, address, receive, send)
            if admitted is not None:
                await self.app(scope, *admitted)
        except Exception:
            # Starlette raises again what was logged and answered with a 500; uvicorn would log it once more,
            # and drop the connection under a client that was told to keep it.
            if not scope.get("answered"):
                raise
        finally:
            self._busy[address] -= 1
            if not self._busy[address]:
                del self._busy[address]

    async def _line(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the opening of a line as at a request; how many there are is the door's matter."""
        as_request(scope)
        look_through(scope, self._settings)
        send = self._headers.adding(scope, refusing(send))
        try:
            check_head(scope, self._hosts)
        except Exception as error:
            await respond_problem(send, error)
            return
        await self.app(scope, receive, send)

    async def _admit(
        self, scope: Scope, address: str, receive: Receive, send: Send
    ) -> tuple[Receive, Send] | None:
        """Check a request and wait for its body; None when it was answered here."""
        began = time.perf_counter()
        try:
            has_body = check_head(scope, self._hosts)
            self._check_busy(address)
            if await self._headers.preflight(scope, send):
                return None
            return await self._body(scope, receive, send) if has_body else (receive, send)
        except ClientGone:
            return None
        except Exception as error:
            await respond_problem(send, error, _CLOSE if isinstance(error, _ENDING) else [])
            count_request(scope["path"], status_of(error), time.perf_counter() - began)
            return None

    async def _body(self, scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Give what the door receives and sends by: a file as it comes, any other body read to its end."""
        _check_encoding(scope)
        if self._takes_files(scope["path"]):
            upload = Upload(receive, send, self._settings.max_upload_mb * 2**20)
            upload.check_announced(scope)
            return upload.receive, upload.send
        return _replay(await self._whole(scope, receive), receive), send

    async def _whole(self, scope: Scope, receive: Receive) -> bytes:
        """Read a body before the door is bothered with it."""
        patience = Patience(receive, BODY_SECONDS)
        body = await read_body(scope, patience.receive, self._settings.max_body_kb * 1024)
        if b"json" in (header(scope, b"content-type") or b""):
            check_json(body)
        return body

    def _check_busy(self, address: str) -> None:
        most = self._settings.requests_at_once
        if most and self._busy[address] > most:
            raise TooMany(f"{most} requests of this address are under way; wait for their answers", 1)


class Patience:
    """Waits for a body as long as it keeps coming; the door's own pauses between two waits do not count."""

    def __init__(self, receive: Receive, longest_s: float) -> None:
        self._receive = receive
        self._longest_s = longest_s
        self._waited_s = 0.0
        self._bytes = 0
        self._whole = False

    async def receive(self) -> MutableMapping[str, Any]:
        """Receive the next message; TimeoutError when the body comes too slowly, or takes too long in all."""
        if self._whole:
            return await self._receive()
        due_s = min(GRACE_SECONDS + self._bytes / LEAST_BYTES_PER_SECOND, self._longest_s)
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, due_s - self._waited_s)):
                message = await self._receive()
        except TimeoutError:
            raise TimeoutError("the request arrives too slowly") from None
        self._waited_s += time.monotonic() - began
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message


class Upload:
    """A file on its way to the door that reads it: counted and timed.

    A framework may turn what `receive` raises into words of its own; then the true reason is sent instead.
    """

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._patience = Patience(receive, FILE_SECONDS)
        self._send = send
        self._limit = limit
        self._bytes = 0
        self._error: Exception | None = None
        self._replaced = False

    def check_announced(self, scope: Scope) -> None:
        """Refuse what says itself that it is too large; BodyTooLarge."""
        if int(header(scope, b"content-length") or b"0") > self._limit:
            raise BodyTooLarge(self._limit)

    async def receive(self) -> MutableMapping[str, Any]:
        """Receive the next message; TimeoutError or BodyTooLarge when there is an end to it."""
        try:
            message = await self._patience.receive()
            self._bytes += len(message.get("body", b""))
            if self._bytes > self._limit:
                raise BodyTooLarge(self._limit)
        except (TimeoutError, BodyTooLarge) as error:
            self._error = error
            raise
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Pass an answer on, unless the request was refused here."""
        if self._error is None:
            await self._send(message)
        elif not self._replaced:
            self._replaced = True
            await respond_problem(self._send, self._error)


def check_head(scope: Scope, ours: frozenset[str] = frozenset()) -> bool:
    """Check address and headers, in one pass for every request; tell whether a body follows.

    Raises UrlTooLong, HeadTooLarge, BadFraming, InvalidInput for a host that is none, and Misdirected for one
    that is not among `ours`, where there are any.
    """
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
        raise UrlTooLong(f"the address is longer than {MAX_URL_BYTES} bytes; send a body")
    headers = scope["headers"]
    size, hosts, codings, has_length = 0, [], [], False
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            codings.append(value.lower())
        elif name == b"content-length" and value != b"0":
            has_length = True
    if size > MAX_HEAD_BYTES or len(headers) > MAX_HEADERS:
        raise HeadTooLarge(f"more than {MAX_HEADERS} headers, or {MAX_HEAD_BYTES} bytes of them")
    if codings and (codings != [b"chunked"] or scope["http_version"] == "1.0"):
        # A proxy in front could see the end of this request elsewhere (RFC 9112, 6.1 and 11.2).
        raise BadFraming.at("Transfer-Encoding", "must be 'chunked', and stand once")
    _check_host(scope, hosts, ours)
    return has_length or bool(codings)


def _check_host(scope: Scope, hosts: list[bytes], ours: frozenset[str]) -> None:
    if len(hosts) != 1 and (hosts or scope["http_version"] != "1.0"):
        raise InvalidInput.at("Host", "must stand in the request, and once")
    host = forwarded(scope, "host").encode("latin-1") or (hosts[0] if hosts else None)
    name = "" if host is None else _name_of(host)
    if name is None:
        raise InvalidInput.at("Host", "is not a host name with an optional port")
    if ours and name not in ours:
        raise Misdirected("this server does not go by that name")


@lru_cache(1024)
def _name_of(host: bytes) -> str | None:
    """Return the name in a Host header, in lower case and without the port; None when it is none."""
    match = HOST.fullmatch(host.decode("latin-1"))
    return match["name"].lower() if match else None


def _check_encoding(scope: Scope) -> None:
    encoding = header(scope, b"content-encoding")
    if encoding and encoding.strip().lower() != b"identity":
        raise NotRead("packed bodies are not read: send it without Content-Encoding")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already; afterwards the client's hanging up is heard as ever."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again

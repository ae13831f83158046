"""The ASGI application of the OGC API: one door, work done in threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import orjson
from anyio.to_thread import run_sync

from api.asgi import Headers, MethodNotAllowed, Receive, Scope, Send, read_body
from api.errors import PROBLEM_JSON, problem
from api.ogc import pages
from api.ogc.call import Call, Document, Reply, Stream
from api.ogc.parameters import CRS84
from api.ogc.publication import Publisher
from api.ogc.request import Ask
from api.ogc.resources import OFFERS, allowed, answer, find
from spatial.database import Database
from spatial.errors import Unauthenticated
from spatial.rights.reader import SYSTEM

THREADS = 4
"""Requests worked on at once in this process; fewer than the pool has connections."""

STREAMS = 2
"""Long answers sent at once; they keep their threads from nobody else."""

WITH_BODY = ("POST", "PUT", "PATCH")
MAX_BODY_BYTES = 64 * 2**20
CHALLENGE: Headers = [(b"www-authenticate", b'Basic realm="citygrid", charset="UTF-8"')]
HTML = b"text/html; charset=utf-8"

# Answers depend on who asks, so a shared cache must not keep them.
PERSONAL: Headers = [
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"cache-control", b"private, no-cache"),
]
PUBLIC: Headers = [(b"cache-control", b"public, max-age=3600")]


class OgcApp:
    """Answers everything below `base_path` for the reader that the middleware put into the scope."""

    def __init__(self, database: Database, base_path: str, trusted_proxy: bool) -> None:
        self._database = database
        self._base_path = base_path
        self._trusted_proxy = trusted_proxy
        self._publisher = Publisher(database)
        self._threads = anyio.CapacityLimiter(THREADS)
        self._streams = anyio.CapacityLimiter(STREAMS)

    def warm(self) -> None:
        """Read the catalogue in this thread now, not at the first request."""
        self._publisher.current(SYSTEM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        ask = Ask(scope, self._base_path, self._trusted_proxy or scope.get("forwarded_by_trusted", False))
        body = await read_body(scope, receive, MAX_BODY_BYTES) if ask.method in WITH_BODY else b""
        reply = await run_sync(self._reply, ask, body, limiter=self._threads)
        if isinstance(reply, Stream):
            await self._stream(send, reply)
        else:
            await _send(send, reply, with_body=ask.method != "HEAD")

    def _reply(self, ask: Ask, body: bytes) -> Reply | Stream:
        try:
            return self._answer(ask, body)
        except Exception as error:
            return refusal(ask, error)

    def _answer(self, ask: Ask, body: bytes) -> Reply | Stream:
        if ask.path == ("static", pages.STYLE_SHEET):
            return Reply(200, b"text/css; charset=utf-8", PUBLIC, pages.style_sheet())
        if ask.method == "OPTIONS":
            return Reply(200, HTML, _allow(allowed(find(ask.path)[0])), b"")
        call = Call(ask, self._publisher.current(ask.reader), self._database, ask.reader, OFFERS, body)
        answered = answer(call)
        return _written(ask, answered) if isinstance(answered, Document) else answered

    async def _stream(self, send: Send, stream: Stream) -> None:
        """Send piece by piece; the last thing done is to close the pieces, whatever happened."""
        headers = [(b"content-type", stream.content_type), *PERSONAL, *stream.headers]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while piece := await run_sync(next, stream.pieces, b"", limiter=self._streams):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            with anyio.CancelScope(shield=True):
                await run_sync(_close, stream.pieces, limiter=self._streams)


def ogc_app(database: Database, base_path: str = "/ogc", trusted_proxy: bool = False) -> OgcApp:
    """Make the application that serves the catalogue under `base_path`.

    The reader is taken from `scope["reader"]` or `scope["state"]["reader"]`. Links carry the address that
    was called; X-Forwarded-Proto, -Host and -Prefix say what that was when the limits in front found a
    trusted proxy (settings.trusted_proxies), or always with `trusted_proxy`.
    """
    return OgcApp(database, base_path, trusted_proxy)


def refusal(ask: Ask, error: Exception) -> Reply:
    """Write what was wrong, as JSON or as a page."""
    _, body = problem(error)
    headers = CHALLENGE if isinstance(error, Unauthenticated) else []
    if isinstance(error, MethodNotAllowed):
        headers = _allow(error.allowed)
    return _refused(ask, orjson.loads(body), headers)


def _allow(methods: tuple[str, ...]) -> Headers:
    return [(b"allow", ", ".join(methods).encode())]


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


def _written(ask: Ask, document: Document) -> Reply:
    headers = [(b"content-language", ask.language.encode()), *PERSONAL, *document.headers]
    if document.media_type == "application/geo+json":
        headers.append((b"content-crs", f"<{CRS84}>".encode()))
    if ask.wants_html:
        return Reply(200, HTML, headers, pages.page(ask, document))
    return Reply(200, document.media_type.encode(), headers, orjson.dumps(document.body))


def _refused(ask: Ask, refusal: dict[str, Any], headers: Headers) -> Reply:
    headers = [*PERSONAL, *headers]
    if ask.wants_html:
        return Reply(refusal["status"], HTML, headers, pages.refusal_page(ask, refusal))
    return Reply(refusal["status"], PROBLEM_JSON, headers, orjson.dumps(refusal))


async def _send(send: Send, reply: Reply, with_body: bool) -> None:
    """HEAD carries the length that GET would have, and no body."""
    length = str(len(reply.body)).encode()
    headers = [(b"content-type", reply.content_type), (b"content-length", length), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})

"""The ASGI application of the OGC API: one door, read-only, work done in threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anyio
import orjson
from anyio.to_thread import run_sync

from api.asgi import Headers, Receive, Scope, Send
from api.errors import PROBLEM_JSON, problem
from api.ogc import pages
from api.ogc.documents import Call, Document, answer
from api.ogc.parameters import CRS84
from api.ogc.publication import Publisher, at_address
from api.ogc.request import Ask
from spatial.database import Database
from spatial.errors import Unauthenticated
from spatial.rights.reader import SYSTEM

THREADS = 4
"""Requests worked on at once in this process; fewer than the pool has connections."""

METHODS = ("GET", "HEAD", "OPTIONS")
ALLOW: Headers = [(b"allow", ", ".join(METHODS).encode())]
CHALLENGE: Headers = [(b"www-authenticate", b'Basic realm="citygrid", charset="UTF-8"')]
HTML = b"text/html; charset=utf-8"

# Answers depend on who asks, so a shared cache must not keep them.
PERSONAL: Headers = [
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"cache-control", b"private, no-cache"),
]
PUBLIC: Headers = [(b"cache-control", b"public, max-age=3600")]

NOT_READING = {
    "type": "urn:citygrid:problem:method-not-allowed",
    "title": "Method not allowed",
    "status": 405,
    "detail": "this door only reads",
}


@dataclass(frozen=True)
class Reply:
    """An answer ready to be sent."""

    status: int
    content_type: bytes
    headers: Headers
    body: bytes


class OgcApp:
    """Answers everything below `base_path` for the reader that the middleware put into the scope."""

    def __init__(self, database: Database, base_path: str, trusted_proxy: bool) -> None:
        self._database = database
        self._base_path = base_path
        self._trusted_proxy = trusted_proxy
        self._publisher = Publisher(database)
        self._threads = anyio.CapacityLimiter(THREADS)

    def warm(self) -> None:
        """Import pygeoapi and read the catalogue in this thread now, not at the first request."""
        from api.ogc import provider, pygeoapi_request  # noqa: F401

        self._publisher.current(SYSTEM)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        ask = Ask(scope, self._base_path, self._trusted_proxy or scope.get("forwarded_by_trusted", False))
        # run_sync copies the context, so what a thread sets for its reader never reaches another request.
        reply = await run_sync(self._reply, ask, limiter=self._threads)
        await _send(send, reply, with_body=ask.method != "HEAD")

    def _reply(self, ask: Ask) -> Reply:
        if ask.method not in METHODS:
            return _refused(ask, NOT_READING, ALLOW)
        try:
            return self._answer(ask)
        except Exception as error:
            _, body = problem(error)
            return _refused(ask, orjson.loads(body), CHALLENGE if isinstance(error, Unauthenticated) else [])

    def _answer(self, ask: Ask) -> Reply:
        if ask.method == "OPTIONS":
            return Reply(200, HTML, ALLOW, b"")
        if ask.path == ("static", pages.STYLE_SHEET):
            return Reply(200, b"text/css; charset=utf-8", PUBLIC, pages.style_sheet())
        from api.ogc.provider import asking

        reader = ask.reader
        publication = at_address(self._publisher.current(reader), ask.base_url)
        with asking(self._database, reader):
            document = answer(Call(ask, publication, ask.language))
        return _written(ask, document)


def ogc_app(database: Database, base_path: str = "/ogc", trusted_proxy: bool = False) -> OgcApp:
    """Make the application that serves the catalogue under `base_path`.

    The reader is taken from `scope["reader"]` or `scope["state"]["reader"]`. Links carry the address that
    was called; X-Forwarded-Proto, -Host and -Prefix say what that was when the limits in front found a
    trusted proxy (settings.trusted_proxies), or always with `trusted_proxy`.
    """
    return OgcApp(database, base_path, trusted_proxy)


def _written(ask: Ask, document: Document) -> Reply:
    headers = [(b"content-language", ask.language.encode()), *PERSONAL]
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

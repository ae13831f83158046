"""The ASGI application of the OGC API: one door, work done in threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import orjson
from anyio.to_thread import run_sync

from api.asgi import BodyTooLarge, ClientGone, Headers, MethodNotAllowed, Receive, Scope, Send, read_body
from api.errors import PROBLEM_JSON, problem
from api.ogc import at_once, pages
from api.ogc.call import Call, Document, Reply, Stream
from api.ogc.moments import as_of
from api.ogc.processes.desk import Answering
from api.ogc.publication import Publication, Publisher
from api.ogc.request import Ask
from api.ogc.resources import OFFERS, allowed, answer, find, takes_files
from api.tiles import TileMaker
from grid_editor.bases import Bases
from layers.features import Counts
from spatial.database import Database
from spatial.database.pipelines import NotHere, Pipelines
from spatial.errors import TooMany, Unauthenticated, Unavailable
from spatial.grids.stamping import Stamper
from spatial.rights.reader import SYSTEM, Reader

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

    def __init__(
        self,
        database: Database,
        base_path: str,
        trusted_proxy: bool,
        home: Path | None = None,
        tiles: TileMaker | None = None,
        assignments: Answering | None = None,
    ) -> None:
        self._database = database
        self._assignments = assignments
        self._tiles = tiles or TileMaker(database)
        self._stamper = Stamper(database, home)
        self.bases: Bases | None = None
        """Versions of coverages, for edits of grids; set where plans can be drafted."""
        self._home = home
        self._counts = Counts()
        self._base_path = base_path
        self._trusted_proxy = trusted_proxy
        self._publisher = Publisher(database)
        self._threads = anyio.CapacityLimiter(THREADS)
        self._streams = anyio.CapacityLimiter(STREAMS)
        self._pipelines = Pipelines(database)

    def open(self) -> None:
        """Begin to answer on the event loop, in which this is called, what can be answered there."""
        self._pipelines.start()

    async def close(self) -> None:
        """Give back what `open` took."""
        await self._pipelines.stop()

    def look_again(self) -> None:
        """The catalogue has changed."""
        self._publisher.look_again()

    def warm(self) -> None:
        """Read the catalogue in this thread now, not at the first request; without a database then."""
        with suppress(Unavailable):
            self._publisher.current(SYSTEM)

    def publication(self, reader: Reader) -> Publication:
        """Give what is published to a reader now."""
        return self._publisher.current(reader)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; a tile that is kept without a thread."""
        kept = self._tiles.kept(scope)
        if kept is not None:
            await kept.send(scope, send)
            return
        ask = Ask(scope, self._base_path, self._trusted_proxy or scope.get("forwarded_by_trusted", False))
        reply = await self._at_once(ask)
        if reply is not None:
            await _send(send, reply, with_body=ask.method != "HEAD")
            return
        try:
            body = await read_body(scope, receive, MAX_BODY_BYTES) if ask.method in WITH_BODY else b""
        except ClientGone:
            return
        except (BodyTooLarge, TimeoutError) as error:
            await _send(send, refusal(ask, error), with_body=True)
            return
        reply = await run_sync(self._reply, ask, body, limiter=self._threads)
        if isinstance(reply, Stream):
            await self._stream(receive, send, reply)
        else:
            await _send(send, reply, with_body=ask.method != "HEAD")

    def takes_files(self, path: str) -> bool:
        """Tell whether the resource of a path takes bodies of more than the usual size."""
        return takes_files(tuple(path.removeprefix(self._base_path).strip("/").split("/")))

    async def _at_once(self, ask: Ask) -> Reply | None:
        """Answer here what can be; None for what needs a thread."""
        server = self._pipelines.server
        try:
            if server is None or not at_once.is_simple(ask):
                return None
            publication = self._publisher.at_hand(ask.reader)
            if publication is None:
                return None
            call = self._call(ask, publication, b"")
            answered = await self._pipelines.read(call.reader, at_once.steps_of(call, server))
        except NotHere:
            return None
        except Exception as error:
            return refusal(ask, error)
        return answered if isinstance(answered, Reply) else None

    def _call(self, ask: Ask, publication: Publication, body: bytes) -> Call:
        return Call(
            ask, publication, self._database, as_of(ask), OFFERS, body,
            self._stamper, self._home, self._counts, self._tiles, self._assignments, self.bases,
        )  # fmt: skip

    def _reply(self, ask: Ask, body: bytes) -> Reply | Stream:
        try:
            return self._answer(ask, body)
        except Exception as error:
            return refusal(ask, error)

    def _answer(self, ask: Ask, body: bytes) -> Reply | Stream:
        if ask.path == ("static", pages.STYLE_SHEET):
            return Reply(200, b"text/css; charset=utf-8", PUBLIC, pages.style_sheet())
        if ask.method == "OPTIONS" and "OPTIONS" not in find(ask.path)[0]:
            return Reply(200, HTML, _allow(allowed(find(ask.path)[0])), b"")
        answered = answer(self._call(ask, self._publisher.current(ask.reader), body))
        return _written(ask, answered) if isinstance(answered, Document) else answered

    async def _stream(self, receive: Receive, send: Send, stream: Stream) -> None:
        """Send piece by piece until the client has gone; then close the pieces, whatever happened."""
        headers = [(b"content-type", stream.content_type), *PERSONAL, *stream.headers]
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, receive, stream, group.cancel_scope)
            try:
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                while piece := await run_sync(next, stream.pieces, b"", limiter=self._streams):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                with anyio.CancelScope(shield=True):
                    await run_sync(_close, stream.pieces, limiter=self._streams)
            group.cancel_scope.cancel()


async def _watch(receive: Receive, stream: Stream, sending: anyio.CancelScope) -> None:
    """End a stream when the client hangs up: uvicorn goes on taking what nobody gets any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
    interrupt = getattr(stream.pieces, "interrupt", None)
    if interrupt is not None:
        await run_sync(interrupt)
    sending.cancel()


def ogc_app(
    database: Database,
    base_path: str = "/ogc",
    trusted_proxy: bool = False,
    home: Path | None = None,
    tiles: TileMaker | None = None,
    assignments: Answering | None = None,
) -> OgcApp:
    """Make the application that serves the catalogue under `base_path`.

    The reader is taken from `scope["reader"]` or `scope["state"]["reader"]`. Links carry the address that
    was called; X-Forwarded-Proto, -Host and -Prefix say what that was when the limits in front found a
    trusted proxy (settings.trusted_proxies), or always with `trusted_proxy`. The compiled coverage that new
    features are stamped by is kept as a file under `home`, where one is given. `tiles` are `/tiles`'s;
    `assignments` are the city's, for processes that ask in which grid points lie.
    """
    return OgcApp(database, base_path, trusted_proxy, home, tiles, assignments)


def refusal(ask: Ask, error: Exception) -> Reply:
    """Write what was wrong, as JSON or as a page."""
    _, body = problem(error)
    headers = CHALLENGE if isinstance(error, Unauthenticated) else []
    if isinstance(error, MethodNotAllowed):
        headers = _allow(error.allowed)
    if isinstance(error, TooMany):
        headers = [(b"retry-after", str(error.retry_after_s).encode())]
    return _refused(ask, orjson.loads(body), headers)


def _allow(methods: tuple[str, ...]) -> Headers:
    return [(b"allow", ", ".join(methods).encode())]


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


def _written(ask: Ask, document: Document) -> Reply:
    headers = [(b"content-language", ask.language.encode()), *PERSONAL, *document.headers]
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
    if reply.status in (204, 304):
        headers = reply.headers
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})

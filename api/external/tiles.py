"""Pictures of other platforms, tile by tile: fetched with our keys, kept a while, given to whoever may see.

One picture is asked for once, however many ask; a service that fails is left alone for a moment.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.external.client import Client, Opener
from layers.external import pictures
from layers.external.remote import Json, read_xml
from layers.external.wmts import Piece
from spatial.errors import InvalidInput, Unavailable
from spatial.geometry.tile_matrix import Tile, tile_at

PICTURE_BYTES = 4 * 2**20
PICTURE_S = 15.0
"""Longest that one picture may take; a map does not wait longer."""
KEPT_S = 3_600.0
AT_ONCE = 6
"""Pictures of one service that one worker asks for at once."""
WAITING = 200
"""Tiles of one service that wait in one worker; more are told to come back."""
REST_S = 10.0
"""How long a service that failed is left alone."""
FAILURES = 5
"""So many failures one after another make a service rest."""
EMPTY_TYPE = "image/png"
THREADS = 2


@dataclass(frozen=True)
class Picture:
    """A tile, ready to be sent."""

    body: bytes
    kind: str
    etag: bytes
    until: float
    """By the monotonic clock."""

    @classmethod
    def of(cls, body: bytes, kind: str) -> Picture:
        """Name a picture by the hash of its bytes."""
        etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        return cls(body, kind, etag, time.monotonic() + KEPT_S)


class Gallery:
    """The pictures of one worker: a cache by bytes, and one fetch a picture."""

    def __init__(self, client: Client, most_bytes: int) -> None:
        self._client = client
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Any, Picture] = OrderedDict()
        self._coming: dict[Any, asyncio.Task[Picture]] = {}
        self._services: dict[Any, _Service] = {}
        self._threads = CapacityLimiter(THREADS)

    async def aclose(self) -> None:
        """Let go of what is being fetched, and close all connections."""
        for task in list(self._coming.values()):
            task.cancel()
        await asyncio.gather(*self._coming.values(), return_exceptions=True)
        await self._client.aclose()

    async def picture(self, key: Any, plan: Json, opener: Opener | None, tile: Tile) -> Picture:
        """Give a tile; key: of the service in its present state, and `tile` within it.

        Unavailable when the service does not give it.
        """
        found = self._kept.get((key, tile))
        if found is not None and found.until > time.monotonic():
            self._kept.move_to_end((key, tile))
            return found
        task = self._coming.get((key, tile))
        if task is None:
            task = asyncio.create_task(self._fetched(key, plan, opener, tile))
            self._coming[key, tile] = task
            task.add_done_callback(lambda _: self._coming.pop((key, tile), None))
        # Whoever hangs up must not take the picture from the others who wait for it.
        return await asyncio.shield(task)

    async def _fetched(self, key: Any, plan: Json, opener: Opener | None, tile: Tile) -> Picture:
        service = self._services.setdefault(key, _Service())
        async with service.turn():
            made = await _made(self._client, plan, opener, tile, self._threads)
        self._keep((key, tile), made)
        return made

    def _keep(self, key: Any, made: Picture) -> None:
        before = self._kept.pop(key, None)
        self._bytes += len(made.body) - (len(before.body) if before else 0)
        self._kept[key] = made
        while self._bytes > self._most_bytes and self._kept:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.body)
        while len(self._services) > 1_000:
            self._services.pop(next(iter(self._services)))


class _Service:
    """How many ask a service at once, and whether it rests."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._failures = 0
        self._rests_until = 0.0

    def turn(self) -> _Turn:
        """Wait for a slot; Unavailable while the service rests, or when too many wait."""
        return _Turn(self)

    async def enter(self) -> None:
        self._check()
        if self._waiting >= WAITING:
            raise Unavailable("the service behind the layer is slow, and many wait for it: come back soon")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            self._check()
        except Unavailable:
            self._slots.release()
            raise

    def _check(self) -> None:
        if time.monotonic() < self._rests_until:
            raise Unavailable("the service behind the layer does not answer now")

    def leave(self, failed: bool) -> None:
        self._slots.release()
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= FAILURES:
            self._rests_until = time.monotonic() + REST_S


class _Turn:
    def __init__(self, service: _Service) -> None:
        self._service = service

    async def __aenter__(self) -> None:
        await self._service.enter()

    async def __aexit__(self, kind: Any, *_: Any) -> None:
        self._service.leave(kind is not None)


async def _made(
    client: Client, plan: Json, opener: Opener | None, tile: Tile, threads: CapacityLimiter
) -> Picture:
    """Fetch the pictures of a tile and put them together, where they are not the very tile."""
    wanted = pictures.pieces(plan, tile)
    if not wanted:
        return Picture.of(pictures.empty(), EMPTY_TYPE)
    bodies = await asyncio.gather(*(_piece(client, opener, each) for each in wanted))
    found = {piece: body for piece, body in zip(wanted, bodies, strict=True) if body is not None}
    if not found:
        return Picture.of(pictures.empty(), EMPTY_TYPE)
    if pictures.fits(plan, wanted, tile):
        body = next(iter(found.values()))
        return Picture.of(body, str(pictures.media_type(body)))
    made = await run_sync(pictures.compose, plan, found, tile, limiter=threads)
    return Picture.of(made, "image/png")


async def _piece(client: Client, opener: Opener | None, piece: Piece) -> bytes | None:
    """Fetch one picture; None where the service has none of that place."""
    try:
        found = await client.get(piece.url, opener, "image/*", PICTURE_BYTES, PICTURE_S)
    except InvalidInput as error:
        # A tile that is not there is no fault: caches end where nobody lives.
        if error.problems[0].reason in ("the service answers 404", "the service answers 204"):
            return None
        raise Unavailable(f"the service behind the layer refuses: {error.problems[0].reason}") from None
    if pictures.media_type(found.body) is None:
        raise Unavailable(f"the service behind the layer sends no picture{_why(found.body)}")
    return found.body


def _why(body: bytes) -> str:
    """Find the reason in an answer that is no picture, when it is an exception report."""
    try:
        read_xml(body[:65_536], "none")
    except InvalidInput as error:
        reason = error.problems[0].reason
        return f": {reason}" if reason.startswith("the service refuses") else ""
    return ""


async def probe(client: Client, plan: Json, opener: Opener | None) -> float:
    """Ask for a picture in the middle of the layer; gives the seconds it took, or raises."""
    west, south, east, north = plan["bbox"] or (-180.0, -85.0, 180.0, 85.0)
    first, last = plan["zooms"]
    tile = tile_at((west + east) / 2, max(-85.0, min(85.0, (south + north) / 2)), min(last, max(first, 10)))
    begun = time.monotonic()
    try:
        await _made(client, plan, opener, tile, CapacityLimiter(1))
    except Unavailable as error:
        raise InvalidInput.at("url", error.detail) from None
    return time.monotonic() - begun

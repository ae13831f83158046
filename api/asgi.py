"""The little that a raw ASGI door needs: read a body within its limit, send an answer, send a problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from spatial.errors import InvalidInput

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Door = TypeVar("Door", bound=Any)

JSON = b"application/json"


class BodyTooLarge(Exception):
    """The request carries more than the door reads."""

    def __init__(self, limit: int) -> None:
        size = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 1024} KiB"
        super().__init__(f"the body is larger than {size}")


class UrlTooLong(Exception):
    """The address of the request is longer than any of ours."""


class HeadTooLarge(Exception):
    """The headers are more than any client of ours sends."""


class Misdirected(Exception):
    """The request is for a host that this is not."""


class NotRead(Exception):
    """The body is packed in a way that is not read."""


class PreconditionFailed(Exception):
    """What was to be changed is no longer what the client read (If-Match, If-None-Match)."""


class PreconditionRequired(Exception):
    """A change must say which state it starts from (If-Match)."""


class MethodNotAllowed(Exception):
    """The door does not know this method."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"this door answers {', '.join(allowed)}")
        self.allowed = allowed


class ClientGone(Exception):
    """The client hung up before its request was whole."""


class Cased(bytes):
    """The name of a header that is sent as it is written, where the server makes all others lower-case.

    QGIS before 3.44 finds the address of a new feature only under `Location`, not under `location`.
    """

    def lower(self) -> Cased:
        """Stay as it is."""
        return self


LOCATION = Cased(b"Location")


def takes_files(door: Door) -> Door:
    """Declare that a door or a route takes files: it is sent bodies of up to settings.max_upload_mb."""
    door.takes_files = True
    return door


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Read the whole body; BodyTooLarge above `limit` bytes, without reading on."""
    if int(header(scope, b"content-length") or b"0") > limit:
        raise BodyTooLarge(limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


async def respond(
    send: Send, body: bytes, content_type: bytes = JSON, status: int = 200, headers: Iterable[Any] = ()
) -> None:
    """Send a whole answer."""
    lines: Headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


def check_method(scope: Scope, *allowed: str) -> None:
    """Refuse every method but the allowed ones."""
    if scope["method"] not in allowed:
        raise MethodNotAllowed(allowed)


def header(scope: Scope, name: bytes) -> bytes | None:
    """Find a request header by its lower-case name."""
    return next((value for key, value in scope["headers"] if key == name), None)


def parameters(scope: Scope, allowed: frozenset[str]) -> dict[str, str]:
    """Read the query string; InvalidInput for a parameter that is unknown here or stands twice."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise InvalidInput.at(name, f"is not a parameter here; there are {', '.join(sorted(allowed))}")
        if name in found:
            raise InvalidInput.at(name, "stands twice")
        found[name] = value
    return found

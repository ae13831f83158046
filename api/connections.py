"""uvicorn's HTTP/1.1 with an end to its patience: endless heads, bodies nobody waits for, stuck readers.

uvicorn 0.54 closes a kept connection after a pause, but a first byte cancels that for ever; a head may grow
without end; a client that does not read its answer keeps it in our memory. Trailers would be added to headers
that have been checked already.
"""

from __future__ import annotations

from asyncio import Transport
from asyncio.events import TimerHandle
from collections import Counter
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.limits import MAX_HEAD_BYTES, MAX_URL_BYTES
from api.proxies import is_trusted
from spatial.settings import Networks

HEAD_SECONDS = 15.0
"""From the first byte (or the opening of the connection) to the end of the headers."""
REST_SECONDS = 10.0
"""How long the rest of a body that was answered already is still read, so that the answer is."""
STALL_SECONDS = 30.0
"""How long a client may read nothing at all of an answer."""
MOST_PER_ADDRESS = 2048
"""Connections of one address, trusted proxies and this machine left out."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"connection: close\r\ncache-control: no-store\r\ncontent-length: %d\r\n\r\n%s"
)
_PROBLEM = (
    b'{"type":"urn:citygrid:problem:head-too-large","title":"Head too large","status":431,'
    b'"detail":"the request has no end to its headers"}'
)


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    of_address: Counter[str] = Counter()

    def __init__(self, *arguments: Any, trusted: Networks = (), **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._trusted = trusted
        self._head_bytes = 0
        self._in_body = self._is_line = False
        self._address = ""
        self._patience: TimerHandle | None = None
        self._stall: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; refuse an address that has too many connections."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self.of_address[self._address] += 1
        if self.of_address[self._address] > MOST_PER_ADDRESS and not self._is_exempt():
            transport.abort()
            return
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        if self._stall is not None:
            self._stall.cancel()
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        self.of_address[self._address] -= 1
        if not self.of_address[self._address]:
            del self.of_address[self._address]

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to a line: one of its address as before, and waited for in its own way."""
        if not self._is_idle():
            # An answer is on its way that would be written between the frames.
            self.transport.abort()
            return
        self._stop_waiting()
        if self._stall is not None:
            self._stall.cancel()
        self._is_line = True
        super().handle_websocket_upgrade()
        line = self.transport.get_protocol()
        if isinstance(line, Line):
            line.on_lost = self._forget

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a head that has begun must end in time and in size."""
        if not self._in_body:
            self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._is_line:
            return
        if self._head_bytes > MAX_HEAD_BYTES + MAX_URL_BYTES and not self._in_body:
            self._refuse_head()
        elif self._is_idle() and self._patience is None and self.timeout_keep_alive_task is None:
            self._wait(HEAD_SECONDS)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; a trailer, which comes after everything was checked, is dropped."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the limits of the body are the application's."""
        self._stop_waiting()
        self._head_bytes = 0
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; if it was answered before that, the connection waits for the next one."""
        self._in_body = False
        super().on_message_complete()
        if self._is_idle():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """An answer that came before the end of its request: read on for a little, and close then."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reader(self.transport.get_write_buffer_size())
        elif self._in_body and self._is_idle():
            self._stop_waiting()
            self._wait(REST_SECONDS)

    def timeout_keep_alive_handler(self) -> None:
        """Close a kept connection; one that has not even read its last answer is not waited for."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write; watch whether it reads at all."""
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client has read on."""
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _watch_reader(self, unread: int) -> None:
        if self._stall is not None:
            self._stall.cancel()
        self._stall = self.loop.call_later(STALL_SECONDS, self._check_reader, unread)

    def _check_reader(self, unread_before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread and unread < unread_before:
            self._watch_reader(unread)
        elif unread:
            self.transport.abort()

    def _is_idle(self) -> bool:
        """Tell whether no answer is due."""
        return self.cycle is None or self.cycle.response_complete

    def _is_exempt(self) -> bool:
        return self._address in ("127.0.0.1", "::1") or is_trusted(self._address, self._trusted)

    def _wait(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self._is_idle() and not self.transport.is_closing():
            self.transport.abort()

    def _refuse_head(self) -> None:
        if self._is_idle():
            self.transport.write(_TOO_LARGE % (len(_PROBLEM), _PROBLEM))
        self.transport.close()


class Line(WebSocketsSansIOProtocol):
    """The WebSocket that a connection has become."""

    on_lost: Callable[[], None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.on_lost is not None:
            self.on_lost()
        super().connection_lost(exc)

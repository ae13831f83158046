"""Short message centres (SMSC) for tests, which share no code with ours.

`Centre` is a real one, the server of the package smpp34 (Rust). `Rogue` is a socket and `struct`, for
everything that a well-behaved one does not do.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import smpp34

from tests.patience import until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Centre:
    """A centre that takes what it is sent, unless `answer` says otherwise."""

    answer: Callable[[Any], int] = lambda _: smpp34.ESME_ROK
    """Gives the status that a submit_sm is answered with."""
    port: int = field(default_factory=free_port)
    taken: list[Any] = field(default_factory=list)
    """The submit_sm that arrived, refused ones too; ids are their places, from 1 on."""
    sessions: list[Any] = field(default_factory=list)

    def __enter__(self) -> Centre:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        until(lambda: getattr(self, "server", None) is not None)
        return self

    def __exit__(self, *_: object) -> None:
        self.ask(self.server.stop)
        self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join()
        self._loop.close()

    def ask(self, work: Callable[[], Any]) -> Any:
        """Do something on the centre's own loop."""

        async def awaited() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(30)

    async def _serve(self) -> None:
        server = smpp34.Server("127.0.0.1", self.port, system_id="centre")
        await server.start()
        self._serving = asyncio.ensure_future(self._next(server))
        self.server = server
        with suppress(asyncio.CancelledError):
            await self._serving

    async def _next(self, server: Any) -> None:
        while True:
            came = await server.next()
            if isinstance(came, smpp34.SubmitSmEvent):
                status = self.answer(came)
                self.taken.append(came)
                if status == smpp34.ESME_ROK:
                    came.accept(f"{len(self.taken)}")
                else:
                    came.reject(status)
            elif isinstance(came, smpp34.Esme):
                self.sessions.append(came)

    def receipt(self, number: str, text: str = "", **fields: Any) -> int:
        """Deliver a receipt to whoever is bound; gives the status that it is answered with."""
        until(lambda: self.sessions)

        async def deliver() -> Any:
            return await self.sessions[-1].deliver_sm(number, text.encode(), esm_class=0x04, **fields)

        return int(self.ask(deliver).command_status)


Unit = tuple[int, int, int, bytes]
"""Command, status, sequence, body."""


@dataclass
class Rogue:
    """A centre that binds whoever comes and then does what `behave` says with each submit_sm."""

    behave: Callable[[Rogue, socket.socket, Unit], None]
    bind_status: int = 0
    units: list[Unit] = field(default_factory=list)
    """Everything that arrived, on all connections."""
    connections: int = 0
    mute: bool = False
    """Answers nothing at all, not even the bind."""

    def __enter__(self) -> Rogue:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        for thread in self._threads:
            thread.join()

    def submits(self) -> list[Unit]:
        return [unit for unit in self.units if unit[0] == 4]

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._lines.append(line)
            self._threads.append(threading.Thread(target=self._serve, args=(line,)))
            self._threads[-1].start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError, struct.error):
            while True:
                head = _exactly(line, 16)
                length, command, status, sequence = struct.unpack(">IIII", head)
                unit = (command, status, sequence, _exactly(line, length - 16))
                self.units.append(unit)
                if self.mute:
                    continue
                if command == 9:
                    say(
                        line,
                        0x80000009,
                        self.bind_status,
                        sequence,
                        b"rogue\0" if not self.bind_status else b"",
                    )
                elif command == 4:
                    self.behave(self, line, unit)
                elif command in (0x15, 6):
                    say(line, command | 0x80000000, 0, sequence)


def say(line: socket.socket, command: int, status: int, sequence: int, body: bytes = b"") -> None:
    line.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)


def take(line: socket.socket, unit: Unit, name: str) -> None:
    """Answer a submit_sm as a good centre does."""
    say(line, 0x80000004, 0, unit[2], name.encode() + b"\0")


def _exactly(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = line.recv(count - len(found))
        if not more:
            raise ConnectionError
        found += more
    return found

"""A file that is written as fast as the database gives, and sent as slowly as a client takes it.

So a slow client holds a file and no connection, and a client that hangs up ends the writing.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

CHUNK = 256 * 1024
PATIENCE_S = 10.0
"""How long a status waits for the first features; whatever goes wrong until then can still be refused."""
PREFIX = "spool-"

Tick = Callable[[int], None]


class Stopped(Exception):
    """Nobody wants the file any more."""


class Spool(Iterator[bytes]):
    """The pieces of a file that `write(path, tick)` writes; nothing of it is left once it is closed.

    streams: what is written is final, so pieces are given while it grows. `stop` is called, once and from
    another thread, when the spool is closed while it is written. An error of `write` is raised by `begin`,
    or by the piece that should have come.
    """

    def __init__(
        self,
        write: Callable[[Path, Tick], None],
        folder: Path,
        extension: str,
        streams: bool,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{PREFIX}{os.getpid()}-{secrets.token_hex(8)}{extension}"
        self._write, self._streams, self._stop = write, streams, stop
        self._news = threading.Condition()
        self._begun = self._done = self._closed = False
        self._error: BaseException | None = None
        self._file: int | None = None
        self._thread = threading.Thread(target=self._run, name="export", daemon=True)

    def begin(self, patience_s: float = PATIENCE_S) -> Spool:
        """Start to write and wait until the first features are written, or what is wrong is known."""
        self._thread.start()
        with self._news:
            self._news.wait_for(lambda: self._begun or self._done, patience_s)
            error = self._error
        if error is not None:
            self.close()
            raise error
        return self

    def interrupt(self) -> None:
        """End it from another thread: the client has gone while a piece is waited for."""
        self.close()

    def __next__(self) -> bytes:
        """Give the next piece; waits for it."""
        with self._news:
            while not self._closed:
                # Asked before reading: what is written between the two is read in the next round.
                done = self._done
                if piece := self._read(done):
                    return piece
                if done and self._error is not None:
                    raise self._error
                if done:
                    break
                self._news.wait(0.05 if self._streams else None)
        raise StopIteration

    def close(self) -> None:
        """Stop writing, and leave nothing behind; another thread that waits for a piece gets none."""
        with self._news:
            first, self._closed = not self._closed, True
            running = not self._done
            if first and self._file is not None:
                os.close(self._file)
            self._news.notify_all()
        if not first:
            return
        if running:
            self._stop()
        else:
            self._remove()

    def _read(self, done: bool) -> bytes:
        if self._file is None:
            if not (done or self._streams) or not self._path.exists():
                return b""
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return os.read(self._file, CHUNK)

    def _tick(self, _: int) -> None:
        with self._news:
            self._begun = True
            self._news.notify_all()
            if self._closed:
                raise Stopped

    def _run(self) -> None:
        try:
            self._write(self._path, self._tick)
        except BaseException as error:
            self._error = error
        with self._news:
            self._done = True
            self._news.notify_all()
            unwanted = self._closed
        if unwanted:
            self._remove()

    def _remove(self) -> None:
        # GDAL writes the index of a FlatGeobuf, and the journal of a GeoPackage, beside the file.
        for path in self._path.parent.glob(f"{self._path.stem}*"):
            with suppress(FileNotFoundError):
                path.unlink()

"""Wakes whoever waits on an event loop of this process when something has happened in the city."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

KINDS = frozenset({"events", "event_warnings", "coverage", "everything", "listening"})
"""Messages of `api.live` after which the log may have grown."""


class Bell:
    """Rung by the listener's thread, heard on loops."""

    def __init__(self) -> None:
        self._ears: set[Ear] = set()
        self._lock = Lock()

    def ring(self) -> None:
        """Wake everybody who listens; from any thread."""
        with self._lock:
            ears = list(self._ears)
        for ear in ears:
            ear.loop.call_soon_threadsafe(ear.rung.set)

    @contextmanager
    def listening(self) -> Iterator[Ear]:
        """Listen from now on: what rings before `heard` is asked is heard, too."""
        ear = Ear()
        with self._lock:
            self._ears.add(ear)
        try:
            yield ear
        finally:
            with self._lock:
                self._ears.discard(ear)


class Ear:
    """Somebody who listens on the running loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.rung = asyncio.Event()

    async def heard(self, seconds: float) -> None:
        """Wait until it rings, but no longer than so."""
        try:
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        except TimeoutError:
            return
        self.rung.clear()

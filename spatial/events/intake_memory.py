"""Many reports at once, without Python's collector of cycles going through all that a process keeps.

It runs after so many new objects, and a batch makes a hundred thousand that live to its end, none of them in
a cycle: it took half of a batch's time, and more the more a process held.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

LONGEST_SECONDS = 20.0
"""For how long batches that overlap may join one pause; whoever comes later does not."""


class Pause:
    """A pause of the collector that several batches share; one a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._joined = 0
        self._began = 0.0
        self._was_on = True

    def join(self) -> bool:
        """Put the collector off, or tell that the pause has been long enough."""
        with self._lock:
            now = time.monotonic()
            if not self._joined:
                self._began, self._was_on = now, gc.isenabled()
            elif now - self._began > LONGEST_SECONDS:
                return False
            self._joined += 1
            gc.disable()
            return True

    def leave(self) -> None:
        """Let the collector run again, unless others still pause it."""
        with self._lock:
            self._joined -= 1
            if not self._joined and self._was_on:
                gc.enable()


_PAUSE = Pause()


@contextmanager
def uncollected(pause: Pause = _PAUSE) -> Iterator[None]:
    """Put the collector off while a batch is taken in; on again after the last of those that overlap."""
    joined = pause.join()
    try:
        yield
    finally:
        if joined:
            pause.leave()

"""Delivers what other processes say over PostgreSQL's LISTEN/NOTIFY to this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import psycopg
import structlog
from psycopg import sql

from spatial.database import connect
from spatial.database.notify import CHANNEL
from spatial.errors import Unavailable

log = structlog.get_logger()

CHECK_SECONDS = 1.0
"""How often "tick" is told: what comes into force by the clock is seen within this time."""


class Listener:
    """A thread that listens, and reconnects by itself.

    on_message(kind) is called for every message, with "everything" after each (re)connection, since
    messages may have been missed, and with "tick" in every second that brings none.
    """

    def __init__(self, url: str, on_message: Callable[[str], None]) -> None:
        self._url = url
        self._on_message = on_message
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; returns when the thread has ended."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (psycopg.Error, Unavailable) as error:
                log.warning("listener lost the database, trying again", reason=str(error))
                self._stop.wait(1.0)

    def _listen(self) -> None:
        with connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._tell("everything")
            while not self._stop.is_set():
                kinds = {_kind(n.payload) for n in connection.notifies(timeout=CHECK_SECONDS, stop_after=1)}
                for kind in kinds or {"tick"}:
                    self._tell(kind)

    def _tell(self, kind: str) -> None:
        try:
            self._on_message(kind)
        except Exception:
            log.exception("a message could not be followed", kind=kind)


def _kind(payload: str) -> str:
    try:
        return str(json.loads(payload)["kind"])
    except (ValueError, KeyError, TypeError):
        return "everything"

"""Delivers what other processes say over PostgreSQL's LISTEN/NOTIFY to this process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import structlog
from psycopg import Connection, sql

from spatial.database import connect
from spatial.database.notify import CHANNEL
from spatial.errors import Unavailable

log = structlog.get_logger()

CHECK_SECONDS = 1.0
"""How often "tick" is told: what comes into force by the clock is seen within this time."""

Message = Mapping[str, Any]
"""What was said: its `kind`, and facts that go with it."""


class Listener:
    """A thread that listens, and reconnects by itself.

    on_message(message) is called for every message. Kinds of its own: "everything" after each (re)connection,
    since messages may have been missed, then "listening"; "deaf" when it is lost; "tick" each second.
    """

    def __init__(self, url: str, on_message: Callable[[Message], None]) -> None:
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
                self._tell({"kind": "deaf"})
                log.warning("listener lost the database, trying again", reason=str(error))
                self._stop.wait(1.0)

    def _listen(self) -> None:
        with connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._tell({"kind": "everything"})
            self._tell({"kind": "listening"})
            ticked = time.monotonic()
            while not self._stop.is_set():
                for message in _heard(connection):
                    self._tell(message)
                # Also while messages keep coming: coverages come into force all the same.
                if time.monotonic() - ticked >= CHECK_SECONDS:
                    self._tell({"kind": "tick"})
                    ticked = time.monotonic()

    def _tell(self, message: Message) -> None:
        try:
            self._on_message(message)
        except Exception:
            log.exception("a message could not be followed", kind=message["kind"])


def _heard(connection: Connection[Any]) -> list[Message]:
    """Wait for messages, up to a second; the same words said twice are told once."""
    found = connection.notifies(timeout=CHECK_SECONDS, stop_after=1)
    return [_message(payload) for payload in dict.fromkeys(each.payload for each in found)]


def _message(payload: str) -> Message:
    try:
        message = json.loads(payload)
        return {**message, "kind": str(message["kind"])}
    except (ValueError, KeyError, TypeError):
        return {"kind": "everything"}

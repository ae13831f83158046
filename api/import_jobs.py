"""The publisher in the job process: one request after the other, as the owner, in the name of who asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg import Connection, sql

from api import waiting_files
from layers import imports
from layers.imports import Request
from layers.publish import publish_file, replace_file, sweep
from layers.publish_relations import publish_relation
from spatial.database import connect
from spatial.database.notify import notify
from spatial.errors import CitygridError, InvalidInput, Unavailable
from spatial.settings import Settings

CHANNEL = "citygrid_imports"
LOOK_SECONDS = 5.0
"""How often the queue is looked at when no message comes, and what is left over swept."""
NOTE_SECONDS = 0.5

log = structlog.get_logger()


def uploads(home: Path) -> Path:
    """The folder in which files wait for the job process; private to this user."""
    return waiting_files.folder_for(home, "uploads")


class ImportWorker:
    """A thread that publishes what is asked for as long as the process lives.

    A request that was under way when a process ended is put down as failed: its transaction left nothing.
    """

    def __init__(self, url: str, home: Path, schemas: tuple[str, ...]) -> None:
        self._url, self._home, self._schemas = url, home, schemas
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="imports", daemon=True)

    @classmethod
    def of(cls, settings: Settings) -> ImportWorker:
        """Make the worker of a deployment."""
        assert settings.database_url is not None
        return cls(settings.database_url.value, settings.home, settings.publish_schemas)

    def __enter__(self) -> ImportWorker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(timeout=60)

    def end(self) -> None:
        """Tell it to end; `with` waits for it."""
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with connect(self._url, autocommit=True) as desk:
                    self._serve(desk)
            except (psycopg.Error, Unavailable) as error:
                log.warning("publishing lost the database, trying again", reason=str(error))
            except Exception as error:
                log.error("publishing failed", exc_info=error)
            self._ending.wait(1.0)

    def _serve(self, desk: Connection[Any]) -> None:
        desk.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        while not self._ending.is_set():
            for file in imports.give_up_interrupted(desk):
                (uploads(self._home) / file).unlink(missing_ok=True)
            while not self._ending.is_set() and (request := imports.take(desk)):
                self._work(desk, request)
            self._tidy(desk)
            self._wait(desk)

    def _tidy(self, desk: Connection[Any]) -> None:
        """Drop what nobody is shown any more; a table that is still read waits for the next time."""
        try:
            with desk.transaction():
                desk.execute("SET LOCAL lock_timeout = '2s'")
                gone = sweep(desk)
            if gone:
                log.info("tables of withdrawn layers are gone", tables=gone)
        except psycopg.errors.LockNotAvailable:
            log.info("a table of a withdrawn layer is still being read")
        imports.forget_old(desk)
        waiting_files.sweep(uploads(self._home), partial(imports.is_waited_for, desk))

    def _wait(self, desk: Connection[Any]) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while not self._ending.is_set() and time.monotonic() < until:
            if list(desk.notifies(timeout=0.5, stop_after=1)):
                return

    def _work(self, desk: Connection[Any], request: Request) -> None:
        file = uploads(self._home) / request.file if request.file else None
        started = time.monotonic()
        try:
            with connect(self._url) as connection:
                layers = self._publish(connection, request, file, _noting(desk, request))
                notify(connection, "keys")
            imports.end(desk, request, layers)
            log.info("published", layers=layers, seconds=time.monotonic() - started)
        except CitygridError as error:
            imports.end(desk, request, error=error)
        except Exception as error:
            log.error("publishing failed", exc_info=error, request=request.id)
            imports.end(desk, request, error=error)
        finally:
            if file is not None:
                file.unlink(missing_ok=True)

    def _publish(
        self, connection: Connection[Any], request: Request, file: Path | None, tell: Callable[[float], None]
    ) -> list[str]:
        options, who, name = request.options, request.who, request.filename or "file"
        if request.action == "table":
            return [publish_relation(connection, request.target or "", options, who, self._schemas).layer]
        if file is None or not file.exists():
            raise InvalidInput.at("body", "the file is gone: send it again")
        if request.action == "replace":
            return [replace_file(connection, request.target or "", file, name, options, who, tell).layer]
        return [each.layer for each in publish_file(connection, file, name, options, who, tell)]


def _noting(desk: Connection[Any], request: Request) -> Callable[[float], None]:
    """Note progress now and then."""
    last = [0.0]

    def note(part: float) -> None:
        if time.monotonic() - last[0] > NOTE_SECONDS:
            last[0] = time.monotonic()
            imports.note_progress(desk, request, part)

    return note

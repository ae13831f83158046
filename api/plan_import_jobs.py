"""The worker that brings files into plans: one after the other, with the rights of who sent them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from api.waiting_files import folder_for, sweep
from grid_editor import import_queue
from grid_editor.bases import Bases
from grid_editor.editing import Done
from grid_editor.import_into_plan import Wish
from grid_editor.import_queue import ROOM, Claimed
from grid_editor.import_queue_run import Run
from spatial.database import Database, session
from spatial.database.notify import notify
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, InvalidInput
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

log = structlog.get_logger()
Json = dict[str, Any]


class Stopped(Exception):
    """Nobody wants it any more."""


def waiting_files(home: Path) -> Path:
    """The folder in which files wait to be brought into plans; private to this user."""
    return folder_for(home, "plan-imports")


class PlanImporter(QueueWorker[Claimed]):
    """Brings files into plans as long as the process lives; only one in the city does.

    The step and the end of an import are one transaction: what is found running after a process has died
    left nothing in its plan, and is begun anew.
    """

    name = "plan-imports"
    room = ROOM
    lock = "import_queue_alone"

    def __init__(self, app_url: str, home: Path) -> None:
        super().__init__(app_url)
        self._home = home
        self._bases: Bases | None = None

    @classmethod
    def of(cls, settings: Settings) -> PlanImporter:
        """Make the worker of a deployment."""
        return cls(app_url_of(settings), settings.home)

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""
        import_queue.give_back(connection)

    def tidy(self, database: Database) -> None:
        """Delete files that nobody waits for."""
        with session(database, SYSTEM) as connection:
            needed = import_queue.waited_for(connection)
        sweep(waiting_files(self._home), needed.__contains__)

    def claim(self, connection: Connection[Any]) -> Claimed | None:
        """Take the file that waits longest."""
        return import_queue.claim(connection)

    def work(self, database: Database, item: Claimed) -> None:
        """Bring one file in, or note why it cannot be."""
        path, started = waiting_files(self._home) / item.file, time.monotonic()
        try:
            done = self._bring_in(database, item, path)
            log.info("brought in", plan=item.plan_id, step=done.plan.head, seconds=time.monotonic() - started)
        except Stopped:
            log.info("import stopped", plan=item.plan_id)
            if self._ending.is_set():
                return  # the next process begins it anew
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("an import failed", plan=item.plan_id, exc_info=error)
            with session(database, SYSTEM) as connection:
                import_queue.end(connection, item.id, error)
        path.unlink(missing_ok=True)

    def _bring_in(self, database: Database, item: Claimed, path: Path) -> Done:
        if self._bases is None or self._bases.database is not database:
            self._bases = Bases(database)
        if not path.exists():
            raise InvalidInput.at("body", "the file is gone: send it again")
        desk = _Desk(database, item, self._ending)
        wish = Wish.of(item.options)
        run = Run(database, self._bases, desk.reader(), item.plan_id, wish, desk.note, desk.keep, desk.finish)
        return run.do(path, item.filename)


class _Desk:
    """Where a run says how far it is."""

    def __init__(self, database: Database, item: Claimed, ending: threading.Event) -> None:
        self._database, self._item, self._ending = database, item, ending

    def reader(self) -> Reader:
        """Find what whoever asked may see and do by now."""
        account = self._item.account_id
        with session(self._database, SYSTEM) as connection:
            found = find_reader(connection, account) if account is not None else None
        if found is None:
            raise Forbidden("the account that asked for it may not log in any more")
        return found

    def note(self, stage: str, progress: float) -> None:
        """Note the stage; Stopped when it was cancelled, or the process is to end."""
        with session(self._database, SYSTEM) as connection:
            wanted = import_queue.note(connection, self._item.id, stage, progress)
        if not wanted or self._ending.is_set():
            raise Stopped

    def keep(self, summary: Json, report: Json) -> None:
        """Keep what is known by now."""
        with session(self._database, SYSTEM) as connection:
            import_queue.keep(connection, self._item.id, summary, report)

    def finish(self, connection: Connection[Any], done: Done) -> None:
        """Note the step in its own transaction."""
        if not import_queue.finish(connection, self._item.id, done.plan.head):
            raise Stopped
        notify(connection, "plan", id=done.plan.id)

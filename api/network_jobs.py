"""The worker that reads files of networks and brings them in, with the rights of who sent them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from api.waiting_files import folder_for, sweep
from lifeline.networks import queue
from lifeline.networks.loading import Target, load
from lifeline.networks.queue import ROOM, Claimed
from lifeline.networks.reading import Read, read_network
from lifeline.networks.wish import Wish
from spatial.city import describe_briefly
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, InvalidInput
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings
from spatial.types import BBox

log = structlog.get_logger()
COVERAGE = "grids"
WORLD = BBox(-180.0, -90.0, 180.0, 90.0)


class Stopped(Exception):
    """Nobody wants it any more."""


def waiting_files(home: Path) -> Path:
    """The folder in which files of networks wait; private to this user."""
    return folder_for(home, "network-imports")


def city_box(connection: Connection[Any]) -> BBox:
    """Where networks are looked for: the city; of an empty store the world."""
    box = describe_briefly(connection, COVERAGE)["bbox"]
    return WORLD if box is None else BBox(*box)


class NetworkImporter(QueueWorker[Claimed]):
    """Reads files and brings them in as long as the process lives; only one in the city does.

    The network and the end of its import are one transaction: what is found running after a process has died
    left nothing, and is begun anew.
    """

    name = "network-imports"
    room = ROOM

    def __init__(self, app_url: str, home: Path) -> None:
        super().__init__(app_url)
        self._home = home

    @classmethod
    def of(cls, settings: Settings) -> NetworkImporter:
        """Make the worker of a deployment."""
        return cls(app_url_of(settings), settings.home)

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""
        queue.give_back(connection)

    def tidy(self, database: Database) -> None:
        """Delete files that nobody waits for."""
        with session(database, SYSTEM) as connection:
            needed = queue.forget(connection)
        sweep(waiting_files(self._home), needed.__contains__)

    def claim(self, connection: Connection[Any]) -> Claimed | None:
        """Take the file that waits longest."""
        return queue.claim(connection)

    def work(self, database: Database, item: Claimed) -> None:
        """Read one file, and bring it in or note what must be confirmed, or why it cannot be."""
        path, started = waiting_files(self._home) / item.file, time.monotonic()
        try:
            if not _bring_in(database, item, path, self._ending):
                return  # the file waits to be confirmed
            log.info("network brought in", network=item.name, seconds=time.monotonic() - started)
        except Stopped:
            if self._ending.is_set():
                return  # the next process begins it anew
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("an import of a network failed", network=item.name, exc_info=error)
            with session(database, SYSTEM) as connection:
                queue.end(connection, item.id, error)
        path.unlink(missing_ok=True)


def _bring_in(database: Database, item: Claimed, path: Path, ending: threading.Event) -> bool:
    """Do it; False when somebody must confirm something first."""
    if not path.exists():
        raise InvalidInput.at("body", "the file is gone: send it again")
    reader, wish = _reader(database, item), Wish.of(item.wish)
    with session(database, SYSTEM) as connection:
        box = city_box(connection)
    read = read_network(path, item.filename, wish, box)
    if read.must_confirm or read.frame is None:
        with session(database, SYSTEM) as connection:
            queue.propose(connection, item.id, read)
        return False
    with session(database, SYSTEM) as connection:
        wanted = queue.note(connection, item.id, "writing", 0.5)
    if not wanted or ending.is_set():
        raise Stopped
    _keep(database, reader, item, read, wish)
    return True


def _keep(database: Database, reader: Reader, item: Claimed, read: Read, wish: Wish) -> None:
    assert read.frame is not None
    target = Target(item.name, item.organisation_id, item.filename, item.digest)
    with session(database, reader) as connection:
        network, report = load(connection, target, read.found, read.frame, wish)
        if not queue.finish(connection, item.id, network, read, report):
            raise Stopped


def _reader(database: Database, item: Claimed) -> Reader:
    """Find what whoever asked may see and do by now."""
    with session(database, SYSTEM) as connection:
        found = find_reader(connection, item.account_id) if item.account_id is not None else None
    if found is None:
        raise Forbidden("the account that asked for it may not log in any more")
    return found

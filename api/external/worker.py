"""Two threads of the job process: one reads features of services, the other sees whether pictures come.

Apart, so that a harvest of an hour keeps nobody's health from being looked at.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.external.client import Client, Opener
from api.external.gather import digest_of, gather, gathered, opener_of, plan
from api.external.tiles import probe
from api.queue_worker import QueueWorker
from layers.external import store
from layers.external.harvest import Sink
from layers.external.made import make_features, make_raster, replace_features
from layers.external.remote import Remote
from layers.external.store import Health, Source
from spatial.database import Database, connect, session
from spatial.database.notify import notify
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, InvalidInput
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

SLOW_S = 3.0
"""A service that takes longer to say what it offers, or for a picture, is slow."""
_ROOMS = {"harvest": "layers.external", "proxy": "layers.external.checks"}

log = structlog.get_logger()


class ExternalWorker(QueueWorker[Source]):
    """Asks services whose turn it is, as long as the process lives; only one in the city does."""

    def __init__(self, settings: Settings, mode: str) -> None:
        self.name, self.room, self._mode = f"external-{mode}", _ROOMS[mode], mode
        super().__init__(app_url_of(settings))
        self._settings = settings
        assert settings.database_url is not None
        self._owner_url = settings.database_url.value

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was asking, and delete what it had read."""
        store.give_back(connection, self._mode)
        if self._mode == "harvest":
            shutil.rmtree(self._folder, ignore_errors=True)

    def tidy(self, database: Database) -> None:
        """Forget old refusals."""
        with session(database, SYSTEM) as connection:
            store.forget_refused(connection)

    def claim(self, connection: Connection[Any]) -> Source | None:
        """Take the source whose turn it is."""
        return store.claim(connection, self._mode)

    def work(self, database: Database, item: Source) -> None:
        """Ask one service, and note how it did."""
        try:
            if item.state == "asked" and not item.may:
                raise Forbidden("the account may not register services any more")
            with session(database, SYSTEM) as connection:
                secret = store.open_secret(connection, item, master_file(self._settings))
            asyncio.run(self._ask(item, opener_of(secret)))
        except Exception as error:
            self._failed(database, item, error)

    @property
    def _folder(self) -> Path:
        return self._settings.home / "harvests"

    async def _ask(self, source: Source, opener: Opener | None) -> None:
        client = Client.of(self._settings)
        try:
            remote, seconds = await plan(client, source, opener)
            if self._mode == "proxy":
                seconds = max(seconds, await probe(client, remote.plan, opener))
                await asyncio.to_thread(self._pictures, source, remote, seconds)
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder) as folder:
                sink = Sink(Path(folder), self._settings.external_mb * 2**20)
                limit = self._settings.external_seconds
                await gather(client, opener, remote.plan, sink, limit, lambda: not self._ending.is_set())
                await asyncio.to_thread(self._features, source, remote, sink, seconds)
        finally:
            await client.aclose()

    def _pictures(self, source: Source, remote: Remote, seconds: float) -> None:
        with connect(self._owner_url) as connection:
            layer = source.layer or make_raster(connection, source, remote)
            self._note(connection, replace(source, layer=layer), remote, None, _health(seconds))

    def _features(self, source: Source, remote: Remote, sink: Sink, seconds: float) -> None:
        """Write what was read, unless it is what is there already."""
        digest, begun = digest_of(source, remote.plan, sink), time.monotonic()
        health = replace(_health(seconds), read=True, features=sink.features)
        with connect(self._owner_url) as connection:
            if source.layer is not None and digest == source.digest:
                self._note(connection, source, remote, digest, health)
                return
            read = gathered(source, remote.plan, sink, sink.folder)
            if source.layer is None:
                layer = make_features(connection, source, remote, read)
            else:
                layer = source.layer
                replace_features(connection, source, read)
            changed = replace(health, changed=True)
            self._note(connection, replace(source, layer=layer), remote, digest, changed)
        log.info("harvested", layer=layer, features=sink.features, seconds=time.monotonic() - begun)

    def _note(
        self, connection: Connection[Any], source: Source, remote: Remote, digest: str | None, health: Health
    ) -> None:
        assert source.layer is not None
        store.finish(connection, source, source.layer, remote.plan, digest)
        store.note_health(connection, source.layer, health)
        if source.state == "asked":
            notify(connection, "keys")

    def _failed(self, database: Database, source: Source, error: Exception) -> None:
        """Keep the old rows, and say why there are no new ones."""
        problems = _problems(error)
        if not isinstance(error, CitygridError):
            log.error("an external service failed", source=source.id, exc_info=error)
        with session(database, SYSTEM) as connection:
            store.fail(connection, source, problems)
            if source.layer is not None:
                text = "; ".join(f"{each['where']}: {each['reason']}" for each in problems[:3])
                store.note_health(connection, source.layer, Health("failing", error=text[:500]))
        log.info("external service failing", source=source.id, layer=source.layer, problems=problems[:3])


def _health(seconds: float) -> Health:
    return Health("slow" if seconds > SLOW_S else "ok", round(seconds * 1000))


def _problems(error: Exception) -> list[dict[str, str]]:
    if isinstance(error, InvalidInput):
        return [{"where": each.where, "reason": each.reason} for each in error.problems[:50]]
    if isinstance(error, CitygridError):
        return [{"where": "service", "reason": error.detail}]
    return [{"where": "server", "reason": "it could not be done; the server's log says why"}]

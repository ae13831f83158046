"""The courier of the job process: makes messages of the log for each webhook and delivers them.

One in the city. Requests of all partners are under way at once on a loop of their own, so that one who hangs
holds up nobody else; the database is asked by a few threads. What was under way when the process died is
sent again by the next one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import structlog
from psycopg import Connection, OperationalError

from api.external.client import Answered, Client
from api.queue_worker import LOOK_S, QueueWorker
from api.webhook_notes import note, note_not_sent, note_odd, send
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import Unavailable
from spatial.partners import calls, deliveries, log, retries, webhooks
from spatial.partners.deliveries import Delivery, Tried
from spatial.partners.log import Cursor, Scan, Wanted, visible
from spatial.partners.outbound import NotSent, Request, write
from spatial.partners.webhooks import Opening, Webhook
from spatial.people.readers import find_reader
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import DISTRICT
from spatial.settings import Settings

MOST_UNDER_WAY = 40
"""Requests at once, of all partners together; beyond them each partner may still have one."""
IDLE_S = 60.0
"""How long a position may lag behind what was read and not wanted."""
BUSY_LOOK_S = 1.0
"""How often is looked at what waits for the clock while something is under way."""
_DATABASE_THREADS = 2
_NO_OWNER = "the account that it belongs to is disabled, gone, or keeps no webhooks any more"

_PASSING = (OperationalError, Unavailable)
"""What is no fault of a message: the database is away, the master key is not there."""

Answer = TypeVar("Answer")
logger = structlog.get_logger()


@dataclass
class Round:
    """What there is to do for each webhook."""

    read: list[tuple[Webhook, Cursor, Scan]] = field(default_factory=list)
    send: list[tuple[Webhook, Delivery]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.read or self.send)


@dataclass(frozen=True)
class Idle:
    """How far a webhook's log was read without anything that it wants, since its position was written."""

    edition: int
    cursor: Cursor
    read: Cursor
    began_s: float

    @classmethod
    def at(cls, webhook: Webhook) -> Idle:
        """Begin where the webhook stands."""
        return cls(webhook.edition, webhook.cursor, webhook.cursor, time.monotonic())

    def is_of(self, webhook: Webhook) -> bool:
        """Tell whether the webhook wants the same as before and stands where it stood."""
        return (self.edition, self.cursor) == (webhook.edition, webhook.cursor)

    @property
    def is_long(self) -> bool:
        """Tell whether the position should be written down."""
        return self.read != self.cursor and time.monotonic() - self.began_s > IDLE_S


class Courier(QueueWorker[Round]):
    """Delivers as long as the process lives; only one in the city does."""

    name = "webhooks"
    room = log.ROOM
    lock = "webhook_alone"

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._under_way: dict[int, int] = {}
        """Messages that are being sent, with their webhooks; `_turn` is held by whoever adds to it."""
        self._begun: set[int] = set()
        self._turn = threading.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: dict[int, Idle] = {}
        self._threads = ThreadPoolExecutor(_DATABASE_THREADS, "webhook-notes")
        self._client: Client | None = None

    def __enter__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._hands = threading.Thread(target=self._loop.run_forever, name="webhook-requests", daemon=True)
        self._hands.start()
        super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._hands.join()
        self._loop.close()
        self._threads.shutdown()

    async def _let_go(self) -> None:
        """Leave what is under way: it is sent again by the next process."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    @property
    def _master(self) -> Path:
        return master_file(self._settings)

    def begin(self, connection: Connection[Any]) -> None:
        """See that nothing waits for what is settled already, or was taken and never begun."""
        for number in self._under_way.keys() - self._begun:
            self._under_way.pop(number, None)
        for webhook in webhooks.active(connection):
            deliveries.release_all(connection, webhook.id)

    def tidy(self, database: Database) -> None:
        """Delete what was settled long ago."""
        with session(database, SYSTEM) as connection:
            gone = deliveries.forget_old(connection)
            calls.forget_old(connection)
        if gone:
            logger.info("messages forgotten", messages=gone)

    def look_s(self, database: Database) -> float:
        """Look again when the next try is due."""
        with session(database, SYSTEM) as connection:
            due_s = deliveries.next_s(connection, list(self._under_way))
        longest_s = BUSY_LOOK_S if self._under_way else LOOK_S
        return longest_s if due_s is None else min(longest_s, max(0.02, due_s))

    def claim(self, connection: Connection[Any]) -> Round | None:
        """Read the log behind each webhook's position, and the messages whose turn it is."""
        found, scanned = Round(), dict[tuple[Cursor, tuple[int, ...]], Scan]()
        try:
            for webhook in webhooks.active(connection):
                self._look(connection, webhook, found, scanned)
                found.send += [(webhook, each) for each in self._turns(connection, webhook)]
        except Exception:
            self._put_back(found.send)
            raise
        return found or None

    def _look(
        self, connection: Connection[Any], webhook: Webhook, found: Round,
        scanned: dict[tuple[Cursor, tuple[int, ...]], Scan],
    ) -> None:  # fmt: skip
        """Read on where this process stopped; that nothing was found is worth a write a minute."""
        idle = self._idle.get(webhook.id)
        if idle is None or not idle.is_of(webhook):
            idle = Idle.at(webhook)
        key = idle.read, tuple(webhook.wanted.numbers)
        if key not in scanned:
            scanned[key] = log.scan(connection, idle.read, Wanted(tuple(log.TOPICS)), log.PAGE)
        scan = scanned[key]
        if scan.more or idle.is_long or any(webhook.wanted.takes(entry) for entry in scan.entries):
            found.read.append((webhook, webhook.cursor, scan))
        else:
            idle = replace(idle, read=scan.cursor)
        self._idle[webhook.id] = idle

    def _turns(self, connection: Connection[Any], webhook: Webhook) -> list[Delivery]:
        """Take messages to send; a partner that fails again and again is asked with one at a time."""
        with self._turn:
            under_way = dict(self._under_way)
            own = [number for number, owner in under_way.items() if owner == webhook.id]
            hands = 1 if webhook.failures >= retries.PATIENT_FAILURES else webhook.parallel
            # A slow partner with many hands leaves each of the others one at least.
            limit = min(max(MOST_UNDER_WAY - len(under_way), 0 if own else 1), hands - len(own))
            if not webhook.awake or limit <= 0:
                return []
            found = deliveries.claim(connection, webhook.id, own, limit)
            self._under_way.update((each.id, webhook.id) for each in found)
            return found

    def work(self, database: Database, item: Round) -> None:
        """Make messages of what was read, and send those whose turn it is."""
        for webhook, since, scan in item.read:
            try:
                self._take(database, webhook, since, scan)
            except Exception as error:
                logger.error("the log could not be read for a webhook", webhook=webhook.id, exc_info=error)
                time.sleep(1)
        for webhook, delivery in item.send:
            self._begun.add(delivery.id)
            asyncio.run_coroutine_threadsafe(self._deliver(database, webhook, delivery), self._loop)

    def _take(self, database: Database, webhook: Webhook, since: Cursor, scan: Scan) -> None:
        """Keep what the owner may see and the webhook wants."""
        owner = _owner(database, webhook)
        if owner is None:
            return
        entries = [entry for entry in scan.entries if webhook.wanted.takes(entry)]
        with session(database, owner) as connection:
            events = log.seen(connection, {each.event_id for each in entries if each.event_id is not None})
        wanted = [entry for entry in entries if visible(webhook.wanted, entry, events)]
        with session(database, SYSTEM) as connection:
            deliveries.keep_read(connection, webhook.id, since, scan.cursor, wanted)

    async def _deliver(self, database: Database, webhook: Webhook, delivery: Delivery) -> None:
        answers: list[tuple[Request, Tried]] = []
        try:
            await self._try(database, webhook, delivery, answers)
        except Exception as error:
            logger.error("a message could not be settled", delivery=delivery.id, exc_info=error)
            await self._note_unforeseen(database, webhook, delivery, answers, error)
        self._begun.discard(delivery.id)
        self._under_way.pop(delivery.id, None)
        await self._go_on(database, webhook)

    async def _go_on(self, database: Database, webhook: Webhook) -> None:
        """Send what comes next to the same partner, without a word to the other processes."""
        try:
            found = await self._ask(self._more, database, webhook)
        except Exception as error:
            logger.warning("the courier looks again by itself", reason=str(error))
            return
        for current, each in found:
            self._begun.add(each.id)
            task = asyncio.create_task(self._deliver(database, current, each))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _more(self, database: Database, webhook: Webhook) -> list[tuple[Webhook, Delivery]]:
        found: list[tuple[Webhook, Delivery]] = []
        try:
            with session(database, SYSTEM) as connection:
                for current in webhooks.active(connection, webhook.id):
                    found += [(current, each) for each in self._turns(connection, current)]
        except Exception:
            self._put_back(found)
            raise
        return found

    def _put_back(self, taken: list[tuple[Webhook, Delivery]]) -> None:
        for _, each in taken:
            self._under_way.pop(each.id, None)

    async def _ask(self, function: Callable[..., Answer], *values: Any) -> Answer:
        """Ask the database, on one of the few threads for that."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *values)

    async def _note_unforeseen(
        self, database: Database, webhook: Webhook, delivery: Delivery,
        answers: list[tuple[Request, Tried]], error: Exception,
    ) -> None:  # fmt: skip
        """See that what fails in a way nobody foresaw is not made anew at the partner again and again."""
        if not isinstance(error, _PASSING):
            try:
                await self._ask(note_odd, database, webhook, delivery, answers, type(error).__name__)
                return
            except Exception as another:
                logger.error("a message could not be noted", delivery=delivery.id, exc_info=another)
        await asyncio.sleep(LOOK_S)

    async def _try(
        self, database: Database, webhook: Webhook, delivery: Delivery, answers: list[tuple[Request, Tried]]
    ) -> None:
        """Send a message and settle it; answers: takes the request and how it went, once it was made."""
        prepared = await self._ask(self._prepare, database, webhook, delivery)
        if isinstance(prepared, NotSent):
            await self._ask(note_not_sent, database, delivery, prepared)
        elif prepared is not None:
            request, opening = prepared
            tried, answer = await self._send(webhook, request, opening)
            answers.append((request, tried))
            await self._ask(note, database, webhook, delivery, request, tried, answer)

    def _prepare(
        self, database: Database, webhook: Webhook, delivery: Delivery
    ) -> tuple[Request, Opening | None] | NotSent | None:
        """Write the request with what the owner may see now; None: owner or webhook are gone."""
        owner = _owner(database, webhook)
        if owner is None:
            return None
        with session(database, SYSTEM) as connection:
            current = next(iter(webhooks.active(connection, webhook.id)), None)
            if current is None:
                return None
            secrets = webhooks.open_secrets(connection, current, self._master)
            entry = log.rows(connection, delivery.topic, [delivery.row_id]).get(delivery.row_id)
            source = log.source(connection)
            event = delivery.event_id
            reference = None if event is None else deliveries.reference_of(connection, webhook.id, event)
        with session(database, owner) as connection:
            events = log.seen(connection, [] if event is None else [event])
        written = write(current, secrets, source, entry, events, reference, int(time.time()))
        return written if isinstance(written, NotSent) else (written, secrets.opening)

    async def _send(
        self, webhook: Webhook, request: Request, opening: Opening | None
    ) -> tuple[Tried, Answered | None]:
        if self._client is None:
            self._client = Client.of(self._settings, MOST_UNDER_WAY + webhooks.MOST)
        return await send(self._client, request, opening, webhook.timeout_s)


def _owner(database: Database, webhook: Webhook) -> Reader | None:
    """Find whose rights a webhook has now; without anybody it is paused."""
    with session(database, SYSTEM) as connection:
        owner = find_reader(connection, webhook.account_id)
        if owner is not None and owner.role in DISTRICT:
            return owner
        webhooks.switch(connection, webhook.id, "paused", _NO_OWNER)
    logger.info("webhook paused", webhook=webhook.id, why=_NO_OWNER)
    return None

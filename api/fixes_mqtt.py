"""OwnTracks over MQTT: a client of the city's broker that takes what phones publish.

A message is acknowledged to the broker when what it holds is committed, and not before: the session is kept
there, so what came in between is sent again after a crash. Who a phone is, the broker knows: it must let each
user publish under `owntracks/USER/` alone.
"""

from __future__ import annotations

import asyncio
import signal
import ssl
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import psycopg
import structlog
from anyio.to_thread import run_sync

from api.fix_calls import loaded, now_us
from api.fix_desk import FixDesk
from api.fix_writer import FixWriter
from api.live import Listener, Message
from spatial.database import Database
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, InvalidInput, TooMany, Unavailable
from spatial.patrols.devices import Device, Devices
from spatial.patrols.protocols import owntracks
from spatial.patrols.protocols.fixes import Batch, Parsed, Profile, Source
from spatial.patrols.senders import Sender
from spatial.rights.envelope import master_file
from spatial.settings import Settings

TOPIC = "owntracks/#"
IDENTIFIER = "citygrid"
AT_ONCE = 200
"""Messages on their way to the database; with more the broker has to wait."""
MOST_ARRIVALS = 10 * AT_ONCE
"""Messages of QoS 0 that wait here; more of them are dropped, as they may be anywhere on their way."""
AGAIN_S = 1.0
OWN_NAME = "mqtt:"
"""Before the name of a phone whose own somebody has taken with a key."""
LARGEST = 256 * 1024
"""Bytes of a message; one with a photo has less."""
_PORTS = {"mqtt": 1883, "mqtts": 8883}

log = structlog.get_logger()


class Arrivals(asyncio.Queue[aiomqtt.Message]):
    """Messages that the broker has sent.

    Those that it keeps until they are acknowledged are never dropped: it would not send them again before the
    line breaks. How many of them there can be is its own to say (`max_inflight_messages`).
    """

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Add a message; QueueFull for what nobody waits to hear of."""
        if item.qos == 0 and self.qsize() >= MOST_ARRIVALS:
            raise asyncio.QueueFull
        super().put_nowait(item)


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and how it is spoken to."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    identifier: str = IDENTIFIER
    topic: str = TOPIC

    def client(self) -> aiomqtt.Client:
        """Make a client whose session the broker keeps."""
        client = aiomqtt.Client(
            self.host, self.port, username=self.username, password=self.password, tls_context=self.tls,
            identifier=self.identifier, clean_session=False, queue_type=Arrivals,
        )  # fmt: skip
        # aiomqtt has no word for it: paho would tell the broker that it has a message before it is committed.
        client._client.manual_ack_set(True)
        return client


def broker(url: str, password: str | None = None, authorities: Path | None = None, **more: str) -> Broker:
    """Read mqtt://user@host:port or mqtts://…; InvalidInput."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise InvalidInput.at("broker", "must be mqtt://host:port or mqtts://host:port") from None
    if not parts.hostname or parts.password:
        raise InvalidInput.at("broker", "must name a host, and no password: that comes in a file")
    tls = ssl.create_default_context(cafile=authorities) if parts.scheme == "mqtts" else None
    return Broker(parts.hostname, port, tls, parts.username, password, **more)


class Follower:
    """Takes what the broker has, until it is told to end."""

    def __init__(self, settings: Settings, broker: Broker) -> None:
        self.broker = broker
        self._database = Database(app_url_of(settings), pool_size=4)
        self._writer = FixWriter(settings)
        self._devices = Devices(self._database, master_file(settings))
        self._desk = FixDesk(self._database, self._writer, master_file(settings))
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._lost = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Follow until SIGTERM or SIGINT; what was taken is written and acknowledged first.

        Raises what following broke by, that whoever minds the process starts it again.
        """
        loop, ending = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        await asyncio.to_thread(self._database.open)
        ear = Listener(self._database.url, self._heard)
        ear.start()
        following, told = loop.create_task(self._follow(ready)), loop.create_task(ending.wait())
        try:
            await asyncio.wait({following, told}, return_when=asyncio.FIRST_COMPLETED)
            following.cancel()
            told.cancel()
            with suppress(asyncio.CancelledError):
                await following
        finally:
            await asyncio.to_thread(self._writer.stop)
            await asyncio.to_thread(ear.stop)
            self._database.close()

    async def _follow(self, ready: Callable[[], None]) -> None:
        while True:
            try:
                await self._connected(ready)
            except aiomqtt.MqttError as error:
                log.warning("the broker is away, trying again", reason=str(error))
                await asyncio.sleep(AGAIN_S)

    async def _connected(self, ready: Callable[[], None]) -> None:
        async with self.broker.client() as client:
            await client.subscribe(self.broker.topic, qos=1)
            log.info("following", host=self.broker.host, topic=self.broker.topic)
            ready()
            try:
                async for message in client.messages:
                    await self._slots.acquire()
                    task = asyncio.create_task(self._one(client, message))
                    self._tasks.add(task)
                    task.add_done_callback(self._done)
            finally:
                if self._tasks:
                    await asyncio.wait(self._tasks, timeout=20)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a message could not be acknowledged", reason=str(error))

    async def _one(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        """Take a message, then acknowledge it; while the database is away it waits.

        What cannot be taken for a reason that nobody has thought of is acknowledged and counted: the broker
        sends no more than so many, and would have none left to send.
        """
        payload = message.payload
        try:
            if isinstance(payload, bytes | bytearray) and len(payload) <= LARGEST:
                await self._kept(str(message.topic), bytes(payload), message.retain)
        except Exception as error:
            self._lost += 1
            # Without the values of variables: they are where people were.
            told = "".join(traceback.format_exception(error))
            log.error("a message could not be taken", so_far=self._lost, traceback=told)
        client._client.ack(message.mid, message.qos)

    async def _kept(self, topic: str, body: bytes, is_old: bool) -> None:
        while True:
            try:
                await self._take(topic, body, is_old)
                return
            except (TooMany, Unavailable, psycopg.OperationalError) as error:
                log.warning("a message waits", reason=str(error))
                await asyncio.sleep(AGAIN_S)
            except CitygridError as error:
                log.warning("a message cannot be read", topic=topic[:200], reason=error.detail)
                return

    async def _take(self, topic: str, body: bytes, is_old: bool) -> None:
        if body.strip():
            loaded(body)
        for message in owntracks.messages(body):
            # Only the broker's word counts: it knows who published, the message may say anything.
            identity = owntracks.identity({}, {}, topic)
            if identity is None:
                raise InvalidInput.at("topic", "names no user and device")
            found = await run_sync(self._found, identity, is_old, limiter=self._desk.threads)
            if found is not None:
                await self._write(found, message)

    def _found(self, identity: str, is_old: bool) -> tuple[Device, Profile] | None:
        """Find a phone, or let it wait; None: there is none.

        What came with a key is the key's, whatever it calls itself: nobody else's walking becomes theirs.
        """
        # What the broker has kept of a phone is the same fix as it was, and harmless; but phones that are
        # long gone must not come up as new ones.
        look = self._devices.find if is_old else self._devices.meet
        for called in (identity, f"{OWN_NAME}{identity}"[:200]):
            try:
                found = look("owntracks", called)
            except TooMany as error:
                # Nothing would be taken of it before somebody takes it up, either.
                log.warning("a new phone is left out", device=called, reason=error.detail)
                return None
            if found is None or found[0].account_id is None:
                return found
        log.warning("a phone's names are taken by accounts", device=identity)
        return None

    async def _write(self, found: tuple[Device, Profile], message: owntracks.Message) -> None:
        device, profile = found
        sender = Sender(device.id, device.identity, device.state, profile)
        try:
            parsed = owntracks.parse(message, profile, device.identity, now_us())
        except InvalidInput as wrong:
            parsed = Parsed(device.identity, skipped=wrong.problems)
        await self._desk.take_of({0: sender}, Source.OWNTRACKS, Batch.gathered([parsed]))
        if parsed.skipped and not parsed.fixes and not parsed.events:
            await self._desk.unreadable(sender)

    def _heard(self, message: Message) -> None:
        if message["kind"] in ("devices", "everything"):
            self._devices.forget()

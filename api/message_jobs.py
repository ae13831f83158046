"""The worker of text messages in the job process: rules make messages, messages go to a gateway."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.message_gateways import Gateway, gateway_of
from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.notify import notify
from spatial.database.roles import app_url_of
from spatial.errors import Unavailable
from spatial.partners.messages import automatic, outbox, receipts
from spatial.partners.messages.gateways import Order, Outcome
from spatial.partners.messages.outbox import Claimed, Ended
from spatial.partners.messages.people import ROOM
from spatial.rights.envelope import NotOpened, master_file
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

log = structlog.get_logger()
AGAIN_S = (5.0, 10.0, 30.0, 60.0, 300.0)
"""Pauses between attempts to reach a gateway."""
KEYLESS_S = 300.0
"""When somebody is tried again whose number does not open for want of a key."""


class MessageSender(QueueWorker[list[Claimed]]):
    """Sends for as long as the process lives; only one in the city does. Without a gateway nothing waits."""

    name = "messages"
    room = ROOM

    def __init__(self, app_url: str, gateway: Gateway | None, master: Path) -> None:
        super().__init__(app_url)
        self._gateway = gateway
        self._master = master
        self._attempts = 0
        self._not_before_s = 0.0

    @classmethod
    def of(cls, settings: Settings) -> MessageSender:
        """Make the worker of a deployment; what is wrong with its gateway is an error of the start."""
        return cls(app_url_of(settings), gateway_of(settings), master_file(settings))

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if self._gateway is not None:
            self._gateway.close()

    def begin(self, connection: Connection[Any]) -> None:
        """Say of those whom a process that died was sending to that nobody knows."""
        gateway = self._gateway
        known = (gateway.repeats, gateway.whole) if gateway is not None else (False, False)
        lost = outbox.give_back(connection, *known)
        if lost:
            log.warning("messages were being sent when the process ended", people=lost)

    def tidy(self, database: Database) -> None:
        """Forget receipts of nothing of ours."""
        with session(database, SYSTEM) as connection:
            outbox.tidy(connection)

    def claim(self, connection: Connection[Any]) -> list[Claimed] | None:
        """Write what rules make, and take those whose turn it is when the gateway is there."""
        if self._gateway is None:
            return None
        made = automatic.make(connection)
        if made:
            log.info("messages by rules", people=made)
        if not self._gateway.is_open:
            return None
        return outbox.claim(connection, self._gateway.size, self._gateway.kind) or None

    def work(self, database: Database, item: list[Claimed]) -> None:
        """Open their numbers, hand the orders over, and note each answer at once."""
        assert self._gateway is not None
        try:
            with session(database, SYSTEM) as connection:
                numbers = outbox.numbers(connection, self._master, [each.recipient_id for each in item])
        except NotOpened as error:
            log.error("numbers do not open", reason=str(error))
            why = "numbers cannot be opened now"
            _note(database, [Ended(each.recipient_id, "queued", why, KEYLESS_S) for each in item])
            return
        self._send(database, self._gateway, item, numbers)
        self._take_receipts(database, self._gateway)

    def _send(
        self, database: Database, gateway: Gateway, item: list[Claimed], numbers: dict[int, str]
    ) -> None:
        by_person = {
            each.recipient_id: outbox.orders(
                each, numbers.get(each.recipient_id, ""), gateway.whole, gateway.country
            )
            for each in item
        }
        reached = [each for each in item if by_person[each.recipient_id]]
        gone = [each for each in item if not by_person[each.recipient_id]]
        _note(database, list(outbox.without_number(gone)))
        orders = [order for each in reached for order in by_person[each.recipient_id]]
        outcomes = _handed_over(database, gateway, orders)
        ends = [
            outbox.ended(
                each, outcomes[each.recipient_id], len(by_person[each.recipient_id]), gateway.repeats
            )
            for each in reached
        ]
        _note(database, ends)
        _say(gateway, ends)

    def idle(self, database: Database) -> None:
        """Keep the gateway open, and take its receipts."""
        gateway = self._gateway
        if gateway is None:
            return
        try:
            if not gateway.is_open:
                self._open(database, gateway)
            if gateway.is_open:
                gateway.listen()
                self._take_receipts(database, gateway)
        except Unavailable as error:
            pause_s = AGAIN_S[min(self._attempts, len(AGAIN_S) - 1)]
            self._attempts += 1
            self._not_before_s = time.monotonic() + pause_s
            log.warning("no gateway", reason=str(error), again_s=pause_s)

    def _open(self, database: Database, gateway: Gateway) -> None:
        if time.monotonic() < self._not_before_s:
            return
        gateway.open()
        self._attempts = 0
        log.info("gateway open", gateway=gateway.kind)
        with session(database, SYSTEM) as connection:
            # Whoever waits is looked at now, not at the next round.
            notify(connection, "messages")

    def _take_receipts(self, database: Database, gateway: Gateway) -> None:
        """Keep receipts before the gateway is told so: it brings again what it was not told of."""
        found = gateway.receipts()
        if found:
            with session(database, SYSTEM) as connection:
                receipts.take(connection, found)
            gateway.acknowledge()


def _handed_over(
    database: Database, gateway: Gateway, orders: list[Order]
) -> defaultdict[int, list[Outcome]]:
    """Hand orders over; each that was taken is noted before the next answer is read."""
    outcomes: defaultdict[int, list[Outcome]] = defaultdict(list)
    for outcome in gateway.send(orders) if orders else ():
        outcomes[outcome.order.recipient_id].append(outcome)
        if outcome.verdict == "taken":
            with session(database, SYSTEM) as connection:
                outbox.note_taken(connection, outcome)
    return outcomes


def _note(database: Database, ends: list[Ended]) -> None:
    if ends:
        with session(database, SYSTEM) as connection:
            outbox.note_ended(connection, ends)


def _say(gateway: Gateway, ends: list[Ended]) -> None:
    counts: defaultdict[str, int] = defaultdict(int)
    for each in ends:
        counts[each.state] += 1
    if counts:
        log.info("messages handed over", gateway=gateway.kind, **counts)

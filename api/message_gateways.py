"""Gateways as the job process works with them: SMPP, HTTP, and the log of a demo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Protocol

import httpcore2
import structlog

from api.external.client import Client
from layers.external.addresses import check_url
from spatial.errors import InvalidInput, Unavailable
from spatial.partners.messages.gateways import (
    HttpAddress,
    LogAddress,
    Order,
    Outcome,
    Receipt,
    address_of,
)
from spatial.partners.messages.http_template import judge, read_template, request_of
from spatial.partners.messages.smpp_client import ANSWER_S, SmppClient
from spatial.rights.masks import mask_phone
from spatial.settings import Settings

log = structlog.get_logger()
_NOT_SENT = (
    httpcore2.ConnectError,
    httpcore2.ConnectTimeout,
    httpcore2.PoolTimeout,
)


class Gateway(Protocol):
    """Takes orders while it is open, and brings receipts."""

    @property
    def kind(self) -> str:
        """Name it: smpp, http or log."""

    @property
    def repeats(self) -> bool:
        """Tell whether the same order twice makes one message."""

    @property
    def whole(self) -> bool:
        """Tell whether it takes long texts in one piece."""

    @property
    def size(self) -> int:
        """How many people it is given at a time."""

    @property
    def country(self) -> str:
        """What is put before numbers of the country's own."""

    @property
    def is_open(self) -> bool:
        """Tell whether it takes orders."""

    def open(self) -> None:
        """Open it; Unavailable."""

    def close(self) -> None:
        """Close it."""

    def send(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Hand orders over."""

    def listen(self) -> None:
        """Look after the connection; Unavailable when it has gone."""

    def receipts(self) -> list[Receipt]:
        """Give the receipts that have come."""

    def acknowledge(self) -> None:
        """Say that they are kept."""


def gateway_of(settings: Settings) -> Gateway | None:
    """Make the gateway that the settings name; None without one, InvalidInput when they are wrong."""
    address = address_of(settings)
    if address is None:
        return None
    if isinstance(address, LogAddress):
        return LogGateway()
    if isinstance(address, HttpAddress):
        return HttpGateway(address, settings)
    return SmppClient(address, settings.external_ca_file)


class LogGateway:
    """Sends nothing: a line of the log tells of each message, with the number masked."""

    kind, repeats, whole, size, country, is_open = "log", True, True, 100, "", True

    def open(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """There is nothing to close."""

    def send(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Write a line for each."""
        for order in orders:
            log.info(
                "a text message is not sent: the gateway is the log",
                to=mask_phone(order.number), characters=len(order.text), reference=order.reference,
            )  # fmt: skip
            yield Outcome(order, "taken", f"log-{order.reference}")

    def listen(self) -> None:
        """Nobody says anything."""

    def receipts(self) -> list[Receipt]:
        """Nothing arrives anywhere."""
        return []

    def acknowledge(self) -> None:
        """There is nobody to tell."""


class HttpGateway:
    """A gateway that is asked by HTTP as its template says; receipts come by the door of api.messages."""

    kind, whole, size = "http", True, 10

    def __init__(self, address: HttpAddress, settings: Settings) -> None:
        self._url = check_url(address.url)
        self._template = read_template(settings.sms_gateway_file)
        self._settings = settings
        self._runner: asyncio.Runner | None = None
        self._client: Client | None = None
        self._next_s = 0.0
        self.repeats = self._template.idempotent
        self.country = self._template.country

    @property
    def is_open(self) -> bool:
        """Tell whether it was opened."""
        return self._client is not None

    def open(self) -> None:
        """Make the client; a connection is made when there is something to say."""
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._made())

    async def _made(self) -> Client:
        return Client.of(self._settings)

    def close(self) -> None:
        """Close all connections."""
        if self._runner is not None and self._client is not None:
            self._runner.run(self._client.aclose())
            self._runner.close()
        self._runner = self._client = None

    def send(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Ask for each; after one that is to be tried later the rest waits, too."""
        why: Outcome | None = None
        for order in orders:
            if why is None:
                time.sleep(max(0.0, self._next_s - time.monotonic()))
                self._next_s = time.monotonic() + 1 / self._template.per_second
                outcome = self._asked(order)
                why = outcome if outcome.verdict == "later" else None
                yield outcome
            else:
                yield Outcome(order, "later", reason=why.reason, wait_s=why.wait_s)

    def _asked(self, order: Order) -> Outcome:
        assert self._runner is not None and self._client is not None
        asked = request_of(self._template, self._url, order)
        try:
            answer = self._runner.run(
                self._client.send(asked.method, asked.url, asked.headers, asked.body, seconds=ANSWER_S)
            )
        except InvalidInput as error:
            return Outcome(order, "later", reason=error.detail)
        except Unavailable as error:
            not_sent = isinstance(error.__context__, _NOT_SENT)
            return Outcome(order, "later" if not_sent else "uncertain", reason=error.detail)
        return judge(self._template, order, answer.status, answer.headers, answer.body)

    def listen(self) -> None:
        """Nothing comes by itself."""

    def receipts(self) -> list[Receipt]:
        """They come by the door."""
        return []

    def acknowledge(self) -> None:
        """They were answered at the door."""

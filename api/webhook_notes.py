"""Sending a message to a partner, and settling it by how that went."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from api.external.client import Answered, Client, Opener
from spatial.database import Database, session
from spatial.errors import CitygridError
from spatial.partners import deliveries, retries, webhooks
from spatial.partners.deliveries import ANSWER_BYTES, Delivery, Tried
from spatial.partners.outbound import NotSent, Request
from spatial.partners.push import reference_in
from spatial.partners.webhooks import Opening, Webhook
from spatial.rights.reader import SYSTEM

MOST_ANSWER = 65_536
"""Bytes of an answer that are read, to find what the partner calls an event."""


async def send(
    client: Client, request: Request, opening: Opening | None, timeout_s: float
) -> tuple[Tried, Answered | None]:
    """Make a request to a partner, and say how it went."""
    headers, url, begun = dict(request.headers), request.url, time.monotonic()
    if opening is not None:
        url = Opener(opening.kind, opening.name, opening.value).apply(url, headers)
    try:
        answer = await client.send(
            request.method, url, headers, request.body, most_bytes=MOST_ANSWER, seconds=timeout_s
        )
    except CitygridError as error:
        return Tried(None, round((time.monotonic() - begun) * 1000), error=error.detail), None
    text = answer.body[:ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "�")
    failed = "" if retries.is_taken(answer.status) else _said(answer.status)
    return Tried(answer.status, round(answer.seconds * 1000), text, failed), answer


def _said(status: int) -> str:
    if 300 <= status < 400:
        return f"the partner redirects ({status}), which is not followed: register the address it leads to"
    return f"the partner answers {status}"


def note_not_sent(database: Database, delivery: Delivery, found: NotSent) -> None:
    """Settle a message that was not written."""
    with session(database, SYSTEM) as connection:
        note = deliveries.note_dead if found.dead else deliveries.note_dropped
        note(connection, delivery, found.why)


def note(
    database: Database, webhook: Webhook, delivery: Delivery, request: Request, tried: Tried,
    answer: Answered | None,
) -> None:  # fmt: skip
    """Settle a message by how it went."""
    with session(database, SYSTEM) as connection:
        if answer is not None and retries.is_taken(answer.status):
            named = reference_in(answer.body, request.reference_at) if webhook.kind == "rest" else None
            reference = None if delivery.event_id is None or request.reference_at is None else named or ""
            deliveries.note_taken(connection, delivery, tried, reference)
            return
        _note_failed(connection, webhook, delivery, tried, answer)


def note_odd(
    database: Database, webhook: Webhook, delivery: Delivery, answers: list[tuple[Request, Tried]], what: str
) -> None:
    """Settle a message that something unforeseen happened with, without another look at the answer."""
    with session(database, SYSTEM) as connection:
        if not answers:
            deliveries.note_dead(connection, delivery, f"it cannot be sent: {what}")
            return
        request, tried = answers[0]
        tried = Tried(tried.status, tried.ms, error=tried.error)
        if tried.status is None or not retries.is_taken(tried.status):
            _note_failed(connection, webhook, delivery, tried, None)
            return
        reference = None if delivery.event_id is None or request.reference_at is None else ""
        deliveries.note_taken(connection, delivery, tried, reference)


def _note_failed(
    connection: Connection[Any], webhook: Webhook, delivery: Delivery, tried: Tried, answer: Answered | None
) -> None:
    header = answer.headers.get("retry-after") if answer else None
    asked_s = retries.retry_after_s(header, datetime.now(UTC))
    wait_s = retries.pause_s(webhook.retries_s, delivery.tries, asked_s, random.random())
    rest_s = None
    if retries.is_of_partner(tried.status):
        rest_s = retries.rest_s(webhook.failures + 1, asked_s, random.random())
    if tried.status == retries.GONE:
        wait_s = wait_s or 0.0
    elif retries.is_hopeless(webhook.kind, tried.status):
        wait_s = None
    give_up = deliveries.note_failed(connection, delivery, tried, wait_s, rest_s)
    if tried.status == retries.GONE:
        webhooks.switch(connection, webhook.id, "off", "the partner answered 410: it wants no more messages")
    elif give_up:
        webhooks.switch(connection, webhook.id, "off", f"nothing was taken for five days: {tried.error}")

"""Webhooks: register, see at a glance how they do, try, look at what was delivered, decide about the rest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.external.client import Client
from api.me import not_kept
from api.schemas.webhooks import (
    DeliveryQuery,
    Dropped,
    WebhookChange,
    WebhookSent,
    cursor_of,
    opening_of,
)
from api.webhook_notes import send
from layers.external.addresses import Policy, check_url, is_open, origin
from spatial.database import as_platform, session
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.partners import deliveries, health, log, outbound, webhooks
from spatial.partners.cloud_events import ping
from spatial.partners.webhooks import NewWebhook, Secrets
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

router = APIRouter(tags=["exchange"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
TESTS_AT_ONCE = asyncio.Semaphore(4)


@router.get("/api/webhooks")
def all_webhooks(connection: ConnectionOf, reader: ReaderOf) -> Json:
    """List the webhooks that you keep: how each does (`health`), and why messages arrive or not (`why`)."""
    webhooks.check_keeper(reader)
    return {"webhooks": _described(connection, reader, webhooks.shown(connection))}


@router.post("/api/webhooks", status_code=201)
def add(
    connection: ConnectionOf, city: CityOf, reader: ReaderOf, sent: WebhookSent, answer: Response
) -> Json:
    """Register a webhook in your own name; its `secret` is shown this once."""
    webhooks.check_keeper(reader)
    url = _checked(city.settings, sent.url)
    new = NewWebhook(
        sent.name, url, sent.kind, sent.wanted(), sent.options, sent.timeout_s, sent.parallel,
        tuple(sent.retries_s), sent.after_dead, opening_of(sent), cursor_of(sent.since),
    )  # fmt: skip
    number, secret = webhooks.add(connection, reader, new, master_file(city.settings))
    answer.headers["location"] = f"/api/webhooks/{number}"
    return {**_shown(connection, reader, number), "secret": secret}


@router.get("/api/webhooks/{identifier}")
def webhook(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Show one webhook, how it does and why."""
    return _shown(connection, reader, identifier)


@router.patch("/api/webhooks/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, city: CityOf, reader: ReaderOf, sent: WebhookChange
) -> Json:
    """Change a webhook, pause it or let it go on; its partner is asked again at once."""
    webhooks.check_keeper(reader)
    before, opening, given = webhooks.locked(connection, identifier), opening_of(sent), sent.given()
    if sent.url is not None:
        given["url"] = _checked(city.settings, sent.url)
        moved = origin(given["url"]) != origin(before["url"])
        if moved and before["opener_kind"] and opening is None and not sent.forget_opening:
            raise InvalidInput.at("url", "is of another host: send again what the partner is opened with")
    with as_platform(connection, reader):
        given["since"] = log.horizon(connection) if sent.since == "now" else cursor_of(sent.since)
        if sent.forget_opening:
            webhooks.forget_opening(connection, identifier)
    webhooks.change(connection, reader, identifier, given, opening, master_file(city.settings))
    return _shown(connection, reader, identifier)


@router.delete("/api/webhooks/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Delete a webhook with its messages."""
    webhooks.delete(connection, reader, identifier)


@router.post("/api/webhooks/{identifier}/secret")
def rotate(identifier: Number, connection: ConnectionOf, city: CityOf, reader: ReaderOf) -> Json:
    """Make another secret, shown this once; messages carry signatures of both for a day."""
    secret = webhooks.rotate(connection, reader, identifier, master_file(city.settings))
    return {**_shown(connection, reader, identifier), "secret": secret}


@router.post("/api/webhooks/{identifier}/test")
async def test(identifier: Number, city: CityOf, reader: ReaderOf) -> Json:
    """Send a message of the type org.citygrid.ping now, and tell what the partner answered."""
    request, secrets, timeout_s = await run_in_threadpool(_ping, city, reader, identifier)
    client = Client.of(city.settings)
    try:
        async with TESTS_AT_ONCE:
            tried, _ = await send(client, request, secrets.opening, timeout_s)
    finally:
        await client.aclose()
    return {**asdict(tried), "url": request.url}


@router.get("/api/webhooks/{identifier}/preview")
def preview(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf,
    event: Annotated[int, Query(ge=1, le=2**63 - 1)],
) -> Json:  # fmt: skip
    """Show what would be sent for the last step of an event that you see; nothing is sent, or kept."""
    webhooks.one(connection, identifier)
    found = log.seen(connection, [event])
    if not found:
        raise NotFound(f"there is no event '{event}'")
    with as_platform(connection, reader):
        entry, source = log.last_step(connection, event), log.source(connection)
        kept = webhooks.registered(connection, identifier)
        reference = deliveries.reference_of(connection, identifier, event)
    written = outbound.write(kept, Secrets((), None), source, entry, found, reference, int(time.time()))
    if isinstance(written, outbound.NotSent):
        raise Conflict(written.why)
    return {**asdict(written), "body": written.body.decode()}


@router.get("/api/webhooks/{identifier}/deliveries")
def messages(identifier: Number, connection: ConnectionOf, asked: Annotated[DeliveryQuery, Query()]) -> Json:
    """List messages, newest first; `next` is the `before` of the next page. state=dead: what was given up."""
    webhooks.one(connection, identifier)
    found = deliveries.listed(connection, identifier, asked.state, asked.event, asked.before, asked.limit)
    return {"deliveries": found, "next": found[-1]["id"] if len(found) == asked.limit else None}


@router.get("/api/webhooks/{identifier}/deliveries/{number}")
def message(identifier: Number, number: Number, connection: ConnectionOf) -> Json:
    """Show a message with all tries: status, time, and the beginning of each answer."""
    webhooks.one(connection, identifier)
    return deliveries.one(connection, identifier, number)


@router.post("/api/webhooks/{identifier}/again")
def all_again(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Send everything again that was given up, in its order."""
    webhooks.one(connection, identifier)
    return {"messages": deliveries.send_again(connection, reader, identifier)}


@router.post("/api/webhooks/{identifier}/drop")
def drop_all(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: Dropped) -> Json:
    """Let everything go that was given up; the reason stays."""
    webhooks.one(connection, identifier)
    return {"messages": deliveries.drop(connection, reader, identifier, sent.why)}


@router.post("/api/webhooks/{identifier}/deliveries/{number}/again")
def again(identifier: Number, number: Number, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Send a message again, under the same name."""
    webhooks.one(connection, identifier)
    deliveries.one(connection, identifier, number)
    deliveries.send_again(connection, reader, identifier, number)
    return deliveries.one(connection, identifier, number)


@router.post("/api/webhooks/{identifier}/deliveries/{number}/drop")
def drop(
    identifier: Number, number: Number, connection: ConnectionOf, reader: ReaderOf, sent: Dropped
) -> Json:
    """Give a message up that is dead or waits; those behind it go on."""
    webhooks.one(connection, identifier)
    deliveries.one(connection, identifier, number)
    deliveries.drop(connection, reader, identifier, sent.why, number)
    return deliveries.one(connection, identifier, number)


@router.get("/api/events/{identifier}/references")
def references(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell what partners call an event, of the webhooks that you keep."""
    if not log.seen(connection, [identifier]):
        raise NotFound(f"there is no event '{identifier}'")
    return {"references": deliveries.references(connection, identifier)}


def _shown(connection: Connection[Any], reader: Reader, number: int) -> Json:
    return _described(connection, reader, [webhooks.one(connection, number)])[0]


def _described(connection: Connection[Any], reader: Reader, rows: list[Json]) -> list[Json]:
    with as_platform(connection, reader):
        around = health.surroundings(connection)
    now = datetime.now(UTC)
    found = [(row, *health.health(row, around, now)) for row in rows]
    return [{**row, "health": word, "why": why} for row, word, why in found]


def _checked(settings: Settings, url: str) -> str:
    """Check an address; one that is closed is refused at once, names are looked at when they are sent to."""
    url = check_url(url)
    host = origin(url)[1]
    try:
        ip_address(host)
    except ValueError:
        return url
    if not is_open(host, host, Policy(settings.external_networks, settings.external_hosts)):
        raise InvalidInput.at(
            "url",
            "leads to an address of this machine or of a private network, which is closed: name it in"
            " CITYGRID_EXTERNAL_NETWORKS",
        )
    return url


def _ping(city: City, reader: Reader, number: int) -> tuple[outbound.Request, Secrets, int]:
    """Write a message that says nothing."""
    with session(city.database, reader) as connection:
        webhooks.check_keeper(reader)
        webhooks.locked(connection, number)
    with session(city.database, SYSTEM) as connection:
        found = webhooks.registered(connection, number)
        if found.kind != "webhook":
            raise Conflict("a webhook of the kind rest has no message that says nothing: see preview")
        secrets = webhooks.open_secrets(connection, found, master_file(city.settings))
        message = ping(log.source(connection), found.name, datetime.now(UTC))
    return outbound.signed(found.url, message, secrets, int(time.time())), secrets, found.timeout_s

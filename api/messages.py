"""Text messages to chosen people: tried dry, sent, followed; rules of those sent by themselves; receipts."""

from __future__ import annotations

import hmac
from base64 import b64decode
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.city import City
from api.dependencies import TAKES_ANYTHING, CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.schemas.messages import AgainSent, MessageQuery, MessageSent, Occasion, RuleSent
from spatial.database import session
from spatial.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from spatial.partners.messages import receipts, rules, store
from spatial.partners.messages.gateways import Receipt, address_of, kind_of
from spatial.partners.messages.http_template import parsed, read_template, receipts_of
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

router = APIRouter(tags=["messages"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
NO_GATEWAY = "no gateway is set (CITYGRID_SMS_GATEWAY): nothing can be sent"


@router.post("/api/messages/preview")
def preview(connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: MessageSent) -> Json:
    """Say what a message would be, to whom, and what it takes in short messages; nothing is sent."""
    made = store.prepare(connection, reader, sent.asked())
    return {
        "text": made.split.text,
        "alphabet": made.split.alphabet,
        "parts": len(made.split.parts),
        "people": len(made.people.reached),
        "cost": made.cost,
        "gateway": _kind(city.settings),
        "to": made.people.reached,
        "without_phone": made.people.without_phone,
    }


@router.post("/api/messages", status_code=201)
def send(
    connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: MessageSent, answer: Response
) -> Json:
    """Send a message; sent again under the same client_id, it is the same one (200)."""
    store.check_may_send(reader)
    if _kind(city.settings) is None:
        raise Conflict(NO_GATEWAY)
    number, is_new = store.send(connection, reader, sent.asked(), city.settings.sms_per_hour)
    answer.status_code = 201 if is_new else 200
    answer.headers["location"] = f"/api/messages/{number}"
    return _shown(connection, city, number)


@router.get("/api/messages")
def messages(connection: ConnectionOf, asked: Annotated[MessageQuery, Query()]) -> Json:
    """List messages, newest first, with how many people are in which state; `next` is the next `before`."""
    found = store.listed(connection, asked.event, asked.state, asked.before, asked.limit)
    return {"messages": found, "next": found[-1]["id"] if len(found) == asked.limit else None}


@router.get("/api/messages/{identifier}")
def message(identifier: Number, connection: ConnectionOf, city: CityOf) -> Json:
    """Show a message, and what became of it for each of its people; no numbers."""
    return _shown(connection, city, identifier)


@router.post("/api/messages/{identifier}/again")
def again(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: AgainSent
) -> Json:
    """Try a message again for those whom it failed, expired or is uncertain for."""
    store.again(connection, reader, identifier, sent.workers, city.settings.sms_per_hour)
    return _shown(connection, city, identifier)


@router.get("/api/message-rules")
def all_rules(connection: ConnectionOf) -> Json:
    """List what is sent by itself: one rule for each occasion."""
    return {"rules": [asdict(each) for each in rules.read_rules(connection)]}


@router.put("/api/message-rules/{occasion}")
def change_rule(occasion: Occasion, connection: ConnectionOf, reader: ReaderOf, sent: RuleSent) -> Json:
    """Change what is sent by itself on an occasion; it holds from the next step or warning on."""
    return asdict(rules.change(connection, reader, sent.rule(occasion)))


@router.post("/api/public/message-receipts", status_code=204)
@router.get("/api/public/message-receipts", status_code=204)
async def take_receipts(request: Request, city: CityOf) -> Response:
    """Take the receipts of an HTTP gateway, which proves itself with the secret of the settings."""
    _check_secret(request, city.settings)
    found = await _receipts(request, city.settings)
    async with city.slots:
        await run_in_threadpool(_keep, city, found)
    return Response(status_code=204, headers={"cache-control": "no-store"})


TAKES_ANYTHING.add(take_receipts)


def _kind(settings: Settings) -> str | None:
    address = address_of(settings)
    return None if address is None else kind_of(address)


def _shown(connection: Connection[Any], city: City, number: int) -> Json:
    return {**store.read(connection, number), "gateway": _kind(city.settings)}


def _check_secret(request: Request, settings: Settings) -> None:
    """NotFound when there is no such door here; Unauthenticated without the secret, or with another."""
    if settings.sms_receipt_secret is None or _kind(settings) != "http":
        raise NotFound("no gateway brings receipts here")
    given = _secret_of(request).encode()
    if not hmac.compare_digest(given, settings.sms_receipt_secret.value.encode()):
        raise Unauthenticated("receipts are taken from our gateway alone")


def _secret_of(request: Request) -> str:
    """Read it from where gateways can put it: Bearer, the password of Basic, or the parameter `secret`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return request.query_params.get("secret", "")


async def _receipts(request: Request, settings: Settings) -> list[Receipt]:
    template = read_template(settings.sms_gateway_file)
    sent: Any = dict(request.query_params)
    if request.method == "POST" and (body := await request.body()):
        kind = request.headers.get("content-type", "")
        if "json" in kind:
            sent = parsed(body)
        elif "form-urlencoded" in kind:
            sent = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
        else:
            raise InvalidInput.at("body", "must be JSON or a form")
    return receipts_of(template, sent)


def _keep(city: City, found: list[Receipt]) -> None:
    with session(city.database, SYSTEM) as connection:
        receipts.take(connection, found)

"""Adapters: made and tried by administrators, sent messages by other systems, refused ones sent again.

Messages come with a key of ours, or signed by their sender; the reader middleware lets the latter through,
and the signature is looked at here, over the bytes as they came.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.asgi import read_body, takes_files
from api.city import City
from api.dependencies import TAKES_ANYTHING, CityOf, ConnectionOf, ReaderOf
from api.json_size import check_json, values_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.adapters import (
    AdapterChange,
    AdapterSent,
    AgainSent,
    DropSent,
    SecretSent,
    TrySent,
)
from layers.external.addresses import check_url, origin
from spatial.database import session
from spatial.errors import NotFound, Unauthenticated
from spatial.partners.adapters import receiving, signatures, store
from spatial.partners.adapters.documents import FORM, read_document
from spatial.partners.adapters.receiving import Received
from spatial.partners.adapters.store import Adapter
from spatial.people.readers import find_reader
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader

router = APIRouter(tags=["adapters"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Name = Annotated[str, Path(min_length=1, max_length=40)]
MOST_BODY = 32 * 2**20
"""Bytes of one sending."""
MOST_VALUES = 2_000_000
"""Values of one sending: ten thousand messages of two hundred fields."""


@router.get("/api/adapters")
def adapters(connection: ConnectionOf) -> Json:
    """List the adapters that you keep, and how they do; never a secret."""
    return {"adapters": store.read(connection)}


@router.post("/api/adapters", status_code=201)
def make(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: AdapterSent, answer: Response
) -> Json:
    """Make an adapter; a secret that is made for it is shown this once."""
    _check_url(sent.options if sent.kind == store.OPEN311 else None)
    _, secret = store.add(connection, reader, sent.new(), master_file(city.settings))
    answer.headers["location"] = f"/api/adapters/{sent.name}"
    return {**store.one(connection, sent.name), "secret": secret}


@router.post("/api/adapters/check")
def try_out(city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: TrySent) -> Json:
    """See what reports would come of a sample by a mapping that is not kept (dry run); nothing is."""
    store.check_keeper(reader)
    store.check("draft", store.MESSAGES, sent.source, sent.mapping, sent.options)
    draft = Adapter(0, "draft", store.MESSAGES, sent.source, 0, sent.mapping, sent.options)
    body = sent.sample.encode()
    document = _document(body, sent.content_type or _kind_of(body), {}, draft)
    return {"results": receiving.tried(connection, city.desk, reader, draft, document)}


@router.get("/api/adapters/{name}")
def adapter(name: Name, connection: ConnectionOf) -> Json:
    """Show an adapter, and how it does."""
    return store.one(connection, name)


@router.patch("/api/adapters/{name}")
def change(name: Name, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: AdapterChange) -> Json:
    """Change an adapter; `take_over` makes it yours."""
    given = sent.model_dump(exclude_unset=True)
    before = store.one(connection, name)
    options = given.get("options") if before["kind"] == store.OPEN311 else None
    _check_url(options)
    given = {key: each for key, each in given.items() if each is not None}
    store.change(connection, reader, name, given, master_file(city.settings))
    if options is not None and origin(options["url"]) != origin(before["options"]["url"]):
        # What a server is opened with goes to no other one.
        store.forget_secret(connection, reader, name)
    return store.one(connection, name)


@router.delete("/api/adapters/{name}", status_code=204)
def delete(name: Name, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Delete an adapter with the messages that it refused; its events stay."""
    store.delete(connection, reader, name)


@router.post("/api/adapters/{name}/secret")
def another_secret(
    name: Name, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: SecretSent
) -> Json:
    """Give it another secret, made here unless one is sent; the one before is good for a day more."""
    given = sent.secret.get_secret_value() if sent.secret else None
    return {"secret": store.set_secret(connection, reader, name, given, master_file(city.settings))}


@router.post("/api/adapters/{name}/ask", status_code=202)
def ask(name: Name, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Let another city's server be asked now, whatever its interval."""
    store.ask_now(connection, reader, name)
    return {"adapter": name}


@router.post("/api/adapters/{name}/check")
@takes_files
async def check(name: Name, request: Request, city: CityOf, reader: ReaderOf) -> Response:
    """See what reports would come of the messages that are sent, or of the kept sample; nothing is kept."""
    body = await read_body(request.scope, request.receive, MOST_BODY)
    headers = _headers(request)
    async with city.slots:
        return _answer(await run_in_threadpool(_tried, city, reader, name, headers, body), 200)


@router.post(
    "/api/adapters/{name}/reports",
    responses={
        201: {"description": "One message, which is a new event"},
        202: {"description": "Something was refused, and is kept"},
        422: {"description": "One message, which is refused and too large to be kept"},
    },
)
@takes_files
async def take(name: Name, request: Request, city: CityOf) -> Response:
    """Take messages in: JSON, XML, a form, a list, CloudEvents; one result each, in their order."""
    body = await read_body(request.scope, request.receive, MOST_BODY)
    headers = _headers(request)
    reader: Reader | None = request.scope["reader"]
    async with city.slots:
        results, single = await run_in_threadpool(_taken, city, reader, name, headers, body)
    return _answer(_summary(results), _status(results) if single else _status_of_many(results))


TAKES_ANYTHING.add(take)


@router.get("/api/adapters/{name}/refused")
def refused(
    name: Name,
    connection: ConnectionOf,
    state: Annotated[Literal["waiting", "taken", "dropped"], Query()] = "waiting",
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Json:
    """List messages that became no event, oldest first, with the reasons."""
    store.one(connection, name)
    return page("refused", receiving.refusals(connection, name, state, after, limit), limit)


@router.post("/api/adapters/{name}/refused/resend")
def resend(name: Name, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: AgainSent) -> Json:
    """Take refused messages in anew, by the mapping as it is now: named ones, or up to 1,000 that wait."""
    found = _kept(city, connection, name)
    return _summary(receiving.send_again(connection, city.desk, reader, found, sent.ids))


@router.post("/api/adapters/{name}/refused/drop")
def drop(name: Name, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: DropSent) -> Json:
    """Give refused messages up for good: named ones, or all; the reason is kept."""
    found = _kept(city, connection, name)
    return {"dropped": receiving.drop(connection, reader, found, sent.why, sent.ids)}


@router.get("/api/adapters/{name}/refused/{identifier}")
def refusal(name: Name, identifier: Number, city: CityOf, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Show a refused message with what it says; that you did is on record."""
    return receiving.refusal(connection, city.desk, reader, _kept(city, connection, name), identifier)


def _check_url(options: Json | None) -> None:
    if options is not None and isinstance(options.get("url"), str):
        check_url(options["url"], "options.url")


def _kept(city: City, connection: Any, name: str) -> Adapter:
    """Find an adapter for whoever keeps it; NotFound for everybody else."""
    store.one(connection, name)
    return _used(city, name)


def _used(city: City, name: str) -> Adapter:
    with session(city.database, SYSTEM) as connection:
        return store.used(connection, name)


def _headers(request: Request) -> dict[str, str]:
    return {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in request.scope["headers"]}


def _document(body: bytes, content_type: str, headers: dict[str, str], adapter: Adapter) -> Any:
    left = MOST_VALUES

    def check(text: bytes) -> None:
        """All that is packed in one sending counts together."""
        nonlocal left
        check_json(text, left)
        left -= values_in(text)

    check_json(body, MOST_VALUES)
    return read_document(body, content_type, headers, adapter.lists, check)


def _kind_of(body: bytes) -> str:
    """Guess what a sample is, of which nobody says it."""
    first = body.lstrip()[:1]
    return "application/xml" if first == b"<" else "application/json" if first in b'{["' else FORM


def _tried(city: City, reader: Reader, name: str, headers: dict[str, str], body: bytes) -> Json:
    with session(city.database, reader) as connection:
        row = store.one(connection, name)
        found = _used(city, name)
        content_type = headers.get("content-type", "")
        if not body:
            body, headers = (row["sample"] or "").encode(), {}
            content_type = _kind_of(body)
        document = _document(body, content_type, headers, found)
        return {"results": receiving.tried(connection, city.desk, reader, found, document)}


def _taken(
    city: City, reader: Reader | None, name: str, headers: dict[str, str], body: bytes
) -> tuple[list[Received], bool]:
    if reader is None:
        reader, found = _signed(city, name, headers, body)
    else:
        receiving.check_may_send(reader)
        found = _used(city, name)
    document = _document(body, headers.get("content-type", ""), headers, found)
    messages = found.mapping.messages(document)
    with session(city.database, reader) as connection:
        received = receiving.receive(connection, city.desk, reader, found, messages)
    return received, len(messages) == 1 and not isinstance(document, list)


def _signed(city: City, name: str, headers: dict[str, str], body: bytes) -> tuple[Reader, Adapter]:
    """Find whose rights a signed message has; whatever is wrong with it, the answer is the same."""
    unknown = Unauthenticated("this needs a key, or the signature that its adapter is set up for")
    with session(city.database, SYSTEM) as connection:
        try:
            found = store.used(connection, name)
        except NotFound:
            raise unknown from None
        if found.signature is None or not signatures.is_signed(found.signature, headers):
            raise unknown
        secrets = store.secrets_of(connection, found.id, master_file(city.settings))
        signatures.verify(found.signature, secrets, headers, body, time.time())
        owner = find_reader(connection, found.account_id)
    if owner is None:
        raise Unauthenticated("the account that the adapter belongs to is disabled or gone")
    return owner, found


def _summary(received: list[Received]) -> Json:
    results = [_result(each) for each in received]
    taken = sum(each.outcome.created for each in received)
    refused = sum(bool(each.problems) for each in received)
    known = len(received) - taken - refused
    return {"taken": taken, "known": known, "refused": refused, "results": results}


def _result(received: Received) -> Json:
    if received.problems:
        problems = [asdict(problem) for problem in received.problems]
        return {"status": _one_status(received), "refusal": received.refusal, "state": received.state,
                "errors": problems}  # fmt: skip
    told = {key: value for key, value in asdict(received.outcome).items() if key != "problems"}
    return {"status": _one_status(received), **told}


def _one_status(received: Received) -> int:
    if received.problems:
        return 422 if received.refusal is None else 202
    return 201 if received.outcome.created else 200


def _status(received: list[Received]) -> int:
    return _one_status(received[0])


def _status_of_many(received: list[Received]) -> int:
    """202: something was refused, and is kept; each result says what became of it."""
    return 202 if any(each.problems for each in received) else 200


def _answer(body: Json, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")

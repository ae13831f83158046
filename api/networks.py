"""Networks of lifelines: what there is, files brought in and confirmed; the job process reads them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.asgi import takes_files
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.layers import pieces_of, write_down
from api.me import not_kept
from api.network_jobs import waiting_files
from api.paging import Number, page
from api.schemas.networks import (
    ImportsQuery,
    NetworkChoices,
    NetworkConfirmed,
    NetworkFields,
    NetworksQuery,
)
from lifeline import network
from lifeline.networks import queue
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, Problem
from spatial.geometry.uploads import safe_name
from spatial.people.organisations import organisation_id
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Name = Annotated[str, InPath(min_length=1, max_length=60)]
LOOK_S = 0.1
MOST_FIELDS = 20


@router.get("/api/lifeline/networks")
def networks(connection: ConnectionOf, asked: Annotated[NetworksQuery, Query()]) -> Json:
    """List the networks that one may see."""
    return page("networks", network.listed(connection, asked.after, asked.limit), asked.limit)


@router.post("/api/lifeline/networks", status_code=202)
@takes_files
async def bring_in(
    request: Request,
    city: CityOf,
    reader: ReaderOf,
    said: Annotated[NetworkFields, Query()],
    answer: Response,
) -> Json:
    """Bring a file in: the body itself, or the one file of a form with what is said of it.

    201 with the report when nothing is doubtful; else 202 with what was found and what must be confirmed.
    """
    if reader.role not in rule_of("network").create:
        raise Forbidden("this role does not bring networks in")
    path = waiting_files(city.settings.home) / secrets.token_hex(16)
    try:
        fields = await _received(request, path, said)
        number = await run_in_threadpool(_ask, city, reader, fields, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    answer.headers["location"] = f"/api/lifeline/networks/imports/{number}"
    return await _outcome(city, reader, number, fields.wait, answer)


@router.get("/api/lifeline/networks/imports")
def imports(connection: ConnectionOf, asked: Annotated[ImportsQuery, Query()]) -> Json:
    """List what was brought in, newest first, without the reports."""
    found = [_written(each, brief=True) for each in queue.listed(connection, asked.before, asked.limit)]
    return page("imports", found, asked.limit)


@router.get("/api/lifeline/networks/imports/{identifier}")
def import_of(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell how far an import is: what was found, what must be confirmed, and the report."""
    return _written(queue.one(connection, identifier))


@router.post("/api/lifeline/networks/imports/{identifier}/confirm", status_code=202)
async def confirm(
    identifier: Number, city: CityOf, reader: ReaderOf, sent: NetworkConfirmed, answer: Response
) -> Json:
    """Confirm what was proposed, or say it otherwise; it is brought in then."""
    await run_in_threadpool(_confirm, city, reader, identifier, sent)
    return await _outcome(city, reader, identifier, sent.wait, answer)


@router.delete("/api/lifeline/networks/imports/{identifier}", status_code=204)
def cancel(identifier: Number, connection: ConnectionOf) -> None:
    """Call off an import that has not ended."""
    queue.cancel(connection, identifier)


@router.get("/api/lifeline/networks/{name}")
def one(name: Name, connection: ConnectionOf) -> Json:
    """Show a network: how much of it there is, its edition and the age of its data."""
    return network.read(connection, name)


@router.delete("/api/lifeline/networks/{name}", status_code=204)
def delete(name: Name, connection: ConnectionOf) -> None:
    """Delete a network with all that it is made of."""
    network.remove(connection, name)


def _confirm(city: City, reader: Reader, number: int, sent: NetworkChoices) -> None:
    with session(city.database, reader) as connection:
        queue.confirm(connection, reader, number, sent.wish)


async def _received(request: Request, path: Path, said: NetworkFields) -> NetworkFields:
    """Keep a file for the job process, under a name of ours; gives what is said of it."""
    fields = said.model_dump(exclude_unset=True)
    if request.headers.get("content-type", "").startswith("multipart/"):
        given, name = await _of_form(request, path)
        if twice := sorted(fields.keys() & given.keys()):
            raise InvalidInput.at(twice[0], "stands in the form and in the address")
        fields = {"filename": name, **fields, **given}
    else:
        await write_down(path, request.stream())
    if not path.stat().st_size:
        raise InvalidInput.at("body", "is empty")
    return _read(fields)


async def _of_form(request: Request, path: Path) -> tuple[dict[str, str], str]:
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        texts = [(name, each) for name, each in form.multi_items() if isinstance(each, str)]
        if len(files) != 1:
            raise InvalidInput.at("body", "must hold one file; several go into one ZIP")
        names = [name for name, _ in texts]
        if twice := [name for name in names if names.count(name) > 1]:
            raise InvalidInput.at(twice[0], "stands twice")
        await write_down(path, pieces_of(files[0]))
        return {name: text for name, text in texts if text != ""}, (files[0].filename or "")[:255]


def _read(fields: Mapping[str, Any]) -> NetworkFields:
    try:
        return NetworkFields.model_validate(fields)
    except ValidationError as error:
        raise InvalidInput(
            [Problem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()]
        ) from None


def _ask(city: City, reader: Reader, fields: NetworkFields, path: Path) -> int:
    filename = safe_name(fields.filename or "network")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    sent = queue.Sent(filename, path.name, path.stat().st_size, digest.hexdigest())
    with session(city.database, reader) as connection:
        owner = organisation_id(connection, fields.organisation) or reader.organisation_id
        name = fields.name or Path(filename).stem[:60] or "network"
        return queue.ask(connection, reader, name, owner, sent, fields.wish)


async def _outcome(city: City, reader: Reader, number: int, wait_s: float, answer: Response) -> Json:
    """Wait a moment for the job process: 201 with the report, else 202 with how far it is."""
    until = asyncio.get_running_loop().time() + wait_s

    def look() -> queue.Listed:
        with session(city.database, reader) as connection:
            return queue.one(connection, number)

    while not (seen := await run_in_threadpool(look)).rests:
        if asyncio.get_running_loop().time() >= until:
            return _written(seen)
        await asyncio.sleep(LOOK_S)
    if seen.state not in ("done", "proposed"):
        raise queue.refusal_of(seen)
    answer.status_code = 201 if seen.state == "done" else 202
    return _written(seen)


def _written(seen: queue.Listed, brief: bool = False) -> Json:
    facts = dict(vars(seen))
    if brief:
        facts.pop("report")
        facts.pop("proposals")
    return facts

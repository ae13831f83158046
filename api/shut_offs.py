"""Shut-offs of networks: planned, announced, run valve by valve, signed to be taken along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi import Path as InPath
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.plans import Storable
from api.schemas.shut_offs import (
    ConflictsQuery,
    NewShutOff,
    ShutOffConfirmed,
    ShutOffDone,
    ShutOffsQuery,
    ValveTurned,
)
from api.signing import master_of
from lifeline.shutoffs import acting, records
from lifeline.shutoffs.conflicts import conflicts
from lifeline.shutoffs.models import OPEN
from lifeline.shutoffs.statements import statement
from spatial.database import session
from spatial.rights.reader import Reader

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Code = Annotated[str, InPath(min_length=1, max_length=200), Storable]
ROOT = "/api/lifeline/shut-offs"


@router.get(ROOT)
def listed(connection: ConnectionOf, asked: Annotated[ShutOffsQuery, Query()]) -> Json:
    """List the shut-offs of networks that you see, newest first; `next` is the next `before`."""
    wanted = records.Wanted(**asked.model_dump())
    return page("shut_offs", records.listed(connection, wanted), asked.limit)


@router.post(ROOT, status_code=201)
async def plan(city: CityOf, reader: ReaderOf, sent: NewShutOff, answer: Response) -> Json:
    """Plan a shut-off: the network is asked, and what it answers is written down."""

    def planned(connection: Connection[Any]) -> int:
        network, question, said = sent.network, sent.question(), sent.planned()
        return acting.plan(connection, city.networks, reader, network, question, said)

    shown = await _done(city, reader, planned)
    answer.headers["location"] = f"{ROOT}/{shown['id']}"
    return shown


@router.get(f"{ROOT}/conflicts")
def conflicts_of(connection: ConnectionOf, city: CityOf, asked: Annotated[ConflictsQuery, Query()]) -> Json:
    """Tell what the open shut-offs of a network do together, and none of them alone."""
    return conflicts(connection, city.networks, asked.network)


@router.get(f"{ROOT}/{{identifier}}")
def one(identifier: Number, connection: ConnectionOf, city: CityOf) -> Json:
    """Show a shut-off with its valves, what the network says otherwise by now, and its conflicts."""
    return _shown(connection, city, identifier)


@router.get(f"{ROOT}/{{identifier}}/statement")
def stated(identifier: Number, connection: ConnectionOf, city: CityOf) -> Json:
    """Give a shut-off as a signed document: `citygrid lifeline verify` checks it anywhere."""
    return statement(records.read(connection, identifier), master_of(city))


@router.post(f"{ROOT}/{{identifier}}/announce")
async def announce(identifier: Number, city: CityOf, reader: ReaderOf) -> Json:
    """Note that those who are cut off were told."""
    return await _changed(city, reader, identifier, lambda c: acting.announce(c, reader, identifier))


@router.post(f"{ROOT}/{{identifier}}/start")
async def start(identifier: Number, city: CityOf, reader: ReaderOf) -> Json:
    """Begin; 409 that says what is different when the network no longer answers as it did."""
    return await _changed(
        city, reader, identifier, lambda c: acting.start(c, city.networks, reader, identifier)
    )


@router.post(f"{ROOT}/{{identifier}}/confirm")
async def confirm(identifier: Number, city: CityOf, reader: ReaderOf, sent: ShutOffConfirmed) -> Json:
    """Take over the proposal that was seen, of that edition of the network."""
    return await _changed(
        city,
        reader,
        identifier,
        lambda c: acting.confirm(c, city.networks, reader, identifier, sent.edition),
    )


@router.post(f"{ROOT}/{{identifier}}/done")
async def finish(identifier: Number, city: CityOf, reader: ReaderOf, sent: ShutOffDone) -> Json:
    """End one that runs, with what became of the valves that were closed for it."""
    return await _changed(
        city, reader, identifier, lambda c: acting.finish(c, reader, identifier, sent.valves)
    )


@router.post(f"{ROOT}/{{identifier}}/cancel")
async def cancel(identifier: Number, city: CityOf, reader: ReaderOf) -> Json:
    """Call one off for which no valve is closed."""
    return await _changed(city, reader, identifier, lambda c: acting.cancel(c, reader, identifier))


@router.post(f"{ROOT}/{{identifier}}/valves/{{code}}")
async def turn(identifier: Number, code: Code, city: CityOf, reader: ReaderOf, sent: ValveTurned) -> Json:
    """Say that a valve was closed, opened again, or found stuck; the network knows it at once."""
    return await _changed(
        city, reader, identifier, lambda c: acting.turn(c, reader, identifier, code, sent.turned())
    )


async def _changed(
    city: City, reader: Reader, number: int, change: Callable[[Connection[Any]], None]
) -> Json:
    def done(connection: Connection[Any]) -> int:
        change(connection)
        return number

    return await _done(city, reader, done)


async def _done(city: City, reader: Reader, change: Callable[[Connection[Any]], int]) -> Json:
    """Change something, and show it in a transaction of its own.

    What this process keeps of networks is shared: it must never be read of a change that may be rolled back.
    """

    def do() -> int:
        with session(city.database, reader) as connection:
            return change(connection)

    def show(number: int) -> Json:
        with session(city.database, reader) as connection:
            return _shown(connection, city, number)

    async with city.slots:
        return await run_in_threadpool(show, await run_in_threadpool(do))


def _shown(connection: Connection[Any], city: City, number: int) -> Json:
    record = records.read(connection, number)
    is_open = record["state"] in OPEN
    return {
        **record,
        "proposal": records.proposal(connection, city.networks, record),
        "conflicts": conflicts(connection, city.networks, record["network"], number) if is_open else None,
    }

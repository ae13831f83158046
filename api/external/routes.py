"""Services of other platforms: look at one, register a layer of it, see how it does, change, refresh."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.external.client import Client
from api.external.gather import drive, opener_of
from api.schemas.external import NewService, Service, ServiceChange
from layers.catalogue import layer_or_raster
from layers.external import store
from layers.external.addresses import check_url
from layers.external.protocols import offers
from layers.imports import PUBLISHERS
from layers.publish_about import check_may_change
from spatial.database import session
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem, Unavailable
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader

router = APIRouter(tags=["external services"])

Json = dict[str, Any]
LOOK_SECONDS = 0.1
LOOKS_AT_ONCE = asyncio.Semaphore(4)
"""Services that one worker looks at for people at once."""


@router.post("/api/external/look")
async def look(city: CityOf, reader: ReaderOf, sent: Service) -> Json:
    """List the layers that a service offers."""
    _check_publisher(reader)
    url, secret = check_url(sent.url), sent.opened_with()
    client = Client.of(city.settings)
    try:
        async with LOOKS_AT_ONCE:
            found = await drive(offers(sent.protocol, url), client, opener_of(secret))
    finally:
        await client.aclose()
    keys = ("name", "title", "description", "attribution", "bbox")
    return {"layers": [{key: getattr(each, key) for key in keys} for each in found]}


@router.post("/api/layers/external")
async def register(city: CityOf, reader: ReaderOf, sent: NewService, answer: Response) -> Json:
    """Register a layer of a service; the job process asks it, and makes the layer."""
    _check_publisher(reader)
    check_url(sent.url)
    wanted = sent.wanted()

    def put() -> int:
        with session(city.database, SYSTEM) as connection:
            return store.register(connection, reader, wanted, master_file(city.settings))

    number = await run_in_threadpool(put)
    return await _outcome(city, reader, number, sent.wait, answer)


@router.get("/api/external/{identifier}")
def registration(identifier: int, connection: ConnectionOf) -> Json:
    """Tell what became of a registration."""
    return _told(store.source(connection, identifier))


@router.get("/api/layers/{name}/external")
def service(name: str, connection: ConnectionOf) -> Json:
    """Tell how the service behind a layer does, and to whom it may concern how it is asked."""
    layer_or_raster(connection, name)
    health = store.health_of(connection).get(name)
    if health is None:
        raise NotFound(f"layer '{name}' comes from no external service")
    found = store.sources(connection, layer=name)
    return {"layer": name, "health": health, "source": _told(found[0]) if found else None}


@router.patch("/api/layers/{name}/external")
def change(name: str, city: CityOf, reader: ReaderOf, connection: ConnectionOf, sent: ServiceChange) -> Json:
    """Change the address, the interval, or what the service is opened with; it is asked at once."""
    check_may_change(connection, name)
    given = sent.change()
    if given.url is not None:
        check_url(given.url)
    with session(city.database, SYSTEM) as platform:
        store.change(platform, reader, name, given, master_file(city.settings))
    return {"layer": name}


@router.post("/api/layers/{name}/external/refresh", status_code=202)
def refresh(name: str, city: CityOf, connection: ConnectionOf) -> Json:
    """Ask the service now, whatever its interval."""
    check_may_change(connection, name)
    with session(city.database, SYSTEM) as platform:
        store.refresh(platform, name)
    return {"layer": name}


def _check_publisher(reader: Reader) -> None:
    if reader.role not in PUBLISHERS:
        raise Forbidden(f"only {' and '.join(PUBLISHERS)} register external services")


async def _outcome(city: City, reader: Reader, number: int, wait_s: float, answer: Response) -> Json:
    """Wait a moment for the job process: 201 with the layer, else 202 with where to look."""
    until = asyncio.get_running_loop().time() + wait_s

    def seen() -> Json:
        with session(city.database, reader) as connection:
            return store.source(connection, number)

    while (found := await run_in_threadpool(seen))["state"] == "asked":
        if asyncio.get_running_loop().time() >= until:
            answer.status_code = 202
            answer.headers["location"] = f"/api/external/{number}"
            return _told(found)
        await asyncio.sleep(LOOK_SECONDS)
    if found["state"] == "refused":
        raise refusal_of(found["problems"])
    answer.status_code = 201
    return _told(found)


def refusal_of(problems: list[dict[str, str]]) -> Exception:
    """Make the error again that a registration ended by."""
    found = [Problem(each["where"], each["reason"]) for each in problems]
    if found and found[0].where in ("service", "server"):
        return Unavailable(found[0].reason)
    return InvalidInput(found)


def _told(row: Mapping[str, Any]) -> Json:
    """Write what is registered; the address stands without what could be a key."""
    links = {"href": f"/api/layers/{row['layer']}"} if row["layer"] else {}
    return {**row, **links}

"""Photos that one of the public adds to a report: the bytes of the picture are the body."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import structlog
from anyio import WouldBlock
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool

from api.asgi import read_body, takes_files
from api.city import City
from api.dependencies import CityOf
from api.limits import BODY_SECONDS, Patience
from api.me import not_kept
from api.public import MOST_PHOTO_BYTES, PROBLEM, REFUSALS
from api.public_limits import ONE_PHOTO, take_photo_bytes, wrong_code
from api.schemas.public import Code, Photos
from spatial.database import query, session
from spatial.errors import NotFound, TooMany, Unavailable
from spatial.events import public as reports
from spatial.events.attachments import Store
from spatial.events.public import PUBLIC
from spatial.events.public_photos import TAKEN, made_anew
from spatial.settings import Settings

router = APIRouter(tags=["public"], dependencies=[Depends(not_kept)])
log = structlog.get_logger()

Json = dict[str, Any]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_REFUSALS: dict[int | str, Json] = {
    **REFUSALS,
    404: {"description": "No report has this code", **PROBLEM},
    409: {"description": "It has enough of them, or it is too late", **PROBLEM},
    413: {"description": "Too large", **PROBLEM},
    503: {"description": "There is no room for photos now", **PROBLEM},
}


@router.post(
    "/api/public/reports/{code}/photos",
    status_code=201,
    dependencies=[ONE_PHOTO],
    response_model=Photos,
    responses=_REFUSALS,
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(TAKEN, _BINARY)}},
)
@takes_files
async def photo(code: Annotated[Code, Path()], request: Request, city: CityOf) -> Json:
    """Add a photo to a report; its pixels are kept, and nothing else that stands in the file."""
    try:
        # Before the body is waited for: who has no code sends no megabytes.
        async with city.slots:
            await run_in_threadpool(_check, city, code)
        with _held(city):
            made = await _made(request, city)
        take_photo_bytes(request, city, len(made))
        async with city.slots:
            return {"photos": await run_in_threadpool(_added, city, code, made)}
    except NotFound:
        wrong_code(request, city)
        raise


@contextmanager
def _held(city: City) -> Iterator[None]:
    """Hold one of the few places for photos that are on their way in memory; TooMany when there is none."""
    try:
        city.photos_held.acquire_nowait()
    except WouldBlock:
        raise TooMany("others are sending photos just now; try again in a moment", 5) from None
    try:
        yield
    finally:
        city.photos_held.release()


async def _made(request: Request, city: City) -> bytes:
    body = await read_body(request.scope, Patience(request.receive, BODY_SECONDS).receive, MOST_PHOTO_BYTES)
    # Threads and slots of its own: a picture that takes long keeps no member of the staff waiting.
    return await run_sync(made_anew, body, limiter=city.photo_decoding)


def _check(city: City, code: str) -> None:
    with session(city.database, PUBLIC) as connection:
        reports.event_for_photo(connection, code)
    check_room(city.settings)


def check_room(settings: Settings) -> None:
    """Refuse photos while the disk of their folder is nearly full; Unavailable."""
    free, least = Store.of(settings).free_bytes(), settings.public_photos_free_mb * 2**20
    if free is not None and free < least:
        log.error("photos of the public are refused: the disk is full", free_bytes=free)
        raise Unavailable("photos cannot be taken now; the report itself has been")


def _added(city: City, code: str, made: bytes) -> int:
    stored = Store.of(city.settings).put(city.database, io.BytesIO(made))
    with session(city.database, PUBLIC) as connection:
        event = reports.event_for_photo(connection, code)
        values = {
            "event": event, "digest": stored.digest, "name": "photo.jpg", "kind": "photo", "step": None,
            "account": None,
        }  # fmt: skip
        connection.execute(query("spatial.events", "attachment_add"), values)
        return int(reports.followed(connection, code)["photos"])

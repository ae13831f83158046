"""The feed: what happened, as CloudEvents, from a cursor on; a program asks again and again, or waits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.city import City
from api.dependencies import CityOf, ReaderOf
from api.me import not_kept
from api.schemas.webhooks import FeedQuery
from spatial.database import session
from spatial.errors import InvalidInput
from spatial.partners import log
from spatial.partners.cloud_events import BATCH, cloud_event
from spatial.partners.log import Cursor, Entry, Wanted, check_wanted, visible
from spatial.rights.reader import SYSTEM, Reader

router = APIRouter(tags=["exchange"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
LOOK_S = 2.0
"""What was committed behind a transaction that was open appears without a message."""
_EVENT = {"type": "object", "required": ["specversion", "id", "source", "type"]}
_EVENTS = {"type": "array", "items": _EVENT}
_ANSWER = {
    "type": "object",
    "required": ["events", "cursor", "more"],
    "properties": {"events": _EVENTS, "cursor": {"type": "string"}, "more": {"type": "boolean"}},
}


@dataclass
class Page:
    """What a reading gave to its reader, and where the next one begins."""

    cursor: Cursor
    messages: list[Json] = field(default_factory=list)
    more: bool = False


@router.get(
    "/api/feed",
    response_class=Response,
    responses={
        200: {"content": {BATCH: {"schema": _EVENTS}, "application/json": {"schema": _ANSWER}}},
    },
)
async def feed(
    request: Request, city: CityOf, reader: ReaderOf, asked: Annotated[FeedQuery, Query()]
) -> Response:
    """List what happened behind the cursor, oldest first, as far as you may see it.

    The next cursor stands in `link` (rel=next) and `citygrid-cursor`, also when there was nothing for you;
    with `Accept: application/json` beside the events. With `wait`, the answer comes once there is something.
    """
    wanted = asked.wanted()
    if problems := check_wanted(wanted):
        raise InvalidInput(problems)
    page = await _waited_for(city, reader, wanted, asked)
    if "application/json" in request.headers.get("accept", ""):
        body = {"events": page.messages, "cursor": str(page.cursor), "more": page.more}
        return Response(orjson.dumps(body), media_type="application/json")
    headers = {"link": _next(asked, page), "citygrid-cursor": str(page.cursor)}
    headers["citygrid-more"] = str(page.more).lower()
    return Response(orjson.dumps(page.messages), media_type=BATCH, headers=headers)


def _next(asked: FeedQuery, page: Page) -> str:
    given = asked.model_dump(by_alias=True, exclude_defaults=True) | {"cursor": str(page.cursor)}
    return f'</api/feed?{urlencode(given, safe=",")}>; rel="next"'


async def _waited_for(city: City, reader: Reader, wanted: Wanted, asked: FeedQuery) -> Page:
    """Read; when there is nothing, listen and read again until the time is over."""
    end = time.monotonic() + asked.wait
    with city.bell.listening() as ear:
        async with city.slots:
            page = await run_in_threadpool(_begin, city, reader, wanted, asked)
        while not page.messages and not page.more and (left := end - time.monotonic()) > 0:
            await ear.heard(min(left, LOOK_S))
            async with city.slots:
                page = await run_in_threadpool(_read, city, reader, wanted, page.cursor, asked.limit)
    return page


def _begin(city: City, reader: Reader, wanted: Wanted, asked: FeedQuery) -> Page:
    with session(city.database, SYSTEM) as connection:
        end = log.horizon(connection)
    if asked.cursor == "now":
        return Page(end)
    cursor = Cursor() if asked.cursor == "beginning" else Cursor.parse(asked.cursor)
    log.check_given(cursor, end, "cursor")
    return _read(city, reader, wanted, cursor, asked.limit)


def _read(city: City, reader: Reader, wanted: Wanted, cursor: Cursor, limit: int) -> Page:
    """Read on until there is enough for this reader, or enough was looked at; the cursor moves on anyway."""
    page, scanned = Page(cursor, more=True), 0
    while page.more and len(page.messages) < limit and scanned < log.MOST_SCANNED:
        with session(city.database, SYSTEM) as connection:
            found = log.scan(connection, page.cursor, wanted, log.PAGE)
            source = log.source(connection)
        page.cursor, page.more = found.cursor, found.more
        _give(city, reader, wanted, source, found.entries, page, limit)
        scanned += log.PAGE
    return page


def _give(
    city: City, reader: Reader, wanted: Wanted, source: str, entries: Sequence[Entry], page: Page, limit: int
) -> None:
    """Add what the reader may see to a page; one that is full ends at its last message."""
    if not entries:
        return
    with session(city.database, reader) as connection:
        events = log.seen(connection, {each.event_id for each in entries if each.event_id is not None})
    told = [entry for entry in entries if visible(wanted, entry, events)]
    room = limit - len(page.messages)
    page.messages += [cloud_event(source, entry, events) for entry in told[:room]]
    if len(told) > room:
        page.cursor, page.more = told[room - 1].cursor, True

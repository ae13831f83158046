"""Routes of the audit log: search it, take it along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from spatial.database import session
from spatial.rights.audit.export import FORMS, Form
from spatial.rights.audit.search import Entry, Search, read_page, record_export
from spatial.rights.reader import Reader

router = APIRouter(tags=["audit"], dependencies=[Depends(not_kept)])

PAGE = 2_000
"""Entries that an export reads at once; between pages it holds no connection, however slow the client is."""

Word = Annotated[str | None, Query(max_length=200)]
Moment = AwareDatetime | None


def _search(
    since: Annotated[Moment, Query(alias="from", description="Entries from this moment on")] = None,
    until: Annotated[Moment, Query(alias="to", description="Entries before this moment")] = None,
    username: Word = None,
    action: Word = None,
    relation: Word = None,
    row_key: Word = None,
) -> Search:
    return Search(since, until, username, action, relation, row_key)


SearchOf = Annotated[Search, Depends(_search)]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str | None, Query(max_length=40, description="The `next` of the page before")]


@router.get("/api/audit")
def entries(
    connection: ConnectionOf, reader: ReaderOf, search: SearchOf, limit: Limit = 100, after: After = None
) -> dict[str, Any]:
    """List what was done, newest first: to district administrators of the whole city, to others their own."""
    found, following = read_page(connection, reader, search, limit, after)
    return {"entries": found, "next": following}


@router.get(
    "/api/audit/export",
    response_class=StreamingResponse,
    responses={200: {"content": {form.media_type: {} for form in FORMS.values()}}},
)
def export(
    city: CityOf, reader: ReaderOf, search: SearchOf, format: Literal["csv", "jsonl"] = "csv"
) -> StreamingResponse:
    """Download all that a search finds, under a watermark; that it was taken is on record."""
    with session(city.database, reader) as connection:
        number, at = record_export(connection, search, format)
    # Nothing newer than the export itself: it would never end on a busy day.
    search = replace(search, until=min(search.until or at, at))
    watermark = {"exported_by": reader.username, "name": reader.display_name, "at": at.isoformat()}
    lines = _stream(city, reader, search, FORMS[format], {**watermark, "export": number})
    name = f"audit-{at:%Y%m%dT%H%M%SZ}.{format}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(lines, headers=headers, media_type=FORMS[format].media_type)


async def _stream(
    city: City, reader: Reader, search: Search, form: Form, watermark: dict[str, Any]
) -> AsyncIterator[str]:
    yield form.head(watermark)
    count, after, more = 0, None, True
    while more:
        async with city.slots:
            found, after = await run_in_threadpool(_page, city, reader, search, after)
        yield form.entries(found)
        count, more = count + len(found), after is not None
    yield form.end(count)


def _page(city: City, reader: Reader, search: Search, after: str | None) -> tuple[list[Entry], str | None]:
    with session(city.database, reader) as connection:
        return read_page(connection, reader, search, PAGE, after)

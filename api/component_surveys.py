"""Surveys of components: a file is sent, compared, looked at, and applied."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.asgi import takes_files
from api.city import City
from api.component_jobs import survey_files
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.components import SurveyOptions, SurveyQuery
from spatial.components.surveys import queue
from spatial.components.surveys.options import Options
from spatial.components.surveys.report_csv import report_csv_pages
from spatial.database import session
from spatial.endings import refusal_of
from spatial.errors import InvalidInput
from spatial.geometry.uploads import safe_name
from spatial.rights.reader import Reader

router = APIRouter(tags=["components"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Verdict = Literal["new", "changed", "missing", "rejected"]
LOOK_SECONDS = 0.1
REPORT_PAGE = 2_000


@router.post("/api/components/surveys")
@takes_files
async def send(
    request: Request, city: CityOf, reader: ReaderOf, said: Annotated[SurveyQuery, Query()], answer: Response
) -> Json:
    """Send a survey: the file as the body or in a form; a dry run unless told. Waits a moment for it."""
    queue.check_may_survey(reader)
    options = Options(**SurveyOptions.read(said.options).model_dump())
    kept = await _received(request, city, said.filename)
    number = await run_in_threadpool(_asked, city, reader, options, kept)
    return await _outcome(city, reader, number, said.wait, answer)


@router.get("/api/components/surveys")
def surveys(connection: ConnectionOf) -> Json:
    """List your own surveys, newest first."""
    return {"surveys": queue.listed(connection)}


@router.get("/api/components/surveys/{identifier}")
def survey(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell how far a survey is, and how many rows are new, changed, unchanged, missing and rejected."""
    return queue.progress(connection, identifier)


@router.get("/api/components/surveys/{identifier}/rows")
def rows(
    identifier: Number,
    connection: ConnectionOf,
    verdict: Verdict | None = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Json:
    """List what is not as it was: rows of the file, then what was not found; `next` is the next `after`."""
    queue.progress(connection, identifier)
    found = queue.rows(connection, identifier, verdict, after, limit)
    return page("rows", found, limit, "nr")


@router.get("/api/components/surveys/{identifier}/report.csv")
def report(
    identifier: Number, city: CityOf, reader: ReaderOf, verdict: Verdict | None = None
) -> StreamingResponse:
    """Give the whole report as CSV, a page of rows at a time."""
    with session(city.database, reader) as connection:
        queue.progress(connection, identifier)
    told = report_csv_pages(_pages(city, reader, identifier, verdict))
    named = {"content-disposition": f'attachment; filename="survey-{identifier}.csv"'}
    return StreamingResponse(told, media_type="text/csv; charset=utf-8", headers=named)


def _pages(city: City, reader: Reader, number: int, verdict: Verdict | None) -> Iterator[list[Json]]:
    """Read pages of a report, each on a connection of its own: who reads slowly holds none."""
    after = 0
    while True:
        with session(city.database, reader) as connection:
            page = queue.rows(connection, number, verdict, after, REPORT_PAGE)
        if not page:
            return
        yield page
        after = page[-1]["nr"]


def _asked(city: City, reader: Reader, options: Options, kept: dict[str, str]) -> int:
    try:
        with session(city.database, reader) as connection:
            return queue.ask(connection, reader, options, **kept)
    except BaseException:
        (survey_files(city.settings.home) / kept["file"]).unlink(missing_ok=True)
        raise


async def _received(request: Request, city: City, filename: str | None) -> dict[str, str]:
    """Keep a file for the job process, under a name of ours, with its SHA-256."""
    path = survey_files(city.settings.home) / secrets.token_hex(16)
    try:
        if request.headers.get("content-type", "").startswith("multipart/"):
            filename, digest = await _of_form(request, path, filename)
        else:
            digest = await _kept(path, request.stream())
        if not path.stat().st_size:
            raise InvalidInput.at("body", "is empty")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"file": path.name, "filename": safe_name(filename or "survey"), "sha256": digest}


async def _of_form(request: Request, path: File, filename: str | None) -> tuple[str, str]:
    async with request.form(max_files=1, max_fields=0) as form:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        if len(files) != 1:
            raise InvalidInput.at("body", "must hold one file; what else is said stands in the address")
        return filename or files[0].filename or "", await _kept(path, _pieces(files[0]))


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(2**20):
        yield piece


async def _kept(path: File, pieces: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    path.touch(mode=0o600)
    with path.open("wb") as out:
        async for piece in pieces:
            digest.update(piece)
            await run_in_threadpool(out.write, piece)
    return digest.hexdigest()


async def _outcome(city: City, reader: Reader, number: int, wait_s: float, answer: Response) -> Json:
    """Wait a moment for the job process: 200 with what was found, else 202 with where to look."""
    until = asyncio.get_running_loop().time() + wait_s
    answer.headers["location"] = f"/api/components/surveys/{number}"

    def look() -> Json:
        with session(city.database, reader) as connection:
            return queue.progress(connection, number)

    while (seen := await run_in_threadpool(look))["ended_at"] is None:
        if asyncio.get_running_loop().time() >= until:
            answer.status_code = 202
            return seen
        await asyncio.sleep(LOOK_SECONDS)
    if seen["state"] != "done":
        raise refusal_of(seen["state"], seen["problems"])
    return seen

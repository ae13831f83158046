"""Bring files of polygons into plans: the job process reads, mends and places them; each keeps its report."""

from __future__ import annotations

import asyncio
import csv
import io
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.asgi import takes_files
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.layers import pieces_of, write_down
from api.me import not_kept
from api.paging import Number
from api.plan_import_jobs import waiting_files
from api.schemas.plan_imports import ImportFields
from api.tags import MatchNumber
from grid_editor import import_queue, store
from grid_editor.import_queue import Listed
from grid_editor.import_table import COLUMNS, rows_of
from grid_editor.plan import check_may_edit
from spatial.database import session
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.geometry.uploads import safe_name
from spatial.grids.coverages import read_coverage
from spatial.rights.audit.export import FORMULA
from spatial.rights.reader import Reader

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
LOOK_S = 0.1
MOST_FIELDS = 20


@router.post("/api/plans/{identifier}/imports", status_code=202)
@takes_files
async def bring_in(
    identifier: Number, request: Request, city: CityOf, reader: ReaderOf,
    said: Annotated[ImportFields, Query()], match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Bring a file in: the body itself, or the one file of a form with what is said of it."""
    await run_in_threadpool(_check_may, city, reader, identifier, match)
    path = waiting_files(city.settings.home) / secrets.token_hex(16)
    try:
        fields = await _received(request, path, said)
        number = await run_in_threadpool(_ask, city, reader, identifier, match, fields, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    answer.headers["location"] = f"/api/plans/{identifier}/imports/{number}"
    return await _outcome(city, reader, identifier, number, fields.wait, answer)


@router.get("/api/plans/{identifier}/imports")
def imports(identifier: Number, connection: ConnectionOf) -> Json:
    """List what was brought into a plan, newest first."""
    found = import_queue.listed(connection, store.read(connection, identifier))
    return {"imports": [_written(each) for each in found]}


@router.get("/api/plans/{identifier}/imports/{number}", response_model=None)
def import_of(
    identifier: Number, number: Number, connection: ConnectionOf,
    f: Annotated[Literal["json", "csv"] | None, Query()] = None,
    accept: Annotated[str, Header()] = "",
) -> Json | Response:  # fmt: skip
    """Tell how far an import is, and what became of every feature; as CSV a row for each."""
    plan = store.read(connection, identifier)
    seen = import_queue.one(connection, plan, number)
    report = import_queue.report_of(connection, plan, number)
    if f == "csv" or (f is None and accept.strip().startswith("text/csv")):
        return _csv(plan.no, seen, report)
    return {**_written(seen), "report": report}


@router.delete("/api/plans/{identifier}/imports/{number}", status_code=204)
def cancel(identifier: Number, number: Number, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Call off an import that has not ended."""
    plan = store.locked(connection, identifier)
    check_may_edit(plan, reader)
    import_queue.cancel(connection, plan, number)


def _check_may(city: City, reader: Reader, identifier: int, etag: int | None) -> None:
    """Who may not is told before the file is taken."""
    with session(city.database, reader) as connection:
        plan = store.locked(connection, identifier, etag)
        check_may_edit(plan, reader)
        if read_coverage(connection, plan.coverage).composed_of is not None:
            raise InvalidInput.at(
                "plan", "the units of this coverage are lists of grids: change the lists, not the borders"
            )


async def _received(request: Request, path: Path, said: ImportFields) -> ImportFields:
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
            raise InvalidInput.at("body", "must hold one file")
        names = [name for name, _ in texts]
        if twice := [name for name in names if names.count(name) > 1]:
            raise InvalidInput.at(twice[0], "stands twice")
        await write_down(path, pieces_of(files[0]))
        return {name: text for name, text in texts if text != ""}, (files[0].filename or "")[:255]


def _read(fields: Mapping[str, Any]) -> ImportFields:
    try:
        return ImportFields.model_validate(fields)
    except ValidationError as error:
        raise InvalidInput(
            [Problem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()]
        ) from None


def _ask(
    city: City, reader: Reader, identifier: int, etag: int | None, fields: ImportFields, path: Path
) -> int:
    with session(city.database, reader) as connection:
        plan = store.locked(connection, identifier, etag)
        check_may_edit(plan, reader)
        name, size = safe_name(fields.filename or "file"), path.stat().st_size
        return import_queue.ask(connection, reader, plan, fields.wish.json(), name, path.name, size)


async def _outcome(
    city: City, reader: Reader, identifier: int, number: int, wait_s: float, answer: Response
) -> Json:
    """Wait a moment for the job process: 201 with the report, else 202 with where to look."""
    until = asyncio.get_running_loop().time() + wait_s

    def look() -> tuple[Listed, Json | None]:
        with session(city.database, reader) as connection:
            plan = store.read(connection, identifier)
            seen = import_queue.one(connection, plan, number)
            return seen, import_queue.report_of(connection, plan, number) if seen.has_ended else None

    while not (found := await run_in_threadpool(look))[0].has_ended:
        if asyncio.get_running_loop().time() >= until:
            return {**_written(found[0]), "report": None}
        await asyncio.sleep(LOOK_S)
    seen, report = found
    if seen.state != "done":
        raise import_queue.refusal_of(seen)
    answer.status_code = 201
    return {**_written(seen), "report": report}


def _written(seen: Listed) -> Json:
    facts = dict(vars(seen))
    return {"id": facts.pop("id"), "plan": facts.pop("plan_id"), **facts}


def _csv(no: str, seen: Listed, report: Json | None) -> Response:
    if report is None:
        raise NotFound("this import has no report, or not yet")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows_of(report))
    headers = {"content-disposition": f'attachment; filename="{no}-import-{seen.id}.csv"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _safe(value: Any) -> Any:
    """Names are a stranger's: an apostrophe before what a spreadsheet would run (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

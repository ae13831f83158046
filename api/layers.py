"""Publish a file or a table as a layer, describe it, replace its file, take it back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.asgi import takes_files
from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.import_jobs import uploads
from api.schemas.layers import FileQuery, LayerChange, NewTable
from layers import imports
from layers.catalogue import Layer, layer, layer_or_raster
from layers.imports import PublishOptions
from layers.publish_about import check_may_change, describe_layer, withdraw_layer
from spatial.database import session
from spatial.endings import refusal_of
from spatial.errors import Forbidden, InvalidInput
from spatial.geometry.uploads import safe_name
from spatial.rights.reader import Reader

router = APIRouter(tags=["layers"])

Json = dict[str, Any]
Options = Annotated[FileQuery, Query()]
LOOK_SECONDS = 0.1


@router.post("/api/layers")
async def publish_table(city: CityOf, reader: ReaderOf, sent: NewTable, answer: Response) -> Json:
    """Publish a table or view of the database."""
    given = sent.model_dump(exclude={"table", "wait"})
    number = await _asked(city, reader, "table", PublishOptions.of(given), target=sent.table)
    return await _outcome(city, reader, number, sent.wait, answer)


@router.post("/api/layers/files")
@takes_files
async def publish_file(
    request: Request, city: CityOf, reader: ReaderOf, said: Options, answer: Response
) -> Json:
    """Publish the layers of a file: the body itself, or the one file of a form."""
    options = PublishOptions.of(said.model_dump())
    file = await _received(request, city, reader, said.filename)
    number = await _asked(city, reader, "file", options, **file)
    return await _outcome(city, reader, number, said.wait, answer)


@router.put("/api/layers/{name}/file")
@takes_files
async def replace_file(
    name: str, request: Request, city: CityOf, reader: ReaderOf, said: Options, answer: Response
) -> Json:
    """Put a new version of a file in the place of a layer's, at once for every reader."""
    await run_in_threadpool(_check_may_change, city, reader, name)
    file = await _received(request, city, reader, said.filename)
    number = await _asked(city, reader, "replace", PublishOptions.of(said.model_dump()), target=name, **file)
    return await _outcome(city, reader, number, said.wait, answer)


@router.get("/api/imports/{identifier}")
def progress(identifier: int, connection: ConnectionOf) -> Json:
    """Tell how far a publishing is, and what became of it."""
    return _written(imports.progress_of(connection, identifier))


@router.get("/api/layers/{name}")
def about(name: str, connection: ConnectionOf) -> Json:
    """Describe a layer."""
    return _described(layer_or_raster(connection, name))


@router.get("/api/layers/{name}/report")
def report(name: str, connection: ConnectionOf) -> Json:
    """Show what was found and mended in the file of a layer."""
    layer(connection, name)
    return imports.report_of(connection, name)


@router.patch("/api/layers/{name}")
def change(name: str, connection: ConnectionOf, sent: LayerChange) -> Json:
    """Change what is said of a layer, and whom it is for."""
    describe_layer(connection, name, sent.model_dump(exclude_unset=True))
    return _described(layer_or_raster(connection, name))


@router.delete("/api/layers/{name}", status_code=204)
def unpublish(name: str, connection: ConnectionOf) -> None:
    """Take a layer back: at once for everybody; its table goes soon after, one published in place stays."""
    withdraw_layer(connection, name)


def _described(one: Layer) -> Json:
    facts = asdict(one)
    about = facts.pop("about")
    left_out = ("relation", "schema", "sources", "by_clock", "geometry_column")
    return {**{key: value for key, value in facts.items() if key not in left_out}, **about}


def _check_may_change(city: City, reader: Reader, name: str) -> None:
    with session(city.database, reader) as connection:
        check_may_change(connection, name)


async def _received(request: Request, city: City, reader: Reader, filename: str | None) -> dict[str, str]:
    """Keep a file for the job process, under a name of ours; who may not publish is told before that."""
    if reader.role not in imports.PUBLISHERS:
        raise Forbidden(f"only {' and '.join(imports.PUBLISHERS)} publish layers")
    path = uploads(city.settings.home) / secrets.token_hex(16)
    try:
        if request.headers.get("content-type", "").startswith("multipart/"):
            filename = filename or await _of_form(request, path)
        else:
            await write_down(path, request.stream())
        if not path.stat().st_size:
            raise InvalidInput.at("body", "is empty")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"file": path.name, "filename": safe_name(filename or "layer")}


async def _of_form(request: Request, path: Path) -> str:
    async with request.form(max_files=1, max_fields=0) as form:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        if len(files) != 1:
            raise InvalidInput.at("body", "must hold one file; what else is said stands in the address")
        await write_down(path, pieces_of(files[0]))
        return files[0].filename or ""


async def pieces_of(file: UploadFile) -> AsyncIterator[bytes]:
    """Read a file of a form a megabyte at a time."""
    while piece := await file.read(2**20):
        yield piece


async def write_down(path: Path, pieces: AsyncIterator[bytes]) -> None:
    """Write what arrives to a file that is private to this user."""
    path.touch(mode=0o600)
    with path.open("wb") as out:
        async for piece in pieces:
            await run_in_threadpool(out.write, piece)


async def _asked(city: City, reader: Reader, action: str, options: PublishOptions, **more: str) -> int:
    def ask() -> int:
        with session(city.database, reader) as connection:
            return imports.ask(connection, reader, action, options, **more)

    try:
        return await run_in_threadpool(ask)
    except BaseException:
        if "file" in more:
            (uploads(city.settings.home) / more["file"]).unlink(missing_ok=True)
        raise


async def _outcome(city: City, reader: Reader, number: int, wait_s: float, answer: Response) -> Json:
    """Wait a moment for the job process: 201 with what was published, else 202 with where to look."""
    until = asyncio.get_running_loop().time() + wait_s

    def look() -> imports.Progress:
        with session(city.database, reader) as connection:
            return imports.progress_of(connection, number)

    while (seen := await run_in_threadpool(look)).ended_at is None:
        if asyncio.get_running_loop().time() >= until:
            answer.status_code = 202
            answer.headers["location"] = f"/api/imports/{number}"
            return _written(seen)
        await asyncio.sleep(LOOK_SECONDS)
    if seen.state != "done":
        raise refusal_of(seen.state, seen.problems)
    answer.status_code = 201
    return _written(seen)


def _written(seen: imports.Progress) -> Json:
    links = [
        {"layer": name, "href": f"/api/layers/{name}", "report": f"/api/layers/{name}/report"}
        for name in seen.layers
    ]
    return {**asdict(seen), "links": links}

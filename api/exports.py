"""Routes of exports that the job process writes: ask, look how far it is, take the file, cancel."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import FileResponse

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.ogc.export_selection import selection_of_export
from api.ogc.exports import disposition
from api.paging import Number
from api.schemas.exports import NewExport
from layers import catalogue
from layers.encoders.formats import FORMATS
from layers.exports import queue
from layers.exports.store import Store
from spatial.database import session
from spatial.errors import Conflict, NotFound
from spatial.people.accounts import platform_for
from spatial.settings import Settings

router = APIRouter(tags=["exports"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.post("/api/exports", status_code=202)
def ask(city: CityOf, reader: ReaderOf, sent: NewExport, response: Response) -> Json:
    """Ask for a file of features; the job process writes it with the rights that you have then."""
    parameters = sent.query()
    with session(city.database, reader) as connection:
        layer = catalogue.layer(connection, sent.layer)
        selection_of_export(layer, parameters)
    store_of(city.settings).check_room()
    with session(city.database, platform_for(reader)) as connection:
        account, most = reader.account_id or 0, city.settings.exports_per_account
        asked = {"query": parameters}
        number = queue.add(connection, account, layer.name, sent.format, asked, most)
    response.headers["location"] = f"/api/exports/{number}"
    return {"id": number}


@router.get("/api/exports")
def exports(connection: ConnectionOf) -> Json:
    """List the own exports, newest first."""
    return {"exports": [_described(each) for each in queue.own(connection)]}


@router.get("/api/exports/{identifier}")
def export(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell how far one of the own exports is, and where its file is until when."""
    return _described(queue.own_one(connection, identifier))


@router.get("/api/exports/{identifier}/file", response_class=FileResponse)
def file(identifier: Number, city: CityOf, reader: ReaderOf, connection: ConnectionOf) -> FileResponse:
    """Give the file of one of the own exports; parts of it, too (Range)."""
    found = queue.own_one(connection, identifier)
    form = FORMATS[found.format]
    path = store_of(city.settings).finished(identifier, form.extension)
    if found.state != "done" or not path.exists():
        raise NotFound("this export has no file, or not yet")
    layer = catalogue.layer(connection, found.layer)
    if found.rights != queue.rights_of(reader):
        raise Conflict("what you may see has changed since the file was written: ask for it anew")
    name = disposition(layer.title, layer.name, found.asked_at, form)
    return FileResponse(path, media_type=form.media_type, headers={"content-disposition": name})


@router.delete("/api/exports/{identifier}", status_code=204)
def delete(identifier: Number, city: CityOf, reader: ReaderOf) -> None:
    """Cancel one of the own exports, or delete its file."""
    with session(city.database, platform_for(reader)) as connection:
        queue.drop(connection, reader.account_id or 0, identifier)
    store_of(city.settings).remove(identifier)


def store_of(settings: Settings) -> Store:
    """Give the folder of exports."""
    store = Store(settings.home, settings.export_disk_mb * 2**20)
    store.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return store


def _described(found: queue.Listed) -> Json:
    done = found.state == "done"
    share = 1.0 if done else min(0.99, found.rows / found.expected) if found.expected else 0.0
    return {
        "id": found.id,
        "layer": found.layer,
        "format": found.format,
        "asked": dict(found.asked.get("query", ())),
        "record": found.record,
        "state": found.state,
        "progress": round(share, 3),
        "rows": found.rows,
        "expected": found.expected,
        "bytes": found.bytes,
        "error": found.error,
        "file": f"/api/exports/{found.id}/file" if done else None,
        "asked_at": found.asked_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "expires_at": found.expires_at,
    }

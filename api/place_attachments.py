"""Files of places and inspections: photos, videos, sound and PDF, by what they hold, not by their names."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response, UploadFile

from api.asgi import takes_files
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.event_attachments import answer_with
from api.paging import Number
from spatial.database import session
from spatial.events.attachments import Store
from spatial.places import attachments

router = APIRouter(tags=["places"])

Json = dict[str, Any]
Inspection = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.post("/api/places/{identifier}/attachments", status_code=201)
@takes_files
def attach(
    identifier: Number, file: UploadFile, city: CityOf, reader: ReaderOf, answer: Response,
    inspection: Inspection = None,
) -> Json:  # fmt: skip
    """Add a file to a place, or to one of its inspections: the field `file` of a form."""
    with session(city.database, reader) as connection:
        attachments.check_may_add(connection, reader, identifier, inspection)
    stored = Store.of(city.settings).put(city.database, file.file)
    with session(city.database, reader) as connection:
        row = attachments.add(connection, reader, identifier, inspection, stored, file.filename)
    answer.headers["location"] = f"/api/places/{identifier}/attachments/{row['id']}"
    answer.headers["cache-control"] = "no-store"
    return row


@router.get("/api/places/{identifier}/attachments")
def files(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """List the files of a place, newest first."""
    answer.headers["cache-control"] = "no-store"
    return {"attachments": attachments.attachments(connection, identifier)}


@router.get("/api/places/{identifier}/attachments/{number}")
def file(
    identifier: Number, number: Number, city: CityOf, reader: ReaderOf,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:  # fmt: skip
    """Give a file to whoever sees the place."""
    with session(city.database, reader) as connection:
        row = attachments.attachment(connection, identifier, number)
    return answer_with(Store.of(city.settings), row, if_none_match)


@router.delete("/api/places/{identifier}/attachments/{number}", status_code=204)
def forget(identifier: Number, number: Number, connection: ConnectionOf) -> None:
    """Take a file from a place."""
    attachments.remove(connection, identifier, number)

"""Files of events: photos, videos, sound and PDF, by what they hold and not by what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Response, UploadFile
from psycopg import Connection
from starlette.responses import StreamingResponse

from api.asgi import takes_files
from api.city import City
from api.dependencies import CityOf, ReaderOf
from api.events import Number
from spatial.database import as_platform, query, session
from spatial.errors import Conflict, Forbidden, NotFound, TooLarge
from spatial.events import lifecycle, timeline
from spatial.events.attachments import CHUNK, Store, Stored, shown_name
from spatial.events.attachments_kinds import MEGABYTE
from spatial.rights.reader import Reader
from spatial.rights.rules import RESPONDERS

router = APIRouter(tags=["events"])

Json = dict[str, Any]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
MOST_FILES = 50
"""Files of one event."""
MOST_BYTES_A_DAY = 5_000 * MEGABYTE
"""What one account adds to events within 24 hours: twenty-five of the largest videos."""
_SEALED_OFF = "default-src 'none'; sandbox; frame-ancestors 'none'"


@router.post("/api/events/{identifier}/attachments", status_code=201)
@takes_files
def attach(identifier: Number, file: UploadFile, city: CityOf, reader: ReaderOf, answer: Response) -> Json:
    """Add a file to an event: the field `file` of a form."""
    if reader.role not in RESPONDERS:
        raise Forbidden("this role reads events, and adds nothing to them")
    with session(city.database, reader) as connection:
        lifecycle.read_case(connection, identifier)
        _check_room(connection, identifier, "")
        _check_day(connection, reader, "", 1)
    stored = Store.of(city.settings).put(city.database, file.file)
    with session(city.database, reader) as connection:
        _add(connection, reader, identifier, stored, file.filename)
    answer.headers["location"] = f"/api/events/{identifier}/attachments/{stored.digest}"
    answer.headers["cache-control"] = "no-store"
    return asdict(stored)


@router.get("/api/events/{identifier}/attachments/{digest}")
def attachment(
    identifier: Number, digest: Digest, city: CityOf, reader: ReaderOf,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:  # fmt: skip
    """Give a file of an event to whoever sees the event."""
    return answer_with(Store.of(city.settings), _seen(city, reader, identifier, digest), if_none_match)


def answer_with(store: Store, row: Json, if_none_match: str | None) -> Response:
    """Give the bytes that a row (digest, name, kind, media_type, bytes) tells of, or 304; NotFound."""
    headers = _headers(row)
    if if_none_match is not None and headers["etag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    headers["content-length"] = str(row["bytes"])
    pieces = _pieces(store, row["digest"])
    first = next(pieces, b"")
    return StreamingResponse(_all(first, pieces), media_type=row["media_type"], headers=headers)


def _check_room(connection: Connection[Any], identifier: int, digest: str) -> None:
    others = [row for row in timeline.attachments(connection, identifier) if row["digest"] != digest]
    if len(others) >= MOST_FILES:
        raise Conflict(f"an event has {MOST_FILES} files at most")


def _check_day(connection: Connection[Any], reader: Reader, digest: str, size: int) -> None:
    values = {"account": reader.account_id, "but": digest}
    with as_platform(connection, reader):
        added = connection.execute(query("spatial.events", "attachment_bytes"), values).fetchall()[0][0]
    if added + size > MOST_BYTES_A_DAY:
        most = f"{MOST_BYTES_A_DAY // MEGABYTE} MB"
        raise TooLarge.at("file", f"is too much for today: an account adds {most} within 24 hours at most")


def _add(
    connection: Connection[Any], reader: Reader, identifier: int, stored: Stored, name: str | None
) -> None:
    # Under the event's lock: of two that bring the last file one is told so.
    lifecycle.read_case(connection, identifier, locked=True)
    _check_room(connection, identifier, stored.digest)
    _check_day(connection, reader, stored.digest, stored.bytes)
    values = {
        "event": identifier, "digest": stored.digest, "name": shown_name(name, stored.kind),
        "kind": stored.kind, "step": None, "account": reader.account_id,
    }  # fmt: skip
    connection.execute(query("spatial.events", "attachment_add"), values)


def _seen(city: City, reader: Reader, identifier: int, digest: str) -> Json:
    with session(city.database, reader) as connection:
        for row in timeline.attachments(connection, identifier):
            if row["digest"] == digest:
                return row
    raise NotFound(f"event '{identifier}' has no such file")


def _headers(row: Json) -> dict[str, str]:
    """What a browser may do with a file that anybody may have sent: show it as what it is, run nothing."""
    way = "attachment" if row["kind"] == "document" else "inline"
    return {
        "etag": f'"{row["digest"]}"',
        "cache-control": "private, no-cache",
        "content-disposition": f"{way}; filename*=UTF-8''{quote(row['name'], safe='')}",
        "content-security-policy": _SEALED_OFF,
    }


def _pieces(store: Store, digest: str) -> Iterator[bytes]:
    with store.open(digest) as file:
        while piece := file.read(CHUNK):
            yield piece


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The first piece is read before the answer begins: a file that is gone is a 404, not a broken body."""
    yield first
    yield from rest

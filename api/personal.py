"""Routes of personal data: masked for whoever sees the row, in clear one field at a time and on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from fastapi import APIRouter, Depends

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import ONE_OF_FEW, not_kept
from api.paging import Number
from api.schemas.personal import RevealReporter, RevealWorker, Search
from spatial.errors import Unavailable
from spatial.rights import personal
from spatial.rights.envelope import NotOpened, master_file
from spatial.rights.personal import Wanted, masked_row
from spatial.rights.reader import Reader

router = APIRouter(tags=["personal data"], dependencies=[Depends(not_kept)])
log = structlog.get_logger()

Json = dict[str, Any]


@router.get("/api/workers/{identifier}")
def worker(identifier: Number, connection: ConnectionOf) -> Json:
    """Show one field worker, name and phone masked."""
    return masked_row(connection, "worker", identifier)


@router.post("/api/workers/{identifier}/reveal", dependencies=[ONE_OF_FEW])
def reveal_worker(identifier: Number, city: CityOf, reader: ReaderOf, sent: RevealWorker) -> Json:
    """Give a worker's name or phone in clear, for a reason; both are put on record first."""
    return _reveal(city, reader, Wanted("worker", identifier, sent.field, sent.reason))


@router.get("/api/events/{identifier}/reporter")
def reporter(identifier: Number, connection: ConnectionOf) -> Json:
    """Show who reported an event by the hotline or as one of the public, masked."""
    return masked_row(connection, "reporter", identifier)


@router.post("/api/events/{identifier}/reporter/reveal", dependencies=[ONE_OF_FEW])
def reveal_reporter(identifier: Number, city: CityOf, reader: ReaderOf, sent: RevealReporter) -> Json:
    """Give one attribute of the person who reported an event in clear, for a reason; put on record first."""
    return _reveal(city, reader, Wanted("reporter", identifier, sent.field, sent.reason))


@router.post("/api/personal/search", dependencies=[ONE_OF_FEW])
def search(city: CityOf, reader: ReaderOf, sent: Search) -> Json:
    """Find rows by a whole name, phone or identity number; matches are masked, the search is on record."""
    master, per_hour = master_file(city.settings), city.settings.reveals_per_hour
    with _quiet_about_keys():
        found = personal.search(
            city.database, reader, master, sent.relation, sent.field, sent.value, per_hour
        )
    return {"matches": found}


def _reveal(city: City, reader: Reader, wanted: Wanted) -> Json:
    master, per_hour = master_file(city.settings), city.settings.reveals_per_hour
    with _quiet_about_keys():
        value = personal.reveal(city.database, reader, master, wanted, per_hour)
    return {"field": wanted.field, "value": value}


@contextmanager
def _quiet_about_keys() -> Iterator[None]:
    """What is wrong with a key or a ciphertext goes to the log; a client learns that it does not work."""
    try:
        yield
    except NotOpened as error:
        log.error("personal data does not open", reason=str(error))
        raise Unavailable("clear text is not to be had now; the reason is in the server's log") from error

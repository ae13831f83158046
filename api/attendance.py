"""Attendance (考勤): sign in and out by phone or by a supervisor, and who has signed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import point_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.attendance import ForeignSignSent, MySignsQuery, OwnSignSent, SignsQuery
from spatial.errors import InvalidInput
from spatial.patrols.attendance import reading, signing
from spatial.people.organisations import organisation_id

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.post("/api/signs/mine", status_code=201)
def sign(connection: ConnectionOf, reader: ReaderOf, sent: OwnSignSent, answer: Response) -> Json:
    """Sign in or out yourself; sent again under the same client_id, it is the same sign (200)."""
    place = point_in(sent.lon, sent.lat, sent.datum)
    if place is None and sent.accuracy_m is not None:
        raise InvalidInput.at("accuracy_m", "is of a position: give lon and lat")
    given = signing.Sign(sent.kind, sent.at, sent.client_id, place, sent.accuracy_m)
    return _signed(connection, answer, signing.sign_self(connection, reader, given))


@router.get("/api/signs/mine")
def mine(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[MySignsQuery, Query()]) -> Json:
    """List your own signs, the last received first."""
    if reader.worker_id is None:
        return page("signs", [], asked.limit)
    wanted = reading.Wanted(
        since=asked.since, until=asked.until, before=asked.before, limit=asked.limit,
        worker_id=reader.worker_id,
    )  # fmt: skip
    return page("signs", reading.listed(connection, wanted), asked.limit)


@router.post("/api/signs", status_code=201)
def sign_for(connection: ConnectionOf, reader: ReaderOf, sent: ForeignSignSent, answer: Response) -> Json:
    """Sign somebody in or out in their stead, for a reason."""
    given = signing.Sign(sent.kind, sent.at, sent.client_id)
    return _signed(
        connection, answer, signing.sign_for(connection, reader, sent.mover_id, given, sent.reason)
    )


@router.get("/api/signs")
def listed(connection: ConnectionOf, asked: Annotated[SignsQuery, Query()]) -> Json:
    """List signs of those whose tracks you may see, the last received first."""
    organisation = organisation_id(connection, asked.organisation)
    wanted = reading.Wanted(
        asked.mover, asked.unit, organisation, asked.since, asked.until, asked.before, asked.limit
    )
    return page("signs", reading.listed(connection, wanted), asked.limit)


@router.get("/api/signs/{identifier}")
def one(identifier: Number, connection: ConnectionOf) -> Json:
    """Show one sign."""
    return reading.read(connection, identifier)


def _signed(connection: Connection[Any], answer: Response, made: tuple[int, bool]) -> Json:
    number, is_new = made
    answer.status_code = 201 if is_new else 200
    answer.headers["location"] = f"/api/signs/{number}"
    return reading.read(connection, number)

"""Cries for help (求救): who cries, who has taken it, and what it was."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import point_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.cries import CriesQuery, CryClosed, CryFor, CryReopened, OwnCry
from api.tags import Match, check_tag, tagged
from spatial.patrols.cries import acting, reading

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/cries")
def listed(connection: ConnectionOf, asked: Annotated[CriesQuery, Query()]) -> Json:
    """List cries of those whom you see, the last received first; `next` is the next `before`."""
    wanted = reading.Wanted(asked.state, asked.mover, asked.since, asked.until, asked.before, asked.limit)
    return page("cries", reading.listed(connection, wanted), asked.limit)


@router.post("/api/cries", status_code=201)
def raise_for(connection: ConnectionOf, reader: ReaderOf, sent: CryFor, answer: Response) -> Json:
    """Raise a cry for somebody who called; whoever cries already is counted once more (200)."""
    raised = sent.raised(point_in(sent.lon, sent.lat, sent.datum))
    return _raised(connection, answer, acting.raise_for(connection, reader, sent.mover_id, raised))


@router.post("/api/cries/mine", status_code=201)
def raise_self(connection: ConnectionOf, reader: ReaderOf, sent: OwnCry, answer: Response) -> Json:
    """Cry for help yourself; whoever cries already is counted once more (200)."""
    raised = sent.raised(point_in(sent.lon, sent.lat, sent.datum))
    return _raised(connection, answer, acting.raise_self(connection, reader, raised))


@router.get("/api/cries/{identifier}")
def one(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show a cry with what was done about it."""
    return tagged(answer, reading.read(connection, identifier), "edition")


@router.post("/api/cries/{identifier}/acknowledge")
def acknowledge(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: Match, answer: Response
) -> Json:
    """Take a cry: you see to it from now on. Whoever comes second is told who was first (409)."""
    held = acting.hold(connection, reader, identifier)
    if acting.check_free(reader, held):
        check_tag(match, held["edition"])
        acting.acknowledge(connection, reader, held)
    return tagged(answer, reading.read(connection, identifier), "edition")


@router.post("/api/cries/{identifier}/close")
def close(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: CryClosed,
    match: Match,
    answer: Response,
) -> Json:
    """Close a cry with what it was: real, false_alarm or test."""
    held = acting.hold(connection, reader, identifier)
    check_tag(match, held["edition"])
    acting.close(connection, reader, held, sent.word, sent.remark)
    return tagged(answer, reading.read(connection, identifier), "edition")


@router.post("/api/cries/{identifier}/reopen")
def reopen(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: CryReopened,
    match: Match,
    answer: Response,
) -> Json:
    """Open a closed cry again; nobody has taken it then."""
    held = acting.hold(connection, reader, identifier)
    check_tag(match, held["edition"])
    acting.reopen(connection, reader, held, sent.remark)
    return tagged(answer, reading.read(connection, identifier), "edition")


def _raised(connection: Connection[Any], answer: Response, made: tuple[int, bool]) -> Json:
    number, is_new = made
    answer.status_code = 201 if is_new else 200
    answer.headers["location"] = f"/api/cries/{number}"
    return tagged(answer, reading.read(connection, number), "edition")

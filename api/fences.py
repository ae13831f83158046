"""Fences (电子围栏), and who was in them when (打卡记录)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import shape_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.fences import FenceChange, FencesQuery, NewFence, VisitsOfQuery, VisitsQuery
from api.tags import Match, check_tag, tagged
from spatial.errors import InvalidInput
from spatial.patrols.fences import reading, store

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
_BESIDE = {"geometry", "datum"}


@router.get("/api/fences")
def fences(connection: ConnectionOf, asked: Annotated[FencesQuery, Query()]) -> Json:
    """List fences, newest first."""
    wanted = store.Wanted(
        asked.unit, asked.organisation, asked.mover, asked.place, asked.retired, asked.q, asked.before,
        asked.limit,
    )  # fmt: skip
    return page("fences", store.listed(connection, wanted), asked.limit)


@router.post("/api/fences", status_code=201)
def create(connection: ConnectionOf, reader: ReaderOf, sent: NewFence, answer: Response) -> Json:
    """Write a fence; who was in it in the last days is told soon after."""
    number = store.add(connection, reader, _given(sent))
    answer.headers["location"] = f"/api/fences/{number}"
    return _shown(connection, number, answer)


@router.get("/api/fences/{identifier}")
def fence(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show a fence."""
    return _shown(connection, identifier, answer)


@router.patch("/api/fences/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, sent: FenceChange, match: Match, answer: Response
) -> Json:
    """Change a fence; who was in it in the last days is told anew soon after."""
    check_tag(match, store.lock(connection, identifier)["edition"])
    store.change(connection, identifier, _given(sent))
    return _shown(connection, identifier, answer)


@router.delete("/api/fences/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, match: Match) -> None:
    """Delete a fence that nobody was in; one that was visited is retired."""
    check_tag(match, store.lock(connection, identifier)["edition"])
    store.remove(connection, identifier)


@router.get("/api/fences/{identifier}/visits")
def visits_of(identifier: Number, connection: ConnectionOf, asked: Annotated[VisitsOfQuery, Query()]) -> Json:
    """List visits to one fence, newest first, of people whose tracks the reader may see."""
    store.read(connection, identifier)
    return _visits(connection, asked, identifier)


@router.get("/api/fence-visits")
def visits(connection: ConnectionOf, asked: Annotated[VisitsQuery, Query()]) -> Json:
    """List visits to all fences, newest first, of people whose tracks the reader may see."""
    return _visits(connection, asked, asked.fence)


def _visits(connection: Connection[Any], asked: VisitsOfQuery, fence: int | None) -> Json:
    wanted = reading.Wanted(fence, asked.mover, asked.since, asked.until, asked.before, asked.limit)
    found = reading.listed(connection, wanted)
    following = reading.place_of(found[-1]) if len(found) == asked.limit else None
    return {"visits": found, "next": following}


def _shown(connection: Connection[Any], identifier: int, answer: Response) -> Json:
    return tagged(answer, store.read(connection, identifier), "edition")


def _given(sent: FenceChange) -> store.Given:
    given = sent.model_dump(exclude_unset=True, exclude=_BESIDE)
    if "name" in given and not given["name"]:
        raise InvalidInput.at("name", "must not be empty")
    return store.Given(given, shape_in(sent.geometry, sent.datum))

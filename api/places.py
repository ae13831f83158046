"""Sensitive places: list, draw, change, and why each has the risk level that it has."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.drawn import change_of, stamped
from api.me import not_kept
from api.paging import Number, page
from api.schemas.places import Decision, NewPlace, NewProposal, PlaceChange, PlaceQuery, ProposalQuery, box_of
from api.tags import Match, check_tag, tagged
from spatial.places import inspections, proposals, store

router = APIRouter(tags=["places"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
PARTS = 200
"""Inspections and proposals that a history shows."""


@router.get("/api/places")
def places(connection: ConnectionOf, asked: Annotated[PlaceQuery, Query()]) -> Json:
    """List places by id; `next` is the `after` of the next page."""
    wanted = store.Wanted(
        kinds=asked.kind.split(",") if asked.kind else (),
        levels=[int(each) for each in asked.level.split(",")] if asked.level else (),
        unit=asked.unit, organisation=asked.organisation, overdue=asked.overdue, bbox=box_of(asked.bbox),
        text=asked.q, after=asked.after, limit=asked.limit,
    )  # fmt: skip
    found = store.listed(connection, wanted, inspections.today())
    return page("places", found, asked.limit)


@router.post("/api/places", status_code=201)
def add(connection: ConnectionOf, city: CityOf, sent: NewPlace, answer: Response) -> Json:
    """Write a new place; the grid that it lies in is found by its point."""
    given = change_of(sent)
    made = store.add(connection, given, stamped(city, connection, given, is_new=True))
    answer.headers["location"] = f"/api/places/{made}"
    return _shown(connection, made, answer)


@router.get("/api/places/{identifier}")
def place(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show one place with its area, people and the inspection that is open."""
    return _shown(connection, identifier, answer)


@router.patch("/api/places/{identifier}")
def change(
    identifier: Number,
    connection: ConnectionOf,
    city: CityOf,
    sent: PlaceChange,
    match: Match,
    answer: Response,
) -> Json:
    """Change a place; another risk level needs its reason."""
    given = change_of(sent)
    unit_code = stamped(city, connection, given, is_new=False)
    found = store.lock(connection, identifier)
    check_tag(match, found.etag)
    store.change(connection, found, given, unit_code)
    return _shown(connection, identifier, answer)


@router.delete("/api/places/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, match: Match) -> None:
    """Delete a place with all that hangs on it; the audit log keeps what it was."""
    found = store.lock(connection, identifier)
    check_tag(match, found.etag)
    store.delete(connection, found)


@router.get("/api/places/{identifier}/history")
def history(identifier: Number, connection: ConnectionOf) -> Json:
    """Tell the levels that a place had and why, what was proposed, and what inspections found."""
    day = inspections.today()
    store.read(connection, identifier, day)
    wanted = inspections.Wanted(place_id=identifier, limit=PARTS)
    return {
        "levels": store.history(connection, identifier),
        "proposals": proposals.proposals(connection, identifier, limit=PARTS),
        "inspections": inspections.listed(connection, wanted, day),
    }


@router.get("/api/places/{identifier}/proposals")
def proposals_of(
    identifier: Number, connection: ConnectionOf, asked: Annotated[ProposalQuery, Query()]
) -> Json:
    """List what was proposed for a place, newest first."""
    store.read(connection, identifier, inspections.today())
    found = proposals.proposals(connection, identifier, asked.state, asked.before, asked.limit)
    return page("proposals", found, asked.limit)


@router.post("/api/places/{identifier}/proposals", status_code=201)
def propose(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: NewProposal) -> Json:
    """Propose another level; somebody who may change the place decides."""
    return proposals.propose(connection, reader, identifier, sent.to_level, sent.reason)


@router.post("/api/places/{identifier}/proposals/{number}/decision")
def decide(
    identifier: Number, number: Number, connection: ConnectionOf, reader: ReaderOf, sent: Decision
) -> Json:
    """Confirm or refuse a proposal, once; confirmed, the level changes."""
    confirm = sent.decision == "confirm"
    return proposals.decide(connection, reader, identifier, number, confirm, sent.note)


@router.get("/api/place-proposals")
def all_proposals(connection: ConnectionOf, asked: Annotated[ProposalQuery, Query()]) -> Json:
    """List proposals of all places, newest first: what waits to be decided with `state=open`."""
    found = proposals.proposals(connection, None, asked.state, asked.before, asked.limit)
    return page("proposals", found, asked.limit)


def _shown(connection: Connection[Any], identifier: int, answer: Response) -> Json:
    return tagged(answer, store.read(connection, identifier, inspections.today()))

"""Roll calls (点名): their rules, and what they found."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.attendance import NewRollCall, ResultsQuery, RollCallChange, RollCallsQuery
from api.tags import Match, check_tag, tagged
from spatial.patrols.attendance import rolls

router = APIRouter(tags=["patrols"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/roll-calls")
def listed(connection: ConnectionOf, asked: Annotated[RollCallsQuery, Query()]) -> Json:
    """List roll calls, newest first."""
    return page("roll_calls", rolls.listed(connection, asked.before, asked.limit), asked.limit)


@router.post("/api/roll-calls", status_code=201)
def add(connection: ConnectionOf, reader: ReaderOf, sent: NewRollCall, answer: Response) -> Json:
    """Say of whom a roll is called from now on, when, and what counts as being there."""
    number = rolls.add(connection, reader, sent.model_dump(exclude={"retired"}))
    answer.headers["location"] = f"/api/roll-calls/{number}"
    return tagged(answer, rolls.read(connection, number))


@router.get("/api/roll-calls/{identifier}")
def one(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show one roll call."""
    return tagged(answer, rolls.read(connection, identifier))


@router.patch("/api/roll-calls/{identifier}")
def change(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: RollCallChange,
    match: Match,
    answer: Response,
) -> Json:
    """Change a roll call; what was called stays as it was found."""
    held = rolls.locked(connection, identifier)
    check_tag(match, held["edition"])
    rolls.change(connection, reader, held, sent.model_dump(exclude_unset=True))
    return tagged(answer, rolls.read(connection, identifier))


@router.delete("/api/roll-calls/{identifier}", response_model=None)
def remove(identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: Match) -> Json | Response:
    """Delete a roll call that never was called; one that was is retired, and told as it is then."""
    held = rolls.locked(connection, identifier)
    check_tag(match, held["edition"])
    if rolls.remove(connection, reader, held):
        return Response(status_code=204)
    return rolls.read(connection, identifier)


@router.get("/api/roll-calls/{identifier}/results")
def results(identifier: Number, connection: ConnectionOf, asked: Annotated[ResultsQuery, Query()]) -> Json:
    """List what the rolls called on a day found of those whom you may see."""
    wanted = rolls.Wanted(asked.day, asked.state, asked.behind, asked.limit)
    found = rolls.results(connection, identifier, wanted)
    full = len(found) == asked.limit
    behind = f"{found[-1]['at'].isoformat()}.{found[-1]['mover_id']}" if full else None
    return {"results": found, "next": behind}

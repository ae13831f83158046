"""Events that may be one: proposed with reasons, confirmed or refused by a person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.events import Number
from api.me import not_kept
from api.schemas.events import DuplicateSent
from api.tags import MatchNumber
from spatial.errors import Forbidden
from spatial.events import duplicates, lifecycle
from spatial.events.lifecycle import Asked
from spatial.events.lifecycle_verbs import CENTRE

router = APIRouter(tags=["events"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/events/{identifier}/duplicates")
def pairs(identifier: Number, connection: ConnectionOf) -> Json:
    """List the events that may be the same as this one, likeliest first, with the reasons."""
    lifecycle.read_case(connection, identifier)
    return {"duplicates": duplicates.of_event(connection, identifier)}


@router.post("/api/events/{identifier}/duplicates/{other}")
def decide(
    identifier: Number, other: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf,
    sent: DuplicateSent, match: MatchNumber,
) -> Json:  # fmt: skip
    """Say whether an event is the same as another; confirmed, it is merged into that one."""
    cases = [lifecycle.read_case(connection, number)[0] for number in (identifier, other)]
    if any(CENTRE not in lifecycle.parts_of(reader, case) for case in cases):
        raise Forbidden("administrators and commanders say which events are one")
    if sent.decision == "confirm":
        asked = Asked("merge", sent.note, into=other)
        lifecycle.step(connection, city.dispatchers, reader, identifier, asked, match)
    duplicates.decide(connection, identifier, other, _STATUS[sent.decision])
    return {"duplicates": duplicates.of_event(connection, identifier)}


_STATUS = {"confirm": "confirmed", "refuse": "refused"}

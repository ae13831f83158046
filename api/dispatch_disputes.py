"""Disputed responsibility (疑难/确权): the queue, rulings, and the rules that raise disputes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from psycopg import Connection

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.dispatch import DisputeQuery, DisputeRules, NewDispute, NewRuling
from api.schemas.duties import polygon_of
from spatial.events import lifecycle
from spatial.events.dispatch import disputes
from spatial.rights.reader import Reader

router = APIRouter(tags=["dispatch"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
_VERBS = {"dispatched": "redispatch", "filed": "dispatch"}


@router.post("/api/events/{identifier}/dispute", status_code=201)
def dispute_event(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: NewDispute) -> Json:
    """Say that whose an event is, is in doubt."""
    return disputes.raise_by_hand(connection, reader, identifier, sent.reason)


@router.get("/api/disputes")
def queue(connection: ConnectionOf, asked: Annotated[DisputeQuery, Query()]) -> Json:
    """List disputes, newest first; `next` is the `before` of the next page."""
    return page("disputes", disputes.listed(connection, **asked.model_dump()), asked.limit)


@router.get("/api/disputes/rules")
def rules(connection: ConnectionOf) -> Json:
    """List when a responsibility counts as disputed by itself."""
    return {"rules": disputes.rules(connection)}


@router.put("/api/disputes/rules")
def set_rules(connection: ConnectionOf, reader: ReaderOf, sent: DisputeRules) -> Json:
    """Set those rules, for the whole city."""
    given = [rule.model_dump() for rule in sent.rules]
    return {"rules": disputes.set_rules(connection, reader, given)}


@router.get("/api/disputes/{identifier}")
def dispute(identifier: Number, connection: ConnectionOf) -> Json:
    """Show a dispute with its event."""
    return disputes.one(connection, identifier)


@router.post("/api/disputes/{identifier}/ruling")
def rule(
    identifier: Number, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: NewRuling
) -> Json:
    """Rule who is responsible; the event goes there, and so does, with its scope, what comes later."""
    given = sent.model_dump(exclude={"datum"})
    if sent.area is not None:
        given["area"] = polygon_of(sent.area, sent.datum)
    ruling = disputes.NewRuling(**given)
    # Locked before the event moves: of two rulings the second finds the dispute settled.
    dispute = disputes.open_locked(connection, reader, identifier)
    moved = _move(connection, city, reader, dispute, ruling)
    return {**disputes.rule(connection, reader, identifier, ruling), "dispatched": moved}


@router.post("/api/disputes/{identifier}/withdrawal")
def withdraw(identifier: Number, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Say that there is no doubt after all."""
    return disputes.withdraw(connection, reader, identifier)


def _move(
    connection: Connection[Any], city: City, reader: Reader, dispute: Json, ruling: disputes.NewRuling
) -> bool:
    """Dispatch the event to whom was ruled, where it is at that step and not there already."""
    verb = _VERBS.get(dispute["event_state"])
    whom = (dispute["organisation_id"], dispute["worker_id"])
    there = verb == "redispatch" and whom == (ruling.organisation_id, ruling.worker_id)
    if verb is None or there or dispute["state"] != "open":
        return False
    detail = {"dispute": dispute["id"], "scope": ruling.scope}
    asked = lifecycle.Asked(
        verb, ruling.reason[:2000], ruling.organisation_id, ruling.worker_id, detail=detail
    )
    lifecycle.step(connection, city.dispatchers, reader, dispute["event_id"], asked)
    return True

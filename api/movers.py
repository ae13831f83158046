"""Movers: the people and vehicles that leave tracks; and what becomes of fixes off duty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.devices import MoverChange, MoverQuery, RosterPolicy
from spatial.patrols import movers as store
from spatial.patrols import roster

router = APIRouter(tags=["movers"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/movers")
def movers(connection: ConnectionOf, asked: Annotated[MoverQuery, Query()]) -> Json:
    """List people and vehicles with where they were last."""
    wanted = store.Wanted(
        asked.kind, asked.unit, asked.organisation, asked.q, asked.seen_within_s, asked.after, asked.limit
    )
    return page("movers", store.listed(connection, wanted), asked.limit)


@router.get("/api/movers/{identifier}")
def mover(identifier: Number, connection: ConnectionOf) -> Json:
    """Show a mover with where it was last."""
    return store.one(connection, identifier)


@router.patch("/api/movers/{identifier}")
def change(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: MoverChange) -> Json:
    """Say how a mover gets about: on foot, by e-bike or by car."""
    store.set_gait(connection, reader, identifier, sent.gait)
    return store.one(connection, identifier)


@router.get("/api/roster-policies")
def policies(connection: ConnectionOf) -> Json:
    """Tell what becomes of fixes off duty: of the city, and of organisations that differ."""
    return {"policies": roster.policies(connection)}


@router.put("/api/roster-policies")
def set_policy(connection: ConnectionOf, reader: ReaderOf, sent: RosterPolicy) -> Json:
    """Say what becomes of fixes off duty, of the city or of an organisation."""
    roster.set_policy(connection, reader, sent.organisation, sent.mode, sent.margin_min, sent.duty_by)
    return policies(connection)


@router.delete("/api/roster-policies/{organisation}", status_code=204)
def drop_policy(organisation: str, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Let the city's policy count for an organisation again."""
    roster.drop_policy(connection, reader, organisation)

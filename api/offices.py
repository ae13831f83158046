"""Offices with an Open311 server of their own: set up, handed events, and what became of those."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.adapters import HandoverSent, OfficeChange, OfficeSent, SettleSent
from layers.external.addresses import check_url, origin
from spatial.events.lifecycle import read_case
from spatial.partners.open311 import offices
from spatial.partners.open311.offices import NewOffice
from spatial.rights.envelope import master_file

router = APIRouter(tags=["adapters"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Name = Annotated[str, Path(min_length=1, max_length=40)]
State = Literal["waiting", "doubtful", "sent", "closed", "dead", "dropped", "withdrawn"]


@router.get("/api/offices")
def all_offices(connection: ConnectionOf) -> Json:
    """List the offices that you keep, and how they do; never a key."""
    return {"offices": offices.read(connection)}


@router.post("/api/offices", status_code=201)
def set_up(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: OfficeSent, answer: Response
) -> Json:
    """Set an office up: what is dispatched to its organisation from now on is handed to its server."""
    url, key = check_url(sent.url), sent.api_key.get_secret_value() if sent.api_key else None
    new = NewOffice(sent.name, sent.organisation_id, url, sent.options, sent.poll_minutes, key)
    offices.add(connection, reader, new, master_file(city.settings))
    answer.headers["location"] = f"/api/offices/{sent.name}"
    return offices.one(connection, sent.name)


@router.get("/api/offices/{name}")
def office(name: Name, connection: ConnectionOf) -> Json:
    """Show an office, and how it does."""
    return offices.one(connection, name)


@router.patch("/api/offices/{name}")
def change(name: Name, city: CityOf, connection: ConnectionOf, reader: ReaderOf, sent: OfficeChange) -> Json:
    """Change an office; with the address of another server it is opened with nothing until a key is sent."""
    given = {key: each for key, each in sent.model_dump(exclude_unset=True).items() if each is not None}
    before = offices.one(connection, name)
    if sent.api_key is not None:
        given["api_key"] = sent.api_key.get_secret_value()
    if sent.url is not None:
        given["url"] = check_url(sent.url)
    moved = origin(given.get("url", before["url"])) != origin(before["url"])
    offices.change(connection, reader, name, given, master_file(city.settings), moved)
    return offices.one(connection, name)


@router.delete("/api/offices/{name}", status_code=204)
def delete(name: Name, connection: ConnectionOf, reader: ReaderOf) -> None:
    """Delete an office; what is in its hands is followed no more."""
    offices.delete(connection, reader, name)


@router.get("/api/offices/{name}/handovers")
def handovers(
    name: Name,
    connection: ConnectionOf,
    state: Annotated[State | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Json:
    """List what an office was handed, oldest first."""
    found = offices.one(connection, name)
    return page("handovers", offices.handovers(connection, found["id"], None, state, after, limit), limit)


@router.post("/api/offices/{name}/handovers/settle")
def settle(name: Name, connection: ConnectionOf, reader: ReaderOf, sent: SettleSent) -> Json:
    """Send again what an office refused, or give it up with a reason: named ones, or all."""
    again = sent.action == "again"
    return {"settled": offices.settle(connection, reader, name, again, sent.why, sent.ids)}


@router.get("/api/events/{identifier}/handovers")
def hands(identifier: Number, connection: ConnectionOf) -> Json:
    """List the offices that have had an event in their hands, and what they say of it."""
    read_case(connection, identifier)
    return {"handovers": offices.handovers(connection, event=identifier)}


@router.post("/api/events/{identifier}/handovers", status_code=201)
def hand_over(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: HandoverSent) -> Json:
    """Hand an event to an office by hand, whoever it was dispatched to."""
    number = offices.hand_over(connection, reader, identifier, sent.office)
    return {"id": number, "event_id": identifier, "office": sent.office, "state": "waiting"}

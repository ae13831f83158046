"""Inspections of places: what is due, and what was found."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import ConnectionOf, ReaderOf
from api.drawn import point_in
from api.me import not_kept
from api.paging import Number, page
from api.schemas.places import Cancelled, InspectionQuery, InspectionResult, NewInspection
from spatial.database.notify import notify
from spatial.places import inspections, proposals

router = APIRouter(tags=["places"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/inspections")
def due(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[InspectionQuery, Query()]) -> Json:
    """List inspections (巡查任务), newest first; `mine` are those of the worker that the account is."""
    wanted = inspections.Wanted(
        place_id=asked.place, states=asked.state.split(",") if asked.state else (), result=asked.result,
        worker_id=(reader.worker_id or -1) if asked.mine else asked.worker, unit=asked.unit,
        overdue=asked.overdue, due_from=asked.due_from, due_until=asked.due_until, before=asked.before,
        limit=asked.limit,
    )  # fmt: skip
    found = inspections.listed(connection, wanted, inspections.today())
    return page("inspections", found, asked.limit)


@router.get("/api/inspections/{number}")
def inspection(number: Number, connection: ConnectionOf) -> Json:
    """Show one inspection."""
    return inspections.read(connection, number, inspections.today())


@router.post("/api/places/{identifier}/inspections", status_code=201)
def ask(identifier: Number, connection: ConnectionOf, sent: NewInspection, answer: Response) -> Json:
    """Ask for an inspection out of turn."""
    day = inspections.today()
    made = inspections.add(connection, identifier, sent.due_on, sent.worker_id, day)
    answer.headers["location"] = f"/api/inspections/{made}"
    return inspections.read(connection, made, day)


@router.post("/api/inspections/{number}/result")
def finish(number: Number, connection: ConnectionOf, reader: ReaderOf, sent: InspectionResult) -> Json:
    """Write what was found; abnormal becomes an event, and results in a row propose another level."""
    given = inspections.Result(
        sent.result, sent.findings, sent.note, point_in(sent.lon, sent.lat, sent.datum), sent.at
    )
    proposal = inspections.finish(connection, reader, number, given)
    notify(connection, "inspections", done=number)
    found = inspections.read(connection, number, inspections.today())
    return {**found, "proposal": _proposal(connection, found["place_id"], proposal)}


@router.post("/api/inspections/{number}/cancel")
def cancel(number: Number, connection: ConnectionOf, reader: ReaderOf, sent: Cancelled) -> Json:
    """Call an open inspection off."""
    inspections.cancel(connection, reader, number, sent.note)
    return inspections.read(connection, number, inspections.today())


def _proposal(connection: Connection[Any], place_id: int, number: int | None) -> Json | None:
    found = proposals.proposals(connection, place_id, "open") if number else []
    return next((each for each in found if each["id"] == number), None)

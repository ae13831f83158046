"""Tasks and messages to people and vehicles in the field: sent, received, answered, done, cancelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.drawn import area_in, point_in, shape_in
from api.me import not_kept
from api.nearby import roads_of
from api.paging import Number, page
from api.schemas.tasks import (
    CancelSent,
    MineQuery,
    NearSent,
    ReceiptSent,
    StepsQuery,
    TaskQuery,
    TaskSent,
    ToSent,
)
from layers import nearby
from spatial.errors import InvalidInput
from spatial.people.organisations import organisation_id
from spatial.tasks import reading, receiving, sending
from spatial.tasks.people import To

router = APIRouter(tags=["tasks"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.post("/api/tasks", status_code=201)
def send(connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: TaskSent, answer: Response) -> Json:
    """Send a task or a message; sent again under the same client_id, it is the same one (200)."""
    sending.check_may_send(reader)
    given = sent.model_dump(include=_PLAIN)
    asked = sending.Asked(
        to=_to(connection, city, sent.to), shape=_shape(sent), remind_every=sent.remind_every, **given
    )
    number, is_new = sending.send(connection, reader, asked)
    answer.status_code = 201 if is_new else 200
    answer.headers["location"] = f"/api/tasks/{number}"
    return reading.read(connection, number)


@router.get("/api/tasks")
def tasks(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[TaskQuery, Query()]) -> Json:
    """List tasks that you sent and those of your area, newest first; `next` is the next `before`."""
    given = asked.model_dump(exclude={"mine"})
    wanted = reading.Wanted(account=(reader.account_id or 0) if asked.mine else None, **given)
    return page("tasks", reading.listed(connection, wanted), asked.limit)


@router.get("/api/tasks/mine")
def mine(connection: ConnectionOf, reader: ReaderOf, asked: Annotated[MineQuery, Query()]) -> Json:
    """List the tasks that are for you, newest first; what is listed counts as delivered."""
    found = reading.mine(connection, reader, asked.open, asked.before, asked.limit)
    return page("tasks", found, asked.limit)


@router.get("/api/tasks/{identifier}")
def task(identifier: Number, connection: ConnectionOf) -> Json:
    """Show a task, and how far it got with each of those whom it is for that you may see."""
    return reading.read(connection, identifier)


@router.get("/api/tasks/{identifier}/steps")
def steps(identifier: Number, connection: ConnectionOf, asked: Annotated[StepsQuery, Query()]) -> Json:
    """List what happened to a task, in the order in which it was heard; `next` is the next `after`."""
    return page("steps", reading.steps(connection, identifier, asked.after, asked.limit), asked.limit)


@router.post("/api/tasks/{identifier}/receipts")
def receipt(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: ReceiptSent) -> Json:
    """Say of a task that it has arrived, was read, accepted, declined or done; said again, it is the same."""
    return vars(
        receiving.receive(
            connection, reader, identifier, sent.state, sent.at, sent.reason, sent.note, sent.attachment,
            sent.mover_id,
        )
    )  # fmt: skip


@router.post("/api/tasks/{identifier}/cancel")
def cancel(identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: CancelSent) -> Json:
    """Cancel a task; whoever has it is told."""
    sending.cancel(connection, reader, identifier, sent.reason)
    return reading.read(connection, identifier)


_PLAIN = {
    "kind", "title", "text", "event_id", "place_id", "component_id", "due_at", "confirm_by", "client_id",
}  # fmt: skip


def _shape(sent: TaskSent) -> bytes | None:
    if sent.point is not None and sent.geometry is not None:
        raise InvalidInput.at("point", "give a point or a geometry")
    drawn = sent.geometry
    if sent.point is not None:
        drawn = {"type": "Point", "coordinates": sent.point}
    found = shape_in(drawn, sent.datum, "geometry" if sent.point is None else "point")
    return None if found is None else bytes(shapely.to_wkb(found))


def _to(connection: Connection[Any], city: City, sent: ToSent) -> To:
    """Read whom a task is for; of a scan those whom it finds now."""
    to = To(
        *(tuple(dict.fromkeys(each)) for each in (sent.movers, sent.workers, sent.vehicles)),
        sent.unit, organisation_id(connection, sent.organisation), sent.on_duty,
    )  # fmt: skip
    if sent.nearby is None:
        return to
    found = _near(connection, city, sent.nearby)
    numbers = {kind: tuple(row["id"] for row in found if row["kind"] == kind) for kind in sent.nearby.kinds}
    if not found and not (to.movers or to.workers or to.vehicles or to.is_group):
        raise InvalidInput.at("to.nearby", "finds nobody that you can see")
    workers = tuple(dict.fromkeys((*to.workers, *numbers.get("worker", ()))))
    vehicles = tuple(dict.fromkeys((*to.vehicles, *numbers.get("vehicle", ()))))
    return replace(to, workers=workers, vehicles=vehicles)


def _near(connection: Connection[Any], city: City, sent: NearSent) -> list[Json]:
    point = point_in(sent.lon, sent.lat, sent.datum)
    rest = (list(dict.fromkeys(sent.kinds)), sent.limit, sent.on_duty, roads_of(city, sent.by))
    if sent.area is not None:
        area = area_in(sent.area, sent.datum, "to.nearby.area")
        return nearby.within(connection, area, point or nearby.middle(area), *rest).found
    if point is None:
        raise InvalidInput.at("to.nearby.lon", "is required, or an area")
    return nearby.around(connection, point, sent.radius_m, *rest).found

"""Emergency resources: list, draw, change, and what their stores hold."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from psycopg import Connection

from api.dependencies import CityOf, ConnectionOf
from api.drawn import change_of, stamped
from api.me import not_kept
from api.paging import Number, page
from api.schemas.places import box_of
from api.schemas.resources import (
    Movement,
    MovementQuery,
    NewResource,
    ResourceChange,
    ResourceQuery,
)
from api.tags import Match, check_tag, tagged
from spatial.resources import store

router = APIRouter(tags=["resources"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/resources")
def resources(connection: ConnectionOf, asked: Annotated[ResourceQuery, Query()]) -> Json:
    """List emergency resources (应急资源) by id; `next` is the `after` of the next page."""
    wanted = store.Wanted(
        kinds=asked.kind.split(",") if asked.kind else (), state=asked.state, unit=asked.unit,
        organisation=asked.organisation, least=asked.capacity, bbox=box_of(asked.bbox), text=asked.q,
        after=asked.after, limit=asked.limit,
    )  # fmt: skip
    found = store.listed(connection, wanted)
    return page("resources", found, asked.limit)


@router.post("/api/resources", status_code=201)
def add(connection: ConnectionOf, city: CityOf, sent: NewResource, answer: Response) -> Json:
    """Write a new resource; the grid that it stands in is found by its point."""
    given = change_of(sent)
    made = store.add(connection, given, stamped(city, connection, given, is_new=True))
    answer.headers["location"] = f"/api/resources/{made}"
    return _shown(connection, made, answer)


@router.get("/api/resources/{identifier}")
def resource(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show one resource with its area and what its store holds."""
    return _shown(connection, identifier, answer)


@router.patch("/api/resources/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, city: CityOf, sent: ResourceChange, match: Match,
    answer: Response,
) -> Json:  # fmt: skip
    """Change a resource."""
    given = change_of(sent)
    unit_code = stamped(city, connection, given, is_new=False)
    found = store.lock(connection, identifier)
    check_tag(match, found.etag)
    store.change(connection, found, given, unit_code)
    return _shown(connection, identifier, answer)


@router.delete("/api/resources/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, match: Match) -> None:
    """Delete a resource; the audit log keeps what it was."""
    found = store.lock(connection, identifier)
    check_tag(match, found.etag)
    store.delete(connection, found)


@router.get("/api/resources/{identifier}/movements")
def movements(identifier: Number, connection: ConnectionOf, asked: Annotated[MovementQuery, Query()]) -> Json:
    """List what came into a store and went out (出入库), newest first."""
    return {"movements": store.movements(connection, identifier, asked.item, asked.limit)}


@router.post("/api/resources/{identifier}/movements", status_code=201)
def move(identifier: Number, connection: ConnectionOf, sent: Movement) -> Json:
    """Put things into a store or take them out; never more than there are."""
    return {"movements": store.move(connection, identifier, sent.deltas, sent.reason)}


def _shown(connection: Connection[Any], identifier: int, answer: Response) -> Json:
    return tagged(answer, store.read(connection, identifier))

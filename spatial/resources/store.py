"""Emergency resources (应急资源): read, listed, written, and what their stores hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import anywhere, end_of
from spatial.drawn import SOURCE, Change, area_held, check_near, placed, point_of, stored, update
from spatial.drawn.refusals import refusals
from spatial.errors import Forbidden, NotFound
from spatial.extras import check_extras
from spatial.types import BBox, LngLat

ROOM = "spatial.resources"

Row = dict[str, Any]

COLUMNS = ("name_en", "capacity", "unit_of_measure", "phone", "opening", "address", "organisation_id")


@dataclass(frozen=True)
class Wanted:
    """Which resources are listed; everything that is given must hold."""

    kinds: Sequence[str] = ()
    state: str | None = None
    unit: str | None = None
    organisation: str | None = None
    least: float | None = None
    """Of this capacity or more."""
    bbox: BBox | None = None
    text: str | None = None
    after: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Locked:
    """A resource that nobody else changes until the transaction ends."""

    id: int
    lon: float
    lat: float
    area: Any
    etag: str


def read(connection: Connection[Any], resource_id: int) -> Row:
    """Read a resource with what its store holds; NotFound."""
    values = {"id": resource_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "resource"), values).fetchone()
        if found is None:
            raise missing(resource_id)
        stock = cursor.execute(query(ROOM, "stock"), values).fetchall()
    return {**found, "stock": [{**each, "balance": float(each["balance"])} for each in stock]}


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List resources by id, from the one after `wanted.after`."""
    found = {
        "r.id > %(after)s": True,
        "r.kind = ANY (%(kinds)s)": wanted.kinds,
        "r.state = %(state)s": wanted.state,
        "r.unit_code >= %(unit)s AND r.unit_code < %(until)s": wanted.unit,
        "o.code = %(organisation)s": wanted.organisation,
        "r.capacity >= %(least)s": wanted.least is not None,
        "r.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)": wanted.bbox,
        "ST_Intersects(r.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))": wanted.bbox,
        "(r.name ILIKE %(text)s OR r.name_en ILIKE %(text)s OR r.address ILIKE %(text)s)": wanted.text,
    }
    values = {
        **vars(wanted), "kinds": list(wanted.kinds), "until": wanted.unit and end_of(wanted.unit),
        "text": wanted.text and anywhere(wanted.text),
        **(wanted.bbox._asdict() if wanted.bbox else {}),
    }  # fmt: skip
    conditions = sql.SQL(" AND ").join(sql.SQL(text) for text, on in found.items() if on)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            sql.SQL(query(ROOM, "resources")).format(conditions=conditions), values
        ).fetchall()


def add(connection: Connection[Any], given: Change, unit_code: str | None) -> int:
    """Write a new resource and return its id; InvalidInput with the fields, Forbidden beyond the own area."""
    point = point_of(given)
    check_near(point, given.area)
    columns = {
        **dict.fromkeys(COLUMNS),
        "state": "ready",
        "source": SOURCE,
        "attributes": {},
        **given.columns,
    }
    values = {**_stored(connection, columns), **placed(point, given.area, unit_code)}
    with refusals(connection, "resources"):
        return int(connection.execute(query(ROOM, "resource_add"), values).fetchall()[0][0])


def lock(connection: Connection[Any], resource_id: int) -> Locked:
    """Lock a resource that is to be changed; NotFound, or Forbidden for one that may only be read."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "resource_lock"), {"id": resource_id}).fetchone()
    if found is None:
        read(connection, resource_id)
        raise Forbidden("you may read this resource, and not change it")
    return Locked(**area_held(found))


def change(connection: Connection[Any], resource: Locked, given: Change, unit_code: str | None) -> None:
    """Change a locked resource; `unit_code` counts when the point moves. Raises as `add`."""
    check_near(given.point or LngLat(resource.lon, resource.lat), given.area_beside(resource.area))
    values = _stored(connection, given.columns)
    with refusals(connection, "resources"):
        update(connection, "resource", resource.id, given, values, unit_code)


def delete(connection: Connection[Any], resource: Locked) -> None:
    """Delete a locked resource with what is on record of its store; Forbidden for who may not."""
    with refusals(connection, "resources"):
        if connection.execute(query(ROOM, "resource_delete"), {"id": resource.id}).rowcount != 1:
            raise Forbidden("you may change this resource, and not delete it")


def move(
    connection: Connection[Any], resource_id: int, deltas: Mapping[str, float], reason: str
) -> list[Row]:
    """Put things into a store, or take them out (below zero), all or none; gives what is left of each.

    InvalidInput at `delta` when there is less than that. Whoever moves the same thing waits.
    """
    if connection.execute(query(ROOM, "resource"), {"id": resource_id}).fetchone() is None:
        raise missing(resource_id)
    values = {"id": resource_id, "reason": reason, "items": list(deltas), "deltas": list(deltas.values())}
    with refusals(connection, "resources"), connection.cursor(row_factory=dict_row) as cursor:
        return [_plain(row) for row in cursor.execute(query(ROOM, "move"), values).fetchall()]


def movements(connection: Connection[Any], resource_id: int, item: str | None, limit: int) -> list[Row]:
    """List what came in and went out, newest first; NotFound for no such resource."""
    values = {"id": resource_id, "item": item, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        if cursor.execute(query(ROOM, "resource"), values).fetchone() is None:
            raise missing(resource_id)
        return [_plain(row) for row in cursor.execute(query(ROOM, "movements"), values).fetchall()]


def missing(resource_id: int) -> NotFound:
    """Say that there is no such resource for this reader."""
    return NotFound(f"there is no resource '{resource_id}'")


def _plain(row: Row) -> Row:
    return {**row, "delta": float(row["delta"]), "balance": float(row["balance"])}


def _stored(connection: Connection[Any], columns: Mapping[str, Any]) -> Row:
    values = stored(connection, columns)
    if "attributes" in columns:
        check_extras({}, columns["attributes"], "attributes")
    return values

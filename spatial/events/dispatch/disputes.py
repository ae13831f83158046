"""Disputed responsibility (疑难/确权): by hand or by rule, ruled by a person, fed back to the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, RESPONDERS

if TYPE_CHECKING:
    from spatial.events.dispatch.decide import Decision

ROOM = "spatial.events.dispatch"
EVENT, PLACE, UNIT = "event", "place", "unit"
Json = dict[str, Any]


@dataclass(frozen=True)
class NewRuling:
    """What a person rules (确权裁定): who is responsible, why, and for what else it holds."""

    organisation_id: int
    reason: str
    scope: str = EVENT
    """event: this one alone; place: the matter in an area; unit: the matter in a unit."""
    worker_id: int | None = None
    category: str | None = None
    """Of place and unit: for which matters; None: those of the event's own code."""
    unit_code: str | None = None
    """Of unit: the event's grid, unless told, or one above it."""
    radius_m: float | None = None
    area: Any = None
    """Of place: a MultiPolygon, EPSG:4326, or else a circle of the radius around the event."""


def raise_near_borders(
    connection: Connection[Any], event_ids: Sequence[int], decisions: Sequence[Decision]
) -> list[int]:
    """Open disputes for events that lie as near a border between two units as a rule says; gives which."""
    near = [
        (event_id, decision.category, decision.border_m, decision.runner_up)
        for event_id, decision in zip(event_ids, decisions, strict=True)
        if decision.border_m is not None and decision.runner_up is not None
    ]
    if not near:
        return []
    names = ("events", "categories", "metres", "beyond")
    values = {name: list(column) for name, column in zip(names, zip(*near, strict=True), strict=True)}
    rows = connection.execute(query(ROOM, "disputes_near"), values).fetchall()
    return _mark(connection, [number for (number,) in rows])


def raise_returned(connection: Connection[Any], event_ids: Sequence[int]) -> list[int]:
    """Open disputes for events that came back as often as a rule says; gives which.

    To be called, in the same transaction, after an event was returned or dispatched again.
    """
    rows = connection.execute(query(ROOM, "disputes_returned"), {"events": list(event_ids)}).fetchall()
    return _mark(connection, [number for (number,) in rows])


def _mark(connection: Connection[Any], events: list[int]) -> list[int]:
    if events:
        connection.execute(query(ROOM, "disputed"), {"events": events, "disputed": True})
    return events


def raise_by_hand(connection: Connection[Any], reader: Reader, event_id: int, reason: str) -> Json:
    """Say that whose an event is, is in doubt; Conflict when that has been said, NotFound, Forbidden."""
    if reader.role not in RESPONDERS:
        raise Forbidden("this role reads events, and changes none")
    values = {
        "event": event_id, "reason": reason, "account": reader.account_id, "username": reader.username,
    }  # fmt: skip
    try:
        with connection.transaction():
            row = connection.execute(query(ROOM, "dispute_add"), values).fetchone()
    except errors.UniqueViolation:
        raise Conflict(f"event {event_id} is disputed already") from None
    if row is None:
        raise NotFound("there is no such event")
    _mark(connection, [event_id])
    return one(connection, row[0])


def listed(connection: Connection[Any], limit: int = 100, **asked: Any) -> list[Json]:
    """List disputes that the reader may see, newest first; asked: id, state, event_id, before (a number)."""
    values = {"id": None, "state": None, "event_id": None, "before": None, **asked, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "disputes"), values).fetchall()


def one(connection: Connection[Any], number: int) -> Json:
    """Read a dispute with its event; NotFound."""
    found = listed(connection, 1, id=number)
    if not found:
        raise NotFound("there is no such dispute")
    return found[0]


def withdraw(connection: Connection[Any], reader: Reader, number: int) -> Json:
    """Say that there is no doubt after all."""
    dispute = open_locked(connection, reader, number)
    values = {"id": number, "account": reader.account_id, "username": reader.username}
    if connection.execute(query(ROOM, "dispute_withdraw"), values).rowcount != 1:
        raise Conflict(f"dispute {number} is open no more")
    _unmark(connection, dispute["event_id"])
    return one(connection, number)


def rule(connection: Connection[Any], reader: Reader, number: int, ruling: NewRuling) -> Json:
    """Rule who is responsible; with the scopes place and unit a line of the duty list says so from now on.

    The event itself is for the caller to dispatch (`lifecycle.step`), after `open_locked`. InvalidInput names
    the field, Forbidden for who is no administrator there, Conflict when it has been ruled already.
    """
    dispute = open_locked(connection, reader, number)
    line = _line(dispute, ruling)
    duty_id = None
    if line is not None:
        from spatial.people import duty_changes
        from spatial.people.duty_values import check_lines

        duty_changes.check_may_change(reader, line)
        check_lines(connection, [line])
        (duty_id,) = duty_changes.insert(connection, [line], dispute_id=number)
    values = {
        "id": number, "account": reader.account_id, "username": reader.username, "scope": ruling.scope,
        "organisation": ruling.organisation_id, "worker": ruling.worker_id, "reason": ruling.reason,
        "duty": duty_id,
    }  # fmt: skip
    try:
        with connection.transaction():
            done = connection.execute(query(ROOM, "dispute_rule"), values).rowcount
    except errors.ForeignKeyViolation:
        raise InvalidInput.at("organisation_id", "or worker_id: there is no such") from None
    if done != 1:
        raise Conflict(f"dispute {number} is open no more")
    _unmark(connection, dispute["event_id"])
    return one(connection, number)


def open_locked(connection: Connection[Any], reader: Reader, number: int) -> Json:
    """Read an open dispute that nobody else settles until the transaction ends, and lock its event.

    Forbidden for who may not rule on it, NotFound, Conflict when it has been settled.
    """
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("disputes are ruled by administrators")
    dispute = one(connection, number)
    if not reader.holds(dispute["unit_code"]):
        raise Forbidden("the event lies outside of your area")
    # The event first, as every step of it does: two who lock in one order do not wait for each other.
    connection.execute(query(ROOM, "dispute_event_locked"), {"event": dispute["event_id"]})
    connection.execute(query(ROOM, "dispute_locked"), {"id": number})
    dispute = one(connection, number)
    if dispute["state"] != "open":
        raise Conflict(f"dispute {number} is {dispute['state']}")
    return dispute


def _line(dispute: Mapping[str, Any], ruling: NewRuling) -> Json | None:
    """Write the line of the duty list that a ruling makes; InvalidInput where it does not fit the event."""
    from spatial.people.duty_values import BLANK

    if ruling.scope == EVENT:
        return None
    category = ruling.category or dispute["category"]
    if not dispute["category"].startswith(category):
        raise InvalidInput.at("category", f"the event is about {dispute['category']}")
    if dispute["unit_code"] is None:
        raise InvalidInput.at("scope", "the event lies in no unit: rule on it alone")
    unit = ruling.unit_code if ruling.scope == UNIT and ruling.unit_code else dispute["unit_code"]
    if not dispute["unit_code"].startswith(unit):
        raise InvalidInput.at("unit_code", f"must be {dispute['unit_code']} or a unit above it")
    said = {
        "unit_code": unit, "category": category, "organisation_id": ruling.organisation_id,
        "worker_id": ruling.worker_id, "basis": f"ruling {dispute['id']}: {ruling.reason}"[:500],
        "area": _area(dispute, ruling) if ruling.scope == PLACE else None,
    }  # fmt: skip
    return {**BLANK, **said}


def _area(dispute: Mapping[str, Any], ruling: NewRuling) -> Any:
    point = shapely.Point(dispute["lon"], dispute["lat"])
    if ruling.area is None and ruling.radius_m is None:
        raise InvalidInput.at("radius_m", "or an area says how far the ruling on this place reaches")
    area = ruling.area
    if area is None:
        area = shapely.MultiPolygon([_circle(point.x, point.y, ruling.radius_m or 0)])
    if not area.is_valid or not area.intersects(point):
        raise InvalidInput.at("area", "must be a valid polygon around the event")
    return area


def _circle(lon: float, lat: float, radius_m: float) -> shapely.Polygon:
    """Draw a circle on the ellipsoid, counter-clockwise."""
    sides = 64
    azimuth = np.linspace(0, -360, sides, endpoint=False)
    ring = pyproj.Geod(ellps="WGS84").fwd([lon] * sides, [lat] * sides, azimuth, [radius_m] * sides)
    return shapely.Polygon(np.stack(ring[:2], axis=1))


def _unmark(connection: Connection[Any], event: int) -> None:
    connection.execute(query(ROOM, "disputed"), {"events": [event], "disputed": False})
    notify(connection, "disputes", event=event)


def rules(connection: Connection[Any]) -> list[Json]:
    """List when responsibilities count as disputed by themselves."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "dispute_rules")).fetchall()


def set_rules(connection: Connection[Any], reader: Reader, given: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Set those rules: category (None: all others), returns, border_m; Forbidden but for whole districts."""
    if reader.role != "district_administrator" or not reader.sees_everything:
        raise Forbidden("these rules hold for the whole city: its administrators set them")
    if len({each["category"] for each in given}) < len(given):
        raise InvalidInput.at("rules", "name a category twice")
    connection.execute(query(ROOM, "dispute_rules_set"), {"rules": Jsonb([dict(each) for each in given])})
    return rules(connection)

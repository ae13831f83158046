"""Edits of layers of grids: they land in a draft plan of whoever edits, never in the published grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Connection

from api.asgi import LOCATION, Headers
from api.ogc.call import Call, Json, Reply
from api.ogc.documents import address_of
from grid_editor import editing, from_map, store
from grid_editor.bases import Bases
from grid_editor.plan import Plan
from grid_editor.state import State
from layers.catalogue import Layer
from spatial.database import query, session
from spatial.errors import InvalidInput
from spatial.rights.rules import ADMINISTRATORS

LAYERS = {
    "districts": ("grids", 1), "streets": ("grids", 2), "communities": ("grids", 3), "grids": ("grids", 4),
    "micro_grids": ("micro_grids", 1), "unit_grids": ("unit_grids", 1),
}  # fmt: skip
"""Layer → coverage and level; only the deepest level of a coverage has shapes of its own."""
TITLE = "QGIS {user}"
JSON = b"application/json"
MOST_AT_ONCE = 500

Edit = Callable[["_Desk"], None]


@dataclass
class _Desk:
    """One request's work on the plan."""

    call: Call
    connection: Connection[Any]
    bases: Bases
    plan: Plan
    steps: int = 0

    def state(self) -> State:
        return editing.state_of(self.connection, self.bases, store.read(self.connection, self.plan.id))

    def do(self, operations: Iterator[Json]) -> None:
        for operation in list(operations):
            reader = self.call.reader
            editing.operate(self.connection, self.bases, reader, self.plan.id, operation)
            self.steps += 1


def is_drawn(call: Call, layer: Layer) -> bool:
    """Tell whether edits of a layer go into a plan."""
    return layer.name in LAYERS and call.bases is not None


def may_draw(call: Call) -> bool:
    """Tell whether the reader may draft plans with this key."""
    return call.reader.role in ADMINISTRATORS and call.reader.scope == "all"


def create(call: Call, layer: Layer, features: list[Json]) -> Reply:
    """Draw new units."""
    if len(features) > MOST_AT_ONCE:
        raise InvalidInput.at("features", f"are more than {MOST_AT_ONCE}")

    def edit(desk: _Desk) -> None:
        if LAYERS[layer.name][1] != desk.state().base.depth:
            raise InvalidInput.at("geometry", "units of this layer are made of the units below them")
        for feature in features:
            if not isinstance(feature, dict):
                raise InvalidInput.at("features", "must be GeoJSON features")
            desk.do(from_map.drawn(_properties(feature), from_map.area_of(feature.get("geometry"))))

    return _answered(call, layer, edit, 201)


def change(call: Call, layer: Layer, identifier: str, feature: Json, whole: bool) -> Reply:
    """Change a unit's values and shape; whole: what is not sent of the shape is refused."""
    if whole and "geometry" not in feature:
        raise InvalidInput.at("geometry", "must be given")

    def edit(desk: _Desk) -> None:
        unit = from_map.unit_called(desk.state(), identifier, call.reader)
        if feature.get("geometry") is not None:
            shape = from_map.area_of(feature["geometry"])
            desk.do(from_map.left_behind(desk.state(), unit, shape))
            desk.do(from_map.taken(desk.state(), unit, shape))
        desk.do(from_map.valued(desk.state(), unit, _properties(feature)))

    return _answered(call, layer, edit, 200)


def delete(call: Call, layer: Layer, identifier: str) -> Reply:
    """Retire a unit into the neighbour with the longest border."""

    def edit(desk: _Desk) -> None:
        state = desk.state()
        desk.do(from_map.retired(state, from_map.unit_called(state, identifier, call.reader)))

    return _answered(call, layer, edit, 200)


def _answered(call: Call, layer: Layer, edit: Edit, status: int) -> Reply:
    assert call.bases is not None
    with session(call.database, call.reader) as connection:
        desk = _Desk(call, connection, call.bases, _plan(call, connection, LAYERS[layer.name][0]))
        edit(desk)
    plan = desk.plan
    review = f"{call.base_url.rpartition('/ogc')[0]}/api/plans/{plan.id}"
    body = {
        "plan": plan.no, "id": plan.id, "steps": desk.steps, "review": review,
        "detail": f"kept in plan {plan.no}; it is published when it has been submitted and approved",
    }  # fmt: skip
    headers: Headers = [
        (b"cache-control", b"no-store"),
        (b"link", f'<{review}>; rel="describedby"'.encode()),
    ]
    if status == 201:
        headers.append((LOCATION, f"{address_of(call, layer)}/items/plan-{plan.id}".encode()))
    return Reply(status, JSON, headers, orjson.dumps(body))


def _plan(call: Call, connection: Connection[Any], coverage: str) -> Plan:
    """Find the open draft of this user, or begin it; two requests at once begin one."""
    reader = call.reader
    connection.execute(query(store.ROOM, "plan_qgis_lock"), {"account": reader.account_id})
    for plan in store.listed(connection, ("draft", "returned"), coverage, reader.account_id):
        if plan.origin == "qgis":
            return plan
    new = store.NewPlan(coverage, TITLE.format(user=reader.username), origin="qgis")
    return editing.begin(connection, reader, new)


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    found = feature.get("properties") if isinstance(feature, Mapping) else None
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise InvalidInput.at("properties", "must be an object")
    return found

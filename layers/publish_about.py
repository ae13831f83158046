"""What is said of a layer, and whom it is for; and taking it back. For whoever the policies let."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from layers.catalogue import Layer, everything
from layers.publish import ROOM
from spatial.database import SCHEMA, query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.people.organisations import organisation_id


def withdraw_layer(connection: Connection[Any], name: str) -> None:
    """Take a layer out of the catalogue; what was made for it goes at the next `sweep`.

    connection: of whoever may delete the layer. NotFound; Conflict for a layer that comes with the platform.
    """
    layer = everything(connection).get(name)
    if layer is None:
        raise NotFound(f"there is no layer '{name}'")
    refuse_builtin(layer)
    # Whoever may not delete the row deletes none: the policy decides.
    if not connection.execute(query(ROOM, "publish_delete"), {"name": name}).fetchall():
        raise Forbidden(f"layer '{name}' is not yours to withdraw")
    values = {"action": "unpublish", "layer": name, "about": Jsonb({"title": layer.title})}
    connection.execute(query(ROOM, "publish_record"), values)


def check_may_change(connection: Connection[Any], name: str) -> Layer:
    """Find a layer that the reader of this connection may change; NotFound, Forbidden, or Conflict."""
    layer = everything(connection).get(name)
    if layer is None:
        raise NotFound(f"there is no layer '{name}'")
    # A row can be locked by whom its policy lets change it.
    if not connection.execute(query(ROOM, "publish_may_change"), {"name": name}).fetchall():
        raise Forbidden(f"layer '{name}' is not yours to change")
    refuse_builtin(layer)
    return layer


def describe_layer(connection: Connection[Any], name: str, given: Mapping[str, Any]) -> None:
    """Change what is said of a layer: columns of the catalogue, titles of attributes, the rest in `about`.

    connection: of whoever may change it. given: only what shall be different. Raises as `check_may_change`,
    and InvalidInput for attributes that there are none of.
    """
    layer = check_may_change(connection, name)
    columns = {key: given.get(key) for key in _COLUMNS}
    about = {key: value for key, value in given.items() if key not in _COLUMNS and key not in _SPECIAL}
    fields = _titled(layer, given.get("fields", {}))
    tiles = given.get("tile_fields")
    if tiles is not None and (unknown := set(tiles) - set(layer.field_names)):
        raise InvalidInput.at("tile_fields", f"there is no attribute '{min(unknown)}'")
    if given.get("editable") and layer.kind not in ("file", "table"):
        raise InvalidInput.at("editable", "only tables that the platform owns can be edited")
    values = {
        **columns,
        "name": name,
        "about": Jsonb(about),
        "fields": Jsonb(fields),
        "tile_fields": None if tiles is None else Jsonb(tiles),
        "organisation_given": "organisation" in given,
        "organisation_id": organisation_id(connection, given.get("organisation")),
    }
    connection.execute(query(ROOM, "publish_describe"), values)


_COLUMNS = ("title", "title_en", "description", "min_zoom", "audience", "editable", "position")
_SPECIAL = ("organisation", "fields", "tile_fields")


def _titled(layer: Layer, titles: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    if unknown := set(titles) - set(layer.field_names):
        raise InvalidInput.at("fields", f"there is no attribute '{min(unknown)}'")
    plain = [
        {key: value for key, value in vars(each).items() if value or key in _ALWAYS} for each in layer.fields
    ]
    return [{**each, **titles.get(each["name"], {})} for each in plain]


_ALWAYS = ("name", "type", "title", "title_en")


def refuse_builtin(layer: Layer) -> None:
    """Refuse to change what comes with the platform; Conflict."""
    if layer.schema == SCHEMA:
        raise Conflict(f"layer '{layer.name}' comes with the platform")

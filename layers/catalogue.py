"""The catalogue: which layers there are and where their features stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound


@dataclass(frozen=True)
class Field:
    """One published attribute: `type` is integer, number, string, boolean or date-time."""

    name: str
    type: str
    title: str
    title_en: str


@dataclass(frozen=True)
class Layer:
    """A published layer (图层)."""

    name: str
    title: str
    title_en: str
    description: str
    relation: str
    id_column: str
    geometry_column: str
    geometry_type: str
    """point, line or polygon."""
    time_column: str | None
    fields: tuple[Field, ...]
    tile_fields: tuple[str, ...]
    min_zoom: int

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the published attributes, in order."""
        return tuple(field.name for field in self.fields)


def layers(connection: Connection[Any]) -> dict[str, Layer]:
    """Read the whole catalogue in its order, by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("layers", "catalogue")).fetchall()
    return {row["name"]: _layer(row) for row in rows}


def layer(connection: Connection[Any], name: str) -> Layer:
    """Read one layer; NotFound when the catalogue has none of that name."""
    found = layers(connection).get(name)
    if found is None:
        raise NotFound(f"there is no layer '{name}'")
    return found


def _layer(row: dict[str, Any]) -> Layer:
    row = dict(row)
    row["fields"] = tuple(Field(**field) for field in row["fields"])
    row["tile_fields"] = tuple(row["tile_fields"])
    return Layer(**row)

"""Who may read a layer: everybody who is logged in, or the accounts and organisations it is granted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, NotFound, Problem

ROOM = "layers"


@dataclass(frozen=True)
class LayerGrants:
    """The audience of a layer."""

    audience: str
    """all: whoever is logged in; granted: its organisation, and these."""
    accounts: tuple[int, ...]
    organisations: tuple[int, ...]


def read_grants(connection: Connection[Any], layer: str) -> LayerGrants:
    """Read who may read a layer; NotFound."""
    row = connection.execute(query(ROOM, "grants"), {"layer": layer}).fetchone()
    if row is None:
        raise NotFound(f"there is no layer '{layer}'")
    return LayerGrants(row[0], tuple(row[1]), tuple(row[2]))


def write_grants(
    connection: Connection[Any],
    layer: str,
    audience: str,
    accounts: Sequence[int],
    organisations: Sequence[int],
) -> LayerGrants:
    """Replace the audience of a layer; NotFound, or InvalidInput for who is not there."""
    read_grants(connection, layer)
    values = {
        "layer": layer,
        "audience": audience,
        "accounts": sorted(set(accounts)),
        "organisations": sorted(set(organisations)),
    }
    rows = connection.execute(query(ROOM, "unknown_grantees"), values).fetchall()
    if rows:
        raise InvalidInput([Problem(kind, f"there is no {number}") for kind, number in rows])
    for name in ("set_audience", "take_grants", "give_grants"):
        connection.execute(query(ROOM, name), values)
    return read_grants(connection, layer)

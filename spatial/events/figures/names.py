"""What the keys of figures are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.events.figures.asking import ROOM
from spatial.events.figures.cubes import Asked
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

Names = dict[str, tuple[str, str]]


def names(connection: Connection[Any], asked: Asked, keys: Iterable[str], reader: Reader) -> Names:
    """Give name and English name ('' where there is none) of keys, as far as the reader may see them."""
    values = {"by": asked.by, "coverage": asked.coverage, "keys": sorted(set(keys))}
    if asked.by == "person":
        if reader.role not in rule_of("worker").read:
            return {}
        rows = connection.execute(query(ROOM, "people"), values).fetchall()
    else:
        rows = connection.execute(query(ROOM, "names"), values).fetchall()
    return {key: (name, name_en) for key, name, name_en in rows}

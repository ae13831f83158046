"""The reader that an account is now, for work that is done later in its name."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.people.keys import ROOM
from spatial.rights.reader import Reader


def find_reader(connection: Connection[Any], account_id: int) -> Reader | None:
    """Find what an account may see at this moment; None when there is none of that number, or it is disabled.

    connection: in a session of the platform.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "reader_of"), {"id": account_id}).fetchone()
    if row is None:
        return None
    return Reader(**{**row, "above": tuple(row["above"]), "layers": frozenset(row["layers"])})

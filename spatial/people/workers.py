"""People in the field, found by what may be known of them: number, surname, where they work."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.rights.masks import HIDDEN, mask_name


def find_workers(connection: Connection[Any], text: str, near: str, most: int) -> list[dict[str, Any]]:
    """List workers whose code has a text in it or whose surname is that of the text, near ones first.

    text: a code, a surname or a whole name (of which only the surname is compared: names are kept masked);
    empty for everybody. near: code of a unit of `grids`. Only those that the reader may see.
    """
    given = {"text": text.strip(), "surname": surname_of(text), "near": near, "most": most}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("spatial.people", "find_workers"), given).fetchall()


def surname_of(text: str) -> str:
    """Give what a masked name shows at its beginning: 张三丰 → 张, 欧阳锋 → 欧阳, 张 → 张."""
    return mask_name(text).partition(HIDDEN)[0] or text.strip()

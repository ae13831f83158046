"""Photos and papers of places and of their inspections; the bytes lie in the store of attachments."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.drawn.refusals import refusals
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.events.attachments import Stored, shown_name
from spatial.places import inspections, store
from spatial.places.kinds import ROOM
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

Row = dict[str, Any]

MOST_FILES = 200
"""Of one place."""


def attachments(connection: Connection[Any], place_id: int) -> list[Row]:
    """List the files of a place, newest first; NotFound for no such place."""
    store.read(connection, place_id, inspections.today())
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "attachments"), {"place_id": place_id}).fetchall()


def attachment(connection: Connection[Any], place_id: int, number: int) -> Row:
    """Find a file of a place by its number; NotFound."""
    for row in attachments(connection, place_id):
        if row["id"] == number:
            return row
    raise NotFound(f"place '{place_id}' has no file '{number}'")


def check_may_add(
    connection: Connection[Any], reader: Reader, place_id: int, inspection_id: int | None
) -> None:
    """Refuse a file before it is taken: Forbidden, NotFound, Conflict, InvalidInput at `inspection`."""
    if reader.role not in rule_of("place_attachment").create:
        raise Forbidden("this role reads places, and adds nothing to them")
    if len(attachments(connection, place_id)) >= MOST_FILES:
        raise Conflict(f"a place has {MOST_FILES} files at most")
    if inspection_id is None:
        return
    wanted = inspections.Wanted(place_id=place_id, limit=1_000)
    if inspection_id not in {
        row["id"] for row in inspections.listed(connection, wanted, inspections.today())
    }:
        raise InvalidInput.at("inspection", "is none of this place")


def add(
    connection: Connection[Any],
    reader: Reader,
    place_id: int,
    inspection_id: int | None,
    stored: Stored,
    name: str | None,
) -> Row:
    """Note that stored bytes belong to a place, or to an inspection of it."""
    values = {**vars(stored), "place_id": place_id, "inspection_id": inspection_id}
    values |= {"name": shown_name(name, stored.kind), "username": reader.username}
    with refusals(connection, "files of places"):
        row = connection.execute(query(ROOM, "attachment_add"), values).fetchall()[0]
    return attachment(connection, place_id, int(row[0]))


def remove(connection: Connection[Any], place_id: int, number: int) -> None:
    """Take a file from a place; the bytes go when nothing has had them for a day. NotFound, Forbidden."""
    attachment(connection, place_id, number)
    values = {"place_id": place_id, "id": number}
    with refusals(connection, "files of places"):
        if connection.execute(query(ROOM, "attachment_delete"), values).rowcount != 1:
            raise Forbidden("you may see this file, and not take it away")

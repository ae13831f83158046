"""The duty list (权责清单) in the store: lines read, added, changed, taken away, in a reader's rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import Conflict, Forbidden, NotFound
from spatial.people.duty_values import BLANK, check_lines
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS

ROOM = "spatial.people"
Json = dict[str, Any]
NOTHING_ASKED: Json = dict.fromkeys(
    ("id", "below", "coverage", "unit_code", "category", "organisation_id", "worker_id", "after", "at")
)


class Outdated(Conflict):
    """The line has been changed since it was read."""


def listed(connection: Connection[Any], limit: int, **asked: Any) -> list[Json]:
    """List lines that the reader may see, by number.

    asked: id, below (codes that begin so), coverage, unit_code, category (and what is below it),
    organisation_id, worker_id, after (a number), at (in force at a moment).
    """
    values = {**NOTHING_ASKED, **asked, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "duty_listed"), values).fetchall()
    return [_shaped(row) for row in rows]


def one(connection: Connection[Any], number: int) -> Json:
    """Read one line; NotFound."""
    found = listed(connection, 1, id=number)
    if not found:
        raise NotFound("there is no such line in the duty list")
    return found[0]


def history(connection: Connection[Any], number: int) -> list[Json]:
    """List what a line said before, newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "duty_history"), {"id": number}).fetchall()
    return [_shaped(row) for row in rows]


def add(connection: Connection[Any], reader: Reader, values: Mapping[str, Any]) -> Json:
    """Add a line; InvalidInput naming the field, Forbidden outside the reader's area."""
    line = {**BLANK, **values}
    check_may_change(reader, line)
    check_lines(connection, [line])
    (number,) = insert(connection, [line])
    return one(connection, number)


def insert(
    connection: Connection[Any], lines: Sequence[Mapping[str, Any]], dispute_id: int | None = None
) -> list[int]:
    """Insert checked lines; gives their numbers."""
    rows = [{**_bound(line), "dispute_id": dispute_id} for line in lines]
    numbers = []
    with connection.cursor() as cursor:
        cursor.executemany(query(ROOM, "duty_add"), rows, returning=True)
        while rows:
            numbers += [number for (number,) in cursor.fetchall()]
            if not cursor.nextset():
                break
    return numbers


def change(
    connection: Connection[Any],
    reader: Reader,
    number: int,
    changes: Mapping[str, Any],
    edition: int | None = None,
) -> Json:
    """Change a line; Outdated when it is no longer of that edition, InvalidInput, Forbidden, NotFound."""
    held = one(connection, number)
    check_may_change(reader, held)
    line = {**{name: held[name] for name in BLANK}, **changes}
    check_may_change(reader, line)
    check_lines(connection, [line])
    update(connection, number, line, edition)
    return one(connection, number)


def update(
    connection: Connection[Any], number: int, line: Mapping[str, Any], edition: int | None = None
) -> None:
    """Write a checked line over another; Outdated."""
    values = {**_bound(line), "id": number, "edition": edition}
    if not connection.execute(query(ROOM, "duty_change"), values).rowcount:
        raise Outdated(f"line {number} of the duty list has been changed since")


def remove(connection: Connection[Any], reader: Reader, number: int, edition: int | None = None) -> None:
    """Take a line away; what it said stays in its history."""
    check_may_change(reader, one(connection, number))
    values = {"id": number, "edition": edition}
    if not connection.execute(query(ROOM, "duty_remove"), values).rowcount:
        raise Outdated(f"line {number} of the duty list has been changed since")


def check_may_change(reader: Reader, line: Mapping[str, Any]) -> None:
    """Refuse who is no administrator of the unit that a line is for."""
    if reader.role == "system":
        return
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("the duty list is kept by administrators")
    if not reader.holds(line["unit_code"]):
        raise Forbidden(f"unit {line['unit_code']} is not in your area")


def _bound(line: Mapping[str, Any]) -> Json:
    area = line["area"]
    return {**line, "area": None if area is None else shapely.to_wkb(area), "skills": sorted(line["skills"])}


def _shaped(row: Json) -> Json:
    area = row["area"]
    return {**row, "area": None if area is None else shapely.from_wkb(bytes(area))}

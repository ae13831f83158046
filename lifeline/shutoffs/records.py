"""Records of shut-offs as they are read: lists, one with its valves, and what has become different since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.shutoffs.finding import Finding, differences, find, question_of
from lifeline.shutoffs.models import OPEN
from lifeline.traces.held import Networks
from spatial.database import query
from spatial.errors import InvalidInput, NotFound

ROOM = "lifeline.shutoffs"
Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which are listed: the newest first, `before` a number."""

    network: str | None = None
    state: str | None = None
    before: int | None = None
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Json]:
    """List the shut-offs of networks that the reader sees."""
    return rows(connection, "listed", vars(wanted))


def read(connection: Connection[Any], number: int) -> Json:
    """Read one with its valves; NotFound."""
    found = rows(connection, "one", {"id": number})
    if not found:
        raise NotFound(f"there is no shut-off '{number}'")
    return {**found[0], "valves": rows(connection, "valves", {"id": number})}


def ask_again(connection: Connection[Any], networks: Networks, record: Json) -> Finding:
    """Ask the network of now what a record asked, around whatever was found stuck since."""
    by_state = {
        state: [each["code"] for each in record["valves"] if each["state"] == state]
        for state in ("closed", "stuck")
    }
    asked = question_of(record["question"], by_state["stuck"])
    return find(connection, networks, record["network"], asked, by_state["closed"])


def proposal(connection: Connection[Any], networks: Networks, record: Json) -> Json | None:
    """Say what the network of now answers otherwise, to be confirmed; None when nothing, or when it is over.

    `refused` in place of an answer: what was asked is no longer of the network.
    """
    if record["state"] not in OPEN:
        return None
    try:
        finding = ask_again(connection, networks, record)
    except InvalidInput as error:
        return {"refused": [vars(each) for each in error.problems]}
    different = differences(record["found"], finding.found)
    if not different:
        return None
    return {
        "edition": finding.edition, "differs": different, "question": finding.question,
        "found": finding.found, "valves": finding.valves,
    }  # fmt: skip


def rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    """Run a query of this room."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()

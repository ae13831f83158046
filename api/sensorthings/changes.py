"""What is made, changed and taken away through the door of SensorThings, by path."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from api.asgi import MethodNotAllowed
from lifeline.telemetry import taking
from lifeline.telemetry.batches import read_rows
from lifeline.telemetry.conditions import Names
from lifeline.telemetry.paths import Target, resolve
from lifeline.telemetry.writing import Writer
from spatial.errors import InvalidInput, NotFound
from spatial.rights.reader import Reader

_COLUMNS = {
    ("Things", "Datastreams"): "thing_id",
    ("Things", "HistoricalLocations"): "thing_id",
    ("Sensors", "Datastreams"): "sensor_id",
    ("ObservedProperties", "Datastreams"): "observed_property_id",
}
"""Set and link → the column that says whose what is made there is."""


def create(connection: Connection[Any], reader: Reader, path: str, body: Any) -> str:
    """Make what is sent to a set, everything inside it included; gives the path of what was made."""
    target = resolve(path, Names())
    if target.is_one or target.refs or target.property is not None:
        raise MethodNotAllowed(("GET", "HEAD", "PATCH", "DELETE"))
    writer, name = Writer(connection, reader), target.set.name
    parent, here = _parent(connection, target)
    if name == "Observations":
        taken = writer.observe(body, parent if here == "Datastreams" else None)
        return f"Observations('{taken.key}')"
    given: dict[str, int] = {}
    if parent is not None:
        column = _COLUMNS.get((here, name))
        if column is None:
            raise InvalidInput.at("path", f"{name} are made under their own address, or inside of others")
        given[column] = parent
    return f"{name}({writer.make(name, body, given)})"


def _parent(connection: Connection[Any], target: Target) -> tuple[int | None, str]:
    """Find the number of the entity that a set hangs on; NotFound when there is none for the reader."""
    if target.link is None:
        return None, ""
    here = target.link[1]
    if len(here.set.keys) > 1:
        raise InvalidInput.at("path", "nothing is made below an observation")
    return int(_keys(connection, here)[0]), here.set.name


def _keys(connection: Connection[Any], target: Target) -> Any:
    statement = sql.SQL("SELECT {} FROM {} AS {} WHERE {}").format(
        sql.SQL(", ").join(sql.SQL(key).format(t=target.alias) for key in target.set.keys),
        sql.Identifier(target.set.table), target.alias, target.condition or sql.SQL("true"),
    )  # fmt: skip
    row = connection.execute(statement).fetchone()
    if row is None:
        raise NotFound("there is no such entity")
    return row


def _one(connection: Connection[Any], path: str) -> tuple[Target, Any]:
    target = resolve(path, Names())
    if not target.is_one or target.refs or target.property is not None:
        raise MethodNotAllowed(("GET", "HEAD", "POST"))
    return target, _keys(connection, target)


def change(connection: Connection[Any], reader: Reader, path: str, body: Any) -> None:
    """Change an entity by what is named (PATCH)."""
    target, key = _one(connection, path)
    if target.set.name == "Observations":
        there = taking.change(connection, key, body)
    else:
        there = Writer(connection, reader).change(target.set.name, key[0], body)
    if not there:
        raise NotFound("there is no such entity")


def delete(connection: Connection[Any], path: str) -> None:
    """Take an entity away, with all that cannot be without it."""
    target, key = _one(connection, path)
    pairs = [
        sql.SQL("{} = {}").format(
            sql.SQL(column).format(t=sql.Identifier(target.set.table)), sql.Literal(value)
        )
        for column, value in zip(target.set.keys, key, strict=True)
    ]
    statement = sql.SQL("DELETE FROM {} WHERE {}").format(
        sql.Identifier(target.set.table), sql.SQL(" AND ").join(pairs)
    )
    if connection.execute(statement).rowcount != 1:
        raise NotFound("there is no such entity")


def create_observations(connection: Connection[Any], reader: Reader, base: str, body: Any) -> list[str]:
    """Take rows of values; gives for each, in the order sent, its address, or `error` and why."""
    told = []
    for taken in taking.take(connection, reader, read_rows(body)):
        if isinstance(taken, taking.Taken):
            told.append(f"{base}/Observations('{taken.key}')")
        else:
            told.append(f"error: {taken.detail}")
    return told

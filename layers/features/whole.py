"""Features as dictionaries, and figures of whole layers: for pages, documents and jobs, not for hot doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import psycopg
from psycopg import Connection, sql

from layers.catalogue import Layer
from layers.features.conditions import match_shape
from layers.features.counts import Counts
from layers.features.facts import facts
from layers.features.reading import item, page
from layers.features.selection import Selection, check
from layers.features.statements import matching
from spatial.database import quoted
from spatial.errors import InvalidInput
from spatial.rights.reader import SYSTEM

Feature = dict[str, Any]
"""A GeoJSON feature."""


def features(connection: Connection[Any], layer: Layer, selection: Selection) -> list[Feature]:
    """Read one page of features as GeoJSON dictionaries.

    Raises InvalidInput that names the attribute, box or page that is wrong.
    """
    found = page(connection, layer, selection, SYSTEM, Counts())
    return list(orjson.loads(b"[" + found.features + b"]"))


def feature(connection: Connection[Any], layer: Layer, identifier: str) -> Feature:
    """Read one feature by its identifier; NotFound when there is none, or it cannot be one."""
    text, _ = item(connection, layer, identifier, Selection())
    found: Feature = orjson.loads(text + b"}")
    return found


def count(connection: Connection[Any], layer: Layer, selection: Selection) -> int:
    """Count exactly the features that match, whatever the page."""
    check(layer, selection)
    match, values = match_shape(layer, selection)
    text = matching(layer, match, facts(connection, layer), most=False)
    try:
        ((number,),) = connection.execute(text, values).fetchall()
    except psycopg.DataError:
        raise InvalidInput.at("filter", "a value cannot be read as its attribute's type") from None
    return int(number)


def interval(connection: Connection[Any], layer: Layer) -> tuple[datetime, datetime] | None:
    """Measure the time from the first to the last feature; None without a time column or a time."""
    if layer.time_column is None:
        return None
    statement = sql.SQL("SELECT min({time}), max({time}) FROM {relation} WHERE {only}").format(
        time=quoted(layer.time_column), relation=layer.table, only=layer.only
    )
    row = connection.execute(statement, {}).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])

"""The one statement that reads features: pages, encoders, tiles and writes select through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from layers.catalogue import Layer
from layers.features.conditions import EVERYTHING, MatchShape, match_condition, match_shape
from layers.features.facts import NOTHING, Facts
from layers.features.order import OrderShape, beginnings, order_by, order_shape
from layers.features.selection import Selection, check


@dataclass(frozen=True)
class Shape:
    """Everything of a selection that decides the text of its statement; values are bound."""

    match: MatchShape
    order: OrderShape
    limited: bool
    skipping: bool

    @property
    def is_plain(self) -> bool:
        """Everything by its identifier: whatever the values, there is one way to read that."""
        return self.match == EVERYTHING and len(self.order.sort) == 1


def shape_of(layer: Layer, selection: Selection) -> tuple[Shape, dict[str, Any]]:
    """Say what the statement of a checked selection looks like, and bind its values."""
    match, values = match_shape(layer, selection)
    order, keys = order_shape(layer, selection)
    values.update(keys)
    if selection.limit is not None:
        values["limit"] = selection.limit
    if selection.offset:
        values["offset"] = selection.offset
    return Shape(match, order, selection.limit is not None, selection.offset > 0), values


def select(layer: Layer, shape: Shape, facts: Facts, columns: sql.Composable) -> sql.Composed:
    """Write the statement that reads `columns` of the features of a shape, in order."""
    starts = beginnings(shape.order)
    page = sql.Composed([])
    if shape.limited:
        page += sql.Composed([sql.SQL(" LIMIT %(limit)s")])
    if shape.skipping:
        page += sql.Composed([sql.SQL(" OFFSET %(offset)s")])
    if len(starts) == 1 or not shape.limited:
        start = sql.SQL("({})").format(sql.SQL(" OR ").join(starts)) if len(starts) > 1 else starts[0]
        return _select(layer, shape, facts, columns, start) + page
    # Each part is read only as far as the page needs it: the planner starts the second when the first ends.
    parts = [
        sql.SQL("({} LIMIT %(limit)s + {})").format(
            _select(layer, shape, facts, columns, start),
            sql.SQL("%(offset)s" if shape.skipping else "0"),
        )
        for start in starts
    ]
    return sql.SQL("SELECT * FROM ({}) AS parts").format(sql.SQL(" UNION ALL ").join(parts)) + page


def _select(
    layer: Layer, shape: Shape, facts: Facts, columns: sql.Composable, start: sql.Composable
) -> sql.Composed:
    return sql.SQL(
        "SELECT {columns} FROM {table} AS chosen WHERE ({where}) AND ({start}) ORDER BY {order}"
    ).format(
        columns=columns,
        table=layer.table,
        where=match_condition(layer, shape.match, facts),
        start=start,
        order=order_by(shape.order),
    )


def statement(
    layer: Layer, selection: Selection, columns: sql.Composable
) -> tuple[sql.Composed, dict[str, Any]]:
    """Write the statement that reads `columns` of the features selected, in order, with its bound values.

    Without a limit (None) every feature is read. A selection `before` some keys is read against the order.
    Raises InvalidInput that names what is wrong.
    """
    check(layer, selection)
    shape, values = shape_of(layer, selection)
    return select(layer, shape, NOTHING, columns), values


def matching(layer: Layer, match: MatchShape, facts: Facts, most: bool) -> sql.Composed:
    """Write the statement that counts the features of a shape, up to %(most)s if asked so."""
    where = match_condition(layer, match, facts)
    if not most:
        return sql.SQL("SELECT count(*) FROM {} WHERE {}").format(layer.table, where)
    return sql.SQL("SELECT count(*) FROM (SELECT FROM {} WHERE {} LIMIT %(most)s) AS matching").format(
        layer.table, where
    )


def frozen(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Make bound values a key."""
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in values.items())

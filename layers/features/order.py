"""The order of features, and where a page begins: behind the keys of the feature before it.

A page that is found by keys stays what it is while features before it come and go, and its cost does not grow
with its number. NULL stands where PostgreSQL puts it: behind everything ascending, before it descending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from layers.catalogue import Layer
from layers.features.selection import Selection
from spatial.database import quoted


@dataclass(frozen=True)
class OrderShape:
    """What decides the texts of ORDER BY and of the condition that a page begins behind some keys."""

    sort: tuple[tuple[str, bool], ...]
    """Attributes and whether they descend; the identifier, which never is NULL, comes last."""
    backwards: bool
    """Read against the order: the page before some keys."""
    nulls: tuple[bool, ...] | None
    """Which of the keys are NULL; None for a page without keys."""


def order_shape(layer: Layer, selection: Selection) -> tuple[OrderShape, dict[str, Any]]:
    """Say what order and beginning of a page look like, and bind the keys."""
    keys = selection.before if selection.after is None else selection.after
    sort = (*((name, bool(descending)) for name, descending in selection.sort), (layer.id_column, False))
    backwards = selection.before is not None
    if keys is None:
        return OrderShape(sort, False, None), {}
    values = {f"key_{number}": key for number, key in enumerate(keys) if key is not None}
    return OrderShape(sort, backwards, tuple(key is None for key in keys)), values


def order_by(shape: OrderShape) -> sql.Composable:
    """Write what stands behind ORDER BY: columns of the table `chosen`, whatever the names of the output."""
    return sql.SQL(", ").join(
        sql.SQL("chosen.{} DESC" if descending != shape.backwards else "chosen.{} ASC").format(quoted(name))
        for name, descending in shape.sort
    )


def key_columns(shape: OrderShape) -> Sequence[str]:
    """Name the columns whose values are the keys."""
    return [name for name, _ in shape.sort]


def beginnings(shape: OrderShape) -> list[sql.Composable]:
    """Write the condition of a page's beginning; several have to be read one after the other, in this order.

    There are two when NULLs follow the values of the first attribute: an index gives the rest of the values
    from the key on, and then the NULLs; the OR of both would read it from its start.
    """
    if shape.nulls is None:
        return [sql.SQL("true")]
    (name, descending), rest = shape.sort[0], shape.sort[1:]
    column, is_last = quoted(name), not rest
    ascending = descending == shape.backwards
    behind = _behind(shape, 0)
    if is_last or not ascending or shape.nulls[0]:
        return [behind]
    return [
        sql.SQL("({}) AND {} IS NOT NULL").format(behind, column),
        sql.SQL("{} IS NULL").format(column),
    ]


def _behind(shape: OrderShape, number: int) -> sql.Composable:
    """Compare from one key on: the first bounds what the index reads, then ties are settled by the rest."""
    assert shape.nulls is not None
    (name, descending), is_last = shape.sort[number], number == len(shape.sort) - 1
    column = quoted(name)
    ascending, key = descending == shape.backwards, sql.Placeholder(f"key_{number}")
    if is_last:
        return sql.SQL("{} > {}" if ascending else "{} < {}").format(column, key)
    rest = _behind(shape, number + 1)
    if shape.nulls[number]:
        tied = sql.SQL("{} IS NULL AND ({})").format(column, rest)
        return tied if ascending else sql.SQL("({}) OR {} IS NOT NULL").format(tied, column)
    if not ascending:
        return sql.SQL("{0} <= {1} AND ({0} < {1} OR ({2}))").format(column, key, rest)
    bounded = sql.SQL("{0} >= {1} AND ({0} > {1} OR ({2}))").format(column, key, rest)
    return bounded if number == 0 else sql.SQL("({}) OR {} IS NULL").format(bounded, column)

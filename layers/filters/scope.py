"""What the compiling of one filter carries about: the layer, the bound values, and typed pieces of SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from psycopg import sql

from layers.catalogue import Layer
from layers.filters.limits import wrong
from layers.filters.nodes import Node, Property, describe
from layers.filters.queryables import Queryable, shape
from spatial.database import quoted
from spatial.errors import InvalidInput
from spatial.geometry.crs import Crs

COMPARISONS: Mapping[str, LiteralString] = {
    "=": "({a} = {b})",
    "<>": "({a} <> {b})",
    "<": "({a} < {b})",
    ">": "({a} > {b})",
    "<=": "({a} <= {b})",
    ">=": "({a} >= {b})",
}
NUMBERS = frozenset({"integer", "number"})
TIMES = frozenset({"date", "date-time"})

_CASTS: Mapping[str, LiteralString] = {
    "integer": "{}::bigint",
    "number": "{}::numeric",
    "string": "{}::text",
    "boolean": "{}::boolean",
    "date": "{}::date",
    "date-time": "{}::timestamptz",
}
_COLUMNS: Mapping[str, LiteralString] = {
    # A text may be stored as varchar, uuid or enum; the cast of a text to text is none, so its index works.
    "string": "{}::text",
    "date-time": "{}::timestamptz",
    "array": "{}::text[]",
}
_WORDS = {
    "integer": "a number",
    "number": "a number",
    "string": "a text",
    "boolean": "a truth value",
    "date": "a date",
    "date-time": "a timestamp",
    "array": "a list",
    "json": "an object",
    "geometry": "a geometry",
    "interval": "an interval",
}


@dataclass(frozen=True)
class Piece:
    """SQL of a known type."""

    text: sql.Composed
    type: str
    """integer, number, string, boolean, date, date-time, array, json, geometry, interval, or open."""
    hulls: tuple[sql.Composed, ...] = ()
    """Of a geometry: what the index compares by `&&`; more than one for a box across the antimeridian."""
    ends: tuple[Piece, ...] = ()
    """Of an interval: its start and its end."""


def compose(template: LiteralString, *parts: sql.Composable, **named: sql.Composable) -> sql.Composed:
    """Fill a template; the result is flat, however deep the filter is."""
    return sql.Composed(list(_flat(sql.SQL(template).format(*parts, **named))))


def join(separator: LiteralString, parts: Iterable[sql.Composable]) -> sql.Composed:
    """Join pieces of SQL; the result is flat."""
    return sql.Composed(list(_flat(sql.SQL(separator).join(parts))))


def _flat(composed: sql.Composed) -> Iterable[sql.Composable]:
    for part in composed:
        if isinstance(part, sql.Composed):
            yield from part
        else:
            yield part


@dataclass(frozen=True)
class Scope:
    """One filter on its way to SQL."""

    layer: Layer
    crs: Crs
    known: Mapping[str, Queryable]
    dispatch: Callable[[Scope, Node], Piece]
    values: dict[str, Any] = field(default_factory=dict)

    def piece(self, node: Node) -> Piece:
        """Compile a part of the filter."""
        return self.dispatch(self, node)

    def bind(self, value: Any) -> sql.Placeholder:
        """Bind a value under the next free name."""
        name = f"f_{len(self.values)}"
        self.values[name] = value
        return sql.Placeholder(name)

    def value(self, value: Any, type_: str) -> Piece:
        """Bind a value of a type."""
        return Piece(compose(_CASTS[type_], self.bind(value)), type_)

    def column(self, name: str) -> Piece:
        """Find an attribute by its published name; raises InvalidInput that lists the names there are."""
        found = self._find(name)
        return Piece(compose(_COLUMNS.get(found.type, "{}"), quoted(found.column)), found.type)

    def _find(self, name: str) -> Queryable:
        if name in self.known:
            return self.known[name]
        if name == self.layer.geometry_column:
            return shape(self.layer)
        raise wrong(f"there is no property '{name[:60]}'; there are {', '.join(self.known)}")

    def of_type(self, node: Node, types: Iterable[str], user: str) -> Piece:
        """Compile a part that must be of one of some types; `user` names what needs it."""
        piece = self.piece(node)
        if piece.type not in types:
            wanted = " or ".join(dict.fromkeys(word(type_) for type_ in types))
            raise wrong(f"{user} takes {wanted}, and {saying(node, piece)}")
        return piece


def word(type_: str) -> str:
    """Name a type for people."""
    return _WORDS.get(type_, "something else")


def saying(node: Node, piece: Piece) -> str:
    """Say what a part of a filter is: 'name' is a text."""
    return f"{describe(node)} is {word(piece.type)}"


def check_count(name: str, given: int, wanted: int) -> None:
    """Refuse a wrong number of arguments by name."""
    if given != wanted:
        raise wrong(f"{name.upper()} takes {wanted} argument{'s' * (wanted != 1)}, and {given} are given")


def only_null(node: Node, piece: Piece) -> InvalidInput:
    """Make the error of comparing what cannot be compared."""
    hint = "; use the functions S_…" if piece.type == "geometry" else ""
    hint = "; use the functions A_…" if piece.type == "array" else hint
    hint = "; use the functions T_…" if piece.type == "interval" else hint
    subject = "the property " if isinstance(node, Property) else ""
    return wrong(f"{subject}{saying(node, piece)} and cannot be compared{hint}")

"""Array functions: lists as sets, without order and repetition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from psycopg import sql

from layers.filters.nodes import Array, Call, Day, Literal, Moment, Node
from layers.filters.scope import Piece, Scope, check_count, compose, join

RELATIONS: Mapping[str, LiteralString] = {
    "a_contains": "({a} @> {b})",
    "a_containedby": "({a} <@ {b})",
    "a_equals": "({a} @> {b} AND {a} <@ {b})",
    "a_overlaps": "({a} && {b})",
}


def relate(scope: Scope, call: Call) -> Piece:
    """Compile one of the array functions."""
    check_count(call.name, len(call.arguments), 2)
    first, second = map(_listed, call.arguments)
    if isinstance(first, Array) and isinstance(second, Array):
        answer = _constant(call.name, first, second)
        if answer is not None:
            return Piece(compose("TRUE" if answer else "FALSE"), "boolean")
    a, b = (_list(scope, call.name, node) for node in (first, second))
    return Piece(compose(RELATIONS[call.name], a=a, b=b), "boolean")


def _listed(node: Node) -> Node:
    """Take a value as a list of one: the text parser gives ('a') as 'a'."""
    return Array((node,)) if isinstance(node, Literal | Day | Moment) else node


def _list(scope: Scope, user: str, node: Node) -> sql.Composed:
    if isinstance(node, Array):
        return _texts(scope, node)
    return scope.of_type(node, ("array",), user.upper()).text


def _texts(scope: Scope, node: Array) -> sql.Composed:
    """Write a list that is compared with a property, whose members are always texts."""
    if all(isinstance(item, Literal) and isinstance(item.value, str) for item in node.items):
        return compose(
            "{}::text[]", scope.bind([item.value for item in node.items if isinstance(item, Literal)])
        )
    texts = [
        scope.of_type(item, ("string",), "a list that is compared with a property").text
        for item in node.items
    ]
    return compose("ARRAY[{}]::text[]", join(", ", texts))


def _constant(name: str, first: Array, second: Array) -> bool | None:
    """Answer for two lists of values, of any types; None if one of them asks the layer."""
    a, b = _members(first), _members(second)
    if a is None or b is None:
        return None
    answers = {"a_contains": a >= b, "a_containedby": a <= b, "a_equals": a == b}
    return answers.get(name, bool(a & b))


def _members(node: Array) -> frozenset[object] | None:
    members = [_members(item) if isinstance(item, Array) else item for item in node.items]
    known = all(isinstance(member, frozenset | Literal | Day | Moment) for member in members)
    return frozenset(members) if known else None

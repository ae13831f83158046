"""Make SQL of a filter for a layer: only its columns, only our operators and functions, all values bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from layers.catalogue import Layer
from layers.filters import arrays, functions, numbers, spatial, texts, times
from layers.filters.limits import wrong
from layers.filters.nodes import (
    Array,
    Box,
    Call,
    Day,
    Expression,
    Interval,
    Literal,
    Moment,
    Node,
    Open,
    Property,
    Shape,
)
from layers.filters.queryables import queryables
from layers.filters.scope import (
    COMPARISONS,
    NUMBERS,
    TIMES,
    Piece,
    Scope,
    check_count,
    compose,
    join,
    only_null,
    saying,
)
from spatial.geometry.crs import CRS84, Crs

_BIGINT = 2**63
_LONG_LIST = 50
"""Values from which on a list is hashed: 10,000 compared one by one with 100,000 rows took 3 s."""
_LISTS: Mapping[str, LiteralString] = {
    "string": "{}::text[]",
    "integer": "{}::bigint[]",
    "number": "{}::numeric[]",
    "boolean": "{}::boolean[]",
}


@dataclass(frozen=True)
class Condition:
    """A condition over the columns of a layer's table, for a WHERE."""

    text: sql.Composable
    values: Mapping[str, Any]
    """What is bound, by the names f_0, f_1 … in `text`."""


def compile_filter(expression: Expression, layer: Layer, crs: Crs = CRS84) -> Condition:
    """Make the condition of a filter for a layer, its geometries given in `crs` by that system's axis order.

    Raises InvalidInput at `filter` that names what is unknown, of a wrong type or in a wrong place.
    """
    scope = Scope(layer, crs, queryables(layer), _piece)
    piece = _condition(scope, expression.root, "a filter")
    return Condition(compose("({})", piece.text), scope.values)


def _piece(scope: Scope, node: Node) -> Piece:
    return _NODES[type(node)](scope, node)


def _condition(scope: Scope, node: Node, user: str) -> Piece:
    return scope.of_type(node, ("boolean",), user)


def _literal(scope: Scope, node: Literal) -> Piece:
    value, type_ = node.value, _type(node.value)
    if type_ == "boolean":
        return Piece(compose("TRUE" if value else "FALSE"), "boolean")
    return scope.value(Decimal(value) if type_ == "number" else value, type_)


def _type(value: bool | int | Decimal | str) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) and -_BIGINT <= value < _BIGINT else "number"


def _misplaced(_: Scope, node: Node) -> Piece:
    raise wrong(
        "a list stands in IN and in the functions A_… only" if isinstance(node, Array) else "misplaced '..'"
    )


def _call(scope: Scope, call: Call) -> Piece:
    handler = _OPERATORS.get(call.name, functions.call)
    return handler(scope, call)


def _chain(scope: Scope, call: Call) -> Piece:
    parts = [_condition(scope, node, call.name.upper()).text for node in call.arguments]
    return Piece(compose("({})", join(" AND " if call.name == "and" else " OR ", parts)), "boolean")


def _not(scope: Scope, call: Call) -> Piece:
    check_count(call.name, len(call.arguments), 1)
    return Piece(compose("(NOT {})", _condition(scope, call.arguments[0], "NOT").text), "boolean")


Part = tuple[Node, Piece]
"""A part of a filter and its SQL: no part is compiled twice, or each level would double the work."""


def _compare(scope: Scope, call: Call) -> Piece:
    check_count(call.name, len(call.arguments), 2)
    left, right = ((node, scope.piece(node)) for node in call.arguments)
    return _comparison(scope, call.name, left, right)


def _comparison(scope: Scope, op: str, left: Part, right: Part) -> Piece:
    a, b = _comparable(scope, left, right)
    if a.type in TIMES:
        return times.compare(op, a, b)
    return Piece(compose(COMPARISONS[op], a=a.text, b=b.text), "boolean")


def _comparable(scope: Scope, left: Part, right: Part) -> tuple[Piece, Piece]:
    """Make two parts ready to be compared; raises InvalidInput if their types do not allow it."""
    a, b = left[1], right[1]
    if a.type in TIMES and b.type == "string":
        b = times.as_time(scope, right[0]) or b
    elif b.type in TIMES and a.type == "string":
        a = times.as_time(scope, left[0]) or a
    for node, piece in ((left[0], a), (right[0], b)):
        if piece.type in {"geometry", "array", "json", "interval"}:
            raise only_null(node, piece)
    if _family(a.type) != _family(b.type):
        both = f"{saying(left[0], a)} and {saying(right[0], b)}"
        raise wrong(f"{both}: they cannot be compared{_hint(a, b)}")
    return a, b


def _family(type_: str) -> str:
    if type_ in NUMBERS:
        return "number"
    return "time" if type_ in TIMES else type_


def _hint(a: Piece, b: Piece) -> str:
    timely = {a.type, b.type} & TIMES and "string" in {a.type, b.type}
    return "; a time is written DATE('2026-01-31') or TIMESTAMP('2026-01-31T08:00:00Z')" if timely else ""


def _between(scope: Scope, call: Call) -> Piece:
    check_count(call.name, len(call.arguments), 3)
    value, low, high = ((node, scope.piece(node)) for node in call.arguments)
    if _with_times(value, low, high):
        parts = (_comparison(scope, op, value, end).text for op, end in ((">=", low), ("<=", high)))
        return Piece(compose("({})", join(" AND ", parts)), "boolean")
    ends = [_comparable(scope, value, end)[1].text for end in (low, high)]
    return Piece(compose("({} BETWEEN {} AND {})", value[1].text, *ends), "boolean")


def _with_times(*parts: Part) -> bool:
    """Tell whether times are compared: one by one, as their kinds may differ; they contain no conditions."""
    return any(piece.type in TIMES for _, piece in parts)


def _in(scope: Scope, call: Call) -> Piece:
    check_count(call.name, len(call.arguments), 2)
    value, given = (call.arguments[0], scope.piece(call.arguments[0])), call.arguments[1]
    # The text parser gives a list of one value in parentheses as that value.
    items = given.items if isinstance(given, Array) else (given,)
    if not items:
        raise wrong("IN takes at least one value")
    literals = [item.value for item in items if isinstance(item, Literal)]
    if len(literals) == len(items) and value[1].type not in TIMES:
        return _in_values(scope, value, literals)
    parts = [(item, scope.piece(item)) for item in items]
    if _with_times(value, *parts):
        tests = [_comparison(scope, "=", value, part).text for part in parts]
        return Piece(compose("({})", join(" OR ", tests)), "boolean")
    texts_ = [_comparable(scope, value, part)[1].text for part in parts]
    return Piece(compose("({} IN ({}))", value[1].text, join(", ", texts_)), "boolean")


def _in_values(scope: Scope, value: Part, literals: list[Any]) -> Piece:
    """Bind a list of values as one array: thousands of them cost one placeholder."""
    examples = {_type(literal): literal for literal in literals}
    for type_, example in examples.items():
        _comparable(scope, value, (Literal(example), Piece(compose(""), type_)))
    type_ = "number" if len(examples) > 1 else next(iter(examples))
    bound = [Decimal(literal) for literal in literals] if type_ == "number" else literals
    array = compose(_LISTS[type_], scope.bind(bound))
    # PostgreSQL hashes an array of the column's own type only, and an integer column may be of any size.
    long = type_ == "integer" and len(literals) > _LONG_LIST
    template: LiteralString = "({} IN (SELECT unnest({})))" if long else "({} = ANY({}))"
    return Piece(compose(template, value[1].text, array), "boolean")


def _is_null(scope: Scope, call: Call) -> Piece:
    check_count("IS NULL", len(call.arguments), 1)
    piece = scope.piece(call.arguments[0])
    if piece.type == "interval":
        raise only_null(call.arguments[0], piece)
    return Piece(compose("({} IS NULL)", piece.text), "boolean")


_NODES: Mapping[type, Callable[[Scope, Any], Piece]] = {
    Literal: _literal,
    Day: lambda scope, node: scope.value(node.value, "date"),
    Moment: lambda scope, node: scope.value(node.value, "date-time"),
    Open: _misplaced,
    Interval: times.interval,
    Shape: spatial.shape,
    Box: spatial.box,
    Property: lambda scope, node: scope.column(node.name),
    Array: _misplaced,
    Call: _call,
}
_OPERATORS: Mapping[str, Callable[[Scope, Call], Piece]] = {
    "and": _chain,
    "or": _chain,
    "not": _not,
    "between": _between,
    "in": _in,
    "isnull": _is_null,
    "like": texts.like,
    **dict.fromkeys(COMPARISONS, _compare),
    **dict.fromkeys(texts.FOLDS, texts.fold),
    **dict.fromkeys(numbers.OPERATORS, numbers.calculate),
    **dict.fromkeys(spatial.RELATIONS, spatial.relate),
    **dict.fromkeys(times.RELATIONS, times.relate),
    **dict.fromkeys(arrays.RELATIONS, arrays.relate),
}

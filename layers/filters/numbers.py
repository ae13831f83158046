"""Arithmetic. What is not defined (a division by zero, the root of a negative number) is NULL, so that such
a row is not found; PostgreSQL alone would break the whole statement off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from layers.filters.nodes import Call
from layers.filters.scope import Piece, Scope, check_count, compose

_SQL: Mapping[str, LiteralString] = {
    "+": "({a} + {b})",
    "-": "({a} - {b})",
    "*": "({a} * {b})",
    "/": "({a}::float8 / NULLIF({b}::float8, 0))",
    "%": "mod({a}::numeric, NULLIF({b}::numeric, 0))",
    "div": "div({a}::numeric, NULLIF({b}::numeric, 0))",
    # A subquery, so that the operands stand once in the statement however deep powers are nested.
    "^": "(SELECT CASE WHEN base = 0 AND exponent < 0 OR base < 0 AND exponent <> trunc(exponent) THEN NULL"
    " WHEN base = 0 OR abs(base) = 1 THEN power(base, exponent)"
    " WHEN abs(exponent) > 1e300 OR exponent * ln(abs(base)) > 709 THEN NULL"
    " WHEN exponent * ln(abs(base)) < -700 THEN 0 ELSE power(base, exponent) END"
    " FROM (VALUES ({a}::float8, {b}::float8)) AS operands (base, exponent))",
}
OPERATORS = tuple(_SQL)


def calculate(scope: Scope, call: Call) -> Piece:
    """Compile an arithmetic operator: + - * exact as long as its operands are, / and ^ in floating point."""
    check_count(call.name, len(call.arguments), 2)
    left, right = (scope.of_type(node, ("number", "integer"), call.name) for node in call.arguments)
    return Piece(compose(_SQL[call.name], a=_wide(left).text, b=_wide(right).text), "number")


def _wide(piece: Piece) -> Piece:
    """Take an integer as numeric: it neither overflows nor truncates when divided."""
    return Piece(compose("{}::numeric", piece.text), "number") if piece.type == "integer" else piece

"""Paths into messages: JSONPath (RFC 9535), of which is taken what ends soon whatever the message is.

One selector a segment, one descendant segment a path, filters that compare single values with literals, and
no functions: so no path looks at anything in a message more often than at each level once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpressionLiteral,
    FilterQuery,
    LogicalExpression,
    PrefixExpression,
)
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import FilterSelector, IndexSelector, NameSelector

from spatial.errors import InvalidInput

Json = Any
LONGEST = 300
"""Characters of a path."""
DEEPEST = 32
"""Levels of a message, and segments of a path."""
MOST_NODES = 20_000
"""Values of one message, lists and objects counted too."""

_ENVIRONMENT = JSONPathEnvironment()


@dataclass(frozen=True)
class Path:
    """A path that was checked. steps: its names and places where it leads to one value at most."""

    text: str
    query: JSONPathQuery
    steps: tuple[str | int, ...] | None

    @property
    def wide(self) -> bool:
        """Tell whether it may lead to many values."""
        return self.steps is None

    def found(self, message: Json) -> Iterator[Json]:
        """Give the values that it leads to, in the order of the message, nulls left out."""
        if self.steps is not None:
            value = _walked(message, self.steps)
            if value is not None:
                yield value
            return
        yield from (node.value for node in self.query.finditer(message) if node.value is not None)


def read_path(text: object, where: str) -> Path:
    """Compile a path; InvalidInput at `where` with what is wrong with it."""
    if not isinstance(text, str) or not text:
        raise InvalidInput.at(where, "must be a path, such as $.position.lon")
    if len(text) > LONGEST:
        raise InvalidInput.at(where, f"may have {LONGEST} characters at most")
    try:
        query = _ENVIRONMENT.compile(text)
        reason = _refused(query)
    except (JSONPathError, RecursionError) as error:
        raise InvalidInput.at(where, f"is no path: {str(error)[:200]}") from None
    if reason:
        raise InvalidInput.at(where, reason)
    return Path(text, query, _steps(query))


def check_message(message: Json, where: str = "body") -> None:
    """See that a message is no deeper and no larger than paths can be let loose on; InvalidInput."""
    level, count = [message], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST_NODES:
            raise InvalidInput.at(where, f"has more than {MOST_NODES} values")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise InvalidInput.at(where, f"is nested deeper than {DEEPEST} levels")


def _inside(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _walked(value: Json, steps: tuple[str | int, ...]) -> Json:
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            here = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if here else None
    return value


def _steps(query: JSONPathQuery) -> tuple[str | int, ...] | None:
    if not query.singular_query():
        return None
    selectors = [segment.selectors[0] for segment in query.segments]
    return tuple(each.name if isinstance(each, NameSelector) else _place(each) for each in selectors)


def _place(selector: object) -> int:
    assert isinstance(selector, IndexSelector)
    return selector.index


def _refused(query: JSONPathQuery) -> str | None:
    """Say why a path is not taken, if it is not."""
    segments = query.segments
    if len(segments) > DEEPEST:
        return f"may have {DEEPEST} segments at most"
    if any(len(segment.selectors) != 1 for segment in segments):
        return "may have one selector in a pair of brackets"
    if sum(isinstance(segment, JSONPathRecursiveDescentSegment) for segment in segments) > 1:
        return "may have one '..' at most"
    filters = [each for segment in segments for each in segment.selectors if isinstance(each, FilterSelector)]
    if len(filters) > 1:
        return "may have one filter at most"
    return next((_refused_filter(each.expression.expression) for each in filters), None)


def _refused_filter(expression: Expression) -> str | None:
    if isinstance(expression, LogicalExpression):
        return _refused_filter(expression.left) or _refused_filter(expression.right)
    if isinstance(expression, PrefixExpression):
        return _refused_filter(expression.right)
    if isinstance(expression, ComparisonExpression):
        sides = (expression.left, expression.right)
        if not any(isinstance(side, FilterExpressionLiteral) for side in sides):
            return "may compare with literals only in a filter"
        return next(filter(None, map(_refused_side, sides)), None)
    return _refused_side(expression)


def _refused_side(expression: Expression) -> str | None:
    if isinstance(expression, FilterExpressionLiteral):
        return None
    if not isinstance(expression, FilterQuery):
        return "may have no functions in a filter"
    return None if expression.query.singular_query() else "may look at single values only in a filter"

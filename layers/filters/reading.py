"""Read a filter, CQL2 text or JSON, into its tree: nothing of it is known to be right for any layer yet."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from layers.filters.limits import MAX_DEPTH, MAX_LENGTH, MAX_NODES, wrong
from layers.filters.nodes import (
    Array,
    Call,
    Day,
    Expression,
    Interval,
    Literal,
    Moment,
    Node,
    Open,
    Property,
)
from layers.filters.shapes import read_box, read_shape
from layers.filters.text import Held, read_text
from spatial.errors import InvalidInput

LANGUAGES = ("cql2-text", "cql2-json", "cql-text")
"""Values of `filter-lang`; `cql-text` is the name of the drafts, which GDAL looks for."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_CHAINS = {"and", "or"}


def parse(text: str, language: str = "cql2-text") -> Expression:
    """Read a filter in one of LANGUAGES.

    Raises InvalidInput at `filter` that says what is wrong and, where it is known, where it stands; at
    `filter-lang` for a language that is not among them.
    """
    if language not in LANGUAGES:
        raise InvalidInput.at("filter-lang", f"must be one of {', '.join(LANGUAGES)}")
    if language == "cql2-json":
        return Expression(_Reader({}).node(_json(text), 0))
    tree, held = read_text(text)
    return Expression(_Reader(held).node(tree, 0))


def read_instant(text: str) -> Day | Moment | None:
    """Read a date, or a timestamp with its offset, as RFC 3339 writes them; None if it is neither."""
    try:
        if _DATE.fullmatch(text):
            return Day(date.fromisoformat(text))
        if _TIMESTAMP.fullmatch(text):
            return Moment(datetime.fromisoformat(text.upper()))
    except ValueError:
        return None
    return None


def _json(text: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise wrong(f"is longer than {MAX_LENGTH:,} characters")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise wrong(f"is no JSON: {error.msg[:1].lower()}{error.msg[1:]} at {place}") from None
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, InvalidOperation):
        # An integer of more than 4,300 digits, or an exponent beyond all measure.
        raise wrong("has a number that is out of range") from None


def _no_number(name: str) -> Any:
    raise wrong(f"{name} is no number of JSON")


def _too_deep() -> InvalidInput:
    return wrong(f"is nested more than {MAX_DEPTH} levels deep")


@dataclass
class _Reader:
    """Makes the tree, and counts how much of it there is."""

    held: Held
    count: int = field(default=0)

    def node(self, given: Any, depth: int) -> Node:
        self._tally(depth)
        if isinstance(given, bool):
            return Literal(given)
        if isinstance(given, int | float | Decimal):
            return Literal(_number(given))
        if isinstance(given, str):
            return Literal(_text(given))
        if isinstance(given, list):
            return Array(tuple(self.node(item, depth + 1) for item in given))
        if isinstance(given, dict):
            return self._object(given, depth)
        raise wrong("has a NULL, which nothing equals: test with IS NULL")

    def _tally(self, depth: int) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise wrong(f"has more than {MAX_NODES:,} parts")
        if depth > MAX_DEPTH:
            raise _too_deep()

    def _object(self, given: dict[str, Any], depth: int) -> Node:
        for key, read in _OBJECTS.items():
            if key in given:
                return read(self, given, depth)
        raise wrong(f"has an object that is nothing of CQL2: {json.dumps(given, default=str)[:60]}")

    def property(self, given: Mapping[str, Any], depth: int) -> Node:
        name = given["property"]
        if not isinstance(name, str):
            raise wrong("has a property whose name is no text")
        tree = self._behind(given)
        return Property(_text(name)) if tree is given else self.node(tree, depth)

    def operation(self, given: Mapping[str, Any], depth: int) -> Node:
        name, arguments = given["op"], given.get("args")
        if not isinstance(name, str) or not isinstance(arguments, list):
            raise wrong("has an operation without the name 'op' or the list 'args'")
        name = _text(name).lower()
        if name in _CHAINS:
            return Call(name, tuple(self.node(term, depth + 1) for term in self._terms(name, arguments)))
        return _simplify(Call(name, tuple(self.node(argument, depth + 1) for argument in arguments)))

    def _terms(self, name: str, arguments: list[Any]) -> list[Any]:
        """List the terms of a chain; (a AND b) AND c is one of three, as deep as clients may nest it."""
        found, waiting = [], arguments[::-1]
        while waiting:
            term = self._behind(waiting.pop())
            if isinstance(term, dict) and str(term.get("op")).lower() == name and _is_chain(term):
                self._tally(0)
                waiting += term["args"][::-1]
            else:
                found.append(term)
        if len(found) < 2:
            raise wrong(f"{name.upper()} takes two conditions or more")
        return found

    def _behind(self, given: Any) -> Any:
        """Look behind a placeholder."""
        while isinstance(given, dict) and isinstance(given.get("property"), str):
            if given["property"] not in self.held:
                break
            given = self.held[given["property"]]
        return given

    def instant(self, given: Mapping[str, Any], _: int) -> Node:
        kind, value = next((kind, given[kind]) for kind in ("date", "timestamp") if kind in given)
        found = read_instant(value) if isinstance(value, str) else None
        if not isinstance(found, Day if kind == "date" else Moment):
            form = "'2026-01-31'" if kind == "date" else "'2026-01-31T08:00:00Z'"
            raise wrong(f"{kind.upper()} takes a text like {form}, not {str(value)[:40]!r}")
        return found

    def interval(self, given: Mapping[str, Any], depth: int) -> Node:
        ends = given["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise wrong("INTERVAL takes a start and an end")
        start, end = (self._end(value, index == 0, depth + 1) for index, value in enumerate(ends))
        if type(start) is type(end) and isinstance(start, Day | Moment) and start.value > end.value:  # type: ignore[union-attr, operator]
            raise wrong(f"the interval ends ({ends[1]}) before it begins ({ends[0]})")
        return Interval(start, end)

    def _end(self, given: Any, at_start: bool, depth: int) -> Node:
        if not isinstance(given, str):
            return self.node(given, depth)
        found = Open(at_start) if given == ".." else read_instant(given)
        if found is None:
            raise wrong(
                f"an interval has dates, timestamps with offset or '..' as its ends, not {given[:40]!r}"
            )
        return found


def _is_chain(given: Mapping[str, Any]) -> bool:
    return isinstance(given.get("args"), list) and len(given["args"]) >= 2


_OBJECTS: dict[str, Callable[[_Reader, dict[str, Any], int], Node]] = {
    "op": _Reader.operation,
    "property": _Reader.property,
    "date": _Reader.instant,
    "timestamp": _Reader.instant,
    "interval": _Reader.interval,
    "bbox": lambda _, given, __: read_box(given["bbox"]),
    "type": lambda _, given, __: read_shape(given),
}


def _text(given: str) -> str:
    """Refuse what PostgreSQL cannot take: NUL and halves of characters (JSON can escape both)."""
    if _UNUSABLE.search(given):
        raise wrong("has a text with U+0000 or half a character")
    return given


def _number(given: float | Decimal) -> int | Decimal:
    """Take a whole number as integer, any other as the decimal number that was written."""
    try:
        size = abs(float(given))
    except OverflowError:
        size = math.inf
    if not math.isfinite(size) or (size == 0 and given != 0):
        raise wrong("has a number that is out of range")
    if isinstance(given, int):
        return given
    if size <= 2**53 and given == int(given):
        return int(given)
    return given if isinstance(given, Decimal) else Decimal(repr(given))


def _simplify(call: Call) -> Call | Literal:
    """Take minus one times a number as the negative number, and a ILIKE b as CASEI(a) LIKE CASEI(b)."""
    if call.name == "*" and call.arguments[:1] == (Literal(-1),):
        size = call.arguments[-1]
        if isinstance(size, Literal) and type(size.value) in (int, Decimal) and len(call.arguments) == 2:
            return Literal(-size.value)  # type: ignore[operator]
    if call.name == "like" and len(call.arguments) == 2:
        value, pattern = call.arguments
        if isinstance(pattern, Call) and pattern.name == "ilike":
            return Call("like", (Call("casei", (value,)), Call("casei", pattern.arguments)))
    return call

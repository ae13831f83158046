"""Reads `$filter` and `$orderby` of SensorThings (OGC 18-088 §9.3) into values; knows no database.

A pure parser: what it gives is a tree of frozen nodes, what it refuses is InvalidInput that names the place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from spatial.errors import InvalidInput

MOST_CHARACTERS = 8192
MOST_NODES = 200
DEEPEST = 40

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_SUMS = ("add", "sub")
_PRODUCTS = ("mul", "div", "mod")


@dataclass(frozen=True)
class Literal:
    """A constant; kind: number, text, bool, null, time, geometry (WKT, lon/lat)."""

    kind: str
    value: float | str | bool | datetime | None


@dataclass(frozen=True)
class Path:
    """A property, maybe of a neighbour or inside JSON: `Thing/properties/depth`."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments, or an operator with its operands."""

    name: str
    arguments: tuple[Node, ...]


Node = Literal | Path | Call

FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "substringof": (("text", "text"), "bool"),
    "contains": (("text", "text"), "bool"),
    "startswith": (("text", "text"), "bool"),
    "endswith": (("text", "text"), "bool"),
    "length": (("text",), "number"),
    "indexof": (("text", "text"), "number"),
    "substring": (("text", "number"), "text"),
    "tolower": (("text",), "text"),
    "toupper": (("text",), "text"),
    "trim": (("text",), "text"),
    "concat": (("text", "text"), "text"),
    **dict.fromkeys(
        ("year", "month", "day", "hour", "minute", "second", "fractionalseconds"), (("time",), "number")
    ),
    "now": ((), "time"),
    **dict.fromkeys(("round", "floor", "ceiling"), (("number",), "number")),
    "geo.distance": (("geometry", "geometry"), "number"),
    "geo.length": (("geometry",), "number"),
    **dict.fromkeys(
        (
            "geo.intersects", "st_equals", "st_disjoint", "st_touches", "st_within", "st_overlaps",
            "st_crosses", "st_intersects", "st_contains",
        ),
        (("geometry", "geometry"), "bool"),
    ),
}  # fmt: skip
"""Name → kinds of the arguments, and of what it gives."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<geometry>(?:geography|geometry)'(?:[^']|'')*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>@?[A-Za-z_][\w.]*(?:/@?[A-Za-z_][\w.]*)*)
    | (?P<mark>[(),-])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse_filter(text: str) -> Node:
    """Read a condition; InvalidInput names what cannot be read and the character where it stands."""
    reader = _Reader(text, "$filter")
    node = reader.any_of(0)
    reader.end()
    return node


def parse_orders(text: str) -> list[tuple[Node, bool]]:
    """Read `$orderby`: expressions, each with whether it goes down."""
    reader = _Reader(text, "$orderby")
    orders = [reader.order()]
    while reader.skip(","):
        orders.append(reader.order())
    reader.end()
    if len(orders) > 5:
        raise InvalidInput.at("$orderby", "names more than 5 orders")
    return orders


def _tokens(text: str, where: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            begin = at + len(text[at:]) - len(text[at:].lstrip())
            raise InvalidInput.at(
                where, f"cannot be read at character {begin + 1}: {text[begin : begin + 20]}"
            )
        kind = str(match.lastgroup)
        yield _Token(kind, match[kind], match.start(kind))
        at = match.end()


class _Reader:
    """Recursive descent over the tokens; counts nodes and depth, which a client chooses."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        if len(text) > MOST_CHARACTERS:
            raise InvalidInput.at(where, f"is longer than {MOST_CHARACTERS} characters")
        self.tokens = list(_tokens(text, where))
        self.next = 0
        self.nodes = 0

    def fail(self, reason: str) -> NoReturn:
        here = self.tokens[self.next] if self.next < len(self.tokens) else None
        place = f"at character {here.at + 1}: {here.text[:20]}" if here else "at its end"
        raise InvalidInput.at(self.where, f"{reason} {place}")

    def peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def skip(self, *words: str) -> str | None:
        token = self.peek()
        if token is not None and token.kind in ("mark", "name") and token.text in words:
            self.next += 1
            return token.text
        return None

    def need(self, mark: str) -> None:
        if not self.skip(mark):
            self.fail(f"lacks {mark}")

    def end(self) -> None:
        if self.peek() is not None:
            self.fail("goes on where it should end")

    def made(self, name: str, *arguments: Node) -> Call:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise InvalidInput.at(self.where, f"has more than {MOST_NODES} parts")
        return Call(name, arguments)

    def order(self) -> tuple[Node, bool]:
        node = self.sum(0)
        word = self.skip("asc", "desc")
        return node, word == "desc"

    def any_of(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise InvalidInput.at(self.where, f"is nested deeper than {DEEPEST} times")
        node = self.all_of(depth)
        while self.skip("or"):
            node = self.made("or", node, self.all_of(depth))
        return node

    def all_of(self, depth: int) -> Node:
        node = self.denied(depth)
        while self.skip("and"):
            node = self.made("and", node, self.denied(depth))
        return node

    def denied(self, depth: int) -> Node:
        times = 0
        while self.skip("not"):
            times += 1
        node = self.compared(depth)
        return self.made("not", node) if times % 2 else node

    def compared(self, depth: int) -> Node:
        node = self.sum(depth)
        if word := self.skip(*COMPARISONS):
            return self.made(word, node, self.sum(depth))
        return node

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while word := self.skip(*_SUMS):
            node = self.made(word, node, self.product(depth))
        return node

    def product(self, depth: int) -> Node:
        node = self.single(depth)
        while word := self.skip(*_PRODUCTS):
            node = self.made(word, node, self.single(depth))
        return node

    def single(self, depth: int) -> Node:
        if self.skip("-"):
            return self.made("negate", self.single_unsigned(depth))
        return self.single_unsigned(depth)

    def single_unsigned(self, depth: int) -> Node:
        if self.skip("("):
            node = self.any_of(depth + 1)
            self.need(")")
            return node
        token = self.peek()
        if token is None or token.kind == "mark":
            self.fail("lacks a value")
        self.next += 1
        if token.kind != "name":
            return self.literal(token)
        if token.text in ("true", "false"):
            return Literal("bool", token.text == "true")
        if token.text == "null":
            return Literal("null", None)
        if self.skip("("):
            return self.call(token, depth)
        return Path(tuple(token.text.split("/")))

    def call(self, token: _Token, depth: int) -> Node:
        if token.text not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise InvalidInput.at(self.where, f"{token.text[:40]} is no function here; there are {known}")
        arguments: list[Node] = []
        if not self.skip(")"):
            arguments.append(self.any_of(depth + 1))
            while self.skip(","):
                arguments.append(self.any_of(depth + 1))
            self.need(")")
        wanted = len(FUNCTIONS[token.text][0])
        if len(arguments) != wanted and (token.text, len(arguments)) != ("substring", 3):
            raise InvalidInput.at(self.where, f"{token.text} takes {wanted} arguments, not {len(arguments)}")
        return self.made(token.text, *arguments)

    def literal(self, token: _Token) -> Literal:
        if token.kind == "number":
            number = float(token.text)
            if not math.isfinite(number):
                raise InvalidInput.at(self.where, f"{token.text[:20]} is too large")
            return Literal("number", number)
        if token.kind == "time":
            return Literal("time", moment(token.text, self.where))
        inner = token.text[token.text.index("'") + 1 : -1].replace("''", "'")
        if "\0" in inner:
            raise InvalidInput.at(self.where, "holds a NUL")
        return Literal(token.kind, inner)


def moment(text: str, where: str) -> datetime:
    """Read an RFC 3339 time with offset (a date alone, or no offset: UTC); InvalidInput at `where`."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.at(
            where, f"{text[:40]} is no time; RFC 3339 is 2026-01-31T08:00:00+08:00"
        ) from None

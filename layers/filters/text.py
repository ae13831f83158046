"""Read CQL2 text into the tree of CQL2 JSON, with the `cql2` parser behind a guard.

The parser alone is not safe with what strangers send: it ends the process when its stack overflows (10,000
NOTs), takes twice as long for every parenthesis that is open where an error stands (30 of them: minutes), and
reads every number as a double (9007199254740993 as …992). So the text is cut at parentheses that only group:
each is parsed alone, innermost first, and stands in what is around it as a placeholder; depth and length are
limited; numbers that a double cannot hold are held as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import cql2

from layers.filters.limits import MAX_DIGITS, MAX_LENGTH, MAX_OPERATORS, MAX_STEPS, MAX_TOKENS, wrong
from spatial.errors import InvalidInput

Held = dict[str, Any]
"""Trees by the one-character name of the placeholder that stands for them."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<positions>(?<=\()[-+0-9.][-+0-9.eE]*+\s++[-+0-9.eE,\s]++(?=\)))
    |(?P<string>'[^']*(?:''[^']*)*')
    |(?P<quoted>"[^"]*(?:""[^"]*)*")
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>(?:[^\W\d]|:)[\w.:]*)
    |(?P<operator><>|<=|>=|!=|[-+*/^%=<>])
    |(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
"""Positions are what only WKT has: numbers with nothing between them, taken at once however many they are."""
_RARE_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+|\+(?:\d+\.?\d*|\.\d+)|(?<![\d.])\.\d+")
_FIRST_NAME = 0xE1000
_UNUSABLE = re.compile("[\x00\ud800-\udfff\U000e1000-\U000effff]")
"""NUL, half characters, and the unassigned ones that name our placeholders."""
_LOGIC = {"and", "or"}
_OPERATORS = _LOGIC | {"not", "between", "like", "ilike", "in", "is", "div"}
_BEFORE_GROUPS = _OPERATORS - {"in"}
_SHAPES = {"point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"}
_SHAPES |= {"geometrycollection"}
_SHAPES |= {name + suffix for name in _SHAPES for suffix in ("z", "m", "zm")}
_SHAPE_DEPTH = 4
"""GEOMETRYCOLLECTION(MULTIPOLYGON(((…)))) opens four."""
_DOUBLE_DIGITS = 15
"""Decimal digits that a double always holds."""
_PLACE = re.compile(r"^\s*--> (\d+):(\d+)")


def read_text(text: str) -> tuple[Any, Held]:
    """Read a filter; gives its tree and those that its placeholders stand for.

    Raises InvalidInput that says what is wrong and, where it is known, in which line and column.
    """
    if len(text) > MAX_LENGTH:
        raise wrong(f"is longer than {MAX_LENGTH:,} characters")
    if not text.strip():
        raise wrong("is empty")
    unusable = _UNUSABLE.search(text)
    if unusable:
        raise wrong(f"may not contain U+{ord(unusable[0]):04X} ({_place(text, unusable.start())})")
    return _Guard(text).read()


@dataclass
class _Paren:
    """One parenthesis that is open."""

    kind: str
    """group, call, box or shape (and whatever is open within a shape)."""
    at: int
    steps: int
    """Operators and calls that were open when it was opened."""


@dataclass
class _Guard:
    """The state of one pass over a text."""

    text: str
    held: Held = field(default_factory=dict)
    parens: list[_Paren] = field(default_factory=list)
    segments: list[list[tuple[int, str]]] = field(default_factory=lambda: [[]])
    """What the parser will see, by level of grouping: pieces of text with their place in the filter."""
    recent: tuple[str, str] = ("", "")
    """Kinds or words of the last two tokens; the last one first."""
    steps: int = 0
    operators: int = 0
    groups: int = 0

    def read(self) -> tuple[Any, Held]:
        count = 0
        for token in _TOKEN.finditer(self.text):
            kind = token.lastgroup or "other"
            if kind == "space":
                self._pass_on(token.start(), token[0])
                continue
            count += 1
            if count > MAX_TOKENS:
                raise wrong(f"has more than {MAX_TOKENS:,} words and signs")
            _HANDLERS[kind](self, token)
            name = token[0].lower() if kind == "word" else kind
            self.recent = (name, self.recent[0])
        if self.parens:
            raise self._error("a parenthesis is not closed that was opened", self.parens[-1].at)
        return self._parse(self.segments[0]), self.held

    def string(self, token: re.Match[str]) -> None:
        if self.recent[0] != "ilike":
            return self._pass_on(token.start(), token[0])
        # GDAL sends ILIKE, which CQL2 lacks.
        last = next(at for at in range(len(self.segments[-1]) - 1, -1, -1) if self._is_ilike(at))
        self.segments[-1][last] = (self.segments[-1][last][0], "LIKE")
        pattern = token[0][1:-1].replace("''", "'")
        return self._hold(token.start(), {"op": "ilike", "args": [pattern]})

    def number(self, token: re.Match[str]) -> None:
        digits = sum(map(str.isdigit, re.split("[eE]", token[0])[0]))
        exact = digits <= _DOUBLE_DIGITS and not token[0].startswith(".")
        if exact or self._within("shape", "box"):
            self._pass_on(token.start(), token[0])
        elif digits > MAX_DIGITS:
            raise self._error(f"a number has more than {MAX_DIGITS:,} digits", token.start())
        else:
            self._hold(token.start(), _exact(token[0]))

    def word(self, token: re.Match[str]) -> None:
        name = token[0].lower()
        if name in _OPERATORS:
            self._count(token.start())
        if name in _LOGIC:
            self.steps = self._steps_outside()
        elif name in _OPERATORS:
            self._step(token.start())
        # The parser does not know names that begin with _ or : although the standard has them.
        lone = name[0] in "_:" and not self.text.startswith("(", token.end())
        self._pass_on(token.start(), f'"{token[0]}"' if lone else token[0])

    def operator(self, token: re.Match[str]) -> None:
        if not self._within("shape", "box"):
            self._count(token.start())
            self._step(token.start())
        self._pass_on(token.start(), token[0])

    def open(self, token: re.Match[str]) -> None:
        kind = self._kind_of_paren()
        if kind == "shape" and self._shape_depth() >= _SHAPE_DEPTH:
            raise self._error("this is no geometry", token.start())
        self.parens.append(_Paren(kind, token.start(), self.steps))
        if kind == "group":
            self.groups += 1
            if self.groups > MAX_OPERATORS:
                raise wrong(f"has more than {MAX_OPERATORS:,} parentheses")
            self.segments.append([])
            self.steps = 0
        elif kind == "call":
            self._step(token.start())
        self._pass_on(token.start(), token[0])

    def close(self, token: re.Match[str]) -> None:
        if not self.parens:
            raise self._error("a parenthesis is closed that was never opened", token.start())
        paren = self.parens.pop()
        self._pass_on(token.start(), token[0])
        self.steps = paren.steps
        if paren.kind == "group":
            self._hold(paren.at, self._parse(self.segments.pop()))

    def comma(self, token: re.Match[str]) -> None:
        self.steps = self._steps_outside()
        self._pass_on(token.start(), token[0])

    def other(self, token: re.Match[str]) -> None:
        if token[0] in "'\"":
            raise self._error(f"there is no second {token[0]} to the one", token.start())
        self._pass_on(token.start(), token[0])

    def positions(self, token: re.Match[str]) -> None:
        # The parser's WKT has no exponents, no plus and no bare point, which the standard's has.
        self._pass_on(token.start(), _RARE_NUMBER.sub(lambda number: _plain(number[0]), token[0]))

    def plain(self, token: re.Match[str]) -> None:
        self._pass_on(token.start(), token[0])

    def _pass_on(self, at: int, piece: str) -> None:
        self.segments[-1].append((at, piece))

    def _hold(self, at: int, tree: Any) -> None:
        name = chr(_FIRST_NAME + len(self.held))
        self.held[name] = tree
        self._pass_on(at, f' "{name}" ')

    def _is_ilike(self, at: int) -> bool:
        return self.segments[-1][at][1].lower() == "ilike"

    def _within(self, *kinds: str) -> bool:
        return bool(self.parens) and self.parens[-1].kind in kinds

    def _steps_outside(self) -> int:
        """Count the steps around the innermost parenthesis, itself included if it is a call's."""
        if not self.parens or self.parens[-1].kind == "group":
            return 0
        return self.parens[-1].steps + 1

    def _shape_depth(self) -> int:
        depth = 0
        while depth < len(self.parens) and self.parens[-1 - depth].kind == "shape":
            depth += 1
        return depth

    def _kind_of_paren(self) -> str:
        last, before = self.recent
        if self._within("shape"):
            return "shape"
        if last in _SHAPES or (last in {"z", "m", "zm"} and before in _SHAPES):
            return "shape"
        if last == "bbox":
            return "box"
        is_name = last not in {
            "",
            "string",
            "positions",
            "number",
            "operator",
            "open",
            "close",
            "comma",
            "other",
        }
        return "call" if is_name and last not in _BEFORE_GROUPS else "group"

    def _count(self, at: int) -> None:
        self.operators += 1
        if self.operators > MAX_OPERATORS:
            raise self._error(f"there are more than {MAX_OPERATORS:,} operators", at)

    def _step(self, at: int) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise self._error(f"more than {MAX_STEPS} operators or calls stand within one another", at)

    def _error(self, what: str, at: int) -> InvalidInput:
        return wrong(f"{what} at {_place(self.text, at)}")

    def _parse(self, pieces: list[tuple[int, str]]) -> Any:
        try:
            return cql2.parse_text("".join(piece for _, piece in pieces)).to_json()
        except Exception as error:
            # ParseError with a place, or plain Exception without (POINT EMPTY).
            raise self._explain(str(error), pieces) from None

    def _explain(self, message: str, pieces: list[tuple[int, str]]) -> InvalidInput:
        place = _PLACE.match(message)
        if place is None:
            return wrong(f"cannot be read: {message.strip().splitlines()[0]}")
        at = _original("".join(piece for _, piece in pieces), pieces, int(place[1]), int(place[2]))
        rest = self.text[at:].strip()
        if not rest:
            return wrong("ends too early")
        return wrong(f"cannot be read at {_place(self.text, at)}: '{rest[:20]}'")


_HANDLERS: dict[str, Callable[[_Guard, re.Match[str]], None]] = {
    "string": _Guard.string,
    "quoted": _Guard.plain,
    "positions": _Guard.positions,
    "number": _Guard.number,
    "word": _Guard.word,
    "operator": _Guard.operator,
    "open": _Guard.open,
    "close": _Guard.close,
    "comma": _Guard.comma,
    "other": _Guard.other,
}


def _exact(number: str) -> int | Decimal:
    try:
        return int(number) if number.isdigit() else Decimal(number)
    except InvalidOperation:
        raise wrong("has a number that is out of range") from None


def _plain(number: str) -> str:
    """Write a coordinate without an exponent; one that is too large is left to be refused with the others."""
    size = min(max(float(number), -1e300), 1e300)
    return format(Decimal(repr(size)), "f")


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"


def _original(joined: str, pieces: list[tuple[int, str]], line: int, column: int) -> int:
    """Find the place in the filter of a line and column of what the parser saw."""
    start = 0
    for _ in range(line - 1):
        start = joined.find("\n", start) + 1
    offset = start + column - 1
    for at, piece in pieces:
        if offset < len(piece):
            return at if piece.startswith(' "') else at + offset
        offset -= len(piece)
    return pieces[-1][0] + len(pieces[-1][1]) if pieces else 0

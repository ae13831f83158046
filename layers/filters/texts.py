"""Texts: LIKE, and comparison without regard to case and accents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import LiteralString

from psycopg import sql

from layers.filters.limits import MAX_PATTERN, wrong
from layers.filters.nodes import Call, Literal, Node, describe
from layers.filters.scope import Piece, Scope, check_count, compose, join

FOLDS: Mapping[str, LiteralString] = {
    # ICU and not the database's locale, which knows no ß = SS. Through capital letters, where ß and ss, the
    # Kelvin sign and k meet, back to small ones, which people write in filters; the final sigma depends on
    # its neighbours and becomes the usual one. The result is compared as any other text.
    "casei": """(replace(lower(upper(lower({} COLLATE "und-x-icu"))), 'ς', 'σ') COLLATE "default")""",
    # unaccent and not a decomposition, because ø has no accent that could be taken off. Composed first:
    # its rules know é as one character.
    "accenti": "public.unaccent(normalize({}, NFC))",
}
_ESCAPED: LiteralString = r"replace(replace(replace({}, '\', '\\'), '%%', '\%%'), '_', '\_')"
_PATTERN = re.compile(r"\\(?P<escaped>.)|(?P<wildcard>[%_])|(?P<plain>[^\\%_]+)|(?P<end>\\)", re.DOTALL)


def fold(scope: Scope, call: Call) -> Piece:
    """Compile CASEI and ACCENTI."""
    check_count(call.name, len(call.arguments), 1)
    (argument,) = call.arguments
    folded = compose(FOLDS[call.name], scope.of_type(argument, ("string",), call.name.upper()).text)
    # A constant is folded once and not for every row.
    return Piece(compose("(SELECT {})", folded) if _constant(argument) else folded, "string")


def _constant(node: Node) -> bool:
    while isinstance(node, Call) and node.name in FOLDS:
        (node,) = node.arguments
    return isinstance(node, Literal)


def like(scope: Scope, call: Call) -> Piece:
    """Compile LIKE; its pattern is a text, maybe in CASEI or ACCENTI, with the wildcards % and _ and \\."""
    check_count(call.name, len(call.arguments), 2)
    value = scope.of_type(call.arguments[0], ("string",), "LIKE")
    folds, pattern = _pattern(call.arguments[1])
    parts = _parts(pattern)
    bound = (
        compose("(SELECT {})", _folded(scope, folds, parts))
        if folds
        else compose("{}::text", scope.bind(pattern))
    )
    return Piece(compose("({} LIKE {})", value.text, bound), "boolean")


def _pattern(node: Node) -> tuple[list[LiteralString], str]:
    """Take a pattern apart: what is done to it, innermost first, and its text."""
    folds: list[LiteralString] = []
    while isinstance(node, Call) and node.name in FOLDS and len(node.arguments) == 1:
        folds.insert(0, FOLDS[node.name])
        (node,) = node.arguments
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise wrong(f"the pattern of LIKE must be a text, not {describe(node)}")
    if len(node.value) > MAX_PATTERN:
        raise wrong(f"the pattern of LIKE is longer than {MAX_PATTERN:,} characters")
    return folds, node.value


def _parts(pattern: str) -> list[tuple[bool, str]]:
    """Split a pattern into (is it plain, text), the plain texts without their escapes."""
    parts: list[tuple[bool, str]] = []
    for match in _PATTERN.finditer(pattern):
        if match["end"]:
            raise wrong("the pattern of LIKE ends with the escape character \\")
        text = match["escaped"] or match["wildcard"] or match["plain"]
        parts.append((match["wildcard"] is None, text))
    return parts


def _folded(scope: Scope, folds: list[LiteralString], parts: list[tuple[bool, str]]) -> sql.Composable:
    """Fold the plain texts alone: ACCENTI makes ％ a %, which must not become a wildcard."""
    pieces: list[sql.Composable] = []
    for plain, text in parts:
        piece = compose("{}::text", scope.bind(text))
        if plain:
            for template in folds:
                piece = compose(template, piece)
            piece = compose(_ESCAPED, piece)
        pieces.append(piece)
    return join(" || ", pieces) if pieces else compose("''")

"""How large a filter may be; whatever is larger is refused before it costs anything."""

from __future__ import annotations

from spatial.errors import InvalidInput

MAX_LENGTH = 500_000
"""Characters."""
MAX_TOKENS = 50_000
"""Words and signs; the positions of a line or ring are one."""
MAX_OPERATORS = 1_000
"""Operators and words like AND in a text; also its pairs of parentheses that only group.

The parser recurses on the machine's stack, about 3 kB a level: with 2 MB it has room for 3,000 ANDs.
"""
MAX_STEPS = 100
"""Operators and calls within one another in a text that one call of the parser sees."""
MAX_DEPTH = 50
"""Levels of a tree; a chain of ANDs or of ORs is one level."""
MAX_NODES = 20_000
MAX_VERTICES = 20_000
MAX_PATTERN = 1_000
"""Characters of a pattern of LIKE."""
MAX_DIGITS = 400
"""Digits of a number; a double has 309 before its point at most."""
MAX_COORDINATE = 1e8
"""Metres or degrees: more than any reference system has."""


def wrong(reason: str) -> InvalidInput:
    """Make the error of a filter."""
    return InvalidInput.at("filter", reason)

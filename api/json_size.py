"""How much a JSON text would unpack to, told before it is parsed.

A text of empty lists takes twenty times its size in memory, and a deep one the stack.
"""

from __future__ import annotations

import re

from spatial.errors import InvalidInput

DEEPEST = 32
MOST_VALUES = 100_000
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def check_json(body: bytes, most_values: int = MOST_VALUES, deepest: int = DEEPEST) -> None:
    """Refuse a text that holds more than `most_values`, or lists and objects deeper than `deepest`.

    What is no JSON may pass: the parser will say what is wrong with it.
    """
    opened = body.count(b"[") + body.count(b"{")
    if values_in(body) > most_values or body.count(b'"') > 4 * most_values:
        raise InvalidInput.at("body", f"holds more than {most_values} values")
    if opened > deepest and _is_deeper(body, deepest):
        raise InvalidInput.at("body", f"is nested deeper than {deepest} levels")


def values_in(body: bytes) -> int:
    """Count how many values a text holds at most."""
    return body.count(b"[") + body.count(b"{") + body.count(b",")


def _is_deeper(body: bytes, deepest: int) -> bool:
    depth = 0
    for token in _TOKENS.finditer(body):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > deepest:
            return True
    return False

"""Values for conditions over text: a pattern that finds it anywhere, the range of codes that begin alike."""

from __future__ import annotations


def anywhere(text: str) -> str:
    """Write the pattern by which ILIKE finds a text anywhere; `%`, `_` and `\\` in it are only themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def end_of(code: str) -> str:
    """Give what all codes that begin with this one lie before; between the two an index finds them.

    >>> end_of("110108001")
    '110108002'
    """
    return code[:-1] + chr(ord(code[-1]) + 1)

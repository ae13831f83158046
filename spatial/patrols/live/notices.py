"""What is told on the live line beside the frames: cries, fences and roll calls, tasks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOLD = {"happening": "happening", "cry": "cry", "presence": "presence", "task": "task"}
"""Kinds of `spatial.database.notify` that watchers hear of, and what they are called there."""
CRYING = frozenset({"happening", "cry", "presence"})
"""After these, states are read again."""
RIGHTS = frozenset({"everything", "keys", "coverage", "duties"})
"""After these, whom somebody may see is asked again."""
MOST_MOVERS, MOST_FACTS, MOST_NUMBER = 100, 10, 2**53
_WORD = re.compile(r"[a-z_]{1,30}")


@dataclass(frozen=True)
class Notice:
    """Something that happened to some movers."""

    kind: str
    movers: tuple[int, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Numbers, truths and plain words in small letters; texts of people are read through their own doors."""


def read_notice(payload: str) -> Notice | None:
    """Read a message of the channel; None when it is of no matter here, or is no message."""
    try:
        found = json.loads(payload)
        kind = found.pop("kind")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    if kind in RIGHTS:
        return Notice(kind)
    if kind not in TOLD:
        return None
    movers = found.pop("movers", None)
    listed = movers if isinstance(movers, list) else []
    numbers = [each for each in listed[:MOST_MOVERS] if _is_number(each)]
    facts = {name: value for name, value in list(found.items())[:MOST_FACTS] if _is_plain(name, value)}
    return Notice(TOLD[kind], tuple(numbers), facts)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_NUMBER


def _is_plain(name: str, value: Any) -> bool:
    if not _WORD.fullmatch(name) or name == "type":
        return False
    if isinstance(value, str):
        return bool(_WORD.fullmatch(value))
    return isinstance(value, bool) or _is_number(value)

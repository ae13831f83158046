"""Moments as requests name them."""

from __future__ import annotations

from datetime import datetime

from spatial.errors import InvalidInput


def moment(text: str, where: str = "at") -> datetime:
    """Read an RFC 3339 time with an offset; InvalidInput at `where`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput.at(where, f"'{text[:40]}' is not an RFC 3339 time") from None
    if found.tzinfo is None:
        raise InvalidInput.at(where, "needs an offset, such as Z or +08:00")
    return found

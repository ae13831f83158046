"""Lists a page at a time: numbers of rows in paths, and where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path

Json = dict[str, Any]

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""The number of a row, in the path."""


def page(name: str, found: Sequence[Json], limit: int, key: str = "id") -> Json:
    """Answer with a page of rows; `next` is the key that the next one begins behind, None for the last."""
    return {name: found, "next": found[-1][key] if len(found) == limit else None}

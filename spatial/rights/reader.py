"""Who is reading: the one value that every connection is opened for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """Somebody (or some part of the platform) that reads and changes data."""

    account_id: int | None
    username: str
    display_name: str
    role: str


SYSTEM = Reader(None, "system", "citygrid", "system")
"""The platform itself: start-up, jobs and the command line."""

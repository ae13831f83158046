"""Moments as rows have them, and as the machine counts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms_of(at: datetime) -> int:
    """Write a moment as whole milliseconds since 1970 UTC; what is finer is left off."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def moment_of(ms: int) -> datetime:
    """Read what `ms_of` wrote."""
    return EPOCH + timedelta(milliseconds=ms)

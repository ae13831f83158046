"""When a message is tried again, and how long a partner that fails is left in peace. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

GONE = 410
LONGEST_S = 86_400.0
PATIENT_FAILURES = 3
"""Failures one after another until the partner as a whole is left in peace."""
_FIRST_REST_S, _LONGEST_REST_S = 10.0, 900.0
_JITTER = 0.2
_OF_PARTNER = frozenset({401, 403, 404, 407, 408, 425, 429})
"""Statuses below 500 that say nothing about the one message."""
_OF_MESSAGE = frozenset({400, 405, 406, 411, 413, 415, 422})
"""Statuses that stay the same however often the same request is made."""


def is_taken(status: int) -> bool:
    """Tell whether the partner has taken a message; a redirect takes nothing."""
    return 200 <= status < 300


def is_of_partner(status: int | None) -> bool:
    """Tell whether a failure is one of the partner as a whole, not of the message."""
    return status is None or status >= 500 or status < 400 or status in _OF_PARTNER


def is_hopeless(kind: str, status: int | None) -> bool:
    """Tell whether trying again is of no use: a request in the partner's own words that it does not take."""
    return kind == "rest" and status in _OF_MESSAGE


def pause_s(retries_s: Sequence[int], tries: int, asked_s: float | None, chance: float) -> float | None:
    """Tell how long to wait after a failure; None: it was the last try.

    tries: made before this one. asked_s: what the partner asked for (Retry-After). chance: 0 … 1, which moves
    the pause by a fifth either way, so that what failed together does not come back together.
    """
    if tries >= len(retries_s):
        return None
    own = retries_s[tries] * (1 - _JITTER + 2 * _JITTER * chance)
    return min(LONGEST_S, max(own, asked_s or 0.0))


def rest_s(failures: int, asked_s: float | None, chance: float) -> float:
    """Tell how long a partner is left in peace after so many failures one after another, with this one."""
    if asked_s is not None:
        return min(LONGEST_S, asked_s)
    if failures < PATIENT_FAILURES:
        return 0.0
    own = min(_LONGEST_REST_S, _FIRST_REST_S * 2.0 ** min(20, failures - PATIENT_FAILURES))
    return own * (1 - _JITTER + 2 * _JITTER * chance)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110, 10.2.3); None for neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(LONGEST_S, float(text[:9]))
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(LONGEST_S, max(0.0, (at - now).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return None

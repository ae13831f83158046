"""What is said of somebody at a roll call, from what is known: pure, and never worse than the evidence."""

from __future__ import annotations

from dataclasses import dataclass

NEAR_M = 50.0
"""Whoever was so near to their own grid, beyond twice the error of the fix, is not elsewhere for certain."""
UNKNOWN_ERROR_M = 50.0
"""Taken for the error of a fix that names none."""
PROOFS = 2
"""Fixes that it takes to say that somebody was elsewhere: one alone may have jumped."""

Word = tuple[str, str]
"""State and why: words in small letters."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a mover around the moment of a roll call."""

    mover_id: int
    plans_shifts: bool
    """Has shifts in the week before or after, and duty goes by them."""
    on_shift: bool
    last_sign: str | None
    """The last sign until the moment and its grace, not older than a duty can be: in, out or None."""
    has_grid: bool
    seen: int
    """Fixes in the time, good ones and approximate ones."""
    exact: int
    """Good ones of them."""
    inside: int
    """Of those seen, in the own grid."""
    far: int
    """Of the exact ones, certainly outside of it."""


def word_of(counts: str, known: Evidence) -> Word:
    """Say present, absent, excused or unknown_phone, and why.

    Absent is only who did not sign in where that counts, or whose fixes prove that they were elsewhere: a
    phone that is silent proves nothing.
    """
    if known.plans_shifts and not known.on_shift:
        return "excused", "no_shift"
    if counts == "sign_in":
        return _by_sign(known)
    if not known.seen:
        return "unknown_phone", "silent"
    if counts == "any_fix":
        return "present", "seen"
    return _by_grid(known)


def _by_sign(known: Evidence) -> Word:
    if known.last_sign == "in":
        return "present", "signed_in"
    return "absent", "not_signed_in" if known.last_sign is None else "signed_out"


def _by_grid(known: Evidence) -> Word:
    if not known.has_grid:
        return "unknown_phone", "no_grid"
    if known.inside:
        return "present", "in_grid"
    if known.exact >= PROOFS and known.far == known.exact:
        return "absent", "elsewhere"
    return "unknown_phone", "not_exact"

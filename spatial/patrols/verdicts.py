"""What is said of each fix (定位点): one code, from its own values or from its neighbours in time."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Verdict(IntEnum):
    """Why a fix counts, or does not.

    Up to 7 a gate: said when the fix comes, of the fix alone, and kept beside it. From 20 on said in
    sequence, of a whole day, and said anew whenever fixes of that day come late. 30 is said by hand.
    """

    GOOD = 0
    RANGE = 1
    """Longitude or latitude is out of range, not a number, or exactly 0, 0."""
    NOT_POSITIONED = 2
    """The device says that it had no position."""
    FUTURE = 3
    """More than five minutes after it was received."""
    TOO_OLD = 4
    """Older than what is kept."""
    APPROXIMATE = 5
    """From cells or WLAN, or worse than 100 m: it says who was about, not which way they went."""
    MOCK = 6
    """The device says that the position was made up."""
    OFF_DUTY = 7
    """Outside of a shift, where the roster masks such fixes."""

    DUPLICATE = 20
    """Says the same as another fix, or something else of the same moment by the same device."""
    JUMP = 21
    """The mover cannot have gone there and back (three-point rule, with look-ahead over several jumps)."""
    DRIFT = 22
    """The mover stood: the position wandered by itself. It counts where the mover stood."""
    OTHER_DEVICE = 23
    """Another device of the same person tells the way at that time."""
    MOCK_SUSPECT = 24
    """Too smooth to be measured. A suspicion: it counts."""
    DATUM_SUSPECT = 25
    """As far off, and in the direction, as a shifted datum would be. A suspicion: it counts."""
    OVERSPEED = 26
    """Faster than the mover can go, and steadily so: in a vehicle. The way is counted apart."""

    MARKED_BAD = 30
    """Marked as bad by hand, with a reason."""


SEQUENCE_GATES: Final = frozenset({Verdict.GOOD})
"""Gates of fixes that are judged in sequence; the others keep their gate as verdict."""

COUNTS_FOR_WAY: Final = frozenset(
    {Verdict.GOOD, Verdict.DRIFT, Verdict.MOCK_SUSPECT, Verdict.DATUM_SUSPECT, Verdict.OVERSPEED}
)
"""Verdicts of fixes that the clean track goes through."""

COUNTS_FOR_PRESENCE: Final = COUNTS_FOR_WAY | {Verdict.APPROXIMATE}
"""Verdicts of fixes that say where somebody was."""

SUSPICIONS: Final = frozenset({Verdict.MOCK_SUSPECT, Verdict.DATUM_SUSPECT})
"""Told and shown; nothing is taken away for them. Whoever may, marks the fixes as bad."""

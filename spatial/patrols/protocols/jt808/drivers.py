"""The driver's card (0x0702): put into a terminal somebody begins to work, taken out they end it."""

from __future__ import annotations

from spatial.patrols.protocols.fixes import Happened, Happening
from spatial.patrols.protocols.jt808.location import clock_s

_KINDS = {0x01: Happening.SIGN_IN, 0x02: Happening.SIGN_OUT}
_READ = 0x00
"""The card was read; other numbers say why it was not."""


def read_card(body: bytes, zone_s: int) -> Happened | None:
    """Read the body of 0x0702 as of 2013 and 2019 (8.37); None when it says neither, and when it is of 2011.

    zone_s: seconds east of Greenwich that the terminal's clock shows. A card that could not be read signs
    nobody in. Names and numbers on the card are not read: who has the terminal is on record.
    """
    kind = _KINDS.get(body[0]) if len(body) >= 7 else None
    seconds = None if kind is None else clock_s(body[1:7])
    if kind is None or seconds is None:
        return None
    if kind == Happening.SIGN_IN and body[7:8] != bytes((_READ,)):
        return None
    return Happened(kind, (seconds - zone_s) * 1_000_000)

"""What lines that were cut off had been shown, kept for a moment: whoever comes back goes on from there."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from typing import NamedTuple

from spatial.patrols.live.composing import Shown
from spatial.patrols.live.wishes import Wish
from spatial.rights.reader import Reader

KEPT_S = 60.0
MOST = 256


class Parked(NamedTuple):
    """A line that has ended."""

    account: int | None
    shown: Shown
    until: float


class Parking:
    """The last lines of one process, by their epochs."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Parked] = OrderedDict()

    def park(self, reader: Reader, shown: Shown) -> None:
        """Keep what a line was shown; the oldest are let go."""
        self._kept[shown.epoch] = Parked(reader.account_id, shown, time.monotonic() + KEPT_S)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def resumed(self, reader: Reader, wish: Wish) -> Shown | None:
        """Give what is known of a wish to go on; None unless it is the same account, view and rights."""
        if wish.resume is None:
            return None
        parked = self._kept.get(wish.resume.epoch)
        if parked is None or parked.until < time.monotonic() or parked.account != reader.account_id:
            return None
        if (parked.shown.view, parked.shown.rights) != (wish.view, reader.rights_key):
            return None
        del self._kept[wish.resume.epoch]
        return parked.shown.resumed(wish.resume.sequence)


def new_epoch() -> int:
    """Name a line anew; a number that JSON carries everywhere."""
    return secrets.randbits(52) + 1

"""What happened while a playback runs: events, cries for help and their steps, signs, results of patrols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.patrols.playback.fixes import ROOM
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import us_of
from spatial.types import BBox

KINDS = ("event", "step", "sos", "alarm", "cry", "transition", "sign_in", "sign_out", "note", "patrol")
_FAR_US = 10**16

Json = dict[str, Any]


@dataclass(frozen=True)
class After:
    """Behind what a page begins: the last of the one before."""

    time: datetime
    kind: str = ""
    id: str = ""

    def __str__(self) -> str:
        return f"{us_of(self.time)}.{self.kind}.{self.id}"

    @classmethod
    def read(cls, text: str) -> After:
        """Read what `next` said; InvalidInput."""
        time, _, rest = text.partition(".")
        kind, _, number = rest.partition(".")
        right = (time.isascii() and time.isdecimal() and int(time) < _FAR_US) and kind in KINDS
        if not (right and number.isascii() and number.isdecimal()):
            raise InvalidInput.at("after", "must be the 'next' of the page before")
        return cls(moment(int(time)), kind, number)


def happenings(
    connection: Connection[Any],
    span: tuple[datetime, datetime],
    kinds: Sequence[str],
    box: BBox | None,
    after: After | None,
    limit: int,
) -> tuple[list[Json], str | None]:
    """Read a page of what happened in [begin, end), in the order of time, and what the next begins behind.

    box: only what has a place there. `since` is when it began, which differs from `time` for patrols alone.
    """
    begin, end = span
    start = After(begin) if after is None or after.time < begin else after
    place = box._asdict() if box else dict.fromkeys(BBox._fields)
    values = {"from": start.time, "kind": start.kind, "id": start.id, "end": end, "kinds": list(kinds)}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "happenings"), {**values, **place, "limit": limit}).fetchall()
    told = [{**row.pop("about"), **row} for row in found]
    if len(told) < limit:
        return told, None
    return told, str(After(told[-1]["time"], told[-1]["kind"], told[-1]["id"]))

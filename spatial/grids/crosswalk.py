"""From one partition of the city to another (对照表): two versions of a coverage, or two coverages.

Which part of every unit lies in which unit, by area and by what happened there. For points nothing need be
shared out: they are located anew (`spatial.grids.restated`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.geometry.equal_area import areas_m2
from spatial.grids.coverages import read_coverage
from spatial.grids.pieces import Pieces, Shapes, overlay, weighed
from spatial.grids.weights import PointWeights

ROOM = "spatial.grids"
EVENT_DAYS = 365
"""Events of so many days are what `w_events` is made of."""


@dataclass(frozen=True)
class Share:
    """The part of a unit that lies in another one; of one unit, every weight adds up to 1."""

    from_unit: UUID
    from_code: str
    from_name: str
    to_unit: UUID | None
    """None: in no unit, or in none that the reader may know of."""
    to_code: str | None
    to_name: str | None
    area_m2: float
    w_area: float
    w_population: float | None
    w_households: float | None
    w_events: float | None

    def row(self) -> tuple[Any, ...]:
        """Its values, in the order of `COLUMNS`."""
        return astuple(self)


COLUMNS = tuple(each.name for each in fields(Share))


@dataclass(frozen=True)
class Side:
    """The units of one level at one moment, as one end of a crosswalk."""

    units: list[tuple[UUID, str, str]]
    """(id, code, name)."""
    shapes: Shapes
    wkb: list[bytes]


def read_side(
    connection: Connection[Any], coverage: str, at: datetime | None = None, level: int | None = None
) -> Side:
    """Read the units of a level (the base units, unless told) that the session's reader may see.

    At a moment, now unless told. NotFound for an unknown coverage.
    """
    depth = read_coverage(connection, coverage).depth
    values = {"coverage": coverage, "at": at, "level": level or depth}
    rows = connection.execute(query(ROOM, "crosswalk_units"), values, binary=True).fetchall()
    wkb = [bytes(row[3]) for row in rows]
    shapes = np.asarray(shapely.from_wkb(wkb), object).reshape(-1)
    return Side([(row[0], row[1], row[2]) for row in rows], shapes, wkb)


def crosswalk(before: Side, after: Side, weights: Mapping[str, PointWeights] | None = None) -> list[Share]:
    """Share out every unit of one side among those of the other, in the order of codes.

    weights: `population`, `households` and `events` as points; a weight without points is null, and where
    nothing was counted in a unit its area decides. Units that lie as they lay cost nothing.
    """
    place = {bytes_: index for index, bytes_ in enumerate(after.wkb)}
    same = [(one, place[wkb]) for one, wkb in enumerate(before.wkb) if wkb in place]
    moved = np.setdiff1d(np.arange(len(before.units)), [one for one, _ in same]).astype(np.int64)
    others = np.setdiff1d(np.arange(len(after.units)), [other for _, other in same]).astype(np.int64)
    pieces = overlay(before.shapes[moved], after.shapes[others])
    given = weights or {}
    found = [*_kept(before, after, same, given), *_shared(before, after, pieces, moved, others, given)]
    return sorted(found, key=lambda share: (share.from_code, share.to_code or "~"))


_TOPICS = ("population", "households", "events")


def _kept(
    before: Side, after: Side, same: Sequence[tuple[int, int]], weights: Mapping[str, PointWeights]
) -> list[Share]:
    area = areas_m2(before.shapes[np.array([one for one, _ in same], np.int64)])
    whole = [1.0 if topic in weights else None for topic in _TOPICS]
    return [
        Share(*before.units[one], *after.units[other], float(m2), 1.0, *whole)
        for (one, other), m2 in zip(same, area, strict=True)
    ]


def _shared(
    before: Side,
    after: Side,
    pieces: Pieces,
    moved: Any,
    others: Any,
    weights: Mapping[str, PointWeights],
) -> list[Share]:
    counted = [weighed(before.shapes[moved], pieces, weights.get(topic)) for topic in _TOPICS]
    found = []
    for row, (one, other) in enumerate(zip(pieces.before.tolist(), pieces.after.tolist(), strict=True)):
        now = after.units[others[other]] if other >= 0 else (None, None, None)
        shares = [None if each is None else float(each[row]) for each in counted]
        measured = float(pieces.area_m2[row]), float(pieces.share[row])
        values: tuple[Any, ...] = (*before.units[moved[one]], *now, *measured, *shares)
        found.append(Share(*values))
    return found


def events_until(connection: Connection[Any], until: datetime | None = None) -> PointWeights:
    """Read where events happened in the year before a moment, as far as the session's reader may see."""
    values = {"until": until, "days": timedelta(days=EVENT_DAYS)}
    rows = connection.execute(query(ROOM, "crosswalk_events"), values, binary=True).fetchall()
    lon, lat = (np.array([row[place] for row in rows], np.float64) for place in (0, 1))
    return PointWeights(lon, lat, np.ones(len(rows)))


def carry(figures: Mapping[str, float], shares: Sequence[Share], weight: str = "w_area") -> dict[str, float]:
    """Restate figures of units, by code, on the units of the other side, by a weight.

    What lies in none is lost; all else adds up to what it was within rounding. A unit without a figure
    counts as 0.
    """
    found: dict[str, float] = {}
    for share in shares:
        part = getattr(share, weight)
        if share.to_code is not None and part is not None:
            found[share.to_code] = found.get(share.to_code, 0.0) + part * figures.get(share.from_code, 0.0)
    return found

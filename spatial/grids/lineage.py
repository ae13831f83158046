"""What became of every unit that changed (沿革), from the exact polygons before and after a publication."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.geometry.equal_area import areas_m2
from spatial.grids.held import Held
from spatial.grids.pieces import Pieces, Shapes, overlay, weighed
from spatial.grids.units import UnitDraft
from spatial.grids.weights import PointWeights

ROOM = "spatial.grids"
TOPICS = ("population", "households", "events")
EVENT_DAYS = 365
"""How far back events are counted."""

Row = tuple[Any, ...]
"""from_unit, to_unit, kind, area_m2, w_area, w_population, w_households, w_events."""


def write(
    connection: Connection[Any],
    values: Mapping[str, Any],
    held: Held,
    drafts: Sequence[UnitDraft],
    weights: Mapping[str, PointWeights],
) -> None:
    """Store the lineage of the version that was just written; a first version has none.

    weights: `population` and `households` by points; without them their weights are null. Events are those
    of the last year in the store. The weights of a unit add up to 1; where nothing was counted in it, its
    area decides.
    """
    if held.units:
        changed = _read(connection, values)
        names = _Names(held, drafts)
        weights = {**weights, **_events(connection, changed, values)}
        _store(connection, values, _rows(changed, names, weights))


@dataclass(frozen=True)
class _Level:
    """What changed on one level: units with their shapes before and after, or the same shape."""

    before: list[UUID]
    before_shapes: Shapes
    after: list[UUID]
    after_shapes: Shapes
    same: list[tuple[UUID, float]]
    """Units that kept their shape, and their area."""

    @property
    def box(self) -> tuple[float, ...]:
        """West, south, east, north of all that moved."""
        return tuple(shapely.total_bounds(np.append(self.before_shapes, self.after_shapes)).tolist())

    def without_calm(self, disturbed: set[UUID] | None) -> tuple[_Level, list[tuple[UUID, float]]]:
        """Take out the units whose border has at most other vertices, and give those with their area.

        disturbed: the units that parts of others came to or left; None: nobody knows. Laying large units
        over each other only to find that nothing moved took most of the time.
        """
        if disturbed is None:
            return self, []
        calm = (set(self.before) & set(self.after)) - disturbed
        kept = [
            [i for i, unit in enumerate(units) if unit not in calm] for units in (self.before, self.after)
        ]
        still = [i for i, unit in enumerate(self.before) if unit in calm]
        areas = areas_m2(self.before_shapes[still]).tolist()
        level = _Level(
            [self.before[i] for i in kept[0]], self.before_shapes[kept[0]],
            [self.after[i] for i in kept[1]], self.after_shapes[kept[1]], self.same,
        )  # fmt: skip
        return level, [(self.before[i], area) for i, area in zip(still, areas, strict=True)]


class _Names:
    """What units were called and are called, and who was and is above them."""

    def __init__(self, held: Held, drafts: Sequence[UnitDraft]) -> None:
        self.before = held.units
        self.after = {unit.unit_id: unit for unit in drafts if unit.unit_id}
        self._then = {unit.code: key for key, unit in self.before.items()}
        self._now = {unit.code: key for key, unit in self.after.items()}

    def of_same(self, unit: UUID) -> str:
        """Say what became of a unit that lies where it lay, or only moved its border."""
        was, now = self.before[unit], self.after[unit]
        if self._then.get(was.parent_code or "") != self._now.get(now.parent_code or ""):
            return "migrate"
        return "recode" if was.code != now.code else "rename" if was.name != now.name else "continue"

    def above(self, was: UUID | None, now: UUID | None) -> tuple[UUID | None, UUID | None]:
        """Name the unit that one lay in before, and the unit that another lies in now."""
        one, other = self.before.get(was) if was else None, self.after.get(now) if now else None
        then = self._then.get(one.parent_code or "") if one else None
        return then, self._now.get(other.parent_code or "") if other else None


def _read(connection: Connection[Any], values: Mapping[str, Any]) -> list[_Level]:
    """Read what ended and what began, by level."""
    rows = connection.execute(query(ROOM, "lineage_changes"), values, binary=True).fetchall()
    return [_level([row for row in rows if row[1] == level]) for level in sorted({row[1] for row in rows})]


def _level(rows: Sequence[Row]) -> _Level:
    sides: list[Any] = []
    for is_after in (False, True):
        moved = [row for row in rows if row[2] == is_after and row[4] is not None]
        sides += [[row[0] for row in moved], _shapes([row[4] for row in moved])]
    same = [(row[0], row[3]) for row in rows if row[2] and row[4] is None]
    before, before_shapes, after, after_shapes = sides
    return _Level(before, before_shapes, after, after_shapes, same)


def _shapes(wkb: list[Any]) -> Shapes:
    return np.asarray(shapely.from_wkb([bytes(each) for each in wkb]), object).reshape(-1)


def _rows(changed: Sequence[_Level], names: _Names, weights: Mapping[str, PointWeights]) -> list[Row]:
    """changed: from the first level to the deepest."""
    rows: list[Row] = []
    below: list[Row] | None = None
    for level in reversed(changed):
        level, calm = level.without_calm(_disturbed(below, names) if below is not None else None)
        below = [*_whole(level.same + calm, names, weights), *_parts(level, names, weights)]
        rows += below
    return rows


def _disturbed(below: Sequence[Row], names: _Names) -> set[UUID]:
    """Name the units above which something of `below` came to or left."""
    pairs = [names.above(row[0], row[1]) for row in below]
    return {unit for pair in pairs if pair[0] != pair[1] for unit in pair if unit is not None}


def _whole(
    same: Sequence[tuple[UUID, float]], names: _Names, weights: Mapping[str, PointWeights]
) -> Iterator[Row]:
    whole = tuple(1.0 if topic in weights else None for topic in TOPICS)
    for unit, area_m2 in same:
        yield (unit, unit, names.of_same(unit), area_m2, 1.0, *whole)


def _parts(level: _Level, names: _Names, weights: Mapping[str, PointWeights]) -> Iterator[Row]:
    pieces = overlay(level.before_shapes, level.after_shapes)
    kinds = _kinds(level, pieces, names)
    shares = [weighed(level.before_shapes, pieces, weights.get(topic)) for topic in TOPICS]
    for place, (one, other) in enumerate(zip(pieces.before.tolist(), pieces.after.tolist(), strict=True)):
        now = level.after[other] if other >= 0 else None
        measured = float(pieces.area_m2[place]), float(pieces.share[place])
        counted = (None if share is None else float(share[place]) for share in shares)
        yield (level.before[one], now, kinds[place], *measured, *counted)
    # What lay in no unit before.
    for place in np.flatnonzero(pieces.fresh_m2).tolist():
        yield None, level.after[place], "draw", float(pieces.fresh_m2[place]), *_UNWEIGHED


def _kinds(level: _Level, pieces: Pieces, names: _Names) -> list[str]:
    """Name what happened to each piece."""
    pairs = [
        (level.before[one], level.after[other] if other >= 0 else None)
        for one, other in zip(pieces.before.tolist(), pieces.after.tolist(), strict=True)
    ]
    into: dict[UUID, set[UUID]] = defaultdict(set)
    out_of: dict[UUID, set[UUID]] = defaultdict(set)
    for was, now in pairs:
        if now is not None:
            into[was].add(now)
            out_of[now].add(was)
    return [_kind(was, now, into[was], out_of[now] if now else set(), names) for was, now in pairs]


def _kind(was: UUID, now: UUID | None, into: set[UUID], out_of: set[UUID], names: _Names) -> str:
    """into: the units that have parts of `was`; out_of: those that `now` has parts of."""
    retired = {unit for unit in out_of | {was} if unit not in names.after}
    born = {unit for unit in into if unit not in names.before}
    if now is None:
        return "retire" if was in retired else "reshape"
    if now in born:
        if retired == out_of and len(out_of) > 1:
            return "merge"
        return "draw" if len(out_of) > 1 else "split"
    if was != now:
        return "merge" if was in retired else "transfer"
    if born or retired:
        return "split" if born else "merge"
    return "reshape" if len(into) > 1 or len(out_of) > 1 else names.of_same(was)


_UNWEIGHED: tuple[None, ...] = (None,) * (1 + len(TOPICS))


def _events(
    connection: Connection[Any], changed: Sequence[_Level], values: Mapping[str, Any]
) -> dict[str, PointWeights]:
    """Read where events happened in what moved; a city without events has nothing to weigh by."""
    boxes = np.array([level.box for level in changed if len(level.before)]).reshape(-1, 4)
    if not len(boxes):
        boxes = np.zeros((1, 4))
    edges = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
    box = dict(zip(("west", "south", "east", "north"), edges, strict=True))
    asked = {**values, **box, "days": EVENT_DAYS}
    rows = connection.execute(query(ROOM, "lineage_events"), asked, binary=True).fetchall()
    if not rows and not connection.execute(query(ROOM, "lineage_any_event")).fetchone():
        return {}
    lon, lat = (np.array([row[place] for row in rows], np.float64) for place in (0, 1))
    return {"events": PointWeights(lon, lat, np.ones(len(rows)))}


def _store(connection: Connection[Any], values: Mapping[str, Any], rows: Sequence[Row]) -> None:
    head = (values["version"], values["coverage"])
    with connection.cursor().copy(query(ROOM, "lineage_copy")) as copy:
        for row in rows:
            copy.write_row((*head, *row))

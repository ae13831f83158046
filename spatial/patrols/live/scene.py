"""The scene: where everybody is, and since when each row is as it is. Replaced whole, never changed.

Rows keep their places for as long as the scene is followed, so that masks (n,) of before still fit: new
movers come behind the others, and who is gone leaves an empty place.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.patrols.live.frames import RECORD, Records, State
from spatial.patrols.live.reading import Bools, Ints, Rows, Texts
from spatial.patrols.live.wishes import View, Whom

Stamps = npt.NDArray[np.uint64]
MOST_MASKS = 256


@dataclass(frozen=True)
class Who:
    """What movers are, which seldom changes: columns (n,) by place."""

    mover: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    vehicle: Bools = field(default_factory=lambda: np.empty(0, bool))
    unit: Texts = field(default_factory=lambda: np.empty(0, "U1"))
    organisation: Texts = field(default_factory=lambda: np.empty(0, "U1"))
    order: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Places in the order of the movers' numbers."""
    masks: dict[Whom, Bools] = field(default_factory=dict)

    def places(self, mover: Ints) -> Ints:
        """Find the places of movers (m,); -1 where there is none."""
        if not len(self.mover):
            return np.full(len(mover), -1, np.int64)
        found = self.order[np.searchsorted(self.mover, mover, sorter=self.order).clip(0, len(self.mover) - 1)]
        return np.where(self.mover[found] == mover, found, -1)

    def mask(self, whom: Whom) -> Bools:
        """Tell who is asked for (n,); kept, since many ask the same again and again."""
        kept = self.masks.get(whom)
        if kept is None:
            if len(self.masks) >= MOST_MASKS:
                self.masks.clear()
            kept = self.masks[whom] = self._asked(whom)
        return kept

    def _asked(self, whom: Whom) -> Bools:
        asked = np.ones(len(self.mover), bool)
        if whom.kinds is not None:
            asked &= np.where(self.vehicle, "vehicle" in whom.kinds, "person" in whom.kinds)
        if whom.unit is not None:
            asked &= (self.unit >= whom.unit) & (self.unit < str(whom.until))
        if whom.organisation is not None:
            asked &= self.organisation == whom.organisation
        if whom.movers is not None:
            asked &= np.isin(self.mover, np.array(whom.movers, np.int64))
        return asked


@dataclass(frozen=True)
class Sight:
    """Whom the readers of one rights key may see (n,), and at which version that changed (n,)."""

    seen: Bools
    touched: Stamps


@dataclass(frozen=True)
class Scene:
    """Everybody's last position as of one version; `stamp` (n,) is the version of each row's last change."""

    version: int = 0
    who: Who = field(default_factory=Who)
    record: Records = field(default_factory=lambda: np.empty(0, RECORD))
    there: Bools = field(default_factory=lambda: np.empty(0, bool))
    stamp: Stamps = field(default_factory=lambda: np.empty(0, np.uint64))
    sights: Mapping[Hashable, Sight] = field(default_factory=dict)
    shown: dict[tuple[Hashable, View], Bools] = field(default_factory=dict)
    bodies: dict[tuple[Hashable, View, int], Records] = field(default_factory=dict)
    """Kept for lines that are shown the same; of this scene alone, so they need no version."""

    def __len__(self) -> int:
        return len(self.stamp)


def next_of(scene: Scene, **changes: Any) -> Scene:
    """Make the scene of the next version."""
    return replace(scene, version=scene.version + 1, shown={}, bodies={}, **changes)


def merged(scene: Scene, rows: Rows, whole: bool) -> Scene:
    """Put rows into the scene; gives the same scene when nothing is new.

    whole: these are all that there are, and whoever is missing is gone. Rows of one connection are merged in
    the order in which they were read, so nobody goes back.
    """
    who, moved_house = _who(scene.who, rows)
    grown = len(who.mover) - len(scene)
    record, there, stamp = (_longer(each, grown) for each in (scene.record, scene.there, scene.stamp))
    places = who.places(rows.mover)
    given = rows.record.copy()
    given["state"] |= record["state"][places] & int(State.SOS)
    changed = (_bytes(record[places]) != _bytes(given)).any(axis=1) | (there[places] != rows.there)
    changed |= moved_house
    gone = there.copy() if whole else np.zeros(len(there), bool)
    gone[places] = False
    if not changed.any() and not gone.any() and not grown:
        return scene
    made = next_of(scene)
    record[places], there[places], stamp[places[changed]] = given, rows.there, made.version
    there[gone], stamp[gone] = False, made.version
    sights = {key: _wider(sight, grown) for key, sight in scene.sights.items()}
    return replace(made, who=who, record=record, there=there, stamp=stamp, sights=sights)


def _who(who: Who, rows: Rows) -> tuple[Who, Bools]:
    """Write down what movers are now; tells of which of the rows (n,) that is new, else `who` is the same."""
    places = who.places(rows.mover)
    new = places < 0
    differs = new.copy()
    differs[~new] |= who.unit[places[~new]] != rows.unit[~new]
    differs[~new] |= who.organisation[places[~new]] != rows.organisation[~new]
    if not differs.any():
        return who, differs
    mover = np.concatenate([who.mover, rows.mover[new]])
    vehicle = np.concatenate([who.vehicle, rows.vehicle[new]])
    unit = _written(who.unit, rows.unit, places)
    organisation = _written(who.organisation, rows.organisation, places)
    return Who(mover, vehicle, unit, organisation, np.argsort(mover, kind="stable")), differs


def _written(before: Texts, now: Texts, places: Ints) -> Texts:
    """Write texts (n,) to their places, or behind the others where they have none (-1)."""
    # Joined first: the longest text decides how wide a column is.
    joined = np.concatenate([before, now])
    column = np.concatenate([joined[: len(before)], joined[len(before) :][places < 0]])
    column[places[places >= 0]] = joined[len(before) :][places >= 0]
    return column


def crying(scene: Scene, mover: Ints) -> Scene:
    """Set whose cries for help are open, and nobody else's; gives the same scene when nothing is new."""
    places = scene.who.places(mover)
    cries = np.zeros(len(scene), bool)
    cries[places[places >= 0]] = True
    was = (scene.record["state"] & int(State.SOS)) != 0
    changed = cries != was
    if not changed.any():
        return scene
    made = next_of(scene, record=scene.record.copy(), stamp=scene.stamp.copy())
    made.record["state"][changed] ^= int(State.SOS)
    made.stamp[changed] = made.version
    return made


def sighted(scene: Scene, key: Hashable, mover: Ints) -> Scene:
    """Set whom the readers of a rights key may see; gives the same scene when nothing is new."""
    places = scene.who.places(mover)
    seen = np.zeros(len(scene), bool)
    seen[places[places >= 0]] = True
    was = scene.sights.get(key)
    if was is not None and np.array_equal(was.seen, seen):
        return scene
    made = next_of(scene)
    # Of a key that was not watched until now nothing is known of before: all of it is new.
    touched = np.full(len(scene), made.version, np.uint64) if was is None else was.touched.copy()
    if was is not None:
        touched[was.seen != seen] = made.version
    return replace(made, sights={**scene.sights, key: Sight(seen, touched)})


def unsighted(scene: Scene, keys: set[Hashable]) -> Scene:
    """Forget rights keys that nobody watches with."""
    if keys.isdisjoint(scene.sights):
        return scene
    return next_of(scene, sights={key: each for key, each in scene.sights.items() if key not in keys})


def _wider(sight: Sight, grown: int) -> Sight:
    return Sight(_longer(sight.seen, grown), _longer(sight.touched, grown)) if grown else sight


def _longer(column: npt.NDArray[Any], grown: int) -> npt.NDArray[Any]:
    """Copy a column with so many empty places behind it."""
    return np.concatenate([column, np.zeros(grown, column.dtype)])


def _bytes(records: Records) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(records).view(np.uint8).reshape(len(records), RECORD.itemsize)

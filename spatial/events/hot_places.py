"""Places that never rest: the same matter at the same spot, and named places of complaints (诉求点位)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from scipy.stats import binomtest

from spatial.events.clusters import NOISE, clusters

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SPOT_M = 12.0
LEAST = 3
NEAR_M = 80.0
"""How far from a named place an event may lie to be counted there."""


@dataclass(frozen=True)
class Spot:
    """Events that came again and again, or at one named place."""

    events: IntArray
    """Which of the events, oldest first."""
    x_m: float
    y_m: float
    first_day: int
    last_day: int
    earlier: int
    """In the first half of the span."""
    later: int
    trend_p: float
    """Of such a difference between the halves by chance, two-sided."""

    @property
    def count(self) -> int:
        """How many events there are."""
        return len(self.events)


def repeats(
    points_m: FloatArray,
    matter: IntArray,
    day: IntArray,
    days: int,
    radius_m: float = SPOT_M,
    least: int = LEAST,
) -> list[Spot]:
    """Find the same matter at the same spot, at least `least` times on at least two days; the most first.

    points_m: (n, 2); matter: (n,) numbers of any kind; day: (n,) 0 … days-1.
    """
    found = []
    for one in np.unique(matter).tolist():
        mine = np.flatnonzero(matter == one)
        if len(mine) < least:
            continue
        label = clusters(points_m[mine], radius_m, least)
        for number in range(label.max(initial=NOISE) + 1):
            events = mine[label == number]
            if len(np.unique(day[events])) >= 2:
                found.append(_spot(points_m, events, day, days))
    return sorted(found, key=lambda spot: (-spot.count, spot.x_m, spot.y_m))


def _spot(points_m: FloatArray, events: IntArray, day: IntArray, days: int) -> Spot:
    events = events[np.argsort(day[events], kind="stable")]
    then = day[events]
    x_m, y_m = np.median(points_m[events], axis=0).tolist()
    earlier = int((then < days / 2).sum())
    share = np.ceil(days / 2) / days
    p = binomtest(earlier, len(then), share).pvalue
    return Spot(events, x_m, y_m, int(then[0]), int(then[-1]), earlier, len(then) - earlier, float(p))


def at_places(
    points_m: FloatArray,
    place: IntArray,
    places_m: FloatArray,
    mentions: FloatArray,
    radius_m: float = NEAR_M,
) -> IntArray:
    """Find the named place (q, 2) of each event (n, 2): the one it was reported with, else the nearest.

    place: (n,) the place that an event is linked to, -1 for none. mentions: (n, q) or (0, 0): a bonus in
    metres for a place whose name the event's address or title holds. Returns (n,), -1 where none is near.
    """
    found = place.copy()
    if not len(places_m):
        return found
    tree = KDTree(places_m)
    for at in np.flatnonzero(place < 0).tolist():
        near = tree.query_ball_point(points_m[at], radius_m)
        if near:
            apart = np.hypot(*(places_m[near] - points_m[at]).T)
            bonus = mentions[at, near] if mentions.size else 0.0
            found[at] = near[int(np.argmin(apart - bonus))]
    return found


def grouped(
    points_m: FloatArray, key: IntArray, day: IntArray, days: int, least: int
) -> list[tuple[int, Spot]]:
    """Gather the events of each key (n,), -1 left out, where there are at least `least`; the most first."""
    order = np.argsort(key, kind="stable")
    keys, starts = np.unique(key[order], return_index=True)
    parts = np.split(order, starts[1:])
    found = [
        (one, _spot(points_m, part, day, days))
        for one, part in zip(keys.tolist(), parts, strict=True)
        if one >= 0 and len(part) >= least
    ]
    return sorted(found, key=lambda item: (-item[1].count, item[0]))


_TAIL = re.compile(r"[0-9一二三四五六七八九十]+(号楼|号院|号|栋|幢|座|单元|室|层|弄).*$")
_AROUND = re.compile(r"(东|南|西|北|内|里|门口|附近|旁|对面|路口|交叉口|[东南西北]侧|[东南西北]门)+$")
_MARK = re.compile(r"\((生成|演示)\)")
"""What the demo city's made-up names carry."""
_LANDMARK = re.compile(r"\(([^()]+)\)$")
"""An address that names a landmark in brackets at its end is at that."""
_BESIDE = re.compile(r"(附近|旁|对面|门口)$")
_CHAIN = re.compile(r"^(.*?(省|市(?!场|政|民)|(?<![小园校厂景院])区|县|街道|镇|乡))+")


def name_of(address: str | None) -> str | None:
    """Take from an address what the place is called: without chain, numbers of houses and 'opposite of'.

    None where nothing is left that could be a name.
    """
    text = _MARK.sub("", unicodedata.normalize("NFKC", address or "").replace(" ", ""))
    landmark = _LANDMARK.search(text)
    if landmark:
        # Its last letter may be a direction that belongs to the name: 北京北.
        return _BESIDE.sub("", landmark.group(1)) or None
    short = _AROUND.sub("", _TAIL.sub("", _CHAIN.sub("", text)))
    return short if len(short) >= 2 else None

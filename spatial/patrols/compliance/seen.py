"""What a mover's track says of a target: when each of its samples was visited, and how sure that is."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
from scipy.special import chndtr

from spatial.patrols.compliance.kernels import headings, hits, visits
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.targets import POINTS, Samples, Target
from spatial.patrols.compliance.track import FloatArray, Legs, Moments, Track, xy_of

HEADING_BASE_M = 20.0
"""Which way somebody went is told over so much of the track at least."""
SIGMA_PER_ACCURACY = 1 / 1.5096
"""A circle that holds 68 of 100 fixes is this many standard deviations (of one axis) wide: √(-2 ln 0.32)."""
_VISITS = ("sample", "since_us", "until_us", "inside_us")
Window = tuple[int, int]
"""First and last moment, POSIX µs."""


@dataclass(frozen=True)
class Seen:
    """Visits (columns of one length), how likely each sample was passed, and how the phone did meanwhile."""

    sample: npt.NDArray[np.int32]
    since_us: Moments
    until_us: Moments
    inside_us: Moments
    likely: FloatArray
    """(samples,) that the true way came within reach."""
    fixes_us: Moments
    accuracy_m: FloatArray
    """Of the fixes that counted."""
    unusable: npt.NDArray[np.int64]
    """(1,): how many fixes in the window did not count."""
    near_us: Moments
    near_m: FloatArray
    """(k, 3): fixes near a point: metres east and north of it, and accuracy. Of a stay over midnight each day
    holds a part."""
    usual_mps: FloatArray
    """(1,): how fast the mover usually goes; 0: not known."""

    def pack(self) -> bytes:
        """Write it as one file of NumPy."""
        sink = io.BytesIO()
        np.savez_compressed(sink, **{each.name: getattr(self, each.name) for each in fields(self)})
        return sink.getvalue()

    @classmethod
    def unpack(cls, content: bytes) -> Seen:
        """Read what `pack` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            # What was kept before there was a column has none of it.
            nothing = _nothing(len(held["likely"]))
            return cls(
                **{each.name: held.get(each.name, getattr(nothing, each.name)) for each in fields(cls)}
            )


def see(
    target: Target, samples: Samples, track: Track, window: Window, rules: Rules, own_us: int | None = None
) -> Seen:
    """Look at a target through the fixes of one mover in a window of time.

    own_us: what could not be used before it (POSIX µs) is not counted; the day before has counted it.
    """
    within = track.between(*window)
    fixes = within.counted(rules.worst_accuracy_m)
    legs = Legs.of(fixes, samples.plane, rules.link_s, rules.link_m)
    found = _visits(target, samples, legs, rules)
    own = max(window[0], own_us or window[0]), window[1]
    unusable = len(within.between(*own)) - len(fixes.between(*own))
    found = replace(
        found, fixes_us=fixes.time_us, accuracy_m=fixes.accuracy_m, unusable=np.array([unusable], np.int64),
        usual_mps=np.array([track.usual_mps]),
    )  # fmt: skip
    return _stood(target, _near(target, samples, fixes, found), rules) if target.kind == POINTS else found


def _visits(target: Target, samples: Samples, legs: Legs, rules: Rules) -> Seen:
    way = headings(legs.x, legs.y, legs.worst, legs.linked, HEADING_BASE_M)
    x, y = np.ascontiguousarray(samples.xy.T)
    sample, since, until, _, likely = hits(
        legs.x, legs.y, legs.time_us, legs.worst, *legs.ends, way, x, y, samples.reach_m, samples.tangents,
        target.directed,
    )  # fmt: skip
    order = np.lexsort((until, since, sample))
    inside = (until - since)[order]
    found = visits(sample[order], since[order], until[order], inside, int(rules.join_s * 1e6))
    columns = dict(zip(_VISITS, found, strict=True))
    return replace(_nothing(len(samples)), likely=likely, **columns)


def _near(target: Target, samples: Samples, fixes: Track, found: Seen) -> Seen:
    x, y = xy_of(samples.plane, fixes.lon, fixes.lat)
    near = np.hypot(x, y) <= target.radius_m + 2 * fixes.accuracy_m
    around = np.column_stack([x, y, fixes.accuracy_m])[near]
    return replace(found, near_us=fixes.time_us[near], near_m=around)


def _stood(target: Target, found: Seen, rules: Rules) -> Seen:
    """Say how likely somebody stood within a point's radius for its dwell: of the best stay near it.

    The fixes of a stay share their error, so that their median has that of one: the true place is normal
    around it on both axes, and the distance from the point follows Rice.
    """
    best = 0.0
    breaks = np.flatnonzero(np.diff(found.near_us) > rules.join_s * 1e6) + 1
    for stay in np.split(np.arange(len(found.near_us)), breaks):
        lasted_s = (found.near_us[stay[-1]] - found.near_us[stay[0]]) / 1e6 if len(stay) else 0.0
        if not len(stay) or lasted_s < target.dwell_s:
            continue
        east, north, accuracy = np.median(found.near_m[stay], axis=0).tolist()
        sigma = max(accuracy * SIGMA_PER_ACCURACY, 0.1)
        off = float(np.hypot(east, north))
        best = max(best, float(chndtr((target.radius_m / sigma) ** 2, 2, (off / sigma) ** 2)))
    return replace(found, likely=np.array([best]))


def united(parts: Iterable[Seen], samples: int) -> Seen:
    """Put together what several movers, or one on several days, saw of a target; of none: nothing.

    Fixes are all of theirs. What each phone can tell has to be asked of each by itself.
    """
    held = list(parts) or [_nothing(samples)]
    columns = {name: np.concatenate([getattr(part, name) for part in held]) for name in _VISITS}
    order = np.lexsort((columns["until_us"], columns["since_us"], columns["sample"]))
    return replace(
        _in_time(held, "fixes_us", "accuracy_m"),
        **{name: column[order] for name, column in columns.items()},
        likely=np.max([part.likely for part in held], axis=0),
        unusable=np.sum([part.unusable for part in held], axis=0),
        usual_mps=np.max([part.usual_mps for part in held], axis=0),
    )


def in_turn(parts: Iterable[Seen], target: Target, samples: Samples, rules: Rules) -> Seen:
    """Put together what one mover saw on days after one another: a stay over midnight is one again."""
    held = list(parts)
    found = united(held, len(samples))
    if len(held) < 2:
        return found
    join_us = int(rules.join_s * 1e6)
    again = visits(found.sample, found.since_us, found.until_us, found.inside_us, join_us)
    found = replace(found, **dict(zip(_VISITS, again, strict=True)))
    # The fix before midnight is a part of both days.
    for times, values in (("fixes_us", "accuracy_m"), ("near_us", "near_m")):
        ordered = _in_time(held, times, values)
        kept, first = np.unique(getattr(ordered, times), return_index=True)
        found = replace(found, **{times: kept, values: getattr(ordered, values)[first]})
    return _stood(target, found, rules) if target.kind == POINTS else found


def _in_time(held: list[Seen], times: str, values: str) -> Seen:
    """Give the first with the moments and values of all, in the order of time."""
    moments = np.concatenate([getattr(part, times) for part in held])
    order = np.argsort(moments, kind="stable")
    joined = np.concatenate([getattr(part, values) for part in held])
    return replace(held[0], **{times: moments[order], values: joined[order]})


def _nothing(samples: int) -> Seen:
    none = np.zeros(0, np.int64)
    return Seen(
        none.astype(np.int32), none, none, none, np.zeros(samples), none, np.zeros(0), np.zeros(1, np.int64),
        none, np.zeros((0, 3)), np.zeros(1),
    )  # fmt: skip

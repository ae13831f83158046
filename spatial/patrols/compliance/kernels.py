"""The compiled loops of compliance: legs of a track against samples of a target, in metres."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spatial.grids.compiled import compiled


@compiled
def headings(x: Any, y: Any, worst: Any, linked: Any, base_m: float) -> Any:  # pragma: no cover
    """Give the way (n, 2), not scaled, that is gone at each fix of n.

    Looked at over so much of the track as is longer than its errors, forward and then back; linked (n - 1,)
    says which fixes are one path.
    """
    count = len(x)
    found = np.zeros((count, 2))
    for here in range(count):
        first, last = here, here
        while True:
            dx, dy = x[last] - x[first], y[last] - y[first]
            enough = max(base_m, 2 * max(worst[first], worst[last]))
            if dx * dx + dy * dy >= enough * enough:
                break
            if last + 1 < count and linked[last]:
                last += 1
            elif first > 0 and linked[first - 1]:
                first -= 1
            else:
                break
        found[here, 0], found[here, 1] = dx, dy
    return found


@compiled
def _between(ax: Any, ay: Any, dx: Any, dy: Any, px: Any, py: Any, radius: Any) -> Any:  # pragma: no cover
    """Give where a + u d, 0 <= u <= 1, comes near p: first, last, nearest u (-1: nowhere), distance."""
    qx, qy = ax - px, ay - py
    square = dx * dx + dy * dy
    along = qx * dx + qy * dy
    nearest = 0.0 if square == 0.0 else min(1.0, max(0.0, -along / square))
    nx, ny = qx + nearest * dx, qy + nearest * dy
    away = nx * nx + ny * ny
    if away > radius * radius:
        return -1.0, -1.0, nearest, math.sqrt(away)
    if square == 0.0:
        return 0.0, 1.0, 0.0, math.sqrt(away)
    root = math.sqrt(max(0.0, along * along - square * (qx * qx + qy * qy - radius * radius)))
    first = min(1.0, max(0.0, (-along - root) / square))
    last = min(1.0, max(0.0, (-along + root) / square))
    return first, last, nearest, math.sqrt(away)


@compiled
def hits(
    x: Any,
    y: Any,
    time_us: Any,
    worst: Any,
    starts: Any,
    ends: Any,
    way: Any,
    px: Any,
    py: Any,
    reach: Any,
    tangents: Any,
    directed: bool,
) -> Any:  # pragma: no cover
    """Find which legs cover which samples, and when.

    starts, ends: fixes of each leg, the same for a fix by itself. A leg covers a sample when it passes within
    the sample's reach or the accuracies (worst, m) of its fixes, whichever is larger, and, if directed, not
    against its tangent. Gives sample, first and last moment (µs) of each hit, and per sample the nearest
    approach (m) and the accuracy there, also of legs that do not cover it.
    """
    found = 0
    room = 1024
    sample = np.empty(room, np.int32)
    since = np.empty(room, np.int64)
    until = np.empty(room, np.int64)
    near = np.full(len(px), np.inf)
    likely = np.zeros(len(px))
    for leg in range(len(starts)):
        a, b = starts[leg], ends[leg]
        error = max(worst[a], worst[b])
        dx, dy = x[b] - x[a], y[b] - y[a]
        west, east = min(x[a], x[b]), max(x[a], x[b])
        south, north = min(y[a], y[b]), max(y[a], y[b])
        for each in range(len(px)):
            around = reach[each] + 2.0 * error
            if px[each] < west - around or px[each] > east + around:
                continue
            if py[each] < south - around or py[each] > north + around:
                continue
            if directed and way[a, 0] * tangents[each, 0] + way[a, 1] * tangents[each, 1] <= 0.0:
                continue
            tolerance = max(reach[each], error)
            first, last, _, away = _between(x[a], y[a], dx, dy, px[each], py[each], tolerance)
            chance = _within(reach[each], away, error)
            if chance > likely[each]:
                likely[each] = chance
            near[each] = min(near[each], away)
            if first < 0.0:
                continue
            if found == room:
                room *= 2
                sample = _longer(sample, room)
                since = _longer(since, room)
                until = _longer(until, room)
            sample[found] = each
            since[found] = time_us[a] + np.int64(first * (time_us[b] - time_us[a]))
            until[found] = time_us[a] + np.int64(last * (time_us[b] - time_us[a]))
            found += 1
    return sample[:found], since[:found], until[:found], near, likely


@compiled
def _longer(held: Any, room: int) -> Any:  # pragma: no cover
    wider = np.empty(room, held.dtype)
    wider[: len(held)] = held
    return wider


@compiled
def _within(reach: float, away: float, accuracy: float) -> float:  # pragma: no cover
    """Give how likely a path seen so far away passed within reach: its error across is normal."""
    sigma = max(accuracy, 0.1) / 1.5096
    root = sigma * math.sqrt(2.0)
    return 0.5 * (math.erf((reach - away) / root) + math.erf((reach + away) / root))


@compiled
def visits(sample: Any, since: Any, until: Any, within: Any, join_us: int) -> Any:  # pragma: no cover
    """Join hits, or visits, sorted by sample and begin, that follow one another within a time into visits.

    within: how much of each was inside (µs). Gives sample, begin, end and time inside (µs) of each visit;
    what two have in common counts once.
    """
    kept = np.empty(len(sample), np.int32)
    begins = np.empty(len(sample), np.int64)
    ends = np.empty(len(sample), np.int64)
    inside = np.empty(len(sample), np.int64)
    found = -1
    for each in range(len(sample)):
        same = found >= 0 and kept[found] == sample[each] and since[each] - ends[found] <= join_us
        if not same:
            found += 1
            kept[found] = sample[each]
            begins[found], ends[found] = since[each], until[each]
            inside[found] = within[each]
            continue
        inside[found] += max(0, within[each] - max(0, ends[found] - since[each]))
        ends[found] = max(ends[found], until[each])
    size = found + 1
    return kept[:size], begins[:size], ends[:size], inside[:size]


@compiled
def simulate(
    path: Any, along: Any, starts_s: Any, speed: float, time_s: Any, worst: Any, likely: Any, draws: Any,
    offsets: Any, memory_s: float, link_s: float, link_m: float, px: Any, py: Any, reach: Any, weight: Any,
    tangents: Any, directed: bool, base_m: float, hold_s: float,
) -> Any:  # pragma: no cover  # fmt: skip
    """Let true walkers go a path with a phone's own fixes; give what share (walkers,) each is seen to cover.

    path (k, 2), along (k,): vertices and their distance from the begin; starts_s: when each walker sets off;
    time_s, worst, likely: when the phone took fixes, how good it said they were, and how good they are about
    then. draws: normal numbers; offsets (walkers, 2): how far beside the path each keeps. hold_s: with it the
    walkers stand in the middle of the path for so long, and a sample is covered when it was for so long.
    """
    found = np.zeros(len(starts_s))
    for walker in range(len(starts_s)):
        begin = starts_s[walker]
        first = np.searchsorted(time_s, begin)
        last = np.searchsorted(time_s, begin + along[-1] / speed + hold_s, side="right")
        count = last - first
        if count == 0:
            continue
        times, error = time_s[first:last], worst[first:last]
        turn = (walker * 104_729 * 2) % len(draws)
        xy = _errors(times, likely[first:last], draws, turn, memory_s)
        _go(xy, path, along, times - begin, speed, hold_s)
        x, y = xy[:, 0] + offsets[walker, 0], xy[:, 1] + offsets[walker, 1]
        linked = np.empty(max(0, count - 1), np.bool_)
        for fix in range(count - 1):
            step = math.hypot(x[fix + 1] - x[fix], y[fix + 1] - y[fix])
            linked[fix] = times[fix + 1] - times[fix] <= link_s and step <= link_m
        way = headings(x, y, error, linked, base_m) if directed else np.zeros((count, 2))
        found[walker] = _share(
            x, y, times, error, linked, way, px, py, reach, weight, tangents, directed, hold_s
        )
    return found


@compiled
def _errors(times: Any, likely: Any, draws: Any, turn: int, memory_s: float) -> Any:  # pragma: no cover
    """Make the errors (n, 2) of fixes in metres: each has a part of the one before, by the time between."""
    found = np.empty((len(times), 2))
    ex, ey = 0.0, 0.0
    for fix in range(len(times)):
        stay = math.exp(-(times[fix] - times[fix - 1]) / memory_s) if fix > 0 else 0.0
        fresh = math.sqrt(1.0 - stay * stay)
        ex = stay * ex + fresh * draws[turn % len(draws)]
        ey = stay * ey + fresh * draws[(turn + 1) % len(draws)]
        turn += 2
        sigma = likely[fix] / 1.5096
        found[fix, 0], found[fix, 1] = sigma * ex, sigma * ey
    return found


@compiled
def _go(
    xy: Any, path: Any, along: Any, since_s: Any, speed: float, hold_s: float
) -> None:  # pragma: no cover
    """Add where on a path somebody is so long after setting off."""
    leg = 0
    for fix in range(len(since_s)):
        at = _held(since_s[fix], along[-1] / speed / 2.0, hold_s) if hold_s > 0.0 else since_s[fix]
        gone = min(along[-1], max(0.0, at * speed))
        while leg + 2 < len(along) and along[leg + 1] < gone:
            leg += 1
        step = along[leg + 1] - along[leg]
        part = 0.0 if step == 0.0 else (gone - along[leg]) / step
        for axis in range(2):
            xy[fix, axis] += path[leg, axis] + part * (path[leg + 1, axis] - path[leg, axis])


@compiled
def _held(at: float, middle: float, hold_s: float) -> float:  # pragma: no cover
    if at <= middle:
        return at
    return max(middle, at - hold_s)


@compiled
def _share(
    x: Any, y: Any, time_s: Any, error: Any, linked: Any, way: Any, px: Any, py: Any, reach: Any, weight: Any,
    tangents: Any, directed: bool, hold_s: float,
) -> float:  # pragma: no cover  # fmt: skip
    """Give the share of the weight of samples that legs cover, for long enough in all."""
    inside = np.full(len(px), -1.0)
    for here in range(len(x)):
        alone = (here == 0 or not linked[here - 1]) and (here == len(x) - 1 or not linked[here])
        if not alone and (here == len(x) - 1 or not linked[here]):
            continue
        there = here if alone else here + 1
        worst = max(error[here], error[there])
        dx, dy = x[there] - x[here], y[there] - y[here]
        for each in range(len(px)):
            if hold_s == 0.0 and inside[each] >= 0.0:
                continue
            if directed and way[here, 0] * tangents[each, 0] + way[here, 1] * tangents[each, 1] <= 0.0:
                continue
            radius = max(reach[each], worst)
            if px[each] < min(x[here], x[there]) - radius or px[each] > max(x[here], x[there]) + radius:
                continue
            first, last, _, _ = _between(x[here], y[here], dx, dy, px[each], py[each], radius)
            if first >= 0.0:
                inside[each] = max(0.0, inside[each]) + (last - first) * (time_s[there] - time_s[here])
    done, whole = 0.0, 0.0
    for each in range(len(px)):
        whole += weight[each]
        if inside[each] >= hold_s:
            done += weight[each]
    return done / whole


@compiled
def longest_rising(values: Any) -> int:  # pragma: no cover
    """Give the length of the longest part of a row, gaps allowed, that never falls (n log n)."""
    tails = np.empty(len(values), values.dtype)
    size = 0
    for value in values:
        place = np.searchsorted(tails[:size], value, side="right")
        tails[place] = value
        if place == size:
            size += 1
    return size

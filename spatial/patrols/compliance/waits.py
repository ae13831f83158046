"""How long samples wait for a visit, and what of it is known: a silent phone may have been anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, Window
from spatial.patrols.compliance.track import FloatArray, Moments


def longest_waits_s(seen: Seen, count: int, window: Window) -> FloatArray:
    """Give how long each of `count` samples was without a visit at the longest, within a window."""
    every = np.arange(count, dtype=np.int64)
    begin, end = np.full(count, window[0]), np.full(count, window[1])
    sample = np.concatenate([every, seen.sample.astype(np.int64), every])
    since = np.concatenate([begin, np.clip(seen.since_us, *window), end])
    until = np.concatenate([begin, np.clip(seen.until_us, *window), end])
    order = np.lexsort((until, since, sample))
    sample, since, until = sample[order], since[order], until[order]
    # Of several people one may stay while another comes and goes.
    apart = sample * (window[1] - window[0] + 1)
    until = np.maximum.accumulate(until - window[0] + apart) - apart + window[0]
    waits = np.where(sample[1:] == sample[:-1], since[1:] - until[:-1], 0)
    longest = np.zeros(count)
    np.maximum.at(longest, sample[1:], waits / 1e6)
    return longest


def known_waits_s(
    seen: Seen, count: int, window: Window, silences: Sequence[tuple[int, int]], least_s: float
) -> FloatArray:
    """Give the same of times without a silence in between; what waited less than `least_s` may say nought."""
    longest = np.zeros(count)
    begins = [window[0], *(end for _, end in silences)]
    ends = [*(begin for begin, _ in silences), window[1]]
    for begin, end in zip(begins, ends, strict=True):
        if end - begin > least_s * 1e6:
            longest = np.maximum(longest, longest_waits_s(seen, count, (begin, end)))
    return longest


def silences_of(movers: Sequence[Seen], window: Window, rules: Rules) -> list[tuple[int, int]]:
    """List the times (µs), one after another, in which nobody knows where one of the movers was."""
    found = sorted(
        pair
        for seen in movers
        for pair in gaps(seen.fixes_us, window)
        if pair[1] - pair[0] > rules.link_s * 1e6
    )
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def gaps(fixes_us: Moments, window: Window) -> list[tuple[int, int]]:
    """List the times between the fixes of one mover, from the begin of the window to its end."""
    moments = [window[0], *np.clip(fixes_us, *window).tolist(), window[1]]
    return list(pairwise(moments))

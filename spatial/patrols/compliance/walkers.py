"""True walkers (真走对照): what a phone would have shown of somebody who did the whole patrol.

The phone's own moments and accuracies are kept; where it would have been is invented, its errors too. How
often such a record looks as bad as the one at hand is the rate of false accusations.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from spatial.patrols.compliance.kernels import simulate
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import HEADING_BASE_M, Seen, Window
from spatial.patrols.compliance.targets import POINTS, Samples, Target
from spatial.patrols.compliance.track import FloatArray

WALKERS = 399
"""With these, rates are told in steps of a quarter of a percent."""
MOST_SIMULATED = 400
"""Samples of a target; of a longer one the first part stands for all, which varies more: none is wronged."""
BESIDE = 0.5
"""A true walker keeps within this share of the tolerance: on the pavement, not on the axis of the road."""
USUAL_MPS = {"foot": 1.2, "ebike": 5.5, "car": 15.0}
"""How fast a mover of a gait usually goes on patrol."""
_RUN_UP_M = 100.0
_RUN_UP_S = 80.0
"""Who is fast comes from further off: the leg that comes in is on the way, too."""
_AROUND = 11
_SEED = 7_2026


def true_shares(
    target: Target, samples: Samples, seen: Seen, window: Window, rules: Rules, memory_s: float | None = None,
    speed_mps: float | None = None,
) -> FloatArray:  # fmt: skip
    """Give the share that each of WALKERS true walkers would have been seen to cover, sorted.

    Deterministic. They set off at moments spread evenly over the window; without fixes all are nought.
    memory_s: of the errors; speed_mps: of the walkers, faster only where the window is too short for it.
    Both are those of the rules unless told.
    """
    speed = rules.speed_mps if speed_mps is None else speed_mps
    path, hold_s = _path(target, samples, max(_RUN_UP_M, min(rules.link_m, speed * _RUN_UP_S)))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    time_s = (seen.fixes_us - window[0]) / 1e6
    span_s = max(1.0, (window[1] - window[0]) / 1e6)
    speed = max(speed, float(along[-1]) / max(1.0, span_s - hold_s))
    room_s = max(0.0, span_s - hold_s - float(along[-1]) / speed)
    starts = (np.arange(WALKERS) + 0.5) / WALKERS * room_s
    some = slice(0, MOST_SIMULATED)
    x, y = np.ascontiguousarray(samples.xy[some].T)
    memory_s = rules.error_memory_s if memory_s is None else memory_s
    found = simulate(
        path, along, starts, speed, time_s, seen.accuracy_m, _around(seen.accuracy_m), _draws(),
        _beside(samples), memory_s, rules.link_s, rules.link_m, x, y, samples.reach_m[some],
        samples.weight[some], samples.tangents[some], target.directed, HEADING_BASE_M, hold_s,
    )  # fmt: skip
    return np.sort(np.asarray(found, np.float64))


def _around(accuracy_m: FloatArray) -> FloatArray:
    """Give the accuracy (root mean square) of the fixes around each.

    What a phone says of a fix wavers; its error does not waver with it. Were it taken at its word, the errors
    would be small just where less is tolerated.
    """
    return np.sqrt(uniform_filter1d(accuracy_m**2, _AROUND)) if len(accuracy_m) else accuracy_m


def rate_of(shares: FloatArray, share: float) -> float:
    """Give how often a true walker is seen to cover no more than a share; never nought: they are finite."""
    return float(1 + np.searchsorted(shares, share + 1e-9, side="right")) / (len(shares) + 1)


def _path(target: Target, samples: Samples, run_up_m: float) -> tuple[FloatArray, float]:
    """Give the vertices of the way (k, 2) that a true walker goes, and how long they stand in its middle."""
    if target.kind == POINTS:
        far = float(samples.reach_m[0]) + run_up_m
        return np.array([[-far, 0.0], [0.0, 0.0], [far, 0.0]]), target.dwell_s
    xy = samples.xy[:MOST_SIMULATED]
    if len(xy) == 1:
        xy = xy + np.array([[-1.0, 0.0], [1.0, 0.0]])
    return np.concatenate([[_beyond(xy[0], xy[1], run_up_m)], xy, [_beyond(xy[-1], xy[-2], run_up_m)]]), 0.0


def _beyond(end: FloatArray, before: FloatArray, far_m: float) -> FloatArray:
    """Give a point on the straight way out: whoever walks a line comes from somewhere and goes on."""
    way = end - before
    return np.asarray(end + way / max(1e-9, float(np.hypot(*way))) * far_m)


def _beside(samples: Samples) -> FloatArray:
    """Give how far (walkers, 2) each keeps from the path: anywhere in a disc."""
    generator = np.random.Generator(np.random.Philox(_SEED))
    radius = np.sqrt(generator.random(WALKERS)) * BESIDE * float(np.min(samples.reach_m))
    turn = generator.random(WALKERS) * 2 * np.pi
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)


@cache
def _draws() -> npt.NDArray[np.float64]:
    return np.random.Generator(np.random.Philox(_SEED + 1)).standard_normal(2**20)

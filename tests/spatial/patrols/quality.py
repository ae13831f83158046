"""How good grading is on synthetic truth: the figures that tests assert and bench/grading.py prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial.patrols.grading import Context, Graded, grade, parameters_of
from spatial.patrols.verdicts import Verdict
from tests.spatial.patrols import traccar
from tests.spatial.patrols.truth import Truth, standing, walk

GAITS = ("foot", "ebike", "car")


@dataclass(frozen=True)
class Quality:
    """Figures of several ways of a gait; shares of one, distances as error over truth."""

    gait: str
    fixes: int
    jumps: int
    jumps_found: float
    good_flagged: float
    """Of good fixes, how many were called anything but good; drift of somebody who stands is no mistake."""
    distance_error: float
    """Of all ways together."""
    worst_error: float
    """Of the worst of the ways."""
    traccar_error: float
    """Of the plain sum, as Traccar makes it without being told otherwise."""
    traccar_filtered_error: float
    """With its filter by speed, told the gait's top speed."""
    traccar_jumps_found: float
    traccar_good_lost: float


def quality(gait: str, seeds: Iterable[int], **how: Any) -> Quality:
    """Grade ways of a gait and compare with the truth."""
    parameters = parameters_of(gait)
    ways = [walk(gait, seed, **how) for seed in seeds]
    graded = [grade(way.columns, Context.whole(way.columns), parameters) for way in ways]
    jumps = np.concatenate([way.jump for way in ways])
    found = np.concatenate([each.verdicts == Verdict.JUMP for each in graded])
    wrong = np.concatenate([_wrong(way, each) for way, each in zip(ways, graded, strict=True)])
    kept = [traccar.kept_by_speed(way.columns, parameters.top_mps) for way in ways]
    true_m = np.array([way.distance_m for way in ways])
    ours = np.array([each.distance_m for each in graded])
    plain = np.array([traccar.distance_m(way.columns) for way in ways])
    filtered = np.array([traccar.distance_m(way.columns, rows) for way, rows in zip(ways, kept, strict=True)])
    left = np.concatenate(kept)
    return Quality(
        gait=gait, fixes=len(jumps), jumps=int(jumps.sum()), jumps_found=float(found[jumps].mean()),
        good_flagged=float(wrong[~jumps].mean()),
        distance_error=float(ours.sum() / true_m.sum() - 1),
        worst_error=float(np.abs(ours / true_m - 1).max()),
        traccar_error=float(plain.sum() / true_m.sum() - 1),
        traccar_filtered_error=float(filtered.sum() / true_m.sum() - 1),
        traccar_jumps_found=float((~left)[jumps].mean()), traccar_good_lost=float((~left)[~jumps].mean()),
    )  # fmt: skip


def _wrong(way: Truth, graded: Graded) -> Any:
    flagged = graded.verdicts != Verdict.GOOD
    # That somebody who stands is said to stand is right.
    return flagged & ~((graded.verdicts == Verdict.DRIFT) & way.standing)


def drift_m_per_hour(sigma_m: float, seeds: Iterable[int], gait: str = "foot") -> tuple[float, float]:
    """Measure how far somebody who stands is said to go in an hour: ours at worst, Traccar's on average."""
    hours = [standing(seed, sigma_m=sigma_m) for seed in seeds]
    graded = [grade(each.columns, Context.whole(each.columns), parameters_of(gait)) for each in hours]
    plain = [traccar.distance_m(each.columns) for each in hours]
    return max(each.distance_m + each.ride_mm / 1000 for each in graded), float(np.mean(plain))

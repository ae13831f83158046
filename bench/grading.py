"""How good grading is on synthetic truth, beside Traccar's rules on the same fixes, and how fast.

python -m bench.grading [--seeds 40] [--days 30]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np

from spatial.patrols.columns import Columns
from spatial.patrols.grading import Context, grade, parameters_of
from tests.spatial.patrols.quality import GAITS, drift_m_per_hour, quality
from tests.spatial.patrols.truth import walk


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=40, help="ways of three hours for each gait")
    asked.add_argument("--days", type=int, default=30, help="days of eight hours that are timed")
    options = asked.parse_args()
    for line in (*_ways(options.seeds), *_drift(options.seeds), *_jumps(), *_speed(options.days)):
        print(line)


def _ways(seeds: int) -> Iterator[str]:
    yield (
        "| gait | fixes | jumps | found | good flagged | distance | worst shift | Traccar, as it comes |"
        " Traccar, filter.maxSpeed | its jumps found | its good fixes lost |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for gait in GAITS:
        each = quality(gait, range(100, 100 + seeds))
        yield (
            f"| {gait} | {each.fixes:,} | {each.jumps:,} | {each.jumps_found:.2%} | {each.good_flagged:.3%} |"
            f" {each.distance_error:+.2%} | {each.worst_error:.2%} | {each.traccar_error:+.0%} |"
            f" {each.traccar_filtered_error:+.0%} | {each.traccar_jumps_found:.1%} |"
            f" {each.traccar_good_lost:.1%} |"
        )  # fmt: skip


def _drift(seeds: int) -> Iterator[str]:
    yield ""
    yield "| standing for an hour, σ | ours, worst of all | Traccar, mean |"
    yield "|---|---:|---:|"
    for sigma_m in (5.0, 15.0, 25.0):
        ours, plain = drift_m_per_hour(sigma_m, range(seeds))
        yield f"| {sigma_m:.0f} m | {ours:.1f} m | {plain:,.0f} m |"


def _jumps() -> Iterator[str]:
    """Shorter jumps than the acceptance asks for: from where on they can be told from driving and noise."""
    yield ""
    yield "| jumps of | " + " | ".join(GAITS) + " |"
    yield "|---|" + "---:|" * len(GAITS)
    for least, most in ((50, 100), (100, 200), (200, 300), (300, 500), (500, 5000)):
        shares = [f"{quality(gait, range(10), jump_m=(least, most)).jumps_found:.1%}" for gait in GAITS]
        yield f"| {least} to {most} m | " + " | ".join(shares) + " |"


def _speed(days: int) -> Iterator[str]:
    yield ""
    yield "| gait | fixes a day | days | fixes/s, one core |"
    yield "|---|---:|---:|---:|"
    for gait in GAITS:
        tracks = [walk(gait, seed, seconds=8 * 3600).columns for seed in range(days)]
        yield f"| {gait} | {len(tracks[0]):,} | {days} | {_pace(tracks, gait):,.0f} |"
    whole = walk("foot", 1, seconds=24 * 3600, interval_s=1.0).columns
    yield f"| foot, each second | {len(whole):,} | 1 | {_pace([whole], 'foot'):,.0f} |"


def _pace(tracks: list[Columns], gait: str) -> float:
    """Grade tracks one by one, best of five; the kernels are compiled by then."""
    parameters, times = parameters_of(gait), []
    for _ in range(6):
        begun = time.perf_counter()
        for columns in tracks:
            grade(columns, Context.whole(columns), parameters)
        times.append(time.perf_counter() - begun)
    return float(np.sum([len(columns) for columns in tracks]) / min(times))


if __name__ == "__main__":
    main()

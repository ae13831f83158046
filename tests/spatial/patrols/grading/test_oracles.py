"""Stays as trackintel finds them, lengths as MovingPandas measures them: real cabs, synthetic truth."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from spatial.patrols.columns import Columns
from spatial.patrols.grading import Context, grade, parameters_of, stays
from spatial.patrols.grading.plane import scales
from spatial.patrols.grading.smooth import leg_lengths
from spatial.patrols.verdicts import Verdict
from tests.spatial.patrols.cabs import cabs
from tests.spatial.patrols.truth import walk

PLAIN = replace(
    parameters_of("car"), stay_radius_m=100.0, stay_accuracy=0.0, stay_s=300.0, stay_excursion_s=0.0
)
"""What trackintel has by default: 100 m, 5 min, gap 15 min."""


def tracks() -> list[tuple[str, Columns]]:
    found = [
        (f"{gait} {seed}", walk(gait, seed, jumps=0.0).columns)
        for gait in ("foot", "car")
        for seed in range(3)
    ]
    for cab in sorted({fix.cab for fix in cabs()}):
        own = [fix for fix in cabs() if fix.cab == cab]
        found.append(
            (
                cab,
                Columns.of(
                    [fix.seconds * 1_000_000 for fix in own], [f.lon for f in own], [f.lat for f in own]
                ),
            )
        )
    return found


def table(columns: Columns) -> Any:
    import geopandas as gpd
    import pandas as pd

    times = pd.to_datetime(columns.time_us, unit="us", utc=True)
    points = gpd.points_from_xy(columns.lon, columns.lat)
    return gpd.GeoDataFrame({"user_id": 0, "tracked_at": times}, geometry=points, crs=4326)


def own_stays(columns: Columns) -> list[tuple[int, int]]:
    kx, ky = scales(columns.lat)
    reach = np.full(len(columns), PLAIN.stay_radius_m)
    place = (columns.time_us, columns.lon, columns.lat, kx, ky, reach)
    runs = stays.stay_runs(*place, int(PLAIN.stay_s * 1e6), int(PLAIN.gap_s * 1e6), 0)
    return [(int(first), int(last)) for first, last in runs]


@pytest.mark.parametrize(("name", "columns"), tracks(), ids=[name for name, _ in tracks()])
def test_stays_are_those_of_trackintel(name: str, columns: Columns) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trackintel

        fixes = trackintel.Positionfixes(table(columns))
        _, theirs = fixes.generate_staypoints(
            method="sliding", distance_metric="haversine", dist_threshold=100, time_threshold=5.0,
            gap_threshold=15.0, include_last=True, exclude_duplicate_pfs=False,
        )  # fmt: skip
    wanted = [
        (_place(columns, row.started_at), _place(columns, row.finished_at)) for row in theirs.itertuples()
    ]
    times = columns.time_us
    # Theirs last until the fix that is elsewhere: those long enough by that alone are no stays of ours.
    wanted = [(first, last) for first, last in wanted if times[last - 1] - times[first] >= PLAIN.stay_s * 1e6]
    # Of a stay that ends in silence they say nothing.
    ours = [each for each in own_stays(columns) if not _silent_after(columns, each[1])]
    assert [first for first, _ in ours] == [first for first, _ in wanted]
    assert all(abs(ours_last - last) <= 1 for (_, ours_last), (_, last) in zip(ours, wanted, strict=True))


def _silent_after(columns: Columns, last: int) -> bool:
    after = columns.time_us[last + 1 : last + 2] - columns.time_us[last]
    return bool((after > PLAIN.gap_s * 1e6).any())


@pytest.mark.parametrize("name", sorted({fix.cab for fix in cabs()}))
def test_real_cabs_hardly_ever_jump(name: str) -> None:
    columns = dict(tracks())[name]
    found = grade(columns, Context.whole(columns), parameters_of("car"))
    assert (found.verdicts == Verdict.JUMP).mean() <= 0.02
    assert (found.verdicts == Verdict.MOCK_SUSPECT).sum() == 0


def _place(columns: Columns, moment: datetime) -> int:
    return int(np.searchsorted(columns.time_us, int(moment.astimezone(UTC).timestamp() * 1e6)))


@pytest.mark.parametrize(("name", "columns"), tracks(), ids=[name for name, _ in tracks()])
def test_lengths_are_those_of_movingpandas(name: str, columns: Columns) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import movingpandas

        theirs = movingpandas.Trajectory(table(columns), 1, t="tracked_at").get_length()
    kx, ky = scales(columns.lat)
    unshifted, uncut = np.zeros((len(columns), 2)), np.zeros(len(columns), bool)
    ours = leg_lengths(columns.lon, columns.lat, kx, ky, unshifted, uncut).sum() / 1000
    assert ours == pytest.approx(theirs, rel=0.004), name

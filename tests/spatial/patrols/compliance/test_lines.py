"""Lines: analytic cases to one sample; directions, order, gaps, several movers, and what was missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial.errors import InvalidInput
from spatial.patrols.compliance.results import Result, result_of
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, see, united
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track, joined
from tests.spatial.patrols.compliance.ground import line, track, walk, window, with_rest

RULES = Rules()
STREET = line((0, 0), (1000, 0))
GEOD = Geod(ellps="WGS84")
STEP_M = 5.0
BUFFER_M = 15.0


def judged(
    target: Target, *tracks: Track, hours: float = 2.0, rules: Rules = RULES, rest: bool = True
) -> Result:
    samples = samples_of(target, rules.step_m)
    whole = [with_rest(each, hours) if rest and len(each) else each for each in tracks]
    parts = [see(target, samples, each, window(hours), rules) for each in whole]
    return result_of(target, samples, parts, window(hours), rules)


def length_m(shape: Any) -> float:
    return float(GEOD.geometry_length(shape))


def test_a_whole_walk_is_done() -> None:
    found = judged(Target(STREET), walk((0, 0), (1000, 0)))
    assert (found.word, found.ratio, found.missed) == ("done", 1.0, None)
    assert found.figures["total"] == pytest.approx(1000, abs=0.1)
    assert found.figures["passes"] == 1
    assert found.figures["in_order"] == 1.0
    assert found.figures["longest_gap_m"] == 0
    assert found.probability > 0.999


@pytest.mark.parametrize("until_m", [100, 250, 500, 503, 750])
def test_a_part_is_covered_up_to_the_buffer_beyond_its_end(until_m: float) -> None:
    found = judged(Target(STREET), walk((0, 0), (until_m, 0)))
    assert found.figures["covered"] == pytest.approx(until_m + BUFFER_M, abs=STEP_M)
    assert found.figures["longest_gap_m"] == pytest.approx(1000 - until_m - BUFFER_M, abs=STEP_M)
    assert found.word == "partly"
    assert length_m(found.missed) == pytest.approx(1000 - until_m - BUFFER_M, abs=STEP_M)


def test_backwards_counts_where_the_way_is_not_given_and_not_where_it_is() -> None:
    back = walk((1000, 0), (0, 0))
    assert judged(Target(STREET), back).ratio == 1.0
    assert judged(Target(STREET), back).figures["in_order"] == pytest.approx(1 / 200, abs=0.02)
    found = judged(Target(STREET, directed=True), back)
    assert (found.word, found.ratio) == ("missed", 0.0)
    assert length_m(found.missed) == pytest.approx(1000, abs=0.1)
    assert judged(Target(STREET, directed=True), walk((0, 0), (1000, 0))).ratio == 1.0


def test_there_and_back_passes_twice_and_is_done_either_way() -> None:
    both = joined([walk((0, 0), (1000, 0)), walk((1000, 0), (0, 0), begin_s=2000)])
    assert judged(Target(STREET), both).figures["passes"] == 2
    assert judged(Target(STREET, directed=True), both).figures["passes"] == 1


def test_two_visits_of_a_half_are_a_half() -> None:
    twice = joined([walk((0, 0), (500, 0)), walk((0, 0), (500, 0), begin_s=2000)])
    found = judged(Target(STREET), twice)
    assert found.figures["covered"] == pytest.approx(515, abs=STEP_M)
    assert found.figures["passes"] == 0


def test_a_detour_around_a_block_misses_what_it_goes_around() -> None:
    way = walk((0, 0), (400, 0), (400, 80), (600, 80), (600, 0), (1000, 0))
    found = judged(Target(STREET), way)
    assert found.figures["covered"] == pytest.approx(800 + 2 * BUFFER_M, abs=2 * STEP_M)
    assert found.figures["longest_gap_m"] == pytest.approx(200 - 2 * BUFFER_M, abs=2 * STEP_M)
    (gap,) = found.missed.geoms
    west, _, east, _ = gap.bounds
    assert length_m(line((415, 0), (585, 0))) == pytest.approx(length_m(gap), abs=2 * STEP_M)
    assert shapely.distance(line((415, 0), (585, 0)), gap) < 1e-6
    assert west < east


@pytest.mark.parametrize(("gap_m", "missing_m"), [(15, 0), (30, 0), (31, 1), (45, 15), (100, 70)])
def test_a_gap_is_what_two_buffers_leave_of_it(gap_m: float, missing_m: float) -> None:
    """A gap of exactly one buffer is none, and one of two neither: both ends reach into it."""
    before = walk((0, 0), (500 - gap_m / 2, 0))
    after = walk((500 + gap_m / 2, 0), (1000, 0), begin_s=2000)
    found = judged(Target(STREET), joined([before, after]), rules=Rules(link_s=60))
    assert found.figures["total"] - found.figures["covered"] == pytest.approx(missing_m, abs=STEP_M)


@pytest.mark.parametrize(("beside_m", "ratio"), [(0, 1), (14.9, 1), (15.1, 0), (40, 0)])
def test_beside_the_line_counts_up_to_the_buffer(beside_m: float, ratio: float) -> None:
    assert judged(Target(STREET), walk((0, beside_m), (1000, beside_m))).ratio == ratio


@pytest.mark.parametrize(("accuracy_m", "ratio"), [(5, 0), (24.9, 0), (25.1, 1), (49, 1), (51, 0)])
def test_a_bad_fix_reaches_as_far_as_its_accuracy_and_a_very_bad_one_nowhere(
    accuracy_m: float, ratio: float
) -> None:
    assert judged(Target(STREET), walk((0, 25), (1000, 25), accuracy_m=accuracy_m)).ratio == ratio


def test_only_the_window_counts() -> None:
    way = walk((0, 0), (1000, 0), begin_s=-600)
    found = judged(Target(STREET), way)
    assert found.figures["covered"] == pytest.approx(1000 - 600 * 1.2 + BUFFER_M, abs=2 * STEP_M + 12)


def test_fixes_that_were_judged_bad_do_not_count() -> None:
    way = walk((0, 0), (1000, 0))
    verdicts = np.where(np.arange(len(way)) % 2 == 0, 21, 0)
    bad = Track(way.time_us, way.lon, way.lat, way.accuracy_m, verdicts.astype(np.int8))
    assert judged(Target(STREET), bad, rest=False).figures["fixes"] == len(way) // 2
    none = Track(way.time_us, way.lon, way.lat, way.accuracy_m, np.full(len(way), 21, np.int8))
    assert judged(Target(STREET), none, rest=False).word == "cannot_tell"


def test_two_people_share_a_street() -> None:
    found = judged(Target(STREET), walk((0, 0), (500, 0)), walk((1000, 0), (500, 0)))
    assert (found.word, found.ratio) == ("done", 1.0)


def test_without_fixes_nobody_is_accused() -> None:
    found = judged(Target(STREET), Track.none())
    assert (found.word, found.reason, found.ratio, found.false_accusation_rate) == (
        "cannot_tell", "no_fixes", 0.0, 1.0,
    )  # fmt: skip


def test_somebody_elsewhere_all_the_time_has_missed_it() -> None:
    found = judged(Target(STREET), walk((0, 3000), (6000, 3000), every_s=10))
    assert (found.word, found.ratio) == ("missed", 0.0)
    assert found.false_accusation_rate is not None
    assert found.false_accusation_rate <= 0.01


def test_a_phone_that_was_off_most_of_the_time_accuses_nobody() -> None:
    found = judged(Target(STREET), walk((0, 3000), (300, 3000), every_s=10), rest=False)
    assert (found.word, found.reason) == ("cannot_tell", "few_fixes")


def test_a_phone_that_is_mostly_wrong_accuses_nobody() -> None:
    found = judged(Target(STREET), walk((0, 20), (400, 0), (1000, 70), accuracy_m=60), rest=False)
    assert (found.word, found.reason, found.ratio) == ("cannot_tell", "bad_fixes", 0.0)


def test_while_the_window_is_open_nothing_is_missed() -> None:
    samples = samples_of(Target(STREET), STEP_M)
    seen = see(Target(STREET), samples, walk((0, 0), (300, 0)), window(), RULES)
    found = result_of(Target(STREET), samples, [seen], window(), RULES, over=False)
    assert (found.word, found.false_accusation_rate) == ("open", None)


def test_parts_of_a_line_are_looked_at_each_by_itself() -> None:
    streets = shapely.union_all([line((0, 0), (300, 0)), line((0, 500), (300, 500))])
    found = judged(Target(streets), walk((0, 0), (300, 0)))
    assert found.ratio == pytest.approx(0.5, abs=0.01)
    assert len(found.missed.geoms) == 1
    assert found.figures["longest_gap_m"] == pytest.approx(300, abs=0.1)


def test_a_bent_line_is_missed_along_its_bends() -> None:
    bent = line((0, 0), (200, 0), (200, 200), (400, 200))
    found = judged(Target(bent), walk((0, 3000), (6000, 3000)))
    assert length_m(found.missed) == pytest.approx(600, abs=3)
    assert shapely.hausdorff_distance(found.missed, bent) < 5e-5


@pytest.mark.parametrize(
    "geometry",
    [shapely.LineString(), line((0, 0), (0, 0)), line((0, 0), (200_000, 0)), shapely.MultiPoint([(0, 0)])],
)
def test_what_cannot_be_patrolled_is_refused(geometry: Any) -> None:
    with pytest.raises(InvalidInput):
        target = Target(geometry)
        assert target.kind
        samples_of(target, STEP_M)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-300, 1300), st.floats(-60, 60)), min_size=2, max_size=8),
    st.floats(3, 60),
)
def test_covered_is_what_shapely_says_of_the_buffered_track(
    corners: list[tuple[float, float]], accuracy_m: float
) -> None:
    """An independent implementation: samples inside of the buffer around the way between fixes."""
    way = walk(*corners, (0.0, 30.0), every_s=15, accuracy_m=accuracy_m)
    found = judged(Target(STREET), way, hours=6)
    reach = max(BUFFER_M, accuracy_m) if accuracy_m <= 50 else 0.0
    x = np.column_stack([way.lon, way.lat])
    scale = np.array([GEOD.inv(116.33, 39.98, 116.331, 39.98)[2], GEOD.inv(116.33, 39.98, 116.33, 39.981)[2]])
    metres = (x - [116.33, 39.98]) * scale * 1000
    samples = (np.arange(200) + 0.5) * 5.0
    distance = shapely.distance(shapely.linestrings(metres), shapely.points(samples, np.zeros(200)))
    clear = np.abs(distance - reach) > 0.2
    if reach and clear.all():
        assert found.ratio == pytest.approx(float(np.mean(distance < reach)), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.permutations(list(range(5))))
def test_the_order_and_number_of_parts_change_nothing(order: list[int]) -> None:
    samples = samples_of(Target(STREET), STEP_M)
    tracks = [walk((200 * n, n), (200 * n + 150, -n), begin_s=100 * n) for n in range(5)]
    parts = [see(Target(STREET), samples, each, window(), RULES) for each in tracks]
    whole = united(parts, len(samples))
    again = united([parts[n] for n in order], len(samples))
    for name in ("sample", "since_us", "until_us", "inside_us", "likely"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))


def test_a_part_is_packed_as_it_is_and_always_alike() -> None:
    samples = samples_of(Target(STREET), STEP_M)
    seen = see(Target(STREET), samples, walk((0, 0), (700, 0)), window(), RULES)
    assert seen.pack() == Seen.unpack(seen.pack()).pack()


def test_a_track_of_one_place_covers_its_surroundings() -> None:
    found = judged(Target(STREET), track([(500, 0)], [100]))
    assert found.figures["covered"] == pytest.approx(2 * BUFFER_M, abs=STEP_M)

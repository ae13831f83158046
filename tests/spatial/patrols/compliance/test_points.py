"""Points: dwell within a radius, accuracies, visits; plans of several points in order."""

from __future__ import annotations

import numpy as np
import pytest

from spatial.patrols.compliance.results import Result, result_of, together
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import see
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track, joined
from tests.spatial.patrols.compliance.ground import START_US, point, track, walk, window, with_rest

RULES = Rules()


def judged(target: Target, way: Track, rules: Rules = RULES, recorded: bool = False) -> Result:
    samples = samples_of(target, rules.step_m)
    seen = see(target, samples, with_rest(way) if len(way) else way, window(), rules)
    return result_of(target, samples, [seen], window(), rules, recorded=recorded)


def stay(seconds: float, x: float = 0.0, begin_s: float = 600.0, accuracy_m: float = 5.0) -> Track:
    """Come from the west, stand, and go on to the east."""
    come = walk((x - 600, 0), (x, 0), begin_s=begin_s - 500, accuracy_m=accuracy_m)
    stood = track([(x, 0)] * int(seconds // 10), begin_s + 10 * np.arange(1, seconds // 10 + 1), accuracy_m)
    leave = walk((x, 0), (x + 600, 0), begin_s=begin_s + seconds, accuracy_m=accuracy_m)
    return joined([come, stood, leave])


@pytest.mark.parametrize(("stood_s", "done"), [(60, False), (270, True), (300, True)])
def test_the_time_inside_the_circle_is_measured_between_the_fixes(stood_s: float, done: bool) -> None:
    # In and out at 1.2 m/s through a radius of 20 m take a third of a minute more.
    found = judged(Target(point(0, 0), radius_m=20, dwell_s=300), stay(stood_s))
    assert found.figures["dwell_s"] == pytest.approx(stood_s + 2 * 20 / 1.2, abs=0.1)
    assert (found.word == "done") == done


def test_first_and_last_moment_are_those_at_the_edge() -> None:
    found = judged(Target(point(0, 0), radius_m=20, dwell_s=0), stay(100))
    assert found.figures["first_us"] == pytest.approx(START_US + (600 - 20 / 1.2) * 1e6, abs=1e5)
    assert found.figures["last_us"] == pytest.approx(START_US + (700 + 20 / 1.2) * 1e6, abs=1e5)


@pytest.mark.parametrize(("away_m", "accuracy_m", "done"), [(30, 5, False), (30, 35, True), (19, 5, True)])
def test_the_radius_is_widened_by_bad_accuracy(away_m: float, accuracy_m: float, done: bool) -> None:
    found = judged(Target(point(away_m, 0), radius_m=20, dwell_s=60), stay(120, x=0, accuracy_m=accuracy_m))
    passed = walk((0, 0), (600, 0), begin_s=720)
    assert (found.word == "done") == done or len(passed) == 0


def test_a_visit_that_is_left_for_a_moment_is_one_and_only_time_inside_counts() -> None:
    out = walk((0, 0), (60, 0), (0, 0), begin_s=700)
    way = joined([stay(100), out])
    found = judged(Target(point(0, 0), radius_m=20), joined([out]))
    assert found.figures["visits"] == 1
    assert found.figures["dwell_s"] == pytest.approx(2 * 20 / 1.2, abs=0.5)
    assert len(way) > len(out)


def test_a_record_on_the_spot_is_a_visit() -> None:
    target = Target(point(0, 0), dwell_s=300)
    found = judged(target, Track.none(), recorded=True)
    assert (found.word, found.reason, found.probability, found.missed) == ("done", "record", 1.0, None)


def test_somebody_elsewhere_missed_the_point() -> None:
    target = Target(point(0, 0), dwell_s=60)
    found = judged(target, walk((3000, 0), (9000, 0), every_s=10))
    assert (found.word, found.probability) == ("missed", 0.0)
    assert found.missed.equals(target.geometry)


@pytest.mark.parametrize(("away_m", "low", "high"), [(0, 0.98, 1.0), (20, 0.3, 0.55), (60, 0.0, 0.01)])
def test_the_probability_falls_with_the_distance(away_m: float, low: float, high: float) -> None:
    found = judged(Target(point(away_m, 0), radius_m=20, dwell_s=100), stay(300, accuracy_m=10))
    # The best stay near by is the one in the middle: its median lies there.
    assert low <= found.probability <= high


def test_points_in_order() -> None:
    targets = [Target(point(x, 0)) for x in (0, 300, 600)]
    forth, back = walk((-200, 0), (900, 0)), walk((900, 0), (-200, 0))
    in_order = Rules(in_order=True)
    for way, rules, word, order in (
        (forth, in_order, "done", 1.0), (back, in_order, "partly", 1 / 3), (back, RULES, "done", 1 / 3),
    ):  # fmt: skip
        whole = together(targets, [judged(each, way, rules) for each in targets], rules)
        assert (whole.word, whole.figures["in_order"]) == (word, pytest.approx(order))


def test_a_plan_is_judged_by_its_targets_and_their_weights() -> None:
    targets = [Target(point(0, 0), weight=3), Target(point(5000, 0))]
    way = walk((-4000, 0), (700, 0), every_s=10)
    whole = together(targets, [judged(each, way) for each in targets], RULES)
    assert (whole.word, whole.ratio, whole.figures["done"]) == ("partly", 0.75, 1)
    assert whole.missed.geom_type == "MultiPoint"
    rate = whole.false_accusation_rate
    assert rate is not None
    assert rate <= 0.01

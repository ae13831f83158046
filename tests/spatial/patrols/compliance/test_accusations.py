"""Nobody is accused of what a record cannot tell: fast movers, silent companions, silences, and order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spatial.patrols.compliance.results import Result, together
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import see
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track, joined
from spatial.patrols.compliance.waits import longest_waits_s
from spatial.patrols.compliance.walkers import USUAL_MPS
from spatial.patrols.plans.judging import judge_target
from tests.spatial.patrols.compliance.ground import area, line, point, track, walk, window

RULES = Rules()
STREET = Target(line((0, 0), (1000, 0)))
SMALL = Target(area((0, 0), (200, 0), (200, 50), (0, 50)), revisit_s=3000)


def judged(target: Target, *movers: Track, rules: Rules = RULES, over: bool = True) -> Result:
    samples = samples_of(target, rules.step_m)
    parts = {n: [see(target, samples, each, window(), rules)] for n, each in enumerate(movers)}
    return judge_target(target, parts, window(), rules, over)


def around(*ways: Track, until_s: float = 7200, every_s: float = 10.0) -> Track:
    """Stand 2 km off the rest of two hours, with a phone that is on."""
    taken = np.concatenate([(each.time_us - walk((0, 0), (1, 0)).time_us[0]) / 1e6 for each in ways])
    times = np.arange(0, until_s, every_s)
    free = [t for t in times.tolist() if np.abs(taken - t).min() > every_s and not taken[0] < t < taken[-1]]
    return joined([*ways, track([(0, 2000)] * len(free), free)])


def test_a_car_with_few_fixes_cannot_be_told_to_have_missed_a_street() -> None:
    """Up and down past it all the time at 15 m/s, with a fix each 30 s: 450 m apart, so no way is known."""
    legs = [(x, 0) for _ in range(40) for x in (-1300, 1300)]
    drive = walk(*legs, every_s=30, speed=15)
    assert judged(STREET, replace(drive, usual_mps=USUAL_MPS["car"])).word in ("cannot_tell", "done")
    once = walk((-40_000, 0), (41_000, 0), every_s=30, speed=15)
    found = judged(STREET, replace(once, usual_mps=USUAL_MPS["car"]))
    assert (found.word, found.reason) == ("cannot_tell", "bad_fixes")
    assert found.false_accusation_rate is not None
    assert found.false_accusation_rate > 0.05


def test_a_car_with_many_fixes_is_found_out() -> None:
    elsewhere = walk(*[(x, 3000) for _ in range(20) for x in (-2000, 2000)], every_s=5, speed=15)
    found = judged(STREET, replace(elsewhere, usual_mps=USUAL_MPS["car"]))
    assert (found.word, found.ratio) == ("missed", 0.0)


def test_rates_are_of_the_worst_phone_of_those_who_go_together() -> None:
    good = walk((0, 3000), (8640, 3000))
    assert judged(STREET, good, good).word == "missed"
    found = judged(STREET, good, Track.none())
    assert (found.word, found.reason, found.false_accusation_rate) == ("cannot_tell", "no_fixes", 1.0)
    short = walk((0, 3000), (100, 3000))
    assert judged(STREET, good, short).reason == "few_fixes"
    assert judged(STREET, walk((0, 0), (1000, 0)), Track.none()).word == "done"


def round_at(begin_s: float) -> Track:
    return walk((-50, 25), (250, 25), begin_s=begin_s)


def test_a_round_too_few_is_told_with_its_rate() -> None:
    found = judged(SMALL, around(round_at(1800)))
    assert (found.word, found.reason) == ("partly", "revisit")
    assert found.false_accusation_rate is not None
    assert found.false_accusation_rate <= RULES.accuse_at_most


def test_a_wait_in_which_the_phone_was_silent_accuses_nobody() -> None:
    """From 2050 s to 5000 s nobody knows: a round may lie there."""
    whole = around(round_at(1800))
    seconds = (whole.time_us - window()[0]) / 1e6
    silent = whole._at((seconds < 2100) | (seconds > 5000))
    found = judged(SMALL, silent)
    assert (found.word, found.reason) == ("cannot_tell", "few_fixes")
    assert found.figures["kept"] == 0.0


def test_what_is_still_to_come_is_no_wait() -> None:
    found = judged(SMALL, around(round_at(1800), until_s=2400), over=False)
    assert (found.word, found.reason) == ("open", "")


def test_who_stays_while_another_comes_and_goes_has_not_left() -> None:
    begin, end = window()
    seen = see(STREET, samples_of(STREET, 5), Track.none(), window(), RULES)
    visits = np.array([[begin, end - 1_000_000], [begin + 100, begin + 200]])
    both = replace(seen, sample=np.zeros(2, np.int32), since_us=visits[:, 0], until_us=visits[:, 1])
    np.testing.assert_array_equal(longest_waits_s(both, 1, (begin, end)), [1.0])


ORDERED = Rules(in_order=True)
POINTS = [Target(point(x, 0)) for x in (0, 300, 600)]


def in_order(*ways: Track, targets: list[Target] = POINTS, over: bool = True) -> Result:
    found = [judged(each, *ways, rules=ORDERED, over=over) for each in targets]
    return together(targets, found, ORDERED)


def test_the_wrong_order_is_told_with_its_rate() -> None:
    found = in_order(around(walk((900, 0), (-200, 0), begin_s=600)))
    assert (found.word, found.reason, found.false_accusation_rate) == (
        "partly",
        "order",
        0.0025,
    )


def test_an_order_is_not_known_where_the_phone_was_silent() -> None:
    whole = around(walk((900, 0), (-200, 0), begin_s=3000))
    seconds = (whole.time_us - window()[0]) / 1e6
    found = in_order(whole._at((seconds < 600) | (seconds > 2800)))
    assert (found.word, found.reason) == ("cannot_tell", "few_fixes")
    alone = in_order(whole, Track.none())
    assert (alone.word, alone.reason) == ("cannot_tell", "few_fixes")


def test_an_order_within_the_gaps_of_a_phone_is_not_known() -> None:
    near = [Target(point(x, 0)) for x in (0, 30)]
    way = walk((-900, 0), (900, 0), every_s=100, begin_s=600)
    assert in_order(around(walk((900, 0), (-900, 0), every_s=100, begin_s=600)), targets=near).word == "done"
    assert in_order(around(way), targets=near).word == "done"


def test_passing_a_point_on_the_way_to_another_is_no_fault() -> None:
    way = walk((900, 0), (-200, 0), (900, 0), begin_s=600)
    assert in_order(around(way)).word == "done"


def test_an_order_can_be_mended_while_there_is_time() -> None:
    found = in_order(around(walk((900, 0), (-200, 0), begin_s=600), until_s=2400), over=False)
    assert (found.word, found.reason) == ("open", "order")

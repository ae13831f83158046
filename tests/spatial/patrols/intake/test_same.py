"""The same fixes leave the same tables: sent again, shuffled, in other batches, by two writers at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest

from spatial.patrols.intake import Sent
from spatial.patrols.protocols.fixes import Fixes, Flag, Source, joined
from tests.spatial.patrols.intake.yard import NOW, PEOPLE, Yard, chosen, one, parts, us, walk

COUNT = 400


def day() -> Fixes:
    """A walk with all that may come: doubles, bad ones, others of one second, shifted ones, late ones."""
    fixes = joined(
        [walk(COUNT), walk(40, seed=2, end=NOW - timedelta(days=2)), walk(5, end=NOW - timedelta(days=400))]
    )
    fixes = joined([fixes, chosen(fixes, slice(10, 20)), one(NOW, np.nan, 95.0), one(NOW, 0, 0)])
    fixes = joined([fixes, one(NOW + timedelta(hours=3), 116.31, 39.91), one(NOW, 116.31, 39.91, datum=2)])
    fixes["flags"][30:35] = Flag.MOCK
    fixes["accuracy_m"][50:60] = 400
    for row in (3, 7, 200):
        fixes["extra"][row] = {"row": row, "word": "'\\\" \u4e2d"}
    return fixes


def test_sent_again_nothing_changes(yard: Yard) -> None:
    sent = yard.walked(day())
    first = yard.take(sent)[0]
    held = yard.held()
    again = [yard.take(sent)[0] for _ in range(2)]
    assert yard.held() == held
    assert (first.new, first.known) == (len(sent) - 10, 10)
    assert [(each.new, each.known, each.batch) for each in again] == [(0, len(sent), None)] * 2
    assert len(held["fix"]) == first.new == len({row[:3] for row in held["fix"]})


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_in_other_batches_it_is_bit_equal(yard: Yard, seed: int) -> None:
    fixes, rng = day(), np.random.default_rng(seed)
    yard.take(yard.walked(fixes), yard.walked(fixes, 1))
    held = yard.held()
    yard.empty()
    mixed = chosen(fixes, rng.permutation(len(fixes["lon"])))
    sizes = np.diff([0, *sorted(rng.choice(len(mixed["lon"]), 7, replace=False)), len(mixed["lon"])])
    batches = [(part, who) for who in (0, 1) for part in parts(mixed, sizes.tolist())]
    for place in rng.permutation(len(batches)).tolist():
        yard.take(yard.walked(*batches[place]))
    assert yard.held() == held


def test_two_writers_with_the_same_fixes_make_one_of_each(yard: Yard) -> None:
    fixes = day()
    yard.take(*(yard.walked(fixes, who) for who in range(PEOPLE)))
    held = yard.held()
    yard.empty()
    counts: list[int] = []
    with yard.writer() as first, yard.writer() as second:

        def send(seed: int, writer: object) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(3):
                for who in rng.permutation(PEOPLE).tolist():
                    mixed = chosen(fixes, rng.permutation(len(fixes["lon"])))
                    futures = [
                        writer.put(yard.walked(part, who))
                        for part in parts(mixed, [len(mixed["lon"]) - 90, 90])
                    ]  # type: ignore[attr-defined]
                    counts.extend(future.result().new for future in futures)

        threads = [threading.Thread(target=send, args=pair) for pair in ((1, first), (2, second), (3, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert yard.held() == held
    assert sum(counts) == len(held["fix"]), "each fix is new for one sender and known for all others"


def test_the_marker_only_moves_forwards_and_never_to_a_bad_fix(yard: Yard) -> None:
    def where() -> tuple[object, float]:
        return yard.ask("SELECT time, lon FROM last_position")[0]

    yard.take(yard.walked(one(NOW - timedelta(minutes=5), 116.301, 39.901)))
    yard.take(yard.walked(one(NOW - timedelta(minutes=50), 116.302, 39.901, flags=Flag.BACKFILL)))
    assert where() == (NOW - timedelta(minutes=5), 116.301)
    for bad in ({"flags": Flag.MOCK}, {"accuracy_m": 500}, {"flags": Flag.NOT_POSITIONED}):
        yard.take(yard.walked(one(NOW - timedelta(minutes=4), 116.303, 39.901, **bad)))
    yard.take(yard.walked(one(NOW + timedelta(hours=1), 116.303, 39.901)))
    yard.take(yard.walked(one(NOW - timedelta(minutes=4), 216.303, 39.901)))
    assert where() == (NOW - timedelta(minutes=5), 116.301)
    yard.take(yard.walked(one(NOW - timedelta(minutes=3), 116.304, 39.901)))
    assert where() == (NOW - timedelta(minutes=3), 116.304)


def test_two_fixes_of_one_moment_both_stay_and_the_same_one_is_shown(yard: Yard) -> None:
    two = [yard.walked(one(NOW, lon, 39.901)) for lon in (116.301, 116.302)]
    shown = []
    for order in (two, two[::-1]):
        yard.empty()
        for sent in order:
            yard.take(sent)
        assert yard.ask("SELECT count(*) FROM fix") == [(2,)]
        shown.append(yard.ask("SELECT lon, mark FROM last_position"))
    assert shown[0] == shown[1]


def test_a_commit_is_told_once_with_who_has_moved(yard: Yard) -> None:
    late = one(NOW - timedelta(hours=1), 116.3, 39.9)
    (first,) = yard.take(yard.walked(walk(10)))
    moved, still, nothing = yard.take(yard.walked(walk(10), 1), yard.walked(late), yard.walked(walk(10)))
    assert (moved.batch, still.batch, nothing.batch) == (moved.batch, moved.batch, None)
    rows = yard.ask("SELECT id, movers, count FROM fix_batch ORDER BY id")
    assert rows == [(first.batch, [yard.movers[0]], 10), (moved.batch, [yard.movers[1]], 11)]
    assert (moved.new, still.new, nothing.new, nothing.known) == (10, 1, 0, 10)


def test_days_are_marked_while_somebody_grades_and_no_mark_is_lost(yard: Yard) -> None:
    yard.take(yard.walked(walk(3)))
    [(marks,)] = yard.ask("SELECT DISTINCT marks FROM track_dirty")
    yard.take(yard.walked(walk(3, seed=5)))
    gone = yard.ask("DELETE FROM track_dirty WHERE marks = %s RETURNING day", marks)
    assert gone == [], "what was read before the second batch no longer fits"
    yard.take(yard.walked(walk(3)))
    assert yard.ask("SELECT DISTINCT marks FROM track_dirty") == [(marks + 1,)], "nothing new came"


def test_a_fix_near_midnight_has_to_do_with_two_days(yard: Yard) -> None:
    midnight = (NOW - timedelta(days=1)).replace(hour=16, minute=0, second=0)
    yard.take(yard.walked(one(midnight - timedelta(minutes=10), 116.3, 39.9)))
    days = [day for (day,) in yard.ask("SELECT day FROM track_dirty ORDER BY 1")]
    assert len(days) == 2 and (days[1] - days[0]).days == 1


def test_the_same_place_a_hair_apart_is_the_same_fix(yard: Yard) -> None:
    sent = [Sent(one(NOW, 116.3 + off, 39.9), Source.OWN, mover=yard.movers[0]) for off in (0, 2e-7, 2e-6)]
    assert [each.new for each in yard.take(*sent)] == [1, 0, 1]
    assert us(NOW) % 1_000_000 == 0

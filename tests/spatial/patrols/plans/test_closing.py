"""When a due patrol is judged for good: not before its tracks are graded, and not without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from spatial.patrols.plans import judging
from tests.spatial.patrols.plans.test_judging import DAY, Town, away, town

__all__ = ["town"]

OVER = datetime(2026, 9, 22, 4, tzinfo=UTC)
"""Noon of the day, when the window ends."""
SOON, LATE = OVER + timedelta(hours=1), OVER + timedelta(hours=7)


def dirty(town: Town) -> None:
    town.connection.execute("INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)", (town.movers[0], DAY))


def close(town: Town, now: datetime) -> list[int]:
    return [due for due in judging.over(town.connection, now) if judging.close(town.connection, due, now)]


def test_a_patrol_waits_until_its_tracks_are_graded(town: Town) -> None:
    plan = town.plan()
    town.follow(0, away())
    dirty(town)
    assert not judging.is_over(town.connection, SOON)
    assert close(town, SOON) == []
    (found,) = town.results(plan)
    assert (found["word"], found["closed_at"], found["to_be_graded"]) == ("open", None, True)
    town.connection.execute("DELETE FROM track_dirty")
    assert len(close(town, SOON)) == 1
    (found,) = town.results(plan)
    assert (found["word"], found["to_be_graded"]) == ("missed", False)


def test_whoever_is_not_graded_in_time_is_not_accused_and_is_judged_later(town: Town) -> None:
    plan = town.plan()
    town.follow(0, away())
    dirty(town)
    assert len(close(town, LATE)) == 1
    (found,) = town.results(plan)
    assert (found["word"], found["reason"], found["closed_at"]) == ("cannot_tell", "not_graded", LATE)
    assert close(town, LATE + timedelta(days=1)) == []
    town.connection.execute("DELETE FROM track_dirty")
    # Also where grading comes to the same as before, and so has nobody to tell.
    assert len(close(town, LATE + timedelta(days=1))) == 1
    (found,) = town.results(plan)
    assert (found["word"], found["reason"], found["closed_at"]) == ("missed", "", LATE)
    assert close(town, LATE + timedelta(days=1)) == []


def test_days_of_others_and_other_days_are_not_waited_for(town: Town) -> None:
    town.plan()
    run = town.connection.execute
    run("INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)", (town.movers[1], DAY))
    run("INSERT INTO track_dirty (mover_id, day) VALUES (%s, %s)", (town.movers[0], DAY + timedelta(days=2)))
    assert len(close(town, SOON)) == 1

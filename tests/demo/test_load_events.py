"""The life of the demo's events: every time line replays to the state that its event is in."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import psycopg

from spatial.events.lifecycle_verbs import STAGES, WAY, Taken, replay


def test_every_time_line_leads_to_the_state_of_its_event(city: psycopg.Connection[Any]) -> None:
    events = {
        key: facts
        for key, *facts in city.execute(
            "SELECT id, state, returned_count, redispatched_count, escalated_level FROM event"
        )
    }
    steps = city.execute(
        "SELECT event_id, verb, from_state, to_state, at FROM event_step ORDER BY event_id, id"
    )
    lines = {key: [Taken(*row[1:]) for row in rows] for key, rows in groupby(steps, key=lambda row: row[0])}
    assert lines.keys() == events.keys()
    for key, line in lines.items():
        assert list(replay(line)) == events[key]
        moments = [step.at for step in line]
        assert moments == sorted(moments)
    assert 100 < sum(facts[1] for facts in events.values()) < len(events) / 10


def test_moments_and_deadlines_are_those_of_the_steps(city: psycopg.Connection[Any]) -> None:
    for state in WAY[1:]:
        wrong = city.execute(
            f"SELECT count(*) FROM event AS e WHERE {state}_at IS DISTINCT FROM"  # noqa: S608
            " (SELECT max(at) FROM event_step AS s"
            " WHERE s.event_id = e.id AND s.to_state = %s AND s.verb <> 'return')",
            (state,),
        ).fetchone()
        assert wrong == (0,), state
    due = dict(city.execute("SELECT state, bool_and(due_at IS NOT NULL) FROM event GROUP BY 1").fetchall())
    assert due == {state: state in STAGES for state in due}
    checked = city.execute(
        "SELECT bool_and(handled_on_time = (handled_at <= handle_due_at)),"
        " count(*) FILTER (WHERE handled_on_time), count(*) FILTER (WHERE NOT handled_on_time)"
        " FROM event WHERE handled_at IS NOT NULL"
    ).fetchone()
    assert checked is not None
    assert checked[0] is True
    assert min(checked[1:]) > 500


def test_only_what_is_under_way_is_looked_at(city: psycopg.Connection[Any]) -> None:
    row = city.execute(
        "SELECT (SELECT count(*) FROM event_watch), (SELECT count(*) FROM event WHERE due_at IS NOT NULL)"
    ).fetchone()
    assert row is not None
    assert row[0] == row[1] > 0

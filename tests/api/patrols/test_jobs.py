"""Patrols in the job process: made ahead, judged when their time is over, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from api.patrol_jobs import PatrolKeeper
from spatial.database import Database, session
from spatial.patrols.plans import dues, judging
from spatial.rights.reader import SYSTEM
from tests.api.patrols.rounds import make_due, mover_of, plan_of
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS


def test_what_is_due_is_made_and_what_is_over_is_judged(office: Office) -> None:
    plan = office["chief"].post("/api/patrol-plans", plan_of(mover_of(office)))["id"]
    office.rows("DELETE FROM patrol_due WHERE plan_id = %s RETURNING id", plan)
    office.rows("DELETE FROM track_dirty RETURNING day")
    keeper = PatrolKeeper(office.app_url)
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        keeper.tidy(database)
        ahead = office.rows("SELECT starts_at FROM patrol_due WHERE plan_id = %s", plan)
        assert dues.AHEAD_DAYS <= len(ahead) <= dues.AHEAD_DAYS + 1
        keeper.tidy(database)
        assert len(office.rows("SELECT id FROM patrol_due WHERE plan_id = %s", plan)) == len(ahead)
        make_due(office, plan)
        while True:
            with session(database, SYSTEM) as connection:
                claimed = keeper.claim(connection)
            if claimed is None:
                break
            assert claimed <= datetime.now(UTC)
            keeper.work(database, claimed)
    finally:
        database.close()
    found = office.rows(
        "SELECT r.word, r.reason FROM patrol_result AS r JOIN patrol_due AS d ON d.id = r.due_id"
        " WHERE d.plan_id = %s AND d.closed_at IS NOT NULL AND d.ends_at < now() - interval '15 min'",
        plan,
    )
    assert set(found) == {("cannot_tell", "no_fixes")}


def test_a_patrol_that_cannot_be_judged_waits_longer_each_time_and_holds_nobody_up(office: Office) -> None:
    movers = [mover_of(office, grid) for grid in GRIDS[:3]]
    plans = [office["chief"].post("/api/patrol-plans", plan_of(mover))["id"] for mover in movers]
    for plan in plans:
        make_due(office, plan)
    # Its rules are of a version that we are not.
    office.rows(
        "UPDATE patrol_due SET rules = '{\"x\": 1}' WHERE plan_id = %s AND ends_at < now() RETURNING id",
        plans[0],
    )
    state = "SELECT tries, try_at, closed_at FROM patrol_due WHERE plan_id = %s AND ends_at < now()"
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        now = datetime.now(UTC)
        judging.close_over(database, now)
        assert office.rows(state, plans[0]) == [(1, now + timedelta(seconds=30), None)]
        assert all(office.rows(state, plan)[0][2] is not None for plan in plans[1:])
        judging.close_over(database, now)
        assert office.rows(state, plans[0])[0][0] == 1
        judging.close_over(database, now + timedelta(minutes=2))
        assert office.rows(state, plans[0])[0][:2] == (2, now + timedelta(minutes=3))
        with session(database, SYSTEM) as connection:
            assert not judging.is_over(connection, now)
    finally:
        database.close()
        office.rows("DELETE FROM patrol_due WHERE plan_id = %s RETURNING id", plans[0])

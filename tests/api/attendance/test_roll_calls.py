"""Roll calls: rules, the call itself and who is told, what late fixes and signs correct, and by rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from api.roll_call_jobs import RollCaller
from spatial.database import Database, connect, session
from spatial.database.notify import CHANNEL
from spatial.patrols.attendance import calling
from spatial.patrols.columns import Columns
from spatial.patrols.days import ZONE, day_of
from spatial.rights.reader import SYSTEM
from tests.api.patrols.rounds import mover_of, send
from tests.api.places.town import at, wrong
from tests.api.planning import Json, Office
from tests.spatial.rights.town import GRIDS

ROLLS = "/api/roll-calls"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def database(office: Office) -> Iterator[Database]:
    opened = Database(office.app_url, pool_size=4)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_planned(office: Office) -> Iterator[None]:
    """Nobody has a shift unless a test says so, and no rule of another test comes due."""
    office.rows("DELETE FROM shift RETURNING id")
    yield
    office.rows("UPDATE roll_call SET retired = true, next_at = NULL RETURNING id")


def rule(office: Office, grid: str = GRIDS[0], who: str = "chief", **more: Any) -> Json:
    body = {"name": "早点名", "unit_code": grid, "times": ["08:30"], "grace_min": 10, **more}
    return office[who].post(ROLLS, body)


def call(office: Office, database: Database, moment: datetime, **more: Any) -> tuple[int, list[Json]]:
    """Let a rule's time be over: its moment was, and nothing was called since; gives rule and results."""
    made = rule(office, times=[f"{moment.astimezone(ZONE):%H:%M:%S}"], **more)
    office.rows(
        "UPDATE roll_call SET taken_until = %s, next_at = %s WHERE id = %s RETURNING id",
        moment - MINUTE, moment + 10 * MINUTE, made["id"],
    )  # fmt: skip
    with session(database, SYSTEM) as connection:
        while calling.call_due(connection, datetime.now(UTC)):
            pass
    return made["id"], results(office, made["id"], moment)


def results(office: Office, number: int, moment: datetime, who: str = "chief", more: str = "") -> list[Json]:
    path = f"{ROLLS}/{number}/results?day={day_of(moment)}{more}"
    return list(office[who].get(path)["results"])


def ago(minutes: float) -> datetime:
    return (datetime.now(UTC) - minutes * MINUTE).replace(microsecond=0)


def stood(office: Office, grid: str, where: str, moment: datetime, count: int = 5) -> None:
    """Let the worker of a grid stand in the middle of another for some minutes, told now."""
    times = (int(moment.timestamp()) + 10 * np.arange(count)) * 1_000_000
    lon, lat = at(where).values()
    mover = mover_of(office, grid)
    send(office, mover, Columns.of(times, np.full(count, lon), np.full(count, lat), accuracy_m=5.0))


def word(found: list[Json]) -> tuple[str, str]:
    (only,) = found
    return only["state"], only["why"]


def test_a_rule_is_written_changed_and_goes(office: Office) -> None:
    chief = office["chief"]
    made = rule(office, times=["17:00", "08:30", "08:30"], days="working", organisation="water")
    assert (made["times"], made["days"], made["organisation"]) == (
        ["08:30:00", "17:00:00"],
        "working",
        "water",
    )
    assert made["next_at"] is not None
    path = f"{ROLLS}/{made['id']}"
    assert chief.ask("GET", path).headers["etag"] == '"1"'
    changed = chief.ask("PATCH", path, json={"grace_min": 20}, headers={"if-match": '"1"'})
    assert (changed.json()["grace_min"], changed.headers["etag"]) == (20, '"2"')
    assert chief.ask("PATCH", path, json={"name": "x"}, headers={"if-match": '"1"'}).status_code == 412
    assert chief.ask("DELETE", path, headers={"if-match": '"1"'}).status_code == 412
    assert chief.ask("PATCH", path, json={"retired": True}).json()["next_at"] is None
    assert made["id"] in {each["id"] for each in chief.get(f"{ROLLS}?limit=1000")["roll_calls"]}
    assert chief.ask("DELETE", path).status_code == 204
    assert chief.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"times": []}, "times"), ({"times": ["08:30Z"]}, "times"), ({"times": ["25:00"]}, "times.0"),
        ({"grace_min": 0}, "grace_min"), ({"counts": "x"}, "counts"), ({"days": "x"}, "days"),
        ({"name": ""}, "name"), ({"retired": 1}, "retired"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_by_its_field(office: Office, sent: Json, field: str) -> None:
    body = {"name": "x", "unit_code": GRIDS[0], "times": ["08:00"], **sent}
    assert wrong(office["chief"].ask("POST", ROLLS, json=body)) == {field}


def test_rules_are_of_ones_own_area(office: Office) -> None:
    body = {"name": "x", "times": ["08:00"]}
    street = office["street 1"]
    for foreign in ({}, {"unit_code": GRIDS[7]}):
        assert street.ask("POST", ROLLS, json={**body, **foreign}).status_code == 403
    for who in ("field", "commander", "viewer", "analyst"):
        assert office[who].ask("POST", ROLLS, json={**body, "unit_code": GRIDS[0]}).status_code == 403, who
    number = rule(office, GRIDS[7])["id"]
    assert street.ask("GET", f"{ROLLS}/{number}").status_code == 404
    assert street.ask("PATCH", f"{ROLLS}/{number}", json={"name": "y"}).status_code == 404
    own = rule(office, GRIDS[0], "street 1")["id"]
    assert office["field"].ask("PATCH", f"{ROLLS}/{own}", json={"name": "y"}).status_code == 403
    assert street.ask("PATCH", f"{ROLLS}/{own}", json={"unit_code": GRIDS[7]}).status_code == 403


def test_a_silent_phone_proves_nothing_and_late_fixes_correct_it(office: Office, database: Database) -> None:
    moment = ago(60)
    number, found = call(office, database, moment, unit_code=GRIDS[2])
    assert word(found) == ("unknown_phone", "silent")
    assert found[0]["corrected_at"] is None
    stood(office, GRIDS[2], GRIDS[2], moment)
    (corrected,) = results(office, number, moment)
    assert (corrected["state"], corrected["why"]) == ("present", "in_grid")
    assert (corrected["first_state"], corrected["first_why"]) == ("unknown_phone", "silent")
    assert corrected["corrected_at"] > corrected["taken_at"]
    # Once more says nothing new.
    stood(office, GRIDS[2], GRIDS[2], moment + MINUTE)
    assert results(office, number, moment) == [corrected]
    assert results(office, number, moment, more="&state=absent") == []
    # What was called stays: the rule is retired.
    gone = office["chief"].ask("DELETE", f"{ROLLS}/{number}")
    assert (gone.status_code, gone.json()["retired"]) == (200, True)


def test_who_is_absent_is_told_once_by_two_processes(office: Office, database: Database) -> None:
    moment = ago(40)
    stood(office, GRIDS[3], GRIDS[7], moment)
    made = rule(office, GRIDS[3], times=[f"{moment.astimezone(ZONE):%H:%M:%S}"])
    office.rows(
        "UPDATE roll_call SET taken_until = %s, next_at = %s WHERE id = %s RETURNING id",
        moment - MINUTE, moment + 10 * MINUTE, made["id"],
    )  # fmt: skip

    def run(_: int) -> int:
        with session(database, SYSTEM) as connection:
            return calling.call_due(connection, datetime.now(UTC))

    with connect(office.url, autocommit=True) as ear:
        ear.execute(f'LISTEN "{CHANNEL}"')  # type: ignore[call-overload]
        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(run, range(2))) == 1
        notes = [json.loads(each.payload) for each in ear.notifies(timeout=1)]
    told = [each for each in notes if each["kind"] == "presence"]
    mover = mover_of(office, GRIDS[3])
    assert told == [{"kind": "presence", "what": "absent", "roll_call": made["id"], "movers": [mover]}]
    assert word(results(office, made["id"], moment)) == ("absent", "elsewhere")
    assert office["chief"].get(f"{ROLLS}/{made['id']}")["next_at"] > datetime.now(UTC).isoformat()


def test_a_late_sign_corrects_a_roll_call(office: Office, database: Database) -> None:
    moment = ago(90)
    office.rows("DELETE FROM sign WHERE mover_id = %s RETURNING id", mover_of(office, GRIDS[7]))
    number, found = call(office, database, moment, unit_code=GRIDS[7], counts="sign_in")
    assert word(found) == ("absent", "not_signed_in")
    sent = {"kind": "in", "at": (moment - 5 * MINUTE).isoformat()}
    assert office["field 8"].ask("POST", "/api/signs/mine", json=sent).status_code == 201
    (corrected,) = results(office, number, moment)
    assert (corrected["state"], corrected["first_state"]) == ("present", "absent")


def test_who_has_no_shift_then_is_excused(office: Office, database: Database) -> None:
    moment, mover = ago(70), mover_of(office, GRIDS[1])
    shift = {"starts_at": (moment - 300 * MINUTE).isoformat(), "ends_at": (moment - 200 * MINUTE).isoformat()}
    office["chief"].post("/api/shifts", {"shifts": [{"mover_id": mover, **shift}]})
    assert word(call(office, database, moment, unit_code=GRIDS[1])[1]) == ("excused", "no_shift")


def test_results_are_of_those_whom_one_may_see(office: Office, database: Database) -> None:
    moment = ago(50)
    number, found = call(office, database, moment, unit_code="990101")
    assert {mover_of(office, grid) for grid in (GRIDS[0], GRIDS[7])} <= {each["mover_id"] for each in found}
    first = office["chief"].get(f"{ROLLS}/{number}/results?day={day_of(moment)}&limit=1")
    more = office["chief"].get(
        f"{ROLLS}/{number}/results?day={day_of(moment)}&after={first['next']}".replace("+", "%2B")
    )
    assert first["results"] + more["results"] == found
    assert office["street 1"].ask("GET", f"{ROLLS}/{number}/results?day={day_of(moment)}").status_code == 404
    own = rule(office, GRIDS[0])["id"]
    office.rows(
        "INSERT INTO roll_call_result (roll_call_id, at, mover_id, state, why, first_state, first_why,"
        " counts, grace_min) SELECT %s, at, mover_id, state, why, state, why, counts, grace_min"
        " FROM roll_call_result WHERE roll_call_id = %s RETURNING mover_id",
        own, number,
    )  # fmt: skip
    assert {each["mover_id"] for each in results(office, own, moment, "field")} == {
        mover_of(office, GRIDS[0])
    }
    assert results(office, own, moment, "commander") != []


def test_the_job_calls_what_is_due(office: Office, database: Database) -> None:
    moment = ago(30)
    made = rule(office, times=[f"{moment.astimezone(ZONE):%H:%M:%S}"])
    office.rows(
        "UPDATE roll_call SET taken_until = %s, next_at = %s WHERE id = %s RETURNING id",
        moment - MINUTE, moment + 10 * MINUTE, made["id"],
    )  # fmt: skip
    caller = RollCaller(office.app_url)
    with session(database, SYSTEM) as connection:
        item = caller.claim(connection)
    assert item is not None
    caller.work(database, item)
    with session(database, SYSTEM) as connection:
        assert caller.claim(connection) is None
    caller.tidy(database)
    assert len(results(office, made["id"], moment)) == 1

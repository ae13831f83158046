"""Steps on the database: who may, what is kept, what two people at once do to each other."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.database import as_platform, connect
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.events import duplicates, lifecycle, timeline
from spatial.events.lifecycle import NotPossible, Stale, Taken, replay
from spatial.events.lifecycle_verbs import STAGES, VERBS
from spatial.rights.reader import Reader
from tests.spatial.events.desk import DISTRICT, GRIDS, STREETS, Town, middle


@pytest.fixture(scope="module")
def chief(town: Town) -> Reader:
    return town.reader("chief of steps")


@pytest.fixture(scope="module")
def organisations(town: Town) -> dict[str, int]:
    return dict(town.ask("SELECT code, id FROM organisation"))


def steps(town: Town, event: int) -> list[Taken]:
    rows = town.ask(
        "SELECT verb, from_state, to_state, at FROM event_step WHERE event_id = %s ORDER BY id", event
    )
    return [Taken(*row) for row in rows]


def column(town: Town, event: int, name: str) -> Any:
    return town.ask("SELECT to_jsonb(e) -> %s FROM event AS e WHERE id = %s", name, event)[0][0]


def to(town: Town, reader: Reader, state: str, **given: Any) -> int:
    """Take a report to a state."""
    return town.one(reader, until=state, **given)


def test_an_event_goes_its_way_to_the_end(town: Town, chief: Reader, organisations: dict[str, int]) -> None:
    event = town.one(chief, grid=GRIDS[1])
    town.step(chief, event, "accept")
    town.step(chief, event, "file")
    sent = town.step(chief, event, "dispatch")
    # The duty list of the town gives every second grid to the roads, and a person in each.
    assert sent.case.organisation_id == organisations["roads"]
    assert sent.case.worker_id is not None
    worker = town.reader(
        "handler", role="field_worker", reach="area", area=GRIDS[1],
        organisation_id=organisations["roads"], worker_id=sent.case.worker_id,
    )  # fmt: skip
    with pytest.raises(Forbidden):
        town.step(worker, event, "redispatch", to_organisation=organisations["water"])
    town.step(worker, event, "handle")
    with pytest.raises(Forbidden):
        town.step(worker, event, "verify")
    town.step(chief, event, "verify")
    last = town.step(chief, event, "close")
    assert last.case.state == "closed"
    assert last.case.handled_on_time is True
    assert replay(steps(town, event))[0] == "closed"
    assert town.ask("SELECT count(*) FROM explanation WHERE event_id = %s", event) == [(2,)]


def test_what_goes_back_is_counted(town: Town, chief: Reader, organisations: dict[str, int]) -> None:
    event = to(town, chief, "dispatched")
    owner = town.reader(
        "department",
        role="street_administrator",
        reach="organisation",
        organisation_id=organisations["water"],
    )
    town.step(owner, event, "return", note="不归我们管")
    assert column(town, event, "organisation_id") == organisations["water"]
    assert column(town, event, "worker_id") is None
    town.step(chief, event, "dispatch", to_organisation=organisations["roads"])
    with pytest.raises(NotFound):
        town.step(owner, event, "handle")
    town.step(chief, event, "redispatch", to_organisation=organisations["water"])
    done = town.step(owner, event, "handle")
    assert (done.case.returned_count, done.case.redispatched_count) == (1, 1)
    back = town.step(chief, event, "rework")
    assert (back.case.state, back.case.handled_on_time) == ("dispatched", None)
    assert replay(steps(town, event)) == ("dispatched", 1, 1, 0)


def test_escalation_climbs_to_the_top_and_no_further(town: Town, chief: Reader, organisations: Any) -> None:
    event = to(town, chief, "dispatched", grid=GRIDS[1])
    for level, code in enumerate((GRIDS[1][:12], GRIDS[1][:9], DISTRICT), 1):
        done = town.step(chief, event, "escalate")
        assert (done.case.escalated_level, done.case.state) == (level, "dispatched")
        assert done.case.organisation_id == organisations["water"]
        detail = town.ask("SELECT detail FROM event_step WHERE id = %s", done.step_id)[0][0]
        assert detail["unit"] == code
    with pytest.raises(NotPossible):
        town.step(chief, event, "escalate")


def test_escalation_leaves_what_the_own_organisation_sees(
    town: Town, chief: Reader, organisations: dict[str, int]
) -> None:
    """Lines above are of another organisation: the platform finds them, and gives the event away."""
    roads = town.reader(
        "roads by organisation", role="street_administrator", reach="organisation",
        organisation_id=organisations["roads"],
    )  # fmt: skip
    event = to(town, chief, "dispatched", grid=GRIDS[1])
    assert column(town, event, "organisation_id") == organisations["roads"]
    done = town.step(roads, event, "escalate")
    assert done.case.organisation_id == organisations["water"]
    name = town.ask("SELECT username FROM event_step WHERE id = %s", done.step_id)[0][0]
    assert name == "roads by organisation"
    with pytest.raises(NotFound):
        town.step(roads, event, "handle")
    named = to(town, chief, "dispatched", grid=GRIDS[1])
    done = town.step(roads, named, "escalate", to_organisation=organisations["water"])
    assert done.case.organisation_id == organisations["water"]


def test_as_the_platform_is_over_when_it_is_over(town: Town, chief: Reader) -> None:
    street = town.reader("street alone", role="street_administrator", reach="area", area=STREETS[1])
    hidden = town.one(chief, grid=GRIDS[0])
    ask = "SELECT count(*) FROM event WHERE id = %s"
    with town.as_reader(street) as connection:
        with as_platform(connection, street):
            assert connection.execute(ask, (hidden,)).fetchall() == [(1,)]
            assert connection.execute("SELECT my_account()").fetchall() == [(street.account_id,)]
        assert connection.execute(ask, (hidden,)).fetchall() == [(0,)]
        with pytest.raises(ZeroDivisionError), as_platform(connection, street):
            raise ZeroDivisionError
        assert connection.execute(ask, (hidden,)).fetchall() == [(0,)]


def test_what_the_store_refuses_is_forbidden(
    town: Town, chief: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = town.one(chief)

    def refuse(*_: Any) -> int:
        raise psycopg.errors.InsufficientPrivilege

    monkeypatch.setattr(lifecycle, "_write", refuse)
    with pytest.raises(Forbidden):
        town.step(chief, event, "accept")


def test_lines_of_a_part_or_of_other_hours_are_not_called_for(
    town: Town, chief: Reader, organisations: dict[str, int]
) -> None:
    code = GRIDS[3][:12]
    lon, lat = middle(GRIDS[7])
    now = datetime.now(UTC) + timedelta(hours=8)
    other = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[(now.weekday() + 3) % 7]
    town.ask(
        "INSERT INTO duty (unit_code, category, organisation_id, rank, area, hours) VALUES"
        " (%s, '01001', %s, 1, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 1e-4)), NULL),"
        " (%s, '01001', %s, 1, NULL, %s)",
        code, organisations["roads"], lon, lat, code, organisations["roads"], f"{other} 08:00-09:00",
    )  # fmt: skip
    event = to(town, chief, "dispatched", grid=GRIDS[3])
    assert town.step(chief, event, "escalate").case.organisation_id == organisations["water"]


def test_to_whom_it_goes_must_be_there(town: Town, chief: Reader, organisations: dict[str, int]) -> None:
    event = to(town, chief, "filed")
    worker, employer = town.ask("SELECT id, organisation_id FROM worker ORDER BY id LIMIT 1")[0]
    other = next(key for key in organisations.values() if key != employer)
    for given_, where in (
        ({"to_organisation": 10**9}, "to_organisation"),
        ({"to_worker": 10**9}, "to_worker"),
        ({"to_worker": worker, "to_organisation": other}, "to_worker"),
    ):
        with pytest.raises(InvalidInput) as refused:
            town.step(chief, event, "dispatch", **given_)
        assert refused.value.problems[0].where == where
    sent = town.step(chief, event, "dispatch", to_worker=worker)
    assert (sent.case.organisation_id, sent.case.worker_id) == (employer, worker)


def test_a_street_does_not_reach_into_another(town: Town, chief: Reader) -> None:
    event = town.one(chief, grid=GRIDS[0])
    other = town.reader("street two", role="street_administrator", reach="area", area=STREETS[1])
    with pytest.raises(NotFound):
        town.step(other, event, "accept")
    viewer = town.reader("viewer of steps", role="viewer")
    with pytest.raises(Forbidden):
        town.step(viewer, event, "accept")


def test_of_two_people_at_once_one_is_told_what_the_other_did(town: Town, chief: Reader) -> None:
    event = town.one(chief)
    tag = steps_tag(town, event)
    gate, errors = threading.Barrier(2), []

    def decide(verb: str) -> None:
        gate.wait()
        try:
            town.step(chief, event, verb, match=tag)
        except Conflict as error:
            errors.append(type(error))

    threads = [threading.Thread(target=decide, args=[verb]) for verb in ("accept", "reject")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == [Stale]
    assert len(steps(town, event)) == 2


def steps_tag(town: Town, event: int) -> int:
    return int(town.ask("SELECT max(id) FROM event_step WHERE event_id = %s", event)[0][0])


def test_a_merged_event_follows_the_one_that_stands(town: Town, chief: Reader) -> None:
    first, second, third = (town.one(chief, grid=GRIDS[2]) for _ in range(3))
    town.step(chief, third, "merge", into=second)
    town.step(chief, second, "merge", into=first)
    assert column(town, third, "merged_into") == column(town, second, "merged_into") == first
    with pytest.raises(InvalidInput):
        town.step(chief, first, "merge", into=third)
    late = town.one(chief, grid=GRIDS[2])
    assert town.step(chief, late, "merge", into=third).case.merged_into == first
    with town.as_reader(chief) as connection:
        assert timeline.described(connection, first)["merged"] == [second, third, late]
        kinds = [row["kind"] for row in timeline.timeline(connection, first)]
    assert kinds.count("merged") == 3


def test_nothing_is_merged_into_what_is_over_or_of_others(
    town: Town, chief: Reader, organisations: Any
) -> None:
    event = town.one(chief, grid=GRIDS[2])
    for state, verb in (("closed", None), ("reported", "cancel"), ("reported", "reject")):
        over = to(town, chief, state, grid=GRIDS[2])
        if verb:
            town.step(chief, over, verb)
        with pytest.raises(InvalidInput, match="into: is "):
            town.step(chief, event, "merge", into=over)
    street = town.reader(
        "street that merges", role="street_administrator", reach="area", area=STREETS[0],
        organisation_id=organisations["roads"],
    )  # fmt: skip
    ours = to(town, chief, "dispatched", grid=GRIDS[5])
    assert column(town, ours, "organisation_id") == organisations["roads"]
    with pytest.raises(Forbidden):
        town.step(street, event, "merge", into=ours)
    with pytest.raises(Forbidden):
        town.step(street, ours, "merge", into=event)


def test_a_tag_is_no_newer_than_what_is_read_with_it(
    town: Town, chief: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step between the two readings must not give the old state with the new tag."""
    event = town.one(chief)
    first, ask = steps_tag(town, event), lifecycle._tag

    def slow(connection: Any, key: int) -> int:
        tag = ask(connection, key)
        monkeypatch.setattr(lifecycle, "_tag", ask)
        town.step(chief, event, "accept")
        return tag

    monkeypatch.setattr(lifecycle, "_tag", slow)
    with town.as_reader(chief) as connection:
        case, tag = lifecycle.read_case(connection, event)
    assert (case.state, tag) == ("accepted", first)


def test_two_merges_that_cross_do_not_hang(town: Town, chief: Reader) -> None:
    for _ in range(5):
        one, other = town.one(chief), town.one(chief)
        gate, errors = threading.Barrier(2), []

        def merge(pair: tuple[int, int], gate: Any = gate, errors: list[Any] = errors) -> None:
            gate.wait()
            try:
                town.step(chief, pair[0], "merge", into=pair[1])
            except (InvalidInput, Conflict) as error:
                errors.append(error)

        threads = [threading.Thread(target=merge, args=[pair]) for pair in ((one, other), (other, one))]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(errors) == 1
        states = town.ask("SELECT state FROM event WHERE id = ANY (%s) ORDER BY 1", [one, other])
        assert states == [("merged",), ("reported",)]


def test_nobody_changes_the_time_line(town: Town, chief: Reader) -> None:
    event = town.one(chief)
    for statement in (
        "UPDATE event_step SET note = 'x' WHERE event_id = %s", "DELETE FROM event_step WHERE event_id = %s",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(town.url) as owner:
            owner.execute(statement, (event,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(town.url) as owner:
        owner.execute("TRUNCATE event_step CASCADE")
    with pytest.raises(psycopg.errors.ForeignKeyViolation), connect(town.url) as owner:
        owner.execute("DELETE FROM event WHERE id = %s", (event,))
    with pytest.raises(psycopg.errors.ForeignKeyViolation), connect(town.url) as owner:
        owner.execute(
            "INSERT INTO event_step (event_id, verb, to_state) VALUES (999999, 'report', 'reported')"
        )


def test_duplicates_are_proposed_with_reasons_and_decided_by_a_person(town: Town, chief: Reader) -> None:
    now, matter = datetime.now(UTC), town.ask("SELECT max(code) FROM matter")[0][0]
    first = town.one(chief, category=matter, grid=GRIDS[6], occurred_at=now - timedelta(hours=2))
    same = town.one(chief, category=matter, grid=GRIDS[6], occurred_at=now)
    town.one(chief, category=matter, grid=GRIDS[6], occurred_at=now - timedelta(days=8))
    town.one(chief, category=matter, grid=GRIDS[5], occurred_at=now)
    with town.as_reader(chief) as connection:
        assert duplicates.propose(connection, [same]) == 1
        assert duplicates.propose(connection, [same, first]) == 0
        (pair,) = duplicates.of_event(connection, same)
        (back,) = duplicates.of_event(connection, first)
    assert (pair["other_id"], back["other_id"], pair["status"]) == (first, same, "proposed")
    assert pair["score"] == pytest.approx(0.8 + 0.2 * (1 - 2 / 168), abs=2e-3)
    assert pair["reasons"]["same_matter"] is True
    assert pair["reasons"]["hours_apart"] == pytest.approx(2, abs=0.01)
    with town.as_reader(chief) as connection:
        duplicates.decide(connection, same, first, "refused")
        assert duplicates.propose(connection, [same]) == 0
        assert duplicates.of_event(connection, same)[0]["status"] == "refused"
    town.step(chief, same, "merge", into=first)
    assert town.ask("SELECT status FROM event_link WHERE event_id = %s", same) == [("confirmed",)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from(sorted(VERBS)), min_size=1, max_size=12))
def test_whatever_is_tried_the_store_is_what_the_steps_say(
    town: Town, chief: Reader, organisations: dict[str, int], verbs: list[str]
) -> None:
    """On the database: an illegal step changes nothing, a legal one is in the time line."""
    event, other = town.one(chief), town.one(chief)
    for number, verb in enumerate(verbs):
        given_: dict[str, Any] = {"into": other} if verb == "merge" else {}
        if verb == "redispatch":
            given_ = {"to_organisation": organisations[("water", "roads")[number % 2]]}
        before = town.ask("SELECT to_jsonb(e) FROM event AS e WHERE id = %s", event)
        try:
            town.step(chief, event, verb, **given_)
        except (Conflict, Forbidden, InvalidInput):
            assert town.ask("SELECT to_jsonb(e) FROM event AS e WHERE id = %s", event) == before
    row = town.ask(
        "SELECT state, returned_count, redispatched_count, escalated_level, due_at FROM event WHERE id = %s",
        event,
    )[0]
    assert replay(steps(town, event)) == row[:4]
    assert (row[4] is not None) == (row[0] in STAGES)
    with town.as_reader(chief) as connection:
        assert lifecycle.read_case(connection, event)[0].state == row[0]

"""The table of verbs by itself, and a machine that walks through it at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from spatial.errors import Conflict, Forbidden, InvalidInput
from spatial.events.lifecycle_verbs import (
    CENTRE,
    COMMAND,
    FIELD,
    OPEN,
    REPORTED,
    REPORTER,
    RESPONSIBLE,
    STAGES,
    VERBS,
    WAY,
    Asked,
    Case,
    NotPossible,
    Taken,
    after,
    check,
    parts_of,
    possible,
    replay,
)
from spatial.events.models import STATES
from spatial.rights.reader import Reader

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERYBODY = frozenset({CENTRE, COMMAND, FIELD, REPORTER, RESPONSIBLE})


class Hour:
    """Every stage takes an hour."""

    def due(self, stage: str, category: str, urgency: str, at: datetime) -> datetime:
        return at + timedelta(hours=1)


def case(state: str = REPORTED, **more: object) -> Case:
    return replace(Case(1, state, "01001", "ordinary"), **more)  # type: ignore[arg-type]


def test_every_state_is_reached_and_every_way_can_end() -> None:
    reached, edge = {REPORTED}, [REPORTED]
    while edge:
        state = edge.pop()
        following = {VERBS[name].to or state for name in possible(case(state))} - reached
        reached |= following
        edge += following
    assert reached == set(STATES)
    for state in OPEN:
        assert any((VERBS[name].to or state) != state for name in possible(case(state))), state
    assert set(STAGES) == OPEN


# The chain 上报 受理 立案 派遣 处置 核查 结案 and the ways beside it, written down once more by hand:
# state → verb → the state after it and who may, c centre, o command, f field, p reporter, r responsible.
BY_HAND: dict[str, dict[str, tuple[str, str]]] = {
    "reported": {
        "accept": ("accepted", "c"), "reject": ("rejected", "c"), "escalate": ("reported", "cr"),
        "supervise": ("reported", "o"), "merge": ("merged", "c"), "cancel": ("cancelled", "cp"),
    },
    "accepted": {
        "reject": ("rejected", "c"), "file": ("filed", "c"), "escalate": ("accepted", "cr"),
        "supervise": ("accepted", "o"), "merge": ("merged", "c"), "cancel": ("cancelled", "cp"),
    },
    "filed": {
        "dispatch": ("dispatched", "c"), "escalate": ("filed", "cr"), "supervise": ("filed", "o"),
        "merge": ("merged", "c"), "cancel": ("cancelled", "cp"),
    },
    "dispatched": {
        "redispatch": ("dispatched", "c"), "return": ("filed", "cr"), "handle": ("handled", "cr"),
        "escalate": ("dispatched", "cr"), "supervise": ("dispatched", "o"), "merge": ("merged", "c"),
        "cancel": ("cancelled", "cp"),
    },
    "handled": {
        "rework": ("dispatched", "cf"), "verify": ("verified", "cf"), "escalate": ("handled", "cr"),
        "supervise": ("handled", "o"),
    },
    "verified": {"rework": ("dispatched", "cf"), "close": ("closed", "c"), "supervise": ("verified", "o")},
    "closed": {"reopen": ("accepted", "o")},
    "rejected": {"reopen": ("accepted", "o")},
    "cancelled": {"reopen": ("accepted", "o")},
    "merged": {},
}  # fmt: skip
PARTS = {"c": CENTRE, "o": COMMAND, "f": FIELD, "p": REPORTER, "r": RESPONSIBLE}


@pytest.mark.parametrize("state", STATES)
def test_every_step_that_is_not_written_down_is_refused(state: str) -> None:
    """All states, verbs and sets of parts: what is possible is said and leads where it must; nothing else."""
    everybody = sorted(EVERYBODY)
    for parts in (frozenset(found) for n in range(6) for found in combinations(everybody, n)):
        may = {
            verb for verb, (_, letters) in BY_HAND[state].items() if parts & {PARTS[each] for each in letters}
        }
        now = case(state, organisation_id=5)
        assert set(possible(now, parts)) == may
        for verb in VERBS:
            asked = Asked(verb, "why", 3 if "to_organisation" in VERBS[verb].takes else None,
                          into=9 if verb == "merge" else None)  # fmt: skip
            if verb in may:
                check(now, asked, parts)
                assert after(now, asked, BEGIN, Hour()).state == BY_HAND[state][verb][0]
            else:
                with pytest.raises((NotPossible, Forbidden)):
                    check(now, asked, parts)


def test_from_everywhere_an_end_is_near_and_every_end_but_a_merger_can_be_undone() -> None:
    ends = {"closed", "rejected", "cancelled", "merged"}
    assert {state for state in STATES if state not in OPEN} == ends
    for state in OPEN:
        reached, steps = {state}, 0
        while not reached & ends:
            reached |= {to for each in reached for to, _ in BY_HAND[each].values()}
            steps += 1
        assert steps <= 2, state
    assert all(BY_HAND[state] for state in ends - {"merged"})


def test_no_verb_begins_or_ends_in_a_state_that_there_is_not() -> None:
    for verb in VERBS.values():
        assert verb.froms <= set(STATES)
        assert verb.to in (*STATES, "")
        assert verb.by <= EVERYBODY
    assert not possible(case("merged"))


def test_the_straight_way() -> None:
    at, now = BEGIN, case()
    for verb in ("accept", "file", "dispatch", "handle", "verify", "close"):
        at += timedelta(minutes=30)
        now = after(now, Asked(verb, to_organisation=7 if verb == "dispatch" else None), at, Hour())
    assert now.state == "closed"
    assert (now.valid, now.handled_on_time, now.due_at, now.organisation_id) == (True, True, None, 7)
    assert [getattr(now, f"{state}_at") for state in WAY[1:]] == [
        BEGIN + timedelta(minutes=30 * n) for n in range(1, 7)
    ]


def test_handled_too_late_is_said() -> None:
    sent = after(case("filed"), Asked("dispatch", to_organisation=7), BEGIN, Hour())
    assert sent.handle_due_at == sent.due_at == BEGIN + timedelta(hours=1)
    assert sent.close_due_at == BEGIN + timedelta(hours=3)
    assert after(sent, Asked("handle"), BEGIN + timedelta(hours=1), Hour()).handled_on_time is True
    assert (
        after(sent, Asked("handle"), BEGIN + timedelta(hours=1, seconds=1), Hour()).handled_on_time is False
    )


def test_an_illegal_step_says_which_are_possible() -> None:
    with pytest.raises(NotPossible, match="possible now: accept, reject"):
        check(case(), Asked("close"), frozenset({CENTRE}))
    with pytest.raises(NotPossible, match="no step of yours"):
        check(case("merged"), Asked("close"), EVERYBODY)
    with pytest.raises(InvalidInput, match="verb: is not one of"):
        check(case(), Asked("burn"), EVERYBODY)


@pytest.mark.parametrize(
    ("state", "asked", "where"),
    [
        ("reported", Asked("reject"), "note"),
        ("dispatched", Asked("return"), "note"),
        ("reported", Asked("merge"), "into"),
        ("reported", Asked("merge", into=1), "into"),
        ("reported", Asked("accept", to_organisation=3), "to_organisation"),
        ("reported", Asked("accept", into=3), "into"),
        ("dispatched", Asked("redispatch", "n"), "to_organisation"),
        ("dispatched", Asked("redispatch", "n", to_organisation=5, to_worker=6), "to_organisation"),
        ("reported", Asked("accept", "n" * 2001), "note"),
    ],
)
def test_what_a_step_needs_is_named(state: str, asked: Asked, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(case(state, organisation_id=5, worker_id=6), asked, EVERYBODY)
    assert [problem.where for problem in refused.value.problems] == [where]


def reader(role: str, reach: str = "city", **more: object) -> Reader:
    area = "990101001" if reach == "area" else None
    return Reader(1, role, role, role, reach=reach, area=area, **more)  # type: ignore[arg-type]


def test_who_has_which_part() -> None:
    sent = case("dispatched", organisation_id=5, worker_id=6, unit_code="990101001001001")
    assert parts_of(reader("commander"), sent) == {CENTRE, COMMAND}
    assert parts_of(reader("district_administrator", "area"), sent) == {CENTRE, COMMAND}
    assert parts_of(reader("street_administrator", "area"), sent) == {CENTRE}
    assert parts_of(reader("street_administrator", "organisation", organisation_id=5), sent) == {RESPONSIBLE}
    assert parts_of(reader("street_administrator", "organisation", organisation_id=4), sent) == set()
    assert parts_of(reader("field_worker", "area", worker_id=6, organisation_id=5), sent) == {RESPONSIBLE}
    # Of the same organisation, but it was given to somebody else.
    assert parts_of(reader("field_worker", "area", worker_id=9, organisation_id=5), sent) == {FIELD}
    assert parts_of(reader("viewer"), sent) == set()
    assert parts_of(reader("analyst"), sent) == set()
    mine = case(reported_by=1, unit_code="990101001001001")
    assert parts_of(reader("field_worker", "area"), mine) == {FIELD, REPORTER}


@pytest.mark.parametrize("unit", ["990101002001001", None])
def test_beyond_the_own_area_nobody_is_more_than_responsible(unit: str | None) -> None:
    """An event that is seen because the own organisation has it is not one of the own area."""
    beyond = case("dispatched", organisation_id=5, unit_code=unit)
    for role in ("district_administrator", "street_administrator", "commander"):
        assert parts_of(reader(role, "area", organisation_id=5), beyond) == {RESPONSIBLE}
        assert parts_of(reader(role, "area"), beyond) == set()
    given = replace(beyond, worker_id=6)
    assert parts_of(reader("field_worker", "area", organisation_id=5, worker_id=9), given) == set()
    assert parts_of(reader("commander"), beyond) == {CENTRE, COMMAND}


def test_what_goes_back_has_not_been_further() -> None:
    now = case("verified", organisation_id=7, accepted_at=BEGIN, filed_at=BEGIN, dispatched_at=BEGIN,
               handled_at=BEGIN, verified_at=BEGIN, handled_on_time=False)  # fmt: skip
    back = after(now, Asked("rework", "why"), BEGIN + timedelta(hours=1), Hour())
    assert (back.handled_at, back.verified_at, back.handled_on_time) == (None, None, None)
    assert back.filed_at == BEGIN
    closed = replace(now, state="closed", closed_at=BEGIN, handle_due_at=BEGIN, close_due_at=BEGIN)
    again = after(closed, Asked("reopen", "why"), BEGIN + timedelta(hours=1), Hour())
    assert [getattr(again, f"{state}_at") for state in WAY[2:]] == [None] * 5
    assert (again.handled_on_time, again.handle_due_at, again.close_due_at) == (None, None, None)
    assert again.accepted_at == BEGIN + timedelta(hours=1)


def test_nobody_verifies_what_they_handled_themselves() -> None:
    done = case("handled", organisation_id=5, worker_id=6, unit_code="990101001001001")
    mine = parts_of(reader("field_worker", "area", worker_id=6), done)
    with pytest.raises(Forbidden):
        check(done, Asked("verify"), mine)
    check(done, Asked("verify"), parts_of(reader("field_worker", "area", worker_id=7), done))


def test_a_time_line_with_a_gap_is_none() -> None:
    steps = [
        Taken("report", None, "reported", BEGIN),
        Taken("accept", "reported", "accepted", BEGIN),
        Taken("file", "accepted", "filed", BEGIN),
    ]
    assert replay(steps)[0] == "filed"
    for broken in ([], steps[1:], [steps[0], steps[2]], [*steps, Taken("close", "filed", "closed", BEGIN)]):
        with pytest.raises(Conflict):
            replay(broken)
    with pytest.raises(Conflict):
        replay([steps[0], replace(steps[1], to_state="filed")])


class Walk(RuleBasedStateMachine):
    """Takes steps at random, those that are possible and those that are not."""

    @initialize()
    def begin(self) -> None:
        self.at = BEGIN
        self.now = case(reported_by=1, due_at=BEGIN + timedelta(hours=1))
        self.steps = [Taken("report", None, REPORTED, self.at)]
        self.counts = {"return": 0, "redispatch": 0, "escalate": 0}

    @rule(
        verb=st.sampled_from(sorted(VERBS)),
        organisation=st.integers(2, 4),
        parts=st.sets(st.sampled_from(sorted(EVERYBODY))),
        wait=st.integers(0, 7200),
    )
    def take(self, verb: str, organisation: int, parts: set[str], wait: int) -> None:
        whom = verb in ("dispatch", "redispatch", "escalate")
        asked = Asked(verb, "why", organisation if whom else None, into=99 if verb == "merge" else None)
        legal = self.now.state in VERBS[verb].froms and bool(parts & VERBS[verb].by)
        same = verb == "redispatch" and (self.now.organisation_id, self.now.worker_id) == (organisation, None)
        try:
            check(self.now, asked, frozenset(parts))
        except (Conflict, Forbidden, InvalidInput):
            assert not legal or same
            return
        assert legal
        assert verb in possible(self.now, frozenset(parts))
        self.at += timedelta(seconds=wait)
        done = after(self.now, asked, self.at, Hour())
        self.steps.append(Taken(verb, self.now.state, done.state, self.at))
        if verb in self.counts:
            self.counts[verb] += 1
        self.now = done

    @invariant()
    def the_time_line_tells_it_all(self) -> None:
        now = self.now
        assert now.state in STATES
        counted = (now.returned_count, now.redispatched_count, now.escalated_level)
        assert replay(self.steps) == (now.state, *counted)
        assert counted == tuple(self.counts.values())
        assert (now.due_at is None) == (now.state not in OPEN)
        assert (now.closed_at is not None) == (now.state == "closed")
        assert (now.merged_into is not None) == (now.state == "merged")
        if now.state in ("handled", "verified", "closed"):
            assert now.organisation_id is not None
            assert now.handled_on_time is not None
        if now.state == "rejected":
            assert now.valid is False
        elif now.state in WAY[1:]:
            assert now.valid is True


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

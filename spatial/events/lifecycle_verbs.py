"""The way of an event (事件流转) as a table: which steps there are, from where, by whom, to where.

Pure: a case is a value, a step gives the next one. The database keeps the steps; `replay` makes the case of
them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from spatial.errors import Conflict, Forbidden, InvalidInput, Problem
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, COMMANDER, DISTRICT_ADMINISTRATOR, FIELD_WORKER, RESPONDERS

REPORTED, ACCEPTED, FILED, DISPATCHED = "reported", "accepted", "filed", "dispatched"
HANDLED, VERIFIED, CLOSED = "handled", "verified", "closed"
REJECTED, MERGED, CANCELLED = "rejected", "merged", "cancelled"

WAY = (REPORTED, ACCEPTED, FILED, DISPATCHED, HANDLED, VERIFIED, CLOSED)
"""The straight way."""
OPEN = frozenset(WAY) - {CLOSED}
"""States in which somebody has something to do."""
STAGES = {
    REPORTED: "accept", ACCEPTED: "file", FILED: "dispatch", DISPATCHED: "handle", HANDLED: "verify",
    VERIFIED: "close",
}  # fmt: skip
"""What is to be done next in a state: the stage that a deadline rule names."""

CENTRE, COMMAND, RESPONSIBLE, REPORTER, FIELD = "centre", "command", "responsible", "reporter", "field"
"""Parts that somebody may have in an event; see `parts_of`."""

HERE = ""
"""As `to`: the event stays in the state it is in."""


@dataclass(frozen=True)
class Verb:
    """One kind of step (流转动作)."""

    name: str
    title: str
    """What it is called in Chinese."""
    froms: frozenset[str]
    to: str
    """The state after it, or HERE."""
    by: frozenset[str]
    """Parts of which somebody must have one."""
    needs: tuple[str, ...] = ()
    """Fields of the step that must be given."""
    takes: tuple[str, ...] = ()
    """Fields that may be given beside the note."""


def _verb(
    name: str, title: str, froms: Iterable[str], to: str, by: str, needs: str = "", takes: str = ""
) -> Verb:
    return Verb(
        name, title, frozenset(froms), to, frozenset(by.split()), tuple(needs.split()), tuple(takes.split())
    )


_BEFORE_HANDLING = (REPORTED, ACCEPTED, FILED, DISPATCHED)
_WHOM = "to_organisation to_worker"

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        _verb("accept", "受理", [REPORTED], ACCEPTED, "centre"),
        _verb("reject", "不予受理", [REPORTED, ACCEPTED], REJECTED, "centre", "note"),
        _verb("file", "立案", [ACCEPTED], FILED, "centre"),
        _verb("dispatch", "派遣", [FILED], DISPATCHED, "centre", "", _WHOM),
        _verb("redispatch", "改派", [DISPATCHED], DISPATCHED, "centre", "note", _WHOM),
        _verb("return", "退回", [DISPATCHED], FILED, "responsible centre", "note"),
        _verb("handle", "处置", [DISPATCHED], HANDLED, "responsible centre"),
        _verb("rework", "返工", [HANDLED, VERIFIED], DISPATCHED, "centre field", "note"),
        _verb("verify", "核查", [HANDLED], VERIFIED, "centre field"),
        _verb("close", "结案", [VERIFIED], CLOSED, "centre"),
        _verb("escalate", "升级", (*_BEFORE_HANDLING, HANDLED), HERE, "responsible centre", "note", _WHOM),
        _verb("supervise", "督办", sorted(OPEN), HERE, "command", "note"),
        _verb("merge", "合并", _BEFORE_HANDLING, MERGED, "centre", "into", "into"),
        _verb("cancel", "撤销", _BEFORE_HANDLING, CANCELLED, "centre reporter", "note"),
        _verb("reopen", "重开", [CLOSED, REJECTED, CANCELLED], ACCEPTED, "command", "note"),
    )
}
"""Every step but the first, `report`, which intake makes."""

MOST_NOTE = 2000


class Deadlines(Protocol):
    """Says until when a stage is to be done; see spatial.events.deadlines."""

    def due(self, stage: str, category: str, urgency: str, at: datetime) -> datetime | None:
        """Give the deadline of a stage that begins at a moment; None: no rule names it."""


@dataclass(frozen=True)
class Case:
    """What steps change of an event."""

    id: int
    state: str
    category: str
    urgency: str
    unit_code: str | None = None
    organisation_id: int | None = None
    worker_id: int | None = None
    reported_by: int | None = None
    accepted_at: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    handle_due_at: datetime | None = None
    close_due_at: datetime | None = None
    handled_on_time: bool | None = None
    returned_count: int = 0
    redispatched_count: int = 0
    escalated_level: int = 0
    supervised: bool = False
    disputed: bool = False
    valid: bool | None = None
    merged_into: int | None = None


@dataclass(frozen=True)
class Asked:
    """A step that somebody wants to make."""

    verb: str
    note: str = ""
    to_organisation: int | None = None
    to_worker: int | None = None
    into: int | None = None
    """The event that this one is merged into."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What is kept with the step beside."""


class NotPossible(Conflict):
    """The event stands in a state that this step does not begin in; the text says which ones do."""


def parts_of(reader: Reader, case: Case) -> frozenset[str]:
    """Name the parts that a reader has in an event that the reader sees.

    centre: administrators and commanders of the area it lies in. command: those of a whole district or city.
    responsible: the person it was given to, or anybody of the organisation when it was given to no person.
    field: somebody in the field there who is not responsible. reporter: who reported it. Who sees an event
    beyond the own area, because the own organisation has it, is responsible for it at most.
    """
    parts = set()
    here = reader.holds(case.unit_code)
    if here and is_centre(reader):
        parts.add(CENTRE)
        if reader.role in (DISTRICT_ADMINISTRATOR, COMMANDER):
            parts.add(COMMAND)
    if reader.role in RESPONDERS and _is_responsible(reader, case):
        parts.add(RESPONSIBLE)
    elif here and reader.role == FIELD_WORKER and reader.reach != "organisation":
        parts.add(FIELD)
    if case.reported_by is not None and case.reported_by == reader.account_id and case.state == REPORTED:
        parts.add(REPORTER)
    return frozenset(parts)


def is_centre(reader: Reader) -> bool:
    """Tell whether a reader decides about the events of the own area."""
    return reader.role in ADMINISTRATORS | {COMMANDER} and reader.reach != "organisation"


def _is_responsible(reader: Reader, case: Case) -> bool:
    if case.worker_id is not None and case.worker_id == reader.worker_id:
        return True
    ours = case.organisation_id is not None and case.organisation_id == reader.organisation_id
    return ours and (case.worker_id is None or reader.role != FIELD_WORKER)


def possible(case: Case, parts: frozenset[str] | None = None) -> list[str]:
    """List the steps that begin in the event's state, in the order of the table; of those parts alone."""
    return [
        verb.name
        for verb in VERBS.values()
        if case.state in verb.froms and (parts is None or parts & verb.by)
    ]


def check(case: Case, asked: Asked, parts: frozenset[str]) -> Verb:
    """See whether a step may be made; InvalidInput, Forbidden or NotPossible."""
    verb = VERBS.get(asked.verb)
    if verb is None:
        raise InvalidInput.at("verb", f"is not one of {', '.join(VERBS)}")
    if not parts:
        raise Forbidden("you have no part in this event")
    if case.state not in verb.froms:
        now = possible(case, parts)
        offered = f"possible now: {', '.join(now)}" if now else "no step of yours is possible now"
        raise NotPossible(f"a {case.state} event takes no step '{verb.name}'; {offered}")
    if not parts & verb.by:
        raise Forbidden(
            f"'{verb.name}' is for {' or '.join(sorted(verb.by))}; you are {', '.join(sorted(parts))}"
        )
    if problems := _problems(verb, asked, case):
        raise InvalidInput(problems)
    return verb


def _problems(verb: Verb, asked: Asked, case: Case) -> list[Problem]:
    problems = [
        Problem(name, f"must be given to {verb.name}") for name in verb.needs if not getattr(asked, name)
    ]
    for name in ("to_organisation", "to_worker", "into"):
        if getattr(asked, name) is not None and name not in verb.takes:
            problems.append(Problem(name, f"is not for '{verb.name}'"))
    if len(asked.note) > MOST_NOTE:
        problems.append(Problem("note", f"may have {MOST_NOTE} characters at most"))
    if asked.into == case.id:
        problems.append(Problem("into", "is this event itself"))
    whom = (asked.to_organisation, asked.to_worker)
    if verb.name == "redispatch" and whom in ((None, None), (case.organisation_id, case.worker_id)):
        problems.append(Problem("to_organisation", "must be another one than before, or to_worker"))
    return problems


def after(case: Case, asked: Asked, at: datetime, deadlines: Deadlines) -> Case:
    """Give the case after a step that was checked; for dispatch the organisation must be known by now."""
    verb = VERBS[asked.verb]
    state = verb.to or case.state
    case = _EFFECTS.get(asked.verb, _nothing)(case, asked, at)
    if verb.to == HERE:
        return case
    case = replace(case, state=state)
    if state in WAY[1:] and asked.verb != "return":
        reached: dict[str, Any] = {f"{state}_at": at}
        case = replace(case, **reached)
    case = _with_deadlines(case, at, deadlines)
    return _judged(case, at) if asked.verb == "handle" else case


def _with_deadlines(case: Case, at: datetime, deadlines: Deadlines) -> Case:
    """Set until when the next step is to be made; a dispatched event also until when it shall be closed."""
    if case.state not in STAGES:
        return replace(case, due_at=None)
    due = deadlines.due(STAGES[case.state], case.category, case.urgency, at)
    case = replace(case, due_at=due)
    if case.state != DISPATCHED:
        return case
    return replace(case, handle_due_at=due, close_due_at=close_due(case, due, deadlines))


def close_due(case: Case, handle_due: datetime | None, deadlines: Deadlines) -> datetime | None:
    """Say until when an event is closed when handling takes all of its time, and so does what follows."""
    until = handle_due
    for stage in ("verify", "close"):
        until = until and deadlines.due(stage, case.category, case.urgency, until)
    return until


def _judged(case: Case, at: datetime) -> Case:
    return replace(case, handled_on_time=None if case.handle_due_at is None else at <= case.handle_due_at)


def _nothing(case: Case, _asked: Asked, _at: datetime) -> Case:
    return case


def _given(case: Case, asked: Asked, _at: datetime) -> Case:
    """An organisation that is named without a person answers for it as a whole."""
    if asked.to_organisation is None:
        return replace(case, worker_id=asked.to_worker if asked.to_worker is not None else case.worker_id)
    return replace(case, organisation_id=asked.to_organisation, worker_id=asked.to_worker)


def _given_again(case: Case, asked: Asked, at: datetime) -> Case:
    return replace(_given(case, asked, at), redispatched_count=case.redispatched_count + 1)


def _taken_up(case: Case, asked: Asked, at: datetime) -> Case:
    taken = _given(case, asked, at) if case.state == DISPATCHED else case
    return replace(taken, escalated_level=case.escalated_level + 1)


def _later(state: str) -> dict[str, Any]:
    """What comes after a state has not been, when an event goes back to it."""
    return {"handled_on_time": None, **{f"{name}_at": None for name in WAY[WAY.index(state) + 1 :]}}


_EFFECTS: dict[str, Callable[[Case, Asked, datetime], Case]] = {
    "accept": lambda case, _a, _t: replace(case, valid=True),
    "reject": lambda case, _a, _t: replace(case, valid=False),
    "dispatch": _given,
    "redispatch": _given_again,
    # The organisation stays until another one is named: it may see what becomes of what it sent back.
    "return": lambda case, _a, _t: replace(case, worker_id=None, returned_count=case.returned_count + 1),
    "rework": lambda case, _a, _t: replace(case, **_later(DISPATCHED)),
    "escalate": _taken_up,
    "supervise": lambda case, _a, _t: replace(case, supervised=True),
    "merge": lambda case, asked, _t: replace(case, merged_into=asked.into),
    "reopen": lambda case, _a, _t: replace(
        case, valid=True, handle_due_at=None, close_due_at=None, **_later(ACCEPTED)
    ),
}


@dataclass(frozen=True)
class Taken:
    """A step that was made, as the time line has it."""

    verb: str
    from_state: str | None
    to_state: str
    at: datetime


def replay(steps: Sequence[Taken]) -> tuple[str, int, int, int]:
    """Follow a time line: the state it ends in, and how often it was returned, dispatched anew, escalated.

    Raises Conflict when it does not begin with a report, has a gap or a step that the table does not know.
    """
    if not steps or steps[0].verb != "report" or steps[0].from_state is not None:
        raise Conflict("the time line does not begin with a report")
    state = REPORTED
    for number, step in enumerate(steps[1:], 1):
        verb = VERBS.get(step.verb)
        if verb is None or step.from_state != state or state not in verb.froms:
            raise Conflict(f"step {number} of the time line, {step.verb}, does not begin in {state}")
        state = verb.to or state
        if step.to_state != state:
            raise Conflict(f"step {number} of the time line, {step.verb}, does not lead to {step.to_state}")
    verbs = [step.verb for step in steps]
    return state, verbs.count("return"), verbs.count("redispatch"), verbs.count("escalate")

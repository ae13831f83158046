"""What an alarm is at a moment, what may be said to it, and what it answers: values, all of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from lifeline.alarms.rules import Rule


class Phase(IntEnum):
    """States of ISA-18.2, as people see them."""

    NORMAL = 0
    UNACKNOWLEDGED = 1
    ACKNOWLEDGED = 2
    RETURNED = 3
    """The condition is gone, and nobody has acknowledged that it was there."""
    LATCHED = 4
    """The condition is gone and acknowledged, and somebody must still reset it."""
    SHELVED = 5
    SUPPRESSED = 6
    """Suppressed by design: the plant itself says that the alarm means nothing now."""
    OUT_OF_SERVICE = 7


class Event(IntEnum):
    """What happened to an alarm."""

    RAISED = 0
    UPGRADED = 1
    DOWNGRADED = 2
    CLEARED = 3
    SHELF_ENDED = 4
    ACKNOWLEDGED = 5
    RESET = 6
    SHELVED = 7
    UNSHELVED = 8
    SUPPRESSED = 9
    UNSUPPRESSED = 10
    REMOVED = 11
    """Taken out of service."""
    RESTORED = 12


@dataclass(frozen=True)
class Value:
    """A value of a sensor: when it was measured, when it came to us, and in what unit."""

    input: int
    at_ms: int
    arrived_ms: int
    value: float
    unit: str


@dataclass(frozen=True)
class Tick:
    """A promise that no more values from before `at_ms` are awaited (the clock less the usual transport)."""

    at_ms: int


@dataclass(frozen=True)
class Command:
    """What somebody did (ACKNOWLEDGED …): who and, where something is hidden by it, why and until when."""

    event: Event
    at_ms: int
    by: str
    reason: str = ""
    until_ms: int | None = None


Word = Value | Tick | Command


@dataclass(frozen=True)
class Seen:
    """What is kept of an input: its newest value, how long that is the same, its window, and what it says."""

    at_ms: int
    value: float | None
    changed_ms: int
    run: int
    window: tuple[tuple[int, float], ...]
    raw: tuple[bool, ...]


@dataclass(frozen=True)
class Held:
    """What is kept of a rung: whether the condition is there, since when, and whether it counts by now."""

    raw: bool
    since_ms: int
    on: bool


@dataclass(frozen=True)
class State:
    """One alarm of one rule. `phase` is what it would be if nothing hid it; `shown` is what people see.

    clock_ms: up to when all is settled. newest_ms: newest time heard of. waiting: (at_ms, input, value) that
    wait for their turn. severity: rungs reached, 0 for none. occurrence: counts how often it came up.
    """

    clock_ms: int
    newest_ms: int
    inputs: tuple[Seen, ...]
    rungs: tuple[Held, ...]
    waiting: tuple[tuple[int, int, float], ...] = ()
    phase: Phase = Phase.NORMAL
    severity: int = 0
    occurrence: int = 0
    latch: bool = False
    shelved_until_ms: int | None = None
    is_suppressed: bool = False
    is_out_of_service: bool = False

    @property
    def shown(self) -> Phase:
        """State of ISA-18.2; the strongest of what hides it, else its phase."""
        if self.is_out_of_service:
            return Phase.OUT_OF_SERVICE
        if self.is_suppressed:
            return Phase.SUPPRESSED
        return self.phase if self.shelved_until_ms is None else Phase.SHELVED

    @property
    def is_hidden(self) -> bool:
        """Tell whether nobody is told of it."""
        return self.shown >= Phase.SHELVED


@dataclass(frozen=True)
class Transition:
    """One step of an alarm; severity is that after it, and occurrence tells its record."""

    at_ms: int
    event: Event
    before: Phase
    after: Phase
    severity: int
    occurrence: int
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Refused:
    """Why a value or command changes nothing; `is_recorded`: it is kept in the history all the same."""

    reason: str
    is_recorded: bool = False


def begin(rule: Rule, at_ms: int) -> State:
    """Make the state of a rule that begins: normal, and nothing heard yet (silence counts from now)."""
    none = (False,) * len(rule.ladder)
    seen = Seen(at_ms, None, at_ms, 0, (), none)
    return State(at_ms, at_ms, (seen,) * len(rule.inputs), (Held(False, at_ms, False),) * len(rule.ladder))

"""What becomes of an alarm as people see it: one record an occurrence, and every step of it on record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lifeline.alarms import measures
from lifeline.alarms.kept.moments import moment_of
from lifeline.alarms.rules import Measure, Rule
from lifeline.alarms.states import Event, Phase, State, Transition

Json = dict[str, Any]
COLUMNS = (
    "state", "level", "highest_level", "value", "reason", "raised_at", "acknowledged_at", "acknowledged_by",
    "returned_at", "shelved_until", "closed_at",
)  # fmt: skip


@dataclass
class Occurrence:
    """A record of an alarm; `id` is None until it is in the table."""

    facts: Json
    """Whose it is and what it is of, which stays."""
    occurrence: int
    state: str
    level: int
    highest_level: int
    raised_at: datetime
    value: float | None = None
    reason: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    returned_at: datetime | None = None
    shelved_until: datetime | None = None
    closed_at: datetime | None = None
    id: int | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Occurrence:
        """Read one from its row."""
        columns = {name: row[name] for name in (*COLUMNS, "occurrence", "id")}
        return cls(facts={"state_id": row["state_id"]}, **columns)

    @property
    def row(self) -> Json:
        """As the statements take it."""
        told: Json = {**self.facts, "id": self.id, "occurrence": self.occurrence}
        for name in COLUMNS:
            value = getattr(self, name)
            told[name] = value.isoformat() if isinstance(value, datetime) else value
        return told

    def is_at(self, rule: Rule, severity: int) -> None:
        """Stand on a rung of the ladder; on none it keeps the level that it had."""
        if severity:
            self.level = rule.ladder[severity - 1].level
            self.highest_level = min(self.highest_level, self.level)


@dataclass(frozen=True)
class Step:
    """A step that is to be noted of an occurrence."""

    of: Occurrence
    at: datetime
    event: str
    before: str
    after: str
    level: int | None
    value: float | None = None
    username: str = ""
    reason: str = ""

    @property
    def row(self) -> Json:
        """As the statement takes it; the occurrence has its number by then."""
        return {**vars(self), "of": None, "at": self.at.isoformat(), "alarm_id": self.of.id}


@dataclass
class Tale:
    """What one condition has told since it was read: occurrences that are new or changed, and their steps."""

    facts: Json
    latest: Occurrence | None
    touched: list[Occurrence] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def tell(self, rule: Rule, state: State, told: Transition, at: datetime) -> None:
        """Note one step that the machine has told; at: when, or when somebody did it."""
        one = self._of(rule, told, at)
        if one is None:
            return
        value, reason = why(rule, state, told.severity)
        one.is_at(rule, told.severity)
        one.state = told.after.name.lower()
        one.returned_at = None if told.severity else one.returned_at or at
        one.shelved_until = _shelf(state)
        one.closed_at = at if told.after is Phase.NORMAL else None
        if told.severity and told.event in (Event.RAISED, Event.UPGRADED):
            one.value, one.reason = value, reason
        if told.event is Event.ACKNOWLEDGED:
            one.acknowledged_at, one.acknowledged_by = at, told.by
        elif told.after is Phase.UNACKNOWLEDGED:
            # It is to be told anew; who acknowledged a milder level stands in the steps.
            one.acknowledged_at = one.acknowledged_by = None
        self.steps.append(
            Step(
                one, at, told.event.name.lower(), told.before.name.lower(), one.state,
                one.level if told.severity else None, value, told.by, told.reason if told.by else reason,
            )
        )  # fmt: skip

    def changed(self, rule: Rule, edition: int, state: State, username: str, at: datetime) -> None:
        """Note that the rule of an alarm that stands is another one now."""
        one = self.latest
        if one is None or one.closed_at is not None:
            return
        one.is_at(rule, state.severity)
        self._touch(one)
        level = one.level if state.severity else None
        self.steps.append(
            Step(one, at, "rule_changed", one.state, one.state, level, None, username, f"edition {edition}")
        )

    def settle(self, rule: Rule, state: State) -> None:
        """See that what stands hidden shows how bad it is: of that the machine tells nothing."""
        one = self.latest
        if one is None or one.closed_at is not None or not state.is_hidden:
            return
        before = (one.level, one.highest_level)
        one.is_at(rule, state.severity)
        if before != (one.level, one.highest_level):
            self._touch(one)

    def _of(self, rule: Rule, told: Transition, at: datetime) -> Occurrence | None:
        """Find whose step it is: a new occurrence has a record of its own, and what stood before ends."""
        one = self.latest
        if one is not None and (told.occurrence <= one.occurrence or told.after is Phase.NORMAL):
            self._touch(one)
            return one
        if told.after is Phase.NORMAL:
            return None
        if one is not None and one.closed_at is None:
            self.steps.append(Step(one, at, "renewed", one.state, "normal", None))
            one.closed_at, one.state, one.shelved_until = at, "normal", None
            self._touch(one)
        level = rule.ladder[max(told.severity, 1) - 1].level
        self.latest = Occurrence(self.facts, told.occurrence, told.after.name.lower(), level, level, at)
        self._touch(self.latest)
        return self.latest

    def _touch(self, one: Occurrence) -> None:
        if all(one is not each for each in self.touched):
            self.touched.append(one)


def _shelf(state: State) -> datetime | None:
    return None if state.shelved_until_ms is None else moment_of(state.shelved_until_ms)


def why(rule: Rule, state: State, severity: int) -> tuple[float | None, str]:
    """Say what was measured and which threshold it passed: of the first group that holds on the rung."""
    place = max(severity, 1) - 1
    for group in rule.any_of:
        if all(state.inputs[entry].raw[place] for entry in group):
            parts = [_part(rule, state, entry, place) for entry in group]
            return parts[0][0], " & ".join(text for _, text in parts)
    value, _ = _part(rule, state, rule.any_of[0][0], place)
    return value, ""


def _part(rule: Rule, state: State, at: int, place: int) -> tuple[float | None, str]:
    entry, seen = rule.inputs[at], state.inputs[at]
    if entry.measure is Measure.SILENCE:
        measured: float | None = (state.clock_ms - seen.at_ms) / 1000
    else:
        measured = None if seen.value is None else measures.measure(entry, seen)
    if measured is None or not math.isfinite(measured):
        return None, ""
    unit = {Measure.VALUE: entry.unit, Measure.RATE: f"{entry.unit}/s", Measure.OUTSIDE: ""}.get(
        entry.measure, "s"
    )
    sign = ">=" if entry.is_high else "<="
    name = entry.measure.name.lower()
    return measured, f"{name} {measured:.6g} {sign} {entry.thresholds[place]:g} {unit}".rstrip()

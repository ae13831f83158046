"""Conditions in the database: read under a lock, moved, and written back with what they told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from lifeline.alarms.carry import carry
from lifeline.alarms.kept.moments import moment_of, ms_of
from lifeline.alarms.kept.occurrences import Occurrence, Step, Tale
from lifeline.alarms.machine import next_due, step
from lifeline.alarms.rules import Input, Rule
from lifeline.alarms.states import Refused, State, Tick, Transition, Value, Word
from lifeline.alarms.text import freeze, read_rule, thaw
from spatial.database import query
from spatial.errors import InvalidInput

log = structlog.get_logger()
ROOM = "lifeline.alarms.kept"
EACH = "each"
"""Sensor of an input that is of whatever channel the condition is of; any other is the number of one."""
MOST_REASONS = 12
"""Reasons for which values are refused that are counted apart; the rest are counted together."""
Json = dict[str, Any]


def engine_rule(row: Mapping[str, Any]) -> Rule:
    """Make the machine's rule of a row of rules: name, legal_basis, rule; InvalidInput."""
    return read_rule({**row["rule"], "code": row["name"], "legal_basis": row["legal_basis"]})


def channel_of(entry: Input) -> int | None:
    """Tell which channel an input is of; None: that of the condition."""
    return None if entry.sensor == EACH else int(entry.sensor)


@dataclass
class Condition:
    """One condition, held: the rule that it is judged by, its state, and its latest occurrence."""

    id: int
    rule: Rule
    edition: int
    transport_ms: int
    channels: tuple[int, ...]
    """The datastream of each input."""
    state: State
    tale: Tale
    refused: dict[str, int] = field(default_factory=dict)

    def say(self, word: Word, now: datetime | None = None) -> Refused | None:
        """Move it by a word; gives why it was refused. now: when somebody said it (of commands)."""
        self.state, told, why = step(self.rule, self.state, word)
        for each in told:
            self._tell(each, now if each.by else None)
        return why

    def tick(self, now: datetime) -> None:
        """Let the time pass until all that is usual has come."""
        self.say(Tick(ms_of(now) - self.transport_ms))

    def hear(self, datastream: int, at: datetime, arrived_at: datetime, value: float, unit: str) -> None:
        """Take a value of a channel for each input that is of it; what is refused is counted."""
        for place, channel in enumerate(self.channels):
            if channel == datastream:
                refused = self.say(Value(place, ms_of(at), ms_of(arrived_at), value, unit))
                if refused is not None:
                    self._count(refused.reason[:80])

    def _count(self, reason: str) -> None:
        if reason not in self.refused and len(self.refused) >= MOST_REASONS:
            reason = "other"
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def adopt(self, old: Rule, username: str, now: datetime) -> None:
        """Go on by another edition of the rule."""
        before = self.state
        self.state = carry(old, self.rule, before)
        self.tale.changed(self.rule, self.edition, self.state, username, now)

    @property
    def wake_at(self) -> datetime | None:
        """When it moves without a value, and what is usual has come until then."""
        due = next_due(self.rule, self.state)
        if self.state.waiting:
            due = min(self.state.waiting[0][0], due if due is not None else self.state.waiting[0][0])
        return None if due is None else moment_of(due + self.rule.lateness_ms + self.transport_ms)

    def _tell(self, told: Transition, by_hand_at: datetime | None) -> None:
        self.tale.tell(self.rule, self.state, told, by_hand_at or moment_of(told.at_ms))


def held(connection: Connection[Any], states: Iterable[int], now: datetime) -> dict[int, Condition]:
    """Lock conditions and read them, each by the newest edition of its rule; by their numbers.

    connection: of the platform. Those whose rule is out of use are not given, nor those that are gone.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "states_lock"), {"states": sorted(set(states))}).fetchall()
        keys = {"states": [row["id"] for row in rows]}
        latest = {row["state_id"]: row for row in cursor.execute(query(ROOM, "alarms_latest"), keys)}
    rules: dict[tuple[int, int], Rule] = {}
    found: dict[int, Condition] = {}
    for row in rows:
        try:
            found[row["id"]] = _read(connection, row, latest.get(row["id"]), rules, now)
        except InvalidInput as error:
            # One that nobody can read must not keep all others from being looked at.
            log.error("a condition cannot be read", condition=row["id"], rule=row["rule_id"], exc_info=error)
    return found


def _read(
    connection: Connection[Any],
    row: Mapping[str, Any],
    latest: Mapping[str, Any] | None,
    rules: dict[tuple[int, int], Rule],
    now: datetime,
) -> Condition:
    key, before = (row["rule_id"], row["edition"]), (row["rule_id"], row["rule_edition"])
    if key not in rules:
        rules[key] = engine_rule(row)
    condition = _condition(row, rules[key], latest)
    if before != key:
        if before not in rules:
            rules[before] = _old_rule(connection, *before)
        condition.adopt(rules[before], row["changed_by"], now)
    return condition


def _old_rule(connection: Connection[Any], rule: int, edition: int) -> Rule:
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"rule": rule, "edition": edition}
        return engine_rule(cursor.execute(query(ROOM, "edition_read"), values).fetchall()[0])


def _condition(row: Mapping[str, Any], rule: Rule, latest: Mapping[str, Any] | None) -> Condition:
    facts = {
        "organisation_id": row["organisation_id"], "state_id": row["id"], "rule_id": row["rule_id"],
        "rule_edition": row["edition"], "rule_name": row["name"], "legal_basis": row["legal_basis"],
        "is_technical": rule.is_technical, "datastream_id": row["datastream_id"], "thing_id": row["thing_id"],
        "network_id": row["network_id"], "feature_code": row["feature_code"],
    }  # fmt: skip
    tale = Tale(facts, None if latest is None else Occurrence.of(latest))
    transport_ms = round(row["transport_s"] * 1000)
    channels = tuple(channel_of(entry) or row["datastream_id"] for entry in rule.inputs)
    state, refused = thaw(row["state"]), dict(row["refused"])
    return Condition(row["id"], rule, row["edition"], transport_ms, channels, state, tale, refused)


def write(connection: Connection[Any], moved: Iterable[Condition]) -> int:
    """Write conditions back with what they told, in the transaction that holds them; gives the steps told."""
    conditions = list(moved)
    if not conditions:
        return 0
    values = {
        "ids": [each.id for each in conditions],
        "editions": [each.edition for each in conditions],
        "states": [freeze(each.state) for each in conditions],
        "wakes": [each.wake_at for each in conditions],
        "refused": [Jsonb(each.refused) for each in conditions],
    }
    connection.execute(query(ROOM, "states_write"), values)
    for each in conditions:
        each.tale.settle(each.rule, each.state)
    tales = [each.tale for each in conditions]
    touched = [one for tale in tales for one in tale.touched]
    new, old = [one for one in touched if one.id is None], [one for one in touched if one.id is not None]
    _insert(connection, new)
    _update(connection, old)
    return _note(connection, [told for tale in tales for told in tale.steps])


def _insert(connection: Connection[Any], new: list[Occurrence]) -> None:
    if not new:
        return
    rows = connection.execute(query(ROOM, "alarms_add"), {"rows": Jsonb([one.row for one in new])})
    keys = {(state, occurrence): number for number, state, occurrence in rows}
    for one in new:
        one.id = keys[one.facts["state_id"], one.occurrence]


def _update(connection: Connection[Any], changed: list[Occurrence]) -> None:
    if changed:
        connection.execute(query(ROOM, "alarms_change"), {"rows": Jsonb([one.row for one in changed])})


def _note(connection: Connection[Any], steps: list[Step]) -> int:
    if steps:
        connection.execute(query(ROOM, "steps_add"), {"rows": Jsonb([each.row for each in steps])})
    return len(steps)

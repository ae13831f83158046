"""Deadlines (时限): how long each stage may take, by category and urgency, on one clock or the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.events.calendar import FIRST, LAST, Calendar, Seconds

ROOM = "spatial.events"

WARNINGS = (50, 80, 100)
"""Shares of a stage's time, in percent, that are warned of where a rule does not say others."""


@dataclass(frozen=True)
class Rule:
    """How long a stage may take; `category` and `urgency` None: any."""

    category: str | None
    urgency: str | None
    stage: str
    minutes: int
    clock: str
    """working or always."""
    warnings: tuple[int, ...] = WARNINGS
    """Shares of the time, in percent, that are warned of: 1 to 100, upwards; () for none."""


class Deadlines:
    """All rules over a calendar, ready to be asked; immutable."""

    def __init__(self, calendar: Calendar, rules: Sequence[Rule]) -> None:
        self.calendar = calendar
        self.rules = tuple(rules)
        self._by_key = {(rule.stage, rule.category or "", rule.urgency or ""): rule for rule in rules}

    def rule(self, stage: str, category: str, urgency: str) -> Rule | None:
        """Find the rule: one that names the urgency beats others, then the longest category."""
        for asked in (urgency, ""):
            for length in range(len(category), -1, -1):
                found = self._by_key.get((stage, category[:length], asked))
                if found is not None:
                    return found
        return None

    def due(self, stage: str, category: str, urgency: str, at: datetime) -> datetime | None:
        """Give the deadline of a stage that begins at a moment (zoned); None without a rule, or never."""
        rule = self.rule(stage, category, urgency)
        if rule is None:
            return None
        if rule.clock == "always":
            return datetime.fromtimestamp(at.timestamp() + rule.minutes * 60, UTC)
        return self.calendar.add(at, rule.minutes * 60)

    def due_many(
        self, stage: str, categories: Sequence[str], urgencies: Sequence[str], starts_s: Seconds
    ) -> Seconds:
        """Do the same for n events: POSIX seconds (n,), -1 for none."""
        rules: dict[tuple[str, str], Rule | None] = {}
        seconds, kind = np.zeros(len(starts_s), np.int64), np.zeros(len(starts_s), np.int8)
        for row, key in enumerate(zip(categories, urgencies, strict=True)):
            if key not in rules:
                rules[key] = self.rule(stage, *key)
            if (rule := rules[key]) is not None:
                seconds[row], kind[row] = rule.minutes * 60, 1 + (rule.clock == "always")
        working = self.calendar.add_many(starts_s, seconds)
        none = np.full(len(starts_s), -1, np.int64)
        return np.select([starts_s < 0, kind == 1, kind == 2], [none, working, starts_s + seconds], none)

    def share_at(
        self, stage: str, category: str, urgency: str, began: datetime, share: int
    ) -> datetime | None:
        """Say when so many percent of a stage's time have gone."""
        rule = self.rule(stage, category, urgency)
        if rule is None:
            return None
        seconds = rule.minutes * 60 * share // 100
        if rule.clock == "always":
            return datetime.fromtimestamp(began.timestamp() + seconds, UTC)
        return self.calendar.add(began, seconds)


def read_deadlines(connection: Connection[Any]) -> Deadlines:
    """Read calendar and rules."""
    return _compiled(*connection.execute(query(ROOM, "deadlines_read")).fetchall()[0])


@lru_cache(4)
def _compiled(hours: str, days: str, rules: str) -> Deadlines:
    """Kept by what they say: a century of working hours is not laid out for every report."""
    times = [(weekday, *map(time.fromisoformat, span)) for weekday, *span in orjson.loads(hours)]
    otherwise = {date.fromisoformat(day): working for day, working in orjson.loads(days)}
    read = [Rule(*(*rule, tuple(steps))) for *rule, steps in orjson.loads(rules)]
    return Deadlines(Calendar.of(times, otherwise), read)


def put_hours(connection: Connection[Any], hours: Sequence[tuple[int, time, time]]) -> None:
    """Replace the hours of the week; InvalidInput where two overlap."""
    problems = [
        Problem(f"hours[{number}]", "overlaps the one before on the same day")
        for number, (one, other) in enumerate(zip(sorted(hours), sorted(hours)[1:], strict=False), 1)
        if one[0] == other[0] and other[1] < one[2]
    ]
    problems += [
        Problem(f"hours[{n}]", "must close after it opens") for n, row in enumerate(hours) if row[1] >= row[2]
    ]
    if problems:
        raise InvalidInput(problems)
    connection.execute(query(ROOM, "calendar_forget_hours"))
    with connection.cursor() as cursor:
        cursor.executemany(query(ROOM, "calendar_put_hours"), list(hours))


def put_days(connection: Connection[Any], days: Sequence[tuple[date, bool | None, str]]) -> None:
    """Set days that are otherwise than their weekday; working None: as usual again."""
    problems = [
        Problem(f"days[{n}].day", f"must lie between {FIRST} and {LAST}")
        for n, (day, _, _) in enumerate(days)
        if not FIRST <= day < LAST
    ]
    if problems:
        raise InvalidInput(problems)
    with connection.cursor() as cursor:
        cursor.executemany(
            query(ROOM, "calendar_forget_day"), [(day,) for day, working, _ in days if working is None]
        )
        cursor.executemany(query(ROOM, "calendar_put_day"), [row for row in days if row[1] is not None])


def put_rules(connection: Connection[Any], rules: Sequence[Rule]) -> None:
    """Replace all rules; InvalidInput where two say the same case."""
    keys = [(rule.category, rule.urgency, rule.stage) for rule in rules]
    problems = [
        Problem(f"rules[{n}]", "is there twice") for n, key in enumerate(keys) if keys.index(key) != n
    ]
    if problems:
        raise InvalidInput(problems)
    connection.execute(query(ROOM, "deadline_rules_forget"))
    with connection.cursor() as cursor:
        rows = [{**vars(rule), "warnings": sorted(set(rule.warnings))} for rule in rules]
        cursor.executemany(query(ROOM, "deadline_rules_put"), rows)

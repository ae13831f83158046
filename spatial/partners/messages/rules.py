"""When a message is sent by itself, as data: one rule for each occasion, off until somebody turns it on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import class_row

from spatial.database import query
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem
from spatial.partners.messages.people import ROOM
from spatial.partners.messages.texts import holes
from spatial.rights.reader import Reader
from spatial.rights.rules import DISTRICT

CLOCK = ZoneInfo("Asia/Shanghai")
HOLES = frozenset({"no", "title", "address", "category", "due", "share"})
"""What a template may say."""
MOST_TEMPLATE = 300
PRESSING = frozenset({"urgent", "critical"})
"""Events that wait for no morning."""


@dataclass(frozen=True)
class Rule:
    """What is sent on an occasion, and when not."""

    occasion: str
    enabled: bool
    language: str
    template_zh: str
    template_en: str
    urgencies: list[str]
    categories: list[str]
    recipients: list[str]
    from_share: int
    quiet_from: time | None
    quiet_until: time | None
    valid_minutes: int

    @property
    def template(self) -> str:
        """Give the template of its language."""
        return self.template_zh if self.language == "zh" else self.template_en

    def holds_for(self, category: str, urgency: str) -> bool:
        """Tell whether it is for events of this kind."""
        listed = not self.categories or category.startswith(tuple(self.categories))
        return self.enabled and listed and urgency in self.urgencies

    def not_before(self, now: datetime, urgency: str) -> datetime:
        """Say when a message may go out: now, or when the quiet hours are over. Pressing ones go at once."""
        if self.quiet_from is None or self.quiet_until is None or urgency in PRESSING:
            return now
        local = now.astimezone(CLOCK)
        clock = local.time().replace(tzinfo=None)
        if self.quiet_from <= self.quiet_until:
            is_quiet = self.quiet_from <= clock < self.quiet_until
        else:
            is_quiet = clock >= self.quiet_from or clock < self.quiet_until
        if not is_quiet:
            return now
        until = datetime.combine(local.date(), self.quiet_until, CLOCK)
        return until if until > local else until + timedelta(days=1)


def read_rules(connection: Connection[Any]) -> list[Rule]:
    """Read the rules, one for each occasion."""
    with connection.cursor(row_factory=class_row(Rule)) as cursor:
        return cursor.execute(query(ROOM, "rules")).fetchall()


def change(connection: Connection[Any], reader: Reader, rule: Rule) -> Rule:
    """Put a rule in the place of the one there is; Forbidden, NotFound, InvalidInput that names the field."""
    if reader.role not in DISTRICT or not reader.sees_everything:
        raise Forbidden("what is sent by itself is for administrators of the whole city to say")
    if problems := _problems(rule):
        raise InvalidInput(problems)
    if connection.execute(query(ROOM, "rule_put"), asdict(rule)).rowcount != 1:
        raise NotFound(f"there is no occasion '{rule.occasion}'")
    return rule


def _problems(rule: Rule) -> list[Problem]:
    found: list[Problem] = []
    for name in ("template_zh", "template_en"):
        text = getattr(rule, name)
        try:
            more = holes(text, name) - HOLES
        except InvalidInput as error:
            found += error.problems
            continue
        if more:
            found.append(Problem(name, f"has {{{min(more)}}}; there are {', '.join(sorted(HOLES))}"))
        if not text.strip() or len(text) > MOST_TEMPLATE or not _is_showable(text):
            found.append(Problem(name, f"must be a text of {MOST_TEMPLATE} characters at most"))
    if (rule.quiet_from is None) != (rule.quiet_until is None):
        found.append(Problem("quiet_until", "must stand beside quiet_from"))
    if rule.enabled and not rule.recipients:
        found.append(Problem("recipients", "must name somebody"))
    return found


def _is_showable(text: str) -> bool:
    return all(letter == "\n" or letter.isprintable() for letter in text)

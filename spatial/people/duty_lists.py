"""Who is responsible for a matter in a unit, by the duty list (权责清单): the answer for a whole unit.

The order is that of dispatch (`spatial.events.dispatch.rules`), for lines of the grids: a line that names the
matter beats one that names its class, which beats a line for everything; among equals the smaller area wins,
then the lower rank. Whoever is off duty, or not in the hours of the line, is passed over while somebody else
is there, upward. What depends on the very place or on the moment's work (places that were ruled on, special
grids, load, distance) is for dispatch alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.events.dispatch.facts import GRIDS, Line, Person
from spatial.events.dispatch.hours import minute_of_week
from spatial.events.dispatch.plans import Moment, Plan
from spatial.events.dispatch.rules import Rules


@dataclass(frozen=True)
class DutyLine:
    """One line of the duty list with the person and the organisation it names."""

    unit_code: str
    category: str | None
    rank: int
    organisation: str
    organisation_en: str
    person: str | None
    role: str | None
    phone: str | None
    """Masked, as the person's name is."""
    on_duty: bool
    worker_id: int | None = None
    hours: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    has_skills: bool = True
    """Whether the person can do what the line asks for."""
    dispute_id: int | None = None
    """Of the ruling that made it; of such lines the later one in the list comes first."""


class DutyList:
    """All lines, ready to be asked."""

    def __init__(self, lines: Sequence[DutyLine]) -> None:
        self._lines = list(lines)
        rules = [_rule(number, line) for number, line in enumerate(self._lines)]
        self._rules = Rules(rules)
        # Everybody has as many seats as lines, for each line asks for skills of its own.
        self._people = {number: _person(number, line) for number, line in enumerate(self._lines)}
        self._plans: dict[tuple[str, str], Plan] = {}

    def find(self, chain: Sequence[str], category: str | None, at: datetime | None = None) -> DutyLine | None:
        """Find the line for a matter code (or none) in a unit, at a moment (now, unless told).

        chain: codes from the finest unit to the coarsest. None when no line fits.
        """
        key = (chain[0] if chain else "", category or "")
        plan = self._plans.get(key)
        if plan is None:
            plan = Plan.of(self._rules.line_ups({GRIDS: chain}, key[1]), self._people)
            self._plans[key] = plan
        if plan.at_once is not None:
            return self._lines[plan.at_once.line.id]
        moment = at or datetime.now(UTC)
        seat = plan.choose(Moment(math.nan, math.nan, moment, minute_of_week(moment)))
        return None if seat is None else self._lines[seat.line.id]


def _rule(number: int, line: DutyLine) -> Line:
    skills = frozenset() if line.has_skills else frozenset({""})
    worker = None if line.person is None else number
    return Line(
        number, line.unit_code, line.category or "", 0, worker, line.rank, skills=skills, hours=line.hours,
        valid_from=line.valid_from, valid_until=line.valid_until, dispute_id=line.dispute_id,
    )  # fmt: skip


def _person(number: int, line: DutyLine) -> Person:
    return Person(number, 0, on_duty=line.on_duty)


def read_duty_list(connection: Connection[Any]) -> DutyList:
    """Read the duty list of the grids."""
    rows = connection.execute(query("spatial.people", "duty_list")).fetchall()
    return DutyList([DutyLine(*row) for row in rows])

"""Point, matter and moment → the one unit and the one responsible, with the reason: pure, and in bulk."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from spatial.errors import InvalidInput
from spatial.events.dispatch.facts import GRIDS, Person
from spatial.events.dispatch.hours import minute_of_week
from spatial.events.dispatch.plans import Moment, Plan, Seat, seats_of, stage_of
from spatial.events.dispatch.rules import PLACE, LineUp, Rules
from spatial.grids.locate import Ruling
from spatial.grids.published import Published

FloatArray = NDArray[np.float64]
Json = dict[str, Any]

NOBODY, OUTSIDE, UNAVAILABLE, UPWARD = "nobody", "outside", "unavailable", "upward"
RULES = ("place", "special", "grid", UPWARD, UNAVAILABLE, NOBODY, OUTSIDE)
"""What a decision can rest on. place, special, grid: the scope of the line; upward: nobody of the line-ups
before was available; unavailable: nobody is at all, so the first of the list has it; nobody: no line is in
force here for the matter; outside: the point lies in no unit."""
_KEPT_PLANS = 200_000
_RULINGS = tuple(ruling.name for ruling in Ruling)


@dataclass(frozen=True)
class Asked:
    """Events to be dispatched, as columns of the same length."""

    lon: Any
    """(n,) WGS-84 degrees; NaN where there is no point."""
    lat: Any
    category: Sequence[str]
    """Matter codes."""
    occurred_at: Sequence[datetime]
    """With a zone. Decides hours and validity, unless `at` is given."""
    urgency: Sequence[str] = ()
    at: datetime | None = None
    """The moment of the decision: now, for whatever is reported live."""


@dataclass(frozen=True)
class Considered:
    """Somebody who came into question, and why they were not chosen ("chosen" for the one who was)."""

    worker_id: int | None
    organisation_id: int
    line: int
    edition: int
    scope: str
    coverage: str
    unit_code: str
    category: str
    rank: int
    why_not: str
    """A key of `plans.WHYS`."""
    on_duty: bool
    load: int | None
    distance_m: float | None
    missing: tuple[str, ...] = ()
    """Skills that the line asks for and the person has not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whose an event is, by which rule; who else was considered is worked out when asked."""

    unit_code: str | None
    ruling: str
    border_m: float | None
    """Metres to the border of the unit; None when there is no unit."""
    version_id: int
    units: Mapping[str, str]
    """The units of other coverages that the point lies in."""
    organisation_id: int | None
    worker_id: int | None
    line: int | None
    """The line of the duty list."""
    rule: str
    """One of `RULES`."""
    runner_up: str | None = None
    """The unit beyond the nearest piece of border."""
    category: str = ""
    versions: Mapping[str, int] = field(default_factory=dict)
    moment: Moment | None = field(default=None, compare=False, repr=False)
    plan: Plan | None = field(default=None, compare=False, repr=False)

    @property
    def considered(self) -> tuple[Considered, ...]:
        """List who came into question, in the order that they are asked in."""
        if self.plan is None or self.moment is None:
            return ()
        return tuple(_as_considered(*row) for row in self.plan.considered(self.moment))

    def explanation(self) -> Json:
        """Write down the facts that the decision was made from; see `explanations` for the words."""
        from spatial.events.dispatch.explanations import body_of

        return body_of(self)


@dataclass(frozen=True, eq=False)
class Dispatcher:
    """The duty list, the people and the borders of one moment; immutable, shared by threads."""

    rules: Rules
    people: Mapping[int, Person]
    coverages: Mapping[str, Published]
    """`grids`, and the others that points are located in."""
    stamp: int = 0
    """Of the duty list and the borders, as the database counts them."""
    _plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict, init=False, repr=False)
    _seats: dict[LineUp, tuple[Seat, ...]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def read(cls, connection: Connection[Any], at: datetime | None = None) -> Dispatcher:
        """Read the dispatcher of now, or with the borders of another moment: `read_dispatcher`."""
        from spatial.events.dispatch.reading import read_dispatcher

        return read_dispatcher(connection, at)

    def with_people(self, people: Mapping[int, Person]) -> Dispatcher:
        """Give the dispatcher of the same list and borders with other people."""
        return Dispatcher(self.rules, people, self.coverages, self.stamp)

    @property
    def versions(self) -> dict[str, int]:
        """Which publication of each coverage it answers from."""
        return {name: published.version for name, published in self.coverages.items()}

    def decide(self, asked: Asked) -> list[Decision]:
        """Decide for every event, independently of the others and of their order.

        InvalidInput when the columns are not of one length. A point that is NaN or far away is `outside`.
        """
        lon, lat = (np.ascontiguousarray(column, np.float64) for column in (asked.lon, asked.lat))
        _check_lengths(lon, lat, asked)
        located = {name: published.index.locate(lon, lat) for name, published in self.coverages.items()}
        places = self.rules.places(lon, lat)
        return list(self._decisions(lon, lat, asked, located, places))

    def _decisions(
        self, lon: FloatArray, lat: FloatArray, asked: Asked, located: Mapping[str, Any], places: list[Any]
    ) -> Iterator[Decision]:
        unit, ruling = located[GRIDS]
        border_m, beyond = self.coverages[GRIDS].index.border(lon, lat, unit)
        others = [name for name in self.coverages if name != GRIDS]
        rows = zip(*(located[name][0].tolist() for name in (GRIDS, *others)), strict=True)
        columns = (lon.tolist(), lat.tolist(), ruling.tolist(), border_m.tolist(), beyond.tolist())
        coverages = (GRIDS, *others)
        versions, codes = self.versions, {name: self.coverages[name].index.codes for name in coverages}
        for row, units in enumerate(rows):
            x, y, ruled, metres, next_unit = (column[row] for column in columns)
            category, at = asked.category[row], asked.at or asked.occurred_at[row]
            moment = Moment(x, y, at, minute_of_week(at))
            plan = self._plan(coverages, units, category, places[row])
            seat = plan.choose(moment)
            yield Decision(
                _code(codes[GRIDS], units[0]),
                _RULINGS[ruled],
                None if math.isnan(metres) else metres,
                versions[GRIDS],
                {name: codes[name][n] for name, n in zip(others, units[1:], strict=True) if n >= 0},
                seat.line.organisation_id if seat else None,
                _worker(seat),
                seat.line.id if seat else None,
                rule_of(seat, plan, moment, units[0] >= 0),
                _code(codes[GRIDS], next_unit),
                category,
                versions,
                moment,
                plan,
            )

    def _plan(
        self, coverages: Sequence[str], units: Sequence[int], category: str, places: tuple[int, ...]
    ) -> Plan:
        """Make the plan for a matter in these units, once."""
        part = self.rules.part_of(category)
        key = (units, part, places)
        plan = self._plans.get(key)
        if plan is None:
            chains = {name: self._chain(name, n) for name, n in zip(coverages, units, strict=True) if n >= 0}
            plan = Plan.seated([self._seated(up) for up in self.rules.line_ups(chains, part, places)])
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _seated(self, up: LineUp) -> tuple[Seat, ...]:
        """Seat a line-up once; those of places are lined up anew each time."""
        seats = self._seats.get(up)
        if seats is None:
            seats = seats_of(up, self.people)
            if up.scope != PLACE:
                self._seats[up] = seats
        return seats

    def _chain(self, coverage: str, unit: int) -> list[str]:
        return [link.code for link in reversed(self.coverages[coverage].chains[unit])]


def _code(codes: Sequence[str], unit: int) -> str | None:
    return codes[unit] if unit >= 0 else None


def _check_lengths(lon: FloatArray, lat: FloatArray, asked: Asked) -> None:
    columns: dict[str, Any] = {"lat": lat, "category": asked.category, "occurred_at": asked.occurred_at}
    for name, column in columns.items():
        if len(column) != len(lon):
            raise InvalidInput.at(name, f"has {len(column)} values for {len(lon)} points")


def _worker(seat: Seat | None) -> int | None:
    return None if seat is None or seat.person is None else seat.person.id


def rule_of(seat: Seat | None, plan: Plan, moment: Moment, is_in_unit: bool) -> str:
    """Name the rule that a choice rests on: one of `RULES`."""
    if seat is None:
        return NOBODY if is_in_unit else OUTSIDE
    if seat is not plan.at_once and stage_of(seat, moment.minute):
        return UNAVAILABLE
    return UPWARD if plan.passed_over(seat, moment.at) else seat.up.scope


def _as_considered(seat: Seat, why: str, metres: float) -> Considered:
    person, line = seat.person, seat.line
    number, load = (None, None) if person is None else (person.id, person.load)
    return Considered(
        number, line.organisation_id, line.id, line.edition, seat.up.scope, seat.up.coverage,
        seat.up.unit_code, line.category, line.rank, why, seat.on_duty, load,
        None if math.isinf(metres) else metres, tuple(seat.missing),
    )  # fmt: skip

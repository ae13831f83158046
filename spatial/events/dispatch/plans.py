"""Who is considered for a matter in a unit, in which order, and who of them is chosen: pure.

Among the lines of one line-up the lower rank comes first, then who has less to do, then who is nearer. Only
somebody with the skills, in the hours of the line and on duty is available; if nobody of a line-up is, the
next one is asked, upward. When nobody at all is available, the first of the list is responsible anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby, pairwise, takewhile
from typing import Any, NamedTuple

from spatial.events.dispatch.facts import GRIDS, Line, Person
from spatial.events.dispatch.rules import PLACE, LineUp

People = Mapping[int, Person]
Pools = Mapping[int, Iterable[int]]
"""Whom lines for anybody of an organisation mean, by number of the line."""
MOST_AFTER = 8
"""How many of those who come after the chosen one are told of."""

CHOSEN = "chosen"
OFF_DUTY, SKILL_MISSING, OUT_OF_HOURS = "off_duty", "skill_missing", "out_of_hours"
PLACE_FIRST, SPECIAL_FIRST, RULED_FIRST = "place_first", "special_first", "ruling_first"
LESS_SPECIFIC, COARSER = "less_specific_matter", "coarser_area"
LOWER_RANK, BUSIER, FARTHER, IN_ORDER = "lower_rank", "busier", "farther", "in_order"
WHYS = (
    CHOSEN, OFF_DUTY, SKILL_MISSING, OUT_OF_HOURS, PLACE_FIRST, SPECIAL_FIRST, RULED_FIRST, LESS_SPECIFIC,
    COARSER, LOWER_RANK, BUSIER, FARTHER, IN_ORDER,
)  # fmt: skip


class Seat:
    """A line with the person it would give the event to: one who is considered.

    What decisions ask of it is worked out once: a batch asks a hundred thousand times.
    """

    __slots__ = (
        "always", "is_placeless", "is_tied", "line", "on_duty", "order", "person", "row", "skilled", "up",
    )  # fmt: skip

    def __init__(self, up: LineUp, line: Line, person: Person | None) -> None:
        """Take a line of a line-up; person None: the organisation alone, which finds the person itself."""
        self.up, self.line, self.person = up, line, person
        self.skilled = person is None or line.skills <= person.skills
        """Whether the person can do what the line asks for; an organisation is believed to."""
        self.on_duty = person is None or person.on_duty
        self.order = (line.rank, 0 if person is None else person.load)
        """What decides within the line-up before the distance does."""
        self.is_placeless = person is None or (person.told_m is None and math.isnan(person.lon))
        """Whether nobody knows where the person is."""
        self.is_tied = False
        """Whether the distance decides between this one and the next."""
        self.always = None if line.hours is not None else 2 - self.skilled - (self.skilled and self.on_duty)
        """The first of the stages that it passes, whatever the moment."""
        self.row = self._row()
        """What of it is the same for every event, as it is kept: columns of ROW."""

    def is_level_with(self, other: Seat) -> bool:
        """Tell whether nothing but the distance can decide between two."""
        return self.up is other.up and self.order == other.order

    @property
    def tie(self) -> tuple[int, int]:
        """What decides when all else is equal: the lower number of the person, then of the line."""
        return (0 if self.person is None else self.person.id), self.line.id

    @property
    def missing(self) -> list[str]:
        """List the skills that the line asks for and the person has not."""
        return [] if self.skilled or self.person is None else sorted(self.line.skills - self.person.skills)

    def _row(self) -> tuple[Any, ...]:
        line, person = self.line, self.person
        known = (None, None, None) if person is None else (person.id, person.on_duty, person.load)
        number, on_duty, load = known
        return (
            line.id, line.edition, line.organisation_id, number, self.up.scope, self.up.coverage,
            self.up.unit_code, line.category, line.rank, on_duty, load, self.missing,
        )  # fmt: skip


ROW = (
    "line", "edition", "organisation", "worker", "scope", "coverage", "unit", "category", "rank", "on_duty",
    "load", "missing",
)  # fmt: skip
"""What is kept of somebody who is considered, beside why and how far."""


class Moment(NamedTuple):
    """Where and when: what a decision depends on beside its plan."""

    lon: float
    lat: float
    at: datetime
    minute: int
    """Of the city's week."""


class Plan:
    """All who come into question for a matter in a unit, in their order but for the distance."""

    __slots__ = ("_told", "at_once", "seats")

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        """Take the seats of all line-ups, in their order."""
        self.seats = seats
        self.at_once = _at_once(seats)
        """Who is chosen whatever the moment and the place; None: it depends."""
        self._told: tuple[tuple[Seat, str], ...] | bool | None = False

    @classmethod
    def of(cls, ups: Sequence[LineUp], people: People, pools: Pools | None = None) -> Plan:
        """Seat everybody whom the line-ups name.

        pools: whom lines for anybody of an organisation mean, where that is known already.
        """
        return cls.seated([seats_of(up, people, pools) for up in ups])

    @classmethod
    def seated(cls, line_ups: Sequence[Sequence[Seat]]) -> Plan:
        """Make the plan of what `seats_of` gives for its line-ups."""
        return cls(tuple(chain.from_iterable(line_ups)))

    def choose(self, moment: Moment) -> Seat | None:
        """Choose who is responsible; None when no line is in force here."""
        if self.at_once is not None:
            return self.at_once
        present = self._present(moment.at)
        for stage in range(len(STAGES)):
            able = (seat for seat in present if stage_of(seat, moment.minute) <= stage)
            first = next(able, None)
            if first is not None:
                equal = [first, *takewhile(first.is_level_with, able)]
                return first if len(equal) == 1 else _nearest(equal, moment)
        return None

    def ranked(self, moment: Moment) -> Iterator[tuple[Seat, float]]:
        """Go through those whose lines are in force in their order for this place, with metres to it."""
        metres = [(seat, _metres(seat, moment)) for seat in self._present(moment.at)]
        for _, together in groupby(metres, key=lambda pair: id(pair[0].up)):
            yield from sorted(together, key=lambda pair: (pair[0].order, pair[1], pair[0].tie))

    def considered(self, moment: Moment) -> Iterator[tuple[Seat, str, float]]:
        """Go through who came into question, in order: why they were not chosen, and metres to the place.

        All who come before the chosen one, and some who come after.
        """
        if self.told is not None:
            yield from ((seat, why, _metres(seat, moment)) for seat, why in self.told)
            return
        chosen = self.choose(moment)
        if chosen is None:
            return
        ranked = list(self.ranked(moment))
        metres, after = dict(ranked), 0
        for seat, far in ranked:
            yield seat, why_not(seat, chosen, moment.minute, metres), far
            after += after > 0 or seat is chosen
            if after > MOST_AFTER:
                return

    @property
    def told(self) -> tuple[tuple[Seat, str], ...] | None:
        """Who is told of and why, where neither the moment nor the place decides that; None where it does."""
        if isinstance(self._told, bool):
            self._told = self._tell()
        return self._told

    def _tell(self) -> tuple[tuple[Seat, str], ...] | None:
        chosen = self.at_once
        if chosen is None:
            return None
        kept = self.seats[: self.seats.index(chosen) + 1 + MOST_AFTER]
        if any(seat.is_tied or seat.always is None or seat.line.is_temporary for seat in kept):
            return None
        return tuple((seat, why_not(seat, chosen, 0, {})) for seat in kept)

    def passed_over(self, seat: Seat, at: datetime) -> bool:
        """Tell whether lines in force of an earlier line-up did not give anybody."""
        before = takewhile(lambda other: other.up is not seat.up, self.seats)
        return any(not self.changing or other.line.in_force(at) for other in before)

    def _present(self, at: datetime) -> Sequence[Seat]:
        """List those whose lines are in force."""
        if not self.changing:
            return self.seats
        return [seat for seat in self.seats if seat.line.in_force(at)]

    @property
    def changing(self) -> bool:
        """Tell whether a line comes into force or ends at some moment."""
        return any(seat.line.is_temporary for seat in self.seats)


def seats_of(up: LineUp, people: People, pools: Pools | None = None) -> tuple[Seat, ...]:
    """Seat everybody whom a line-up names, in their order but for the distance; pools as `Plan.of` has it."""
    seats = [Seat(up, line, person) for line in up.lines for person in _named(line, people, pools)]
    seats.sort(key=lambda seat: (seat.order, seat.tie))
    for one, other in pairwise(seats):
        one.is_tied = one.order == other.order and not (one.is_placeless and other.is_placeless)
    return tuple(seats)


def _named(line: Line, people: People, pools: Pools | None) -> Iterable[Person | None]:
    known = pools.get(line.id) if pools else None
    return _persons(line, people) if known is None else [people[number] for number in known] or [None]


def _persons(line: Line, people: People) -> Iterable[Person | None]:
    if line.worker_id is not None:
        return [people.get(line.worker_id)]
    if not line.anybody:
        return [None]
    pool = [person for person in people.values() if _belongs(line, person)]
    return pool or [None]


def pools_of(lines: Iterable[Line], people: People) -> Pools:
    """Find whom all lines for anybody mean, going through the people of each organisation alone."""
    of: dict[int, list[Person]] = {}
    for person in people.values():
        of.setdefault(person.organisation_id, []).append(person)
    return {
        line.id: [person.id for person in of.get(line.organisation_id, ()) if _belongs(line, person)]
        for line in lines
        if line.anybody
    }


def _belongs(line: Line, person: Person) -> bool:
    """Tell whether somebody works for the line's organisation, in its unit, below or above it."""
    if person.organisation_id != line.organisation_id:
        return False
    if line.coverage != GRIDS or person.unit_code is None:
        return True
    return person.unit_code.startswith(line.unit_code) or line.unit_code.startswith(person.unit_code)


def _at_once(seats: Sequence[Seat]) -> Seat | None:
    """Find who is chosen whatever the moment: available always, and nobody comes near in order."""
    for number, seat in enumerate(seats):
        line = seat.line
        if line.hours is not None or line.is_temporary:
            return None
        if seat.skilled and seat.on_duty:
            level = [seat, *takewhile(seat.is_level_with, seats[number + 1 :])]
            # Of equals whom nobody knows where they are the first one has it.
            return seat if len(level) == 1 or all(each.is_placeless for each in level) else None
    return None


def _available(seat: Seat, minute: int) -> bool:
    return seat.skilled and seat.on_duty and seat.line.in_hours(minute)


def _able(seat: Seat, minute: int) -> bool:
    return seat.skilled and seat.line.in_hours(minute)


def _in_hours(seat: Seat, minute: int) -> bool:
    return seat.line.in_hours(minute)


def _anybody(_: Seat, __: int) -> bool:
    return True


STAGES = (_available, _able, _in_hours, _anybody)
"""What is asked of somebody; the next is asked when nobody passes."""


def stage_of(seat: Seat, minute: int) -> int:
    """Number the first of the stages that somebody passes; 0 is available."""
    if seat.always is not None:
        return seat.always
    return next(number for number, passes in enumerate(STAGES) if passes(seat, minute))


def _nearest(seats: Sequence[Seat], moment: Moment) -> Seat:
    """Choose the nearest of equals."""
    return min(seats, key=lambda seat: (_metres(seat, moment), seat.tie))


def _metres(seat: Seat, moment: Moment) -> float:
    # An organisation finds somebody itself: nobody knows how far that one has to go.
    return math.inf if seat.person is None else seat.person.metres_from(moment.lon, moment.lat)


def why_not(seat: Seat, chosen: Seat, minute: int, metres: Mapping[Seat, float]) -> str:
    """Say in a key why somebody was not chosen; metres may leave out who is equally far away."""
    if seat is chosen:
        return CHOSEN
    if stage_of(seat, minute) > stage_of(chosen, minute):
        return _hindrance(seat, minute)
    if seat.up is not chosen.up:
        return _later(seat.up, chosen.up)
    if seat.line.rank != chosen.line.rank:
        return LOWER_RANK
    if seat.order != chosen.order:
        return BUSIER
    return FARTHER if metres.get(seat, 0) > metres.get(chosen, 0) else IN_ORDER


def _hindrance(seat: Seat, minute: int) -> str:
    if not seat.line.in_hours(minute):
        return OUT_OF_HOURS
    return OFF_DUTY if seat.skilled else SKILL_MISSING


def _later(up: LineUp, chosen: LineUp) -> str:
    """Say why a line-up is asked after another: its scope, its part of the matter code, or its unit."""
    if up.scope != chosen.scope or up.coverage != chosen.coverage:
        return PLACE_FIRST if chosen.scope == PLACE else SPECIAL_FIRST
    if len(up.category) < len(chosen.category):
        return LESS_SPECIFIC
    is_ruled = chosen.lines[0].dispute_id is not None
    if is_ruled and (up.scope == PLACE or up.unit_code == chosen.unit_code):
        return RULED_FIRST
    return IN_ORDER if up.scope == PLACE else COARSER

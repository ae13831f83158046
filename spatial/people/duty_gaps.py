"""Where the duty list has nobody, or nobody who is on duty: unit × class of matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.errors import Forbidden, InvalidInput
from spatial.events.dispatch.decide import Dispatcher
from spatial.events.dispatch.facts import GRIDS
from spatial.events.dispatch.hours import minute_of_week
from spatial.events.dispatch.plans import Moment, Plan, Pools, Seat, pools_of, stage_of
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, COMMANDER

MOST_ASKED = 50_000
"""Units × classes that are looked at in one request."""
NOBODY, OFF_DUTY, ORGANISATION = "nobody", "nobody_on_duty", "organisation_only"
KINDS = (NOBODY, OFF_DUTY, ORGANISATION)
"""nobody: no line is in force; nobody_on_duty: there are people, and none is available at that moment;
organisation_only: no line names a person."""
Json = dict[str, Any]


def read_classes(connection: Connection[Any], category: str | None = None) -> list[tuple[str, str]]:
    """List the classes of matters with their names; category: those below a part of the code."""
    return connection.execute(query("spatial.people", "duty_classes"), {"category": category}).fetchall()


def gaps(
    dispatcher: Dispatcher, reader: Reader, classes: Sequence[str], at: datetime, below: str = ""
) -> Iterator[Json]:
    """Go through the gaps of the reader's base units, by code; below: of those whose code begins so.

    Forbidden for who neither keeps the duty list nor commands; InvalidInput when it is too much for one
    request.
    """
    if reader.role not in ADMINISTRATORS | {COMMANDER}:
        raise Forbidden("gaps are for administrators, who keep the duty list, and for commanders")
    units = [
        (number, chain)
        for number, chain in enumerate(dispatcher.coverages[GRIDS].chains)
        if reader.holds(chain[-1].code) and chain[-1].code.startswith(below)
    ]
    if len(units) * len(classes) > MOST_ASKED:
        raise InvalidInput.at(
            "unit_code", f"is needed: {len(units)} grids × {len(classes)} classes are too many"
        )
    minute, pools = minute_of_week(at), pools_of(dispatcher.rules.lines.values(), dispatcher.people)
    for _, chain in units:
        codes = [link.code for link in reversed(chain)]
        for category in classes:
            kind = _kind(dispatcher, pools, codes, category, at, minute)
            if kind is not None:
                yield {"unit_code": codes[0], "name": chain[-1].name, "class": category, "gap": kind}


def _kind(
    dispatcher: Dispatcher,
    pools: Pools,
    codes: Sequence[str],
    category: str,
    at: datetime,
    minute: int,
) -> str | None:
    plan = Plan.of(dispatcher.rules.line_ups({GRIDS: codes}, category), dispatcher.people, pools)
    seats: list[Seat] = [seat for seat in plan.seats if seat.line.in_force(at)]
    if not seats:
        return NOBODY
    chosen = plan.choose(Moment(0.0, 0.0, at, minute))
    if chosen is not None and stage_of(chosen, minute):
        return OFF_DUTY
    return None if any(seat.person for seat in seats) else ORGANISATION

"""Intake (受理登记): reports become events, many at a time, each one once.

    desk = Desk(database, settings)
    with session(database, reader) as connection:
        outcomes = take_in(connection, desk, reader, reports)

One transaction takes all good reports of a call and refuses the bad ones each for its own reasons. What was
decided about whose they are is checked in that transaction against the borders and the duty list in force,
which stay what they are until it ends; were others published meanwhile, it is decided anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import Connection

from spatial.database import Database, query, session
from spatial.database.notify import notify
from spatial.errors import Problem, Unavailable
from spatial.events import intake_rows
from spatial.events.calendar import beijing_day
from spatial.events.deadlines import read_deadlines
from spatial.events.dispatch import Asked, Decision, Dispatchers, keep, still_holds
from spatial.events.intake_facts import Facts, read_facts
from spatial.events.intake_places import located
from spatial.events.intake_report import INSPECTIONS, Person, Report, problems_of
from spatial.events.lifecycle_verbs import DISPATCHED, WAY, is_centre
from spatial.rights.data_keys import open_keyring
from spatial.rights.envelope import Keyring, master_file
from spatial.rights.personal import CLASSIFIED, seal
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

if TYPE_CHECKING:
    from spatial.addresses.geocode import Gazetteer
    from spatial.addresses.library import Gazetteers

__all__ = ["MOST_REPORTS", "Desk", "Outcome", "Person", "Report", "take_in"]

ROOM = "spatial.events"
MOST_REPORTS = 10_000
"""Reports that one call takes."""
ROUNDS = 5
"""How often it is decided anew because borders or duties changed meanwhile."""
FEW = 50
"""So many reports are stored by plans made before, triggers' too: to plan took most of the time of one."""
UNPLACED = ("hotline", "internet")
"""Sources whose reports are taken by an address alone, although no grid holds it: a person finds it."""


class Desk:
    """What intake needs beside a connection, kept by a process: dispatchers, addresses, deadlines, keys."""

    def __init__(
        self, database: Database, settings: Settings, dispatchers: Dispatchers | None = None
    ) -> None:
        self.database = database
        self.settings = settings
        self.dispatchers = dispatchers or Dispatchers(database, settings.home)

    @cached_property
    def gazetteers(self) -> Gazetteers:
        """The address library as this process keeps it; opened when the first address is asked for."""
        from spatial.addresses.library import Gazetteers

        return Gazetteers(self.database, self.settings.home)

    def gazetteer(self) -> Gazetteer:
        """Give the address library of now; it is the same for all readers."""
        return self.gazetteers.current(SYSTEM)

    def keyring(self) -> Keyring:
        """Open the keys that reporters are sealed with."""
        with session(self.database, SYSTEM) as connection:
            return open_keyring(connection, master_file(self.settings))


@dataclass(frozen=True)
class Outcome:
    """What became of a report: an event, new or known before, or the reasons why there is none."""

    id: int | None = None
    no: str | None = None
    state: str | None = None
    created: bool = False
    unit_code: str | None = None
    ruling: str | None = None
    organisation_id: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A report on its way to become an event; a problem ends it."""

    report: Report
    problems: tuple[Problem, ...] = ()
    lon: float = np.nan
    lat: float = np.nan
    address_id: int | None = None
    component_id: int | None = None
    decision: Decision | None = None
    no: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def refused(self, *problems: Problem) -> Draft:
        """End it for these reasons, if there are any."""
        if not problems:
            return self
        return replace(self, problems=(*self.problems, *problems))


def take_in(
    connection: Connection[Any],
    desk: Desk,
    reader: Reader,
    reports: Sequence[Report],
    now: datetime | None = None,
) -> list[Outcome]:
    """Make events of reports, in the order sent; see Outcome.

    connection: of `reader`, in a transaction that is committed afterwards. A report of a source and external
    id that are there already gives the event of then. Raises Unavailable when borders change faster than
    can be decided.
    """
    now = now or datetime.now(UTC)
    if len(reports) <= FEW:
        connection.execute(query(ROOM, "intake_plans"))
    known = _known(connection, [report for report in reports if _may_be_known(report, reader)])
    fresh = iter(
        _taken_in(connection, desk, reader, [each for each in reports if _key(each) not in known], now)
    )
    return [known[_key(report)] if _key(report) in known else next(fresh) for report in reports]


def _key(report: Report) -> tuple[str, str]:
    return report.source, report.external_id or ""


def _may_be_known(report: Report, reader: Reader) -> bool:
    """Tell whether to ask for it: what cannot be stored cannot be there."""
    asked = (report.external_id or "").isprintable() and report.source.isprintable()
    return bool(report.external_id) and asked and not _is_kept_for_platform(report, reader)


def _is_kept_for_platform(report: Report, reader: Reader) -> bool:
    return (report.external_id or "").startswith(INSPECTIONS) and reader.role != SYSTEM.role


def _taken_in(
    connection: Connection[Any], desk: Desk, reader: Reader, reports: Sequence[Report], now: datetime
) -> list[Outcome]:
    if not reports:
        return []
    facts = read_facts(connection, reports)
    drafts = [_checked(report, facts, reader, now) for report in reports]
    drafts = _placed(drafts, facts, desk.gazetteer)
    drafts = _decided(connection, desk, drafts, reader, now)
    drafts = _written(connection, drafts, reader, now)
    taken = _stored(connection, drafts, reader)
    _kept_beside(connection, desk, [(taken[draft.no], draft) for draft in drafts if draft.no in taken])
    if taken:
        notify(connection, "events", taken=len(taken))
    return _outcomes(connection, drafts, taken)


def _checked(report: Report, facts: Facts, reader: Reader, now: datetime) -> Draft:
    problems = [*problems_of(report, now), *facts.problems(report)]
    if not problems and report.reaches and not is_centre(reader):
        problems.append(Problem("until", "is for administrators and commanders; leave it out"))
    if _is_kept_for_platform(report, reader):
        problems.append(
            Problem("external_id", f"begins with {INSPECTIONS}, which is for the platform itself")
        )
    known = facts.components.get(report.component) if report.component else None
    return Draft(facts.translated(report), tuple(problems), component_id=known.id if known else None)


def _placed(drafts: list[Draft], facts: Facts, gazetteer: Callable[[], Gazetteer]) -> list[Draft]:
    """Find where each is: its own point, else its address, else its component."""
    good = [row for row, draft in enumerate(drafts) if not draft.problems]
    placed = list(drafts)
    found = located([drafts[row].report for row in good], facts, gazetteer)
    for row, spot in zip(good, found, strict=True):
        draft = replace(drafts[row], lon=spot.lon, lat=spot.lat, address_id=spot.address_id)
        placed[row] = draft.refused(*spot.problems)
    return placed


def _decided(
    connection: Connection[Any], desk: Desk, drafts: list[Draft], reader: Reader, now: datetime
) -> list[Draft]:
    """Decide whose each is, from what is in force when the transaction ends."""
    good = [row for row, draft in enumerate(drafts) if not draft.problems]
    if not good:
        return drafts
    decided = list(drafts)
    for row, decision in zip(
        good, _decisions(connection, desk, [drafts[row] for row in good], now), strict=True
    ):
        draft = replace(drafts[row], decision=decision)
        decided[row] = draft.refused(*_reach_problems(draft, decision, reader))
    return decided


def _decisions(
    connection: Connection[Any], desk: Desk, drafts: Sequence[Draft], now: datetime
) -> list[Decision]:
    asked = Asked(
        np.array([draft.lon for draft in drafts]),
        np.array([draft.lat for draft in drafts]),
        [draft.report.category for draft in drafts],
        [draft.report.occurred_at or now for draft in drafts],
        [draft.report.urgency for draft in drafts],
        at=now,
    )
    for number in range(ROUNDS):
        # Asked for at once is what this process keeps: that it still holds is asked below, in any case.
        dispatcher = desk.dispatchers.current() if number else desk.dispatchers.recent()
        decisions = dispatcher.decide(asked)
        if still_holds(connection, dispatcher):
            return decisions
    raise Unavailable("borders or duties are changing all the time; try again")


def _reach_problems(draft: Draft, decision: Decision, reader: Reader) -> list[Problem]:
    """Refuse what lies outside of the city, or outside of the reader's own part of it."""
    report = draft.report
    where = "lon" if report.lon is not None else "address" if report.address else "component"
    if not reader.sees_everything:
        sent = report.reaches >= WAY.index(DISPATCHED) and decision.organisation_id == reader.organisation_id
        if not reader.holds(decision.unit_code) and not sent:
            return [Problem(where, "is not in the area that you are responsible for")]
    elif decision.unit_code is None and not (report.source in UNPLACED and where == "address"):
        return [Problem(where, f"{draft.lon:.6f}, {draft.lat:.6f} lies outside the city")]
    return []


def _written(connection: Connection[Any], drafts: list[Draft], reader: Reader, now: datetime) -> list[Draft]:
    """Number the good ones and write their rows."""
    good = [row for row, draft in enumerate(drafts) if not draft.problems]
    if not good:
        return drafts
    values = {"today": beijing_day(now), "wanted": len(good)}
    numbers = [no for (no,) in connection.execute(query(ROOM, "intake_numbers"), values).fetchall()]
    deadlines = read_deadlines(connection)
    written = list(drafts)
    rows = intake_rows.rows_of([drafts[row] for row in good], numbers, reader, deadlines, now)
    for row, no, values in zip(good, numbers, rows, strict=True):
        written[row] = replace(drafts[row], no=no, values=values)
    return written


def _stored(connection: Connection[Any], drafts: Sequence[Draft], reader: Reader) -> dict[str, int]:
    """Store the rows with their steps; returns the keys of the new events by their number.

    Somebody who stores the same report at this moment is waited for.
    """
    rows = [draft.values for draft in drafts if draft.no]
    if not rows:
        return {}
    columns = intake_rows.columns_of(rows)
    taken = dict(connection.execute(query(ROOM, "intake_add"), columns).fetchall())
    way = {"verbs": list(intake_rows.STRAIGHT), "froms": [None, *WAY[:-1]], "states": list(WAY)}
    who = {"account": reader.account_id, "username": reader.username, "sent": DISPATCHED}
    connection.execute(query(ROOM, "intake_steps"), {"ids": list(taken.values()), **way, **who})
    return taken


def _kept_beside(connection: Connection[Any], desk: Desk, taken: list[tuple[int, Draft]]) -> None:
    """Keep why each went where it went, and who reported it."""
    decided = [(key, draft.decision) for key, draft in taken if draft.decision is not None]
    keep(connection, [key for key, _ in decided], [decision for _, decision in decided])
    told = [(key, draft.report.reporter) for key, draft in taken if draft.report.reporter]
    if not told:
        return
    connection.execute(query("spatial.rights", "data_keys_share"))
    keys, persons = [key for key, _ in told], [person for _, person in told]
    clear = {name: [getattr(person, name) for person in persons] for name in CLASSIFIED["reporter"].columns}
    sealed = seal(desk.keyring(), "reporter", keys, clear)
    generated = [draft.report.generated for _, draft in taken if draft.report.reporter]
    connection.execute(query(ROOM, "intake_reporters"), {"event_id": keys, "generated": generated, **sealed})


def _outcomes(
    connection: Connection[Any], drafts: Sequence[Draft], taken: Mapping[str, int]
) -> list[Outcome]:
    known = _known(connection, [draft.report for draft in drafts if draft.no and draft.no not in taken])
    return [_outcome(draft, taken, known) for draft in drafts]


def _known(connection: Connection[Any], reports: Sequence[Report]) -> dict[tuple[str, str], Outcome]:
    """Find the events that reports became when they were sent before."""
    if not reports:
        return {}
    values = {
        "sources": [report.source for report in reports],
        "external_ids": [report.external_id for report in reports],
    }
    rows = connection.execute(query(ROOM, "intake_known"), values).fetchall()
    return {(row[0], row[1]): Outcome(row[2], row[3], row[4], False, row[5], row[6], row[7]) for row in rows}


def _outcome(draft: Draft, taken: Mapping[str, int], known: Mapping[tuple[str, str], Outcome]) -> Outcome:
    if draft.problems:
        return Outcome(problems=draft.problems)
    if draft.no in taken:
        values = draft.values
        return Outcome(
            taken[draft.no], draft.no, values["state"], True, values["unit_code"], values["ruling"],
            values["organisation_id"],
        )  # fmt: skip
    found = known.get(_key(draft.report))
    # Of another area: told as little as of any other event there.
    return found or Outcome(problems=(Problem("external_id", "is in use already"),))

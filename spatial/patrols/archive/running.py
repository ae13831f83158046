"""One run of the archive: every day is put where the policy wants it, oldest first, one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

import structlog

from spatial.database import connect, query
from spatial.errors import Conflict, NotFound
from spatial.patrols.archive import catalogue, partitions
from spatial.patrols.archive.catalogue import DROPPED, FULL, THINNED, Entry
from spatial.patrols.archive.regrading import regrade_dirty
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import DATABASE, Policy, thinned
from spatial.patrols.archive.writing import Order, finish, write_day

log = structlog.get_logger()


@dataclass
class Report:
    """What a run has done."""

    days: Counter[str] = field(default_factory=Counter)
    """archived, written anew, thinned, dropped, swept."""
    graded: int = 0
    errors: list[Exception] = field(default_factory=list)


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the lock of the archive; Conflict when somebody else has it."""
    with connect(url, autocommit=True) as connection:
        if not connection.execute(query(ROOM, "alone")).fetchall()[0][0]:
            raise Conflict("somebody else is at the archive")
        try:
            yield
        finally:
            # The server ends a session some time after its client: the next one would be refused until then.
            connection.execute(query(ROOM, "left"))


@contextmanager
def writing(url: str, store: Store) -> Iterator[None]:
    """Hold the lock of the archive for whoever writes into it, and finish what was cut off.

    Conflict when somebody else has it, or when the archive is another city's.
    """
    with alone(url):
        with connect(url) as connection:
            store.claim(str(connection.execute(query(ROOM, "identity")).fetchall()[0][0]))
        finish_all(url, store)
        yield


def run(url: str, store: Store, policy: Policy, today: date) -> Report:
    """Bring the archive to where the policy wants it; url: of the owner.

    What fails is logged, stays as it is and is tried again by the next run; the others go on. Conflict
    when somebody else is at it.
    """
    report = Report()
    with writing(url, store):
        if policy.after_days:
            cutoff = today - timedelta(days=policy.after_days)
            report.graded, errors = regrade_dirty(url, store, cutoff + timedelta(days=1))
            report.errors += errors
            for order, what in _orders(url, policy, today):
                _try(report, what, partial(write_day, url, store, order))
        _age(url, store, policy, today, report)
        with connect(url) as connection:
            named = catalogue.named(connection, store)
        report.days["swept"] = store.sweep(named)
    return report


def _try(report: Report, what: str, work: Any) -> None:
    try:
        report.days[what] += work() is not None
    except Exception as error:
        log.error("a day could not be archived", what=what, exc_info=error)
        report.errors.append(error)


def finish_all(url: str, store: Store) -> None:
    """Finish what a run that was cut off has set apart."""
    with connect(url) as connection:
        days = partitions.left_over(connection)
    for day in days:
        finish(url, store, day)


def _orders(url: str, policy: Policy, today: date) -> list[tuple[Order, str]]:
    """List the days to be written: those that are old enough, and those of which something has come since."""
    with connect(url) as connection:
        there = set(partitions.days_there(connection))
        graded = {day for (day,) in connection.execute(query(ROOM, "days_graded")).fetchall()}
        late = {day for (day,) in connection.execute(query(ROOM, "days_late")).fetchall()}
        entries = catalogue.find(connection, there | graded | late)
        held = {day for (day,) in connection.execute(query(ROOM, "days_held")).fetchall()}
    new = {
        day
        for day in there | graded
        if policy.tier(day, today) != DATABASE and not _is_done(entries.get(day))
    }
    found = []
    for day in sorted((new | late) - held):
        entry = entries.get(day)
        if entry is None:
            found.append((Order(day), "archived"))
        elif entry.gone_at is None:
            found.append((Order(day, entry.tier, entry.bound_m), "archived"))
        elif entry.has_files:
            found.append((Order(day, entry.tier, entry.bound_m), "written anew"))
    return found


def _is_done(entry: Entry | None) -> bool:
    return entry is not None and (entry.gone_at is not None or entry.tier == DROPPED)


def _age(url: str, store: Store, policy: Policy, today: date, report: Report) -> None:
    """Thin out and drop what is old enough."""
    with connect(url) as connection:
        entries = [each for each in catalogue.listed(connection, limit=100_000) if each.gone_at is not None]
        late = {day for (day,) in connection.execute(query(ROOM, "days_elsewhen")).fetchall()}
        late |= set(partitions.days_there(connection))
    for entry in reversed(entries):
        wanted = policy.tier(entry.day, today)
        if wanted == DROPPED and entry.tier != DROPPED:
            _try(report, "dropped", partial(drop, url, entry.day))
        elif wanted == THINNED and entry.tier == FULL:
            order = Order(
                entry.day, THINNED, float(policy.thin_m), partial(thinned, most_m=float(policy.thin_m))
            )
            _try(report, "thinned", partial(write_day, url, store, order))
        if DROPPED in (entry.tier, wanted) and entry.day in late:
            _forget_late(url, entry.day)


def drop_now(url: str, store: Store, day: date) -> None:
    """Let the files of a day go at once; NotFound when there are none, Conflict when it was restored."""
    with writing(url, store):
        with connect(url) as connection:
            entry = catalogue.find(connection, [day]).get(day)
        if entry is None or not entry.has_files:
            raise NotFound(f"{day} is not in the archive")
        if entry.gone_at is None:
            raise Conflict(f"{day} was brought back into the database, from where it would be archived again")
        drop(url, day)
        with connect(url) as connection:
            named = catalogue.named(connection, store)
        store.sweep(named, timedelta(0))


def drop(url: str, day: date) -> date:
    """Let the files of a day go for good: nothing names them any more, and they are swept."""
    with connect(url) as connection:
        connection.execute(query(ROOM, "day_drop"), {"day": day})
    return day


def _forget_late(url: str, day: date) -> None:
    """Take away what has come of a day that was dropped: it goes with the others."""
    with connect(url) as connection:
        there = day in partitions.days_there(connection)
        connection.execute(query(ROOM, "late_forget"), {"day": day})
    if there:
        partitions.briefly(url, lambda each: partitions.set_apart(each, day))
        with connect(url) as connection:
            partitions.drop(connection, day)

"""What became of due patrols, judged again from archived fixes by the code that judged them first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.patrols import tracks
from spatial.patrols.archive import days_file, rows
from spatial.patrols.archive.catalogue import FULL, Entry
from spatial.patrols.archive.composing import home_of
from spatial.patrols.archive.fixes_file import Reader as FixesReader
from spatial.patrols.archive.questions.asked import ROOM, Asked, as_the_platform, check, entries_of, readable
from spatial.patrols.archive.regrading import days_of, near
from spatial.patrols.archive.store import DAYS, FIXES, Store
from spatial.patrols.compliance.seen import Seen
from spatial.patrols.compliance.targets import Target
from spatial.patrols.days import days_between, moments
from spatial.patrols.grading import Home, parameters_of
from spatial.patrols.plans import judging
from spatial.patrols.plans.judging import Parts
from spatial.patrols.plans.store import kept_targets
from spatial.rights.reader import Reader

MOST_DUES = 5000
Row = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What grading has to know of a mover's day that is not in a file of the archive."""

    gait: str
    home: bytes | None
    fixes: rows.Rows
    """Of the day and an hour around it."""
    marked: frozenset[tuple[int, int]]


@dataclass
class DayWork:
    """What is to be looked at on one day: files, and who had to do what."""

    day: date
    fixes: list[tuple[date, int]] = field(default_factory=list)
    """Files of fixes, by day and generation."""
    graded: int | None = None
    """Generation of the file of graded days."""
    given: dict[int, Given] = field(default_factory=dict)
    wanted: list[tuple[int, Row, list[tuple[int, Target]]]] = field(default_factory=list)
    """Mover, due patrol and its targets by their numbers."""


SeenOn = tuple[int, int, int, date, Seen]
"""Of a due patrol, target, mover and day."""


def dues(connection: Connection[Any], reader: Reader, asked: Asked) -> list[Row]:
    """List what was due by a plan, of which the reader may know what became; NotFound without the plan."""
    check(connection, reader, asked)
    values = {
        "plan": asked.plan, "since": moments(asked.first)[0], "until": moments(asked.last)[1],
        "limit": MOST_DUES + 1,
    }  # fmt: skip
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "dues"), values).fetchall()
    if len(found) > MOST_DUES:
        raise InvalidInput.at("from", f"more than {MOST_DUES:,} patrols were due; ask for fewer days")
    return found


def work_of(connection: Connection[Any], reader: Reader, found: Sequence[Row]) -> list[DayWork]:
    """Divide due patrols, which the reader may know of, by days; with what is not in the archive.

    InvalidInput for days of which the archive has not every fix any more.
    """
    made: dict[date, DayWork] = {}
    targets: dict[tuple[int, int], list[tuple[int, Target]]] = {}
    with as_the_platform(connection, reader):
        for due in found:
            key = (due["plan_id"], due["edition"])
            if key not in targets:
                targets[key] = [(each.id, each.target) for each in kept_targets(connection, *key)]
            for day in days_between(due["starts_at"], due["ends_at"]):
                work = made.setdefault(day, DayWork(day))
                work.wanted += [(mover, due, targets[key]) for mover in due["movers"]]
    days = sorted({each for day in made for each in days_of(day)})
    entries = entries_of(connection, reader, days)
    with as_the_platform(connection, reader):
        for work in made.values():
            _look_up(connection, work, entries)
    return [made[day] for day in sorted(made)]


def _look_up(connection: Connection[Any], work: DayWork, entries: dict[date, Entry]) -> None:
    """Say where the day's fixes are, and bring along what no file has."""
    held = {day: entries[day] for day in days_of(work.day) if day in entries}
    for entry in held.values():
        if entry.tier != FULL:
            raise InvalidInput.at(
                "from", f"of {entry.day} the archive has not every fix any more ({entry.tier})"
            )
        work.fixes.append((entry.day, entry.generation))
    told = {entry.day: entry.generation for entry in readable(held)}
    # Whole days of the archive are graded by what is in their files alone.
    if len(held) == len(days_of(work.day)) and work.day in told:
        work.graded = told[work.day]
        return
    begin, end = near(work.day)
    for mover in {mover for mover, _, _ in work.wanted}:
        gait = connection.execute(query("spatial.patrols.plans", "gait"), {"mover": mover}).fetchall()[0][0]
        work.given[mover] = Given(
            gait, home_of(connection, mover, work.day), rows.read(connection, begin, end, mover, mover),
            tracks.marks(connection, mover, begin, end),
        )  # fmt: skip


def seen_on(store: Store, work: DayWork) -> list[SeenOn]:
    """Grade the day of each mover from its fixes, and tell what it shows of each target."""
    movers = sorted({mover for mover, _, _ in work.wanted})
    given = {**_kept(store, work, movers), **work.given}
    fixes, marked = _read(store, work, movers)
    found = []
    for mover, due, targets in work.wanted:
        if mover not in given:
            continue
        track = _track(work.day, given[mover], fixes[mover], marked[mover])
        for number, target in targets:
            seen = judging.see_on(work.day, due, target, track)
            if not judging.is_nothing(seen):
                found.append((due["id"], number, mover, work.day, seen))
    return found


def _track(day: date, given: Given, fixes: rows.Rows, marked: set[tuple[int, int]]) -> Any:
    columns = rows.columns_of(rows.merged(fixes, given.fixes))
    home = None if given.home is None else Home(shapely.from_wkb(given.home))
    graded = tracks.grade_of(columns, day, parameters_of(given.gait), given.marked | marked, home)
    return judging.track_of(graded.columns, graded.verdicts, given.gait)


def _kept(store: Store, work: DayWork, movers: list[int]) -> dict[int, Given]:
    if work.graded is None:
        return {}
    with store.open(DAYS, work.day, work.graded) as file:
        kept = days_file.read_days(file, movers)
    return {each.day.mover_id: Given(each.gait, each.home, rows.none(), frozenset()) for each in kept}


def _read(
    store: Store, work: DayWork, movers: list[int]
) -> tuple[dict[int, rows.Rows], dict[int, set[tuple[int, int]]]]:
    """Read the archived fixes of movers, and which of them were marked as bad."""
    fixes = defaultdict[int, rows.Rows](rows.none)
    marked = defaultdict[int, set[tuple[int, int]]](set)
    for day, generation in sorted(work.fixes):
        with store.open(FIXES, day, generation) as file:
            found = FixesReader(file).of(movers)
        for mover, part in rows.by_mover(found.rows):
            fixes[mover] = rows.merged(fixes[mover], found.rows[part])
            bad = found.rows[part][found.marked[part]]
            marked[mover] |= set(zip(bad["time_us"].tolist(), bad["mark"].tolist(), strict=True))
    return fixes, marked


def judge(
    connection: Connection[Any], reader: Reader, found: Sequence[Row], seen: Iterable[SeenOn]
) -> list[Row]:
    """Judge due patrols by what was seen of them, in the form of results."""
    parts: dict[int, Parts] = defaultdict(dict)
    for due, target, mover, _, part in sorted(seen, key=lambda each: each[:4]):
        parts[due].setdefault(target, {}).setdefault(mover, []).append(part)
    with as_the_platform(connection, reader):
        return [_told(due, judging.judged(connection, due, parts.get(due["id"], {}))) for due in found]


def _told(due: Row, judged: judging.Judged) -> Row:
    about = {name: due[name] for name in ("id", "plan_id", "movers")}
    times = {name: due[name].isoformat() for name in ("starts_at", "ends_at")}
    targets = [{"target_id": kept.id, **judging.result_row(each)} for kept, each in judged.targets]
    return {**about, **times, **judging.result_row(judged.whole), "targets": targets}

"""A dry run: what a plan would have said of days that are over, without keeping anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from psycopg import Connection

from spatial.errors import InvalidInput
from spatial.events.calendar import Calendar
from spatial.patrols import tracks
from spatial.patrols.compliance.results import Result, together
from spatial.patrols.compliance.rules import Rules
from spatial.patrols.compliance.seen import Seen, see
from spatial.patrols.compliance.targets import Target, samples_of
from spatial.patrols.compliance.track import Track
from spatial.patrols.plans.judging import judge_target, result_row, track_of
from spatial.patrols.plans.recurrence import Recurrence
from spatial.rights.reader import Reader

MOST_MOVERS = 50
MOST_WINDOWS = 24

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A plan that is not kept, and who would have had to do it."""

    targets: Sequence[Target]
    recurrence: Recurrence
    rules: Rules
    movers: Sequence[int]
    together: bool


def check(
    connection: Connection[Any], reader: Reader, asked: Asked, day: date, calendar: Calendar
) -> list[Row]:
    """Judge the windows that begin on a day; NotFound for a mover that the reader may not watch.

    Gives a row for each window and mover, or window where all do it together, with the missed parts of each
    target as GeoJSON; nothing where the plan is not due on that day.
    """
    windows = asked.recurrence.windows(day, day, calendar)
    if not 1 <= len(asked.movers) <= MOST_MOVERS:
        raise InvalidInput.at("movers", f"must be 1 to {MOST_MOVERS}")
    if len(windows) > MOST_WINDOWS:
        raise InvalidInput.at("rounds", f"must be {MOST_WINDOWS} at most here")
    found = []
    for window in windows:
        seen = {mover: _track(connection, reader, mover, window) for mover in asked.movers}
        groups = [seen] if asked.together else [{mover: track} for mover, track in seen.items()]
        found += [_judged(asked, window, group) for group in groups]
    return found


def _track(
    connection: Connection[Any], reader: Reader, number: int, window: tuple[datetime, datetime]
) -> Track:
    mover = tracks.find_mover(connection, reader, mover=number)
    read = tracks.read_track(connection, reader, mover, *window)
    return track_of(read.columns, read.verdicts, mover.gait)


def _judged(asked: Asked, window: tuple[datetime, datetime], seen: Mapping[int, Track]) -> Row:
    span = tracks.us_of(window[0]), tracks.us_of(window[1])
    results = [_result(asked, target, span, seen) for target in asked.targets]
    whole = together(asked.targets, results, asked.rules)
    about = {"movers": sorted(seen), "starts_at": window[0], "ends_at": window[1]}
    return {**about, **result_row(whole), "targets": [_told(result) for result in results]}


def _result(asked: Asked, target: Target, span: tuple[int, int], seen: Mapping[int, Track]) -> Result:
    samples = samples_of(target, asked.rules.step_m)
    parts: dict[int, list[Seen]] = {
        mover: [see(target, samples, track, span, asked.rules)] for mover, track in seen.items()
    }
    return judge_target(target, parts, span, asked.rules, over=True)


def _told(result: Result) -> Row:
    missed = None if result.missed is None else shapely.geometry.mapping(result.missed)
    return {**result_row(result), "missed": missed}

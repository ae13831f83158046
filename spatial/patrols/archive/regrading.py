"""Grade days anew whose fixes lie in the archive, or there and in the database: late ones still count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection

from spatial.database import connect, query
from spatial.patrols import track_days, tracks
from spatial.patrols.archive import catalogue, rows
from spatial.patrols.archive.catalogue import FULL, Entry
from spatial.patrols.archive.fixes_file import Reader
from spatial.patrols.archive.rows import ROOM, Rows
from spatial.patrols.archive.store import FIXES, Store
from spatial.patrols.days import CONTEXT_US, bounds
from spatial.patrols.followers import FOLLOWERS, Follower
from spatial.patrols.track_days import TrackDay
from spatial.rights.reader import SYSTEM

log = structlog.get_logger()


def regrade_dirty(
    url: str, store: Store, until: date, followers: Sequence[Follower] = FOLLOWERS
) -> tuple[int, list[Exception]]:
    """Grade the days of movers before `until` that wait for it, each in a transaction of its own.

    The grader leaves those alone that have fixes in the archive. url: of the owner. Gives how many were
    graded, and what went wrong with the others, which wait for the next run.
    """
    with connect(url) as connection:
        found = connection.execute(query(ROOM, "dirty"), {"until": until}).fetchall()
    count, errors = 0, list[Exception]()
    for mover, day in found:
        try:
            with connect(url) as connection:
                count += _regrade(connection, store, mover, day, followers)
        except Exception as error:
            log.error("a day in the archive could not be graded", mover=mover, day=str(day), exc_info=error)
            errors.append(error)
    return count, errors


def _regrade(
    connection: Connection[Any], store: Store, mover: int, day: date, followers: Sequence[Follower]
) -> bool:
    """Grade one day, keep what it came to, and have the files that tell of it written anew."""
    values = {"mover": mover, "day": day}
    if not connection.execute(query("spatial.patrols", "grader_lock"), values).fetchall()[0][0]:
        return False
    row = connection.execute(query("spatial.patrols", "grader_marks"), values).fetchone()
    if row is None:
        return False
    entries = catalogue.find(connection, days_of(day))
    before = track_days.read(connection, mover, day)
    whole = all(entry.tier == FULL for entry in entries.values())
    done = whole or before is None
    if done:
        _judge(connection, store, mover, day, before, entries, followers)
    # Of what was thinned out nobody can say more than was said while it was whole.
    connection.execute(query("spatial.patrols", "grader_done"), {**values, "marks": row[0]})
    return done


def _judge(
    connection: Connection[Any], store: Store, mover: int, day: date, before: TrackDay | None,
    entries: dict[date, Entry], followers: Sequence[Follower],
) -> None:  # fmt: skip
    who = tracks.find_mover(connection, SYSTEM, mover=mover)
    fixes = fixes_of(connection, store, mover, day, entries)
    begin, end = near(day)
    marked, home = tracks.marks(connection, mover, begin, end), tracks.home_of(connection, mover, day)
    graded = tracks.grade_of(rows.columns_of(fixes), day, who.parameters, marked, home)
    after = track_days.of_graded(mover, day, graded, who.parameters)
    if before is not None and after.fixes < before.fixes:
        return
    track_days.replace_day(connection, after)
    for follower in followers:
        follower(connection, mover, day, before, after, graded)
    catalogue.mark_stale(connection, days_of(day))


def fixes_of(
    connection: Connection[Any], store: Store, mover: int, day: date, entries: dict[date, Entry]
) -> Rows:
    """Read the fixes of a mover's local day and an hour around it, from wherever they are."""
    begin_us, end_us = _span(day)
    begin, end = near(day)
    found = rows.none()
    for entry in entries.values():
        if entry.has_files:
            with store.open(FIXES, entry.day, entry.generation) as file:
                found = rows.merged(found, Reader(file).between(mover, mover).rows)
    inside = (found["time_us"] >= begin_us) & (found["time_us"] < end_us)
    return rows.merged(found[inside], rows.read(connection, begin, end, mover, mover))


def days_of(day: date) -> list[date]:
    """Name the UTC days that a local day, with an hour around it, has a part of."""
    return [day - timedelta(days=1), day]


def near(day: date) -> tuple[datetime, datetime]:
    """Give begin and end of a local day with an hour around it, the end not included."""
    begin_us, end_us = _span(day)
    return track_days.moment(begin_us), track_days.moment(end_us)


def _span(day: date) -> tuple[int, int]:
    begin_us, end_us = bounds(day)
    return begin_us - CONTEXT_US, end_us + CONTEXT_US

"""Grades the days of movers that have had fixes, and tells whoever follows what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection

from spatial.database import Database, query, session
from spatial.patrols import tracks
from spatial.patrols.days import CONTEXT_US, moments
from spatial.patrols.followers import FOLLOWERS, Follower
from spatial.patrols.track_days import TrackDay, of_graded, read, replace_day
from spatial.rights.reader import SYSTEM

ROOM = "spatial.patrols"
MOST = 200
"""Days of movers that are taken up at a time."""
_GRADED = {"first": date(1970, 1, 1), "last": date(9998, 12, 31)}
"""Days with a day before and after them that can be told."""
_CONTEXT = timedelta(microseconds=CONTEXT_US)


class Dirty(NamedTuple):
    """A day of a mover that has had fixes, or marks by hand, since it was graded."""

    mover: int
    day: date


def grade_dirty(
    database: Database, most: int | None = None, followers: Sequence[Follower] = FOLLOWERS
) -> int:
    """Grade dirty days, those that have waited longest first, each in a transaction of its own.

    most: no more than so many; None: until nothing is dirty that nobody else is at. Returns how many. When
    days cannot be graded the others are all the same, and the first error comes out in the end.
    """
    count, errors = 0, list[Exception]()
    while most is None or count < most:
        with session(database, SYSTEM) as connection:
            found = dirty_days(connection, MOST if most is None else min(MOST, most - count))
        done = 0
        for each in found:
            try:
                done += grade_one(database, each, followers)
            except Exception as error:
                errors.append(error)
                put_off(database, each)
        count += done
        if not done:
            break
    if errors:
        raise errors[0]
    return count


def dirty_days(connection: Connection[Any], most: int = MOST) -> list[Dirty]:
    """List dirty days, those that have waited longest first; without those that wait for another try."""
    rows = connection.execute(query(ROOM, "grader_dirty"), {**_GRADED, "most": most}).fetchall()
    return [Dirty(*row) for row in rows]


def never_graded(connection: Connection[Any]) -> int:
    """Count dirty days that lie outside of any time we grade: a device's clock was wrong by millennia."""
    return int(connection.execute(query(ROOM, "grader_never"), _GRADED).fetchall()[0][0])


def grade_one(database: Database, dirty: Dirty, followers: Sequence[Follower] = FOLLOWERS) -> bool:
    """Grade a day in one transaction; false when somebody else is at the mover, or has done it.

    Nobody who sends fixes waits: what comes while we grade makes the day dirty again.
    """
    with session(database, SYSTEM) as connection:
        values = {"mover": dirty.mover, "day": dirty.day}
        # One lock a mover. Once we have it, a statement of its own: it then sees what the one before has
        # committed.
        if not connection.execute(query(ROOM, "grader_lock"), values).fetchall()[0][0]:
            return False
        row = connection.execute(query(ROOM, "grader_marks"), values).fetchone()
        if row is None:
            return False
        regrade(connection, dirty.mover, dirty.day, followers)
        connection.execute(query(ROOM, "grader_done"), {**values, "marks": row[0]})
    return True


def put_off(database: Database, dirty: Dirty, pause: timedelta = timedelta(0)) -> None:
    """Let a day that could not be graded wait behind all others, and so long at least."""
    values = {"mover": dirty.mover, "day": dirty.day, "pause": pause}
    with session(database, SYSTEM) as connection:
        connection.execute(query(ROOM, "grader_later"), values)


def regrade(
    connection: Connection[Any], mover_id: int, day: date, followers: Sequence[Follower] = FOLLOWERS
) -> TrackDay:
    """Grade a day from its raw fixes, keep it in the place of the one before, and tell the followers.

    connection: of the platform, holding the lock of the mover.
    """
    mover = tracks.find_mover(connection, SYSTEM, mover=mover_id)
    begin, end = moments(day)
    columns = tracks.raw(connection, mover_id, begin - _CONTEXT, end + _CONTEXT)
    marked = tracks.marks(connection, mover_id, begin - _CONTEXT, end + _CONTEXT)
    home = tracks.home_of(connection, mover_id, day)
    graded = tracks.grade_of(columns, day, mover.parameters, marked, home)
    before = read(connection, mover_id, day)
    after = of_graded(mover_id, day, graded, mover.parameters)
    if before is not None and after.fixes < before.fixes:
        # Fixes are only ever added: these were thinned out, or have gone to the archive. What was said
        # while all were there stays.
        return before
    replace_day(connection, after)
    for follower in followers:
        follower(connection, mover_id, day, before, after, graded)
    return after


def ask_again(connection: Connection[Any], begin: datetime, end: datetime, mover: int | None = None) -> int:
    """Have all days with fixes in [begin, end) graded anew, of one mover or all; returns how many.

    Needed when the parameters or the code of grading have changed.
    """
    values = {"begin": begin, "until": end, "mover": mover}
    return connection.execute(query(ROOM, "grader_again"), values).rowcount

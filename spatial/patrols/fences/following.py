"""Visits to fences, kept in step with graded days, and told on the live line while they are fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.notify import notify
from spatial.events.deadlines import read_deadlines
from spatial.patrols.compliance.track import Track
from spatial.patrols.days import bounds, day_of, moments
from spatial.patrols.fences.areas import MOST_RADIUS_M, Area
from spatial.patrols.fences.hours import is_always, windows_around
from spatial.patrols.fences.visits import LEFT, Terms, Visit, visits_of
from spatial.patrols.grading import Graded
from spatial.patrols.plans.judging import track_of
from spatial.patrols.track_days import TrackDay, moment

ROOM = "spatial.patrols.fences"
FRESH = timedelta(minutes=5)
"""Only what happened so lately is told as news."""
MOST_NOTICES = 20
"""Of one day of a mover at a time: nobody comes and goes more often in five minutes."""

Row = dict[str, Any]


class Kept(NamedTuple):
    """A visit as it is kept."""

    fence_id: int
    since: datetime
    last_at: datetime
    until: datetime | None
    ended: str | None
    probability: float
    fixes: int


def follow(
    connection: Connection[Any], mover: int, day: date, _: TrackDay | None, __: TrackDay, graded: Graded
) -> None:
    """Keep the visits of a day that was graded; see spatial.patrols.followers."""
    track = track_of(graded.columns, graded.verdicts, "foot")
    follow_track(connection, mover, day, track, datetime.now(UTC))


def follow_track(
    connection: Connection[Any], mover: int, day: date, track: Track, now: datetime
) -> list[Kept]:
    """Keep the visits of a mover's day; gives them. Doing it again changes nothing.

    track: of the day, and an hour around it. now: what happened lately before that is told to watchers.
    """
    fences = _fences_near(connection, mover, track)
    found = _found(connection, fences, day, track)
    values = {"mover": mover, "day": day}
    before = [Kept(*row) for row in connection.execute(query(ROOM, "kept"), values).fetchall()]
    if found != before:
        _replace(connection, values, before, found)
        told = {each["id"]: each for each in fences if each["notices"]}
        for fence, what in crossings(before, found, told, now)[:MOST_NOTICES]:
            notify(connection, "presence", movers=[mover], fence=fence, what=what)
    return found


def crossings(
    before: Sequence[Kept], found: Sequence[Kept], told: Mapping[int, Row], now: datetime
) -> list[tuple[int, str]]:
    """Tell what is news: (fence, enter or leave), for fences that are told of; what comes late is none."""
    news: list[tuple[int, str]] = []
    for each in found:
        if each.fence_id not in told:
            continue
        old = [other for other in before if _is_same(each, other)]
        since = now - FRESH - timedelta(seconds=told[each.fence_id]["min_dwell_s"])
        if not old and since <= each.since <= now and not _came_before(each):
            news.append((each.fence_id, "enter"))
        if each.ended != LEFT or each.until is None or any(other.ended == LEFT for other in old):
            continue
        if now - FRESH <= each.until <= now:
            news.append((each.fence_id, "leave"))
    return news


def _is_same(one: Kept, other: Kept) -> bool:
    """Tell whether two are of one visit: late fixes move its begin and end."""
    return one.fence_id == other.fence_id and one.since <= other.last_at and other.since <= one.last_at


def _came_before(visit: Kept) -> bool:
    """Tell whether it is the rest of a visit of the day before."""
    return visit.since == moments(day_of(visit.since))[0]


def _fences_near(connection: Connection[Any], mover: int, track: Track) -> list[Row]:
    """Read the fences of a mover that lie where the track went."""
    finite = np.isfinite(track.lon) & np.isfinite(track.lat)
    if not finite.any():
        return []
    lon, lat = track.lon[finite], track.lat[finite]
    reach = reach_deg(float(np.abs(lat).max()))
    box = {"west": lon.min() - reach, "east": lon.max() + reach}
    box |= {"south": lat.min() - reach, "north": lat.max() + reach}
    values = {name: float(value) for name, value in box.items()}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "of_mover"), {**values, "mover": mover}).fetchall()


def reach_deg(lat: float) -> float:
    """Give degrees that are longer than the largest radius, along a meridian and along a parallel."""
    return MOST_RADIUS_M / 110_000 / max(0.01, float(np.cos(np.radians(min(abs(lat) + 0.1, 90.0)))))


def _found(connection: Connection[Any], fences: Sequence[Row], day: date, track: Track) -> list[Kept]:
    if not fences:
        return []
    limited = any(not is_always(row) for row in fences)
    calendar = read_deadlines(connection).calendar if limited else None
    terms = [
        Terms(
            _area(bytes(row["geom"]), row["radius_m"], row["worst_accuracy_m"]),
            None if calendar is None or is_always(row) else windows_around(row, day, calendar),
            row["min_dwell_s"],
            row["join_s"],
        )
        for row in fences
    ]
    visits = visits_of(track, terms, bounds(day))
    return sorted((_kept(fences[number]["id"], each) for number, parts in visits for each in parts), key=_key)


def _key(visit: Kept) -> tuple[int, datetime]:
    return visit.fence_id, visit.since


@lru_cache(2_000)
def _area(geometry: bytes, radius_m: float, worst_accuracy_m: float) -> Area:
    return Area(shapely.from_wkb(geometry), radius_m, worst_accuracy_m)


def _kept(fence: int, visit: Visit) -> Kept:
    until = None if visit.until_us is None else moment(visit.until_us)
    since, last = moment(visit.since_us), moment(visit.last_us)
    return Kept(fence, since, last, until, visit.ended, visit.probability, visit.fixes)


def _replace(connection: Connection[Any], values: Row, before: Sequence[Kept], found: Sequence[Kept]) -> None:
    gone, fresh = sorted(set(before) - set(found), key=_key), sorted(set(found) - set(before), key=_key)
    if gone:
        keys = {"fences": [each.fence_id for each in gone], "sinces": [each.since for each in gone]}
        connection.execute(query(ROOM, "visits_forget"), {**values, **keys})
    rows = [{**values, **each._asdict()} for each in fresh]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(query(ROOM, "visits_put"), rows)

"""The area that somebody worked in on a day is what was on record that day, whenever it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from spatial.database import Database, connect, session
from spatial.geometry.datum import convert
from spatial.grids.versions import publish
from spatial.patrols import track_days, tracks
from spatial.patrols.columns import Columns
from spatial.patrols.days import day_of
from spatial.patrols.grader import grade_dirty
from spatial.patrols.track_days import moment
from spatial.patrols.verdicts import Verdict
from spatial.rights.reader import SYSTEM
from tests.spatial.grids.cities import SOUTH, STEP, WEST, chessboard, squares
from tests.spatial.patrols.field import hire, put
from tests.spatial.patrols.truth import START_US

COUNT = 60
DAY = day_of(moment(START_US))
OWN, OTHER = "1-0-0-0", "1-1-3-3"


def shifted() -> Columns:
    """Make fixes of the eastern half of the own grid, in a datum that they do not name."""
    rng = np.random.default_rng(3)
    lon = WEST + STEP * np.linspace(0.6, 0.9, COUNT) + rng.normal(0, 2e-5, COUNT)
    lat = SOUTH + STEP * 0.5 + rng.normal(0, 2e-5, COUNT)
    times = START_US + np.arange(COUNT) * 10_000_000
    return Columns.of(times, *convert(lon, lat, "wgs84", "gcj02"), device=1, accuracy_m=6.0)


@pytest.fixture
def field(fresh_url: str, as_app: Callable[[str], str]) -> Iterator[tuple[str, Database, int]]:
    """A city, and somebody of the own grid whose device is off by the shift."""
    with connect(fresh_url) as owner:
        publish(owner, "grids", *chessboard(), "first", datetime(2026, 1, 1, tzinfo=UTC))
        mover = hire(owner, unit=OWN)
        put(owner, mover, shifted())
    database = Database(as_app(fresh_url), pool_size=2)
    database.open()
    yield fresh_url, database, mover
    database.close()


def verdicts(database: Database, mover: int) -> list[int]:
    grade_dirty(database)
    with session(database, SYSTEM) as connection:
        (found,) = track_days.read_days(connection, mover, [DAY])
    return [int(code) for code in found.codes]


def change(url: str, mover: int, statement: str, *values: Any) -> None:
    with connect(url) as owner:
        owner.execute(statement, values)
        track_days.mark_dirty(owner, mover, [DAY])


def home(database: Database, mover: int, day: date) -> Any:
    with session(database, SYSTEM) as connection:
        found = tracks.home_of(connection, mover, day)
    return None if found is None else found.area


def test_a_late_grading_sees_the_home_of_the_day(field: tuple[str, Database, int]) -> None:
    url, database, mover = field
    first = verdicts(database, mover)
    assert Verdict.DATUM_SUSPECT in first
    move = "UPDATE worker SET unit_code = %s WHERE code = 'W-1'"
    for unit in (OTHER, "1-1-2-2", None):
        change(url, mover, move, unit)
        assert verdicts(database, mover) == first
    change(url, mover, "DELETE FROM worker WHERE code = 'W-1'")
    assert verdicts(database, mover) == first


def test_it_is_the_same_for_fixes_that_come_after_the_move(field: tuple[str, Database, int]) -> None:
    """Nothing was graded before the move: what was kept then could not say it."""
    url, database, mover = field
    change(url, mover, "UPDATE worker SET unit_code = %s WHERE code = 'W-1'", OTHER)
    assert Verdict.DATUM_SUSPECT in verdicts(database, mover)


def test_days_after_a_move_have_the_new_home(field: tuple[str, Database, int]) -> None:
    url, database, mover = field
    change(url, mover, "UPDATE worker SET unit_code = %s WHERE code = 'W-1'", OTHER)
    tomorrow = tracks.today() + timedelta(days=1)
    assert shapely.equals(home(database, mover, tomorrow), squares()[15])
    assert shapely.equals(home(database, mover, DAY), squares()[0])


def test_a_home_that_is_redrawn_later_was_what_it_was(field: tuple[str, Database, int]) -> None:
    url, database, mover = field
    first = verdicts(database, mover)
    units, arcs = chessboard()
    with connect(url) as owner:
        # By the record of today the unit has lain elsewhere since before the day.
        publish(
            owner, "grids", [*units[15::-1], *units[16:]], arcs, "again", datetime(2026, 2, 1, tzinfo=UTC)
        )
        track_days.mark_dirty(owner, mover, [DAY])
    assert verdicts(database, mover) == first
    assert shapely.equals(home(database, mover, DAY), squares()[0])
    assert shapely.equals(home(database, mover, tracks.today() + timedelta(days=1)), squares()[15])

"""The job process grades what comes in, and goes on when one day cannot be graded."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from api import queue_worker, track_jobs
from api.__main__ import app
from api.track_jobs import TrackGrader
from spatial.database import connect
from spatial.patrols.days import day_of
from spatial.patrols.grader import Dirty
from spatial.patrols.track_days import moment
from tests.patience import until
from tests.spatial.patrols.field import hire, put
from tests.spatial.patrols.truth import walk

WALK = walk("foot", 5, seconds=1800, stand_s=300).columns
DAY = day_of(moment(int(WALK.time_us[0])))


def rows(url: str, statement: str, *values: Any) -> list[Any]:
    with connect(url) as connection:
        return connection.execute(statement, values).fetchall()


def walked(url: str, code: str) -> int:
    with connect(url) as connection:
        mover = hire(connection, code)
        put(connection, mover, WALK)
    return mover


def is_done(url: str) -> bool:
    return rows(url, "SELECT count(*) FROM track_dirty") == [(0,)]


def test_what_comes_in_is_graded(fresh_url: str, as_app: Callable[[str], str]) -> None:
    first = walked(fresh_url, "W-1")
    with TrackGrader(as_app(fresh_url)):
        until(lambda: is_done(fresh_url))
        second = walked(fresh_url, "W-2")
        until(lambda: is_done(fresh_url))
    found = rows(fresh_url, "SELECT mover_id, fixes FROM track_day WHERE day = %s ORDER BY mover_id", DAY)
    assert found == [(first, len(WALK)), (second, len(WALK))]


def test_a_day_that_cannot_be_graded_holds_up_no_other(
    fresh_url: str, as_app: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = walked(fresh_url, "W-1"), walked(fresh_url, "W-2")
    grade_one = track_jobs.grade_one

    def fails(database: Any, dirty: Dirty) -> bool:
        if dirty.mover == bad:
            raise RuntimeError("cannot be graded")
        return grade_one(database, dirty)

    monkeypatch.setattr(track_jobs, "grade_one", fails)
    with TrackGrader(as_app(fresh_url)):
        until(lambda: rows(fresh_url, "SELECT 1 FROM track_day WHERE mover_id = %s AND day = %s", good, DAY))
    assert rows(fresh_url, "SELECT 1 FROM track_dirty WHERE mover_id = %s AND day = %s", bad, DAY)


def test_who_fails_again_waits_longer(
    fresh_url: str, as_app: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    def fails(*_: Any) -> bool:
        tried.append(time.monotonic())
        raise RuntimeError("cannot be graded")

    monkeypatch.setattr(track_jobs, "grade_one", fails)
    monkeypatch.setattr(track_jobs, "PAUSE_S", 0.0)
    monkeypatch.setattr(track_jobs, "FIRST_PAUSE", timedelta(seconds=1))
    monkeypatch.setattr(queue_worker, "LOOK_S", 0.1)
    bad = walked(fresh_url, "W-1")
    with structlog.testing.capture_logs() as logs, TrackGrader(as_app(fresh_url)):
        until(lambda: len(tried) >= 3)
    assert tried[1] - tried[0] >= 1
    assert tried[2] - tried[1] >= 2
    told = [each for each in logs if each["event"] == "a track could not be graded"]
    assert [(each["mover"], each["failed"], each["again_in_s"]) for each in told[:3]] == [
        (bad, 1, 1.0), (bad, 2, 2.0), (bad, 3, 4.0)
    ]  # fmt: skip


def test_pauses_grow_to_an_hour() -> None:
    assert [track_jobs.pause_after(failed).total_seconds() for failed in (1, 2, 3, 9, 10, 10**6)] == [
        10, 20, 40, 2560, 3600, 3600
    ]  # fmt: skip


def test_days_of_no_possible_time_are_told_and_left_alone(
    fresh_url: str, as_app: Callable[[str], str]
) -> None:
    mover = walked(fresh_url, "W-1")
    with connect(fresh_url) as connection:
        connection.execute("INSERT INTO track_dirty VALUES (%s, '10000-01-01', 1, '2020-01-01')", [mover])
    with structlog.testing.capture_logs() as logs, TrackGrader(as_app(fresh_url)):
        until(lambda: rows(fresh_url, "SELECT count(*) FROM track_dirty") == [(1,)])
    told = [each["days"] for each in logs if each["event"] == "fixes of no possible time are left alone"]
    assert told == [1]


def test_what_other_parameters_graded_is_graded_anew(fresh_url: str, as_app: Callable[[str], str]) -> None:
    walked(fresh_url, "W-1")
    with TrackGrader(as_app(fresh_url)):
        until(lambda: is_done(fresh_url))
    asked = "SELECT parameters FROM track_day WHERE day = %s"
    before = rows(fresh_url, asked, DAY)
    with connect(fresh_url) as connection:
        connection.execute("UPDATE track_day SET parameters = 1")
    with TrackGrader(as_app(fresh_url)):
        until(lambda: rows(fresh_url, asked, DAY) == before)


def test_the_command_line_has_days_graded_anew(
    fresh_url: str, as_app: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mover = walked(fresh_url, "W-1")
    with connect(fresh_url) as connection:
        connection.execute("DELETE FROM track_dirty")
    monkeypatch.setenv("CITYGRID_DATABASE_URL", fresh_url)
    monkeypatch.setenv("CITYGRID_APP_DATABASE_URL", as_app(fresh_url))
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(app, ["tracks", "regrade", str(DAY), "--mover", str(mover)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("1 days of movers")
    assert rows(fresh_url, "SELECT mover_id, day FROM track_dirty") == [(mover, DAY)]
    done = CliRunner().invoke(app, ["tracks", "regrade", "2020-01-01"])
    assert done.output.startswith("0 days of movers")

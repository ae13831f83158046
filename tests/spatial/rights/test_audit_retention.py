"""Retention: months go whole, sealed and sound, and the chain says so for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.rights.audit.partitions import (
    MONTHS_AHEAD,
    bounds,
    ensure_months,
    next_month,
    partition_of,
)
from spatial.rights.audit.retention import drop_old_months
from spatial.rights.audit.roots import RootFile
from spatial.rights.audit.verify import Report
from spatial.settings import LEAST_LOG_DAYS
from tests.spatial.rights.logbook import KEYS, REHASHED, add_place, entries, file_in, found, seal_all

NOW = datetime.now(UTC)
THIS_MONTH = NOW.date().replace(day=1)
LONG_AGO_DAYS = 300
LONG_AGO = (NOW - timedelta(days=LONG_AGO_DAYS)).date().replace(day=1)


@pytest.fixture
def owner(fresh_url: str) -> Iterator[Connection[Any]]:
    with connect(fresh_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser(fresh_url: str, cluster: Cluster) -> Iterator[Connection[Any]]:
    name = psycopg.conninfo.conninfo_to_dict(fresh_url)["dbname"]
    with connect(cluster.url("postgres", name), autocommit=True) as connection:
        yield connection


@pytest.fixture
def file(tmp_path: Path) -> RootFile:
    return file_in(tmp_path)


@pytest.fixture
def age(superuser: Connection[Any]) -> Callable[[int], date]:
    """Date all rows back before they are sealed, as if the clock had stood so; gives their month."""

    def back(days: int) -> date:
        then = (NOW - timedelta(days=days)).date()
        ensure_months(superuser, then, ahead=0)
        superuser.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        superuser.execute("UPDATE audit SET at = at - make_interval(days => %s)", [days])
        superuser.execute(REHASHED)
        superuser.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_keep")
        return then.replace(day=1)

    return back


@pytest.fixture
def old(owner: Connection[Any], file: RootFile, age: Callable[[int], date]) -> Connection[Any]:
    """A log whose rows are 300 days old, under two seals, and one row of today under a third."""
    add_place(owner, "long ago")
    age(LONG_AGO_DAYS)
    seal_all(owner, file)
    add_place(owner, "today")
    seal_all(owner, file)
    return owner


def partitions(owner: Connection[Any]) -> set[str]:
    rows = owner.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit'::regclass"
    )
    return {name for (name,) in rows.fetchall()}


def drop(
    owner: Connection[Any], file: RootFile, days: int = LEAST_LOG_DAYS, now: datetime = NOW
) -> list[str | None]:
    return [each.kept_because for each in drop_old_months(owner, KEYS, file, days, now)]


@pytest.mark.parametrize(
    ("month", "following"),
    [
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2026, 11, 1), date(2026, 12, 1)),
    ],
)
def test_months_follow_each_other(month: date, following: date) -> None:
    assert next_month(month) == following
    assert bounds(month)[1] == bounds(following)[0]


def test_months_are_made_ahead_and_once(postgis) -> None:
    assert ensure_months(postgis, datetime.now(UTC).date()) == 0
    assert ensure_months(postgis, date(2031, 11, 30)) == MONTHS_AHEAD + 1
    assert {"audit_203111", "audit_203112", "audit_203201", "audit_203202"} <= partitions(postgis)
    add_place(postgis, "now")
    rows = postgis.execute("SELECT tableoid::regclass::text FROM audit WHERE relation = 'place'").fetchall()
    assert rows == [(partition_of(THIS_MONTH),)]


def test_a_month_whose_rows_already_lie_elsewhere_is_left(postgis) -> None:
    postgis.execute(f"DROP TABLE {partition_of(THIS_MONTH)}")
    add_place(postgis, "homeless")
    assert ensure_months(postgis, datetime.now(UTC).date()) == 0
    add_place(postgis, "homeless, too")
    assert len(entries(postgis, "relation = 'place'")) == 2


def test_an_old_month_goes_and_its_roots_stay(old: Connection[Any], file: RootFile) -> None:
    count = "SELECT count(*) FROM audit WHERE at < now() - interval '200 days'"
    rows = old.execute(count).fetchall()[0][0]
    before = old.execute("SELECT id, chain FROM audit_root ORDER BY id").fetchall()
    (done,) = drop_old_months(old, KEYS, file, LEAST_LOG_DAYS, NOW)
    assert done.kept_because is None
    (root,) = done.roots
    assert (root.kind, root.month, root.row_count) == ("drop", LONG_AGO, rows)
    assert partition_of(LONG_AGO) not in partitions(old)
    assert old.execute(count).fetchall() == [(0,)]
    assert old.execute("SELECT id, chain FROM audit_root ORDER BY id").fetchall()[:-1] == before
    assert file.last() == root


def test_a_drop_is_on_record_and_no_tampering(old: Connection[Any], file: RootFile) -> None:
    assert drop(old, file) == [None]
    seal_all(old, file)
    (entry,) = entries(old, "action = 'drop-month'")
    assert entry["row_key"] == partition_of(LONG_AGO)
    report = Report()
    assert found(old, file, report=report) == []
    (told,) = report.dropped
    assert told.startswith(f"{LONG_AGO:%Y-%m}: {entry['before']['rows']} rows, ")
    assert drop(old, file) == []


def test_a_row_put_back_into_a_month_that_went_is_found(
    old: Connection[Any], superuser: Connection[Any], file: RootFile
) -> None:
    superuser.execute(
        "CREATE TABLE public.kept AS SELECT * FROM audit WHERE at < now() - interval '200 days'"
    )
    assert drop(old, file) == [None]
    superuser.execute("INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM public.kept LIMIT 1")
    (finding,) = found(old, file)
    assert (finding.kind, finding.text) == ("inserted rows", "its month was dropped")


def test_a_month_that_is_young_stays(old: Connection[Any], file: RootFile) -> None:
    assert drop(old, file, days=365) == []
    may_go = bounds(LONG_AGO)[1] + timedelta(days=LEAST_LOG_DAYS)
    assert drop(old, file, days=1, now=may_go - timedelta(seconds=1)) == []
    assert partition_of(LONG_AGO) in partitions(old)
    assert drop(old, file, days=1, now=may_go) == [None]


def test_a_drop_that_came_too_early_is_found(
    owner: Connection[Any], file: RootFile, age: Callable[[int], date]
) -> None:
    """Even by somebody who has the key, and sets a clock forward: the chain says when."""
    age(100)
    seal_all(owner, file)
    assert drop(owner, file, now=NOW + timedelta(days=200))[0] is None
    kinds = {finding.kind for finding in found(owner, file)}
    assert kinds == {"wrong drop"}


def test_a_month_with_a_row_that_is_not_sealed_stays(
    owner: Connection[Any], file: RootFile, age: Callable[[int], date]
) -> None:
    rows = owner.execute("SELECT count(*) FROM audit").fetchall()[0][0]
    month = age(LONG_AGO_DAYS)
    assert drop(owner, file) == [f"{rows} of its rows are not sealed yet"]
    assert partition_of(month) in partitions(owner)


def test_a_month_that_was_tampered_with_stays_as_evidence(
    old: Connection[Any], superuser: Connection[Any], file: RootFile
) -> None:
    superuser.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
    superuser.execute("UPDATE audit SET username = 'nobody' WHERE after->>'name' = 'long ago'")
    superuser.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_keep")
    (reason,) = drop(old, file)
    assert reason is not None
    assert reason.startswith("it does not agree with its seals: changed row")
    assert partition_of(LONG_AGO) in partitions(old)


def test_a_month_that_is_being_read_stays_for_now(
    fresh_url: str, old: Connection[Any], file: RootFile
) -> None:
    with connect(fresh_url) as reader:
        reader.execute("SELECT count(*) FROM audit")
        assert drop(old, file) == ["somebody reads the log"]
    assert entries(old, "action = 'drop-month'") == []
    assert drop(old, file) == [None]


def test_a_month_stays_while_another_process_seals(
    fresh_url: str, old: Connection[Any], file: RootFile
) -> None:
    with connect(fresh_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('citygrid.audit.seal'))")
        assert drop(old, file) == ["the sealer is at work"]


def test_an_empty_month_just_goes(owner: Connection[Any], file: RootFile) -> None:
    seal_all(owner, file)
    ensure_months(owner, date(2020, 1, 1), ahead=0)
    (done,) = drop_old_months(owner, KEYS, file, LEAST_LOG_DAYS, NOW)
    assert (done.month, done.roots, done.kept_because) == (date(2020, 1, 1), (), None)
    seal_all(owner, file)
    assert found(owner, file) == []

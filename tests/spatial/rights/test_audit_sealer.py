"""Sealing: every finished row once, whatever the writers do, and nothing twice."""

from __future__ import annotations

import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.cluster_host import choose_programs, installed_majors
from spatial.errors import Unavailable
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.merkle import root_of
from spatial.rights.audit.roots import Root, RootFile
from spatial.rights.audit.sealer import Sealer, seal
from tests.patience import until
from tests.spatial.rights.logbook import KEYS, PLACE, add_place, file_in, found, seal_all, waiting

ROOTS = sql.SQL("SELECT {} FROM audit_root ORDER BY id").format(
    sql.SQL(", ").join(map(sql.Identifier, Root.__dataclass_fields__))
)
ENOUGH = """
SELECT (SELECT count(*) FROM audit_root) > 20 AND (SELECT count(*) FROM audit WHERE relation = 'place') > 100
"""
HOW_OFTEN_SEALED = """
SELECT DISTINCT (
    SELECT count(*) FROM audit_root AS r
    WHERE r.kind = 'seal' AND r.cluster = a.cluster AND r.from_xid <= a.xid AND a.xid < r.until_xid
      AND r.month = date_trunc('month', a.at AT TIME ZONE 'UTC')::date)
FROM audit AS a
"""


def roots_of(connection: Any) -> list[Root]:
    return [Root(*row) for row in connection.execute(ROOTS).fetchall()]


def test_what_is_finished_is_sealed_once(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        for name in "abc":
            add_place(owner, name)
        before = roots_of(owner)[-1]
        roots = seal_all(owner, file)
        leaves = owner.execute("SELECT hash FROM audit WHERE relation = 'place' ORDER BY xid, id").fetchall()
        assert sum(root.row_count for root in roots) == 3
        if len(roots) == 1:
            assert roots[0].merkle_root == root_of(bytes(leaf) for (leaf,) in leaves)
        assert (roots[0].id, roots[0].previous) == (before.id + 1, before.chain)
        assert roots[0].from_xid == before.until_xid
        assert seal(owner, KEYS, file) == []
        assert roots_of(owner) == [Root.from_line(line) for _, line in file.lines(file.size())]
        assert found(owner, file) == []


def test_nothing_to_seal_makes_no_root(fresh_url: str, tmp_path: Path) -> None:
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file_in(tmp_path))
        owner.execute("UPDATE place SET name = 'x' WHERE false")
        assert seal(owner, KEYS, file_in(tmp_path)) == []


def test_a_transaction_that_runs_on_delays_and_loses_nothing(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner, connect(fresh_url) as slow:
        seal_all(owner, file)
        add_place(slow, "begun first")
        add_place(owner, "done first")
        assert seal(owner, KEYS, file) == [], "what began before it is not finished"
        assert waiting(owner) == 1
        add_place(slow, "written late")
        slow.commit()
        seal_all(owner, file)
        assert owner.execute("SELECT count(*) FROM audit WHERE relation = 'place'").fetchall() == [(3,)]
        assert found(owner, file) == []


def test_a_transaction_that_is_rolled_back_is_not_waited_for(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner, connect(fresh_url) as other:
        seal_all(owner, file)
        add_place(other, "rolled back")
        other.rollback()
        add_place(owner, "kept")
        seal_all(owner, file)
        assert found(owner, file) == []


def write_and_commit_out_of_order(url: str, seed: int, stop: threading.Event) -> int:
    """Begin, write, dawdle, write again and commit or roll back, as chance has it; returns rows kept."""
    chance, kept = random.Random(seed), 0
    with psycopg.connect(url, options="-c search_path=city,public") as connection:
        while not stop.is_set():
            rows = 0
            for _ in range(chance.randint(1, 3)):
                connection.execute(PLACE, [f"writer {seed}"])
                rows += 1
                time.sleep(chance.choice((0, 0, 0.002, 0.05)))
            if chance.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                kept += rows
    return kept


def test_concurrent_writers_are_sealed_without_gap_or_double(fresh_url: str, tmp_path: Path) -> None:
    """Six writers whose commits overtake each other, and two sealers at once."""
    file, stop = file_in(tmp_path), threading.Event()
    sealers = [Sealer(fresh_url, lambda: KEYS, file, every_s=0.01) for _ in range(2)]
    with ThreadPoolExecutor(6) as writers, sealers[0], sealers[1]:
        work = [writers.submit(write_and_commit_out_of_order, fresh_url, n, stop) for n in range(6)]
        try:
            with connect(fresh_url, autocommit=True) as watcher:
                until(lambda: watcher.execute(ENOUGH).fetchall() == [(True,)])
        finally:
            stop.set()
        kept = sum(each.result() for each in work)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        roots = roots_of(owner)
        assert owner.execute("SELECT count(*) FROM audit WHERE relation = 'place'").fetchall() == [(kept,)]
        assert kept > 100
        assert len(roots) > 20
        times = owner.execute(HOW_OFTEN_SEALED).fetchall()
        assert times == [(1,)], "each row lies under one root"
        total = owner.execute("SELECT count(*) FROM audit").fetchall()[0][0]
        assert sum(root.row_count for root in roots) == total
        # Commits did overtake each other: ids do not rise with the transactions.
        order = [xid for (xid,) in owner.execute("SELECT xid FROM audit ORDER BY id").fetchall()]
        assert order != sorted(order)
        assert found(owner, file) == []


def test_two_at_once_do_not_seal_twice(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner, connect(fresh_url) as other:
        add_place(owner, "a")
        other.execute("SELECT pg_advisory_xact_lock(hashtext('citygrid.audit.seal'))")
        assert seal(owner, KEYS, file) == []
        other.rollback()
        assert seal_all(owner, file)


def test_what_a_crash_kept_from_the_file_goes_there_next(fresh_url: str, tmp_path: Path) -> None:
    file, full = file_in(tmp_path), RootFile(tmp_path)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        add_place(owner, "a")
        with pytest.raises(Unavailable, match="cannot be read"):
            seal_all(owner, full)
        with file.path.open("ab") as torn:
            torn.write(b'{"id": 2, "kind": "se')
        add_place(owner, "b")
        seal_all(owner, file)
        assert file.last() == roots_of(owner)[-1]
        assert found(owner, file) == []


def test_a_line_that_was_cut_off_and_written_again_is_sound(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        add_place(owner, "a")
        seal_all(owner, file)
        whole = file.path.read_bytes()
        file.path.write_bytes(whole[:-100])
        assert found(owner, file) == []
        add_place(owner, "b")
        seal_all(owner, file)
        assert found(owner, file) == []
        assert file.last() == roots_of(owner)[-1]


def test_a_file_that_is_lost_is_written_anew(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        file.path.unlink()
        add_place(owner, "a")
        seal_all(owner, file)
        assert found(owner, file) == []
        assert file.path.stat().st_mode & 0o777 == 0o600


def test_the_sealer_outlives_the_loss_of_its_connection(fresh_url: str, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    sealer = Sealer(fresh_url, lambda: KEYS, file, every_s=0.05)
    with connect(fresh_url, autocommit=True) as owner:
        with sealer:
            until(lambda: waiting(owner) == 0)
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            add_place(owner, "afterwards")
            until(lambda: waiting(owner) == 0)
        assert found(owner, file) == []


def test_the_sealer_takes_up_a_key_that_was_missing(fresh_url: str, tmp_path: Path) -> None:
    asked: list[str] = []

    def keys() -> ChainKeys:
        asked.append("once more")
        if len(asked) == 1:
            raise Unavailable("the master key is missing")
        return KEYS

    with (
        connect(fresh_url, autocommit=True) as owner,
        Sealer(fresh_url, keys, file_in(tmp_path), every_s=0.02),
    ):
        until(lambda: waiting(owner) == 0)
    assert len(asked) == 2


@pytest.fixture
def elsewhere() -> Iterator[Cluster]:
    """Another server, with transaction numbers of its own."""
    with tempfile.TemporaryDirectory(prefix="citygrid-test-") as name:
        Path(name).chmod(0o755)
        cluster = Cluster(Path(name), throwaway=True)
        cluster.ensure()
        yield cluster
        cluster.remove()


def test_a_dump_restored_elsewhere_goes_on_under_its_new_cluster(
    fresh_url: str, elsewhere: Cluster, tmp_path: Path
) -> None:
    """Rows carry the numbers of the server they were written on, which say nothing on another."""
    file = file_in(tmp_path)
    with connect(fresh_url, autocommit=True) as owner:
        seal_all(owner, file)
        add_place(owner, "came with the dump, not yet sealed")
        sealed = roots_of(owner)[-1]
    programs = choose_programs(installed_majors())
    dump = subprocess.run(
        [programs / "pg_dump", "--schema=city", "--no-owner", fresh_url], check=True, capture_output=True
    )
    restore = [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", elsewhere.url()]
    subprocess.run(restore, input=dump.stdout, check=True, capture_output=True)
    with connect(elsewhere.url(), autocommit=True) as owner:
        add_place(owner, "first here")
        left_over, ours = seal_all(owner, file)
        here = owner.execute("SELECT system_identifier FROM pg_control_system()").fetchall()[0][0]
        assert (left_over.cluster, left_over.row_count) == (sealed.cluster, 1)
        assert (left_over.id, left_over.previous) == (sealed.id + 1, sealed.chain)
        assert (ours.cluster, ours.from_xid, ours.row_count) == (here, 0, 1)
        assert sealed.cluster != here
        assert found(owner, file) == []
        assert owner.execute("SELECT count(*) FROM audit WHERE action = 'watch'").fetchall() == [(1,)]

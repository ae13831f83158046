"""Whatever ends a run at whatever step: no fix is lost, none is there twice, and the next run finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psycopg import sql

from spatial.database import connect
from spatial.errors import Conflict
from spatial.patrols.archive import catalogue, partitions, writing
from spatial.patrols.archive.checking import check
from spatial.patrols.archive.fixes_file import Reader
from spatial.patrols.archive.running import run
from spatial.patrols.archive.store import FIXES, Store
from tests.spatial.patrols.archive.conftest import EVERYTHING, TODAY, Vault

Key = tuple[int, int, int]


class Killed(BaseException):
    """Ends everything at once, as a signal does."""


def keys_of(vault: Vault) -> Counter[Key]:
    """Count every fix wherever it counts: in the table, in the files that count, in what was set apart."""
    found: Counter[Key] = Counter()
    with connect(vault.url) as owner:
        tables = ["fix", *(partitions.name_of(day) for day in partitions.left_over(owner))]
        entries = [each for each in catalogue.listed(owner) if each.gone_at is not None]
        apart = set(partitions.left_over(owner))
        for table in tables:
            rows = owner.execute(
                sql.SQL("SELECT mover_id, (extract(epoch FROM time) * 1e6)::bigint, mark FROM {}").format(
                    sql.Identifier(table)
                )
            )
            found.update(rows.fetchall())
    for entry in entries:
        with vault.store.open(FIXES, entry.day, entry.generation) as file:
            for chunk in Reader(file):
                named = chunk.rows[["mover_id", "time_us", "mark"]].tolist()
                # What was set apart waits to be dropped: it is in the file already.
                found.update(key for key in named if entry.day not in apart or key not in found)
    return found


def stop(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, after: bool, at: int) -> None:
    """Be killed before or after the n-th call of a function."""
    real: Callable[..., Any] = getattr(owner, name)
    calls = iter(range(10**6))

    def killing(*given: Any, **named: Any) -> Any:
        now = next(calls) == at
        if now and not after:
            raise Killed
        result = real(*given, **named)
        if now:
            raise Killed
        return result

    monkeypatch.setattr(owner, name, killing)


STEPS = [
    (Store, "put", False), (Store, "put", True), (writing, "verify", False), (writing, "verify", True),
    (catalogue, "keep", False), (catalogue, "keep", True), (partitions, "set_apart", True),
    (writing, "finish", False), (partitions, "drop", False), (partitions, "drop", True),
    (writing, "finish", True), (Store, "sweep", False),
]  # fmt: skip


def test_a_run_may_be_killed_at_every_step(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    every, said = keys_of(vault), vault.state()
    assert set(every.values()) == {1}
    for number, (owner, name, after) in enumerate(STEPS):
        with monkeypatch.context() as patch:
            stop(patch, owner, name, after, number % 2 if name != "sweep" else 0)
            with pytest.raises(Killed):
                run(vault.url, vault.store, EVERYTHING, TODAY)
        assert keys_of(vault) == every, (name, after)
        assert vault.state() == said
    vault.run()
    assert keys_of(vault) == every and vault.state() == said
    assert vault.ask("SELECT count(*) FROM fix WHERE time < '2026-06-01'") == [(0,)]
    assert all(problem is None for _, problem in check(vault.url, vault.store))
    with connect(vault.url) as owner:
        assert partitions.left_over(owner) == []
        named = catalogue.named(owner, vault.store)
    vault.store.sweep(named, grace=-1 * (TODAY - TODAY))
    assert set(vault.store.listed()) == named


def test_a_fix_that_comes_while_its_day_is_archived_is_kept(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the snapshot and the moment when the file counts: it must not go with the partition."""
    every = keys_of(vault)
    mover = vault.ask("SELECT max(mover_id) FROM fix WHERE time::date = '2026-05-05'")[0][0]
    real, sent = writing.verify, []

    def late(store: Store, made: Any) -> None:
        real(store, made)
        if str(made.values["day"]) == "2026-05-05" and not sent:
            sent.append(mover)
            vault.ask(
                "INSERT INTO fix (mover_id, time, mark, lon, lat)"
                " VALUES (%s, '2026-05-05T05:00:00Z', 77, 116.3, 39.9)",
                mover,
            )
            vault.ask(
                "INSERT INTO track_dirty (mover_id, day) VALUES (%s, '2026-05-05') ON CONFLICT DO NOTHING",
                mover,
            )

    monkeypatch.setattr(writing, "verify", late)
    vault.run()
    key = (mover, 1_777_957_200_000_000, 77)
    assert np.datetime64(key[1], "us") == np.datetime64("2026-05-05T05:00:00")
    assert keys_of(vault) == every + Counter([key])
    assert vault.ask("SELECT count(*) FROM fix WHERE time::date = '2026-05-05'") == [(1,)]
    assert vault.run().days["written anew"] >= 1
    assert keys_of(vault) == every + Counter([key])
    assert vault.ask("SELECT count(*) FROM fix WHERE time::date = '2026-05-05'") == [(0,)]


def test_nobody_writes_into_the_archive_of_another_city(vault: Vault) -> None:
    vault.run()
    held = vault.store.listed()
    (vault.folder / "city.txt").write_text("1/2")
    with pytest.raises(Conflict, match="another database"):
        run(vault.url, vault.store, EVERYTHING, TODAY)
    assert vault.store.listed() == held
    assert vault.folder.stat().st_mode & 0o077 == 0
    assert all(Path(path).stat().st_mode & 0o077 == 0 for path in held)


def test_two_runs_at_once_are_one(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = Store.put

    def put(self: Store, *given: Any) -> int:
        if not seen:
            seen.append(1)
            with pytest.raises(Conflict, match="somebody else"):
                run(vault.url, vault.store, EVERYTHING, TODAY)
        return real(self, *given)

    monkeypatch.setattr(Store, "put", put)
    vault.run()
    assert seen


_SCRIPT = """
import sys
from datetime import date
from spatial.patrols.archive.running import run
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import Policy
report = run(sys.argv[1], Store(sys.argv[2]), Policy(after_days=3), date(2026, 6, 9))
sys.exit(len(report.errors))
"""


@pytest.mark.slow
def test_kill_9_at_random(vault: Vault) -> None:
    every, dice = keys_of(vault), np.random.default_rng(7)
    command = [sys.executable, "-c", _SCRIPT, vault.url, str(vault.folder)]
    begun = time.monotonic()
    assert (
        subprocess.run([*command[:2], "import spatial.patrols.archive.running"], check=False).returncode == 0
    )
    start_s = time.monotonic() - begun
    killed = 0
    for _ in range(30):
        process = subprocess.Popen(command)
        try:
            code = process.wait(start_s * 0.8 + dice.uniform(0, 1.5))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            code = process.wait()
            killed += 1
        assert keys_of(vault) == every
        if code == 0:
            break
    vault.run()
    assert keys_of(vault) == every and killed
    assert all(problem is None for _, problem in check(vault.url, vault.store))

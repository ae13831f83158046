"""The writer of a process: who sends along with somebody else, what fails, and what waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api import fix_writer
from api.fix_writer import FixWriter
from spatial.database import connect
from spatial.errors import TooMany, Unavailable
from spatial.patrols.intake import Sent
from spatial.patrols.protocols.fixes import Source
from spatial.settings import Settings
from tests.patience import until
from tests.spatial.patrols.intake.yard import NOW, Yard, one, walk


def test_whose_fixes_cannot_be_written_harms_nobody_else(yard: Yard) -> None:
    with yard.writer() as writer:
        writer.put(yard.walked(one(NOW, 116.3, 39.9), 4)).result()
        good = writer.put(yard.walked(walk(5)))
        bad = writer.put(Sent(walk(5), Source.OWN, mover=10**9))
        other = writer.put(yard.walked(walk(5), 1))
        assert (good.result().new, other.result().new) == (5, 5)
        with pytest.raises(Unavailable):
            bad.result()
    assert yard.ask("SELECT count(*) FROM fix") == [(11,)]


def test_many_senders_go_in_few_commits(yard: Yard) -> None:
    async def send(writer: FixWriter) -> list[Any]:
        fixes = walk(200)
        each = [yard.walked({name: values[n : n + 1] for name, values in fixes.items()}) for n in range(200)]
        return await asyncio.gather(*(writer.write(sent) for sent in each))

    with yard.writer() as writer:
        taken = asyncio.run(send(writer))
    assert [(each.new, each.known) for each in taken] == [(1, 0)] * 200
    commits = yard.ask("SELECT count(*), sum(count) FROM fix_batch")[0]
    assert commits[0] < 50 and commits[1] == 200


def test_without_a_database_nothing_is_acknowledged_and_with_it_all_goes_on(yard: Yard) -> None:
    with yard.writer() as writer:
        writer.put(yard.walked(walk(3))).result()
        with connect(yard.app_url) as same_role:
            same_role.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        with pytest.raises(Unavailable):
            writer.put(yard.walked(walk(3), 1)).result()
        assert writer.put(yard.walked(walk(3), 1)).result().new == 3
    nowhere = FixWriter(Settings(), "postgresql:///nowhere?host=/nowhere")
    with pytest.raises(Unavailable):
        nowhere.put(yard.walked(walk(3))).result()
    nowhere.stop()


def test_too_many_that_wait_are_told_to_come_back(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix_writer, "MOST_WAITING", 10)
    with yard.writer() as writer:
        held = [writer.put(yard.walked(walk(10), n % 5)) for n in range(1)]
        refused = 0
        for _ in range(50):
            try:
                held.append(writer.put(yard.walked(walk(10))))
            except TooMany:
                refused += 1
        assert refused > 0
        for future in held:
            assert future.result().taken == 10


def test_what_waits_is_written_before_the_end(yard: Yard) -> None:
    with yard.writer() as writer:
        futures = [writer.put(yard.walked(walk(20, seed=n), n % 5)) for n in range(20)]
    assert sum(future.result().new for future in futures) == 400
    with pytest.raises(Unavailable):
        writer.put(yard.walked(walk(1)))


def test_who_gives_up_waiting_leaves_nothing_behind(yard: Yard) -> None:
    async def leave(writer: FixWriter) -> None:
        task = asyncio.create_task(writer.write(yard.walked(walk(4))))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with yard.writer() as writer:
        asyncio.run(leave(writer))
        until(lambda: yard.ask("SELECT count(*) FROM fix") == [(4,)])
        assert writer.put(yard.walked(walk(4))).result().known == 4


def test_a_commit_outlives_a_power_cut_whatever_the_server_is_set_to(yard: Yard) -> None:
    with yard.writer() as writer:
        writer.put(yard.walked(walk(1))).result()
        connection = writer._connection
        assert connection is not None
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)

"""The hub over a real database: what watchers have equals the table under their policies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest

from spatial.database import connect, session
from spatial.database.notify import FIXES_CHANNEL, notify
from spatial.patrols.intake import Intake
from spatial.patrols.live import hub as hubs
from spatial.patrols.live.hub import Hub, visible_movers
from spatial.patrols.live.notices import Notice
from spatial.rights.reader import SYSTEM
from spatial.rights.rules import rule_of
from tests.patience import until
from tests.spatial.patrols.live.square import Square, Watcher

OTHERS = ("district_administrator of the city", "street_administrator of street 1", "commander of water",
          "field_worker of a grid, roads", "viewer of the city", "commander of street 1")  # fmt: skip


@contextmanager
def watched(square: Square, *names: str, news: Any = None) -> Iterator[tuple[Hub, list[Watcher]]]:
    hub = Hub(square.database, news or (lambda _: None))
    with ExitStack() as stack:
        readers = [square.readers[name] for name in names]
        for reader in readers:
            stack.enter_context(hub.watching(reader))
        until(lambda: all(reader.rights_key in hub.scene.sights for reader in readers))
        stack.callback(hub.stop)
        yield hub, [Watcher(hub, reader) for reader in readers]


def test_movers_and_their_last_positions_are_seen_by_the_same_people() -> None:
    """The hub asks the policy of the mover alone."""
    mover, last = rule_of("mover"), rule_of("last_position")
    assert mover.read == last.read
    assert "FROM mover" in last.reach


def test_watchers_have_the_table_under_their_rights_whatever_is_committed_when(square: Square) -> None:
    """Four hands commit at once, late and doubled fixes among them; watchers look all the time."""
    with watched(square, *OTHERS) as (_, watchers):
        looked = 0

        def hand(seed: int) -> None:
            rng, intake, before = np.random.default_rng(seed), Intake(), []
            for _ in range(25):
                movers = sorted(rng.choice(square.movers, int(rng.integers(1, 6)), replace=False).tolist())
                before.append(square.step(movers, rng))
                square.send(intake, *before[int(rng.integers(len(before)))])
                square.send(intake, *before[-1])

        hands = [threading.Thread(target=hand, args=(seed,)) for seed in range(4)]
        for each in hands:
            each.start()
        while any(each.is_alive() for each in hands):
            for watcher in watchers:
                watcher.look()
            looked += 1
            time.sleep(0.01)
        for watcher in watchers:
            truth = square.truth(watcher.reader)
            until(lambda w=watcher, t=truth: w.look() == t)
            assert watcher.client.back == []
            # By deltas alone.
            assert watcher.client.kinds.count("snapshot") == 1
        assert looked > 20
        assert len(watchers[0].look()) >= 8
        assert 0 < len(watchers[1].look()) < len(watchers[0].look())
        assert watchers[4].look() == {}


def test_who_moves_away_is_gone_for_those_who_may_see_them_no_more(square: Square) -> None:
    street, city = "street_administrator of street 1", "district_administrator of the city"
    with watched(square, street, city) as (_, (of_street, of_city)):
        square.send(Intake(), *square.step(square.movers, np.random.default_rng(1)))
        until(lambda: of_street.look() == square.truth(of_street.reader))
        of_city.look()
        mover = next(iter(of_street.look()))
        (unit,) = square.ask(
            "SELECT w.unit_code FROM worker AS w JOIN mover AS m ON m.worker_id = w.id WHERE m.id = %s", mover
        )[0]
        other = square.ask("SELECT unit_code FROM worker WHERE unit_code > '990101002' LIMIT 1")[0][0]
        change = "UPDATE worker SET unit_code = %s WHERE id = (SELECT worker_id FROM mover WHERE id = %s)"
        square.ask(change, other, mover)
        until(lambda: mover not in of_street.look())
        assert of_street.client.kinds[-1] == "gone"
        assert mover in of_city.look()
        square.ask(change, unit, mover)
        until(lambda: mover in of_street.look())
        assert of_street.client.kinds.count("snapshot") == 1


def test_a_day_off_and_an_erased_position_are_seen_though_nobody_says_so(square: Square) -> None:
    with watched(square, "commander of street 1") as (_, (watcher,)):
        square.send(Intake(), *square.step(square.movers, np.random.default_rng(2)))
        until(lambda: watcher.look() == square.truth(watcher.reader))
        mover = min(watcher.look())
        square.ask(
            "UPDATE worker SET on_duty = NOT on_duty WHERE id = (SELECT worker_id FROM mover WHERE id = %s)",
            mover,
        )
        duty = square.ask(
            "SELECT on_duty FROM worker WHERE id = (SELECT worker_id FROM mover WHERE id = %s)", mover
        )[0][0]
        until(lambda: watcher.look() is not None and watcher.client.movers[mover]["on_duty"] == duty)
        square.ask("DELETE FROM last_position WHERE mover_id = %s", mover)
        until(lambda: mover not in watcher.look())


def test_a_cry_for_help_shows_in_the_state_and_is_told(square: Square) -> None:
    told: list[Notice] = []
    news = lambda notice: told.append(notice) if notice else None  # noqa: E731
    with watched(square, "commander of street 1", "commander of water", news=news) as (hub, watchers):
        square.send(Intake(), *square.step(square.movers, np.random.default_rng(3)))
        street = watchers[0]
        until(lambda: street.look() == square.truth(street.reader))
        mover = min(street.look())
        square.ask("DELETE FROM cry")
        until(lambda: street.look() is not None and not street.client.movers[mover]["sos"])
        with session(square.database, SYSTEM) as connection:
            (number,) = connection.execute(
                "INSERT INTO cry (mover_id, way, at, last_at) VALUES (%s, 'device', now(), now())"
                " RETURNING id",
                [mover],
            ).fetchall()[0]
            notify(connection, "happening", movers=[mover], text="张三 needs help", state="open", cry=3)
        until(lambda: street.look() is not None and street.client.movers[mover]["sos"])
        until(lambda: told)
        assert told == [Notice("happening", (mover,), {"state": "open", "cry": 3})]
        square.ask(
            "UPDATE cry SET state = 'closed', closed_at = now(), word = 'test', waiting_since = NULL"
            " WHERE id = %s",
            number,
        )
        until(lambda: street.look() is not None and not street.client.movers[mover]["sos"])
        assert visible_movers(hub.scene, street.reader.rights_key, (mover, 10**9)) == [mover]
        assert visible_movers(hub.scene, "nobody's", (mover,)) == []


def test_words_that_are_no_notices_harm_nobody(square: Square) -> None:
    told: list[Any] = []
    with watched(square, "commander of the city", news=told.append) as (_, (watcher,)):
        for words in (
            "",
            "x",
            "[]",
            '{"kind": []}',
            '{"kind": "cry"}',
            '{"kind": "cry", "movers": ["x", -1, true]}',
        ):
            square.ask("SELECT pg_notify('citygrid', %s)", words)
        for words in ("x", "", "9" * 200, "-1", "²"):
            square.ask("SELECT pg_notify(%s, %s)", FIXES_CHANNEL, words)
        square.send(Intake(), *square.step(square.movers, np.random.default_rng(4)))
        until(lambda: watcher.look() == square.truth(watcher.reader))
        assert [each for each in told if each is not None] == []


def test_after_the_database_was_away_all_is_right_again(square: Square) -> None:
    with watched(square, "commander of the city") as (hub, (watcher,)):
        assert not hub.is_away
        with connect(square.app_url) as platform:
            platform.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        until(lambda: hub.is_away, pause_s=0.001)
        while True:
            try:
                square.send(Intake(), *square.step(square.movers, np.random.default_rng(5)))
                break
            except Exception:
                # The pool has dead connections, too.
                time.sleep(0.1)
        until(lambda: not hub.is_away)
        until(lambda: watcher.look() == square.truth(watcher.reader))
        assert watcher.client.back == []


def test_nobody_watching_costs_nothing(square: Square, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "IDLE_S", 0.2)
    hub = Hub(square.database)
    assert not hub.is_running
    assert threading.active_count() == len(threading.enumerate())
    reader = square.readers["commander of the city"]
    for _ in range(3):
        with hub.watching(reader):
            until(lambda: reader.rights_key in hub.scene.sights)
            version = hub.scene.version
        until(lambda: not hub.is_running)
        until(lambda: not [each for each in threading.enumerate() if each.name == "live"])
        # What was sent before fits nothing that comes after.
        assert hub.scene.version >= version
    hub.stop()

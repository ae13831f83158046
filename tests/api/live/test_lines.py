"""Live lines over real workers: views, rights, resuming, notices."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress

import psycopg
import pytest

from spatial.database import connect
from spatial.database.notify import notify
from spatial.errors import CitygridError
from tests.api.live.wire import COMMANDER, Street, line
from tests.api.town_hall import STREET_ADMINISTRATOR
from tests.patience import until
from tests.spatial.grids.cities import SOUTH, STEP, WEST

_NAMES = itertools.count(1)
EVERYBODY = set(range(8))


def token(street: Street, **standing: object) -> str:
    return street.hall.key(street.hall.account(f"watcher {next(_NAMES)}", **(standing or COMMANDER)))


def test_a_snapshot_and_then_what_changes(street: Street) -> None:
    street.move(*EVERYBODY)
    with line(street.hall, token(street)) as wire:
        wire.wish(kinds=["person"])
        wire.snapshot()
        assert street.numbers(wire.client) == EVERYBODY
        street.move(3, grid=4)
        before = len(wire.client.frames)
        wire.until(lambda: wire.client.movers[street.movers[3]]["time_us"] == street.clock_us)
        (delta,) = [each for each in wire.client.frames[before:] if each.kind == "delta"]
        assert [each["mover"] for each in delta.records] == [street.movers[3]]
        assert wire.client.kinds.count("snapshot") == 1


def test_a_view_is_entered_and_left_and_may_be_another(street: Street) -> None:
    street.move(*EVERYBODY)
    west = [WEST, SOUTH, WEST + STEP * 0.999, SOUTH + 4 * STEP]
    with line(street.hall, token(street)) as wire:
        wire.wish(view={"bbox": west}, kinds=["person"])
        wire.snapshot()
        first = street.numbers(wire.client)
        assert 0 < len(first) < 8
        stranger, insider = min(EVERYBODY - first), min(first)
        street.move(stranger, grid=insider)
        wire.until(lambda: stranger in street.numbers(wire.client))
        street.move(stranger)
        wire.until(lambda: stranger not in street.numbers(wire.client))
        assert "gone" in wire.client.kinds
        wire.wish(movers=[street.movers[5]])
        wire.until(lambda: street.numbers(wire.client) == {5})
        wire.wish(view={"bbox": [WEST + 9 * STEP, SOUTH, WEST - 9 * STEP, SOUTH + 9 * STEP]})
        wire.until(lambda: not wire.client.movers)
        wire.wish(unit="990101001", kinds=["person"])
        wire.until(lambda: street.numbers(wire.client) == {0, 1, 2, 3})


def test_everybody_sees_their_own_and_no_other(street: Street) -> None:
    street.move(*EVERYBODY)
    with line(street.hall, token(street, **STREET_ADMINISTRATOR)) as wire:
        wire.wish(kinds=["person"])
        wire.snapshot()
        assert street.numbers(wire.client) == {0, 1, 2, 3}
        street.move(*EVERYBODY)
        wire.until(lambda: all(each["time_us"] == street.clock_us for each in wire.client.movers.values()))
        assert street.numbers(wire.client) == {0, 1, 2, 3}
        # Asking for others by their numbers gives nothing.
        wire.wish(movers=street.movers[4:])
        wire.snapshot()
        assert wire.client.movers == {}


def test_a_viewer_sees_nobody(street: Street) -> None:
    with line(street.hall, token(street, role="viewer", reach="city")) as wire:
        wire.wish()
        wire.snapshot()
        assert wire.client.movers == {}


def test_whoever_comes_back_goes_on_where_it_was(street: Street) -> None:
    street.move(*EVERYBODY)
    key = token(street)
    with line(street.hall, key) as wire:
        wire.wish(kinds=["person"])
        wire.snapshot()
        epoch, sequence = wire.client.epoch, wire.client.sequence
    street.move(2)
    held = wire.client
    with line(street.hall, key) as again:
        again.client = held
        again.wish(kinds=["person"], resume={"epoch": epoch, "seq": sequence})
        again.until(lambda: held.movers[street.movers[2]]["time_us"] == street.clock_us)
        assert held.kinds.count("snapshot") == 1
        assert held.epoch == epoch
        epoch, sequence = held.epoch, held.sequence
    # Somebody else's line, another view, and another worker are begun anew.
    for more, who, worker in (({}, token(street), 0), ({"unit": "990101001"}, key, 0), ({}, key, 1)):
        with line(street.hall, who, worker) as other:
            other.wish(kinds=["person"], resume={"epoch": epoch, "seq": sequence}, **more)
            other.snapshot()
            assert other.client.epoch != epoch


def test_two_workers_show_the_same(street: Street) -> None:
    street.move(*EVERYBODY)
    key = token(street)
    with line(street.hall, key, 0) as one, line(street.hall, key, 1) as two:
        for wire in (one, two):
            wire.wish(kinds=["person"])
            wire.snapshot()
        for _ in range(5):
            street.move(*EVERYBODY)
        for wire in (one, two):
            wire.until(lambda w=wire: all(e["time_us"] == street.clock_us for e in w.client.movers.values()))
        assert one.client.movers == two.client.movers


def test_no_more_often_than_asked_for(street: Street) -> None:
    with line(street.hall, token(street)) as wire:
        wire.wish(kinds=["person"], rate_hz=1)
        wire.snapshot()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            street.move(*EVERYBODY)
            wire.hear(0.05)
        gaps = [b - a for a, b in itertools.pairwise(wire.at)]
        assert gaps
        # What lies between two sendings; arriving may be a little closer.
        assert min(gaps) > 0.8


def test_a_wish_that_is_wrong_is_told_and_the_line_goes_on(street: Street) -> None:
    street.move(*EVERYBODY)
    with line(street.hall, token(street)) as wire:
        wire.socket.send("{")
        wire.socket.send(b"\x00\x01")
        wire.wish(rate_hz=99, colour="red")
        wire.until(lambda: len(wire.texts) == 3)
        assert [each["type"] for each in wire.texts] == ["problem"] * 3
        assert [each["where"] for each in wire.texts[2]["errors"]] == ["colour", "rate_hz"]
        wire.wish(movers=[street.movers[1]])
        wire.until(lambda: street.numbers(wire.client) == {1})


def test_notices_are_told_of_whom_one_may_see(street: Street) -> None:
    with (
        line(street.hall, token(street)) as city,
        line(street.hall, token(street, **STREET_ADMINISTRATOR)) as part,
    ):
        for wire in (city, part):
            wire.wish()
            wire.snapshot()
        with connect(street.hall.url) as owner:
            notify(owner, "task", movers=[street.movers[0], street.movers[7]], task=4, title="张三")
            notify(owner, "cry", movers=[street.movers[7]], cry=9, state="open")
            notify(owner, "presence", movers=[street.movers[1]], fence=2)
            notify(owner, "webhooks", movers=[street.movers[1]])
        city.until(lambda: len(city.texts) == 3)
        part.until(lambda: len(part.texts) == 2)
        told = [(each["kind"], each["movers"], each["facts"]) for each in part.texts]
        assert told == [
            ("task", [street.movers[0]], {"task": 4}),
            ("presence", [street.movers[1]], {"fence": 2}),
        ]
        assert [each["kind"] for each in city.texts] == ["task", "cry", "presence"]


def test_rights_that_change_show_at_once(street: Street) -> None:
    street.move(*EVERYBODY)
    account = street.hall.account("shrinking", **COMMANDER)
    key = street.hall.key(account)
    chief = street.hall.person(f"chief {next(_NAMES)}", role="district_administrator", reach="city")
    with line(street.hall, key) as wire:
        wire.wish(kinds=["person"])
        wire.snapshot()
        assert street.numbers(wire.client) == EVERYBODY
        body = {"reach": "area", "area": "990101002"}
        assert chief.patch(f"/api/accounts/{account}", json=body).status_code == 200
        wire.until(lambda: street.numbers(wire.client) == {4, 5, 6, 7})


def test_a_key_that_ends_closes_its_line(street: Street) -> None:
    account = street.hall.account(f"leaver {next(_NAMES)}", **COMMANDER)
    key = street.hall.key(account)
    chief = street.hall.person(f"chief {next(_NAMES)}", role="district_administrator", reach="city")
    with line(street.hall, key) as wire:
        wire.wish()
        wire.snapshot()
        number = chief.get(f"/api/accounts/{account}/keys").json()
        number = (number["keys"] if isinstance(number, dict) else number)[0]["id"]
        assert chief.delete(f"/api/accounts/{account}/keys/{number}").status_code in (200, 204)
        with pytest.raises(Exception, match="4401") as closed:
            wire.until(lambda: False)
        assert closed.value.rcvd.code == 4401


def test_a_database_that_was_away_is_said_and_all_is_right_again(street: Street) -> None:
    street.move(*EVERYBODY)
    with line(street.hall, token(street)) as wire:
        wire.wish(kinds=["person"], rate_hz=5)
        wire.snapshot()
        with connect(street.database.url) as platform:
            platform.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        wire.until(lambda: any(each.away for each in wire.client.frames))
        wire.until(lambda: not wire.client.frames[-1].away)
        until(lambda: _moved(street))
        wire.until(lambda: wire.client.movers[street.movers[6]]["time_us"] == street.clock_us)
        assert wire.client.back == []


def _moved(street: Street) -> bool:
    """The pool may still have connections that are dead."""
    with suppress(CitygridError, psycopg.Error):
        street.move(6, grid=1)
        return True
    return False

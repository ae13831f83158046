"""Cries for help that devices tell of: one each until it is closed, whatever is sent again, and at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from spatial.database import session
from spatial.geometry.datum import convert
from spatial.patrols.cries.escalating import MOST_LEVEL, escalate, is_due
from spatial.patrols.happenings.keeping import keep
from spatial.patrols.protocols.fixes import Happened, Happening
from spatial.rights.reader import SYSTEM
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.patrols.intake.yard import NOW, Yard, one, open_yard, us

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def whole_yard(
    make_city: Callable[..., Any], as_app: Callable[[str], str], master_key: Path
) -> Iterator[Yard]:
    with open_yard(make_city, as_app, master_key) as made:
        yield made


@pytest.fixture
def yard(whole_yard: Yard) -> Yard:
    whole_yard.ask("DELETE FROM cry")
    whole_yard.empty()
    whole_yard.ask("DELETE FROM happening")
    return whole_yard


def sos(ago: timedelta = timedelta(0), lon: float | None = None, lat: float | None = None) -> Happened:
    return Happened(Happening.SOS, us(NOW - ago), lon, lat)


def told(yard: Yard, *each: tuple[int, Happened]) -> int:
    with session(yard.database, SYSTEM) as connection:
        return keep(connection, each)


def cries(yard: Yard, columns: str = "mover_id, times, state") -> list[Any]:
    return yard.ask(f"SELECT {columns} FROM cry ORDER BY id")  # noqa: S608


def test_the_same_in_two_batches_at_once_is_one_cry(yard: Yard) -> None:
    devices = [yard.device(who, f"phone {who}").id for who in range(3)]
    batch = [(device, sos(n * MINUTE)) for device in devices for n in range(3)]
    both = Barrier(2)

    def send(turn: int) -> int:
        both.wait()
        return told(yard, *(batch if turn else batch[::-1]))

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(send, range(2))) == 9
    assert cries(yard) == [(mover, 3, "open") for mover in yard.movers[:3]]
    assert yard.ask("SELECT what FROM cry_step") == [("opened",)] * 3


def test_different_presses_at_once_are_one_cry_and_none_is_lost(yard: Yard) -> None:
    phone, radio = (yard.device(0, name).id for name in ("phone", "radio"))
    four = Barrier(4)

    def send(turn: int) -> int:
        four.wait()
        return told(yard, (phone if turn % 2 else radio, sos(turn * MINUTE)))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(4))) == 4
    assert cries(yard) == [(yard.movers[0], 4, "open")]
    assert cries(yard, "at, last_at") == [(NOW - 3 * MINUTE, NOW)]


def test_what_is_sent_again_opens_nothing_though_it_was_closed(yard: Yard) -> None:
    device = yard.device(0).id
    told(yard, (device, sos(5 * MINUTE)))
    yard.ask("UPDATE cry SET state = 'closed', closed_at = now(), word = 'test', waiting_since = NULL")
    assert told(yard, (device, sos(5 * MINUTE))) == 0
    # Pressed before it was closed, and told only now: it was about the same.
    assert told(yard, (device, sos(2 * MINUTE))) == 1
    assert cries(yard) == [(yard.movers[0], 2, "closed")]
    later = Happened(Happening.SOS, us(NOW + 2 * timedelta(minutes=1)))
    yard.ask("UPDATE cry SET closed_at = %s", NOW - MINUTE)
    assert told(yard, (device, later)) == 1
    assert [state for (state,) in cries(yard, "state")] == ["closed", "open"]


def test_a_device_that_nobody_carries_cries_for_itself(yard: Yard) -> None:
    lost, other = yard.device(None, "lost").id, yard.device(None, "other").id
    told(yard, (lost, sos()), (lost, sos(MINUTE)), (other, sos()))
    assert cries(yard, "mover_id, device_id, times") == [(None, other, 1), (None, lost, 2)]


@pytest.mark.parametrize(
    ("ago", "late", "at_is_kept"),
    [
        (timedelta(hours=23), False, True), (timedelta(hours=25), True, True),
        (timedelta(days=9000), True, False), (timedelta(days=-400), True, False),
    ],
)  # fmt: skip
def test_what_comes_a_day_late_says_so(yard: Yard, ago: timedelta, late: bool, at_is_kept: bool) -> None:
    told(yard, (yard.device(0).id, sos(ago)))
    ((is_late, at, waits),) = cries(yard, "late, at, waiting_since IS NOT NULL")
    assert (is_late, waits) == (late, True)
    assert (at == NOW - ago) == at_is_kept


def test_the_place_is_of_the_cry_itself_in_wgs84_or_the_last_fix_until_then(yard: Yard) -> None:
    lon, lat = WEST + STEP * 0.5, SOUTH + STEP * 0.5
    yard.take(yard.walked(one(NOW - 9 * MINUTE, lon, lat)), yard.walked(one(NOW - MINUTE, lon + STEP, lat)))
    phone, shifted = yard.device(0).id, yard.device(1, "shifted").id
    yard.ask("""UPDATE device SET profile = '{"datum": "gcj02"}' WHERE id = %s""", shifted)
    there = [float(each[0]) for each in convert([lon], [lat], "wgs84", "gcj02")]
    told(yard, (phone, sos(5 * MINUTE)), (shifted, sos(0 * MINUTE, *there)))
    (seen, said) = cries(yard, "lon, lat, placed_at, unit_code")
    assert seen[:3] == (lon, lat, NOW - 9 * MINUTE)
    assert said[:2] == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))
    (grid,) = yard.ask("SELECT unit_code FROM fix WHERE time = %s", NOW - 9 * MINUTE)
    assert seen[3] == said[3] == grid[0]
    # It does not go with the fixes.
    yard.ask("TRUNCATE fix")
    assert cries(yard, "lon")[0] == (lon,)


def test_off_duty_the_place_of_a_cry_is_kept(yard: Yard) -> None:
    yard.ask("UPDATE roster_policy SET mode = 'refuse'")
    told(yard, (yard.device(0).id, sos(MINUTE, WEST + STEP / 2, SOUTH + STEP / 2)))
    assert cries(yard, "lon, lat") == [(WEST + STEP / 2, SOUTH + STEP / 2)]


def test_what_fails_opens_nothing(yard: Yard) -> None:
    device = yard.device(0).id
    with pytest.raises(RuntimeError), session(yard.database, SYSTEM) as connection:
        keep(connection, [(device, sos())])
        raise RuntimeError
    assert cries(yard) == []
    assert told(yard, (device, sos())) == 1
    assert len(cries(yard)) == 1


def test_it_goes_up_once_a_level_even_with_two_job_processes(yard: Yard) -> None:
    told(yard, *[(yard.device(who, f"phone {who}").id, sos()) for who in range(4)])
    two = Barrier(2)

    def look(_: int) -> list[tuple[int, int]]:
        two.wait()
        with session(yard.database, SYSTEM) as connection:
            return escalate(connection, 2)

    for level in range(1, MOST_LEVEL + 1):
        with session(yard.database, SYSTEM) as connection:
            assert not is_due(connection, 2)
            assert escalate(connection, 2) == [], "nobody has waited long enough"
        yard.ask("UPDATE cry SET waiting_since = now() - interval '3 minutes'")
        with session(yard.database, SYSTEM) as connection:
            assert is_due(connection, 2)
            assert not is_due(connection, 0)
        with ThreadPoolExecutor(2) as pool:
            gone_up = [each for found in pool.map(look, range(2)) for each in found]
        assert sorted(gone_up) == [(number, level) for (number,) in cries(yard, "id")]
    assert cries(yard, "level, waiting_since") == [(MOST_LEVEL, None)] * 4
    assert yard.ask("SELECT count(*) FROM cry_step WHERE what = 'escalated'") == [(4 * MOST_LEVEL,)]


def test_killed_between_it_goes_up_the_next_time(yard: Yard) -> None:
    told(yard, (yard.device(0).id, sos()))
    yard.ask("UPDATE cry SET waiting_since = now() - interval '3 minutes'")
    with pytest.raises(RuntimeError), session(yard.database, SYSTEM) as connection:
        assert escalate(connection, 2)
        raise RuntimeError
    assert cries(yard, "level") == [(0,)]
    with session(yard.database, SYSTEM) as connection:
        assert len(escalate(connection, 2)) == 1
    assert yard.ask("SELECT level FROM cry_step WHERE what = 'escalated'") == [(1,)]

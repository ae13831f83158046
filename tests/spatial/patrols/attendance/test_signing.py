"""Signs and what follows from them: what devices tell, whose fixes are taken, and what goes in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spatial.database import connect, query, session
from spatial.patrols import roster
from spatial.patrols.archive.rows import ROOM as ARCHIVE
from spatial.patrols.attendance import signing
from spatial.patrols.happenings.keeping import keep
from spatial.patrols.protocols.fixes import Fixes, Happened, Happening, joined
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.patrols.intake.yard import NOW, Yard, one, open_yard, us

CHIEF = Reader(1, "chief", "长", "district_administrator", reach="city")
HOUR = timedelta(hours=1)
LON, LAT = WEST + STEP / 2, SOUTH + STEP / 2


@pytest.fixture(scope="module")
def town(make_city: Callable[..., Any], as_app: Callable[[str], str], master_key: Path) -> Iterator[Yard]:
    with open_yard(make_city, as_app, master_key) as made:
        yield made


@pytest.fixture
def yard(town: Yard) -> Iterator[Yard]:
    """The yard without fixes, signs or devices, where duty goes by signs."""
    yield town
    town.empty()
    town.ask("TRUNCATE sign")
    town.ask("UPDATE roster_policy SET duty_by = 'shift'")
    town.ask("UPDATE worker SET on_duty = false")


def by_signs(yard: Yard, mode: str = "all", margin: int = 0) -> None:
    with session(yard.database, SYSTEM) as connection:
        roster.set_policy(connection, CHIEF, None, mode, margin, "sign_in")


def sign(yard: Yard, kind: str, at: datetime, who: int = 0, placed: bool = False) -> None:
    place = (LON, LAT, 3) if placed else (None, None, None)
    yard.ask(
        "INSERT INTO sign (mover_id, kind, at, way, lon, lat, accuracy_m)"
        " VALUES (%s, %s, %s, 'self', %s, %s, %s)",
        yard.movers[who], kind, at, *place,
    )  # fmt: skip


def follow(yard: Yard) -> int:
    with session(yard.database, SYSTEM) as connection:
        return signing.follow_duty(connection)


def on_duty(yard: Yard) -> list[int]:
    return [
        number
        for (number,) in yard.ask(
            "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id WHERE w.on_duty ORDER BY 1"
        )
    ]


def hours(*at: float) -> Fixes:
    return joined([one(NOW + hour * HOUR, LON + n * 1e-4, LAT, speed_mps=1) for n, hour in enumerate(at)])


def tell(yard: Yard, *told: tuple[int, Happening, datetime]) -> None:
    with session(yard.database, SYSTEM) as connection:
        keep(connection, [(device, Happened(kind, us(at), LON, LAT)) for device, kind, at in told])


def test_where_duty_goes_by_signs_fixes_count_between_them(yard: Yard) -> None:
    by_signs(yard, "refuse", 30)
    yard.ask("INSERT INTO shift (mover_id, starts_at, ends_at) VALUES (%s, %s, %s)", yard.movers[0],
             NOW - 20 * HOUR, NOW)  # fmt: skip
    assert yard.take(yard.walked(hours(-2)))[0].refused == {"off_duty": 1}, "a shift says nothing here"
    sign(yard, "in", NOW - 8 * HOUR)
    sign(yard, "in", NOW - 7 * HOUR)
    sign(yard, "out", NOW - 4 * HOUR)
    (taken,) = yard.take(yard.walked(hours(-8.6, -8.4, -6, -3.6, -3.4)))
    assert (taken.new, taken.refused) == (3, {"off_duty": 2})
    assert yard.take(yard.walked(hours(-6), 1))[0].refused == {"off_duty": 1}, "of others it says nothing"


def test_whoever_does_not_sign_out_is_off_duty_after_sixteen_hours(yard: Yard) -> None:
    by_signs(yard, "refuse")
    sign(yard, "in", NOW - 40 * HOUR)
    (taken,) = yard.take(yard.walked(hours(-39.9, -24.1, -23.9, -1)))
    assert (taken.new, taken.refused) == (2, {"off_duty": 2})


def test_a_forgotten_sign_out_ends_the_duty_in_time(yard: Yard) -> None:
    yard.ask("UPDATE worker SET on_duty = true")
    assert follow(yard) == 0, "where shifts count signs change nothing"
    by_signs(yard)
    now = datetime.now(NOW.tzinfo)
    sign(yard, "in", now - 15 * HOUR, 0)
    sign(yard, "in", now - 17 * HOUR, 1)
    sign(yard, "out", now - 3 * HOUR, 2)
    follow(yard)
    assert on_duty(yard) == [yard.movers[0]]
    assert follow(yard) == 0


def test_a_device_signs_for_whoever_carries_it_once(yard: Yard) -> None:
    by_signs(yard)
    device, nobody = yard.device(1, "card").id, yard.device(None, "spare").id
    now = datetime.now(NOW.tzinfo)
    told = [(device, Happening.SIGN_IN, now - HOUR), (nobody, Happening.SIGN_IN, now - HOUR)]
    tell(yard, *told)
    tell(yard, *told)
    rows = yard.ask("SELECT mover_id, kind, way, device_id, lon, at FROM sign")
    assert rows == [(yard.movers[1], "in", "device", device, None, now - HOUR)]
    assert on_duty(yard) == [yard.movers[1]]
    tell(yard, (device, Happening.SIGN_OUT, now - HOUR / 2))
    assert on_duty(yard) == []


def test_a_device_whose_clock_is_wrong_signs_nobody_in_and_is_kept_as_told(yard: Yard) -> None:
    device, now = yard.device(0, "wrong").id, datetime.now(NOW.tzinfo)
    tell(
        yard, (device, Happening.SIGN_IN, now + HOUR), (device, Happening.SIGN_IN, now - 25 * HOUR),
        (device, Happening.SIGN_IN, now + timedelta(minutes=3)),
    )  # fmt: skip
    assert yard.ask("SELECT count(*) FROM happening") == [(3,)]
    ((at, received),) = yard.ask("SELECT at, received_at FROM sign")
    assert at <= received


def test_where_somebody_signs_off_duty_is_not_kept_with_what_the_device_told(yard: Yard) -> None:
    device, now = yard.device(0, "home").id, datetime.now(NOW.tzinfo)
    with session(yard.database, SYSTEM) as connection:
        roster.set_policy(connection, CHIEF, None, "mask", 0)
    tell(yard, (device, Happening.SIGN_OUT, now - HOUR), (device, Happening.SOS, now - HOUR))
    assert yard.ask("SELECT kind, lon FROM happening ORDER BY kind") == [("sign_out", None), ("sos", LON)]


def test_what_was_signed_stays(yard: Yard) -> None:
    sign(yard, "in", NOW, placed=True)
    for change in (
        "UPDATE sign SET kind = 'out'", "UPDATE sign SET at = now()", "UPDATE sign SET way = 'device'",
        "UPDATE sign SET username = 'x'", "UPDATE sign SET lon = 116, lat = 39",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.IntegrityError):
            yard.ask(change)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), session(yard.database, SYSTEM) as connection:
        connection.execute("DELETE FROM sign")


def test_places_go_in_time_and_when_somebody_is_erased(yard: Yard) -> None:
    sign(yard, "in", NOW - 400 * 24 * HOUR, placed=True)
    sign(yard, "in", NOW, placed=True)
    with session(yard.database, SYSTEM) as connection:
        assert signing.forget_places(connection, 365) == 1
    assert yard.ask("SELECT lon, accuracy_m FROM sign ORDER BY at") == [(None, None), (LON, 3)]
    with connect(yard.url) as owner:
        owner.execute(query(ARCHIVE, "erase"), {"mover": yard.movers[0]})
    assert yard.ask("SELECT lon, accuracy_m FROM sign") == [(None, None)] * 2

"""Real fixes through every door of a real server: the same values in the database, and each once."""

from __future__ import annotations

import pytest

from tests.api.fixes.phones import DOORS, Door, Phone, phone_of, stored, walk
from tests.api.town_hall import Hall


@pytest.fixture(scope="module")
def phone(own_hall: Hall) -> Phone:
    return phone_of(own_hall, "walker")


def own_identity(hall: Hall, phone: Phone) -> str:
    """Name the device that does not say who it is: the key's."""
    (row,) = hall.ask("SELECT id FROM token WHERE digest = sha256(convert_to(%s, 'UTF8'))", phone.token)
    return f"key {row[0]}"


@pytest.mark.parametrize("name", DOORS)
def test_a_walk_comes_through_unchanged_and_once(own_hall: Hall, phone: Phone, name: str) -> None:
    door, cabs = DOORS[name], walk()
    identity = door.identity or own_identity(own_hall, phone)
    for _ in range(2):
        door.send(phone, cabs)
    rows = [row for row in stored(own_hall, identity) if row[8] == door.source]
    assert [row[:3] for row in rows] == sorted((cab.time, cab.lon, cab.lat) for cab in cabs)
    for row in rows:
        check_values(row, door)
    assert {row[11] for row in rows} == {phone.mover}


def check_values(row: tuple[object, ...], door: Door) -> None:
    speed, course, accuracy, altitude, battery = row[3:8]
    assert speed == pytest.approx(door.speed_mps, rel=1e-6)
    assert (course, accuracy, altitude) == (door.course_deg, 4, 5)
    assert battery in (63, None) and row[9] == 0 and row[12] == 0


def test_the_same_walk_by_two_processes_is_there_once(own_hall: Hall, phone: Phone) -> None:
    cabs = walk(40)
    DOORS["overland"].send(phone, cabs)
    before = len(stored(own_hall, "overland-1"))
    DOORS["overland"].send(Phone(own_hall.client(1), phone.token, phone.username, phone.mover), cabs[::-1])
    assert len(stored(own_hall, "overland-1")) == before


def test_what_a_phone_has_last_sent_is_where_its_owner_is(own_hall: Hall, phone: Phone) -> None:
    cabs = walk()
    own_hall.ask("DELETE FROM last_position WHERE mover_id = %s", phone.mover)
    own_hall.ask("DELETE FROM fix WHERE mover_id = %s", phone.mover)
    DOORS["own"].send(phone, cabs)
    ((time, lon, lat),) = own_hall.ask(
        "SELECT time, lon, lat FROM last_position WHERE mover_id = %s", phone.mover
    )
    last = max(cabs, key=lambda cab: cab.time)
    assert (time, lon, lat) == (last.time, last.lon, last.lat)


def test_the_directory_of_doors(phone: Phone) -> None:
    doors = phone.client.get("/api/fixes", headers=phone.bearer).json()["doors"]
    assert sorted(each["path"] for each in doors.values())[1] == "/api/fixes/gpslogger"
    assert phone.client.get("/api/fixes/elsewhere", headers=phone.bearer).status_code == 404
    assert phone.client.get("/api/fixes").status_code == 401

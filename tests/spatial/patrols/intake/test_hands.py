"""Devices: how they are met, who waits, who carries them, and in whose reach that puts them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from spatial.database import connect, session
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from spatial.patrols import devices
from spatial.patrols.downlinks import queue
from spatial.patrols.intake import Sent
from spatial.patrols.protocols.fixes import Source
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.patrols.intake.yard import NOW, Yard, walk

CHIEF = Reader(None, "chief", "chief", "district_administrator")
LON, LAT = WEST + STEP / 2, SOUTH + STEP / 2


def test_a_phone_that_waited_brings_what_it_has_kept(yard: Yard) -> None:
    """It is told that it waits, and keeps its fixes; once it is taken up they are its carrier's."""
    phone = yard.device(None)
    with session(yard.database, CHIEF) as connection:
        devices.hand(connection, CHIEF, phone.id, yard.movers[0], None)
    (taken,) = yard.take(Sent(walk(50, end=NOW - timedelta(days=3)), Source.OWN, device=phone.id))
    assert (taken.new, taken.refused) == (50, {})
    with session(yard.database, CHIEF) as connection:
        devices.hand(connection, CHIEF, phone.id, yard.movers[1], None)
        shown = devices.one(connection, phone.id)["carriers"]
    assert shown[0]["since"] <= NOW - timedelta(days=29)
    assert shown[1]["since"] > NOW - timedelta(days=1), "of one that was carried before it is from now on"


def test_who_gets_a_device_of_a_workers_own_has_it_alone(yard: Yard) -> None:
    account = yard.ask(
        "INSERT INTO account (username, display_name, role, reach, worker_id)"
        " SELECT 'owner', '*', 'field_worker', 'city', worker_id FROM mover WHERE id = %s RETURNING id",
        yard.movers[0],
    )[0][0]  # fmt: skip
    with session(yard.database, SYSTEM) as connection:
        phone = devices.meet(connection, "own", "mine", account, yard.movers[0], NOW - timedelta(days=9))
    for who, left in ((0, account), (None, account), (1, None)):
        with session(yard.database, CHIEF) as connection:
            mover = None if who is None else yard.movers[who]
            devices.hand(connection, CHIEF, phone.id, mover, None)
        assert yard.ask("SELECT account_id FROM device WHERE id = %s", phone.id) == [(left,)]


def test_only_who_has_a_device_now_puts_it_into_somebodys_reach(yard: Yard) -> None:
    """An administrator of an area has no power over what was carried there once."""
    yard.ask("UPDATE worker SET unit_code = '1-0-0-0' WHERE code = 'w1'")
    yard.ask("UPDATE worker SET unit_code = '1-0-1-0' WHERE code = 'w2'")
    near, far = (
        Reader(None, area, area, "street_administrator", "area", area) for area in ("1-0-0", "1-0-1")
    )
    phone = yard.device(0, "t", "jt808")
    try:
        assert sees(yard, near, phone.id) == (True, True) and sees(yard, far, phone.id) == (False, False)
        with session(yard.database, CHIEF) as connection:
            devices.hand(connection, CHIEF, phone.id, yard.movers[1], None)
        assert sees(yard, near, phone.id) == (False, False) and sees(yard, far, phone.id) == (True, True)
        with session(yard.database, near) as connection:
            carriers = connection.execute("SELECT mover_id FROM device_carrier").fetchall()
            assert carriers == [(yard.movers[0],)], "that it was carried there is there to read"
            with pytest.raises(NotFound):
                devices.change(connection, near, phone.id, {"name": "mine"})
        with session(yard.database, far) as connection:
            devices.hand(connection, far, phone.id, None, None)
        assert sees(yard, far, phone.id) == (False, False), "what nobody has is the city's"
    finally:
        yard.ask("UPDATE worker SET unit_code = NULL")


def sees(yard: Yard, reader: Reader, device: int) -> tuple[bool, bool]:
    """Tell whether a reader sees a device, and may have it told something."""
    with session(yard.database, reader) as connection:
        seen = connection.execute("SELECT id FROM device WHERE id = %s", [device]).rowcount == 1
        try:
            with connection.transaction(force_rollback=True):
                queue.send(connection, reader, device, queue.Order("position"))
        except NotFound:
            return seen, False
        return seen, True


def test_a_device_is_made_once_waits_or_is_carried(yard: Yard) -> None:
    waiting, carried = yard.device(None, "a"), yard.device(1, "b")
    assert (waiting.state, carried.state) == ("waiting", "active")
    assert yard.device(2, "b").id == carried.id
    assert yard.ask("SELECT mover_id FROM device_carrier") == [(yard.movers[1],)], "it stays with who has it"
    with pytest.raises(InvalidInput):
        yard.device(None, "a\nb")


def test_strangers_on_a_line_without_keys_keep_nobody_out(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "MOST_WAITING", 3)
    with session(yard.database, CHIEF) as connection:
        expected = [devices.add(connection, CHIEF, "jt808", f"e{n}", "") for n in range(4)]
    carried, given_back = yard.device(0, "c", "jt808"), yard.device(None, "b", "jt808")
    with session(yard.database, CHIEF) as connection:
        devices.hand(connection, CHIEF, given_back.id, yard.movers[0], None)
    for n in range(8):
        yard.device(None, f"s{n}", "jt808")
    names = {name for (name,) in yard.ask("SELECT identity FROM device WHERE protocol = 'jt808'")}
    assert names == {"e0", "e1", "e2", "e3", "c", "b", "s5", "s6", "s7"}
    assert carried.is_active and len(expected) == 4
    assert yard.device(None, "phone", "osmand").state == "waiting", "nor those of another protocol"
    assert yard.device(None, "s0", "jt808").state == "waiting", "who comes back waits again"


def notices(yard: Yard, do: Callable[[], object]) -> list[str]:
    """Listen while something is done."""
    with connect(yard.url) as connection:
        connection.autocommit = True
        connection.execute("LISTEN citygrid")
        do()
        yard.ask("SELECT pg_notify('citygrid', 'end')")
        heard = [notice.payload for notice in connection.notifies(timeout=20, stop_after=2)]
    return heard[: heard.index("end")] if "end" in heard else heard


def test_a_terminal_that_registers_disturbs_nobody(yard: Yard) -> None:
    phone = yard.device(0, "t", "jt808")

    def register() -> None:
        with session(yard.database, SYSTEM) as connection:
            devices.set_auth_code(connection, phone.id, "sha256:0")

    assert notices(yard, register) == []
    assert notices(yard, lambda: yard.device(None, "stranger", "jt808")) == []
    changed = notices(yard, lambda: yard.ask("UPDATE device SET state = 'blocked'"))
    assert changed == ['{"kind": "devices"}']


def test_only_so_many_devices_wait(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_WAITING", 2)
    for name in "ab":
        yard.device(None, name)
    with pytest.raises(TooMany):
        yard.device(None, "c")
    assert yard.device(None, "a").state == "waiting"
    assert yard.device(0, "d").state == "active"


def test_who_carries_a_device_is_changed_forwards_and_by_administrators(yard: Yard) -> None:
    phone = yard.device(0)
    with session(yard.database, CHIEF) as connection:
        devices.hand(connection, CHIEF, phone.id, yard.movers[1], NOW - timedelta(hours=1))
        for moment in (NOW - timedelta(hours=2), NOW - timedelta(hours=1)):
            with pytest.raises(Conflict):
                devices.hand(connection, CHIEF, phone.id, yard.movers[2], moment)
        with pytest.raises(NotFound):
            devices.hand(connection, CHIEF, phone.id, 10**9, None)
        with pytest.raises(NotFound):
            devices.hand(connection, CHIEF, 10**9, yard.movers[0], None)
        for role in ("viewer", "commander", "field_worker"):
            with pytest.raises(Forbidden):
                devices.hand(connection, Reader(None, "x", "x", role), phone.id, None, None)
        shown = devices.one(connection, phone.id)
    assert [each["mover"] for each in shown["carriers"]] == yard.movers[:2]


def test_a_passphrase_is_sealed_and_a_profile_must_be_one(yard: Yard) -> None:
    phone = yard.device(0, "owntracks/a", "owntracks")
    kept = devices.Devices(yard.database, yard.master)
    with session(yard.database, CHIEF) as connection:
        devices.set_passphrase(connection, CHIEF, phone.id, "geheim 密", yard.master)
        devices.change(connection, CHIEF, phone.id, {"profile": {"datum": "gcj02", "speed_unit": "kmh"}})
        wrongs: list[dict[str, Any]] = [
            {"datum": "x"}, {"speed_unit": 1}, {"zone": "Mars"}, {"interval_s": 0}, {"other": 1},
            {"zone": []}, {"zone": {}}, {"datum": None}, {"attributes": ["all"]}, {"interval_s": True},
        ]  # fmt: skip
        for wrong in wrongs:
            with pytest.raises(InvalidInput):
                devices.change(connection, CHIEF, phone.id, {"profile": wrong})
        assert "geheim" not in repr(devices.one(connection, phone.id))
    found = kept.find("owntracks", "owntracks/a")
    assert found is not None
    profile = found[1]
    assert (profile.passphrase, profile.datum, profile.speed_unit) == ("geheim 密", "gcj02", "kmh")
    assert b"geheim" not in bytes(yard.ask("SELECT secret_cipher FROM device")[0][0])
    assert kept.find("owntracks", "nobody") is None

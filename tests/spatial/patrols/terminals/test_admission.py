"""Who is let in, and how their words are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from spatial.patrols import devices
from spatial.patrols.protocols.jt808.messages import Registered
from spatial.patrols.protocols.jt808.registration import Registration
from spatial.patrols.terminals import admission
from spatial.patrols.terminals.admission import Terminal, plain_plate, terminal_of

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
SAID = Registration("2013", 11, 108, "MAKER", "MODEL", "ID00001", 1, "京A12345", "")


@pytest.mark.parametrize(
    ("profile", "terminal"),
    [
        ({}, Terminal(7)),
        ({"datum": "gcj02", "zone": "UTC", "attributes": "all"}, Terminal(7, "gcj02", 0, all_kept=True)),
        ({"zone": "Asia/Shanghai"}, Terminal(7, zone_s=28_800)),
        ({"datum": "mars", "zone": "No/Where", "attributes": 1}, Terminal(7)),
        ({"zone": "../etc/passwd"}, Terminal(7)),
        ({"zone": 8}, Terminal(7)),
    ],
)
def test_profiles_say_how_words_are_read(profile: dict[str, Any], terminal: Terminal) -> None:
    assert terminal_of(7, profile) == terminal


def test_what_the_profile_of_a_device_may_say_is_what_is_read() -> None:
    devices.check_profile({"datum": "gcj02", "zone": "UTC", "attributes": "all"})


@pytest.mark.parametrize("plate", ["京A12345", "京 A·12345", "京a-12345", " 京A.12345 "])
def test_plates_are_compared_as_everybody_writes_them(plate: str) -> None:
    assert plain_plate(plate) == "京A12345"


def test_strangers_are_written_down_and_too_many_crowd_out_those_before_them(
    postgis: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "MOST_WAITING", 2)
    for number in range(4):
        result, code = admission.register(postgis, "jt808", f"1350000{number}", SAID, NOON)
        assert (result, code) == (Registered.NO_TERMINAL, "")
    rows = postgis.execute("SELECT identity, state, name FROM device ORDER BY identity").fetchall()
    assert rows == [("13500002", "waiting", "京A12345"), ("13500003", "waiting", "京A12345")]
    assert admission.recognise(postgis, "gt06", "860000000000017") is None
    assert devices.known(postgis, "gt06", "860000000000017") is not None, "of another protocol"


def test_what_a_stranger_says_again_is_not_written_again(postgis: Connection[Any]) -> None:
    # Each change of a device stands in the audit log, and a line without keys is open to everybody.
    def says(plate: str, minutes: int) -> tuple[str, str]:
        said = replace(SAID, plate=plate)
        admission.register(postgis, "jt808", "13500000", said, NOON + timedelta(minutes=minutes))
        asked = "SELECT ctid::text, attributes -> 'registration' ->> 'plate' FROM device"
        return tuple(postgis.execute(asked).fetchall()[0])

    first = says("京A1", 0)
    assert [says("京A1", minutes) for minutes in (1, 60, 600)] == [first] * 3
    assert says("京A2", 9) == first, "another word each time is not written down each time"
    second = says("京A2", 10)
    assert (second[0] != first[0], second[1]) == (True, "京A2")
    postgis.execute("UPDATE device SET state = 'blocked'")
    third = says("京A3", 21)
    assert third[1] == "京A3", "the terminal that is to be let in instead"
    assert [says("京A3", minutes) for minutes in (30, 60)] == [third] * 2


def test_a_code_is_good_for_its_own_terminal_while_it_is_active(postgis: Connection[Any]) -> None:
    rows = postgis.execute(
        "INSERT INTO device (protocol, identity, state, auth_code) VALUES ('jt808', '1', 'active', %s),"
        " ('jt808', '2', 'active', %s), ('jt808', '3', 'blocked', %s), ('jt808', '4', 'active', NULL)"
        " RETURNING id",
        [admission.digest(code) for code in "abc"],
    ).fetchall()
    found = {
        (phone, code): admission.authenticate(postgis, "jt808", phone, code)
        for phone in "12345"
        for code in ("a", "b", "c", "")
    }
    good = {key: terminal.device for key, terminal in found.items() if terminal is not None}
    assert good == {("1", "a"): rows[0][0], ("2", "b"): rows[1][0]}
    assert admission.authenticate(postgis, "gt06", "1", "a") is None
    assert set(admission.active(postgis, [number for (number,) in rows])) == {
        rows[0][0], rows[1][0], rows[3][0],
    }  # fmt: skip

"""Cries for help from where there are no satellites: no time, no place, and heard all the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spatial.patrols.protocols.fixes import Flag
from spatial.patrols.protocols.jt808 import Take
from tests.spatial.patrols.encoder_jt808 import Terminal, batch, location
from tests.spatial.patrols.jt808.talking import known, say

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)
GUESSED = Flag.TIME_GUESSED | Flag.NOT_POSITIONED


def timeless(alarms: int, clock: bytes = bytes(6)) -> bytes:
    """Write a location of a terminal that has never seen a satellite."""
    return location(0, 0, NOON, status=0, alarms=alarms)[:22] + clock


@pytest.mark.parametrize("clock", [bytes(6), b"\xff" * 6])
@pytest.mark.parametrize(("alarms", "flag"), [(1, Flag.SOS), (1 << 5, Flag.ALARM)])
def test_an_alarm_without_a_time_is_of_the_time_of_receipt(alarms: int, flag: Flag, clock: bytes) -> None:
    terminal = Terminal()
    (take,), _ = say(known(terminal), terminal.message(0x0200, timeless(alarms, clock)), NOON.timestamp())
    assert isinstance(take, Take)
    (fix,) = take.fixes
    assert (fix.time_us, fix.flags, take.problems) == (NOON.timestamp() * 1e6, flag | GUESSED, [])
    assert fix.extra == {"alarms": alarms}


def test_an_alarm_without_a_time_is_kept_in_batches_and_answers_too() -> None:
    terminal = Terminal()
    session = known(terminal)
    body = batch([location(116.3, 39.9, NOON), timeless(1), timeless(0)], kind=1)
    (take,), _ = say(session, terminal.message(0x0704, body), NOON.timestamp())
    assert [bool(fix.flags & Flag.SOS) for fix in take.fixes] == [False, True]
    assert [problem.reason for problem in take.problems] == ["no time"]
    (take,), _ = say(session, terminal.message(0x0201, b"\0\1" + timeless(1)), NOON.timestamp())
    assert take.fixes[0].flags == Flag.SOS | GUESSED


def test_without_an_alarm_there_is_nothing_to_keep() -> None:
    terminal = Terminal()
    (take,), _ = say(known(terminal), terminal.message(0x0200, timeless(0)), NOON.timestamp())
    assert (take.fixes, [each.reason for each in take.problems]) == ([], ["no time"])

"""Messages in parts whose writing fails, that crowd one another out, or go on upon another line."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from spatial.patrols.protocols.jt808 import Session, Take
from spatial.patrols.protocols.jt808.messages import Result
from tests.spatial.patrols.encoder_jt808 import Terminal, answers, batch, location
from tests.spatial.patrols.jt808.talking import drain, known

NOON = datetime(2026, 10, 9, 12, tzinfo=UTC)


def three_parts(terminal: Terminal) -> list[bytes]:
    """Write a batch of 30 fixes in three parts."""
    body = batch([location(116.3, 39.9, NOON + timedelta(seconds=n)) for n in range(30)])
    parts = terminal.in_parts(0x0704, body, 350)
    assert len(parts) == 3
    return parts


def take_of(session: Session, data: bytes) -> Take:
    session.receive(data, 0.0)
    (asked,) = drain(session)
    assert isinstance(asked, Take)
    return asked


def test_when_writing_fails_only_the_part_that_is_told_so_is_sent_again() -> None:
    terminal = Terminal()
    session = known(terminal)
    parts = three_parts(terminal)
    first, last = terminal.sent[-3], terminal.sent[-1]
    session.taken(take_of(session, b"".join(parts)), Result.FAILED)
    told = answers(session.output())[-1]
    assert told.body == struct.pack(">HHB", last, 0x0704, Result.FAILED)
    session.look(20.0)
    (again,) = answers(session.output())
    assert (again.number, again.body) == (0x8003, struct.pack(">HBH", first, 1, 3))
    take = take_of(session, parts[2])
    assert len(take.fixes) == 30
    session.taken(take)
    assert answers(session.output())[-1].body == struct.pack(">HHB", last, 0x0704, 0)
    assert len(session.parts) == 0


def test_a_part_that_comes_again_while_the_whole_is_written_shares_its_fate() -> None:
    terminal = Terminal()
    session = known(terminal)
    parts = three_parts(terminal)
    take = take_of(session, b"".join(parts))
    again = take_of(session, parts[2])
    assert again.fixes == take.fixes
    session.taken(take, Result.FAILED)
    session.taken(again)
    assert [each.body[-1] for each in answers(session.output())[-2:]] == [Result.FAILED, Result.DONE]


def test_messages_that_made_room_for_others_are_counted() -> None:
    terminal = Terminal()
    session = known(terminal)
    for _ in range(5):
        session.receive(three_parts(terminal)[0], 0.0)
        assert drain(session) == []
    assert (len(session.parts), session.counts["parts given up"]) == (2, 3)


def test_a_terminal_goes_on_upon_another_line() -> None:
    terminal = Terminal()
    before = known(terminal)
    parts = three_parts(terminal)
    before.receive(parts[0] + parts[1], 0.0)
    assert drain(before) == []
    after = known(terminal)
    after.parts = before.parts
    assert len(take_of(after, parts[2]).fixes) == 30

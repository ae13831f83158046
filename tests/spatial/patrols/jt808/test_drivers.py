"""Driver's cards: who begins to work and who ends it, and what is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from spatial.patrols.protocols.fixes import Happened, Happening
from spatial.patrols.protocols.jt808 import Tell
from spatial.patrols.protocols.jt808.drivers import read_card
from spatial.patrols.protocols.jt808.location import BEIJING_S
from spatial.patrols.protocols.jt808.messages import Result
from tests.spatial.patrols.encoder_jt808 import Terminal
from tests.spatial.patrols.jt808.talking import known, say

NOON = datetime(2026, 10, 9, 12, 0, 0, tzinfo=UTC)


def card(status: int, moment: datetime, result: int = 0) -> bytes:
    """Write the body of 0x0702 of 2013: put in with what stands on the card, or taken out."""
    clock = bytes.fromhex(f"{moment + timedelta(seconds=BEIJING_S):%y%m%d%H%M%S}")
    name, office = "张三".encode("gbk"), "北京市交通委".encode("gbk")
    read = bytes((len(name),)) + name + b"0" * 20 + bytes((len(office),)) + office + bytes.fromhex("20300101")
    return bytes((status,)) + clock + (bytes((result,)) + read if status == 1 else b"")


def us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_a_card_put_in_begins_the_work_and_one_taken_out_ends_it() -> None:
    assert read_card(card(1, NOON), BEIJING_S) == Happened(Happening.SIGN_IN, us(NOON))
    assert read_card(card(2, NOON), BEIJING_S) == Happened(Happening.SIGN_OUT, us(NOON))
    assert read_card(card(2, NOON), 0) == Happened(Happening.SIGN_OUT, us(NOON) + BEIJING_S * 1_000_000)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x01", card(1, NOON)[:7], card(1, NOON, result=2), card(3, NOON), b"\x01" + b"\xff" * 7,
        # Of 2011: the length of a name, and no word on what was done.
        b"\x04" + "张三".encode("gbk") + b"0" * 60,
    ],
)  # fmt: skip
def test_what_says_neither_signs_nobody(body: bytes) -> None:
    assert read_card(body, BEIJING_S) is None


def test_a_card_is_answered_once_it_is_kept() -> None:
    terminal = Terminal()
    session = known(terminal)
    (asked,), found = say(session, terminal.message(0x0702, card(1, NOON)))
    assert isinstance(asked, Tell)
    assert (asked.happened.kind, found) == (Happening.SIGN_IN, [])
    session.told(asked, is_kept=False)
    assert session.output()[-3] == Result.FAILED
    (again,), _ = say(session, terminal.message(0x0702, card(1, NOON)))
    assert isinstance(again, Tell)
    session.told(again, is_kept=True)
    assert session.output()[-3] == Result.DONE


def test_a_card_that_says_nothing_and_a_part_of_one_are_set_aside() -> None:
    terminal = Terminal()
    session = known(terminal)
    data = terminal.message(0x0702, b"\x07") + terminal.message(0x0702, card(1, NOON), part=(2, 1))
    asked, found = say(session, data)
    assert (asked, [each.body[4] for each in found]) == ([], [Result.DONE, Result.DONE])
    assert session.counts == {"set aside": 2}

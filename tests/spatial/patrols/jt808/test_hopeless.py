"""Bytes of somebody who wants us to be busy."""

from __future__ import annotations

import pytest

from spatial.patrols.protocols.jt808 import Session, session
from tests.spatial.patrols.encoder_jt808 import Terminal
from tests.spatial.patrols.jt808.talking import known


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note what is looked at as a frame."""
    found: list[bytes] = []
    read = session.read

    def noting(framed: bytes, delimiter: int) -> object:
        found.append(framed)
        return read(framed, delimiter)

    monkeypatch.setattr(session, "read", noting)
    return found


def test_crumbs_are_counted_and_not_looked_at(looked_at: list[bytes]) -> None:
    stranger = Session()
    stranger.receive(b"\x7e\x00\x00" * 87_000 + b"\x7e", 0.0)
    assert (stranger.next(), stranger.waiting, looked_at) == (None, 0, [])
    assert stranger.counts == {"length": 87_000}
    assert stranger.is_hopeless


def test_nothing_is_read_of_somebody_hopeless(looked_at: list[bytes]) -> None:
    stranger = Session()
    stranger.receive((b"\x7e" + bytes(12) + b"\x01\x7e") * 17_000, 0.0)
    assert stranger.next() is None
    assert len(looked_at) == stranger.limits.most_spoilt + 1
    assert stranger.waiting == 0, "what is left is let go"


def test_a_terminal_that_is_known_may_send_a_lot_at_once(looked_at: list[bytes]) -> None:
    terminal = Terminal()
    line = known(terminal)
    line.receive(b"".join(terminal.heartbeat() for _ in range(1000)), 0.0)
    assert line.next() is None
    assert len(looked_at) == 1001
    assert line.output().count(b"\x7e") == 2000

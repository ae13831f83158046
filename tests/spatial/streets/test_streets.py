"""The streets of a process: read once however many ask, and again when the map has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from spatial.streets import streets
from spatial.streets.streets import Streets


class Map:
    """A base map that is read as slowly as the test wants."""

    def __init__(self) -> None:
        self.reads: list[int] = []
        self.edition = 1
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def read(self, _: Any) -> int:
        found = self.edition
        self.reads.append(found)
        self.begun.set()
        assert self.go_on.wait(30)
        return found


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> tuple[Map, Streets]:
    @contextmanager
    def session(*_: Any) -> Iterator[None]:
        yield None

    made = Map()
    monkeypatch.setattr(streets, "read", made.read)
    monkeypatch.setattr(streets, "session", session)
    return made, Streets(None)  # type: ignore[arg-type]


def test_many_who_ask_wait_for_one_reading(town: tuple[Map, Streets]) -> None:
    made, kept = town
    made.go_on.clear()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(kept.roads) for _ in range(8)]
        assert made.begun.wait(30)
        made.go_on.set()
        assert [each.result() for each in waiting] == [1] * 8
    assert made.reads == [1]
    kept.forget()
    made.edition = 2
    assert (kept.roads(), kept.roads(), made.reads) == (2, 2, [1, 2])


def test_a_map_that_changes_while_it_is_read_is_read_again(town: tuple[Map, Streets]) -> None:
    made, kept = town
    made.go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(kept.roads)
        assert made.begun.wait(30)
        made.edition = 2
        kept.forget()
        made.go_on.set()
        assert waiting.result() == 2
    assert made.reads == [1, 2]


def test_a_map_that_cannot_be_read_is_asked_for_again(
    town: tuple[Map, Streets], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kept = town
    monkeypatch.setattr(streets, "read", lambda _: 1 / 0)
    monkeypatch.setattr(streets.log, "warning", lambda *_, **__: None)
    kept.warm()
    with pytest.raises(ZeroDivisionError):
        kept.roads()
    monkeypatch.setattr(streets, "read", made.read)
    assert kept.roads() == 1

"""The collector of cycles is off during batches, on after them, and never off for good."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Barrier, Thread

import pytest

from spatial.events import intake_memory
from spatial.events.intake_memory import Pause, uncollected


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_is_off_inside_and_on_afterwards_also_after_an_error() -> None:
    with pytest.raises(ValueError, match="bad batch"), uncollected():
        assert not gc.isenabled()
        raise ValueError("bad batch")
    assert gc.isenabled()


def test_the_last_of_those_that_overlap_puts_it_on() -> None:
    pause = Pause()
    first, second = uncollected(pause), uncollected(pause)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_batches_without_an_end_do_not_keep_it_off_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = Pause()
    first = uncollected(pause)
    first.__enter__()
    monkeypatch.setattr(intake_memory, "LONGEST_SECONDS", -1.0)
    with uncollected(pause):
        first.__exit__(None, None, None)
        assert gc.isenabled(), "the second came too late to join, and so does not prolong the pause"
    with uncollected(pause):
        assert not gc.isenabled(), "the next pause is a new one"
    assert gc.isenabled()


def test_whoever_runs_without_a_collector_goes_on_without() -> None:
    gc.disable()
    with uncollected(Pause()):
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_threads_that_come_and_go_leave_it_on() -> None:
    pause, together = Pause(), Barrier(8)

    def work() -> None:
        together.wait()
        for _ in range(2_000):
            with uncollected(pause):
                assert not gc.isenabled()

    threads = [Thread(target=work) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert gc.isenabled()

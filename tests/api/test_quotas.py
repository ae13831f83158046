"""Quotas: what is let through, when it is let through again, and what two processes make of one file."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import quotas
from api.quotas import Quotas, Refusal


class Clock:
    """Time that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr(quotas.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def taken(counted: Quotas, asker: int | str, limit: int, tries: int) -> int:
    return sum(counted.take(asker, limit) is None for _ in range(tries))


def test_a_minute_may_come_at_once_and_then_the_pace(tmp_path: Path, clock: Clock) -> None:
    counted = Quotas(tmp_path)
    assert taken(counted, 1, 60, 100) == 60
    assert taken(counted, 2, 60, 10) == 10
    clock.now += 1
    assert taken(counted, 1, 60, 100) == 1
    clock.now += 30
    assert taken(counted, 1, 60, 100) == 30
    clock.now += 3600
    assert taken(counted, 1, 60, 100) == 60


def test_a_refusal_says_when_to_come_back(tmp_path: Path, clock: Clock) -> None:
    counted = Quotas(tmp_path)
    assert taken(counted, "10.0.0.1", 6, 6) == 6
    refusal = counted.take("10.0.0.1", 6)
    assert isinstance(refusal, Refusal)
    assert refusal.headers == {"ratelimit-policy": '"minute";q=6;w=60', "ratelimit": '"minute";r=0;t=10'}
    assert refusal.retry_after_s == 10
    clock.now += 9
    assert counted.take("10.0.0.1", 6) is not None
    clock.now += 1
    assert counted.take("10.0.0.1", 6) is None


def test_none_is_no_limit(tmp_path: Path) -> None:
    counted = Quotas(tmp_path / "never")
    assert taken(counted, 1, 0, 1000) == 1000
    assert not (tmp_path / "never").exists()


def test_workers_count_together(tmp_path: Path, clock: Clock) -> None:
    first, second = Quotas(tmp_path), Quotas(tmp_path)
    assert taken(first, 1, 60, 40) + taken(second, 1, 60, 40) == 60
    assert taken(first, "2001:db8::1", 60, 40) + taken(second, "2001:db8::ffff", 60, 40) == 60
    assert taken(first, "2001:db8:0:1::1", 60, 40) == 40
    assert taken(first, "keys 2001:db8::1", 60, 40) + taken(second, "keys 2001:db8::2", 60, 40) == 60
    assert taken(first, "10.0.0.1", 60, 40) + taken(second, "keys 10.0.0.1", 60, 40) == 80


WORKER = """
import sys; from pathlib import Path; from api.quotas import Quotas
counted = Quotas(Path(sys.argv[1]))
sys.stdin.readline()
print(sum(counted.take(1, 20_000) is None for _ in range(15_000)))
"""


def test_processes_lose_nothing_to_their_races(tmp_path: Path) -> None:
    """Four processes ask 60,000 times at once; what comes on top of the quota is the pace while they run."""
    began = time.monotonic()
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(4)]
    with ThreadPoolExecutor(4) as crowd:
        counts = [int(out) for out, _ in crowd.map(lambda worker: worker.communicate("\n"), workers)]
    pace = (time.monotonic() - began) * 20_000 / 60
    assert 20_000 <= sum(counts) <= 20_001 + pace


def test_what_a_reboot_left_behind_does_not_count(tmp_path: Path, clock: Clock) -> None:
    counted = Quotas(tmp_path)
    assert taken(counted, 1, 60, 100) == 60
    clock.now = 5.0
    assert taken(Quotas(tmp_path), 1, 60, 100) == 60


def test_a_flood_of_addresses_never_refuses_a_newcomer(tmp_path: Path, clock: Clock) -> None:
    counted = Quotas(tmp_path)
    for number in range(100_000):
        assert counted.take(number, 10) is None
    assert taken(counted, 1_000_000, 10, 20) == 10


def test_the_file_is_private_and_made_anew_when_it_is_no_good(tmp_path: Path) -> None:
    (tmp_path / "quotas-1").write_bytes(b"short")
    counted = Quotas(tmp_path)
    assert taken(counted, "10.0.0.1", 5, 9) == 5
    assert (tmp_path / "quotas-1").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["quotas-1"]


@given(
    st.integers(1, 1000),
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), max_size=30),
)
def test_no_window_lets_more_through_than_a_full_bucket_and_the_pace(tmp_path_factory, limit, visits) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch)
        counted = Quotas(tmp_path_factory.mktemp("quota"))
        began, let = clock.now, 0
        for pause, tries in visits:
            clock.now += pause
            let += taken(counted, 7, limit, tries)
            assert let <= limit + (clock.now - began) * limit / 60 + 1

"""kill -9 of the courier at any moment: nothing is lost, nothing overtakes, names stay the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.exchange import Exchange, open_exchange
from tests.api.partner import Got, Partner, Reply, partner
from tests.patience import until
from tests.spatial.rights.town import GRIDS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def exchange(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Exchange]:
    with open_exchange(make_city, as_app, tmp_path_factory.mktemp("exchange"), master_key) as opened:
        yield opened


def courier(exchange: Exchange) -> subprocess.Popen[bytes]:
    """Begin to deliver in a process of its own."""
    settings = exchange.settings
    assert settings.database_url is not None
    assert settings.app_database_url is not None
    environment = {
        **os.environ,
        "CITYGRID_HOME": str(settings.home),
        "CITYGRID_DATABASE_URL": settings.database_url.value,
        "CITYGRID_APP_DATABASE_URL": settings.app_database_url.value,
        "CITYGRID_MASTER_KEY_FILE": str(settings.master_key_file),
        "CITYGRID_EXTERNAL_NETWORKS": "127.0.0.0/8",
    }
    command = [sys.executable, "-m", "tests.api.dying_courier"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_what_was_under_way_is_sent_again_under_the_same_name(exchange: Exchange, chief: TestClient) -> None:
    gate = threading.Event()
    with partner(lambda _: Reply(hold=gate)) as office:
        hook = exchange.hook(chief, office)
        event = exchange.report(chief)
        exchange.step(chief, event)
        first = courier(exchange)
        try:
            until(lambda: len(office.got) == 1)
        finally:
            kill(first)
        gate.set()
        second = courier(exchange)
        try:
            until(lambda: len(exchange.messages(chief, hook, state="delivered")) == 2)
        finally:
            kill(second)
    assert office.got[0].id == office.got[1].id
    assert list(dict.fromkeys(office.steps(event))) == exchange.steps(event)


def test_couriers_that_are_killed_again_and_again_lose_nothing(exchange: Exchange, chief: TestClient) -> None:
    chance, lock = random.Random(11), threading.Lock()

    def plan(_: Got) -> Reply:
        with lock:
            pause_s, reply = chance.random() * 0.1, Reply(chance.choice([200, 200, 200, 500, 0]))
        time.sleep(pause_s)
        return reply

    events = [exchange.report(chief, grid) for grid in GRIDS[:4]]
    with partner(plan) as office:
        hook = exchange.hook(chief, office, parallel=4)
        for _ in range(4):
            for event in events:
                exchange.step(chief, event)
        for life in range(2):
            _live(exchange, office, 6 + 3 * life)
        last = courier(exchange)
        try:
            until(lambda: len(exchange.messages(chief, hook, state="delivered")) == 4 * len(events))
        finally:
            kill(last)
    for event in events:
        assert list(dict.fromkeys(office.steps(event))) == exchange.steps(event)[1:]
        assert _never_backwards(office, event)


def _live(exchange: Exchange, office: Partner, requests: int) -> None:
    """Let a courier live until so many more requests have come, and kill it there."""
    before, process = len(office.got), courier(exchange)
    try:
        until(lambda: len(office.got) >= before + requests or process.poll() is not None)
    finally:
        kill(process)


def _never_backwards(office: Partner, event: int) -> bool:
    """Before a later step is sent for the first time, the one before it was taken."""
    steps = [each.step for each in office.got if each.subject == f"events/{event}"]
    return sorted(dict.fromkeys(steps)) == list(dict.fromkeys(steps))

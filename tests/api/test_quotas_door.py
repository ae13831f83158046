"""Quotas at the doors of real workers that share a machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from spatial.database import connect
from spatial.people.keys import issue_key
from tests.servers import _serve, _wait_ready

QUOTAS = {"CITYGRID_QUOTA_PER_MINUTE": "40", "CITYGRID_OPEN_QUOTA_PER_MINUTE": "60"}


@pytest.fixture(scope="module")
def workers(
    city_app_url: str, master_key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """Two workers of one state folder, on sockets of their own."""
    home = tmp_path_factory.mktemp("quotas")
    with ExitStack() as stack:
        addresses = []
        for _ in range(2):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            process = _serve(listener, city_app_url, home, master_key, QUOTAS)
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            addresses.append(f"http://127.0.0.1:{listener.getsockname()[1]}")
            _wait_ready(addresses[-1], process, home / "server.log")
        yield addresses


@pytest.fixture
def new_key(city_url: str, login: dict[str, str]) -> Callable[..., str]:
    """Make a key of the administrator that nobody has used."""

    def make(quota: int | None = None) -> str:
        with connect(city_url) as connection:
            found = connection.execute("SELECT id FROM account WHERE username = 'admin'").fetchone()
            assert found is not None
            issued = issue_key(connection, found[0], "quota", timedelta(hours=1), scope="all")
            connection.execute("UPDATE token SET quota_per_minute = %s WHERE id = %s", [quota, issued.id])
        return issued.token

    return make


def asked(workers: list[str], token: str, times: int) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(headers=headers, timeout=60) as client:
        return [client.get(f"{workers[number % 2]}/api/layers") for number in range(times)]


def test_both_workers_count_a_key_together(workers: list[str], new_key: Callable[..., str]) -> None:
    answers = asked(workers, new_key(), 60)
    passed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(passed) + len(refused) == 60
    assert 40 <= len(passed) <= 50
    for answer in refused:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["ratelimit-policy"] == '"minute";q=40;w=60'
        assert answer.headers["ratelimit"].startswith('"minute";r=0;t=')
        assert int(answer.headers["retry-after"]) >= 1
        assert "more than 40 requests a minute" in answer.json()["detail"]
    assert asked(workers, new_key(), 1)[0].status_code == 200


def test_a_key_may_have_a_quota_of_its_own(workers: list[str], new_key: Callable[..., str]) -> None:
    for quota, least in ((5, 5), (100, 60)):
        answers = asked(workers, new_key(quota), 60)
        assert least <= sum(answer.status_code == 200 for answer in answers) <= least + 8


def test_without_a_key_the_address_counts(workers: list[str], new_key: Callable[..., str]) -> None:
    token = new_key()
    assert asked(workers, token, 2)[-1].status_code == 200
    with httpx.Client(timeout=60) as client:
        statuses = [client.get(f"{workers[number % 2]}/healthz").status_code for number in range(80)]
        assert statuses.count(429) >= 5
        assert client.get(f"{workers[0]}/api/city").status_code == 429
        assert client.post(f"{workers[0]}/api/auth/token").status_code == 429
        # Whoever has a key is not kept out by the others behind the same address.
        assert {answer.status_code for answer in asked(workers, token, 4)} == {200}
        assert asked(workers, new_key(), 1)[0].status_code == 200
        wrong = [client.get(f"{workers[0]}/api/city", headers={"Authorization": f"Bearer {number:043}"})
                 for number in range(70)]  # fmt: skip
        assert [answer.status_code for answer in wrong].count(429) >= 5

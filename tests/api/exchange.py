"""A small town that tells other systems what happens: an API in this process, and what the tests share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import connect
from spatial.settings import Secret, Settings
from tests.api.partner import Partner
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.patience import until
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, build, middle

QUICK = [1] * 20
"""Retries that a test can wait for."""


@dataclass
class Exchange:
    """The town's hall, asked in this process."""

    hall: Hall
    settings: Settings
    client: TestClient

    def person(self, username: str, **standing: Any) -> TestClient:
        """Make an account, and a client that is logged in as it."""
        token = self.hall.key(self.hall.account(username, **(standing or CITY_ADMINISTRATOR)))
        made = self.stranger()
        made.headers["authorization"] = f"Bearer {token}"
        return made

    def stranger(self) -> TestClient:
        """Make a client without a key."""
        made = TestClient(self.client.app, client=("127.0.0.1", 50_000), raise_server_exceptions=False)
        # One portal, and so one event loop, for all.
        made.portal = self.client.portal
        return made

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        return self.hall.ask(statement, *values)

    def report(self, chief: TestClient, grid: str = GRIDS[0], **given: Any) -> int:
        """Report an event in the middle of a grid; gives its number."""
        lon, lat = middle(grid)
        sent = {"category": MATTER, "source": "app", "title": "路面破损", "lon": lon, "lat": lat, **given}
        answer = chief.post("/api/events", json=sent)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def step(self, chief: TestClient, event: int, verb: str = "supervise", note: str = "因为") -> None:
        """Make a step of an event."""
        answer = chief.post(f"/api/events/{event}/transitions", json={"verb": verb, "note": note})
        assert answer.status_code == 200, answer.text

    def steps(self, event: int) -> list[int]:
        """Number the steps of an event in their order."""
        return [
            key for (key,) in self.ask("SELECT id FROM event_step WHERE event_id = %s ORDER BY id", event)
        ]

    def hook(self, chief: TestClient, partner: Partner, **given: Any) -> dict[str, Any]:
        """Register a webhook that is told everything from now on, and tries again soon."""
        self.told()
        sent = {"name": f"hook {partner.url}", "url": partner.url, "retries_s": QUICK, **given}
        answer = chief.post("/api/webhooks", json=sent)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def show(self, chief: TestClient, hook: dict[str, Any]) -> dict[str, Any]:
        """Read a webhook."""
        found: dict[str, Any] = chief.get(f"/api/webhooks/{hook['id']}").json()
        return found

    def messages(self, chief: TestClient, hook: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
        """List messages, oldest first."""
        answer = chief.get(f"/api/webhooks/{hook['id']}/deliveries", params={"limit": 500, **asked})
        return list(reversed(answer.json()["deliveries"]))

    def told(self) -> None:
        """Wait until all that is committed may be told: other transactions of the town hold the log up."""
        wait_for_log(self.hall.url)

    def settled(self, chief: TestClient, hook: dict[str, Any], count: int) -> None:
        """Wait until so many messages were delivered."""
        until(lambda: len(self.messages(chief, hook, state="delivered")) >= count)


def wait_for_log(url: str) -> None:
    """Wait until nothing that still runs in the town is older than what was committed."""
    with connect(url, autocommit=True) as owner:
        ((last,),) = owner.execute("SELECT pg_current_xact_id()::text").fetchall()
        settled = "SELECT log_horizon() > %s::xid8"
        until(lambda: owner.execute(settled, [last]).fetchall()[0][0])


@contextmanager
def open_exchange(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    folder: Path,
    master_key: Path,
    open_networks: tuple[str, ...] = ("127.0.0.0/8",),
) -> Iterator[Exchange]:
    """Serve a town of its own, whose job process is not running."""
    with make_city(build) as url:
        settings = Settings(
            home=folder,
            database_url=Secret(url),
            app_database_url=Secret(as_app(url)),
            master_key_file=Path(shutil.copy(master_key, folder / "master")),
        )
        settings = replace(settings, external_networks=tuple(map(ip_network, open_networks)))
        app = create_app(settings, as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
            yield Exchange(Hall(url, ("", ""), folder / "master"), settings, client)


@pytest.fixture(scope="module")
def exchange(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Exchange]:
    """A town of a file's own, for a conftest to import."""
    with open_exchange(make_city, as_app, tmp_path_factory.mktemp("exchange"), master_key) as opened:
        yield opened


def forget(exchange: Exchange) -> None:
    """Delete all webhooks."""
    with connect(exchange.hall.url) as owner:
        owner.execute("DELETE FROM webhook")

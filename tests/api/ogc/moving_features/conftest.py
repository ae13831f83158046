"""The town through the application, for its staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import Database, connect
from spatial.patrols.grader import grade_dirty
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.settings import Settings
from tests.api.ogc.moving_features.paths import OTHER, fill, let_walk, mover_of
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, STREETS

COLLEAGUE = "field worker of street 1, whose grid is the second"
"""Sees everybody of the street, and the own track alone."""
CHIEF = "administrator of the city"
ITEMS = "/ogc/collections/movers/items"


@dataclass
class Lane:
    """What people see of those who walked: `walker` of street 1 and `other` of street 2."""

    url: str
    client: TestClient
    tokens: dict[str, str]
    walker: int = 0
    other: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, who: str = CHIEF, **query: Any) -> Any:
        """Send a request; `path` below /ogc, or a whole address."""
        address = path if path.startswith(("/", "http")) else f"{ITEMS}/{path}"
        return self.client.get(
            address, params=query or None, headers={"Authorization": f"Bearer {self.tokens[who]}"}
        )

    def get(self, path: str, who: str = CHIEF, **query: Any) -> Any:
        """Ask, and read the JSON of a good answer."""
        answer = self.ask(path, who, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path: str, key: str, **query: Any) -> list[Any]:
        """Follow `next` until the end."""
        found, page = [], self.get(path, **query)
        for _ in range(100):
            found += page[key]
            ahead = [each["href"] for each in page["links"] if each["rel"] == "next"]
            if not ahead:
                return found
            page = self.get(ahead[0].removeprefix("http://testserver"))
        raise AssertionError("there is always a next page")


@pytest.fixture(scope="session")
def lane(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Lane]:
    """Serve a town in which two people have walked."""
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=2)
        database.open()
        grade_dirty(database)
        database.close()
        with connect(url) as owner:
            # What the grader has seen is told as it was graded; of the other one it knows nothing yet.
            let_walk(owner, GRIDS[7], OTHER)
        with connect(url) as owner:
            tokens = {name: token for name, (_, token) in hire(owner).items()}
            walker, other = (mover_of(owner, grid) for grid in (GRIDS[0], GRIDS[7]))
            tokens[COLLEAGUE] = _colleague(owner, GRIDS[1])
        app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000)) as client:
            yield Lane(url, client, tokens, walker, other)


def _colleague(owner: Connection[Any], grid: str) -> str:
    """Give the worker of a grid an account that reaches the whole street; returns a key."""
    row = owner.execute("SELECT id FROM worker WHERE unit_code = %s ORDER BY id LIMIT 1", [grid]).fetchone()
    assert row is not None
    account = create_account(
        owner, COLLEAGUE, COLLEAGUE, "field_worker", "an unlikely Passw0rd", "area", STREETS[0], None, row[0]
    )
    return issue_key(owner, account, COLLEAGUE, timedelta(hours=1)).token

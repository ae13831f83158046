"""People who draft and review plans in a small town, in this process: what the tests of plans stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

from api.app import create_app
from api.plan_jobs import PlanPublisher
from spatial.database import connect
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.settings import Settings
from tests.api.working import opened, work_off
from tests.spatial.grids.cities import SOUTH, STEP, WEST
from tests.spatial.rights.town import GRIDS, STREETS

Json = dict[str, Any]

PEOPLE: dict[str, tuple[str, str, str | None]] = {
    "chief": ("district_administrator", "city", None),
    "deputy": ("district_administrator", "city", None),
    "street 1": ("street_administrator", "area", STREETS[0]),
    "colleague 1": ("street_administrator", "area", STREETS[0]),
    "street 2": ("street_administrator", "area", STREETS[1]),
    "viewer": ("viewer", "city", None),
}
"""Name → role, reach, area."""


def corner(column: float, row: float) -> list[float]:
    """Give a place in squares from the south-west corner: two columns of four grids."""
    return [round(WEST + column * STEP, 9), round(SOUTH + row * STEP, 9)]


@dataclass
class Person:
    """Somebody with a key."""

    client: TestClient
    token: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Json:
        """Read what must be there."""
        return good(self.ask("GET", path, **options))

    def post(self, path: str, body: Any = None, **options: Any) -> Json:
        """Do what must succeed."""
        return good(self.ask("POST", path, json={} if body is None else body, **options))

    def draft(self, title: str = "plan", **more: Any) -> int:
        """Begin a plan of grids."""
        return int(self.post("/api/plans", {"coverage": "grids", "title": title, **more})["id"])

    def units(self, plan: int, bbox: str = "116,39,117,40.5") -> dict[str, Json]:
        """Read the units of a plan by code, those without one by name."""
        found = self.get(f"/api/plans/{plan}/units", params={"bbox": bbox})
        features = [each["properties"] | {"shape": each["geometry"]} for each in found["units"]["features"]]
        return {each["code"] or each["name"]: each for each in [*features, *found["parents"]]}

    def do(self, plan: int, op: str, **fields: Any) -> Json:
        """Do an operation that must succeed."""
        return self.post(f"/api/plans/{plan}/operations", {"op": op, **fields})

    def refused(self, plan: int, op: str, **fields: Any) -> httpx.Response:
        """Do an operation that must be refused."""
        answer = self.ask("POST", f"/api/plans/{plan}/operations", json={"op": op, **fields})
        assert 400 <= answer.status_code < 500, answer.text
        return answer

    def waive_all(self, plan: int) -> None:
        """Accept every warning."""
        for issue in self.get(f"/api/plans/{plan}/problems")["issues"]:
            assert issue["severity"] == "warning", issue
            if issue["waived"] is None:
                self.post(f"/api/plans/{plan}/waivers", {"issue": issue["id"], "reason": "for the test"})

    def submit(self, plan: int) -> Json:
        """Accept the warnings and submit."""
        self.waive_all(plan)
        return self.post(f"/api/plans/{plan}/submit")


def good(answer: httpx.Response) -> Json:
    assert answer.status_code < 300, f"{answer.status_code} {answer.text[:1500]}"
    found: Json = answer.json()
    return found


@dataclass
class Office:
    """A town with its people, and the job process at hand."""

    url: str
    app_url: str
    people: dict[str, Person]

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def publish_waiting(self) -> int:
        """Do what the job process does, until nothing waits; returns how many plans were looked at."""
        with opened(self.app_url, 3) as database:
            return work_off(PlanPublisher(self.app_url, self.url), database)

    def publish(self, plan: int, drafter: str = "deputy", reviewer: str = "chief", **body: Any) -> Json:
        """Take a draft all the way."""
        self[drafter].submit(plan)
        self[reviewer].post(f"/api/plans/{plan}/approve")
        self[reviewer].post(f"/api/plans/{plan}/publish", body)
        self.publish_waiting()
        found = self[reviewer].get(f"/api/plans/{plan}")
        assert found["status"] == "published", found["publish_problem"]
        return found

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.url) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def open_office(url: str, app_url: str, home: Path, **settings: Any) -> Iterator[Office]:
    """Serve a town from this process."""
    app = create_app(Settings(home=home, **settings), app_url)
    with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
        people = {}
        with connect(url) as owner:
            # A row for the tests of rights, of an area that was never drawn.
            owner.execute("DELETE FROM composition")
            for name, (role, reach, area) in PEOPLE.items():
                account = create_account(owner, name, name, role, "an unlikely Passw0rd", reach, area)
                key = issue_key(owner, account, name, timedelta(hours=5))
                people[name] = Person(client, key.token)
        yield Office(url, app_url, people)


def neighbours(first: int = 0) -> tuple[str, str]:
    """Two grids that have a border, of one community."""
    return GRIDS[first], GRIDS[first + 1]


Make = Callable[..., Any]

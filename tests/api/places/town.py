"""A town whose places are looked after: what the tests of places and resources stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from spatial.database import connect
from spatial.events.deadlines import read_deadlines
from spatial.people.accounts import create_account
from spatial.people.keys import issue_key
from spatial.places import inspections
from tests.api.planning import Json, Office, Person, open_office
from tests.spatial.rights.town import GRIDS, STREETS, middle

TODAY = inspections.today()

STAFF: dict[str, tuple[str, str, str | None, str | None, str | None]] = {
    "field": ("field_worker", "area", GRIDS[0], None, GRIDS[0]),
    "field 8": ("field_worker", "area", GRIDS[7], None, GRIDS[7]),
    "analyst": ("analyst", "city", None, None, None),
    "part": ("district_administrator", "area", STREETS[0], None, None),
    "commander": ("commander", "city", None, None, None),
    "roads": ("viewer", "organisation", None, "roads", None),
}
"""Name → role, reach, area, organisation, and the grid whose worker it is."""


@contextmanager
def open_town(url: str, app_url: str, home: Path) -> Iterator[Office]:
    """Open the office of plans with those who look after places."""
    with open_office(url, app_url, home) as office:
        client = office["chief"].client
        with connect(url) as owner:
            organisations = dict(owner.execute("SELECT code, id FROM organisation").fetchall())
            workers = dict(owner.execute("SELECT unit_code, id FROM worker").fetchall())
            for name, (role, reach, area, organisation, grid) in STAFF.items():
                account = create_account(
                    owner, name, name, role, "an unlikely Passw0rd", reach, area,
                    organisations.get(organisation or ""), workers.get(grid or ""),
                )  # fmt: skip
                key = issue_key(owner, account, name, timedelta(hours=1))
                office.people[name] = Person(client, key.token)
        yield office


def at(grid: str) -> Json:
    """Give a point inside a grid."""
    lon, lat = middle(grid)
    return {"lon": lon, "lat": lat}


def place_in(grid: str, **more: Any) -> Json:
    """Write the body of a place in the middle of a grid."""
    return {"kind": "market", "name": "东市场", "risk_level": 3, **at(grid), **more}


def square(grid: str, half: float = 0.0005) -> Json:
    """Draw a square round the middle of a grid; half a side in degrees."""
    x, y = middle(grid)
    ring = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def wrong(answer: Any) -> set[str]:
    """Name the fields that a refusal is about."""
    assert answer.status_code == 400, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    return {each["where"] for each in answer.json()["errors"]}


def make_due(town_url: str, days: int = 0) -> dict[str, int]:
    """Do what the job process does at the beginning of a day; counts what was done, by its word."""
    with connect(town_url) as owner:
        return inspections.make_due(owner, TODAY + timedelta(days=days), read_deadlines(owner).calendar)


def inspected(office: Office, name: str = "查", **more: Any) -> tuple[int, int]:
    """Make a place with an open inspection; gives the numbers of both."""
    place = office["chief"].post("/api/places", place_in(GRIDS[0], name=name, **more))["id"]
    due = str(TODAY + timedelta(days=3))
    made = office["chief"].post(f"/api/places/{place}/inspections", {"due_on": due})
    return place, made["id"]


def find(office: Office, place: int, result: str, person: str = "field") -> Json:
    """Let somebody find something at a place, now."""
    open_now = office["chief"].get(f"/api/inspections?place={place}&state=open")["inspections"]
    if not open_now:
        office["chief"].post(f"/api/places/{place}/inspections", {"due_on": str(TODAY)})
        open_now = office["chief"].get(f"/api/inspections?place={place}&state=open")["inspections"]
    return office[person].post(f"/api/inspections/{open_now[0]['id']}/result", {"result": result})

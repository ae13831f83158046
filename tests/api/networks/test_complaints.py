"""Complaints along the pipes of the sample town through HTTP."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spatial.database import connect
from tests.api.networks.desk import NETWORKS, Desk
from tests.api.places.town import wrong
from tests.api.planning import Json, Office
from tests.lifeline.store.brought import sant_boi

COMPLAINTS = f"{NETWORKS}/boi/complaints"
UNTIL = datetime(2025, 3, 1, tzinfo=UTC)
SPAN = {"from": "2025-01-01T00:00:00Z", "to": "2025-03-01T00:00:00Z"}


BESIDE = """
INSERT INTO event (no, category, source, external_id, title, state, occurred_at, reported_at, ruling, geom)
SELECT 'C' || %(key)s, %(category)s, 'hotline', %(key)s, 'no water', 'reported', %(at)s, %(at)s, 'unassigned',
       ST_Translate(ST_LineInterpolatePoint(l.geom, 0.5), 0.00005, 0)
FROM network_link AS l JOIN network AS n ON n.id = l.network_id
WHERE n.name = 'boi' AND l.code = %(link)s
"""


def complain(desk: Desk, category: str, links: list[str], hours_ago: list[float]) -> None:
    """Let somebody complain beside the middle of each pipe."""
    with connect(desk.office.url) as owner:
        for n, (link, hours) in enumerate(zip(links, hours_ago, strict=True)):
            values = {"key": f"{category}-{link}-{hours}-{n}", "category": category, "link": link}
            owner.execute(BESIDE, {**values, "at": UNTIL - timedelta(hours=hours)})
        owner.commit()


@pytest.fixture(scope="module")
def water(
    office: Office, town_url: str, as_app: Any, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Desk:
    """The water of the sample town."""
    desk = Desk(office, as_app(town_url), home)
    body = sant_boi(tmp_path_factory.mktemp("networks")).read_bytes()
    found = desk.brought(body, name="boi", filename="santboi_water.zip")
    assert found["state"] == "done", found
    return desk


@pytest.fixture
def category(water: Desk) -> str:
    """A matter of the list in use."""
    return str(water.office["chief"].get("/api/categories")["categories"][-1]["code"])


def ask(desk: Desk, who: str = "commander", **body: Any) -> Any:
    return desk.office[who].ask("POST", COMPLAINTS, json={**SPAN, **body})


def test_those_behind_one_valve_are_named_with_it(water: Desk, category: str) -> None:
    office = water.office
    cut = ["link:2108"]
    trace: Json = (
        office["commander"]
        .ask("POST", f"{NETWORKS}/boi/traces", json={"type": "isolation", "start": {"feature": cut[0]}})
        .json()
    )
    inside = trace["cut_off"]["link_codes"]
    everywhere = [
        code
        for (code,) in office.rows(
            "SELECT code FROM network_link WHERE state = 'in_service'"
            " AND network_id = (SELECT id FROM network WHERE name = 'boi') ORDER BY code"
        )
    ]
    dice = random.Random(3)
    complain(water, category, dice.choices(everywhere, k=120), [dice.uniform(0, 1400) for _ in range(120)])
    complain(water, category, dice.choices(inside, k=10), [dice.uniform(0, 2.5) for _ in range(10)])
    found = ask(water, categories=[category]).json()
    assert (found["network"], found["complaints"]) == ("boi", 130)
    best = found["zones"][0]
    assert best["p"] == 1 / (found["trials"] + 1)
    assert best["hours"] <= 6 and best["complaints"] >= 7 > 5 * best["expected"]
    codes = office.rows("SELECT external_id FROM event WHERE id = ANY (%s)", best["events"])
    assert {code.split("-")[1] for (code,) in codes} <= set(inside)
    # In a mesh nothing alone supplies them: what is named is the part between the valves to shut.
    assert (best["kind"], best["feature"]) == ("segment", None)
    assert {each["code"] for each in best["devices"]} >= {each["code"] for each in trace["close"]}
    assert ask(water, categories=[category]).json() == found
    # A viewer of everything but networks learns nothing.
    assert ask(water, "viewer", categories=[category]).status_code == 404
    nobody = ask(water, categories=["99999"]).json()
    assert (nobody["complaints"], nobody["zones"]) == (0, [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"categories": []}, "categories"), ({"within_m": 0}, "within_m"), ({"trials": 5}, "trials"),
        ({"from": "2025-01-01T00:00:00"}, "from"), ({"to": "soon"}, "to"), ({"limit": 0}, "limit"),
        ({"categories": ["a\x00b"]}, "categories.0"), ({"depth": 1}, "depth"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(water: Desk, body: Json, field: str) -> None:
    assert wrong(ask(water, **{"categories": ["01"], **body})) == {field}


def test_the_time_must_be_a_time(water: Desk) -> None:
    for span in (
        {"to": "2024-12-31T00:00:00Z"},
        {"to": "2025-01-01T00:10:00Z"},
        {"to": "2027-01-01T00:00:00Z"},
    ):
        assert ask(water, categories=["01"], **span).status_code == 400

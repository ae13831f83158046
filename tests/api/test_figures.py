"""Figures over HTTP: what is asked is what is counted, and the tickets behind each number are as many."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from starlette.testclient import TestClient

from api.analysis import calculating
from api.app import create_app
from spatial.database import connect
from spatial.settings import Settings
from tests.api.test_grids import AFTER, MERGED_AT, merge
from tests.spatial.events.figures.counting import drawn, put, read_facts
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, STREETS, build

CHIEF, STREET, WATER = "administrator of the city", "administrator of street 1", "viewer of water"
NOW = datetime.now(UTC)
SPAN = {"from": "2026-01-01", "to": "2027-01-01"}


def fill(connection: Connection[Any]) -> None:
    """The town with some hundred events of a spring, two of whose grids were merged three days ago."""
    build(connection)
    dice, facts = random.Random(2), read_facts(connection)
    put(connection, [drawn(dice, facts) for _ in range(300)], "x")
    merge(connection, MERGED_AT, GRIDS[0], GRIDS[1])


class Desk:
    """The town through the application, for some of its staff."""

    def __init__(self, client: TestClient, tokens: dict[str, str]) -> None:
        self._client, self._tokens = client, tokens

    def ask(self, path: str, who: str = CHIEF, **parameters: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        return self._client.get(path, headers=headers, params=parameters)

    def get(self, path: str, who: str = CHIEF, **parameters: Any) -> Any:
        answer = self.ask(path, who, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def figures(self, who: str = CHIEF, **parameters: Any) -> Any:
        return self.get("/api/figures/events", who, **{**SPAN, **parameters})

    def tickets(self, who: str = CHIEF, **parameters: Any) -> Any:
        return self.get("/api/figures/events/tickets", who, **{**SPAN, **parameters})


@pytest.fixture(scope="module")
def desk(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Desk]:
    with make_city(fill) as url:
        with connect(url) as owner:
            tokens = {name: token for name, (_, token) in hire(owner).items()}
        app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000)) as client:
            yield Desk(client, tokens)


@pytest.mark.parametrize("who", [CHIEF, STREET, WATER])
@pytest.mark.parametrize("by", ["unit", "organisation", "source", "category", "class", "person"])
def test_every_number_has_its_tickets(desk: Desk, who: str, by: str) -> None:
    for basis in ("report", "step"):
        found = desk.figures(who, by=by, basis=basis, level=3)
        for row in found["rows"][:8]:
            for measure in ("reported", "closed", "on_time"):
                behind = desk.tickets(
                    who, by=by, basis=basis, level=3, measure=measure, key=row["key"] or "none", limit=1000
                )
                assert behind["count"] == len(behind["tickets"]) == row["counts"][measure], (row, measure)
        assert found["total"]["counts"]["reported"] == sum(row["counts"]["reported"] for row in found["rows"])


def test_buckets_add_up_and_say_their_names(desk: Desk) -> None:
    whole = desk.figures(by="unit", level=2)["rows"]
    for bucket in ("day", "week", "month", "quarter", "year"):
        parts = desk.figures(by="unit", level=2, bucket=bucket)["rows"]
        for row in whole:
            mine = [each["counts"]["closed"] for each in parts if each["key"] == row["key"]]
            assert sum(mine) == row["counts"]["closed"]
        assert all(each["starts"] for each in parts)
    named = {row["key"]: row["name"] for row in whole}
    assert named[STREETS[0]] == f"unit {STREETS[0]}"
    assert named[None] == ""
    assert {row["name"] for row in desk.figures(by="organisation")["rows"]} >= {"water", "roads"}


def test_rates_say_their_denominators(desk: Desk) -> None:
    row = desk.figures(by="all")["rows"][0]
    rate = row["rates"]["on_time_rate"]
    assert rate["among"] == row["counts"]["on_time"] + row["counts"]["late"]
    assert rate["rate"] == pytest.approx(rate["of"] / rate["among"], abs=1e-6)
    assert "closing_rate" not in desk.figures(by="all", basis="step")["rows"][0]["rates"]
    assert "returns" not in desk.figures(by="all", basis="step")["rows"][0]["counts"]


def test_as_counted_then_and_restated(desk: Desk) -> None:
    """Two grids became one: then they were two, restated they are one, and the tickets follow."""
    then = {row["key"]: row["counts"]["reported"] for row in desk.figures(by="unit", level=4)["rows"]}
    anew = {
        row["key"]: row["counts"]["reported"]
        for row in desk.figures(by="unit", level=4, counted="restated", at=AFTER)["rows"]
    }
    assert GRIDS[1] in then
    assert GRIDS[1] not in anew
    # What has no unit lies at the first grid's middle in this town.
    assert anew[GRIDS[0]] == then[GRIDS[0]] + then[GRIDS[1]] + then[None]
    assert sum(anew.values()) == sum(then.values())
    behind = desk.tickets(by="unit", level=4, counted="restated", at=AFTER, key=GRIDS[0], limit=1000)
    assert behind["count"] == len(behind["tickets"]) == anew[GRIDS[0]]
    before = (MERGED_AT - timedelta(days=5)).isoformat()
    older = desk.figures(by="unit", level=4, counted="restated", at=before)["rows"]
    assert GRIDS[1] in {row["key"] for row in older}


def test_restated_in_a_unit_means_the_unit_as_it_is_drawn_then(desk: Desk) -> None:
    """A grid took another one's ground: what was reported there belongs to it, and no more to the other."""
    then = {row["key"]: row["counts"]["reported"] for row in desk.figures(by="unit", level=4)["rows"]}
    merged = then[GRIDS[0]] + then[GRIDS[1]] + then[None]
    anew = {"by": "unit", "counted": "restated", "at": AFTER}
    for level in (2, 3, 4):
        (row,) = desk.figures(unit=GRIDS[0], level=level, **anew)["rows"]
        assert row["counts"]["reported"] == merged
        assert desk.figures(unit=GRIDS[1], level=level, **anew)["rows"] == []
        for key in ({}, {"key": row["key"]}):
            behind = desk.tickets(unit=GRIDS[0], level=level, limit=1000, **key, **anew)
            assert behind["count"] == len(behind["tickets"]) == merged
        for more in ({"unit": GRIDS[1]}, {"unit": GRIDS[0], "key": "none"}):
            assert desk.tickets(level=level, **more, **anew)["count"] == 0
    street = desk.figures(unit=STREETS[1], level=4, **anew)["rows"]
    assert {row["key"] for row in street} == set(GRIDS[4:])


@pytest.mark.parametrize("by", ["all", "organisation", "source", "category", "class", "person"])
@pytest.mark.parametrize("basis", ["report", "step"])
def test_everything_else_is_restated_in_a_unit_as_it_is_drawn_then(desk: Desk, by: str, basis: str) -> None:
    """What the two grids had between them, by whatever it is counted, is the merged one's; tickets follow."""
    asked = {"by": by, "basis": basis, "bucket": "month"}
    parts = [desk.figures(unit=unit, **asked)["rows"] for unit in (GRIDS[0], GRIDS[1], "none")]
    then: Counter[tuple[Any, ...]] = Counter()
    for row in (row for part in parts for row in part):
        for measure, number in row["counts"].items():
            then[row["starts"], row["key"], measure] += number
    anew = {**asked, "counted": "restated", "at": AFTER}
    found = desk.figures(unit=GRIDS[0], **anew)["rows"]
    counted = {(row["starts"], row["key"], each): n for row in found for each, n in row["counts"].items()}
    assert {key: n for key, n in counted.items() if n} == {key: n for key, n in then.items() if n}
    assert desk.figures(unit=GRIDS[1], **anew)["rows"] == []
    whole: Counter[str | None] = Counter()
    for row in found:
        whole[row["key"]] += row["counts"]["closed"]
    for key, number in list(whole.items())[:4]:
        more = {} if by == "all" else {"key": key or "none"}
        behind = desk.tickets(unit=GRIDS[0], measure="closed", limit=1000, **more, **anew)
        assert behind["count"] == len(behind["tickets"]) == number
    refused = desk.ask("/api/figures/events/tickets", **{**SPAN, **anew, "by": "all", "key": "1"})
    assert refused.status_code == 400


def test_only_so_much_is_located_anew_at_a_time(desk: Desk) -> None:
    anew = {**SPAN, "by": "unit", "counted": "restated", "at": AFTER}
    with calculating(), calculating():
        assert desk.ask("/api/figures/events", **anew).status_code == 429
        more = {**anew, "key": GRIDS[0], "measure": "reported"}
        assert desk.ask("/api/figures/events/tickets", **more).status_code == 429
        assert desk.ask("/api/figures/events", **SPAN).status_code == 200
    assert desk.ask("/api/figures/events", **anew).status_code == 200


def test_a_street_counts_its_own(desk: Desk) -> None:
    for level in (1, 2, 3, 4):
        rows = desk.figures(STREET, by="unit", level=level, bucket="month")["rows"]
        keys = {row["key"] for row in rows}
        if level > 1:
            assert all(key.startswith(STREETS[0]) for key in keys)
        whole = desk.figures(CHIEF, by="all", unit=STREETS[0])["total"]["counts"]
        assert sum(row["counts"]["reported"] for row in rows) == whole["reported"]
    people = desk.figures(WATER, by="person")["rows"]
    assert all(row["name"] == "" for row in people)


WRONG = [
    ({"from": "2026-13-01"}, "from"),
    ({"from": "2026-05-01", "to": "2026-05-01"}, "to"),
    ({"from": "1900-01-01"}, "from"),
    ({"by": "colour"}, "by"),
    ({"unit": "x'"}, "unit"),
    ({"person": "abc"}, "person"),
    ({"coverage": "nowhere"}, "coverage"),
    ({"at": "2026-05-01T00:00:00Z", "by": "source"}, "at"),
    ({"at": "2026-05-01T00:00:00Z"}, "at"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("parameters", "where"), WRONG)
def test_what_is_wrong_is_named(desk: Desk, parameters: dict[str, str], where: str) -> None:
    answer = desk.ask("/api/figures/events", **{**SPAN, **parameters})
    assert answer.status_code == 400, answer.text
    assert where in {each["where"].split(".")[-1] for each in answer.json()["errors"]}


def test_wrong_tickets_are_named(desk: Desk) -> None:
    for parameters, where in (
        ({"measure": "returns", "basis": "step"}, "measure"),
        ({"measure": "fun"}, "measure"),
        ({"key": "x", "by": "all"}, "key"),
        ({"key": "x", "by": "person"}, "key"),
        ({"key": "hotline", "by": "source", "source": "app"}, "key"),
    ):
        answer = desk.ask("/api/figures/events/tickets", **{**SPAN, **parameters})
        assert answer.status_code == 400, parameters
        assert where in {each["where"].split(".")[-1] for each in answer.json()["errors"]}


def test_measures_are_explained(desk: Desk) -> None:
    found = desk.get("/api/figures/measures")
    assert found["measures"]["closed"]["title"] == "结案"
    assert found["rates"]["on_time_rate"]["among"] == ["on_time", "late"]

"""Micro-grids through HTTP: drawn along streets into grids, in one step, by whoever has the grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
from psycopg import Connection

from spatial.geometry.arcs import build_arcs
from spatial.grids.units import UnitDraft
from spatial.grids.versions import publish
from tests.api.planning import Json, Office, Person, corner
from tests.spatial.grids.cities import squares
from tests.spatial.rights.town import GRIDS, build


def fill(connection: Connection[Any]) -> None:
    """The town, with a micro-grid that is the whole last grid, and streets through the middle of others."""
    build(connection)
    micro = UnitDraft(1, f"{GRIDS[7]}01", GRIDS[7], "micro", "micro", True)
    arcs = build_arcs([squares(2, 4)[7]])
    publish(connection, "micro_grids", [micro], arcs, "first", datetime.now(UTC) - timedelta(days=9))
    for row in range(8):
        line = shapely.LineString([corner(-0.2, row / 2), corner(2.2, row / 2)])
        connection.execute(
            "INSERT INTO basemap_feature (theme, kind, geom)"
            " VALUES ('road', 'primary', ST_GeomFromText(%s, 4326))",
            (line.wkt,),
        )


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(fill) as url:
        yield url


def draft(who: Person) -> int:
    return int(who.post("/api/plans", {"coverage": "micro_grids", "title": "micro"})["id"])


def drawn(who: Person, plan: int, units: list[str], **more: Any) -> Json:
    return who.post(f"/api/plans/{plan}/micro-grids", {"units": units, "by": "people", "most": 210, **more})


@pytest.mark.parametrize("name", ["deputy", "street 1"])
def test_grids_are_divided_in_one_step(office: Office, name: str) -> None:
    """Four hundred people in four cells of each grid, a main road through its middle: two halves each."""
    who = office[name]
    plan = draft(who)
    done = drawn(who, plan, [GRIDS[0], GRIDS[2]])
    assert [(each["code"], len(each["parts"])) for each in done["micro_grids"]] == [
        (GRIDS[0], 2),
        (GRIDS[2], 2),
    ]
    for each in done["micro_grids"]:
        assert [part["load"] for part in each["parts"]] == pytest.approx([200, 200], rel=0.05)
        assert [reason["key"] for reason in each["reasons"]] == ["divided"]
        assert "{" not in each["reasons"][0]["text"] + each["reasons"][0]["text_en"]
    units = who.units(plan)
    new = [unit for unit in units.values() if unit["status"] == "new"]
    assert sorted(unit["parent"] for unit in new) == [GRIDS[0], GRIDS[0], GRIDS[2], GRIDS[2]]
    assert {unit["proposed_code"][-2:] for unit in new} == {"01", "02"}
    assert [(step["seq"], step["op"]) for step in who.get(f"/api/plans/{plan}/steps")["steps"]] == [
        (1, "replace")
    ]
    who.post(f"/api/plans/{plan}/undo")
    assert [unit for unit in who.units(plan).values() if unit["status"] == "new"] == []


def test_they_fill_their_grid_to_the_last_digit_and_are_published(office: Office) -> None:
    plan = draft(office["deputy"])
    drawn(office["deputy"], plan, [GRIDS[4]], most=110)
    office.publish(plan)
    rows = office.rows(
        "SELECT m.code, ST_Area(ST_SymDifference(g.geom, (SELECT ST_Union(o.geom) FROM unit_version AS o"
        " WHERE o.coverage = 'micro_grids' AND o.parent_code = g.code AND upper_inf(o.sys))))"
        " FROM unit_version AS m JOIN unit_version AS g ON g.code = m.parent_code AND upper_inf(g.sys)"
        " WHERE m.coverage = 'micro_grids' AND g.code = %s AND upper_inf(m.sys) ORDER BY 1",
        GRIDS[4],
    )
    assert [code for code, _ in rows] == [f"{GRIDS[4]}0{n}" for n in range(1, len(rows) + 1)]
    assert len(rows) >= 3
    assert all(lost < 1e-12 for _, lost in rows)


def test_a_grid_that_carries_little_is_its_only_micro_grid(office: Office) -> None:
    done = drawn(office["deputy"], draft(office["deputy"]), [GRIDS[5]], most=1000)
    (only,) = done["micro_grids"]
    assert (len(only["parts"]), only["reasons"][0]["key"]) == (1, "whole")


def test_those_that_are_there_are_drawn_anew_only_when_that_is_said(office: Office) -> None:
    who = office["deputy"]
    plan = draft(who)
    answer = who.ask(
        "POST", f"/api/plans/{plan}/micro-grids", json={"units": [GRIDS[7]], "by": "people", "most": 210}
    )
    assert answer.status_code == 400
    assert "replace=true" in answer.json()["errors"][0]["reason"]
    done = drawn(who, plan, [GRIDS[7]], replace=True)
    assert len(done["retired"]) == 1
    assert f"{GRIDS[7]}01" not in who.units(plan)


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"units": []}, "units"),
        ({"units": ["nothing"]}, "units"),
        ({"units": [GRIDS[0][:12]]}, "units"),
        ({"units": [GRIDS[0]], "by": "gold"}, "by"),
        ({"units": [GRIDS[0]], "most": 0}, "most"),
        ({"units": [GRIDS[0]], "most": "many"}, "most"),
        ({"units": [GRIDS[0]], "colour": 1}, "colour"),
    ],
)
def test_what_makes_no_sense_is_named(office: Office, sent: Json, where: str) -> None:
    who = office["deputy"]
    answer = who.ask("POST", f"/api/plans/{draft(who)}/micro-grids", json=sent)
    assert answer.status_code == 400
    assert {error["where"] for error in answer.json()["errors"]} == {where}


def test_other_coverages_have_none(office: Office) -> None:
    who = office["deputy"]
    answer = who.ask("POST", f"/api/plans/{who.draft()}/micro-grids", json={"units": [GRIDS[0]]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "plan"


def test_a_street_divides_its_own_grids_and_draws_nothing_beyond(office: Office) -> None:
    who = office["street 1"]
    plan = draft(who)
    path = f"/api/plans/{plan}/micro-grids"
    texts = [
        who.ask("POST", path, json={"units": [code], "by": "people"}).text.replace(code, "?")
        for code in (GRIDS[5], "999999999999999")
    ]
    assert texts[0] == texts[1]
    ring = [corner(0.5, 0.2), corner(1.5, 0.2), corner(1.5, 0.8), corner(0.5, 0.8), corner(0.5, 0.2)]
    over = who.refused(
        plan, "draw", polygon={"type": "Polygon", "coordinates": [ring]}, name="x", parent=GRIDS[0]
    )
    assert over.status_code == 403
    inside = [corner(0.5, 0.2), corner(0.9, 0.2), corner(0.9, 0.8), corner(0.5, 0.8), corner(0.5, 0.2)]
    who.do(plan, "draw", polygon={"type": "Polygon", "coordinates": [inside]}, name="x", parent=GRIDS[0])

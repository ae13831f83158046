"""Shut-offs that are harmless alone: a district with two feeds, asked of the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lifeline.shutoffs import acting
from lifeline.shutoffs.conflicts import conflicts
from lifeline.traces.asking import Question, Spot
from lifeline.traces.held import Networks
from spatial.rights.reader import Reader

CHIEF = Reader(1, "li", "李", "district_administrator")
NOW = datetime.now(UTC)

# R feeds J3 by J1 and by J2; the valves stand on both ends of p1 and p2; a house hangs in J4.
TOWN = """
INSERT INTO network (name, kind, source) VALUES ('n', 'water', 'test');
INSERT INTO network_node (network_id, code, kind, is_source, geom)
SELECT n.id, x.code, 'junction', x.code = 'R', ST_SetSRID(ST_MakePoint(116.3 + x.at / 1000.0, 39.9), 4326)
FROM network AS n, unnest(ARRAY['R', 'J1', 'J2', 'J3', 'J4']) WITH ORDINALITY AS x (code, at);
INSERT INTO network_link (network_id, code, kind, from_node, to_node, length_m, geom)
SELECT n.id, x.code, 'pipe', a.id, b.id, 100, ST_MakeLine(a.geom, b.geom)
FROM network AS n, (VALUES ('p1', 'R', 'J1'), ('p2', 'R', 'J2'), ('p3', 'J1', 'J3'), ('p4', 'J2', 'J3'),
                           ('p5', 'J3', 'J4')) AS x (code, tail, head)
JOIN network_node AS a ON a.code = x.tail JOIN network_node AS b ON b.code = x.head;
INSERT INTO network_device (network_id, code, kind, node_id, link_id, geom)
SELECT n.id, x.code, 'valve', a.id, l.id, a.geom
FROM network AS n, (VALUES ('v1a', 'p1', 'R'), ('v1b', 'p1', 'J1'), ('v2a', 'p2', 'R'), ('v2b', 'p2', 'J2'))
     AS x (code, link, node)
JOIN network_node AS a ON a.code = x.node JOIN network_link AS l ON l.code = x.link;
INSERT INTO network_service (network_id, code, node_id, geom)
SELECT network_id, 'house', id, geom FROM network_node WHERE code = 'J4';
INSERT INTO network_customer (network_id, service_id, code, people)
SELECT network_id, id, 'meter', 3 FROM network_service;
"""


@pytest.fixture
def town(postgis: Any) -> Any:
    """The district in the tables."""
    postgis.execute(TOWN)
    return postgis


def plan(town: Any, networks: Networks, pipe: str, begins: int, ends: int | None) -> int:
    """Plan one of so many hours from now."""
    until = None if ends is None else NOW + timedelta(hours=ends)
    said = acting.Planned("accidental", pipe, NOW + timedelta(hours=begins), until)
    return acting.plan(
        town, networks, CHIEF, "n", Question("isolation", [Spot("start", f"link:{pipe}")]), said
    )


def test_two_that_are_harmless_alone_are_dry_together(town: Any) -> None:
    networks = Networks()
    first, second = plan(town, networks, "p1", 1, 5), plan(town, networks, "p2", 4, None)
    plan(town, networks, "p4", 9, 10)
    for number in (first, second):
        found = town.execute("SELECT found FROM shut_off WHERE id = %s", [number]).fetchone()[0]
        assert (found["dry"]["nodes"], found["customers"]["customers"]) == (0, 0)
    told = conflicts(town, networks, "n")["conflicts"]
    assert [[each["id"] for each in one["shut_offs"]] for one in told[:1]] == [[first, second]]
    assert (told[0]["from"], told[0]["until"]) == (NOW + timedelta(hours=4), NOW + timedelta(hours=5))
    assert sorted(told[0]["dry"]["node_codes"]) == ["J1", "J2", "J3", "J4"]
    assert sorted(told[0]["dry"]["link_codes"]) == ["p3", "p4", "p5"]
    assert (told[0]["customers"]["people"], told[0]["valves"]) == (3, [])
    assert conflicts(town, networks, "n", first)["conflicts"] == told[:1]


def test_it_is_the_same_while_one_of_them_runs(town: Any) -> None:
    networks = Networks()
    first, second = plan(town, networks, "p1", -1, 5), plan(town, networks, "p2", 4, 6)
    before = conflicts(town, networks, "n", second)["conflicts"][0]["dry"]
    acting.start(town, networks, CHIEF, first)
    for code in ("v1a", "v1b"):
        acting.turn(town, CHIEF, first, code, "closed")
    after = conflicts(town, networks, "n", second)["conflicts"]
    assert [one["dry"] for one in after] == [before]
    assert [each["state"] for each in after[0]["shut_offs"]] == ["running", "planned"]


def test_those_that_do_not_overlap_have_no_conflict(town: Any) -> None:
    networks = Networks()
    first = plan(town, networks, "p1", 1, 4)
    second = plan(town, networks, "p2", 4, 6)
    assert conflicts(town, networks, "n") == {"conflicts": [], "more": False}
    third = plan(town, networks, "p2", 3, 4)
    acting.cancel(town, CHIEF, third)
    assert conflicts(town, networks, "n", first)["conflicts"] == []
    assert conflicts(town, networks, "n", second)["conflicts"] == []


def test_a_border_that_another_holds_closed_is_told_as_shared(town: Any) -> None:
    networks = Networks()
    first = plan(town, networks, "p1", -2, 5)
    acting.start(town, networks, CHIEF, first)
    acting.turn(town, CHIEF, first, "v1b", "closed")
    second = plan(town, networks, "p3", -1, 5)
    told = conflicts(town, networks, "n", second)["conflicts"]
    assert told[0]["valves"] == [{"code": "v1b", "shut_offs": [first, second]}]

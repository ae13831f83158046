"""The database keeps the topology: ends follow nodes, devices and services too, and all is on the log."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from lifeline.networks.wish import Wish
from tests.lifeline.store.brought import bring, one, sant_boi


@pytest.fixture
def town(postgis, tmp_path: Path) -> int:
    """Give the number of the sample town's network."""
    return bring(postgis, sant_boi(tmp_path), Wish())[0]


MOVE = "UPDATE network_node SET geom = ST_Translate(geom, 0.001, 0) WHERE code = '138'"
OFF = """SELECT count(*) FROM network_link AS l JOIN network_node AS t ON t.id = l.from_node
         JOIN network_node AS h ON h.id = l.to_node
         WHERE NOT (ST_StartPoint(l.geom) = t.geom AND ST_EndPoint(l.geom) = h.geom)"""


def test_ends_follow_a_node_that_moves_and_what_stands_in_it(postgis, town: int) -> None:
    assert one(postgis, OFF) == (0,)
    before = one(postgis, "SELECT sum(length_m), max(edition) FROM network_link, network")
    postgis.execute(MOVE)
    assert one(postgis, OFF) == (0,)
    service = "SELECT s.geom = n.geom FROM network_service AS s JOIN network_node AS n ON n.id = s.node_id"
    assert one(postgis, service) == (True,)
    after = one(postgis, "SELECT sum(length_m), max(edition) FROM network_link, network")
    assert after[0] != before[0] and after[1] > before[1]
    postgis.execute(
        "UPDATE network_node SET geom = ST_Translate(geom, 0, 0.001)"
        " WHERE id = (SELECT node_id FROM network_device WHERE code = '1089')"
    )
    device = """SELECT d.geom = n.geom FROM network_device AS d JOIN network_node AS n ON n.id = d.node_id
                WHERE d.code = '1089'"""
    assert one(postgis, device) == (True,)


def test_a_link_is_drawn_from_node_to_node_whatever_is_sent(postgis, town: int) -> None:
    postgis.execute("UPDATE network_link SET geom = 'SRID=4326;LINESTRING(2 41,3 42)' WHERE code = '2108'")
    assert one(postgis, OFF) == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM network_node WHERE code = '138'",
        "DELETE FROM network_link WHERE code = '2108'",
        "DELETE FROM network_node WHERE code = '1089'",
    ],
)
def test_nothing_goes_from_under_what_stands_on_it(postgis, town: int, statement: str) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), postgis.transaction():
        postgis.execute(statement)


def test_a_link_ends_in_its_own_network_and_a_device_where_both_meet(postgis, town: int) -> None:
    other = one(
        postgis, "INSERT INTO network (name, kind, source) VALUES ('other', 'water', 't') RETURNING id"
    )[0]
    foreign = one(
        postgis,
        "INSERT INTO network_node (network_id, code, kind, geom)"
        " VALUES (%s, 'x', 'junction', 'SRID=4326;POINT(2 41)') RETURNING id",
        other,
    )[0]
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="another network"), postgis.transaction():
        postgis.execute("UPDATE network_link SET from_node = %s WHERE code = '2108'", [foreign])
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="do not meet"), postgis.transaction():
        postgis.execute(
            "UPDATE network_device SET link_id = (SELECT id FROM network_link WHERE code = '114460')"
            " WHERE code = '1089'"
        )


def test_each_change_is_on_the_log_with_its_columns(postgis, town: int) -> None:
    edition = one(postgis, "SELECT edition FROM network WHERE id = %s", town)[0]
    postgis.execute("UPDATE network_device SET is_open = false WHERE code IN ('1089', '1090')")
    postgis.execute("UPDATE network_device SET is_open = false WHERE code = '1089'")
    log = postgis.execute(
        "SELECT edition, relation, op, columns FROM network_change WHERE edition > %s ORDER BY id", [edition]
    ).fetchall()
    assert log == [(edition + 1, "network_device", "update", ["is_open"])] * 2
    postgis.execute(MOVE)
    moved = postgis.execute(
        "SELECT DISTINCT relation, columns FROM network_change WHERE edition > %s ORDER BY 1, 2",
        [edition + 1],
    ).fetchall()
    # A house on a pipe whose line has grown is further along it; one in the node goes with the node.
    assert moved == [
        ("network_link", ["geom", "length_m"]), ("network_node", ["geom"]), ("network_service", ["at_m"]),
        ("network_service", ["geom"]),
    ]  # fmt: skip


def test_a_network_goes_whole(postgis, town: int) -> None:
    postgis.execute("DELETE FROM network WHERE id = %s", [town])
    for part in ("node", "link", "device", "service", "customer", "change"):
        table = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(f"network_{part}"))
        assert postgis.execute(table).fetchone() == (0,)

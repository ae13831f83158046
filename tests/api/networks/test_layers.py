"""Networks as layers: pipes, nodes and devices in the OGC API and in tiles, for those who may see them."""

from __future__ import annotations

from pathlib import Path

import mapbox_vector_tile
import pytest

from spatial.geometry.tile_matrix import tile_at
from tests.api.networks.desk import Desk
from tests.lifeline.store.brought import sant_boi

ITEMS = "/ogc/collections/{}/items?f=json&network=boi&limit=1000"
TABLES = {"pipes": "network_link", "pipe_nodes": "network_node", "pipe_devices": "network_device"}


@pytest.fixture
def water(desk: Desk, tmp_path: Path) -> Desk:
    """The water of the sample town."""
    found = desk.brought(sant_boi(tmp_path).read_bytes(), name="boi", filename="santboi_water.zip")
    assert found["state"] == "done", found
    return desk


def test_an_analyst_reads_pipes_nodes_and_devices(water: Desk) -> None:
    found = {name: water.office["analyst"].get(ITEMS.format(name))["features"] for name in TABLES}
    (pipe,) = [each for each in found["pipes"] if each["properties"]["code"] == "2108"]
    assert pipe["geometry"]["type"] == "LineString"
    assert (pipe["properties"]["medium"], pipe["properties"]["state"]) == ("water", "in_service")
    assert {pipe["properties"][end] for end in ("from_code", "to_code")} <= {
        each["properties"]["code"] for each in found["pipe_nodes"]
    }
    assert {each["properties"]["stands"] for each in found["pipe_devices"]} >= {"open", "closed"}
    for name, table in TABLES.items():
        counted = "SELECT count(*) FROM {} WHERE network_id = (SELECT id FROM network WHERE name = 'boi')"
        assert [(len(found[name]),)] == water.office.rows(counted.format(table))


@pytest.mark.parametrize("who", ["viewer", "street 1", "field"])
def test_nobody_else_learns_where_pipes_lie(water: Desk, who: str) -> None:
    for name in TABLES:
        assert water.office[who].get(ITEMS.format(name))["features"] == []


def test_tiles_draw_a_valve_as_it_stands_now(water: Desk) -> None:
    asked = "SELECT ST_X(geom), ST_Y(geom) FROM network_device WHERE code = '1096'"
    ((lon, lat),) = water.office.rows(asked)
    tile = tile_at(lon, lat, 17)

    def stands() -> str:
        answer = water.office["commander"].ask("GET", f"/tiles/pipe_devices/17/{tile.x}/{tile.y}.mvt")
        (layer,) = mapbox_vector_tile.decode(answer.content).values()
        (one,) = [each for each in layer["features"] if each["properties"]["code"] == "1096"]
        return str(one["properties"]["stands"])

    assert stands() == "open"
    water.office.rows("UPDATE network_device SET is_operable = false WHERE code = '1096' RETURNING id")
    assert stands() == "stuck"
    water.office.rows("UPDATE network_device SET is_operable = true WHERE code = '1096' RETURNING id")
    assert stands() == "open"

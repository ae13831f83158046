"""Real GIS clients over HTTP against the whole demo city: Debian's GDAL."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from layers import features
from layers.catalogue import layer
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM
from tests.servers import LiveServer

COLLECTIONS = {"streets", "communities", "grids", "places", "components", "events"}


def gdal(command: str, *arguments: str, **environment: str) -> str:
    """Run a GDAL tool that may not hang, and give what it printed."""
    return subprocess.run(
        [command, *arguments],
        env={**os.environ, "GDAL_HTTP_TIMEOUT": "60", **environment},
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    ).stdout


def counted(database: Database, name: str) -> int:
    with session(database, SYSTEM) as connection:
        return features.count(connection, layer(connection, name), features.Selection())


def basic(server: LiveServer) -> dict[str, str]:
    return {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"{server.username}:{server.token}"}


def test_ogrinfo_lists_every_collection(live_server: LiveServer) -> None:
    printed = gdal("ogrinfo", f"OAPIF:{live_server.url}/ogc", **basic(live_server))
    listed = {line.split()[1] for line in printed.splitlines() if line[:1].isdigit()}
    assert listed >= COLLECTIONS


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_ogrinfo_counts_as_the_store_does(live_server: LiveServer, database: Database, name: str) -> None:
    address = f"OAPIF:{live_server.url}/ogc"
    printed = gdal("ogrinfo", "-so", address, name, **basic(live_server))
    assert f"Feature Count: {counted(database, name)}" in printed
    assert ("Polygon" in printed) is (name in {"streets", "communities", "grids"})


def test_ogr2ogr_reads_all_grids_with_every_digit(
    live_server: LiveServer, database: Database, client: httpx.Client, tmp_path: Path
) -> None:
    out = tmp_path / "grids.geojson"
    options = ["-lco", "COORDINATE_PRECISION=15", "-oo", "PAGE_SIZE=200"]
    gdal("ogr2ogr", *options, str(out), f"OAPIF:{live_server.url}/ogc", "grids", **basic(live_server))
    read = json.loads(out.read_text())["features"]
    codes = {each["properties"]["code"] for each in read}
    assert len(read) == len(codes) == counted(database, "grids")
    one = read[0]
    served = client.get(f"/ogc/collections/grids/items/{one['properties']['code']}").json()
    assert served["geometry"] == one["geometry"]


def test_a_bearer_header_file_opens_the_door_as_well(live_server: LiveServer, tmp_path: Path) -> None:
    header = tmp_path / "header"
    header.write_text(f"Authorization: Bearer {live_server.token}\n")
    printed = gdal("ogrinfo", f"OAPIF:{live_server.url}/ogc", GDAL_HTTP_HEADER_FILE=str(header))
    assert "grids" in printed


def test_without_a_key_the_door_is_shut(live_server: LiveServer, stranger: httpx.Client) -> None:
    answer = stranger.get("/ogc/collections")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    refused = subprocess.run(
        ["ogrinfo", f"OAPIF:{live_server.url}/ogc"], capture_output=True, check=False, timeout=60
    )
    assert refused.returncode != 0


def test_a_spatial_filter_of_gdal_reaches_the_store(live_server: LiveServer, client: httpx.Client) -> None:
    west, south, east, north = client.get("/ogc/collections/grids").json()["extent"]["spatial"]["bbox"][0]
    box = [west, south, (west + east) / 2, (south + north) / 2]
    expected = client.get(
        "/ogc/collections/grids/items", params={"bbox": ",".join(map(str, box)), "limit": 1}
    )
    address = f"OAPIF:{live_server.url}/ogc"
    printed = gdal("ogrinfo", "-so", address, "grids", "-spat", *map(str, box), **basic(live_server))
    assert f"Feature Count: {expected.json()['numberMatched']}" in printed

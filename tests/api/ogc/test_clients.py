"""Real GIS clients over HTTP against the whole demo city: Debian's GDAL, OWSLib, headless QGIS."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from owslib.ogcapi.features import Features
from owslib.util import Authentication

from api.asgi import App, Receive, Scope, Send
from api.ogc.app import ogc_app
from layers import features
from layers.catalogue import layer
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM
from tests.api.ogc.conftest import as_reader, serving
from tests.servers import LiveServer

COLLECTIONS = {"streets", "communities", "grids", "places", "components", "events"}
QGIS_SCRIPT = Path(__file__).with_name("qgis_reads.py")


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


@pytest.fixture(scope="module")
def seen() -> list[dict[str, str]]:
    """The queries that reached the door below."""
    return []


@pytest.fixture(scope="module")
def watched(database: Database, seen: list[dict[str, str]]) -> Iterator[str]:
    """The door over the demo city, which notes what it is asked; gives its address."""

    def noting(app: App) -> App:
        async def note(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append({"path": scope["path"], **dict(parse_qsl(scope["query_string"].decode()))})
            await app(scope, receive, send)

        return note

    with serving(noting(as_reader(ogc_app(database)))) as client:
        yield str(client.base_url).rstrip("/")


@pytest.mark.parametrize(
    ("name", "where", "asked"),
    [
        ("places", "risk_level = 1", "risk_level = 1"),
        ("places", "risk_level > 1 AND risk_level <= 3", "((risk_level > 1) AND (risk_level <= 3))"),
        ("events", "state = 'closed'", "state = 'closed'"),
        ("places", "name LIKE '%学%'", "name LIKE '%学%'"),
        ("grids", "NOT (area_m2 > 100000)", "(NOT (area_m2 > 100000))"),
    ],
)
def test_gdal_pushes_a_filter_down(
    watched: str, seen: list[dict[str, str]], name: str, where: str, asked: str
) -> None:
    """Debian's GDAL knows the language by the draft's name; the server, not the client, does the
    filtering."""
    wanted = httpx.get(
        f"{watched}/ogc/collections/{name}/items", params={"filter": where, "limit": 1}, timeout=60
    ).json()["numberMatched"]
    seen.clear()
    printed = gdal("ogrinfo", "-so", "-where", where, f"OAPIF:{watched}/ogc", name)
    assert f"Feature Count: {wanted}" in printed
    pages = [each for each in seen if "filter" in each]
    assert pages
    assert all(each["filter-lang"] == "cql-text" for each in pages)
    assert pages[0]["filter"].replace("(", "").replace(")", "") == asked.replace("(", "").replace(")", "")


def test_gdal_follows_a_filter_to_its_last_page(watched: str, seen: list[dict[str, str]]) -> None:
    seen.clear()
    where = "risk_level = 1"
    printed = gdal("ogrinfo", "-where", where, "-al", "-geom=NO", f"OAPIF:{watched}/ogc", "places")
    assert printed.count("risk_level (Integer) = 1") == printed.count("OGRFeature(places)") > 10
    assert any("token" in each for each in seen)


@pytest.fixture(scope="module")
def owslib(live_server: LiveServer) -> Features:
    """A client in Python, as analysts write them."""
    auth = Authentication(username=live_server.username, password=live_server.token)
    return Features(f"{live_server.url}/ogc", auth=auth)


def test_owslib_finds_the_collections(owslib: Features) -> None:
    assert set(owslib.feature_collections()) >= COLLECTIONS
    assert owslib.collection("grids")["id"] == "grids"
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in owslib.conformance()["conformsTo"]
    assert owslib.api()["openapi"].startswith("3.0")


def test_owslib_reads_queryables_and_schema(owslib: Features) -> None:
    assert owslib.collection_queryables("places")["properties"]["risk_level"]["enum"] == [1, 2, 3, 4]
    assert owslib.collection_schema("places")["properties"]["id"]["x-ogc-role"] == "id"


def test_owslib_reads_items_filtered_and_paged(owslib: Features, database: Database) -> None:
    whole = owslib.collection_items("streets", limit=100)
    assert len(whole["features"]) == whole["numberMatched"] == counted(database, "streets")
    some = owslib.collection_items("places", filter="risk_level = 1", limit=5)
    assert {each["properties"]["risk_level"] for each in some["features"]} == {1}
    box = owslib.collection_items("grids", bbox=[116.29, 39.98, 116.31, 40.0], limit=5)
    assert 0 < box["numberMatched"] < counted(database, "grids")


def test_owslib_reads_one_item(owslib: Features) -> None:
    first = owslib.collection_items("events", limit=1)["features"][0]
    again = owslib.collection_item("events", str(first["id"]))
    assert (again["id"], again["geometry"], again["properties"]) == (
        first["id"],
        first["geometry"],
        first["properties"],
    )


def qgis(server: LiveServer, collection: str, expression: str) -> dict[str, Any]:
    """Run the script in Debian's Python, where QGIS lives, with settings of its own."""
    ran = subprocess.run(
        ["/usr/bin/python3", str(QGIS_SCRIPT), f"{server.url}/ogc", collection, server.username,
         server.token, expression],
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8",
             "HOME": os.environ.get("HOME", "/tmp"), "XDG_RUNTIME_DIR": "/tmp"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.qgis
@pytest.mark.parametrize(
    ("name", "expression", "text"),
    [
        ("grids", '"area_m2" > 100000', "area_m2 > 100000"),
        ("events", "\"state\" = 'closed'", "state = 'closed'"),
        ("places", '"risk_level" = 1', "risk_level = 1"),
    ],
)
def test_qgis_reads_a_whole_layer(
    live_server: LiveServer, database: Database, client: httpx.Client, name: str, expression: str, text: str
) -> None:
    found = qgis(live_server, name, expression)
    assert found["valid"], found
    items = f"/ogc/collections/{name}/items"
    assert found["read"] == found["distinct"] == counted(database, name)
    assert found["count"] == counted(database, name)
    filtered = client.get(items, params={"filter": text, "limit": 1}).json()["numberMatched"]
    assert found["filtered"] == filtered
    window = ",".join(map(repr, found["window"]))
    assert (
        found["in_window"] == client.get(items, params={"bbox": window, "limit": 1}).json()["numberMatched"]
    )
    assert found["box"] == pytest.approx(
        client.get(f"/ogc/collections/{name}").json()["extent"]["spatial"]["bbox"][0]
    )

"""Changes through a real server process: QGIS on a raw socket, OWSLib, and ogr2ogr reading them back."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from owslib.ogcapi.features import Features

from tests.api.ogc.workshop import place
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.spatial.rights.town import GRIDS, middle

ITEMS = "/ogc/collections/places/items"


@pytest.fixture(scope="module")
def token(hall: Hall) -> str:
    return hall.key(hall.account("editor", **CITY_ADMINISTRATOR), kind="token")


@pytest.fixture(scope="module")
def editor(hall: Hall, token: str) -> httpx.Client:
    return hall.client(token=token)


def talk(address: str, method: str, path: str, body: bytes, **headers: str) -> tuple[bytes, bytes]:
    """Send a request byte by byte as QGIS does, and give head and body of the answer as they came."""
    place_ = urlsplit(address)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {place_.netloc}",
        "Connection: close",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    with socket.create_connection((str(place_.hostname), place_.port or 80), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    head, _, rest = heard.partition(b"\r\n\r\n")
    return head, rest


def test_location_has_a_capital_letter_on_the_wire(hall: Hall, token: str) -> None:
    """QGIS up to 3.43 compares the name byte by byte (qgis/QGIS#61729)."""
    head, body = talk(
        hall.workers[0], "POST", ITEMS, json.dumps(place("from QGIS 3.40")).encode(),
        Authorization=f"Bearer {token}", Content_Type="application/geo+json",
    )  # fmt: skip
    assert head.startswith(b"HTTP/1.1 201 ")
    found = re.search(rb"\r\nLocation: (\S+)/ogc/collections/places/items/(\d+)", head)
    assert found is not None, head
    assert found[2].decode() == json.loads(body)["id"]
    names = [line.split(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert [name for name in names if name != name.lower()] == [b"Location"]


def test_owslib_creates_replaces_and_deletes(hall: Hall, token: str, editor: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/geo+json"}
    client = Features(f"{hall.workers[0]}/ogc", headers=headers)
    assert client.collection_item_create("places", json.dumps(place("by OWSLib")))
    (made,) = editor.get(f"{ITEMS}?name=by%20OWSLib").json()["features"]
    assert client.collection_item_update("places", made["id"], json.dumps(place("by OWSLib again")))
    assert client.collection_item("places", made["id"])["properties"]["name"] == "by OWSLib again"
    assert client.collection_item_delete("places", made["id"])
    assert editor.get(f"{ITEMS}/{made['id']}").status_code == 404


def test_what_ogr2ogr_wrote_goes_in_and_comes_out_the_same(
    hall: Hall, token: str, editor: httpx.Client, tmp_path: Path
) -> None:
    """Its GeoJSON, with the member crs, is one request; it is read back through OAPIF."""
    points = [tuple(round(each, 7) for each in middle(grid)) for grid in GRIDS]
    lines = [f"library,ogr {n},{n % 4 + 1},{lon},{lat}" for n, (lon, lat) in enumerate(points)]
    (tmp_path / "in.csv").write_text("\n".join(["kind,name,risk_level,lon,lat", *lines]))
    written, opened = str(tmp_path / "in.json"), ["-oo", "AUTODETECT_TYPE=YES", "-oo", "KEEP_GEOM_COLUMNS=NO"]
    opened += ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat"]
    run = ["ogr2ogr", "-f", "GeoJSON", written, str(tmp_path / "in.csv"), "-a_srs", "EPSG:4326", *opened]
    subprocess.run(run, check=True, timeout=60)
    sent = json.loads((tmp_path / "in.json").read_text())
    assert "crs" in sent
    assert len(sent["features"]) == 8
    answer = editor.post(ITEMS, json=sent)
    assert answer.status_code == 201, answer.text
    read = ["ogr2ogr", "-f", "GeoJSON", str(tmp_path / "out.json"), f"OAPIF:{hall.workers[1]}/ogc", "places"]
    environment = {
        **os.environ,
        "GDAL_HTTP_HEADERS": f"Authorization: Bearer {token}",
        "GDAL_HTTP_TIMEOUT": "60",
    }
    options = ["-oo", "PAGE_SIZE=1000", "-where", "kind = 'library'", "-lco", "COORDINATE_PRECISION=9"]
    subprocess.run([*read, *options], check=True, timeout=120, env=environment)
    came = {
        each["properties"]["name"]: each
        for each in json.loads((tmp_path / "out.json").read_text())["features"]
    }
    for number, feature in enumerate(sent["features"]):
        back = came[f"ogr {number}"]
        assert back["geometry"] == feature["geometry"]
        assert feature["properties"].items() <= back["properties"].items()
        assert back["properties"]["unit_code"] == GRIDS[number]


def test_a_change_is_seen_by_the_other_process_at_once(hall: Hall, token: str, editor: httpx.Client) -> None:
    other = hall.client(1, token=token)
    before = other.get(f"{ITEMS}?limit=1").json()["numberMatched"]
    address = urlsplit(editor.post(ITEMS, json=place("seen at once")).headers["location"]).path
    assert other.get(address).json()["properties"]["name"] == "seen at once"
    assert other.get(f"{ITEMS}?limit=1").json()["numberMatched"] == before + 1
    assert other.delete(address).status_code == 204
    assert editor.get(address).status_code == 404
    assert editor.get(f"{ITEMS}?limit=1").json()["numberMatched"] == before


def test_a_key_that_may_only_read_changes_nothing(hall: Hall, token: str) -> None:
    account = hall.account("reader with all rights", **CITY_ADMINISTRATOR)
    client = hall.client(token=hall.key(account, kind="token", scope="read"))
    asked = [("POST", ITEMS), ("PUT", f"{ITEMS}/1"), ("DELETE", f"{ITEMS}/1"), ("POST", "/ogc/transactions")]
    for method, path in asked:
        assert client.request(method, path, json=place() if method != "DELETE" else None).status_code == 403
    assert client.options(ITEMS).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options(f"{ITEMS}/1").headers["allow"] == "GET, HEAD, OPTIONS"


def test_nobody_changes_anything(hall: Hall) -> None:
    stranger = hall.client()
    for method, path in (("POST", ITEMS), ("PATCH", f"{ITEMS}/1"), ("POST", "/ogc/transactions")):
        answer = stranger.request(method, path, json=place())
        assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")


def test_many_features_pass_the_limits_of_the_server(editor: httpx.Client) -> None:
    """More than the usual body and more values than the usual JSON."""
    features: list[dict[str, Any]] = [
        place(f"large {n} {'长' * 60}", at=middle(GRIDS[n % 8])) for n in range(6000)
    ]
    answer = editor.post(ITEMS, json={"type": "FeatureCollection", "features": features})
    assert int(answer.request.headers["content-length"]) > 2**20
    assert answer.status_code == 201, answer.text[:300]
    ids = answer.json()["ids"]
    delete = {"action": "delete", "collection": "places", "filter": {"ids": ids}}
    assert editor.post("/ogc/transactions", json={"transaction": [delete]}).json()["summary"] == {
        "totalDeleted": 6000
    }
    one = editor.put(f"{ITEMS}/1", json=place("x" * 2**20))
    assert one.status_code == 413

"""Layers of real services: registered, harvested, shown, and what becomes of them as services change."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial.database import connect
from spatial.geometry.tile_matrix import tile_at
from tests.api.external.arcgis_server import TOKEN, Arc, arcgis_server, manhole
from tests.api.external.conftest import Office, write_ground, write_wells
from tests.api.external.peers import Peer, Quiet, mapserver, pygeoapi, qgis_server, serving

CORNER = (116.2, 40.0)
"""North-western corner of the ground."""


@pytest.fixture
def arc() -> Iterator[Arc]:
    with arcgis_server() as server:
        yield server


def register(client: Any, url: str, protocol: str, layer: str, **more: Any) -> Any:
    sent = {"protocol": protocol, "url": url, "layer": layer, "wait": 30, **more}
    return client.post("/api/layers/external", json=sent)


def made(client: Any, url: str, protocol: str, layer: str, **more: Any) -> str:
    answer = register(client, url, protocol, layer, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["layer"])


def items(client: Any, layer: str) -> list[dict[str, Any]]:
    return list(client.get(f"/ogc/collections/{layer}/items?limit=1000").json()["features"])


def health(client: Any, layer: str) -> dict[str, Any]:
    return dict(client.get(f"/api/layers/{layer}/external").json()["health"])


def asked_again(client: Any, layer: str) -> dict[str, Any]:
    """Let a service be asked, and wait until it was."""
    before = health(client, layer)["checked_at"]
    assert client.post(f"/api/layers/{layer}/external/refresh").status_code == 202
    return until(lambda: now if (now := health(client, layer))["checked_at"] != before else None)


def until(what: Callable[[], Any]) -> Any:
    for _ in range(600):
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("it never came")


def relation(office: Office, layer: str) -> str:
    return str(office.hall.ask("SELECT relation FROM layer WHERE name = %s", layer)[0][0])


@pytest.mark.parametrize("form", ["geojson", "application/gml+xml; version=3.2"])
def test_wfs_of_mapserver_is_harvested(office: Office, analyst: Any, maps: Peer, form: str) -> None:
    more = {} if form == "geojson" else {"format": form}
    name = made(analyst, maps.url, "wfs", "wells", review_number="GS(2026)0001", group="水务", **more)
    found = items(analyst, name)
    assert sorted(each["properties"]["no"] for each in found) == [f"{n:04}" for n in range(5)]
    assert min(each["geometry"]["coordinates"] for each in found) == [116.3, 39.95]
    listed = next(each for each in analyst.get("/api/layers").json()["layers"] if each["name"] == name)
    assert (listed["kind"], listed["group"], listed["external"]["state"]) == ("external", "水务", "ok")
    assert listed["attribution"] == "水务局 · 审图号 GS(2026)0001"
    assert "审图号 GS(2026)0001" in analyst.get(f"/tiles/{name}.json").json()["attribution"]
    record = analyst.get(f"/ogc/collections/catalogue/items/{name}").json()["properties"]
    assert "GS(2026)0001" in json.dumps(record, ensure_ascii=False)


def test_what_is_the_same_is_not_written_again_and_failing_keeps_the_rows(
    office: Office, analyst: Any, tmp_path: Path
) -> None:
    data = write_wells(tmp_path / "peer.gpkg", range(3))
    write_ground(data)
    with mapserver(tmp_path, data) as maps:
        name = made(analyst, maps.url, "wfs", "wells")
        table, first = relation(office, name), health(analyst, name)
        assert first["features"] == 3
        again = asked_again(analyst, name)
        assert relation(office, name) == table
        assert (again["changed_at"], again["state"]) == (first["changed_at"], "ok")
        assert again["data_at"] > first["data_at"]
        data.unlink()
        shutil.copy(write_wells(tmp_path / "more.gpkg", range(4)), data)
        write_ground(data)
        changed = asked_again(analyst, name)
        assert (changed["features"], relation(office, name) != table) == (4, True)
        assert len(items(analyst, name)) == 4
    failing = asked_again(analyst, name)
    assert (failing["state"], failing["data_at"]) == ("failing", changed["data_at"])
    assert "cannot be reached" in failing["error"] and "127.0.0.1" not in failing["error"]
    assert failing["since"] > changed["since"]
    assert len(items(analyst, name)) == 4


def test_pygeoapi_is_harvested_page_by_page(office: Office, analyst: Any, tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [116.3 + n / 100, 39.9]},
            "properties": {"no": f"0{n}"},
        }
        for n in range(5)
    ]
    data = tmp_path / "wells.geojson"
    data.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pygeoapi(tmp_path, data) as peer:
        look = analyst.post("/api/external/look", json={"protocol": "ogcapi", "url": peer.url})
        assert [each["name"] for each in look.json()["layers"]] == ["wells"]
        name = made(analyst, peer.url, "ogcapi", "wells", name="wells_api", audience="granted")
    found = items(analyst, name)
    # Named as the service names them, leading zeros and all.
    assert {each["id"] for each in found} == {f"0{n}" for n in range(5)}
    other = office.person("other", role="viewer", reach="city")
    assert other.get(f"/ogc/collections/{name}/items").status_code == 404
    assert other.get(f"/api/layers/{name}/external").status_code == 404


@pytest.mark.parametrize("pages", [True, False])
def test_arcgis_is_harvested_with_and_without_pages(analyst: Any, arc: Arc, pages: bool) -> None:
    arc.pages = pages
    name = made(analyst, f"{arc.url}/MapServer", "arcgis", "0")
    found = {each["id"]: each for each in items(analyst, name)}
    assert set(found) == {str(n * 10) for n in range(1, 6)}
    assert found["10"]["properties"]["CODE"] == "01"
    assert found["10"]["properties"]["BUILT"].startswith("2020-09-13T12:26:40")
    assert found["10"]["geometry"]["coordinates"] == [116.301, 39.95]
    assert analyst.get(f"/api/layers/{name}").json()["srid"] == 4490


def test_a_token_is_sealed_and_shows_nowhere(office: Office, analyst: Any, arc: Arc) -> None:
    arc.token = TOKEN
    url = f"{arc.url}/MapServer"
    refused = register(analyst, url, "arcgis", "0")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["where"] == "password"
    name = made(analyst, url, "arcgis", "0", secret_query="token", secret=TOKEN)
    chief = office.person("chief", role="district_administrator", reach="city")
    for client in (analyst, chief):
        told = client.get(f"/api/layers/{name}/external")
        assert told.json()["source"]["has_secret"] is True
        assert TOKEN not in told.text
    rows = office.hall.ask("SELECT s::text FROM external_source AS s")
    log = office.hall.ask("SELECT a::text FROM audit AS a WHERE relation = 'external_source'")
    assert rows and log
    assert TOKEN not in str(rows) and TOKEN not in str(log)
    # Whoever moves the service to a host of theirs is not sent what it was opened with.
    moved = chief.patch(f"/api/layers/{name}/external", json={"url": "http://127.0.0.1:9/x/MapServer"})
    assert (moved.status_code, moved.json()["errors"][0]["where"]) == (400, "url")
    arc.token, arc.rows = "other", [manhole(7)]
    assert "log-in" in asked_again(analyst, name)["error"]
    patched = analyst.patch(f"/api/layers/{name}/external", json={"secret_query": "token", "secret": "other"})
    assert patched.status_code == 200
    until(lambda: health(analyst, name)["state"] == "ok")
    assert [each["id"] for each in items(analyst, name)] == ["70"]


def corner_of(picture: bytes) -> tuple[int, int]:
    """Find the first column and row that are painted."""
    ys, xs = np.nonzero(np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"))[..., 3])
    return int(xs.min()), int(ys.min())


@pytest.mark.parametrize("srs", ["EPSG:3857 EPSG:4326", "EPSG:4326", "EPSG:4490"])
def test_wms_of_mapserver_lies_where_it_must(analyst: Any, tmp_path: Path, data: Path, srs: str) -> None:
    tile = tile_at(*CORNER, 12)
    across, down = (float(each) * 256 for each in tile.place(*CORNER))
    with mapserver(tmp_path, data, srs, online="http://10.255.255.1/elsewhere") as maps:
        name = made(analyst, maps.url, "wms", "ground", review_number="GS(2026)2")
        about = analyst.get(f"/rasters/{name}.json").json()
        assert (about["type"], about["attribution"]) == ("raster", "内部使用 · 审图号 GS(2026)2")
        assert about["bounds"] == pytest.approx([116.2, 39.8, 116.4, 40.0], abs=1e-6)
        path = about["tiles"][0].format(z=tile.z, x=tile.x, y=tile.y).removeprefix("http://testserver")
        picture = analyst.get(path)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert corner_of(picture.content) == (pytest.approx(across, abs=2), pytest.approx(down, abs=2))
        before = len(maps.asked)
        assert analyst.get(path).content == picture.content
        etag = {"if-none-match": picture.headers["etag"]}
        assert analyst.get(path, headers=etag).status_code == 304
        assert len(maps.asked) == before
    # What is kept is shown while the service is away; what is not is said to be missing.
    assert analyst.get(path).status_code == 200
    assert analyst.get(f"/rasters/{name}/{tile.z}/{tile.x + 9}/{tile.y}").status_code == 503


def test_arcgis_draws_through_our_door_under_our_rights(office: Office, analyst: Any, arc: Arc) -> None:
    arc.token = TOKEN
    secret = {"secret_query": "token", "secret": TOKEN}
    name = made(
        analyst,
        f"{arc.url}/MapServer",
        "arcgis",
        "*",
        mode="proxy",
        audience="granted",
        name="drains",
        **secret,
    )
    path = f"/rasters/{name}/12/3372/1551"
    picture = analyst.get(path)
    assert picture.status_code == 200, picture.text
    pixels = np.asarray(Image.open(io.BytesIO(picture.content)))
    assert (pixels[:, :128, 3] == 255).all() and (pixels[:, 128:, 3] == 0).all()
    assert TOKEN not in analyst.get(f"/rasters/{name}.json").text
    other = office.person("other", role="viewer", reach="city")
    stranger = office.client
    assert {stranger.get(asked).status_code for asked in (path, f"/rasters/{name}.json")} == {401}
    for asked in (path, f"/rasters/{name}.json", f"/api/layers/{name}", f"/api/layers/{name}/external"):
        assert other.get(asked).status_code == 404
    assert name not in other.get("/api/layers").text
    analyst.patch(f"/api/layers/{name}", json={"audience": "all"})
    until(lambda: other.get(path).status_code == 200)
    assert other.get(f"/api/layers/{name}/external").json()["source"] is None
    assert other.post(f"/api/layers/{name}/external/refresh").status_code == 403
    record = f"/ogc/collections/catalogue/items/{name}"
    assert until(lambda: other.get(record).status_code == 200)
    links = {each["rel"]: each["href"] for each in other.get(record).json()["links"]}
    assert links["describes"] == f"http://testserver/rasters/{name}.json"
    assert other.get(f"{record}?f=html").status_code == 200
    assert name in other.get("/ogc/collections/catalogue/items?limit=1000").text
    # A layer without features breaks no door that shows features.
    assert name not in analyst.get("/ogc/collections").text
    for asked in (f"/ogc/collections/{name}/items", f"/tiles/{name}.json", f"/api/layers/{name}/extent"):
        assert analyst.get(asked).status_code == 404
    assert analyst.get("/ogc/qgis/project.qgz").status_code in (200, 404)
    assert analyst.delete(f"/api/layers/{name}").status_code == 204
    until(lambda: other.get(path).status_code == 404)
    assert office.hall.ask("SELECT count(*) FROM external_source WHERE layer = %s", name) == [(0,)]


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"url": "http://10.0.0.1/ows"}, "url"),
        ({"url": "http://[::1]:1/ows"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "http://u:p@gis.example/"}, "url"),
        ({"mode": "harvest"}, "mode"),
        ({"user": "u"}, "password"),
        ({"secret": "x"}, "user"),
        ({"secret_header": "Host", "secret": "x"}, "secret_header"),
        ({"every_minutes": 1}, "every_minutes"),
        ({"datum": "gcj02"}, "datum"),
        ({"layer": "nothing"}, "layer"),
        ({"format": "image/nothing"}, "format"),
        ({"organisation": "nobody"}, "organisation"),
        ({"name": "places"}, ""),
    ],
    ids=str,
)
def test_refusals_name_the_field(analyst: Any, maps: Peer, sent: dict[str, Any], where: str) -> None:
    answer = analyst.post(
        "/api/layers/external",
        json={"protocol": "wms", "url": maps.url, "layer": "ground", "wait": 30, **sent},
    )
    assert answer.status_code in (400, 409, 503), answer.text
    if where:
        assert answer.json()["errors"][0]["where"] == where


def test_who_may_not_publish_may_not_register_or_look(office: Office, clean: None) -> None:
    viewer = office.person("viewer", role="viewer", reach="city")
    assert register(viewer, "http://127.0.0.1:9/", "wms", "x").status_code == 403
    sent = {"protocol": "wms", "url": "http://127.0.0.1:9/"}
    assert viewer.post("/api/external/look", json=sent).status_code == 403


HOSTILE: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "a web page": (200, b"<!DOCTYPE html><html><body>log in</body></html>", {}),
    "a redirect inwards": (302, b"", {"Location": "http://127.0.0.1:1/"}),
    "a log-in": (401, b"no", {"WWW-Authenticate": "Basic"}),
    "entities": (
        200,
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><WFS_Capabilities>&c;</WFS_Capabilities>',
        {},
    ),
    "deep XML": (200, b"<WFS_Capabilities>" + b"<a>" * 100_000, {}),
    "a broken gzip": (200, b"not gzip", {"Content_Encoding": "gzip"}),
    "nothing": (200, b"", {}),
    "no such page": (404, b"", {}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_service_is_refused_and_leaves_nothing(office: Office, analyst: Any, kind: str) -> None:
    status, body, headers = HOSTILE[kind]

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            self.answer(status, body, "text/xml", **headers)

    with serving(Handler) as url:
        answer = register(analyst, url, "wfs", "wells")
    assert answer.status_code in (400, 503), answer.text
    assert office.hall.ask("SELECT count(*) FROM layer WHERE kind IN ('external', 'raster')") == [(0,)]
    assert not list((office.settings.home / "harvests").glob("*"))


def test_a_service_in_the_wrong_reference_system_is_refused(office: Office, analyst: Any) -> None:
    """It says degrees and sends metres."""
    collections = {"collections": [{"id": "x", "links": [{"rel": "items", "href": "x"}]}]}
    geometry = {"type": "Point", "coordinates": [447_000.0, 4_420_000.0]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {}}
    items_ = {"type": "FeatureCollection", "features": [feature]}

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            body = items_ if "/items" in self.path else collections
            self.answer(200, json.dumps(body).encode(), "application/json")

    with serving(Handler) as url:
        answer = register(analyst, url, "ogcapi", "x")
        assert answer.status_code == 400, answer.text
        assert made(analyst, url, "ogcapi", "x", crs="EPSG:4548", name="metres") == "metres"


def test_a_source_survives_new_data_keys(office: Office, analyst: Any, arc: Arc) -> None:
    """After a rotation the secret is opened with the old key and sealed anew with the new one."""
    from spatial.rights.resealing import rotate

    arc.token = TOKEN
    name = made(analyst, f"{arc.url}/MapServer", "arcgis", "0", secret_query="token", secret=TOKEN)
    before = office.hall.ask("SELECT secret_cipher FROM external_source WHERE layer = %s", name)[0][0]
    assert office.settings.master_key_file is not None
    with connect(office.hall.url, autocommit=True) as owner:
        rotate(owner, office.settings.master_key_file)
    assert asked_again(analyst, name)["state"] == "ok"
    after = office.hall.ask("SELECT secret_cipher FROM external_source WHERE layer = %s", name)[0][0]
    assert bytes(after)[:5] != bytes(before)[:5]


@pytest.mark.slow
@pytest.mark.qgis
def test_qgis_server_is_harvested_and_shown(analyst: Any, tmp_path: Path, data: Path) -> None:
    tile = tile_at(*CORNER, 12)
    across, down = (float(each) * 256 for each in tile.place(*CORNER))
    with qgis_server(tmp_path, data) as peer:
        for form in (None, "text/xml; subtype=gml/3.1.1"):
            name = made(analyst, peer.url, "wfs", "wells", wait=30, **({"format": form} if form else {}))
            found = items(analyst, name)
            assert sorted(each["properties"]["no"] for each in found) == [f"{n:04}" for n in range(5)]
            assert min(each["geometry"]["coordinates"] for each in found) == [116.3, 39.95]
        for crs in ("EPSG:3857", "EPSG:4490"):
            name = made(analyst, peer.url, "wms", "ground", remote_crs=crs, wait=30)
            picture = analyst.get(f"/rasters/{name}/{tile.z}/{tile.x}/{tile.y}")
            assert corner_of(picture.content) == (pytest.approx(across, abs=3), pytest.approx(down, abs=3))

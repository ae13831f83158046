"""A WMTS of a real server, in the pyramids that platforms cut: the right picture at the right place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from spatial.geometry.tile_matrix import tile_at
from tests.api.external.conftest import write_ground, write_wells
from tests.api.external.peers import Peer, mapproxy, mapserver
from tests.api.external.test_services import CORNER, corner_of, made

BY_PATHS = "/wmts/1.0.0/WMTSCapabilities.xml"
FARTHEST = {"mercator": 19, "default028mm": 14, "cgcs2000": 17, "wgs84": 16}
"""The zoom that is nearest to the finest level of each pyramid."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("mapproxy")
    data = write_wells(folder / "peer.gpkg", range(1))
    write_ground(data)
    with mapserver(folder, data) as maps, mapproxy(folder, maps.url) as peer:
        yield peer


@pytest.fixture(params=["parameters", "paths"])
def url(request: pytest.FixtureRequest, proxy: Peer) -> str:
    """Where its capabilities are that name tiles by parameters, or by paths alone."""
    return proxy.url + {"parameters": "/service", "paths": BY_PATHS}[request.param]


def picture(client: Any, layer: str, zoom: int, place: tuple[float, float], east: int = 0) -> httpx.Response:
    tile = tile_at(*place, zoom)
    answer: httpx.Response = client.get(f"/rasters/{layer}/{tile.z}/{tile.x + east}/{tile.y}")
    return answer


@pytest.mark.parametrize("matrix_set", FARTHEST)
def test_a_corner_lies_where_it_must_in_every_pyramid(analyst: Any, url: str, matrix_set: str) -> None:
    # A name of its own: for a second, what went by a name before is still shown.
    name = f"{matrix_set}_{'paths' if BY_PATHS in url else 'parameters'}"
    about = {"matrix_set": matrix_set, "review_number": "GS(2026)3", "name": name}
    assert made(analyst, url, "wmts", "ground", **about) == name
    about = analyst.get(f"/rasters/{name}.json").json()
    assert (about["attribution"], about["maxzoom"]) == ("测绘院 · 审图号 GS(2026)3", FARTHEST[matrix_set])
    assert about["bounds"] == pytest.approx([116, 39, 117, 41], abs=0.01)
    for zoom in (11, 12, 14):
        drawn = picture(analyst, name, zoom, CORNER)
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png"), drawn.text
        across, down = (float(each) * 256 for each in tile_at(*CORNER, zoom).place(*CORNER))
        assert corner_of(drawn.content) == (pytest.approx(across, abs=2.5), pytest.approx(down, abs=2.5))
    # Beside the data, and beside the pyramid.
    assert drawn_at(analyst, name, CORNER) and not drawn_at(analyst, name, CORNER, east=-1)
    assert not drawn_at(analyst, name, (-70.0, -30.0))
    assert analyst.get(f"/rasters/{name}/12/4096/0").status_code == 400


def drawn_at(client: Any, layer: str, place: tuple[float, float], east: int = 0) -> bool:
    """Tell whether anything is painted on a tile."""
    answer = picture(client, layer, 12, place, east)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    return bool(np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))[..., 3].any())


def test_what_it_offers_is_listed_and_web_mercator_is_chosen(analyst: Any, proxy: Peer, url: str) -> None:
    look = analyst.post("/api/external/look", json={"protocol": "wmts", "url": url}).json()["layers"]
    assert [(each["name"], each["title"], each["attribution"]) for each in look] == [
        ("ground", "地面", "测绘院")
    ]
    assert analyst.get("/rasters/nothing/12/0/0").status_code == 404
    name = made(analyst, url, "wmts", "ground")
    source = analyst.get(f"/api/layers/{name}/external").json()["source"]
    assert (source["protocol"], source["mode"]) == ("wmts", "proxy")
    # The very tile of the platform, as it sent it.
    tile = tile_at(*CORNER, 12)
    theirs = httpx.get(f"{proxy.url}/wmts/ground/mercator/12/{tile.x}/{tile.y}.png")
    assert theirs.status_code == 200
    assert picture(analyst, name, 12, CORNER).content == theirs.content


def test_a_pyramid_that_is_not_there_is_refused_by_name(analyst: Any, url: str) -> None:
    sent = {"protocol": "wmts", "url": url, "layer": "ground", "matrix_set": "EPSG:4548", "wait": 30}
    answer = analyst.post("/api/layers/external", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "matrix_set")
    assert "default028mm" in answer.json()["errors"][0]["reason"]

"""Base maps of other platforms through our own door: shifted to their place, kept, and without their key."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.app import create_app
from spatial.geometry.tile_matrix import PIXELS, tile_at
from spatial.settings import Settings
from tests.api.town_hall import Hall
from tests.spatial.rights.town import build
from tests.tile_platform import GROUND, MARK, Platform, settings_file, tile_platform, world_pixels

PLACES = ((116.317, 39.984), (116.3005, 39.9121))


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with tile_platform(PLACES) as running:
        yield running


@pytest.fixture(scope="module")
def client(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    platform: Platform,
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    (home / "maps.toml").write_text(settings_file(platform), encoding="utf-8")
    with make_city(build) as url:
        settings = Settings(
            home=home,
            master_key_file=master_key,
            external_networks=(ip_network("127.0.0.0/8"),),
            base_maps_file=home / "maps.toml",
        )
        app = create_app(settings, as_app(url))
        hall = Hall(url, ("", ""), master_key)
        with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
            token = hall.key(hall.account("reader", role="viewer", reach="city"))
            client.headers["authorization"] = f"Bearer {token}"
            yield client


def picture(client: TestClient, zoom: int, place: tuple[float, float]) -> tuple[Any, Any]:
    tile = tile_at(*place, zoom)
    answer = client.get(f"/api/base-maps/streets/{zoom}/{tile.x}/{tile.y}")
    assert answer.status_code == 200, answer.text
    return tile, np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


@pytest.mark.parametrize("zoom", [10, 14, 18])
@pytest.mark.parametrize("place", PLACES)
def test_a_mark_of_the_platform_lies_on_the_place_of_our_data(
    client: TestClient, zoom: int, place: tuple[float, float]
) -> None:
    tile, drawn = picture(client, zoom, place)
    rows, columns = np.nonzero((drawn == MARK).all(axis=2))
    x, y = world_pixels(*place, zoom)
    off = np.hypot(columns + 0.5 + tile.x * PIXELS - x, rows + 0.5 + tile.y * PIXELS - y)
    assert len(off) and off.min() <= 1.5
    assert (drawn == GROUND).all(axis=2).mean() > 0.99


def test_what_there_is_is_told_without_the_key(client: TestClient, platform: Platform) -> None:
    (told,) = client.get("/api/base-maps").json()["base_maps"]
    assert told == {
        "name": "streets", "title": "街道图", "title_en": "Street map", "attribution": "© 测试图商",
        "review_number": "GS（2026）0000号", "datum": "gcj02",
        "tiles": "/api/base-maps/streets/{z}/{x}/{y}", "min_zoom": 3, "max_zoom": 18,
    }  # fmt: skip
    assert all("tk=opensesame" in each for each in platform.asked)


def test_a_tile_is_asked_for_once_and_known_by_its_tag(client: TestClient, platform: Platform) -> None:
    tile = tile_at(*PLACES[0], 15)
    path = f"/api/base-maps/streets/15/{tile.x}/{tile.y}"
    first = client.get(path)
    asked = len(platform.asked)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, len(platform.asked)) == (304, b"", asked)


def test_beyond_its_zooms_a_map_has_nothing(client: TestClient) -> None:
    answer = client.get("/api/base-maps/streets/2/3/1")
    assert answer.status_code == 200
    assert not np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))[..., 3].any()


def test_what_there_is_not_is_refused(client: TestClient) -> None:
    assert client.get("/api/base-maps/none/10/1/1").status_code == 404
    assert client.get("/api/base-maps/streets/3/9/1").status_code == 400
    assert client.get("/api/base-maps/streets/40/9/1").status_code == 400
    assert client.get("/api/base-maps", headers={"authorization": ""}).status_code == 401
    assert client.get("/api/base-maps/streets/3/1/1", headers={"authorization": ""}).status_code == 401


def test_a_platform_that_fails_is_a_503_that_says_nothing_of_the_key(
    client: TestClient, platform: Platform
) -> None:
    platform.is_down = True
    tile = tile_at(*PLACES[0], 16)
    answer = client.get(f"/api/base-maps/streets/16/{tile.x}/{tile.y}")
    platform.is_down = False
    assert answer.status_code == 503
    assert "opensesame" not in answer.text and "127.0.0.1" not in answer.text

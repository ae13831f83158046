"""Base maps of other platforms: what a deployment may offer, and tiles laid where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layers.external import base_maps_tiles as tiles
from layers.external.base_maps import base_maps
from layers.external.pictures import fits, pieces
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import PIXELS, WEB_MERCATOR_QUAD, Tile, tile_at
from spatial.settings import Secret, Settings

GCJ = {"kind": "xyz", "datum": "gcj02", "addresses": ["https://t{1-4}.test/{z}/{x}/{y}"], "zooms": [3, 18]}
TRUE = {**GCJ, "datum": "cgcs2000"}
CITIES = {"Beijing": (116.317, 39.984), "Shenzhen": (114.06, 22.54), "Ürümqi": (87.6, 43.8)}


def world_pixels(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    across, down = WEB_MERCATOR_QUAD.place(lon, lat)
    return float(across) * 2**zoom * PIXELS, float(down) * 2**zoom * PIXELS


def drawn(zoom: int, places: list[tuple[float, float]], tile: Tile, datum: str) -> Any:
    """A tile of a platform that marks places of WGS-84 where its own datum has them."""
    picture = np.zeros((PIXELS, PIXELS, 4), np.uint8)
    picture[..., 3] = 255
    for place in places:
        lon, lat = (float(each) for each in convert(*place, "wgs84", datum))
        x, y = world_pixels(lon, lat, zoom)
        column, row = int(x) - tile.x * PIXELS, int(y) - tile.y * PIXELS
        if 0 <= column < PIXELS and 0 <= row < PIXELS:
            picture[row, column, 0] = 255
    return picture


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("zoom", [5, 10, 13, 16, 18])
def test_a_mark_of_gcj02_lies_on_its_place(city: str, zoom: int) -> None:
    lon, lat = CITIES[city]
    tile = tile_at(lon, lat, zoom)
    wanted = tiles.pieces(GCJ, tile)
    assert 1 <= len(wanted) <= 4
    found = {}
    for piece in wanted:
        there = Tile(zoom, round(piece.area.west / PIXELS), round(piece.area.north / PIXELS))
        found[piece] = drawn(zoom, [(lon, lat)], there, "gcj02")
    picture = tiles.compose(GCJ, found, tile)
    assert (picture[..., 3] == 255).all(), "no part of the tile is left out"
    rows, columns = np.nonzero(picture[..., 0] == 255)
    x, y = world_pixels(lon, lat, zoom)
    assert len(rows) > 0
    assert abs(columns.mean() + 0.5 + tile.x * PIXELS - x) <= 1
    assert abs(rows.mean() + 0.5 + tile.y * PIXELS - y) <= 1


@pytest.mark.parametrize("zoom", [4, 9, 12, 17])
def test_between_the_corners_of_blocks_the_shift_is_led_well(zoom: int) -> None:
    tile = tile_at(*CITIES["Beijing"], zoom)
    across, down = tiles._sources("gcj02", tile)
    columns, rows = WEB_MERCATOR_QUAD.size(zoom)
    parts = (np.arange(PIXELS) + 0.5) / PIXELS
    lon, lat = WEB_MERCATOR_QUAD.unplace((tile.x + parts) / columns, (tile.y + parts) / rows)
    exact = WEB_MERCATOR_QUAD.place(*convert(*np.meshgrid(lon, lat), "wgs84", "gcj02"))
    assert abs(across - exact[0] * columns * PIXELS).max() < 0.1
    assert abs(down - exact[1] * rows * PIXELS).max() < 0.1


def test_a_platform_in_our_datum_sends_its_very_tile() -> None:
    tile = tile_at(*CITIES["Beijing"], 12)
    found = pieces(TRUE, tile)
    assert fits(TRUE, found, tile) and not fits(GCJ, found, tile)
    host = 1 + (tile.x + tile.y) % 4
    assert [each.url for each in found] == [f"https://t{host}.test/12/{tile.x}/{tile.y}"]
    assert pieces(TRUE, tile_at(*CITIES["Beijing"], 2)) == []


def test_labels_lie_over_the_picture() -> None:
    two = {**TRUE, "addresses": ["https://a.test/{z}/{x}/{y}", "https://b.test/{z}/{x}/{y}"]}
    tile = tile_at(*CITIES["Beijing"], 12)
    low, high = tiles.pieces(two, tile)
    ground = np.full((PIXELS, PIXELS, 4), (10, 20, 30, 255), np.uint8)
    labels = np.zeros((2 * PIXELS, 2 * PIXELS, 4), np.uint8)
    labels[:20, :20] = (200, 0, 0, 255)
    picture = tiles.compose(two, {low: ground, high: labels}, tile)
    assert tuple(picture[5, 5]) == (200, 0, 0, 255) and tuple(picture[50, 50]) == (10, 20, 30, 255)


def settings(tmp_path: Path, text: str = "", **more: Any) -> Settings:
    if text:
        (tmp_path / "maps.toml").write_text(text, encoding="utf-8")
        more["base_maps_file"] = tmp_path / "maps.toml"
    return Settings(**more)


OWN = """
[[base_map]]
name = "province"
title = "省级天地图"
addresses = ["http://10.1.2.3/tiles/{z}/{x}/{y}"]
datum = "cgcs2000"
attribution = "省测绘院"
review_number = "京S（2026）001号"
key_parameter = "tk"
key = "s3cret-key"
"""


def test_base_maps_come_from_the_settings(tmp_path: Path) -> None:
    assert base_maps(Settings()) == {}
    chosen = (("tianditu", "GS（2026）1号"), ("gaode", "GS（2026）2号"))
    found = base_maps(settings(tmp_path, OWN, base_maps=chosen, tianditu_key=Secret("k")))
    assert [*found] == ["tianditu", "gaode", "province"]
    assert found["tianditu"].key == Secret("k") and found["gaode"].key is None
    assert found["province"].review_number == "京S（2026）001号"
    assert "s3cret" not in repr(found) and "s3cret" not in str(found["province"].plan)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base_map = 1", "1 to"),
        ("[[base_map]]\nname = 'x'", "lacks title"),
        (OWN + "colour = 'red'", "does not know colour"),
        (OWN.replace("cgcs2000", "bd09"), "BD-09"),
        (OWN.replace("/{y}", ""), "needs {z}, {x} and {y}"),
        (OWN.replace("http://10.1.2.3", "file:///etc"), "http"),
        (OWN.replace('"province"', '"Province 1"'), "small letters"),
        (OWN + "zooms = [9, 3]", "zooms go"),
        (OWN + OWN, "twice"),
        ("[", "cannot be read"),
    ],
)
def test_a_file_with_mistakes_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match="CITYGRID_BASE_MAPS_FILE") as caught:
        base_maps(settings(tmp_path, text))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [(("bing", "1"), "none of"), (("gaode", ""), "审图号"), (("tianditu", "1"), "CITYGRID_TIANDITU_KEY")],
)
def test_a_base_map_needs_its_key_and_its_review_number(chosen: tuple[str, str], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        base_maps(Settings(base_maps=(chosen,)))
    assert words in str(caught.value)


def test_settings_are_read_as_pairs() -> None:
    found = Settings.from_env({"CITYGRID_BASE_MAPS": "tianditu=GS（2026）1号, Gaode = GS2 "})
    assert found.base_maps == (("tianditu", "GS（2026）1号"), ("gaode", "GS2"))

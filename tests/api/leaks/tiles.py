"""Tiles of every layer, grid and datum, and what describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mapbox_vector_tile

from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import TILE_MATRIX_SETS, tile_at
from tests.api.leaks.alike import like_nothing
from tests.api.leaks.eyes import LAYERS, Eyes
from tests.api.leaks.features import extent_of
from tests.spatial.rights.town import GRIDS, middle

Address = Callable[[str, float, float, int], str]
"""(layer, lon, lat, zoom as wide as Web Mercator's) → address of the tile there."""


def plain_tile(layer: str, lon: float, lat: float, zoom: int, query: str = "") -> str:
    tile = tile_at(lon, lat, zoom)
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}"


def shifted_tile(layer: str, lon: float, lat: float, zoom: int) -> str:
    (x,), (y,) = convert([lon], [lat], "wgs84", "gcj02")
    return plain_tile(layer, float(x), float(y), zoom, "?datum=gcj02")


def ogc_tile(matrix: str, dataset: bool = False) -> Address:
    def address(layer: str, lon: float, lat: float, zoom: int) -> str:
        found = TILE_MATRIX_SETS[matrix]
        tile = tile_at(lon, lat, zoom - found.detail(found.first) + found.first, found)
        numbers = f"{matrix}/{tile.z}/{tile.y}/{tile.x}"
        if dataset:
            return f"/ogc/tiles/{numbers}?collections={layer}"
        return f"/ogc/collections/{layer}/tiles/{numbers}"

    return address


def tiles(*addresses: Address) -> Callable[[Eyes], None]:
    """Every layer at a zoom of single features and from afar, in each form that tiles have."""

    def probe(eyes: Eyes) -> None:
        for address in addresses:
            for layer, (table, _, key) in LAYERS.items():
                near: set[str] = set()
                for grid in GRIDS:
                    near |= _features(eyes, layer, address(layer, *middle(grid), 14), key)
                eyes.expect(f"tiles of {layer}", near, eyes.own(layer))
                if table in ("place", "event", "component"):
                    _counted(eyes, layer, address)
        lon, lat = middle(GRIDS[0])
        for row in eyes.rows["layer"]:
            path = addresses[0]("\0", lon, lat, 10).replace("\0", "{}")
            like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def _counted(eyes: Eyes, layer: str, address: Address) -> None:
    for zoom in (1, 8, 13):
        counted = 0
        for path in {address(layer, *middle(grid), zoom) for grid in GRIDS}:
            found = _layers(eyes, path).get(layer, {"features": []})
            counted += sum(each["properties"]["count"] for each in found["features"])
        eyes.expect(f"counts in tiles of {layer}", counted, len(eyes.own(layer)))


def _features(eyes: Eyes, layer: str, path: str, key: str) -> set[str]:
    found = _layers(eyes, path)
    parts = (found.get(layer), found.get(f"{layer}_label"))
    return {
        str(each["properties"].get(key, each.get("id")))
        for part in parts
        if part
        for each in part["features"]
    }


def _layers(eyes: Eyes, path: str) -> Any:
    answer = eyes.ask("GET", path)
    return mapbox_vector_tile.decode(answer.content) if answer.content else {}


def tile_json(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/tiles/{}.json", row["name"], eyes.sees("layer", row))
    for layer in ("places", "events", "components"):
        bounds = eyes.get(f"/tiles/{layer}.json")["bounds"]
        extent_of(eyes, layer, bounds if bounds[0] > -180 else None)


def plain_tiles(eyes: Eyes) -> None:
    tiles(plain_tile, shifted_tile)(eyes)
    tile_json(eyes)


def analysis_tiles(eyes: Eyes) -> None:
    """Tiles of analyses count own events and draw own units, whoever asked before."""
    found = [tile_at(*middle(grid), 9) for grid in GRIDS]
    numbers = sorted({f"{tile.z}/{tile.x}/{tile.y}" for tile in found})

    def drawn(name: str, more: str = "") -> list[dict[str, Any]]:
        paths = [f"/tiles/analysis/{name}/{each}.mvt{more}" for each in numbers]
        layers = [_layers(eyes, path).get(name, {"features": []}) for path in paths]
        return [each["properties"] for layer in layers for each in layer["features"]]

    cells = {each["cell"]: each["count"] for each in drawn("heatmap")}
    eyes.expect("events in tiles of the heat map", sum(cells.values()), len(eyes.own("events")))
    for name in ("hot-spots", "emerging-hot-spots"):
        if eyes.ask("GET", f"/tiles/analysis/{name}/{numbers[0]}.mvt?level=grid").status_code != 400:
            codes = {each["code"] for each in drawn(name, "?level=grid")}
            eyes.expect(f"foreign units in tiles of {name}", codes - eyes.own("grids"), set())


def tilesets(path: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def dataset_tileset(eyes: Eyes) -> None:
    found = eyes.get("/ogc/tiles/WebMercatorQuad")
    wanted = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    eyes.expect("layers of the dataset", {each["id"] for each in found["layers"]}, wanted)


def rasters(eyes: Eyes) -> None:
    """No layer of the town is of pictures: every name answers like none. More in tests/api/external."""
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/rasters/{}.json", row["name"], False)
        like_nothing(eyes, "/rasters/{}/1/1/0", row["name"], False)

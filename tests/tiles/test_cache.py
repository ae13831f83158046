"""Kept tiles: within the budget, and never one that shows what has changed since it was begun."""

from __future__ import annotations

import pytest

from spatial.geometry.tile_matrix import CGCS2000_QUAD, WORLD_CRS84_QUAD, Tile, TileMatrixSet, tile_at
from tiles.cache import OVERHEAD_BYTES, Shown, TileCache, shown_by
from tiles.rows import PLAIN, Variant

ANYWHERE = Shown(("places",), ((0, 0, 0),))
LON, LAT = 116.301, 39.951
TOUCHED = tile_at(LON, LAT, 12)


def keep(cache: TileCache[str], tile: Tile, variant: Variant = PLAIN, layer: str = "places") -> None:
    cache.put(tile, "tile", 4, shown_by([layer], tile, variant), cache.begin())


def test_it_keeps_to_its_budget_and_drops_the_oldest() -> None:
    cache: TileCache[str] = TileCache(budget_bytes=10 * (OVERHEAD_BYTES + 10))
    for number in range(12):
        cache.put(number, "x", 10, ANYWHERE, cache.begin())
        cache.get(2)
    assert [cache.get(number) is not None for number in (0, 1, 2, 11)] == [False, False, True, True]
    cache.put("large", "x", 20_000, ANYWHERE, cache.begin())
    assert cache.get("large") is None
    cache.clear()
    assert cache.get(11) is None and len(cache) == 0


@pytest.mark.parametrize("zoom", range(19))
def test_a_change_drops_the_tiles_that_show_it_at_every_zoom(zoom: int) -> None:
    cache: TileCache[str] = TileCache()
    here, far = tile_at(LON, LAT, zoom), tile_at(-70.0, -30.0, zoom)
    keep(cache, here), keep(cache, far)
    cache.touch(["places"], [(TOUCHED.x, TOUCHED.y)])
    assert cache.get(here) is None
    assert (cache.get(far) is None) == (zoom == 0)


def test_only_touched_layers_and_touched_tiles_go() -> None:
    cache: TileCache[str] = TileCache()
    here, beside = (
        Tile(14, TOUCHED.x * 4 + 2, TOUCHED.y * 4 + 2),
        Tile(14, TOUCHED.x * 4 + 5, TOUCHED.y * 4 + 2),
    )
    keep(cache, here, layer="events"), keep(cache, beside)
    cache.touch(["places"], [(TOUCHED.x, TOUCHED.y)])
    assert cache.get(here) == "tile" and cache.get(beside) == "tile"
    cache.touch(["events"], None)
    assert cache.get(here) is None and cache.get(beside) == "tile"


def test_a_neighbour_whose_buffer_reaches_the_change_goes_too() -> None:
    cache: TileCache[str] = TileCache()
    for zoom in (12, 14, 18):
        scale = 2 ** (zoom - 12)
        neighbour = Tile(zoom, (TOUCHED.x + 1) * scale, TOUCHED.y * scale)
        keep(cache, neighbour)
        cache.touch(["places"], [(TOUCHED.x, TOUCHED.y)])
        assert cache.get(neighbour) is None


@pytest.mark.parametrize("matrix", [WORLD_CRS84_QUAD, CGCS2000_QUAD], ids=lambda each: each.name)
@pytest.mark.parametrize("variant", [PLAIN, Variant("gcj02"), Variant("bd09")], ids=lambda each: each.datum)
@pytest.mark.parametrize("zoom", [1, 6, 11, 12, 15, 18])
def test_every_form_of_a_tile_is_dropped(matrix: TileMatrixSet, variant: Variant, zoom: int) -> None:
    from spatial.geometry.datum import convert

    cache: TileCache[str] = TileCache()
    (lon,), (lat,) = convert([LON], [LAT], "wgs84", variant.datum)
    here, far = tile_at(float(lon), float(lat), zoom, matrix), tile_at(-70.0, -30.0, zoom, matrix)
    keep(cache, here, variant), keep(cache, far, variant)
    cache.touch(["places"], [(TOUCHED.x, TOUCHED.y)])
    assert cache.get(here) is None
    assert cache.get(far) == "tile"


def test_a_tile_that_was_being_made_while_a_change_came_is_not_kept() -> None:
    cache: TileCache[str] = TileCache()
    begun = cache.begin()
    cache.touch(["places"], [(TOUCHED.x, TOUCHED.y)])
    cache.put("key", "stale", 5, shown_by(["places"], tile_at(LON, LAT, 16), PLAIN), begun)
    assert cache.get("key") is None
    begun = cache.begin()
    cache.clear()
    cache.put("key", "stale", 5, ANYWHERE, begun)
    assert cache.get("key") is None


def test_a_tile_of_several_layers_goes_with_each_of_them() -> None:
    cache: TileCache[str] = TileCache()
    cache.put("both", "x", 1, Shown(("places", "events"), ((0, 0, 0),)), cache.begin())
    cache.touch(["streets"], None)
    assert cache.get("both") == "x"
    cache.touch(["events"], [(1, 1)])
    assert cache.get("both") is None


def test_while_nothing_is_heard_nothing_is_given_or_kept() -> None:
    cache: TileCache[str] = TileCache()
    cache.put("old", "x", 1, ANYWHERE, cache.begin())
    cache.pause()
    assert cache.get("old") is None
    cache.put("new", "x", 1, ANYWHERE, cache.begin())
    cache.clear()
    cache.resume()
    assert cache.get("old") is None and cache.get("new") is None


def test_stamps_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiles.cache.MOST_STAMPS", 100)
    cache: TileCache[str] = TileCache()
    keep(cache, tile_at(-70.0, -30.0, 16))
    for x in range(200):
        cache.touch(["places"], [(x, 7)])
    assert sum(map(len, cache._touched.values())) <= 130
    # What stood far away was let go with the stamps: too much, never too little.
    assert cache.get(tile_at(-70.0, -30.0, 16)) is None

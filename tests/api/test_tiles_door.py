"""The door /tiles: what it sends, what it refuses, and that a change anywhere is seen on every worker."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import mapbox_vector_tile
import pytest

from api.city import City
from api.live import Listener
from api.tiles import TileAnswer, TileMaker
from spatial.database import Database, connect
from spatial.database.notify import notify
from spatial.geometry.tile_matrix import Tile, tile_at
from spatial.rights.reader import Reader
from spatial.settings import Settings
from tests.api.town_hall import Hall
from tests.spatial.rights.town import GRIDS, build, middle

LON, LAT = middle(GRIDS[0])
NEAR = tile_at(LON, LAT, 14)
_NAMES = count(1)


def address(layer: str, tile: Tile = NEAR, query: str = "") -> str:
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}"


def names(client: httpx.Client, tile: Tile = NEAR, query: str = "") -> list[str]:
    answer = client.get(address("places", tile, query))
    assert answer.status_code in (200, 204)
    found = mapbox_vector_tile.decode(answer.content) if answer.content else {}
    return [
        each["properties"].get("name", "counted")
        for each in found.get("places", {"features": []})["features"]
    ]


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


@pytest.fixture
def workers(hall: Hall) -> list[httpx.Client]:
    """An analyst of the city at both workers."""
    token = hall.key(hall.account(f"analyst{next(_NAMES)}", role="analyst", reach="city"))
    return [hall.client(number, token=token) for number in (0, 1)]


def test_a_tile_says_what_it_is(workers: list[httpx.Client]) -> None:
    for _ in range(2):
        answer = workers[0].get(address("places"))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "private, no-cache"
        same = workers[0].get(address("places"), headers={"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        several = f'"x", W/{answer.headers["etag"]}'
        assert workers[0].get(address("places"), headers={"If-None-Match": several}).status_code == 304
        plain = workers[0].get(address("places"), headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == answer.content
        head = workers[0].head(address("places"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == answer.headers["etag"]
        assert int(head.headers["content-length"]) == len(gzip.compress(answer.content, 5, mtime=0))
        nothing = workers[0].get(address("places", Tile(14, 0, 0)))
        assert (nothing.status_code, nothing.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/nothing/1/0/0.mvt", 404), ("/tiles/places/1/0/0.png", 404), ("/tiles/places/1/0.mvt", 404),
        ("/tiles/places/-1/0/0.mvt", 404), ("/tiles/places/1/0/0.mvt/x", 404),
        ("/tiles/../places/1/0/0.mvt", 404), ("/tiles/places/99/9/9.mvt", 400),
        ("/tiles/places/1/2/0.mvt", 400), ("/tiles/places/23/0/0.mvt", 400),
        ("/tiles/places/1/1/99999999.mvt", 400), ("/tiles/places/١/0/0.mvt", 404),
        ("/tiles/x'--/1/0/0.mvt", 404),
        ("/tiles/places/1/0/0.mvt?datum=mars", 400), ("/tiles/places/1/0/0.mvt?limit=1", 400),
        ("/tiles/places/1/0/0.mvt?datum=gcj02&datum=bd09", 400), ("/tiles/nothing.json", 404),
        ("/tiles/places.json?x=1", 400), ("/tiles/places.json/", 404), ("/tiles/%00/1/0/0.mvt", 404),
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused(workers: list[httpx.Client], path: str, status: int) -> None:
    answer = workers[0].get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_get_and_head(workers: list[httpx.Client]) -> None:
    workers[0].get(address("places"))
    for method in ("POST", "PUT", "DELETE"):
        assert workers[0].request(method, address("places")).status_code == 405


def test_a_kept_tile_needs_a_key(hall: Hall, workers: list[httpx.Client]) -> None:
    assert workers[0].get(address("places")).status_code == 200
    assert hall.client(0).get(address("places")).status_code == 401


def test_tilejson_leads_to_the_tiles(workers: list[httpx.Client]) -> None:
    found = workers[0].get("/tiles/places.json").json()
    assert found["tilejson"] == "3.0.0"
    assert found["tiles"] == [f"{workers[0].base_url}/tiles/places/{{z}}/{{x}}/{{y}}.mvt"]
    west, south, east, north = found["bounds"]
    assert west <= LON <= east and south <= LAT <= north
    assert found["vector_layers"][0]["fields"]["risk_level"] == "Number"
    template = found["tiles"][0].format(z=NEAR.z, x=NEAR.x, y=NEAR.y)
    assert workers[0].get(template).status_code == 200
    shifted = workers[0].get("/tiles/places.json?datum=gcj02").json()["tiles"][0]
    assert shifted.endswith(".mvt?datum=gcj02")
    units = workers[0].get("/tiles/grids.json").json()
    assert [each["id"] for each in units["vector_layers"]] == ["grids", "grids_label"]
    assert units["minzoom"] == 12


def test_a_commit_elsewhere_is_seen_on_every_worker_at_every_zoom(
    hall: Hall, workers: list[httpx.Client]
) -> None:
    tiles = [tile_at(LON, LAT, zoom) for zoom in (0, 8, 12, 13, 14, 16)]
    for client in workers:
        for tile in tiles:
            names(client, tile), names(client, tile, "?datum=gcj02")
    before = [workers[0].get(address("places", tile)).headers["etag"] for tile in tiles]
    name = f"new {next(_NAMES)}"
    hall.ask(
        "INSERT INTO place (kind, name, risk_level, geom, unit_code, source, generated)"
        " VALUES ('school', %s, 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test', true)",
        name, LON, LAT, GRIDS[0],
    )  # fmt: skip
    for client in workers:
        assert soon(lambda client=client: name in names(client))
        for tile, tag in zip(tiles, before, strict=True):
            assert client.get(address("places", tile)).headers["etag"] != tag
    hall.ask("UPDATE place SET name = %s WHERE name = %s", f"{name}!", name)
    for client in workers:
        assert soon(lambda client=client: f"{name}!" in names(client))
    hall.ask("DELETE FROM place WHERE name = %s", f"{name}!")
    for client in workers:
        assert soon(lambda client=client: f"{name}!" not in names(client))


def test_a_layer_that_is_taken_out_is_gone(hall: Hall, workers: list[httpx.Client]) -> None:
    hall.ask(
        "INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,"
        " geometry_type, fields, tile_fields, position, sources) SELECT '排水-1', title, title_en,"
        " description, kind, relation, id_column, geometry_column, geometry_type, fields, tile_fields, 99,"
        " sources FROM layer WHERE name = 'places'"
    )
    for client in workers:
        assert soon(lambda client=client: client.get("/tiles/排水-1.json").status_code == 200)
        template = client.get("/tiles/排水-1.json").json()["tiles"][0]
        assert template.isascii()
        assert client.get(template.format(z=NEAR.z, x=NEAR.x, y=NEAR.y)).status_code == 200
        assert client.get(address("排水-1")).status_code == 200
    hall.ask("DELETE FROM layer WHERE name = '排水-1'")
    for client in workers:
        assert soon(lambda client=client: client.get(address("排水-1")).status_code == 404)
        assert soon(lambda client=client: client.get("/tiles/排水-1.json").status_code == 404)


ANALYST = Reader(None, "analyst", "analyst", "analyst")


@pytest.fixture
def listening(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path
) -> Iterator[tuple[City, str]]:
    """What one process keeps, following what the database tells."""
    with make_city(build) as url:
        city = City(Settings(home=tmp_path), Database(as_app(url), pool_size=3))
        city.database.open()
        city.refresh()
        listener = Listener(as_app(url), city.follow)
        listener.start()
        assert soon(lambda: not city.tiles._paused)
        yield city, url
        listener.stop()
        city.database.close()


def make(city: City, layer: str, tile: Tile) -> TileAnswer:
    return TileMaker(city.database, city.tiles).make(scope(layer, tile), ANALYST, [layer], tile)


def scope(layer: str, tile: Tile) -> dict[str, Any]:
    return {"path": address(layer, tile), "query_string": b"", "method": "GET", "reader": ANALYST}


def is_kept(city: City, layer: str, tile: Tile) -> bool:
    return TileMaker(city.database, city.tiles).kept(scope(layer, tile)) is not None


def test_a_change_drops_touched_tiles_and_no_others(listening: tuple[City, str]) -> None:
    city, url = listening
    near, beside, far = tile_at(LON, LAT, 16), tile_at(LON + 0.3, LAT, 16), tile_at(-60, -20, 4)
    for layer in ("places", "events", "grids"):
        for tile in (near, beside, far, Tile(0, 0, 0)):
            make(city, layer, tile)
            assert is_kept(city, layer, tile)
    with connect(url) as other:
        other.execute("UPDATE place SET name = name || '?' WHERE unit_code = %s", [GRIDS[0]])
    assert soon(lambda: not is_kept(city, "places", near))
    assert not is_kept(city, "places", Tile(0, 0, 0))
    assert is_kept(city, "places", beside) and is_kept(city, "places", far)
    for layer in ("events", "grids"):
        assert is_kept(city, layer, near) and is_kept(city, layer, Tile(0, 0, 0))
    # The matter is no column of a map: what it changes may stand anywhere.
    with connect(url) as other:
        other.execute("UPDATE matter SET name = name || '?'")
    assert soon(lambda: not is_kept(city, "events", far))
    assert is_kept(city, "grids", near)


def test_what_was_begun_before_a_change_is_not_kept(listening: tuple[City, str]) -> None:
    """The change comes while the tile is in the database: the maker reads, then hears, then would keep."""
    city, url = listening
    maker = TileMaker(city.database, city.tiles)
    real, heard = maker._keep, []

    def slow(*given: Any) -> TileAnswer:
        now = city.tiles.begin()
        with connect(url) as other:
            other.execute("UPDATE place SET name = name || '?' WHERE unit_code = %s", [GRIDS[0]])
        heard.append(soon(lambda: city.tiles.begin() > now))
        return real(*given)

    maker._keep = slow  # type: ignore[method-assign]
    maker.make(scope("places", NEAR), ANALYST, ["places"], NEAR)
    assert heard == [True]
    assert not is_kept(city, "places", NEAR)


def test_nothing_is_kept_while_nothing_is_heard(listening: tuple[City, str]) -> None:
    city, _ = listening
    make(city, "places", NEAR)
    with connect(city.database.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    assert soon(lambda: city.tiles._paused)
    assert not is_kept(city, "places", NEAR)
    make(city, "places", NEAR)
    assert soon(lambda: not city.tiles._paused)
    assert not is_kept(city, "places", NEAR)
    make(city, "places", NEAR)
    assert is_kept(city, "places", NEAR)


def test_a_new_version_of_the_units_drops_their_tiles(listening: tuple[City, str]) -> None:
    from tests.api.test_live_versions import publish_renamed

    city, url = listening
    make(city, "grids", NEAR), make(city, "places", NEAR)
    publish_renamed(url, "b")
    assert soon(lambda: not is_kept(city, "grids", NEAR))
    found = mapbox_vector_tile.decode(make(city, "grids", NEAR).whole)["grids"]["features"]
    assert {each["properties"]["name"].partition(" | ")[2] for each in found} == {"b"}


def test_a_new_base_map_is_drawn_anew(listening: tuple[City, str]) -> None:
    city, url = listening
    make(city, "basemap", NEAR), make(city, "places", NEAR)
    assert is_kept(city, "basemap", NEAR)
    with connect(url) as other:
        notify(other, "basemap")
    assert soon(lambda: not is_kept(city, "basemap", NEAR))
    assert is_kept(city, "places", NEAR)


def test_words_that_mean_nothing_do_no_harm(listening: tuple[City, str]) -> None:
    city, url = listening
    for message in ("rows", "layers", "tick"):
        with connect(url) as other:
            notify(other, message)
    with connect(url) as other:
        notify(other, "rows", source="city.nothing", tiles=None)
        notify(other, "rows", source="city.place", tiles=[1])
        other.execute("SELECT pg_notify('citygrid', 'no json')")
    with connect(url) as other:
        other.execute("UPDATE place SET name = name || '?'")
    make(city, "places", NEAR)
    assert soon(lambda: city.tiles.begin() > 3)

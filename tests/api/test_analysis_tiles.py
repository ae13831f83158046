"""Analyses as tiles: what a map draws is what the analysis answers, calculated once, to each their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from starlette.testclient import TestClient

import api.analysis_tiles as door
from api.app import create_app
from spatial.database import connect
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD
from spatial.settings import Settings
from tests.api.test_analysis import SPAN, fill
from tests.api.test_figures import CHIEF, STREET, WATER, Desk
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, STREETS, middle

BOX = "116.2,39.8,116.6,40.2"


@pytest.fixture(scope="module")
def desk(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Desk]:
    with make_city(fill) as url:
        with connect(url) as owner:
            tokens = {name: token for name, (_, token) in hire(owner).items()}
        app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000)) as client:
            yield Desk(client, tokens)


def address(zoom: int, lon: float, lat: float) -> tuple[int, int, int]:
    x, y = WEB_MERCATOR_QUAD.place([lon], [lat])
    return zoom, int(x[0] * 2**zoom), int(y[0] * 2**zoom)


def drawn(desk: Desk, name: str, tile: tuple[int, int, int], who: str = CHIEF, **asked: Any) -> list[Any]:
    answer = desk.ask(f"/tiles/analysis/{name}/{'/'.join(map(str, tile))}.mvt", who, **asked)
    assert answer.status_code in (200, 204), answer.text
    if answer.status_code == 204:
        return []
    layers = mapbox_vector_tile.decode(answer.content)
    assert set(layers) == {name}
    return list(layers[name]["features"])


def answered(desk: Desk, name: str, who: str = CHIEF, **asked: Any) -> list[Any]:
    found = desk.get(f"/api/analysis/{name}", who, **asked)["features"]
    return [each for each in found if each["geometry"]]


WHOLE = [
    ("heatmap", {"resolution": 8, "datetime": "2026-05-02T00:00:00+08:00/.."}),
    ("heatmap", {"cells": "square", "side_m": 300}),
    ("aggregate-by-grid", {"level": "street"}),
    ("aggregate-by-grid", {"level": "grid", "empty": "false"}),
    ("hot-spots", {"level": "grid"}),
    ("emerging-hot-spots", {**SPAN, "level": "grid"}),
    ("clusters", {**SPAN, "radius_m": 60}),
    ("space-time-scan", {**SPAN, "simulations": 99}),
    ("surges", {**SPAN, "at": "2026-07-01T00:00:00+08:00"}),
    ("hot-places", {**SPAN, "by": "spots"}),
]


@pytest.mark.parametrize(("name", "asked"), WHOLE, ids=[f"{name}-{n}" for n, (name, _) in enumerate(WHOLE)])
def test_the_tiles_of_the_city_hold_every_row_of_the_answer(
    desk: Desk, name: str, asked: dict[str, Any]
) -> None:
    schema = next(each for each in desk.get("/api/analysis")["analyses"] if each["name"] == name)
    asked = {key: value for key, value in asked.items() if key in schema["parameters"]}
    wanted = answered(desk, name, **asked)
    corners = [address(9, lon, lat) for lon in (115.8, 116.8) for lat in (39.5, 40.5)]
    xs, ys = ({tile[at] for tile in corners} for at in (1, 2))
    across = [(9, x, y) for x in range(min(xs), max(xs) + 1) for y in range(min(ys), max(ys) + 1)]
    found = [each for tile in across for each in drawn(desk, name, tile, **asked)]
    scalars = [
        {key: value for key, value in each["properties"].items() if isinstance(value, str | int | float)}
        for each in wanted
    ]
    # What lies on an edge is in both tiles.
    assert {_key(each["properties"]) for each in found} == {_key(row) for row in scalars}
    assert len({_key(row) for row in scalars}) == len(scalars)
    told = desk.get(f"/tiles/analysis/{name}.json", **asked)
    assert set(told["vector_layers"][0]["fields"]) == {key for row in scalars for key in row}
    if wanted:
        bounds = shapely.union_all([shapely.geometry.shape(each["geometry"]) for each in wanted]).bounds
        assert told["bounds"] == pytest.approx(list(bounds))


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(
        sorted((key, round(value, 6) if isinstance(value, float) else value) for key, value in row.items())
    )


def test_a_near_tile_draws_each_shape_where_it_lies(desk: Desk) -> None:
    """The hexagon that a grid's middle lies in, from its own tile: corner by corner, within a pixel."""
    lon, lat = middle(GRIDS[7])
    tile = address(15, lon, lat)
    wanted = {
        each["properties"]["cell"]: shapely.geometry.shape(each["geometry"])
        for each in answered(desk, "heatmap", resolution=10)
    }
    box = WEB_MERCATOR_QUAD.bounds(*tile)
    features = drawn(desk, "heatmap", tile, resolution=10)
    assert features
    for each in features:
        ring = shapely.geometry.shape(each["geometry"])
        own = wanted[each["properties"]["cell"]]
        clipped = shapely.transform(
            ring,
            lambda at: [
                (box.west + x / 4096 * (box.east - box.west), box.south + y / 4096 * (box.north - box.south))
                for x, y in at
            ],
        )
        # Twice the quantum of the tile, in degrees.
        assert shapely.difference(clipped, own.buffer((box.east - box.west) / 2048)).is_empty
    assert not drawn(desk, "heatmap", address(15, lon + 1, lat), resolution=10)


def test_tiles_in_another_datum_are_shifted(desk: Desk) -> None:
    lon, lat = middle(GRIDS[0])
    (x,), (y,) = convert([lon], [lat], "wgs84", "gcj02")
    plain = desk.get("/tiles/analysis/heatmap.json")
    shifted = desk.get("/tiles/analysis/heatmap.json", datum="gcj02")
    assert "datum=gcj02" in shifted["tiles"][0] and "datum" not in plain["tiles"][0]
    assert shifted["bounds"][0] - plain["bounds"][0] == pytest.approx(float(x) - lon, abs=1e-4)
    assert shifted["bounds"][1] - plain["bounds"][1] == pytest.approx(float(y) - lat, abs=1e-4)


def test_each_reader_sees_the_own_events_alone(desk: Desk) -> None:
    """One after another, so that what was kept for one could be given to the other."""
    tile = address(8, *middle(GRIDS[0]))
    around = [(8, tile[1] + east, tile[2] + south) for east in (-1, 0, 1) for south in (-1, 0, 1)]
    for who in (CHIEF, STREET, WATER, CHIEF):
        cells = [each["properties"] for at in around for each in drawn(desk, "heatmap", at, who)]
        counted = sum({each["cell"]: each["count"] for each in cells}.values())
        assert counted == desk.get("/api/analysis/heatmap", who)["facts"]["counted"]
    codes = {each["properties"]["code"] for each in drawn(desk, "hot-spots", tile, STREET, level="grid")}
    assert codes and all(code.startswith(STREETS[0]) for code in codes)


def test_a_map_that_asks_for_many_tiles_at_once_has_it_calculated_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = door.answered

    def counted(process: Any, *rest: Any) -> bytes:
        calls.append(process.name)
        return real(process, *rest)

    monkeypatch.setattr(door, "answered", counted)
    z, x, y = address(12, *middle(GRIDS[0]))
    with ThreadPoolExecutor(12) as pool:
        tiles = [(z, x + east, y + south) for east in range(4) for south in range(3)]
        list(pool.map(lambda tile: drawn(desk, "heatmap", tile, side_m=111, cells="square"), tiles))
    assert calls == ["heatmap"]
    monkeypatch.setattr(door, "KEPT_S", 0.0)
    drawn(desk, "heatmap", (z, x, y), side_m=111, cells="square")
    assert calls == ["heatmap"] * 2, "what is a minute old is calculated anew"


def test_tiles_are_known_by_their_bytes(desk: Desk) -> None:
    z, x, y = address(10, *middle(GRIDS[0]))
    path = f"/tiles/analysis/heatmap/{z}/{x}/{y}.mvt"
    first = desk.ask(path)
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "private" in first.headers["cache-control"]
    again = desk._client.get(
        path,
        headers={"Authorization": f"Bearer {desk._tokens[CHIEF]}", "If-None-Match": first.headers["etag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "where"),
    [
        ("/tiles/analysis/heatmap/3/9/1.mvt", 400, "z/x/y"),
        ("/tiles/analysis/heatmap/8/210/97.mvt?nothing=1", 400, "nothing"),
        ("/tiles/analysis/heatmap/8/210/97.mvt?resolution=99", 400, "resolution"),
        ("/tiles/analysis/heatmap/8/210/97.mvt?datum=x", 400, "datum"),
        ("/tiles/analysis/heatmap/8/210/97.mvt?datum=gcj02&datum=gcj02", 400, "datum"),
        ("/tiles/analysis/heatmap/8/210/97.mvt?f=csv", 400, "f"),
        ("/tiles/analysis/forecast/8/210/97.mvt", 404, None),
        ("/tiles/analysis/near-things.json", 404, None),
        ("/tiles/analysis/no-such/8/210/97.mvt", 404, None),
        ("/tiles/analysis/no-such.json", 404, None),
        ("/tiles/analysis/heatmap/8/210.mvt", 404, None),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_its_name(
    desk: Desk, path: str, status: int, where: str | None
) -> None:
    answer = desk._client.get(path, headers={"Authorization": f"Bearer {desk._tokens[CHIEF]}"})
    assert answer.status_code == status, answer.text
    if where:
        assert [each["where"] for each in answer.json()["errors"]] == [where]


def test_a_layer_called_analysis_keeps_its_tiles(desk: Desk) -> None:
    answer = desk.ask("/tiles/analysis/8/210/97.mvt")
    assert answer.status_code == 404 and "layer" in answer.json()["detail"]


def test_nobody_without_a_key_and_nothing_but_reading(desk: Desk) -> None:
    assert desk._client.get("/tiles/analysis/heatmap/8/210/97.mvt").status_code == 401
    headers = {"Authorization": f"Bearer {desk._tokens[CHIEF]}"}
    assert desk._client.post("/tiles/analysis/heatmap/8/210/97.mvt", headers=headers).status_code == 405


def test_a_box_of_four_numbers_chooses_events(desk: Desk) -> None:
    lon, lat = middle(GRIDS[0])
    near = ",".join(map(str, (lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)))
    some = desk.get("/api/analysis/heatmap", bbox=near)["facts"]["counted"]
    assert 0 < some < desk.get("/api/analysis/heatmap", bbox=BOX)["facts"]["counted"]
    assert desk.ask("/api/analysis/heatmap", bbox="1,2,x,4").status_code == 400

"""Heat maps over HTTP: the same figures in every form, to each what they may see."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import h3
import mapbox_vector_tile
import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Geod, Transformer
from starlette.testclient import TestClient

from api.app import create_app
from api.jobs import _add_heat_up
from spatial.database import Database, connect
from spatial.geometry.datum import convert
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat.keeping import fold
from spatial.patrols.heat.legend import COLOURS
from spatial.patrols.heat.shown import show
from spatial.patrols.heat.verify import verify
from spatial.settings import Secret, Settings
from tests.api.test_figures import CHIEF, STREET, Desk
from tests.spatial.patrols.heat.rounds import TODAY, WEEKS, Whole, by_hand, cells_of, fill, movers_of
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, STREETS

VIEWER, ANALYST, WORKER = "viewer of the city", "analyst of the city", "field worker of grid 8, roads"
SPAN = {"from": "2026-05-04", "to": "2026-05-25"}
DAYS = 21
HEAT = "/api/heatmaps/patrols"


@pytest.fixture(scope="module")
def url(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[str]:
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=2)
        database.open()
        grade_dirty(database)
        database.close()
        with connect(url) as owner:
            fold(owner, TODAY)
            while show(owner, TODAY, 3):
                pass
        yield url


@pytest.fixture(scope="module")
def desk(url: str, as_app: Callable[[str], str], tmp_path_factory: Any) -> Iterator[Desk]:
    with connect(url) as owner:
        tokens = {name: token for name, (_, token) in hire(owner).items()}
    app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(url))
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        yield Desk(client, tokens)


@pytest.fixture(scope="module")
def raw(url: str) -> Whole:
    with connect(url) as owner:
        return by_hand(owner)


def test_the_figures_are_those_of_the_raw_fixes(desk: Desk, raw: Whole) -> None:
    answer = desk.get(HEAT, resolution=30, **SPAN)
    wanted = cells_of(raw)
    cells = answer["cells"]
    assert answer["complete"] and answer["least_people"] is None and answer["days"] == DAYS
    assert answer["total"] * 1000 == pytest.approx(sum(wanted.values()))
    assert sorted(round(each * 1000) for each in cells["value"]) == sorted(wanted.values())
    found = Counter()
    for lon, lat, value in zip(cells["lon"], cells["lat"], cells["value"], strict=True):
        column = int((lon + 180) / 360 * 2**20)
        row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**20)
        found[column, row] += round(value * 1000)
    assert found == wanted


def test_the_class_is_that_of_the_rate_on_true_hectares(desk: Desk) -> None:
    answer = desk.get(HEAT, form="geojson", resolution=60, **SPAN)
    bounds = [each["from"] for each in answer["legend"]["classes"]]
    assert [each["colour"] for each in answer["legend"]["classes"]] == list(COLOURS)
    for each in answer["features"]:
        given = each["properties"]
        ring = each["geometry"]["coordinates"][0]
        area, _ = Geod(ellps="WGS84").polygon_area_perimeter(*zip(*ring, strict=True))
        rate = given["value"] / (abs(area) / 1e4) / DAYS
        assert given["rate"] == pytest.approx(rate, rel=1e-3, abs=1e-3)
        assert given["class"] == sum(given["rate"] >= bound for bound in bounds)
        assert given["class"] > 0


def test_the_legend_does_not_move(desk: Desk) -> None:
    legends = [
        desk.get(HEAT, **asked)["legend"]
        for asked in (SPAN, {"from": "2026-05-04", "to": "2026-05-05"}, {**SPAN, "resolution": 900}, {})
    ]
    assert all(each == legends[0] for each in legends)
    colours = [each["colour"] for each in legends[0]["classes"]]
    red, blue = ([int(each[at : at + 2], 16) for each in colours] for at in (1, 5))
    assert red[0] < blue[0] and red[-1] > blue[-1]
    # Each is told from the next by how light it is or by its blue and yellow: by anybody.
    for one, two in pairwise(colours):
        light = [
            sum(int(c[at : at + 2], 16) * w for at, w in ((1, 0.3), (3, 0.59), (5, 0.11))) for c in (one, two)
        ]
        yellow = [int(c[5:7], 16) - (int(c[1:3], 16) + int(c[3:5], 16)) / 2 for c in (one, two)]
        assert abs(light[0] - light[1]) + abs(yellow[0] - yellow[1]) > 40


@pytest.mark.parametrize("resolution", [7, 8, 9, 10, 11])
def test_hexagons_have_all_of_the_time(desk: Desk, raw: Whole, resolution: int) -> None:
    answer = desk.get(HEAT, form="h3", resolution=resolution, **SPAN)
    cells = answer["cells"]
    assert {h3.get_resolution(each) for each in cells["h3"]} == {resolution}
    assert sum(cells["value"]) == pytest.approx(sum(raw.values()) / 1000)
    at = int(np.argmax(cells["value"]))
    rate = cells["value"][at] / (h3.cell_area(cells["h3"][at], unit="m^2") / 1e4) / DAYS
    assert cells["rate"][at] == pytest.approx(rate, rel=1e-3)
    level = {7: 3, 8: 2}.get(resolution)
    if level:
        by_hand: Counter[str] = Counter()
        for (column, row), ms in cells_of(raw, level).items():
            lon = (column + 0.5) / 2 ** (20 - level) * 360 - 180
            lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (row + 0.5) / 2 ** (20 - level)))))
            by_hand[h3.latlng_to_cell(float(lat), lon, resolution)] += ms
        assert dict(zip(cells["h3"], cells["value"], strict=True)) == pytest.approx(
            {key: ms / 1000 for key, ms in by_hand.items()}
        )


def test_a_geotiff_has_the_same_figures_in_the_same_places(desk: Desk, raw: Whole) -> None:
    answer = desk.ask(HEAT, form="tiff", resolution=30, **SPAN)
    assert answer.headers["content-type"] == "image/tiff"
    figures = desk.get(HEAT, resolution=30, **SPAN)["cells"]
    with rasterio.open(io.BytesIO(answer.content)) as source:
        assert source.crs.to_epsg() == 3857 and source.dtypes == ("float64", "float64")
        assert source.tags()["zero"] == "never"
        assert source.descriptions == ("patrols: sum", "seconds per hectare and day")
        band = source.read()
        x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(figures["lon"], figures["lat"])
        read = np.array(list(source.sample(zip(x, y, strict=True))))
    assert read[:, 0].tolist() == figures["value"]
    assert read[:, 1] == pytest.approx(np.array(figures["rate"]), abs=6e-4)
    assert (band[0] > 0).sum() == len(figures["value"])
    assert band[0].sum() * 1000 == pytest.approx(sum(raw.values()))


def test_a_picture_has_the_colours_of_the_classes_and_the_legend(desk: Desk) -> None:
    answer = desk.ask(HEAT, form="png", resolution=60, **SPAN)
    assert answer.headers["content-type"] == "image/png"
    image = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))
    assert image.shape[1] >= 480
    pixels = Counter(map(tuple, image[:-44].reshape(-1, 4).tolist()))
    classes = Counter(desk.get(HEAT, resolution=60, **SPAN)["cells"]["class"])
    colours = {tuple(int(c[at : at + 2], 16) for at in (1, 3, 5)): n for n, c in enumerate(COLOURS, 1)}
    painted = {colours[pixel[:3]]: count for pixel, count in pixels.items() if pixel[3]}
    assert painted.keys() == classes.keys()
    scale = {painted[number] / classes[number] for number in classes}
    assert len(scale) == 1 and scale.pop() ** 0.5 % 1 == 0
    shown = set(map(tuple, image[-44:].reshape(-1, 4)[:, :3].tolist()))
    assert set(colours) <= shown


def test_an_empty_span_is_an_empty_answer_in_every_form(desk: Desk) -> None:
    span = {"from": "2001-01-01", "to": "2001-01-09"}
    assert desk.get(HEAT, **span)["total"] == 0
    assert desk.get(HEAT, form="geojson", **span)["features"] == []
    assert desk.get(HEAT, form="h3", **span)["cells"]["h3"] == []
    with rasterio.open(io.BytesIO(desk.ask(HEAT, form="tiff", **span).content)) as source:
        assert not source.read().any()
    assert desk.ask(HEAT, form="png", **span).status_code == 200
    assert desk.ask("/tiles/heat/patrols/11/1686/775.mvt", **span).status_code == 204


def test_expected_and_actual(desk: Desk, raw: Whole) -> None:
    first = {"from": "2026-05-18", "to": "2026-05-25"}
    answer = desk.get(HEAT, resolution=60, **first, against_from="2026-05-04", against_to="2026-05-25")
    cells = answer["cells"]
    both, before = (
        desk.get(HEAT, resolution=60, **first),
        desk.get(HEAT, resolution=60, **SPAN),
    )
    assert sum(cells["value"]) == pytest.approx(both["total"])
    assert sum(cells["expected"]) == pytest.approx(before["total"] / 3, rel=1e-6)
    for value, wanted, share in zip(cells["value"], cells["expected"], cells["share"], strict=True):
        assert share == (pytest.approx(value / wanted, rel=1e-3, abs=1e-4) if wanted else None)
    # Where somebody went at night in the second week, nobody was in the third.
    assert 0 in cells["value"] and 0 in cells["class"]
    refused = desk.ask(HEAT, form="tiff", **SPAN, against_from="2026-05-04", against_to="2026-05-05")
    assert refused.status_code == 400


def tiles_of(zoom: int, cells: dict[str, list[float]]) -> set[tuple[int, int, int]]:
    x = ((np.array(cells["lon"]) + 180) / 360 * 2**zoom).astype(int)
    y = ((1 - np.arcsinh(np.tan(np.radians(cells["lat"]))) / np.pi) / 2 * 2**zoom).astype(int)
    return set(zip([zoom] * len(x), x.tolist(), y.tolist(), strict=True))


@pytest.mark.parametrize("zoom", [3, 9, 11, 14, 16])
def test_tiles_have_every_cell(desk: Desk, raw: Whole, zoom: int) -> None:
    places = desk.get(HEAT, resolution=30, **SPAN)["cells"]
    drawn: list[float] = []
    for tile in tiles_of(zoom, places):
        answer = desk.ask(f"/tiles/heat/patrols/{'/'.join(map(str, tile))}.mvt", **SPAN)
        assert answer.status_code == 200
        layer = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})["patrols"]
        for each in layer["features"]:
            ring = each["geometry"]["coordinates"][0]
            x, y = ({point[at] for point in ring} for at in (0, 1))
            if 0 <= min(x) < 4096 and 0 <= min(y) < 4096:
                drawn.append(each["properties"]["value"])
                side = 4096 // 64 if zoom <= 14 else 4096 // 2 ** (20 - zoom)
                assert max(x) - min(x) == max(y) - min(y) == side
            assert each["properties"]["class"] > 0
    level = max(0, 14 - zoom)
    assert sorted(round(value * 1000) for value in drawn) == sorted(cells_of(raw, level).values())


def test_a_tile_of_another_datum_is_shifted(desk: Desk) -> None:
    places = desk.get(HEAT, resolution=30, **SPAN)["cells"]
    lon, lat = convert(places["lon"], places["lat"], "wgs84", "gcj02")
    tiles = tiles_of(14, {"lon": lon.tolist(), "lat": lat.tolist()})
    found = 0
    for tile in tiles:
        answer = desk.ask(f"/tiles/heat/patrols/{'/'.join(map(str, tile))}.mvt", **SPAN, datum="gcj02")
        for each in mapbox_vector_tile.decode(answer.content)["patrols"]["features"]:
            middle = np.mean(each["geometry"]["coordinates"][0][:4], axis=0)
            found += bool((middle >= 0).all() and (middle < 4096).all())
    assert abs(found - len(places["lon"])) <= 2


def test_the_description_of_the_tiles(desk: Desk) -> None:
    told = desk.get("/tiles/heat/patrols.json", unit=GRIDS[0], **SPAN)
    assert told["tiles"][0].endswith(
        "/tiles/heat/patrols/{z}/{x}/{y}.mvt?unit=" + GRIDS[0] + "&from=2026-05-04&to=2026-05-25"
    )
    assert told["legend"]["classes"][0]["colour"] == COLOURS[0]
    assert desk.get("/tiles/heat/events.json")["vector_layers"][0]["id"] == "events"


def test_tiles_answer_304_for_what_is_known(desk: Desk, raw: Whole) -> None:
    tile = min(tiles_of(11, desk.get(HEAT, **SPAN)["cells"]))
    path = f"/tiles/heat/patrols/{'/'.join(map(str, tile))}.mvt"
    first = desk.ask(path, **SPAN)
    headers = {"if-none-match": first.headers["etag"], "authorization": f"Bearer {desk._tokens[CHIEF]}"}
    assert desk._client.get(path, params=SPAN, headers=headers).status_code == 304


def test_curious_readers_are_told_of_many_people_only(desk: Desk, raw: Whole, url: str) -> None:
    for who in (VIEWER, ANALYST):
        answer = desk.get(HEAT, who, resolution=900, **SPAN)
        assert not answer["complete"] and answer["least_people"] == 3
        assert 0 < answer["total"] < sum(raw.values()) / 1000
        with rasterio.open(
            io.BytesIO(desk.ask(HEAT, who, form="tiff", resolution=900, **SPAN).content)
        ) as source:
            assert source.read(1).sum() == pytest.approx(answer["total"])
            assert "too few" in source.tags()["zero"]
        # Of a day, an hour, a running week nothing is told; of a span only its whole weeks.
        assert desk.get(HEAT, who, **{"from": "2026-05-11", "to": "2026-05-12"})["total"] == 0
        short = desk.get(
            HEAT,
            who,
            resolution=900,
            **{"from": "2026-05-10T13:00:00+08:00", "to": "2026-05-24T23:00:00+08:00"},
        )
        assert short["from"].startswith("2026-05-11") and short["to"].startswith("2026-05-18")
        assert short["days"] == 7
    with connect(url) as owner:
        movers = movers_of(owner)
    for more in ({"mover": movers["I0"]}, {"class": "inspector"}, {"organisation": 1}, {"mover": 10**9}):
        for path in (HEAT, "/tiles/heat/patrols/11/1686/775.mvt"):
            assert desk.ask(path, VIEWER, **SPAN, **more).status_code == 403
    assert desk.ask(HEAT, VIEWER, mover=10**9).text == desk.ask(HEAT, VIEWER, mover=movers["I0"]).text


def test_what_tiles_show_is_what_the_figures_tell_the_same_reader(desk: Desk) -> None:
    places = desk.get(HEAT, resolution=30, **SPAN)["cells"]
    for who in (VIEWER, STREET, "viewer of community 2", "commander of water", "analyst of street 2"):
        for zoom, resolution in ((9, 940), (14, 29)):
            figures = desk.get(HEAT, who, resolution=resolution, **SPAN)["cells"]["value"]
            drawn: list[float] = []
            for tile in tiles_of(zoom, places):
                answer = desk.ask(f"/tiles/heat/patrols/{'/'.join(map(str, tile))}.mvt", who, **SPAN)
                layers = (
                    mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
                    if answer.content
                    else {}
                )
                for each in layers.get("patrols", {"features": []})["features"]:
                    ring = np.array(each["geometry"]["coordinates"][0])
                    if (ring.min(axis=0) >= 0).all() and (ring.min(axis=0) < 4096).all():
                        drawn.append(each["properties"]["value"])
            assert sorted(drawn) == pytest.approx(sorted(figures))


def test_a_worker_sees_the_own_way(desk: Desk, raw: Whole, url: str) -> None:
    with connect(url) as owner:
        own = movers_of(owner)["I3"]  # The last who was hired in that grid.
    answer = desk.get(HEAT, WORKER, mover=own, resolution=30, **SPAN)
    assert answer["complete"]
    assert answer["total"] * 1000 == pytest.approx(sum(cells_of(raw, movers=(own,)).values()))


def test_a_street_is_told_of_the_own_people_at_home(desk: Desk, raw: Whole) -> None:
    answer = desk.get(HEAT, STREET, resolution=30, **SPAN)
    assert 0 < answer["total"] * 1000 < sum(cells_of(raw, unit=STREETS[0]).values())


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"from": "2026-05-05", "to": "2026-05-04"}, "to"),
        ({"from": "1960-05-05", "to": "2026-05-04"}, "to"),
        ({"from": "2006-05-05", "to": "2026-05-04"}, "from"),
        ({"from": "soon"}, "from"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "3,2,1,4"}, "bbox"),
        ({"bbox": "nan,2,3,4"}, "bbox"),
        ({"form": "h3", "resolution": 12}, "resolution"),
        ({"form": "h3", "resolution": 8.5}, "resolution"),
        ({"against_from": "2026-05-05"}, "against_to"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, asked: dict[str, Any], where: str) -> None:
    answer = desk.ask(HEAT, **asked)
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == [where]


@pytest.mark.parametrize(
    "asked",
    [{"resolution": 0}, {"resolution": -1}, {"mover": "x"}, {"mover": "1,,2"}, {"form": "svg"}, {"what": 1}],
)
def test_unknown_and_hostile_parameters_are_refused(desk: Desk, asked: dict[str, Any]) -> None:
    assert desk.ask(HEAT, **asked).status_code == 400
    if "form" not in asked and "resolution" not in asked:
        assert desk.ask("/tiles/heat/patrols/3/6/3.mvt", **asked).status_code == 400


def test_tiles_that_there_are_not(desk: Desk) -> None:
    assert desk.ask("/tiles/heat/patrols/3/9/3.mvt").status_code == 400
    assert desk.ask("/tiles/heat/people/3/6/3.mvt").status_code == 404
    assert desk.ask("/tiles/heat/3/6/3.mvt").status_code == 404
    assert desk._client.post("/tiles/heat/patrols/3/6/3.mvt").status_code in (401, 405)


def test_events_by_cell(desk: Desk, url: str) -> None:
    with connect(url) as owner:
        points = owner.execute(
            "SELECT ST_X(geom), ST_Y(geom), unit_code, reported_at FROM event WHERE merged_into IS NULL"
        ).fetchall()
    answer = desk.get("/api/heatmaps/events", resolution=120)
    assert answer["total"] == len(points) and answer["complete"]
    assert answer["legend"]["unit"].startswith("events per")
    for unit in (GRIDS[0], STREETS[1]):
        wanted = sum(code.startswith(unit) for _, _, code, _ in points)
        assert desk.get("/api/heatmaps/events", unit=unit)["total"] == wanted
    street = desk.get("/api/heatmaps/events", STREET)
    assert street["total"] == sum(code.startswith(STREETS[0]) for _, _, code, _ in points)
    lon, lat, *_ = points[0]
    box = f"{lon - 1e-3},{lat - 1e-3},{lon + 1e-3},{lat + 1e-3}"
    near = sum(abs(x - lon) < 1e-3 and abs(y - lat) < 1e-3 for x, y, *_ in points)
    assert desk.get("/api/heatmaps/events", bbox=box)["total"] == near
    old = {"from": "2001-01-01", "to": "2001-02-01"}
    assert desk.get("/api/heatmaps/events", **old)["total"] == 0
    hexagons = desk.get("/api/heatmaps/events", form="h3")["cells"]
    assert sum(hexagons["value"]) == len(points)
    tile = min(tiles_of(9, answer["cells"]))
    drawn = mapbox_vector_tile.decode(desk.ask(f"/tiles/heat/events/{'/'.join(map(str, tile))}.mvt").content)
    assert sum(each["properties"]["value"] for each in drawn["events"]["features"]) == len(points)


def test_the_job_adds_up_what_is_over_and_cuts_it(url: str) -> None:
    with connect(url) as owner:
        owner.execute("DELETE FROM heat_shown")
        owner.execute("DELETE FROM heat WHERE days > 1")
        owner.execute("DELETE FROM heat_block")
    settings = Settings(database_url=Secret(url))
    for _ in range(2):
        _add_heat_up(settings, datetime.combine(TODAY, time(3), UTC))
        with connect(url) as owner:
            assert verify(owner, WEEKS[0] - timedelta(30), TODAY) == []
            weeks = owner.execute(
                "SELECT first_day FROM heat_block WHERE days = 7 AND shown_at IS NOT NULL AND first_day >= %s"
                " ORDER BY 1",
                [WEEKS[0]],
            ).fetchall()
            assert [week for (week,) in weeks] == list(WEEKS)
            assert owner.execute("SELECT count(*) > 0 FROM heat_shown").fetchall() == [(True,)]


def test_weeks_and_days_are_said_as_the_clock_of_the_city_has_them(desk: Desk) -> None:
    answer = desk.get(HEAT, **SPAN)
    assert answer["from"] == "2026-05-04T00:00:00+08:00" and answer["to"] == "2026-05-25T00:00:00+08:00"
    assert WEEKS[0] + timedelta(DAYS) == WEEKS[-1] + timedelta(7)

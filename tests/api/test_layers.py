"""Publish over HTTP: two workers, one job process, and readers who see a layer as soon as it is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.import_jobs import ImportWorker
from tests.api.town_hall import Hall
from tests.layers.publishing.files import POINTS, collection, point, write
from tests.patience import until
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, middle


@pytest.fixture(scope="module")
def home(hall: Hall) -> Path:
    """The state folder of the first worker, which is where files wait."""
    return hall.homes[0]


@pytest.fixture(scope="module")
def publisher(hall: Hall, home: Path) -> Iterator[None]:
    with ImportWorker(hall.url, home, ("public",)):
        yield


@pytest.fixture
def clean(hall: Hall, publisher: None) -> Iterator[None]:
    yield
    hall.ask("DELETE FROM layer WHERE schema <> 'city'")


@pytest.fixture
def analyst(hall: Hall) -> httpx.Client:
    return hall.person("ana", role="analyst", reach="city")


def wells(number: int = 3) -> bytes:
    return collection(
        [(point(*middle(grid)), {"unit": grid, "n": n}) for n, grid in enumerate(GRIDS[:number])]
    )


def layers(client: httpx.Client) -> set[str]:
    return {each["name"] for each in client.get("/api/layers").json()["layers"]}


def collections(client: httpx.Client) -> set[str]:
    return {each["id"] for each in client.get("/ogc/collections").json()["collections"]}


def send(client: httpx.Client, body: bytes, **query) -> httpx.Response:
    given = {"filename": "wells.geojson", "wait": 30, **query}
    return client.post("/api/layers/files", params=given, content=body)


def test_a_crash_in_the_middle_leaves_nothing(hall: Hall, home: Path, analyst: httpx.Client) -> None:
    """A job process is killed while it copies; what it had done is not there, and its request is put down."""
    rows = "\n".join(f"{n},{116.3 + n / 1e7},39.95" for n in range(400_000))
    before = hall.ask("SELECT count(*) FROM pg_class WHERE relnamespace = 'published'::regnamespace")
    program = (
        "import sys, time; from pathlib import Path; from api.import_jobs import ImportWorker\n"
        "with ImportWorker(sys.argv[1], Path(sys.argv[2]), ()): time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, hall.url, str(home)], env=dict(os.environ))
    try:
        answer = send(analyst, f"n,lon,lat\n{rows}".encode(), filename="many.csv", crs="4326", wait=0)
        assert answer.status_code == 202, answer.text
        where = answer.headers["location"]
        until(
            lambda: (
                analyst.get(where).json()["state"] == "running" and analyst.get(where).json()["progress"] > 0
            )
        )
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with ImportWorker(hall.url, home, ()):
        until(lambda: analyst.get(where).json()["state"] == "failed")
    assert hall.ask("SELECT count(*) FROM pg_class WHERE relnamespace = 'published'::regnamespace") == before
    assert "many" not in layers(analyst)
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.usefixtures("clean")
def test_one_call_publishes_and_every_worker_shows_it(hall: Hall, analyst: httpx.Client) -> None:
    keys = [hall.key(hall.account(f"seer{n}", role="viewer", reach="city")) for n in range(2)]
    seers = [hall.client(n, token=key) for n, key in enumerate(keys)]
    for seer in seers:
        assert "wells" not in collections(seer)
        assert seer.get("/ogc/collections/wells/items").status_code == 404
    answer = send(analyst, wells(), title="井 wells", group="市政/井")
    assert answer.status_code == 201, answer.text
    assert answer.json()["layers"] == ["wells"]
    for seer in seers:
        until(lambda seer=seer: "wells" in collections(seer))
        items = seer.get("/ogc/collections/wells/items").json()
        assert items["numberMatched"] == 3
        assert "wells" in layers(seer)
        tile = seer.get("/tiles/wells/0/0/0.mvt")
        assert tile.status_code == 200 and tile.content
        record = seer.get("/ogc/collections/catalogue/items/wells").json()
        assert record["properties"]["title"] == "井 wells"
    assert analyst.delete("/api/layers/wells").status_code == 204
    for seer in seers:
        until(lambda seer=seer: "wells" not in collections(seer))
        assert "wells" not in layers(seer)
        assert seer.get("/ogc/collections/wells/items").status_code == 404
        assert seer.get("/tiles/wells/0/0/0.mvt").status_code == 404


@pytest.mark.usefixtures("clean")
def test_a_file_in_a_form_and_its_report(hall: Hall, analyst: httpx.Client, tmp_path: Path) -> None:
    path = write(tmp_path / "Points.gpkg", POINTS)
    answer = analyst.post(
        "/api/layers/files?wait=30",
        files={"file": ("../../Points 点.gpkg", path.read_bytes(), "application/x-sqlite3")},
    )
    assert answer.status_code == 201, answer.text
    (name,) = answer.json()["layers"]
    report = analyst.get(f"/api/layers/{name}/report").json()
    assert report["features"] == 3
    assert report["filename"] == "Points 点.gpkg"
    assert {each["kind"] for each in report["problems"]} <= {"outside_city"}
    about = analyst.get(f"/api/layers/{name}").json()
    assert about["kind"] == "file"
    assert about["fields"][0] == {
        "name": "fid", "type": "integer", "title": "fid", "title_en": "fid",
        "read_only": True, "required": False, "values": [],
    }  # fmt: skip
    assert not {"relation", "schema", "sources"} & set(about)


@pytest.mark.usefixtures("clean")
def test_what_is_said_of_a_layer_can_be_changed(
    hall: Hall, analyst: httpx.Client, chief: httpx.Client
) -> None:
    send(analyst, wells())
    change = {
        "title": "水井", "title_en": "Wells", "description": "d", "keywords": ["井"],
        "licence": "CC BY 4.0", "min_zoom": 9,
        "contact": {"name": "n", "email": "e@x"}, "group": "市政", "themes": ["水"], "lineage": "l",
        "fields": {"unit": {"title": "网格"}}, "tile_fields": ["n"], "organisation": "water",
        "editable": True,
    }  # fmt: skip
    answer = analyst.patch("/api/layers/wells", json=change)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    for name in ("title", "title_en", "keywords", "licence", "min_zoom", "group", "themes", "editable"):
        assert said[name] == change[name]
    assert next(each for each in said["fields"] if each["name"] == "unit")["title"] == "网格"
    until(lambda: chief.get("/ogc/collections/wells?lang=zh").json().get("title") == "水井")
    assert analyst.patch("/api/layers/wells", json={"licence": None}).json().get("licence") is None
    for wrong, where in (
        ({"nothing": 1}, "nothing"), ({"min_zoom": 99}, "min_zoom"),
        ({"fields": {"x": {"title": "y"}}}, "fields"),
        ({"tile_fields": ["x"]}, "tile_fields"), ({"organisation": "x"}, "organisation"),
        ({"audience": "x"}, "audience"),
    ):  # fmt: skip
        refused = analyst.patch("/api/layers/wells", json=wrong)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["where"].startswith(where)


@pytest.mark.usefixtures("clean")
def test_a_new_version_takes_the_place_of_the_old_one_at_once(
    hall: Hall, analyst: httpx.Client, chief: httpx.Client
) -> None:
    """Four readers ask without end while versions come: all of one or all of the next, never an error."""
    send(analyst, wells(2), audience="granted", organisation="water")
    water = hall.person(
        "of.water", role="viewer", reach="organisation", organisation_id=hall.organisation("water")
    )
    until(lambda: "wells" in collections(water))
    clients = [
        hall.client(number % 2, token=chief.headers["authorization"].split()[1]) for number in range(4)
    ]
    for client in clients:
        until(lambda client=client: "wells" in collections(client))
    ended, seen = [False], set()

    def read(client: httpx.Client) -> None:
        while not ended[0]:
            answer = client.get("/ogc/collections/wells/items?limit=100")
            seen.add((answer.status_code, len(answer.json().get("features", []))))
            tile = client.get("/tiles/wells/0/0/0.mvt")
            seen.add((tile.status_code, 0))

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read, client) for client in clients]
        for count in (5, 8, 3):
            answer = analyst.put("/api/layers/wells/file?filename=w.geojson&wait=30", content=wells(count))
            assert answer.status_code == 201, answer.text
            time.sleep(0.7)
        ended[0] = True
        for each in readers:
            each.result()
    assert seen == {(200, 2), (200, 5), (200, 8), (200, 3), (200, 0)}
    assert "wells" in collections(water), "grants stay"
    assert analyst.get("/api/layers/wells/report").json()["features"] == 3


@pytest.mark.usefixtures("clean")
def test_who_may_publish(
    hall: Hall, analyst: httpx.Client, chief: httpx.Client, street: httpx.Client
) -> None:
    for role in ("viewer", "field_worker", "street_administrator", "commander"):
        client = hall.person(f"no.{role}", role=role, reach="city")
        assert send(client, wells()).status_code == 403
        assert client.post("/api/layers", json={"table": "t"}).status_code == 403
    assert send(hall.client(), wells()).status_code == 401
    reading = hall.client(token=hall.key(hall.account("ana", role="analyst", reach="city"), "token", "read"))
    assert send(reading, wells()).status_code == 403
    assert send(analyst, wells(), audience="granted").status_code == 201
    other = hall.person("other", role="analyst", reach="city")
    assert "wells" in layers(analyst)
    assert "wells" not in layers(other)
    for client, status in ((other, 404), (street, 404)):
        assert client.patch("/api/layers/wells", json={"title": "x"}).status_code == status
        assert client.delete("/api/layers/wells").status_code == status
        assert client.put("/api/layers/wells/file", content=wells()).status_code == status
        assert client.get("/api/layers/wells/report").status_code == status
    chief.patch("/api/layers/wells", json={"audience": "all"})
    for client in (other, street):
        assert client.patch("/api/layers/wells", json={"title": "x"}).status_code == 403
        assert client.delete("/api/layers/wells").status_code == 403
        assert client.put("/api/layers/wells/file", content=wells()).status_code == 403
    assert chief.delete("/api/layers/wells").status_code == 204


def test_what_comes_with_the_platform_stays(chief: httpx.Client, publisher: None) -> None:
    assert chief.delete("/api/layers/places").status_code == 409
    assert chief.patch("/api/layers/places", json={"title": "x"}).status_code == 409
    assert chief.put("/api/layers/places/file", content=wells()).status_code == 409
    assert chief.get("/api/layers/places").json()["title"] == "重点场所"


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("body", "query", "where"),
    [
        (b"", {}, "body"),
        (b"%PDF-1.7 nothing", {}, "body"),
        (b"lon,lat\n116,40\n", {"filename": "a.csv"}, "crs"),
        (b"a,b\n1,2\n", {"filename": "a.csv", "crs": "4326"}, "lon"),
        (b"lon,lat\n116,40\n", {"crs": "EPSG:99999"}, "crs"),
        (b"lon,lat\n116,40\n", {"crs": "+proj=longlat"}, "crs"),
        (wells(), {"datum": "mars"}, "datum"),
        (wells(), {"name": "a b"}, "name"),
        (wells(), {"nonsense": "1"}, "nonsense"),
        (wells(), {"id_column": "nothing"}, "nothing"),
        (wells(), {"organisation": "nobody"}, "organisation"),
        (b'{"type": "FeatureCollection", "features": []}', {}, "body"),
        (wells()[:-20], {}, "body"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    hall: Hall, analyst: httpx.Client, body: bytes, query: dict, where: str, home: Path
) -> None:
    answer = send(analyst, body, **query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["where"] == where
    assert "/tmp" not in answer.text and str(home) not in answer.text
    assert hall.ask("SELECT count(*) FROM layer WHERE schema <> 'city'") == [(0,)]
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.usefixtures("clean")
def test_who_does_not_wait_is_told_where_to_look(analyst: httpx.Client, chief: httpx.Client) -> None:
    answer = send(analyst, wells(), wait=0)
    assert answer.status_code == 202
    where = answer.headers["location"]
    until(lambda: analyst.get(where).json()["state"] == "done")
    told = analyst.get(where).json()
    assert told["layers"] == ["wells"] and told["progress"] == 1
    assert chief.get(where).status_code == 404, "somebody else's"


@pytest.mark.usefixtures("clean")
def test_two_who_publish_one_name(hall: Hall, analyst: httpx.Client, chief: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: send((analyst, chief)[n % 2], wells(), name="same"), range(6)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409, 409]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: send((analyst, chief)[n % 2], wells()), range(4)))
    names = {each.json()["layers"][0] for each in answers}
    assert names == {"wells", "wells_2", "wells_3", "wells_4"}


@pytest.mark.usefixtures("clean")
def test_a_table_over_http(hall: Hall, analyst: httpx.Client) -> None:
    hall.ask(
        "CREATE TABLE IF NOT EXISTS public.posts (id int PRIMARY KEY, unit text, geom geometry(Point, 4326))"
    )
    hall.ask(
        "INSERT INTO public.posts SELECT 1, %s, ST_Point(%s, %s, 4326) ON CONFLICT DO NOTHING",
        GRIDS[0],
        *middle(GRIDS[0]),
    )
    answer = analyst.post(
        "/api/layers", json={"table": "public.posts", "title": "桩", "unit_column": "unit", "wait": 30}
    )
    assert answer.status_code == 201, answer.text
    there = hall.person("there", role="viewer", reach="area", area=STREETS[0])
    elsewhere = hall.person("elsewhere", role="viewer", reach="area", area=STREETS[1])
    until(lambda: "posts" in collections(there) and "posts" in collections(elsewhere))
    assert there.get("/ogc/collections/posts/items").json()["numberMatched"] == 1
    assert elsewhere.get("/ogc/collections/posts/items").json()["numberMatched"] == 0
    for name in (
        "city.worker",
        "pg_catalog.pg_authid",
        "public.spatial_ref_sys",
        "information_schema.tables",
        "public.none",
    ):
        refused = analyst.post("/api/layers", json={"table": name, "wait": 30})
        assert refused.status_code == 400
        assert refused.json()["errors"] == [
            {"where": "table", "reason": f"there is no table '{name}' that can be published"}
        ]


def test_a_district_is_not_the_city(hall: Hall, publisher: None) -> None:
    """An administrator of an area may publish, and sees what came of it."""
    district = hall.person("dist", role="district_administrator", reach="area", area=DISTRICT)
    answer = send(district, wells(), audience="granted")
    assert answer.status_code == 201, answer.text
    assert "wells" in layers(district)
    assert district.delete("/api/layers/wells").status_code == 204


def test_abandoned_files_go(hall: Hall, home: Path, publisher: None) -> None:
    old, new = (home / "uploads" / name for name in ("old", "new"))
    for file in (old, new):
        file.write_bytes(b"x")
    os.utime(old, (0, 0))
    until(lambda: not old.exists())
    assert new.exists()
    new.unlink()

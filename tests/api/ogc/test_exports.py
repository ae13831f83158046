"""Files in place of pages: `f` and Accept, the whole selection, a name, a record, and nothing left behind."""

from __future__ import annotations

import csv
import io
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyarrow.parquet as pq
import pyogrio
import pytest

from api.ogc import exports
from api.ogc.app import ogc_app
from layers.exports.store import FOLDER
from spatial.database import Database, connect
from tests.api.ogc.conftest import as_reader, serving

PLOTS = "/ogc/collections/ogc_test_plots/items"
SIGHTINGS = "/ogc/collections/ogc_test_sightings/items"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def door(gallery: Database, home: Path) -> Iterator[httpx.Client]:
    with serving(as_reader(ogc_app(gallery, home=home))) as client:
        yield client


def left(home: Path) -> list[str]:
    """Name what lies in the folder of exports, once writers had a moment to clean up."""
    deadline = time.monotonic() + 10
    while (found := [path.name for path in (home / FOLDER).glob("*")]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def ids(form: str, body: bytes, tmp_path: Path) -> set[str]:
    """Read the identifiers of the plots in a file back, with a reader that is not ours."""
    if form == "geojsonseq":
        return {json.loads(text)["properties"]["code"] for text in body.split(b"\x1e") if text.strip()}
    if form == "jsonfg":
        return {each["properties"]["code"] for each in json.loads(body)["features"]}
    if form.startswith("csv"):
        lines = body.decode("utf-8-sig").splitlines(keepends=True)
        return {line["code"] for line in csv.DictReader(lines[form == "csv-sheet" :])}
    if form == "geoparquet":
        return set(pq.read_table(io.BytesIO(body))["code"].to_pylist())
    path = tmp_path / f"file{exports.FILES[form].extension}"
    path.write_bytes(body)
    meta, _, _, columns = pyogrio.raw.read(path)
    return set(columns[list(meta["fields"]).index("code")])


@pytest.mark.parametrize("form", exports.FILES)
def test_a_file_holds_the_whole_selection_and_says_who_took_it(
    door: httpx.Client, home: Path, form: str, tmp_path: Path
) -> None:
    pages = door.get(PLOTS, params={"limit": 100}).json()["features"]
    answer = door.get(PLOTS, params={"f": form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == exports.FILES[form].media_type
    found = ids(form, answer.content, tmp_path)
    assert {each.removeprefix("'") for each in found} == {each["id"] for each in pages}
    assert answer.headers["content-disposition"].startswith('attachment; filename="ogc_test_plots-20')
    assert f"filename*=UTF-8''{quote('地块b')}%20" in answer.headers["content-disposition"]
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert int(answer.headers["x-export-record"]) > 0
    assert left(home) == []


@pytest.mark.parametrize("form", [form for form in exports.FILES if form != "csv-sheet"])
def test_accept_asks_for_a_file_too(door: httpx.Client, form: str) -> None:
    media_type = exports.FILES[form].media_type
    answer = door.get(PLOTS, headers={"accept": f"text/html;q=0.5, {media_type}, */*;q=0.1"})
    assert answer.headers["content-type"] == media_type


@pytest.mark.parametrize("accept", ["*/*", "application/geo+json", "text/html", "text/csv;q=0", "x;q=y", ""])
def test_any_other_accept_gets_a_page(door: httpx.Client, accept: str) -> None:
    assert "content-disposition" not in door.get(PLOTS, headers={"accept": accept}).headers


def test_a_file_keeps_to_limit_filter_order_and_attributes(door: httpx.Client) -> None:
    asked = {"f": "csv", "limit": 3, "sortby": "-code", "properties": "code,storeys", "bbox": "10,49,10.2,51"}
    rows = list(csv.reader(io.StringIO(door.get(PLOTS, params=asked).text)))
    page = door.get(PLOTS, params={**asked, "f": "json"}).json()["features"]
    assert rows[0] == ["code", "storeys", "wkt"]
    assert [row[0] for row in rows[1:]] == [each["id"] for each in page]


def test_what_is_wrong_is_refused_before_a_file_begins(door: httpx.Client, home: Path) -> None:
    for asked in ({"limit": "x"}, {"bbox": "1,2"}, {"nosuch": "1"}, {"sortby": "nosuch"}, {"f": "shp"}):
        answer = door.get(PLOTS, params={"f": "gpkg", **asked})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["where"] == next(iter(asked))
    assert door.get("/ogc/collections/nosuch/items?f=gpkg").status_code == 404
    assert left(home) == []


def test_a_file_is_on_record_before_it_is_sent(door: httpx.Client, postgis_url: str) -> None:
    answer = door.get(SIGHTINGS, params={"f": "geojsonseq", "kind": "whale"})
    first = json.loads(answer.content.split(b"\x1e")[1])
    with connect(postgis_url) as owner:
        row = owner.execute(
            "SELECT username, action, relation, row_key, after FROM audit WHERE id = %s",
            [answer.headers["x-export-record"]],
        ).fetchone()
    assert row is not None
    assert row[:4] == ("tester", "export", "layer", "ogc_test_sightings")
    assert row[4] == {"format": "geojsonseq", "asked": {"kind": "whale"}}
    assert first["export"]["exported_by"] == "tester"
    assert str(first["export"]["export"]) == answer.headers["x-export-record"]


def test_head_writes_nothing(door: httpx.Client, home: Path) -> None:
    answer = door.head(PLOTS, params={"f": "gpkg"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == exports.FILES["gpkg"].media_type
    assert left(home) == []


@pytest.fixture
def many(postgis_url: str, gallery: Database) -> Iterator[None]:
    """Make the layer of sightings long: half a million, which takes seconds to write."""
    with connect(postgis_url) as owner:
        owner.execute(
            "INSERT INTO ogc_test_sightings SELECT n, 'dust', now(), ST_Point(20, 60, 4326)"
            " FROM generate_series(1000, 500000) AS n"
        )
    yield
    with connect(postgis_url) as owner:
        owner.execute("DELETE FROM ogc_test_sightings WHERE kind = 'dust'")


@pytest.mark.parametrize("form", ["geojsonseq", "flatgeobuf"])
def test_a_client_that_hangs_up_frees_connection_and_file(
    door: httpx.Client, home: Path, postgis_url: str, many: None, form: str
) -> None:
    """One format is sent while it is written, the other is still being made when the client goes."""
    parts = urlsplit(str(door.base_url))
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(f"GET {SIGHTINGS}?f={form} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert len(list((home / FOLDER).glob("spool-*"))) >= 1
    assert left(home) == []
    with connect(postgis_url) as owner:
        busy = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = 'citygrid_app' AND state <> 'idle'"
        ).fetchone()
    assert busy == (0,)
    assert door.get(PLOTS, params={"f": form}).status_code == 200


def test_more_files_at_once_than_may_be_are_told_to_wait(door: httpx.Client, many: None) -> None:
    with (
        door.stream("GET", SIGHTINGS, params={"f": "gpkg"}),
        door.stream("GET", SIGHTINGS, params={"f": "gpkg"}),
    ):
        refused = door.get(SIGHTINGS, params={"f": "csv"})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "10"


def test_a_file_takes_filters_and_systems_as_pages_do(door: httpx.Client) -> None:
    asked = {"filter": "storeys = 9 AND height_m < 0", "crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}
    (page,) = door.get(PLOTS, params=asked).json()["features"]
    answer = door.get(PLOTS, params={**asked, "f": "geojsonseq"})
    (text,) = answer.content.split(b"\x1e")[1:]
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/4326>"
    assert json.loads(text)["geometry"] == page["geometry"], "latitude first, as the system has it"
    assert json.loads(text)["properties"] == page["properties"]
    shifted = door.get(SIGHTINGS, params={"f": "csv", "crs": "urn:citygrid:crs:gcj02", "limit": 1}).text
    assert shifted.splitlines()[0].endswith("lon,lat")


@pytest.mark.parametrize("name", ["zoom-level", "token"])
def test_what_is_for_pages_is_refused(door: httpx.Client, name: str) -> None:
    answer = door.get(PLOTS, params={"f": "csv", name: "3"})
    assert answer.status_code == 400


def test_collections_and_the_definition_name_the_files(door: httpx.Client) -> None:
    links = door.get("/ogc/collections/ogc_test_plots").json()["links"]
    offered = {each["type"]: each["href"] for each in links if each["rel"] == "items"}
    for form in exports.FILES.values():
        assert form.media_type in offered
    assert (
        door.get(offered["application/vnd.flatgeobuf"]).headers["content-type"]
        == "application/vnd.flatgeobuf"
    )
    path = door.get("/ogc/openapi").json()["paths"]["/collections/ogc_test_plots/items"]["get"]
    (form,) = [each for each in path["parameters"] if each.get("name") == "f"]
    assert set(exports.FILES) <= set(form["schema"]["enum"])

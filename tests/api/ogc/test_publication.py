"""The catalogue is data: what appears in it is published without a restart, for each reader in their name."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.ogc.app import ogc_app
from api.ogc.publication import Publisher
from spatial.database import Database
from spatial.rights.reader import SYSTEM
from tests.api.ogc.conftest import as_reader, run_sql, serving

LATE = """
CREATE TABLE ogc_test_late (id integer PRIMARY KEY, geom geometry(Point, 4326));
GRANT SELECT ON ogc_test_late TO citygrid_city, citygrid_system;
INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, fields, tile_fields, position)
VALUES ('ogc_test_late', '晚', 'Late', '', 'table', 'ogc_test_late', 'id', 'geom', 'point', '[]', '[]', 903)
"""


def names(client: httpx.Client) -> list[str]:
    return [each["id"] for each in client.get("/ogc/collections").json()["collections"]]


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_layers_come_and_go_without_a_restart(postgis_url: str, gallery: Database, ogc: httpx.Client) -> None:
    assert "ogc_test_late" not in names(ogc)
    run_sql(postgis_url, LATE)
    until(lambda: "ogc_test_late" in names(ogc))
    empty = ogc.get("/ogc/collections/ogc_test_late").json()
    assert empty["extent"] == {}
    assert ogc.get("/ogc/collections/ogc_test_late/items").json()["numberMatched"] == 0
    assert "/collections/ogc_test_late/items" in ogc.get("/ogc/openapi").json()["paths"]
    run_sql(postgis_url, "UPDATE layer SET title = '更晚' WHERE name = 'ogc_test_late'")
    until(lambda: ogc.get("/ogc/collections/ogc_test_late").json()["title"] == "更晚")
    run_sql(postgis_url, "DELETE FROM layer WHERE name = 'ogc_test_late'; DROP TABLE ogc_test_late")
    until(lambda: "ogc_test_late" not in names(ogc))
    assert ogc.get("/ogc/collections/ogc_test_late/items").status_code == 404


def test_a_layer_that_cannot_be_read_does_not_take_the_others_along(
    postgis_url: str, gallery: Database, caplog: pytest.LogCaptureFixture
) -> None:
    run_sql(postgis_url, LATE + "; DROP TABLE ogc_test_late")
    try:
        published = Publisher(gallery).current(SYSTEM).published
    finally:
        run_sql(postgis_url, "DELETE FROM layer WHERE name = 'ogc_test_late'")
    assert "ogc_test_late" not in published
    assert "ogc_test_plots" in published
    assert "ogc_test_late" in caplog.text


def test_a_layer_lost_between_two_looks_is_an_error_without_database_text(
    postgis_url: str, gallery: Database, ogc: httpx.Client
) -> None:
    run_sql(postgis_url, LATE)
    until(lambda: "ogc_test_late" in names(ogc))
    try:
        run_sql(postgis_url, "DROP TABLE ogc_test_late")
        answer = ogc.get("/ogc/collections/ogc_test_late/items")
    finally:
        run_sql(postgis_url, "DELETE FROM layer WHERE name = 'ogc_test_late'")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert not any(word in answer.text for word in ("relation", "SELECT", "psycopg", "exist"))


def test_a_database_that_does_not_answer_is_503(postgis_url: str, as_app: Callable[[str], str]) -> None:
    pool = Database(as_app(postgis_url))
    pool.open()
    with serving(as_reader(ogc_app(pool))) as client:
        pool.close()
        answer = client.get("/ogc/collections")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


def test_each_reader_reads_in_their_own_name(ogc: httpx.Client) -> None:
    """Two readers at once, many times: a leak between threads or contexts would mix them."""

    def read(number: int) -> tuple[str, str]:
        name = f"reader{number % 7}"
        answer = ogc.get("/ogc/collections/ogc_test_mirror/items", headers={"x-test-reader": name})
        return name, answer.json()["features"][0]["properties"]["reader"]

    with ThreadPoolExecutor(8) as threads:
        pairs = list(threads.map(read, range(200)))
    assert all(name == seen for name, seen in pairs)
    assert len({name for name, _ in pairs}) == 7


def test_links_of_two_addresses_do_not_mix(ogc: httpx.Client) -> None:
    def read(number: int) -> bool:
        host = f"host{number % 5}.test"
        document = ogc.get("/ogc/collections/ogc_test_plots", headers={"host": host}).json()
        return all(link["href"].startswith(f"http://{host}/ogc") for link in document["links"])

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(read, range(100)))

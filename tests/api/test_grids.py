"""Coverages and units as of any moment: lists, portraits, crosswalks, figures, collections and tiles."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import mapbox_vector_tile
import pyogrio
import pytest
import shapely
from psycopg import Connection
from starlette.testclient import TestClient

from api.app import create_app
from api.export_jobs import ExportWriter
from api.exports import store_of
from spatial.database import Database, connect, session
from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.grids.versions import UnitDraft, publish, publish_composed, read_snapshot
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS, build, middle

NOW = datetime.now(UTC)
MERGED_AT = NOW - timedelta(days=3)
BEFORE, AFTER = (NOW - timedelta(days=10)).isoformat(), (NOW - timedelta(days=1)).isoformat()
TOMORROW = (NOW + timedelta(days=1)).isoformat()


def merge(connection: Connection[Any], at: datetime, kept: str, gone: str) -> int:
    """Merge two grids of the town as of a moment."""
    snapshot = read_snapshot(connection, "grids", NOW + timedelta(days=9))
    base = snapshot.units[: snapshot.base_count]
    shapes = dict(zip((u.code for u in base), build_polygons(snapshot.arcs, len(base)), strict=True))
    joined = shapely.union(shapes[kept], shapes.pop(gone))
    shapes[kept] = shapely.MultiPolygon(shapely.get_parts(joined).tolist())
    units = [unit for unit in snapshot.units if unit.code != gone]
    arcs = build_arcs([shapes[unit.code] for unit in units if unit.level == 4])
    return publish(connection, "grids", units, arcs, "merge", at)


def fill(connection: Connection[Any]) -> None:
    """The town, of which two grids were merged three days ago, and two others will be tomorrow."""
    build(connection)
    connection.execute("DELETE FROM export")
    connection.execute("UPDATE event SET occurred_at = %s", [NOW - timedelta(days=5)])
    base = read_snapshot(connection, "grids")
    areas = [UnitDraft(1, f"JW{street}", None, "警务区", "Police area", True) for street in STREETS]
    area_of = {unit.unit_id: f"JW{unit.code[:9]}" for unit in base.units[: base.base_count]}
    publish_composed(connection, "police", areas, area_of, base, "town", base.valid_from)
    merge(connection, MERGED_AT, GRIDS[0], GRIDS[1])
    merge(connection, NOW + timedelta(hours=12), GRIDS[4], GRIDS[5])


class Desk:
    """The town through the application, for some of its staff."""

    def __init__(self, client: TestClient, tokens: dict[str, str], app_url: str, home: Path) -> None:
        self._client, self._tokens, self._app_url, self._home = client, tokens, app_url, home

    def ask(self, path: str, who: str = "administrator of the city", **parameters: Any) -> Any:
        """Ask, whatever the answer."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        return self._client.get(path, headers=headers, params=parameters)

    def exported(self, who: str = "administrator of the city", **asked: Any) -> Any:
        """Ask for a file of the job process, have it written, and take it."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        answer = self._client.post("/api/exports", headers=headers, json=asked)
        assert answer.status_code == 202, answer.text
        writer = ExportWriter(self._app_url, store_of(Settings(home=self._home)), 1)
        database = Database(self._app_url, pool_size=2)
        database.open()
        try:
            with session(database, SYSTEM) as connection:
                claimed = writer.claim(connection)
            assert claimed is not None
            writer.work(database, claimed)
        finally:
            database.close()
        path = f"/api/exports/{answer.json()['id']}"
        written = self.ask(f"{path}/file", who)
        self._client.delete(path, headers=headers)
        return written

    def get(self, path: str, who: str = "administrator of the city", **parameters: Any) -> Any:
        """Ask, and read the JSON of a good answer."""
        answer = self.ask(path, who, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def desk(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Desk]:
    with make_city(fill) as url:
        with connect(url) as owner:
            tokens = {name: token for name, (_, token) in hire(owner).items()}
        home = tmp_path_factory.mktemp("home")
        app = create_app(Settings(home=home), as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000)) as client:
            yield Desk(client, tokens, as_app(url), home)


def codes(answer: Any) -> list[str]:
    return [unit["code"] for unit in answer["units"]]


def test_the_coverages_are_listed_with_their_rules(desk: Desk) -> None:
    found = {each["name"]: each for each in desk.get("/api/grids/coverages")["coverages"]}
    assert {"grids", "micro_grids", "unit_grids", "police", "school", "hospital", "evaluation"} <= set(found)
    assert found["grids"]["levels"] == ["district", "street", "community", "grid"]
    assert found["grids"]["limits"]["households"] == [300, 500]
    assert (found["micro_grids"]["within"], found["micro_grids"]["code_profile"]) == ("grids", "grid+2")
    assert (found["police"]["composed_of"], found["police"]["in_force"]["note"]) == ("grids", "town")
    assert found["hospital"]["in_force"] is None


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (None, [code for code in GRIDS if code != GRIDS[1]]),
        ("before", list(GRIDS)),
        ("after", [code for code in GRIDS if code != GRIDS[1]]),
        ("tomorrow", [code for code in GRIDS if code not in (GRIDS[1], GRIDS[5])]),
    ],
)
def test_units_are_listed_as_of_any_moment(desk: Desk, at: str | None, wanted: list[str]) -> None:
    """What is to come is not shown before its moment, unless that moment is asked for."""
    moments = {"before": BEFORE, "after": AFTER, "tomorrow": TOMORROW}
    given = {"at": moments[at]} if at else {}
    assert codes(desk.get("/api/grids/units", **given)) == wanted
    features = desk.get(
        "/ogc/collections/grids/items", limit=100, **({"datetime": given["at"]} if at else {})
    )
    assert [feature["id"] for feature in features["features"]] == wanted
    assert features["numberMatched"] == len(wanted)
    located = desk.get("/api/grids/locate", lon=middle(GRIDS[1])[0], lat=middle(GRIDS[1])[1], **given)
    assert located["assignments"][0]["code"] == (GRIDS[1] if GRIDS[1] in wanted else GRIDS[0])


def test_lists_are_cut_by_level_parent_box_and_page(desk: Desk) -> None:
    assert codes(desk.get("/api/grids/units", level=2)) == list(STREETS)
    assert codes(desk.get("/api/grids/units", parent=COMMUNITIES[1])) == list(GRIDS[2:4])
    lon, lat = middle(GRIDS[3])
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    assert codes(desk.get("/api/grids/units", bbox=box)) == [GRIDS[3]]
    assert codes(desk.get("/api/grids/units", after=GRIDS[5], limit=1)) == [GRIDS[6]]
    assert codes(desk.get("/api/grids/units", coverage="police")) == [f"JW{street}" for street in STREETS]


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        ("units", {"at": "yesterday"}, "at"), ("units", {"at": "2026-01-01T00:00:00"}, "at"),
        ("units", {"bbox": "1,2,3"}, "bbox"), ("units", {"bbox": "3,0,1,1"}, "bbox"),
        ("units", {"x": "1"}, "x"),
        ("crosswalk", {"from": "soon"}, "from"),
        ("statistics", {"of": "places", "since": BEFORE}, "since"),
        ("statistics", {"of": "events", "level": 5}, "level"),
        ("statistics", {"of": "events", "coverage": "police"}, "counted"),
        ("statistics", {"of": "events", "at": BEFORE}, "at"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_named(desk: Desk, path: str, given: dict[str, Any], where: str) -> None:
    answer = desk.ask(f"/api/grids/{path}", **given)
    assert answer.status_code in (400, 422), answer.text
    assert where in {error["where"].split(".")[-1] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("units", {}),
        ("units/1", {}),
        ("crosswalk", {}),
        ("statistics", {"of": "events", "counted": "restated"}),
    ],
)
def test_an_unknown_coverage_is_not_found(desk: Desk, path: str, given: dict[str, Any]) -> None:
    assert desk.ask(f"/api/grids/{path}", coverage="none", **given).status_code == 404


def test_the_portrait_of_a_unit_tells_its_story(desk: Desk) -> None:
    now = desk.get(f"/api/grids/units/{GRIDS[0]}")
    assert [version["note"] for version in now["versions"]] == ["town", "merge"]
    assert [(p["role"], p["name"]) for p in now["people"]] == [("worker", "张**")]
    merged = {
        (each["from_code"], each["to_code"], each["kind"])
        for each in now["lineage"]
        if each["kind"] == "merge"
    }
    assert merged == {
        (GRIDS[0], GRIDS[0], "merge"),
        (GRIDS[1], GRIDS[0], "merge"),
    }
    then = desk.get(f"/api/grids/units/{GRIDS[1]}", at=BEFORE)
    assert then["id"] != now["id"] and then["valid_until"] is not None
    assert desk.ask(f"/api/grids/units/{GRIDS[1]}").status_code == 404


def test_a_crosswalk_shares_out_what_was(desk: Desk) -> None:
    shares = desk.get("/api/grids/crosswalk", **{"from": BEFORE})["shares"]
    assert {(s["from_code"], s["to_code"]) for s in shares} == {
        (code, GRIDS[0] if code == GRIDS[1] else code) for code in GRIDS
    }
    assert all(share["w_area"] == 1.0 and share["w_events"] == 1.0 for share in shares)
    back = desk.get("/api/grids/crosswalk", to=BEFORE)["shares"]
    halves = [share for share in back if share["from_code"] == GRIDS[0]]
    assert [share["to_code"] for share in halves] == [GRIDS[0], GRIDS[1]]
    assert sum(share["w_area"] for share in halves) == pytest.approx(1, abs=1e-9)
    assert [share["w_events"] for share in halves] == [0.5, 0.5]


def test_a_crosswalk_weighs_by_people_and_households_of_the_raster(desk: Desk) -> None:
    """A hundred people and forty households in each of four cells of a grid."""
    back = desk.get("/api/grids/crosswalk", to=BEFORE)["shares"]
    halves = [share for share in back if share["from_code"] == GRIDS[0]]
    for weight in ("w_population", "w_households"):
        assert [share[weight] for share in halves] == pytest.approx([0.5, 0.5], abs=1e-6)
        whole = [share[weight] for share in back if share["from_code"] != GRIDS[0]]
        assert whole == [1.0] * len(whole)
    table = desk.ask("/api/grids/crosswalk", to=BEFORE, f="csv").content.decode("utf-8-sig")
    assert all(row["w_population"] and row["w_households"] for row in csv.DictReader(io.StringIO(table)))


def test_a_crosswalk_may_be_named_by_versions_or_lead_to_another_coverage(desk: Desk) -> None:
    versions = [each["version"] for each in desk.get(f"/api/grids/units/{GRIDS[0]}")["versions"]]
    shares = desk.get("/api/grids/crosswalk", **{"from": versions[0], "to": versions[1]})["shares"]
    assert len(shares) == 8
    across = desk.get("/api/grids/crosswalk", other="police")["shares"]
    assert {(s["from_code"], s["to_code"]) for s in across} == {
        (code, f"JW{code[:9]}") for code in GRIDS if code != GRIDS[1]
    }
    assert desk.ask("/api/grids/crosswalk", **{"from": 10**9}).status_code == 404


def test_a_crosswalk_comes_as_a_table_too(desk: Desk) -> None:
    answer = desk.ask("/api/grids/crosswalk", **{"from": BEFORE, "f": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 8
    assert {row["to_code"] for row in rows} == set(GRIDS) - {GRIDS[1]}


def test_figures_as_counted_then_and_restated(desk: Desk) -> None:
    """Five days ago there was an event in every grid; two of those are one now. The total stays."""
    then = desk.get("/api/grids/statistics", of="events")
    assert {unit["code"]: unit["count"] for unit in then["units"]} == dict.fromkeys(GRIDS, 1)
    now = desk.get("/api/grids/statistics", of="events", counted="restated")
    assert {unit["code"]: unit["count"] for unit in now["units"]} == {
        code: 2 if code == GRIDS[0] else 1 for code in GRIDS if code != GRIDS[1]
    }
    back = desk.get("/api/grids/statistics", of="events", counted="restated", at=BEFORE)
    assert back["units"] == then["units"]
    streets = desk.get("/api/grids/statistics", of="events", level=2)
    assert [(unit["code"], unit["count"]) for unit in streets["units"]] == [(code, 4) for code in STREETS]
    police = desk.get("/api/grids/statistics", of="components", counted="restated", coverage="police")
    assert [unit["count"] for unit in police["units"]] == [4, 4]
    none = desk.get("/api/grids/statistics", of="events", since=AFTER)
    assert (none["units"], none["unassigned"]) == ([], 0)


def test_past_features_keep_their_names_and_addresses(desk: Desk) -> None:
    assert desk.ask(f"/ogc/collections/grids/items/{GRIDS[1]}").status_code == 404
    feature = desk.get(f"/ogc/collections/grids/items/{GRIDS[1]}", datetime=BEFORE)
    assert feature["properties"]["name"] == f"unit {GRIDS[1]}"
    until = desk.get("/ogc/collections/grids/items", limit=100, datetime=f"../{BEFORE}")
    assert until["numberMatched"] == 8
    since = desk.get("/ogc/collections/grids/items", limit=100, datetime=f"{BEFORE}/..")
    assert since["numberMatched"] == 7
    assert desk.ask("/ogc/collections/grids/items", datetime="soon").status_code == 400


@pytest.mark.parametrize("who", ["administrator of the city", "administrator of street 1"])
@pytest.mark.parametrize("form", ["csv", "geojson", "gpkg"])
def test_files_hold_the_grids_of_the_day_that_is_asked_for(desk: Desk, form: str, who: str) -> None:
    """At once through the OGC door, and later by the job process."""
    own = list(GRIDS) if who.endswith("city") else list(GRIDS[:4])
    now = [code for code in own if code != GRIDS[1]]
    file = {"geojson": "geojsonseq"}.get(form, form)
    for moment, wanted in ((BEFORE, own), (AFTER, now), (f"../{BEFORE}", own), (None, now)):
        when = {} if moment is None else {"datetime": moment}
        answer = desk.ask("/ogc/collections/grids/items", who, f=file, **when)
        assert answer.status_code == 200, answer.text
        written = desk.exported(who, layer="grids", format=form, **when)
        assert written.status_code == 200, written.text
        for body in (answer.content, written.content):
            assert sorted(_codes_in(body)) == wanted


def _codes_in(body: bytes) -> list[str]:
    """Read the codes in a file of any kind."""
    if body.startswith(b"SQLite"):
        with NamedTemporaryFile(suffix=".gpkg") as file:
            file.write(body)
            file.flush()
            return [str(code) for code in pyogrio.read_dataframe(file.name)["code"]]
    return sorted(set(re.findall(r"\b\d{15}\b", body.decode("utf-8-sig"))))


@pytest.mark.parametrize("door", ["tiles", "ogc"])
def test_tiles_are_drawn_as_of_a_moment(desk: Desk, door: str) -> None:
    lon, lat = middle(GRIDS[1])
    x, y = _tile(lon, lat, 15)
    path, name = f"/tiles/grids/15/{x}/{y}.mvt", "at"
    if door == "ogc":
        path, name = f"/ogc/collections/grids/tiles/WebMercatorQuad/15/{y}/{x}", "datetime"
    for _ in range(2):  # the second time from what was kept
        now, then = desk.ask(path), desk.ask(path, **{name: BEFORE})
        assert GRIDS[1] not in _codes(now.content)
        assert GRIDS[1] in _codes(then.content)


def _tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    size = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * size), int(y * size)


def _codes(tile: bytes) -> set[str]:
    return {each["properties"]["code"] for each in mapbox_vector_tile.decode(tile)["grids"]["features"]}


def test_an_area_s_reader_learns_of_the_own_units_only(desk: Desk) -> None:
    who = "administrator of street 1"
    assert codes(desk.get("/api/grids/units", who, at=BEFORE)) == list(GRIDS[:4])
    assert codes(desk.get("/api/grids/units", who, level=1)) == [DISTRICT]
    assert desk.ask(f"/api/grids/units/{GRIDS[6]}", who).status_code == 404
    shares = desk.get("/api/grids/crosswalk", who, **{"from": BEFORE})["shares"]
    assert {share["from_code"] for share in shares} == set(GRIDS[:4])
    assert {share["to_code"] for share in shares} == {GRIDS[0], *GRIDS[2:4]}
    then = desk.get("/api/grids/statistics", who, of="events")
    assert codes(then) == list(GRIDS[:4])
    past = desk.get("/ogc/collections/grids/items", who, limit=100, datetime=BEFORE)
    assert past["numberMatched"] == 4
    assert codes(desk.get("/api/grids/units", who, coverage="police")) == []


def test_readers_of_a_moment_are_told_apart_by_caches() -> None:
    assert replace(SYSTEM, as_of=NOW).rights_key != SYSTEM.rights_key

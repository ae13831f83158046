"""Analyses over HTTP: what was planted in the town is found, by whoever may see it and nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from psycopg import Connection
from starlette.testclient import TestClient

from api.analysis import KNOWN
from api.app import create_app
from api.ogc.processes.catalogue import ANALYSES
from api.ogc.processes.relating import _box_of
from spatial.database import connect, query
from spatial.events.occurrences import Occurrences
from spatial.geometry.crs import geodesic_m
from spatial.settings import Settings
from tests.api.test_figures import CHIEF, STREET, Desk
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import COMMUNITIES, GRIDS, STREETS, build, middle

NOW = datetime(2026, 6, 30, 16, tzinfo=UTC)
"""Midnight by the city's clock."""
SPAN = {"from": "2026-05-02", "to": "2026-07-01"}
DAYS = 60
LIVELY = GRIDS[7]
"""Where a surge begins three days before the end, in the second street."""
STUBBORN = (0.0004, 0.0004)
"""From the middle of the first grid: the same matter every week."""


def fill(connection: Connection[Any]) -> None:
    """Sixty days of the town: the everyday, a surge, a spot that never rests, and lamps where lamps are."""
    build(connection)
    dice = np.random.default_rng(1)
    matters = [row[0] for row in connection.execute("SELECT code FROM matter ORDER BY code LIMIT 6")]
    rows: list[tuple[Any, ...]] = []
    for grid in GRIDS:
        for matter in matters:
            for hour in dice.uniform(0, 24 * (DAYS + 60), dice.poisson(14)):
                rows.append((grid, matter, hour, *dice.normal(0, 0.001, 2)))
    rows += [(LIVELY, matters[2], hour, *dice.normal(0, 0.0002, 2)) for hour in dice.uniform(1, 60, 45)]
    rows += [(GRIDS[0], matters[1], 24 * 7 * week + 5, *STUBBORN) for week in range(8)]
    with connection.cursor().copy(
        "COPY event (no, category, source, title, address, state, geom, occurred_at, reported_at, unit_code,"
        " ruling, organisation_id) FROM STDIN"
    ) as copy:
        for number, (grid, matter, hour, east, north) in enumerate(rows):
            lon, lat = middle(grid)
            at = NOW - timedelta(hours=float(hour))
            place = f"SRID=4326;POINT({lon + east} {lat + north})"
            address = "北京市海淀区幸福小区3号楼" if (east, north) == STUBBORN else f"{number}号"
            copy.write_row(
                (f"a-{number}", matter, "app", "t", address, "reported", place, at, at, grid, "inside", None)
            )


@pytest.fixture(scope="module")
def city_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(fill) as url:
        yield url


@pytest.fixture(scope="module")
def desk(city_url: str, as_app: Callable[[str], str], tmp_path_factory: Any) -> Iterator[Desk]:
    with connect(city_url) as owner:
        tokens = {name: token for name, (_, token) in hire(owner).items()}
    app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(city_url))
    with TestClient(app, client=("127.0.0.1", 50_000)) as client:
        yield Desk(client, tokens)


def rows(desk: Desk, name: str, who: str = CHIEF, **parameters: Any) -> list[dict[str, Any]]:
    answer = desk.ask(f"/api/analysis/{name}", who, **parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/geo+json")
    return [feature["properties"] for feature in answer.json()["features"]]


def test_the_surge_is_found_and_said(desk: Desk) -> None:
    found = rows(desk, "surges", at=NOW.isoformat(), level="grid")
    assert found[0]["unit"] == LIVELY
    assert found[0]["count"] > 5 * found[0]["expected"]
    assert found[0]["p"] < 1e-6
    assert found[0]["until"] is None
    assert found[0]["matter_name"] in found[0]["text"]
    assert len(found) <= 3
    assert rows(desk, "surges", at=(NOW - timedelta(days=9)).isoformat(), level="grid") == []
    assert rows(desk, "surges", STREET, at=NOW.isoformat(), level="grid") == []


def test_the_spot_that_never_rests_is_found(desk: Desk) -> None:
    found = {each["name"]: each for each in rows(desk, "hot-places", by="spots", **SPAN)}
    assert found["北京市海淀区幸福小区3号楼"]["count"] == 8
    behind = desk.ask("/api/analysis/hot-places", by="names", least=8, **SPAN).json()["features"]
    assert [each["properties"]["name"] for each in behind] == ["幸福小区"]
    lon, lat = behind[0]["geometry"]["coordinates"]
    assert (lon, lat) == pytest.approx(np.add(middle(GRIDS[0]), STUBBORN), abs=1e-5)
    places = rows(desk, "hot-places", by="places", radius_m=400, **SPAN)
    assert {each["name"] for each in places} == {f"place {grid}" for grid in GRIDS}


def test_the_scan_finds_where_and_when(desk: Desk) -> None:
    best = rows(desk, "space-time-scan", shuffles=199, cell_m=100, **SPAN)[0]
    assert best["p"] == pytest.approx(1 / 200)
    assert best["from"] >= "2026-06-27"
    assert best["count"] > 20
    assert best["count"] > 2 * best["expected"]
    again = rows(desk, "space-time-scan", shuffles=199, cell_m=100, **SPAN)[0]
    assert again == best


def test_places_are_compared_slice_by_slice(desk: Desk) -> None:
    found = rows(desk, "emerging-hot-spots", level="grid", slice_days=5, **SPAN)
    assert {each["code"] for each in found} == set(GRIDS)
    assert sum(sum(each["counts"]) for each in found) == sum(each["count"] for each in found)
    cells = rows(desk, "emerging-hot-spots", by="hexagon", resolution=9, slice_days=5, **SPAN)
    assert len(cells) > 8
    spots = rows(desk, "hot-spots", by="unit", level="grid", permutations=999)
    assert {each["code"] for each in spots} == set(GRIDS)


def test_clusters_are_where_the_heap_is(desk: Desk) -> None:
    best = rows(desk, "clusters", radius_m=60, least=6, radius_h=48, **SPAN)[0]
    assert best["count"] >= 20
    assert len(best["events"]) == best["count"]


def test_what_lies_near_says_so(desk: Desk) -> None:
    matter = rows(desk, "surges", at=NOW.isoformat(), level="grid")[0]["matter"]
    found = rows(desk, "near-things", category=matter, bands_m="100,500", permutations=999, **SPAN)
    assert {(each["of"], each["to_m"]) for each in found} == {
        (of, to) for of in ("place", "component") for to in (100, 500)
    }
    assert all(0 < each["q"] <= 1 for each in found)


def test_only_things_near_the_events_are_read_and_never_too_many(city_url: str) -> None:
    """What lies farther from every event than the last band counts for nothing; too many are refused."""
    with connect(city_url) as owner:
        values = {"west": 0, "south": 0, "east": 180, "north": 90, "most": 1000}
        whole = owner.execute(query("spatial.events", "things"), values).fetchall()
        assert {row[0] for row in whole} == {"place", "component"}
        assert len(owner.execute(query("spatial.events", "things"), {**values, "most": 3}).fetchall()) == 3
        lon, lat = middle(GRIDS[0])
        box = {"west": lon - 1e-5, "south": lat - 1e-5, "east": lon + 1e-5, "north": lat + 1e-5}
        here = owner.execute(query("spatial.events", "things"), {**values, **box}).fetchall()
        assert 0 < len(here) < len(whole)


def test_the_box_of_things_reaches_as_far_as_the_last_band() -> None:
    zero, none = np.zeros(2, np.int64), [None, None]
    lon, lat = np.array([116.0, 116.4]), np.array([39.5, 40.5])
    events = Occurrences(zero, lon, lat, zero * 1.0, none, ["", ""], none, ["", ""], zero)
    box = _box_of(events, 5_000.0)
    sides = (
        (box["west"], 39.5, 116.0, 39.5), (box["east"], 40.5, 116.4, 40.5),
        (116.0, box["south"], 116.0, 39.5), (116.4, box["north"], 116.4, 40.5),
    )  # fmt: skip
    assert all(5_000 <= float(geodesic_m(*side)[0]) < 5_200 for side in sides)


def test_forecasts_show_their_error(desk: Desk) -> None:
    answer = desk.get("/api/analysis/forecast", by="street", days=7, **SPAN)
    assert len(answer["features"]) == 2 * 7
    assert answer["facts"]["error"]["days"] == 2 * 28
    assert set(answer["facts"]["errors"]) == set(STREETS)
    day = answer["features"][0]["properties"]
    assert day["low"] <= day["mean"] <= day["high"]
    assert day["day"] == "2026-07-01"


@pytest.mark.parametrize("name", [each.name for each in ANALYSES])
def test_a_street_is_told_of_its_own(desk: Desk, name: str) -> None:
    """Nothing of the other street shows: the answer is that of a city where it is not."""
    more = {"category": "01001"} if name == "near-things" else {}
    more |= {"at": NOW.isoformat()} if name == "surges" else SPAN
    text = desk.ask(f"/api/analysis/{name}", STREET, **more).text
    assert not any(code in text for code in (STREETS[1], *COMMUNITIES[2:], *GRIDS[4:]))
    facts = desk.get(f"/api/analysis/{name}", STREET, **more)["facts"]
    whole = desk.get(f"/api/analysis/{name}", CHIEF, unit=STREETS[0], **more)["facts"]
    if "counted" in facts:
        assert facts["counted"] == whole["counted"]


@pytest.mark.parametrize("name", list(KNOWN))
def test_nothing_there_is_no_error(desk: Desk, name: str) -> None:
    more = {"category": "01001"} if name == "near-things" else {}
    more |= {"at": "2020-01-01T00:00:00Z"} if name == "surges" else {"from": "2019-01-01", "to": "2019-03-01"}
    if "datetime" in KNOWN[name].inputs:
        more = {"datetime": "2019-01-01T00:00:00Z/2019-03-01T00:00:00Z"}
    for form in ("geojson", "csv"):
        answer = desk.ask(f"/api/analysis/{name}", f=form, **more)
        assert answer.status_code == 200, answer.text


def test_it_comes_as_a_table_too(desk: Desk) -> None:
    text = desk.ask("/api/analysis/surges", at=NOW.isoformat(), level="grid", f="csv").text
    assert next(csv.DictReader(io.StringIO(text)))["unit"] == LIVELY


WRONG = [
    ("surges", {"at": "yesterday"}, "at"),
    ("surges", {"window_h": "1e9"}, "window_h"),
    ("surges", {"step_h": "0.5", "back_h": "744"}, "step_h"),
    ("surges", {"colour": "red"}, "colour"),
    ("surges", {"level": "planet"}, "level"),
    ("clusters", {"radius_m": "wide"}, "radius_m"),
    ("clusters", {"from": "2026-01-01", "to": "2025-01-01"}, "to"),
    ("clusters", {"unit": "' OR 1=1"}, "unit"),
    ("space-time-scan", {"shuffles": "-1"}, "shuffles"),
    ("space-time-scan", {"from": "2020-01-01"}, "from"),
    ("emerging-hot-spots", {"slice_days": "366"}, "slice_days"),
    ("near-things", {}, "category"),
    ("near-things", {"category": "nothing"}, "category"),
    ("near-things", {"category": "01001", "bands_m": "a,b"}, "bands_m[0]"),
    ("forecast", {"from": "2026-06-20", "to": "2026-07-01"}, "from"),
    ("hot-places", {"by": "magic"}, "by"),
    ("hot-places", {"f": "xml"}, "f"),
]


@pytest.mark.parametrize(("name", "parameters", "where"), WRONG)
def test_what_is_wrong_is_named(desk: Desk, name: str, parameters: dict[str, str], where: str) -> None:
    answer = desk.ask(f"/api/analysis/{name}", **parameters)
    assert answer.status_code == 400, answer.text[:500]
    assert where in {each["where"] for each in answer.json()["errors"]}, answer.text


def test_the_list_says_what_can_be_asked(desk: Desk) -> None:
    listed = {each["name"]: each for each in desk.get("/api/analysis")["analyses"]}
    assert set(listed) == set(KNOWN)
    assert "window_h" in listed["surges"]["parameters"]
    assert desk.ask("/api/analysis/magic").status_code == 404

"""What the public is told without a key: places, addresses, the map; and what never."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pyproj import Geod

from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import tile_at
from tests.api.public.reports import SEA
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.spatial.rights.town import GRIDS, middle


def test_the_page_begins_with_public_kinds_and_plain_words(hall: Hall) -> None:
    start = hall.client().get("/api/public/start").json()
    keys = [kind["key"] for kind in start["kinds"]]
    assert keys[:4] == ["toilet", "park", "parking", "community_centre"]
    assert not {"school", "flammable", "bank"} & set(keys)
    assert set(start["kinds"][0]) == {"key", "title", "title_en", "icon", "colour"}
    assert 20 <= len(start["matters"]) <= 30
    assert all(each["title"] and each["title_en"] and "category" not in each for each in start["matters"])


def test_places_near_by_are_of_public_kinds_nearest_first(hall: Hall) -> None:
    lon, lat = middle(GRIDS[0])
    found = hall.client().get("/api/public/places", params={"lon": lon, "lat": lat}).json()["places"]
    assert [each["name"] for each in found] == ["toilet 0", "toilet 1", "park 2", "community_centre 3"]
    for each in found:
        _, _, metres = Geod(ellps="WGS84").inv(lon, lat, each["lon"], each["lat"])
        assert each["distance_m"] == pytest.approx(metres, abs=0.6)
    assert set(found[0]) == {
        "kind", "name", "name_en", "address", "lon", "lat", "distance_m", "opening_hours", "is_open",
        "changes_at", "wheelchair", "fee", "generated", "hours_generated",
    }  # fmt: skip
    assert [each["is_open"] for each in found] == [True, False, None, False]
    assert (found[0]["wheelchair"], found[2]["fee"]) == ("yes", "no")
    everything = json.dumps(found, ensure_ascii=False)
    assert not any(word in everything for word in ("张三", "risk", "secret", GRIDS[0], "place "))


def test_the_holiday_of_the_city_is_one_of_opening_hours(hall: Hall) -> None:
    """The town's calendar has today and tomorrow off."""
    lon, lat = middle(GRIDS[3])
    asked = {"lon": lon, "lat": lat, "kinds": "community_centre"}
    (centre,) = hall.client().get("/api/public/places", params=asked).json()["places"]
    assert centre["is_open"] is False
    opens = datetime.fromisoformat(centre["changes_at"])
    assert opens > datetime.now(UTC) and opens.utcoffset() == timedelta(hours=8)


def test_no_kind_that_is_not_public_is_told_of_even_by_name(hall: Hall) -> None:
    somebody = hall.client()
    lon, lat = middle(GRIDS[0])
    asked = {"lon": lon, "lat": lat, "kinds": "school,bank,toilet' OR 1=1"}
    assert somebody.get("/api/public/places", params=asked).json()["places"] == []
    for text in ("place", GRIDS[0], "event", "school"):
        found = somebody.get("/api/public/search", params={"q": text}).json()["results"]
        assert not [each for each in found if each["kind"] not in ("address", "toilet", "park")], text
    (address,) = somebody.get("/api/public/search", params={"q": "1 Test Road"}).json()["results"]
    assert (address["title"], address["kind"]) == ("1 Test Road", "address")
    assert (
        somebody.get("/api/public/search", params={"q": "toilet 1"}).json()["results"][0]["kind"] == "toilet"
    )


def test_a_kind_goes_from_the_page_when_an_administrator_takes_its_mark(hall: Hall) -> None:
    chief, somebody = hall.person("kinds", **CITY_ADMINISTRATOR), hall.client()
    lon, lat = middle(GRIDS[0])
    asked = {"lon": lon, "lat": lat, "kinds": "park"}
    tag = chief.get("/api/place-kinds/park").headers["etag"]
    kept = chief.patch("/api/place-kinds/park", json={"public_rank": None}, headers={"if-match": tag})
    assert kept.json()["public_rank"] is None
    assert somebody.get("/api/public/places", params=asked).json()["places"] == []
    chief.patch("/api/place-kinds/park", json={"public_rank": 2}, headers={"if-match": kept.headers["etag"]})
    assert len(somebody.get("/api/public/places", params=asked).json()["places"]) == 1


def test_points_of_other_datums_are_where_they_are(hall: Hall) -> None:
    lon, lat = middle(GRIDS[0])
    (x,), (y,) = convert([lon], [lat], "wgs84", "gcj02")
    asked = {"lon": float(x), "lat": float(y), "datum": "gcj02", "limit": 1}
    (nearest,) = hall.client().get("/api/public/places", params=asked).json()["places"]
    assert nearest["distance_m"] <= 1
    assert hall.client().get("/api/public/spot", params={**asked, "limit": None}).status_code == 400


def test_a_spot_says_whether_reports_from_there_are_taken(hall: Hall) -> None:
    somebody = hall.client()
    lon, lat = middle(GRIDS[0])
    inside = somebody.get("/api/public/spot", params={"lon": lon, "lat": lat}).json()
    assert inside == {"inside": True, "address": "1 Test Road", "distance_m": 0.0, "generated": False}
    at_sea = somebody.get("/api/public/spot", params={"lon": SEA[0], "lat": SEA[1]}).json()
    assert at_sea == {"inside": False, "address": None, "distance_m": None, "generated": False}


def test_the_map_of_the_public_is_the_base_map(hall: Hall) -> None:
    tile = tile_at(*middle(GRIDS[0]), 14)
    path = f"{tile.z}/{tile.x}/{tile.y}.mvt"
    open_one = hall.client().get(f"/api/public/tiles/{path}")
    keyed = hall.person("tiles").get(f"/tiles/basemap/{path}")
    assert (open_one.status_code, open_one.content) == (200, keyed.content)
    assert hall.client().get(f"/tiles/basemap/{path}").status_code == 401
    assert hall.client().get("/api/public/tiles/3/9/9.mvt").status_code == 400


def test_a_tile_is_one_however_its_numbers_are_written_and_its_asker_waits(hall: Hall) -> None:
    tile = tile_at(*middle(GRIDS[0]), 13)
    somebody = hall.client()
    first = somebody.get(f"/api/public/tiles/{tile.z}/{tile.x}/{tile.y}.mvt")
    for z in (f"0{tile.z}", f"+{tile.z}", f"{tile.z}.0"):
        again = somebody.get(f"/api/public/tiles/{z}/{tile.x}/{tile.y}.mvt")
        assert (again.status_code, again.content) == (200, first.content), z
    statuses = {somebody.get("/api/public/tiles/0/0/0.mvt").status_code for _ in range(1000)}
    assert statuses == {200, 429}
    # A bucket of its own: who looked at the map may still search.
    assert somebody.get("/api/public/search", params={"q": "1 Test Road"}).status_code == 200


def test_the_first_answer_counts_nothing_and_is_kept(hall: Hall) -> None:
    """Events, components and workers are many; the page begins with none of them."""
    somebody = hall.client()
    first = somebody.get("/api/public/start").json()
    (box,) = hall.ask(
        "SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] FROM (SELECT ST_Extent(geom) AS e"
        " FROM unit_version WHERE coverage = 'grids' AND level = 1 AND upper_inf(sys)"
        " AND valid @> now()) AS whole"
    )[0]
    assert first["bbox"] == pytest.approx(box)
    again = somebody.get("/api/public/start").json()
    assert {**again, "ticket": ""} == {**first, "ticket": ""}


def test_the_page_itself_is_open(hall: Hall) -> None:
    page = hall.client().get("/public")
    assert page.status_code in (200, 503)
    assert page.status_code == 503 or "cg-public" in page.text

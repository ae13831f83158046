"""Reading features: pages, filters, order, exact values."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

PLOTS = "/ogc/collections/ogc_test_plots/items"
SIGHTINGS = "/ogc/collections/ogc_test_sightings/items"


def read(ogc: httpx.Client, address: str, **parameters: Any) -> dict[str, Any]:
    response = ogc.get(address, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    document = response.json()
    assert document["numberReturned"] == len(document["features"])
    return document


def identifiers(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def link(document: dict[str, Any], relation: str) -> str | None:
    found = [each["href"] for each in document["links"] if each["rel"] == relation]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_page_without_parameters_holds_ten(ogc: httpx.Client) -> None:
    document = read(ogc, PLOTS)
    assert document["type"] == "FeatureCollection"
    assert (document["numberMatched"], document["numberReturned"]) == (18, 10)
    assert document["timeStamp"].endswith("Z")


@pytest.mark.parametrize("limit", [1, 5, 6, 9, 18, 100])
def test_following_next_reads_everything_once_and_ends(ogc: httpx.Client, limit: int) -> None:
    address: str | None = f"{PLOTS}?limit={limit}"
    seen: list[str] = []
    pages = 0
    while address:
        document = ogc.get(address).json()
        assert document["numberMatched"] == 18
        seen += identifiers(document)
        address, pages = link(document, "next"), pages + 1
    assert pages == -(-18 // limit)
    assert len(seen) == len(set(seen)) == 18


def test_next_keeps_the_filter_and_the_language(ogc: httpx.Client) -> None:
    document = read(ogc, SIGHTINGS, kind="bird", limit=20, lang="en", datetime="2026-01-01T05:00:00Z/..")
    following = ogc.get(link(document, "next")).json()
    assert (document["numberMatched"], following["numberMatched"]) == (43, 43)
    assert not set(identifiers(document)) & set(identifiers(following))
    assert "lang=en" in (link(document, "next") or "")
    assert identifiers(ogc.get(link(following, "prev")).json()) == identifiers(document)


def test_values_come_out_as_they_stand(ogc: httpx.Client) -> None:
    response = ogc.get(PLOTS, params={"code": "P15"})
    assert b"pipe d<200 & d>100" in response.content
    assert b"&lt;" not in response.content
    assert response.json()["features"][0]["properties"]["height_m"] is None


def test_all_nine_digits_of_a_coordinate_are_published(ogc: httpx.Client) -> None:
    text = ogc.get(PLOTS, params={"code": "P15"}).text
    assert "[10.123456789,50.0]" in text or "[10.123456789,50]" in text


@pytest.mark.parametrize(
    "name", [r"""O'Brien "quoted" 100% \back <script>alert(1)</script>""", "很长的名字" * 1000]
)
def test_hostile_values_are_found_and_returned_unaltered(ogc: httpx.Client, name: str) -> None:
    document = read(ogc, PLOTS, name=name)
    assert document["numberMatched"] == 1
    assert document["features"][0]["properties"]["name"] == name


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "'; DROP TABLE ogc_test_plots; --", "%", "_", "\\", "%(since)s", "%s", "{}", "*"]
)
def test_sql_in_a_parameter_is_only_a_value(ogc: httpx.Client, text: str) -> None:
    assert read(ogc, PLOTS, name=text)["numberMatched"] == 0
    assert read(ogc, PLOTS)["numberMatched"] == 18


@pytest.mark.parametrize(
    "query", ["sortby=code;select 1", "properties=code,geom", 'sortby="code"', "geom=x", "code) or (1=1"]
)
def test_sql_in_a_name_is_refused(ogc: httpx.Client, query: str) -> None:
    response = ogc.get(f"{PLOTS}?{query}")
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("parameters", "matched"),
    [
        ({"storeys": "9"}, 4),
        ({"storeys": "009"}, 4),
        ({"listed": "true"}, 8),
        ({"height_m": "0.5"}, 1),
        ({"height_m": "0.500"}, 1),
        ({"height_m": "5e-1"}, 1),
        ({"code": "P01", "storeys": "1"}, 1),
        ({"code": "P01", "storeys": "2"}, 0),
        ({"code": ""}, 0),
    ],
)
def test_attributes_filter_by_equality(ogc: httpx.Client, parameters: dict[str, str], matched: int) -> None:
    assert read(ogc, PLOTS, **parameters)["numberMatched"] == matched


@pytest.mark.parametrize(
    ("bbox", "matched"),
    [
        ("10.01,50,10.0185,50.001", 1),
        ("10.01,50,-100,10.0185,50.001,100", 1),
        ("10.018,49,10.02,51", 2),
        ("-180,-90,180,90", 17),
        ("1.2,1.2,1.8,1.8", 0),
        ("0.5,0.5,1.2,1.2", 1),
        ("100,0,101,1", 0),
        ("10.0,50.0,10.0,50.0", 0),
    ],
)
def test_a_box_selects_what_it_touches(ogc: httpx.Client, bbox: str, matched: int) -> None:
    assert read(ogc, PLOTS, bbox=bbox)["numberMatched"] == matched


def test_a_moment_is_equal_whatever_its_offset(ogc: httpx.Client) -> None:
    found = read(ogc, SIGHTINGS, seen_at="2026-01-01T13:00:00+08:00")
    assert identifiers(found) == ["5"]


def test_a_number_no_column_can_hold_is_400(ogc: httpx.Client) -> None:
    for query in ("storeys=99999999999", "height_m=1e999"):
        answer = ogc.get(f"{PLOTS}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_a_box_may_cross_the_antimeridian(ogc: httpx.Client) -> None:
    assert identifiers(read(ogc, SIGHTINGS, bbox="179,-20,-179,0")) == ["100", "101"]
    assert identifiers(read(ogc, SIGHTINGS, bbox="179,-20,180,0")) == ["100"]


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("2026-01-01T05:00:00Z", 1),
        ("2026-01-01T13:00:00+08:00", 1),
        ("2026-01-01T05:30:00Z", 0),
        ("2026-01-01", 24),
        ("2026-01-01T05:00:00Z/2026-01-01T07:00:00Z", 3),
        ("../2026-01-01T05:00:00Z", 6),
        ("/2026-01-01T05:00:00Z", 6),
        ("2026-02-01T00:00:00Z/..", 2),
        ("0000-01-01T00:00:00Z/9999-12-31T23:59:59Z", 50),
        ("1900-01-01T00:00:00Z", 0),
        ("2999-01-01/..", 0),
    ],
)
def test_time_selects_by_instant_and_interval(ogc: httpx.Client, text: str, matched: int) -> None:
    assert read(ogc, SIGHTINGS, datetime=text)["numberMatched"] == matched


def test_a_layer_without_time_ignores_datetime(ogc: httpx.Client) -> None:
    assert read(ogc, PLOTS, datetime="1900-01-01T00:00:00Z")["numberMatched"] == 18
    assert ogc.get(PLOTS, params={"datetime": "never"}).status_code == 400


def test_order_is_as_asked_with_the_identifier_as_the_last_word(ogc: httpx.Client) -> None:
    document = read(ogc, PLOTS, sortby="-storeys,code", limit=7)
    assert identifiers(document) == ["P15", "P16", "P17", "a/b c?d#e%f\"<x>'", "P02", "P05", "P08"]
    assert identifiers(ogc.get(f"{PLOTS}?sortby=+code&limit=2").json()) == ["P01", "P02"]


def test_only_the_attributes_asked_for_come_and_geometry_may_stay_away(ogc: httpx.Client) -> None:
    document = read(ogc, PLOTS, properties="storeys,code", skipGeometry="true", limit=1)
    assert document["features"][0]["properties"] == {"code": "P01", "storeys": 1}
    assert document["features"][0]["geometry"] is None


def test_a_limit_above_the_most_is_lowered(ogc: httpx.Client) -> None:
    document = read(ogc, SIGHTINGS, limit=1_000_000)
    assert document["numberReturned"] == 50
    assert "limit=10000" in (link(document, "self") or "")


def test_a_page_beyond_the_end_is_empty(ogc: httpx.Client) -> None:
    document = read(ogc, PLOTS, offset=1000)
    assert (document["numberMatched"], document["numberReturned"]) == (18, 0)
    assert link(document, "next") is None


def test_an_identifier_may_hold_anything(ogc: httpx.Client) -> None:
    listed = next(f for f in read(ogc, PLOTS, limit=100)["features"] if f["id"].startswith("a/b"))
    page = read_item(ogc, f"{PLOTS}/a%2Fb%20c%3Fd%23e%25f%22%3Cx%3E%27")
    assert page["id"] == listed["id"] == "a/b c?d#e%f\"<x>'"
    assert page["geometry"] == listed["geometry"]
    own = link(page, "self")
    assert own is not None
    assert ogc.get(own).json()["id"] == page["id"]


def read_item(ogc: httpx.Client, address: str) -> dict[str, Any]:
    response = ogc.get(address)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    assert response.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    return json.loads(response.text)


def test_an_item_without_a_geometry_has_null(ogc: httpx.Client) -> None:
    assert read_item(ogc, f"{PLOTS}/P16")["geometry"] is None


@pytest.mark.parametrize("identifier", ["nope", "%27%3B--", "a%00b", "P01%20", "x" * 3000])
def test_an_item_that_is_not_there_is_404(ogc: httpx.Client, identifier: str) -> None:
    response = ogc.get(f"{PLOTS}/{identifier}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_an_identifier_of_the_wrong_kind_is_404(ogc: httpx.Client) -> None:
    assert ogc.get(f"{SIGHTINGS}/abc").status_code == 404
    assert ogc.get(f"{SIGHTINGS}/99999999999999999999").status_code == 404
    assert read_item(ogc, f"{SIGHTINGS}/7")["id"] == "7"

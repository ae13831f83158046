"""The search box: codes, names, coordinates in any datum, and nothing that breaks it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial.addresses.search import search
from spatial.errors import InvalidInput
from spatial.geometry.datum import convert


def test_a_code_finds_its_unit_first(city) -> None:
    kind, found = search(city, "110108010", "wgs84", 5)
    assert kind == "code"
    assert (found[0]["kind"], found[0]["code"], found[0]["title"]) == ("unit", "110108010", "学院路街道")
    assert all(result["code"].startswith("110108010") for result in found)
    assert found[0]["bbox"][0] < found[0]["lon"] < found[0]["bbox"][2]


def test_components_and_events_are_found_by_their_numbers(city) -> None:
    code = city.execute("SELECT code, id FROM component ORDER BY id LIMIT 1").fetchone()
    number = city.execute("SELECT no, id FROM event ORDER BY id LIMIT 1").fetchone()
    for text, identifier in (code, number):
        found = search(city, text, "wgs84", 3)[1]
        assert [result["id"] for result in found if result["code"] == text] == [str(identifier)]


def test_a_name_finds_the_exact_one_first_and_nothing_twice(city) -> None:
    kind, found = search(city, "清华园街道", "wgs84", 20)
    assert kind == "text"
    assert (found[0]["kind"], found[0]["title"]) == ("unit", "清华园街道")
    assert len({(result["title"], round(result["lon"], 4)) for result in found}) == len(found)
    assert [result["kind"] for result in found].count("unit") == 1
    places = [result for result in search(city, "清华", "wgs84", 20)[1] if result["kind"] == "place"]
    assert places
    assert all(result["id"] for result in places)


def test_coordinates_are_read_in_their_datum(city) -> None:
    (lon,), (lat,) = convert([116.3265], [40.0035], "wgs84", "bd09")
    kind, (found,) = search(city, f"{lat:.8f}, {lon:.8f}", "bd09", 5)
    assert kind == "coordinates"
    assert (found["lon"], found["lat"]) == pytest.approx((116.3265, 40.0035), abs=1e-7)
    assert "swapped" in found["subtitle_en"]


@pytest.mark.parametrize(
    ("text", "datum", "limit", "where"),
    [
        ("", "wgs84", 10, "q"),
        ("   ", "wgs84", 10, "q"),
        ("x" * 201, "wgs84", 10, "q"),
        ("a\x00b", "wgs84", 10, "q"),
        ("x", "wgs84", 0, "limit"),
        ("x", "wgs84", 51, "limit"),
        ("x", "mars", 10, "datum"),
        ("116.3, 40", "mars", 10, "datum"),
    ],
)
def test_bad_questions_are_refused_by_name(city, text: str, datum: str, limit: int, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        search(city, text, datum, limit)
    assert refused.value.problems[0].where == where


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "';--", "a%b_c\\d"])
def test_wildcards_are_text(city, text: str) -> None:
    assert all(
        text in (result["title"] + result["title_en"]) for result in search(city, text, "wgs84", 10)[1]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=30))
def test_no_text_breaks_it(city, text: str) -> None:
    try:
        search(city, text, "wgs84", 5)
    except InvalidInput as refused:
        assert refused.problems[0].where == "q"

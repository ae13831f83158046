"""What is told of the city as a whole."""

from __future__ import annotations

from spatial.city import describe


def test_an_empty_store_is_described_without_a_name(postgis) -> None:
    facts = describe(postgis, "grids")
    assert (facts["name"], facts["bbox"], facts["units"], facts["sources"]) == (None, None, {}, [])
    assert facts["level_names"] == ["district", "street", "community", "grid"]


def test_the_demo_city_says_what_it_shows_and_whose_data_it_is(city) -> None:
    facts = describe(city, "grids")
    assert facts["units"][2] == 28
    assert facts["units"][3] >= 650
    assert facts["units"][4] >= 1500
    assert facts["counts"]["events"] >= 20_000
    assert facts["counts"]["places"] + facts["counts"]["components"] >= 5_000
    west, south, east, north = facts["bbox"]
    assert 116 < west < east < 117
    assert 39 < south < north < 41
    assert "OpenStreetMap" in str(facts["sources"])
    assert "28" in facts["extent_note"]

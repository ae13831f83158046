"""Coordinates as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.addresses.coordinates import parse_coordinates
from spatial.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("116.31, 39.98", (116.31, 39.98, False)),
        ("116.31,39.98", (116.31, 39.98, False)),
        ("116.31，39.98", (116.31, 39.98, False)),
        ("(116.31 39.98)", (116.31, 39.98, False)),
        ("116.31° 39.98°", (116.31, 39.98, False)),
        ("39.98 116.31", (116.31, 39.98, True)),
        ("43.8, 87.6", (87.6, 43.8, True)),
        ("-0.1, 51.5", (-0.1, 51.5, False)),
        ("39°58'48\"N 116°18'36\"E", (116.31, 39.98, True)),
        ("东经116°18′36″ 北纬39°58′48″".replace("东经", "东").replace("北纬", "北"), (116.31, 39.98, False)),
        ("116°18'36\" 39°58'48\"", (116.31, 39.98, False)),
        ("N39°54' W116°18'", (-116.3, 39.9, True)),
        ("W116°18' S39°54'", (-116.3, -39.9, False)),
        ("33°52'S, 151°12'E", (151.2, -33.866667, True)),
    ],
)
def test_it_reads(text: str, expected: tuple[float, float, bool]) -> None:
    found = parse_coordinates(text)
    assert found is not None
    assert (found.lon, found.lat) == pytest.approx(expected[:2], abs=1e-6)
    assert found.swapped == expected[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "清华园",
        "110108001",
        "110108001001",
        "116.31",
        "1 2 3",
        "成府路 45",
        "N39 N40",
        "39°N 40°N",
        "12, 34 号",
    ],
)
def test_it_leaves_the_rest_alone(text: str) -> None:
    assert parse_coordinates(text) is None


@pytest.mark.parametrize(
    "text", ["200, 300", "190,95", "39°99'N 116°18'E", "39°59'99\"N 116°0'E", "N99°0' E116°0'"]
)
def test_coordinates_of_no_place_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_coordinates(text)


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        found = parse_coordinates(text)
    except InvalidInput:
        return
    assert found is None or (abs(found.lon) <= 180 and abs(found.lat) <= 90)


@given(st.floats(73, 136), st.floats(3, 54), st.booleans())
def test_chinese_coordinates_are_read_in_either_order(lon: float, lat: float, turned: bool) -> None:
    first, second = (lat, lon) if turned else (lon, lat)
    found = parse_coordinates(f"{first:.7f}, {second:.7f}")
    assert found is not None
    assert (found.lon, found.lat) == pytest.approx((lon, lat), abs=1e-6)

"""What a query may say, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ogc.parameters import CRS84, plain
from layers.catalogue import Field, Layer
from spatial.errors import InvalidInput

EPSG = "http://www.opengis.net/def/crs/EPSG/0"
FIELDS = tuple(
    Field(name, kind, name, name)
    for name, kind in [
        ("code", "string"),
        ("storeys", "integer"),
        ("height_m", "number"),
        ("listed", "boolean"),
        ("seen_at", "date-time"),
    ]
)
LAYER = Layer("plots", "地块", "Plots", "", "plots", "code", "geom", "polygon", "seen_at", FIELDS, (), 0)


@pytest.mark.parametrize(
    ("name", "text", "plainly"),
    [
        ("limit", "10", "10"),
        ("limit", "0010", "10"),
        ("limit", "99999999", "10000"),
        ("offset", "0", "0"),
        ("bbox", "1,2,3,4", "1.0,2.0,3.0,4.0"),
        ("bbox", "1,2,-5,3,4,99", "1.0,2.0,3.0,4.0"),
        ("bbox", " 1,-.5,3e0,4.", "1.0,-0.5,3.0,4.0"),
        ("bbox", "170,-1,-170,1", "170.0,-1.0,-170.0,1.0"),
        ("datetime", "2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00+00:00"),
        ("datetime", "2026-01-31t00:00:00z", "2026-01-31T00:00:00+00:00"),
        ("datetime", "2026-01-31", "2026-01-31T00:00:00+00:00/2026-01-31T23:59:59.999999+00:00"),
        ("datetime", "../2026-01-31T00:00:00Z", "../2026-01-31T00:00:00+00:00"),
        ("datetime", "/2026-01-31T00:00:00Z", "../2026-01-31T00:00:00+00:00"),
        ("datetime", "2026-01-31T00:00:00.25Z/", "2026-01-31T00:00:00.250000+00:00/.."),
        ("datetime", "0000-01-01T00:00:00Z/2026-01-31T00:00:00Z", "../2026-01-31T00:00:00+00:00"),
        ("datetime", "2026-01-01/2026-01-02", "2026-01-01T00:00:00+00:00/2026-01-02T23:59:59.999999+00:00"),
        ("sortby", " code,-storeys", "code,-storeys"),
        ("sortby", "+code", "code"),
        ("properties", "code, storeys", "code,storeys"),
        ("skipGeometry", "TRUE", "true"),
        ("code", "a'; DROP TABLE unit; --", "a'; DROP TABLE unit; --"),
        ("storeys", "-07", "-7"),
        ("height_m", "1.50", "1.50"),
        ("listed", "True", "true"),
        ("seen_at", "2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00+00:00"),
        ("lang", "en-US", None),
        ("f", "html", None),
        ("crs", CRS84, None),
        ("bbox-crs", f"<{CRS84}>", None),
        ("crs", "urn:ogc:def:crs:EPSG::4326", f"{EPSG}/4326"),
        ("crs", "<https://www.opengis.net/def/crs/EPSG/9.9/4548>", f"{EPSG}/4548"),
        ("bbox-crs", "urn:citygrid:crs:gcj02", "urn:citygrid:crs:gcj02"),
        ("filter", "code = 'x'", "code = 'x'"),
        ("filter-lang", "cql-text", "cql-text"),
        ("q", " a  b, c", "a b,c"),
        ("zoom-level", "12.5", "12.5"),
        ("token", "AAAA_-", "AAAA_-"),
    ],
)
def test_a_good_value_is_written_in_one_plain_form(name: str, text: str, plainly: str | None) -> None:
    expected = {} if plainly is None else {name: plainly}
    if name == "lang":
        expected = {"lang": "en"}
    assert plain([(name, text)], LAYER) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "1.5"),
        ("limit", "9" * 5000),
        ("limit", "１０"),
        ("offset", "-1"),
        ("offset", str(2**31)),
        ("bbox", ""),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,4,5"),
        ("bbox", "1,2,3,nan"),
        ("bbox", "1,2,3,inf"),
        ("bbox", "1,2,3,1_0"),
        ("bbox", "a,b,c,d"),
        ("bbox", "1,2,3,1e999"),
        ("bbox", "5,9,6,1"),
        ("datetime", ""),
        ("datetime", "yesterday"),
        ("datetime", "2026-02-30"),
        ("datetime", "2026-01-31T25:00:00Z"),
        ("datetime", "2026-01-31T00:00:00"),
        ("datetime", "2026-01-02/2026-01-01"),
        ("datetime", "2026/2027/2028"),
        ("datetime", "9999-12-31T23:59:59-23:00"),
        ("sortby", "colour"),
        ("sortby", ""),
        ("properties", "code,colour"),
        ("skipGeometry", "perhaps"),
        ("storeys", "1.5"),
        ("storeys", str(2**63)),
        ("height_m", "NaN"),
        ("listed", "1"),
        ("seen_at", "2026-01-31"),
        ("code", "a\x00b"),
        ("crs", f"{EPSG}/2154"),
        ("crs", "4326"),
        ("bbox-crs", "EPSG:4326"),
        ("filter-lang", "sql"),
        ("q", "a,,b"),
        ("zoom-level", "31"),
        ("token", "a b"),
        ("f", "jsonld"),
        ("lang", "fr"),
        ("resulttype", "hits"),
        ("colour", "red"),
        ("Limit", "10"),
        ("x" * 5000, "1"),
    ],
)
def test_a_bad_value_is_refused_with_its_place(name: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plain([(name, text)], LAYER)
    assert [problem.where for problem in caught.value.problems] == [name[:100]]


def test_every_problem_is_named_at_once() -> None:
    query = [("limit", "0"), ("bbox", "1"), ("colour", "red"), ("code", "a"), ("code", "b")]
    with pytest.raises(InvalidInput) as caught:
        plain(query, LAYER)
    assert [problem.where for problem in caught.value.problems] == ["limit", "bbox", "colour", "code"]


def test_outside_items_only_form_and_language_are_known() -> None:
    assert plain([("f", "json"), ("lang", "zh")]) == {"lang": "zh"}
    with pytest.raises(InvalidInput):
        plain([("limit", "10")])


@given(
    st.sampled_from(
        [
            "limit",
            "offset",
            "bbox",
            "datetime",
            "sortby",
            "storeys",
            "seen_at",
            "crs",
            "q",
            "zoom-level",
            "token",
        ]
    ),
    st.text(),
)
def test_no_text_whatever_does_more_than_being_refused(name: str, text: str) -> None:
    try:
        once = plain([(name, text)], LAYER)
    except InvalidInput:
        return
    assert plain(list(once.items()), LAYER) == once

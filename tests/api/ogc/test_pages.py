"""Pages for people: whole, escaped, in two languages, and fit for a strict content policy."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from api.ogc.pages.sketch import sketch
from api.ogc.pages.words import WORDS

PLOTS = "/ogc/collections/ogc_test_plots"
PAGES = [
    "/ogc",
    "/ogc/openapi",
    "/ogc/conformance",
    "/ogc/collections",
    PLOTS,
    f"{PLOTS}/queryables",
    f"{PLOTS}/schema",
    f"{PLOTS}/items",
    f"{PLOTS}/items?limit=18",
    f"{PLOTS}/items?limit=3&offset=3&sortby=name&properties=name,storeys",
    f"{PLOTS}/items?skipGeometry=true&code=none",
    f"{PLOTS}/items/P15",
    f"{PLOTS}/items/P16",
    f"{PLOTS}/items/a%2Fb%20c%3Fd%23e%25f%22%3Cx%3E%27",
    "/ogc/collections/nope",
    f"{PLOTS}/items?limit=%3Cb%3E&%3Cscript%3E=1",
]
VOID = {"meta", "link", "br", "path"}


class Page(HTMLParser):
    """Checks that tags match, and collects tags, attributes and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [text for name, text in attrs if name in {"href", "src"} and text]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole_and_runs_nothing(ogc: httpx.Client, address: str, language: str) -> None:
    sign = "&" if "?" in address else "?"
    answer = ogc.get(f"{address}{sign}f=html&lang={language}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert not page.tags & {"script", "style", "iframe", "object"}
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert all(link.startswith("/") and not link.startswith("//") for link in page.links)
    assert "<built-in" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("address", PAGES[:-2])
def test_every_link_of_a_page_leads_somewhere(ogc: httpx.Client, address: str) -> None:
    for link in set(Page(ogc.get(address, params=httpx.QueryParams(f="html")).text).links) - {"/"}:
        assert ogc.get(link, headers={"accept": "text/html"}).status_code == 200, link


def test_a_page_of_items_can_be_turned(ogc: httpx.Client) -> None:
    first = ogc.get(f"{PLOTS}/items?f=html&limit=10&sortby=name").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    last = ogc.get(following[1].replace("&amp;", "&")).text
    assert "第 11–18 项，共 18 项" in last
    assert 'rel="next"' not in last
    assert 'rel="prev"' in last


def test_values_are_shown_as_text(ogc: httpx.Client) -> None:
    text = ogc.get(f"{PLOTS}/items/P16?f=html").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "地块&lt;b&gt;" in text


def test_the_style_sheet_loads_nothing(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/static/ogc.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "url(" not in answer.text
    assert "@import" not in answer.text


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()


def test_a_sketch_keeps_the_proportions_on_the_ground() -> None:
    square = [[0, 60], [2, 60], [2, 61], [0, 61], [0, 60]]
    drawn = sketch([{"geometry": {"type": "Polygon", "coordinates": [square]}}])
    assert drawn is not None
    corners = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", drawn.areas)]
    width = max(x for x, _ in corners) - min(x for x, _ in corners)
    height = max(y for _, y in corners) - min(y for _, y in corners)
    assert width / height == pytest.approx(0.985, abs=0.01)  # 2 degrees of longitude at 60.5 N


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "MultiPoint", "coordinates": [[1, 2, 3], [3, 4, 5]]},
        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]},
        {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
    ],
)
def test_every_kind_of_geometry_can_be_sketched(geometry: dict[str, object]) -> None:
    drawn = sketch([{"geometry": geometry}, {"geometry": None}])
    assert drawn is not None
    assert drawn.areas or drawn.lines or drawn.dots


@pytest.mark.parametrize("geometry", [None, {"type": "MultiPolygon", "coordinates": []}])
def test_nothing_to_see_is_no_sketch(geometry: dict[str, object] | None) -> None:
    assert sketch([{"geometry": geometry}]) is None

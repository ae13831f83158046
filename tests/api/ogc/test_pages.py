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
    f"{PLOTS}/sortables",
    "/ogc/functions",
    f"{PLOTS}/items?filter=storeys+IN+(1,2)&q=plot",
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
VOID = {"meta", "link", "br", "path", "input"}


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
    assert "built-in" not in answer.text
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
    assert not WORDS["zh"].keys() & set(dir(dict)), "a template would show the method of the dictionary"


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


def filtered(ogc: httpx.Client, **fields: str) -> httpx.Response:
    """Send the form as a browser does: every field, the empty ones, too."""
    empty = {"filter": "", "q": "", "bbox": "", "sortby": "", "limit": "10"}
    return ogc.get(f"{PLOTS}/items", params={"f": "html", "lang": "en", **empty, **fields})


def test_the_form_asks_for_nothing_where_nothing_was_written(ogc: httpx.Client) -> None:
    answer = filtered(ogc)
    assert answer.status_code == 200
    assert "1–10 of 18" in answer.text


def test_the_form_filters_and_keeps_what_was_written(ogc: httpx.Client) -> None:
    answer = filtered(ogc, filter="storeys = 9 AND name LIKE 'plot%' OR code='P15'", sortby="-code")
    assert "1–1 of 1" in answer.text
    assert "storeys = 9 AND name LIKE &#39;plot%&#39; OR code=&#39;P15&#39;</textarea>" in answer.text
    assert '<option value="-code" selected>' in answer.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"filter": "nonsense = 1"}, "nonsense"),
        ({"filter": "storeys >"}, "filter"),
        ({"filter": "storeys = 'many'"}, "storeys"),
        ({"bbox": "1,2"}, "must be 4 numbers"),
    ],
)
def test_the_form_says_in_words_what_is_wrong_and_keeps_it(
    ogc: httpx.Client, fields: dict[str, str], words: str
) -> None:
    answer = filtered(ogc, **fields)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    alert = answer.text.partition('role="alert"')[2].partition("</div>")[0]
    assert words in alert
    assert "<form" in answer.text
    assert next(iter(fields.values())).replace("'", "&#39;").replace(">", "&gt;") in answer.text


@pytest.mark.parametrize("name", ["ogc_test_plots", "ogc_test_sightings", "components", "events", "streets"])
def test_every_example_of_a_filter_runs(ogc: httpx.Client, name: str) -> None:
    page = ogc.get(f"/ogc/collections/{name}/items?f=html").text
    links = [link for link in Page(page).links if "filter=" in link]
    assert links
    for link in links:
        assert ogc.get(link, headers={"accept": "text/html"}).status_code == 200, link


def test_collections_stand_in_groups_and_can_be_searched_without_a_script(ogc: httpx.Client) -> None:
    whole = ogc.get("/ogc/collections?f=html&lang=en").text
    assert whole.count("<section>") >= 2
    found = ogc.get("/ogc/collections", params={"f": "html", "lang": "en", "q": "sightings"}).text
    assert "1 collections" in found or "1 collection" in found
    assert found.count("<tr>") == 1
    assert "No collection matches" in ogc.get("/ogc/collections?f=html&lang=en&q=zzz").text


def test_a_collection_offers_its_files_and_names_its_systems(ogc: httpx.Client) -> None:
    text = ogc.get(f"{PLOTS}?f=html&lang=en").text
    for short in ("CRS84", "EPSG:4326", "EPSG:4548", "gcj02"):
        assert f">{short}</code>" in text

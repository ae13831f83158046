"""The map page as its users meet it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from spatial.geometry.datum import convert
from tests.web_map.conftest import PHONE, Grid, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PANEL = "cg-detail-panel"


def test_the_whole_city_is_drawn(visit: Visitor) -> None:
    here = visit()
    here.open()
    assert here.rendered("streets-line")
    assert any(found["count"] > 1 for found in here.rendered("events-cluster"))
    expect(here.page.locator("cg-status-bar .extent")).not_to_be_empty()
    expect(here.page.locator("cg-status-bar .attribution")).to_contain_text("OpenStreetMap")
    here.shoot("map-city-zh")


def test_click_shows_whose_place_it_is(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open(grid.fragment)
    for layer in ("grids-line", "communities-line", "streets-line"):
        assert here.rendered(layer), layer
    here.click_map(grid.lon, grid.lat)
    expect(here.page.locator(f"{PANEL} .chain li")).to_have_count(4)
    expect(here.page.locator(f"{PANEL} .chain li").last).to_contain_text(grid.code)
    expect(here.page.locator(f"{PANEL} #ruling .ruling")).to_contain_text("在网格内")
    expect(here.page.locator(f"{PANEL} .person strong")).not_to_be_empty()
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['grids-selected-fill']}).length > 0")
    assert "at=" in here.page.url
    here.shoot("map-panel-zh")


def test_category_asks_for_its_duty_person(visit: Visitor, grid: Grid, api: httpx.Client) -> None:
    category = api.get("/api/categories").json()["categories"][0]["code"]
    here = visit()
    here.open(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    with here.page.expect_response(re.compile(f"locate.*category={category}")):
        here.page.locator(f"{PANEL} #category").select_option(category)
    expect(here.page.locator(f"{PANEL} .basis")).not_to_be_empty()


def test_event_shows_its_card(visit: Visitor, grid: Grid, api: httpx.Client) -> None:
    here = visit()
    here.open(grid.fragment)
    spot = _free_event(here.page)
    here.page.mouse.click(spot["x"], spot["y"])
    expect(here.page.locator(f"{PANEL} .eyebrow")).to_have_text("事件")
    known = api.get(f"/api/events/{spot['id']}").json()
    expect(here.page.locator(f"{PANEL} #card")).to_contain_text(known["no"])
    expect(here.page.locator(f"{PANEL} .chain li")).to_have_count(4)


def _free_event(page: Page) -> dict[str, Any]:
    """An event that no panel covers and that stands apart from the others."""
    return page.evaluate("""() => {
        const map = citygridMap;
        const seen = map.queryRenderedFeatures({layers: ['events-point']}).map((event) =>
            ({id: event.properties.id, ...map.project(event.geometry.coordinates)}));
        const isFree = (a) => a.x > 450 && a.x < innerWidth - 340 && a.y > 60 && a.y < innerHeight - 60;
        const isAlone = (a) => seen.every((b) => b.id === a.id || Math.hypot(a.x - b.x, a.y - b.y) > 16);
        const clear = (a) => map.queryRenderedFeatures([[a.x - 8, a.y - 8], [a.x + 8, a.y + 8]],
            {layers: ['places-point', 'components-point']}).length === 0;
        return seen.find((a) => isFree(a) && isAlone(a) && clear(a));
    }""")


def test_outside_the_city_nobody_is_named(visit: Visitor, api: httpx.Client) -> None:
    _, south, east, _ = api.get("/api/city").json()["bbox"]
    here = visit()
    here.open(f"#map=14/{south}/{east}&at={east + 0.01},{south - 0.01}")
    expect(here.page.locator(f"{PANEL} .outside")).to_contain_text("不属于任何网格")
    expect(here.page.locator(f"{PANEL} .person")).to_have_count(0)


@pytest.mark.parametrize(
    "by", ["code", *(pytest.param(by, marks=pytest.mark.slow) for by in ("name", "gcj02"))]
)
def test_search_finds(visit: Visitor, grid: Grid, by: str) -> None:
    here = visit()
    here.open()
    here.page.locator("#datum").select_option("gcj02" if by == "gcj02" else "wgs84")
    here.page.fill("#search", _query(grid, by))
    expect(here.page.locator("[role=option]").first).to_be_visible()
    if by == "gcj02":
        expect(here.page.locator("cg-search-box .assumed")).to_contain_text("GCJ-02")
    here.page.keyboard.press("ArrowDown")
    expect(here.page.locator("#search")).to_have_attribute("aria-activedescendant", "result-0")
    here.page.keyboard.press("Enter")
    expected = grid.street if by == "name" else grid.code
    expect(here.page.locator(f"{PANEL} .chain")).to_contain_text(expected)
    here.wait_drawn()


def _query(grid: Grid, by: str) -> str:
    if by == "gcj02":
        lon, lat = map(float, convert(grid.lon, grid.lat, "wgs84", "gcj02"))
        return f"{lon:.7f}, {lat:.7f}"
    return grid.code if by == "code" else grid.street


def test_search_says_when_nothing_is_found(visit: Visitor) -> None:
    here = visit()
    here.open()
    here.page.fill("#search", "没有这个地方xyz")
    expect(here.page.locator("cg-search-box .note")).to_contain_text("没有找到")


def test_late_answer_never_replaces_a_newer_one(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open()

    def delay(route: Any) -> None:
        here.page.wait_for_timeout(1500)
        route.continue_()

    here.page.route(re.compile(r"/api/search\?q=110108&"), delay)
    here.page.fill("#search", "110108")
    here.page.wait_for_timeout(300)
    here.page.fill("#search", grid.code)
    first = here.page.locator("[role=option]").first
    expect(first).to_contain_text(grid.code)
    here.page.wait_for_timeout(1800)
    expect(first).to_contain_text(grid.code)


@pytest.mark.slow
def test_language_is_switched_and_remembered(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    here.page.locator("#language").click()
    expect(here.page.locator("html")).to_have_attribute("lang", "en")
    expect(here.page.locator(f"{PANEL} h3").first).to_have_text("Ruling")
    expect(here.page.locator("#search")).to_have_attribute("placeholder", re.compile("coordinates"))
    here.wait_drawn()
    here.shoot("map-panel-en")
    here.open(grid.fragment)
    expect(here.page.locator("html")).to_have_attribute("lang", "en")


def test_layers_are_switched(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open(f"#map=13.5/{grid.lat}/{grid.lon}")
    assert here.rendered("events-cluster")
    here.page.locator("cg-layer-panel input[name=events]").uncheck()
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['events-cluster']}).length === 0")
    here.open(f"#map=13.5/{grid.lat}/{grid.lon}")
    assert not here.rendered("events-cluster"), "the choice is remembered"


def test_keyboard_alone_asks_and_closes(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open(grid.fragment)
    here.page.locator("#map canvas").focus()
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{PANEL} .chain")).to_contain_text(grid.code)
    here.page.keyboard.press("Escape")
    expect(here.page.locator(PANEL)).to_have_count(0)
    assert "at=" not in here.page.url


def test_every_control_has_a_name(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.open(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    here.page.fill("#search", grid.code)
    expect(here.page.locator("[role=option]").first).to_be_visible()
    assert here.nameless() == []


def test_lost_tiles_are_said_and_come_back(visit: Visitor, grid: Grid) -> None:
    here = visit()
    here.page.route("**/tiles/grids/**", lambda route: route.abort())
    here.open(grid.fragment)
    expect(here.page.locator("cg-status-bar .trouble")).to_contain_text("未能载入")
    here.page.unroute("**/tiles/grids/**")
    here.page.locator("cg-status-bar .trouble button").click()
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['grids-line']}).length > 0")
    expect(here.page.locator("cg-status-bar .trouble")).to_be_empty()
    here.console.clear()


def test_lost_server_is_said_and_comes_back(visit: Visitor) -> None:
    here = visit()
    here.open()
    here.page.context.set_offline(True)
    here.page.fill("#search", "110108")
    expect(here.page.locator(".banner")).to_contain_text("无法连接服务器")
    here.page.context.set_offline(False)
    here.page.locator(".banner button").click()
    expect(here.page.locator(".banner")).to_have_count(0)
    here.console.clear()


def test_phone_shows_a_sheet_below_the_map(visit: Visitor, grid: Grid) -> None:
    here = visit(size=PHONE, locale="en-GB")
    here.open(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    expect(here.page.locator(f"{PANEL} .chain li")).to_have_count(4)
    sheet = here.page.locator(f"{PANEL} aside").bounding_box()
    assert sheet is not None
    assert sheet["width"] == PHONE["width"]
    assert sheet["y"] > PHONE["height"] * 0.4
    assert here.page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
    _marker_is_free(here, sheet["y"])
    here.shoot("map-phone-en")


def _marker_is_free(here: Visit, sheet_top: float) -> None:
    marker = here.page.locator(".map-marker").bounding_box()
    assert marker is not None
    assert marker["y"] + marker["height"] < sheet_top

"""The tree of layers on the start page: found, switched on, ordered, weakened, linked."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.web_map.conftest import PHONE, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TREE = "cg-layer-tree"
UTILITIES = "城市部件/市政公用设施"
CLOSE = 15


def row(page: Page, name: str) -> Locator:
    """The row of a layer in the tree."""
    return page.locator(f"{TREE} .row", has=page.locator(f"input[name='{name}']"))


def box(page: Page, name: str) -> Locator:
    return page.locator(f"{TREE} input[name='{name}']")


def group(page: Page, path: str) -> Locator:
    return page.locator(f"{TREE} input[data-group='{path}']")


def sources(here: Visit) -> set[str]:
    """Name the layers that the map draws from tiles of their own."""
    found = here.page.evaluate("() => Object.keys(citygridMap.getStyle().sources)")
    return {name.removeprefix("@") for name in found if name.startswith("@")}


def drawn(here: Visit, name: str) -> int:
    """Count what the map draws of a layer in the window."""
    return here.page.evaluate(
        "(name) => citygridMap.queryRenderedFeatures({layers: citygridMap.getLayersOrder()"
        ".filter((id) => id.startsWith(`@${name}-`))}).length",
        name,
    )


def until_drawn(here: Visit, name: str) -> None:
    here.until(f"""() => citygridMap.queryRenderedFeatures({{layers: citygridMap.getLayersOrder()
        .filter((id) => id.startsWith('@{name}-'))}}).length > 0""")


@pytest.fixture(scope="module")
def catalogue(api: httpx.Client) -> list[dict[str, Any]]:
    return api.get("/api/layers").json()["layers"]


@pytest.fixture(scope="module")
def pilot(api: httpx.Client) -> str:
    """Close by where the census has counted everything: what every class has."""
    west, south, east, north = api.get("/api/layers/components_01001/extent").json()["bbox"]
    return f"#map={CLOSE}/{(south + north) / 2}/{(west + east) / 2}"


def test_the_catalogue_is_as_large_as_a_citys(catalogue: list[dict[str, Any]]) -> None:
    themes = [each for each in catalogue if each["part_of"]]
    assert len(themes) >= 90 and len(catalogue) >= 100
    assert all(each["theme"]["zh"] and each["theme"]["en"] and each["look"]["signs"] for each in catalogue)


def test_every_layer_stands_in_its_group(visit: Visitor, catalogue: list[dict[str, Any]]) -> None:
    here = visit()
    here.open()
    expect(here.page.locator("#layer-search")).to_have_attribute(
        "placeholder", re.compile(str(len(catalogue)))
    )
    of_utilities = [each for each in catalogue if each["theme"]["zh"] == UTILITIES]
    group(here.page, "城市部件").press("ArrowRight")
    group(here.page, UTILITIES).press("ArrowRight")
    for each in of_utilities:
        expect(row(here.page, each["name"])).to_contain_text(each["title"])
    assert here.nameless() == []
    here.shoot("layers-zh")


def test_nothing_is_fetched_before_it_is_switched_on(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(pilot)
    expect(box(here.page, "events")).to_be_checked()
    assert not [url for url in here.requests if "style.json" in url or "/tiles/components_" in url]
    assert sources(here) == set()


def test_a_layer_is_searched_and_switched_on(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(pilot)
    here.page.fill("#layer-search", "雨水 井盖")
    expect(here.page.locator(f"{TREE} [role=status]")).to_contain_text("1")
    expect(row(here.page, "components_01003").locator("mark").first).to_be_visible()
    box(here.page, "components_01003").check()
    until_drawn(here, "components_01003")
    expect(row(here.page, "components_01003").locator(".spinner")).to_have_count(0)
    here.page.keyboard.press("Escape")
    here.page.locator("#layer-search").focus()
    here.page.keyboard.press("Escape")
    expect(here.page.locator("#layer-search")).to_have_value("")
    expect(group(here.page, "城市部件")).to_have_js_property("indeterminate", True)
    here.page.fill("#layer-search", "没有这样的")
    expect(here.page.locator(f"{TREE} [role=status]")).to_contain_text("没有")


def test_a_group_is_switched_as_a_whole(visit: Visitor, pilot: str, catalogue: list[dict[str, Any]]) -> None:
    here = visit()
    here.open(pilot)
    path = "城市部件/园林绿化设施"
    names = {each["name"] for each in catalogue if each["theme"]["zh"] == path}
    group(here.page, "城市部件").press("ArrowRight")
    group(here.page, path).check()
    here.until(f"() => Object.keys(citygridMap.getStyle().sources).length >= {8 + len(names) - 1}")
    assert sources(here) == names
    group(here.page, path).press("ArrowRight")
    box(here.page, "components_04002").uncheck()
    expect(group(here.page, path)).to_have_js_property("indeterminate", True)
    here.until("() => !citygridMap.getSource('@components_04002')")
    group(here.page, path).click()
    expect(group(here.page, path)).to_be_checked()
    group(here.page, path).click()
    expect(group(here.page, path)).not_to_be_checked()
    assert sources(here) == set()


@pytest.mark.slow
def test_thirty_layers_and_more_have_a_bound(visit: Visitor) -> None:
    here = visit()
    here.open()
    group(here.page, "城市部件").click()
    expect(here.page.locator(".toast")).to_contain_text("60")
    expect(here.page.locator("#layer-tab-shown")).to_contain_text("66")
    expect(group(here.page, "城市部件")).to_have_js_property("indeterminate", True)
    here.page.locator("#layer-tab-shown").click()
    here.page.locator(f"{TREE} .bottom button").click()
    expect(here.page.locator("#layer-tab-shown")).to_contain_text("6")
    here.until("() => !Object.keys(citygridMap.getStyle().sources).some((name) => name.startsWith('@'))")
    here.wait_drawn()


def test_opacity_order_and_legend_of_what_is_shown(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(f"{pilot}&layers=police_areas,school_areas,components_03005,resources")
    for name in ("police_areas", "school_areas", "components_03005"):
        until_drawn(here, name)
    here.page.locator("#layer-tab-shown").click()
    shown = here.page.locator(f"{TREE} .row.shown")
    expect(shown.first).to_contain_text("警务区")
    expect(here.page.locator(f"{TREE} .legend").first).to_contain_text("队伍")
    order = "() => citygridMap.getLayersOrder().filter((id) => /^@(police|school)_areas-fill/.test(id))"
    assert here.page.evaluate(order) == ["@school_areas-fill", "@police_areas-fill"], "the first lies on top"
    shown.first.get_by_role("button", name="下移").click()
    expect(shown.first).to_contain_text("学区")
    assert here.page.evaluate(order) == ["@police_areas-fill", "@school_areas-fill"]
    shown.first.locator(".more").click()
    here.page.locator(f"{TREE} input[type=range]").fill("40")
    opacity = "() => citygridMap.getPaintProperty('@school_areas-fill', 'fill-opacity')"
    assert here.page.evaluate(opacity) == pytest.approx(0.18 * 0.4)
    assert "layers=school_areas:40,police_areas,components_03005,resources" in here.page.url
    here.shoot("layers-shown-zh")


def test_points_lie_above_areas_and_names_above_all(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(f"{pilot}&layers=police_areas,components_03005")
    until_drawn(here, "police_areas")
    until_drawn(here, "components_03005")
    order = here.page.evaluate("() => citygridMap.getLayersOrder()")
    at = {name: order.index(name) for name in order}
    bins = next(each for each in order if re.match(r"@components_03005-(point|sign)", each))
    assert at["base-rail-ties"] < at["@police_areas-fill"] < at["grids-line"] < at["events-point"] < at[bins]
    assert at[bins] < at["base-label-poi"] < at["@police_areas-label"]


@pytest.mark.slow
def test_the_link_brings_the_same_map_to_somebody_else(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(pilot)
    here.page.fill("#layer-search", "公厕")
    box(here.page, "components_03002").check()
    here.page.fill("#layer-search", "事件")
    box(here.page, "events").uncheck()
    until_drawn(here, "components_03002")
    link = here.page.url.removeprefix(here.url)
    assert "components_03002" in link and "!events" in link
    other = visit(locale="en-GB")
    other.open(link.lstrip("/"))
    until_drawn(other, "components_03002")
    assert not other.rendered("events-point")
    expect(other.page.locator("#layer-tab-shown")).to_contain_text("6")
    # MapLibre rewrites the address when the map moves.
    other.page.evaluate("() => citygridMap.jumpTo({zoom: 14.4})")
    other.until("() => location.hash.includes('14.4')")
    assert "layers=components_03002,!events" in other.page.url


@pytest.mark.slow
def test_the_choice_is_remembered_and_a_link_without_layers_keeps_it(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(pilot)
    here.page.fill("#layer-search", "公厕")
    box(here.page, "components_03002").check()
    until_drawn(here, "components_03002")
    here.open(pilot)
    until_drawn(here, "components_03002")


@pytest.mark.slow
def test_a_link_with_layers_that_are_not_there_says_so(visit: Visitor) -> None:
    here = visit()
    here.open("#layers=nothing_like_it,components_03002,also%22%3Cb%3E:20")
    expect(here.page.locator(f"{TREE} .missing")).to_contain_text("2")
    here.until("() => citygridMap.getSource('@components_03002')")
    assert sources(here) == {"components_03002"}
    box(here.page, "events").uncheck()
    expect(here.page.locator(f"{TREE} .missing")).to_have_count(0)


def test_who_may_not_see_a_layer_has_no_row_and_no_tiles_of_it(visit: Visitor, accounts: Any) -> None:
    viewer = accounts.settled("陈看", role="viewer", reach="city")
    here = visit(account=viewer, fresh=True)
    here.open("#layers=components_03002")
    expect(here.page.locator("#layer-tab-shown")).to_be_visible()
    assert here.nameless() == []


@pytest.mark.slow
def test_a_failed_layer_says_so_and_is_loaded_again(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.page.route("**/tiles/components_03005/**", lambda route: route.abort())
    here.open(pilot)
    here.page.fill("#layer-search", "垃圾箱")
    box(here.page, "components_03005").check()
    again = row(here.page, "components_03005").locator("button.bad")
    expect(again).to_be_visible()
    expect(here.page.locator("cg-status-bar .trouble")).to_contain_text("未能载入")
    here.shoot("layers-failed-zh")
    here.page.unroute("**/tiles/components_03005/**")
    again.click()
    until_drawn(here, "components_03005")
    expect(again).to_have_count(0)
    here.console.clear()


@pytest.mark.slow
def test_a_look_that_does_not_come_is_said_too(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.page.route("**/components_03005/style.json*", lambda route: route.abort())
    here.open(pilot)
    here.page.fill("#layer-search", "垃圾箱")
    box(here.page, "components_03005").check()
    again = row(here.page, "components_03005").locator("button.bad")
    expect(again).to_be_visible()
    here.page.unroute("**/components_03005/style.json*")
    again.click()
    until_drawn(here, "components_03005")
    here.console.clear()


@pytest.mark.slow
def test_a_legend_that_does_not_come_is_asked_for_once(visit: Visitor, pilot: str) -> None:
    here = visit()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, body="{}")

    here.page.route("**/api/layers/components_03005/legend", refuse)
    here.open(f"{pilot}&layers=components_03005")
    here.page.fill("#layer-search", "垃圾箱")
    more = row(here.page, "components_03005").locator(".more")
    more.click()
    expect(here.page.locator(f"{TREE} .note", has_text="图例")).to_be_visible()
    here.page.fill("#layer-search", "垃圾")
    here.page.fill("#layer-search", "垃圾箱")
    here.page.wait_for_timeout(500)
    assert len(asked) == 1
    here.page.unroute("**/api/layers/components_03005/legend")
    more.click()
    with here.page.expect_response("**/api/layers/components_03005/legend") as answered:
        more.click()
    assert answered.value.status == 200
    here.console.clear()


@pytest.mark.slow
def test_a_layer_says_from_where_it_is_seen_and_that_nothing_is_here(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open("#map=10/39.98/116.25&layers=unit_grids")
    here.page.fill("#layer-search", "单元网格")
    expect(row(here.page, "unit_grids")).to_contain_text("14")
    here.open("#map=16/39.75/116.0&layers=components_03005")
    here.page.fill("#layer-search", "垃圾箱")
    expect(row(here.page, "components_03005")).to_contain_text("此处无")
    row(here.page, "components_03005").locator(".more").click()
    here.page.get_by_role("button", name="缩放到此图层").click()
    until_drawn(here, "components_03005")
    expect(row(here.page, "components_03005")).not_to_contain_text("此处无")


def test_a_click_on_a_switched_on_point_opens_its_card(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(f"{pilot.replace(str(CLOSE), '14.5', 1)}&layers=components_03008,!events,!places")
    until_drawn(here, "components_03008")
    spot = here.page.evaluate("""() => {
        const free = (a) => a.x > 450 && a.x < innerWidth - 340 && a.y > 60 && a.y < innerHeight - 60;
        const signs = /^@components_03008-(point|sign)$/;
        const layers = citygridMap.getLayersOrder().filter((id) => signs.test(id));
        const at = (one) => citygridMap.project(one.geometry.coordinates);
        return citygridMap.queryRenderedFeatures({layers})
            .map((one) => ({name: one.properties.name, ...at(one)})).find(free);
    }""")
    here.page.mouse.click(spot["x"], spot["y"])
    expect(here.page.locator("cg-detail-panel")).to_contain_text(spot["name"].split("(")[0])
    expect(here.page.locator("cg-detail-panel #card")).to_contain_text("宣传栏")


def test_the_keyboard_alone_finds_and_switches(visit: Visitor) -> None:
    here = visit()
    here.open()
    here.page.locator("#layer-search").focus()
    here.page.keyboard.type("police")
    here.page.keyboard.press("ArrowDown")
    here.page.keyboard.press("ArrowDown")
    expect(box(here.page, "police_areas")).to_be_focused()
    here.page.keyboard.press("Space")
    expect(box(here.page, "police_areas")).to_be_checked()
    here.until("() => citygridMap.getSource('@police_areas')")
    here.page.keyboard.press("Home")
    expect(group(here.page, "网格体系")).to_be_focused()
    here.page.locator("#layer-tab-all").focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.page.locator("#layer-tab-shown")).to_be_focused()
    expect(here.page.locator(f"{TREE} .row.shown").first).to_contain_text("警务区")


@pytest.mark.slow
def test_the_language_is_switched_with_names_on_the_map(visit: Visitor, pilot: str) -> None:
    here = visit()
    here.open(f"{pilot}&layers=police_areas")
    until_drawn(here, "police_areas")
    field = "() => JSON.stringify(citygridMap.getLayoutProperty('@police_areas-label', 'text-field'))"
    assert "name_en" not in here.page.evaluate(field)
    here.page.locator("#language").click()
    here.until(f"() => ({field})().includes('name_en')")
    expect(here.page.locator(f"{TREE} #layer-tab-shown")).to_contain_text("On the map")
    expect(here.page.locator(TREE)).to_contain_text("City components")


def test_the_ground_is_switched_off_and_on(visit: Visitor) -> None:
    here = visit()
    here.open()
    none = here.page.locator(f"{TREE} input[name=base-map][value='-']")
    none.check()
    here.until("() => citygridMap.getLayoutProperty('base-water', 'visibility') === 'none'")
    assert "!base" in here.page.url
    here.page.locator(f"{TREE} input[name=base-map][value='']").check()
    here.until("() => citygridMap.getLayoutProperty('base-water', 'visibility') === 'visible'")
    assert "layers=" not in here.page.url


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_phone_has_the_tree_behind_a_button(visit: Visitor, locale: str, pilot: str) -> None:
    here = visit(size=PHONE, locale=locale)
    here.open(f"{pilot}&layers=components_03005")
    until_drawn(here, "components_03005")
    expect(here.page.locator(f"{TREE} .list")).to_have_count(0)
    here.page.locator("cg-layer-panel .toggle").click()
    expect(here.page.locator(f"{TREE} .list")).to_be_visible()
    assert here.page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
    for each in here.page.locator(f"{TREE} .row").all()[:6]:
        found = each.bounding_box()
        assert found is not None and found["height"] >= 40, "a finger finds it"
    assert here.nameless() == []
    here.shoot(f"layers-phone-{locale[:2]}")

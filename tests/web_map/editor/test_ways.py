"""Every way to change a grid, as hands do it: by mouse, by finger, in the tree and in the forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect
from shapely import LineString, MultiLineString, Point
from shapely.ops import substring

from tests.web_map.accounts import Account
from tests.web_map.conftest import PHONE, Visitor
from tests.web_map.editing import LONG, MIDDLE, Drawn, Editor, across, at_work, beside, central

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ONLY = """() => [...document.querySelector('cg-editor').shadowRoot.querySelector('cg-side-panel').shadowRoot
    .querySelector('cg-unit-card').shadowRoot.querySelector('cg-people-form').shadowRoot
    .querySelectorAll('.found button')].every((one) => one.innerText.trim().startsWith('%s'))"""
REST_MS = 750
"""A finger rests after 550 ms."""


def shared_border(one: Drawn, other: Drawn) -> Any:
    return one.polygon.intersection(other.polygon)


def around(place: tuple[float, float], far: float) -> list[tuple[float, float]]:
    """A small square to be clicked corner by corner."""
    lon, lat = place
    return [(lon - far, lat - far), (lon + far, lat - far), (lon + far, lat + far), (lon - far, lat + far)]


@pytest.mark.slow
def test_a_piece_is_handed_to_the_neighbour(editor: Editor) -> None:
    _, grid = at_work(editor, "划转")
    near = beside(editor, grid)[0]
    middle = shared_border(grid, near).interpolate(0.5, normalized=True) \
        if shared_border(grid, near).geom_type == "LineString" \
        else shared_border(grid, near).representative_point()  # fmt: skip
    page = editor.page
    page.locator("#toggle-snap").click()
    editor.choose(grid)
    editor.take("transfer")
    editor.draw(*around((middle.x, middle.y), 0.0006))
    expect(page.locator("#task form")).to_contain_text("划给")
    page.locator("#task select[name=to]").select_option(near.id)
    editor.visit.shoot("editor-transfer-zh")
    editor.do("划转")
    after = editor.grids()
    assert after[grid.id].polygon.area < grid.polygon.area
    assert after[near.id].polygon.area > near.polygon.area
    both = after[grid.id].polygon.area + after[near.id].polygon.area
    assert both == pytest.approx(grid.polygon.area + near.polygon.area, rel=1e-9)


@pytest.mark.slow
def test_a_new_grid_is_drawn_over_two(editor: Editor) -> None:
    _, grid = at_work(editor, "新建")
    near = beside(editor, grid)[0]
    place = shared_border(grid, near).representative_point()
    page = editor.page
    page.keyboard.press("s")
    page.keyboard.press("n")
    editor.draw(*around((place.x, place.y), 0.0007))
    expect(page.locator("#task form")).to_contain_text("从这些网格划出")
    page.locator("#task input[name=name]").fill("河岸网格")
    editor.do("新建网格")
    (new,) = [one for one in editor.grids().values() if one.code is None]
    assert new.polygon.contains(Point(place.x, place.y))
    assert new.id not in {grid.id, near.id}


@pytest.mark.slow
def test_a_grid_retires_and_its_neighbour_inherits(editor: Editor) -> None:
    _, grid = at_work(editor, "注销")
    near = beside(editor, grid)[0]
    page = editor.page
    editor.choose(grid)
    page.locator("#act-retire").click()
    page.locator("cg-unit-card select[name=to]").select_option(near.id)
    page.locator("#save-retire").click()
    editor.saved("注销")
    after = editor.grids()
    assert grid.id not in after
    assert after[near.id].polygon.area == pytest.approx(near.polygon.area + grid.polygon.area, rel=1e-9)
    page.locator("#undo").click()
    expect(page.locator("#redo")).to_contain_text("注销", timeout=LONG)
    editor.visit.wait_drawn()
    assert grid.id in editor.grids()


@pytest.mark.slow
def test_people_are_found_by_surname_and_stay_masked(editor: Editor) -> None:
    _, grid = at_work(editor, "定人")
    page = editor.page
    editor.choose(grid)
    page.locator("#act-assign").click()
    found = page.locator("cg-people-form .found button")
    expect(found.first).to_be_visible(timeout=LONG)
    surname = found.first.inner_text()[0]
    page.locator("#find-person").fill(surname)
    expect(found.first).to_contain_text(surname)
    editor.visit.until(ONLY % surname)
    name = found.first.inner_text().split()[0]
    assert "*" in name and name[0] == surname
    editor.visit.shoot("editor-people-zh")
    found.first.click()
    page.locator("cg-people-form li select").last.select_option("leader")
    page.locator("#save-assign").click()
    editor.saved("定人")
    expect(page.locator("cg-unit-card .facts")).to_contain_text(f"网格长 {name}")
    page.locator("#act-assign").click()
    for button in page.locator("cg-people-form .stack .icon-button").all()[::-1]:
        button.click()
    page.locator("#save-assign").click()
    expect(page.locator("cg-unit-card .facts")).to_contain_text("未定人", timeout=LONG)


@pytest.mark.slow
def test_a_code_is_changed_by_hand(editor: Editor) -> None:
    _, grid = at_work(editor, "改编码")
    page = editor.page
    editor.choose(grid)
    code = f"{str(grid.code)[:12]}777"
    page.locator("#act-recode").click()
    page.fill("cg-unit-card input[name=code]", str(grid.code))
    page.locator("#save-recode").click()
    expect(page.locator("#remark")).to_contain_text("没有任何变化", timeout=LONG)
    page.fill("cg-unit-card input[name=code]", code)
    page.locator("#save-recode").click()
    editor.saved("改编码")
    expect(page.locator("#unit-code")).to_have_text(code)
    editor.visit.forgive(400)


@pytest.mark.slow
def test_a_grid_moves_to_another_community_by_drag_in_the_tree(editor: Editor) -> None:
    _, grid = at_work(editor, "拖动迁移")
    page = editor.page
    editor.choose(grid)
    item = page.locator(f"[role=treeitem][data-id='{grid.id}']")
    expect(item).to_have_attribute("aria-selected", "true", timeout=LONG)
    communities = page.locator("[role=treeitem][aria-level='3'][aria-expanded=false]")
    other = communities.first
    name = other.locator(".cut").inner_text()
    item.drag_to(other)
    editor.saved("迁移")
    expect(page.locator("cg-unit-card .facts")).to_contain_text(name)
    moved = page.locator(f"[role=treeitem][data-id='{grid.id}']")
    expect(moved).to_be_visible(timeout=LONG)
    assert editor.grids()[grid.id].polygon.equals(grid.polygon)


def test_the_tree_is_read_as_it_is_opened(editor: Editor) -> None:
    editor.open()
    editor.begin("懒加载")
    page = editor.page
    asked = [url for url in editor.visit.requests if "/tree?" in url]
    assert asked and all("below=" in url or "above=" in url for url in asked)
    items = page.locator("[role=treeitem]")
    before = items.count()
    page.locator("[role=treeitem][aria-level='2'] .twist").first.click()
    expect(page.locator("[role=treeitem][aria-level='3']").first).to_be_visible(timeout=LONG)
    assert items.count() > before
    page.locator("#find-unit").fill("nothing of this name")
    expect(page.locator("cg-unit-tree")).to_contain_text("没有找到")


@pytest.mark.slow
def test_a_line_follows_a_neighbour(editor: Editor) -> None:
    _, grid = at_work(editor, "沿边界")
    page = editor.page
    ring = grid.polygon.boundary.buffer(1e-9)
    own = [border for border in editor.borders() if ring.contains(LineString(border))]
    arc = max(own, key=len)
    assert len(arc) > 3
    editor.take("transfer")
    page.keyboard.press("t")
    expect(page.locator("#toggle-trace")).to_have_attribute("aria-pressed", "true")
    editor.choose(grid)
    for place in (arc[0], arc[-1]):
        page.mouse.move(*editor.at(*place))
        page.mouse.click(*editor.at(*place))
    line = editor.line()
    assert {tuple(at) for at in arc} <= {tuple(at) for at in line}
    editor.visit.shoot("editor-trace-zh")
    page.keyboard.press("Escape")


@pytest.mark.slow
def test_a_line_follows_a_street(editor: Editor) -> None:
    at_work(editor, "沿道路")
    page = editor.page
    editor.look_at(*MIDDLE, 15.4)
    roads = page.evaluate(
        "() => citygridMap.querySourceFeatures('basemap', {sourceLayer: 'road'}).flatMap(({geometry}) =>"
        " geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates)"
    )
    borders = MultiLineString(editor.borders())
    stretches = [
        substring(LineString(road), start, end, normalized=True)
        for road in roads
        for start, end in ((0.1, 0.9), (0.2, 0.7), (0.4, 0.9), (0.1, 0.5), (0.5, 0.9))
    ]
    bent = [
        list(way.coords)
        for way in stretches
        if len(way.coords) > 2
        and min(borders.distance(Point(end)) for end in (way.coords[0], way.coords[-1])) > 0.0001
        and max(LineString([way.coords[0], way.coords[-1]]).distance(Point(at)) for at in way.coords) > 1e-5
        and way.distance(Point(MIDDLE)) < 0.006
    ]
    inside = [way for way in bent if clear(editor, way[0]) and clear(editor, way[-1])]
    assert inside, f"no street in the window: {len(roads)} roads, {len(bent)} bent"
    road = max(inside, key=lambda way: LineString(way).length)
    page.keyboard.press("t")
    editor.take("split")
    for place in (road[0], road[-1]):
        page.mouse.move(*editor.at(*place))
        page.mouse.click(*editor.at(*place))
    line = editor.line()
    assert len(line) > 2, "the line runs straight"
    way = LineString(road).buffer(3e-5)
    assert all(way.contains(Point(at)) for at in line)


@pytest.mark.slow
def test_a_lasso_merges_what_it_goes_around(editor: Editor) -> None:
    _, grid = at_work(editor, "圈选合并")
    near = beside(editor, grid)[0]
    page = editor.page
    editor.take("merge")
    page.mouse.move(*editor.at(*grid.middle))
    page.mouse.down()
    page.mouse.move(*editor.at(*near.middle), steps=12)
    page.mouse.up()
    chosen = page.locator("#task input[name=into]")
    expect(chosen.first).to_be_visible()
    editor.visit.shoot("editor-lasso-zh")
    values = {one.get_attribute("value") for one in chosen.all()}
    assert {grid.id, near.id} <= values
    page.locator(f"#task input[name=into][value='{grid.id}']").check()
    editor.do("合并")
    after = editor.grids()
    assert grid.id in after and near.id not in after
    assert after[grid.id].polygon.area > grid.polygon.area


@pytest.mark.slow
def test_before_and_after_lie_beside_each_other(editor: Editor) -> None:
    _, grid = at_work(editor, "对比")
    page = editor.page
    editor.split(grid)
    editor.tab("steps")
    page.locator("#swipe").click()
    expect(page.locator("#map-before")).to_be_visible()
    edge = page.locator("#swipe-edge")
    edge.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    clip = page.evaluate("() => document.getElementById('map-before').style.clipPath")
    assert "40%" in clip, clip
    editor.visit.wait_drawn()
    page.wait_for_timeout(1500)
    editor.visit.shoot("editor-swipe-zh")
    page.locator("#swipe").click()
    expect(page.locator("#map-before")).to_have_count(0)


def touch(page: Page, at: tuple[float, float], rest_ms: int) -> None:
    """Put a finger down, let it rest, and lift it."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": at[0], "y": at[1]}]}
    )
    page.wait_for_timeout(rest_ms)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


@pytest.mark.slow
def test_a_resting_finger_takes_a_vertex_out(visit: Visitor, drafter: Account) -> None:
    editor = Editor(visit(drafter, size={"width": 1180, "height": 820}))
    editor.open()
    editor.begin("长按")
    editor.look_at(*MIDDLE, 16.5)
    page = editor.page
    grid = central(editor)
    page.touchscreen.tap(*editor.at(*grid.middle))
    expect(page.locator("#unit-name")).to_be_visible()
    editor.take("vertex")
    editor.visit.until("() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']}).length > 2")
    handles = page.evaluate(
        "() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']})"
        ".filter((one) => one.properties.kind === 'vertex').map((one) => one.geometry.coordinates)"
    )
    free = [at for at in handles if clear(editor, at)]
    assert free, "no vertex of its own in sight"
    before = len(grid.polygon.exterior.coords) if grid.polygon.geom_type == "Polygon" else len(
        grid.polygon.geoms[0].exterior.coords)  # fmt: skip
    touch(page, editor.at(*free[0]), REST_MS)
    editor.saved("删除边界点")
    after = editor.grids()[grid.id].polygon
    ring = after.exterior if after.geom_type == "Polygon" else after.geoms[0].exterior
    assert len(ring.coords) == before - 1


def clear(editor: Editor, at: Sequence[float]) -> bool:
    """Tell whether a place lies on the map with no panel over it."""
    x, y = editor.at(at[0], at[1])
    return bool(editor.page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.tagName === 'CANVAS'", [x, y]
    ))  # fmt: skip


@pytest.mark.slow
def test_a_finger_draws_a_split(visit: Visitor, drafter: Account) -> None:
    editor = Editor(visit(drafter, size=PHONE))
    editor.open()
    editor.begin("触屏")
    editor.look_at(*MIDDLE, 16)
    page = editor.page
    (grid,) = [one for one in editor.grids().values() if one.polygon.contains(Point(MIDDLE))]
    page.touchscreen.tap(*editor.at(*MIDDLE))
    expect(page.locator("#unit-name")).to_be_visible()
    page.evaluate(
        "([w, s, e, n]) => citygridMap.fitBounds([[w, s], [e, n]],"
        " {padding: {top: 150, bottom: 110, left: 40, right: 40}, animate: false})",
        list(grid.polygon.bounds),
    )
    editor.visit.wait_drawn()
    editor.take("split")
    for place in across(grid, 0.03):
        page.touchscreen.tap(*editor.at(*place))
    page.locator("#finish").click()
    expect(page.locator("#task form")).to_contain_text("编码留给哪一部分")
    editor.visit.shoot("editor-phone-split-zh")
    editor.do("拆分")

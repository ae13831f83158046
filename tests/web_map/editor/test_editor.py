"""The grid editor as its users meet it: drawing by mouse, review, publication, the public map after it."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import expect

from tests.web_map.accounts import Account, Accounts
from tests.web_map.conftest import PHONE, Visitor
from tests.web_map.editing import LONG, MIDDLE, Editor, across, at_work, beside, located

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_split_goes_from_the_mouse_to_the_public_map(
    editor: Editor, visit: Visitor, accounts: Accounts, api: httpx.Client
) -> None:
    before = datetime.now(UTC).isoformat()
    number, grid = at_work(editor, "拆分中关村网格")
    page = editor.page
    editor.choose(grid)
    editor.take("split")
    editor.draw(*across(grid))
    expect(page.locator("#task form")).to_contain_text("编码留给哪一部分")
    editor.visit.shoot("editor-split-zh")
    page.locator("#task input[name^=name-]").first.fill("新街坊网格")
    page.locator("#do").click()
    editor.saved("拆分")
    (new,) = [one for one in editor.grids().values() if one.code is None]

    editor.tab("impact")
    expect(page.locator("cg-impact-list section")).to_have_count(3, timeout=LONG)
    expect(page.locator("cg-impact-list")).to_contain_text("户数")
    editor.visit.shoot("editor-impact-zh")
    editor.let_pass("路网为准")
    editor.visit.shoot("editor-issues-zh")
    page.locator("#next").click()
    page.locator("#do-submit").click()
    expect(page.locator("#status")).to_have_text("待审核", timeout=LONG)
    expect(page.locator("#tool-split")).to_have_count(0)
    expect(page.locator("#do-approve")).to_have_count(0)

    reviewer = Editor(visit(accounts.administrator))
    reviewer.open()
    reviewer.page.locator(f"[data-plan='{number}']").click()
    expect(reviewer.page.locator("#status")).to_have_text("待审核", timeout=LONG)
    reviewer.look_at(*grid.middle)
    reviewer.tab("steps")
    expect(reviewer.page.locator("cg-step-list")).to_contain_text("新网格", timeout=LONG)
    reviewer.visit.shoot("editor-review-zh")
    reviewer.page.locator("#next").click()
    reviewer.page.locator("#do-approve").click()
    expect(reviewer.page.locator("#status")).to_have_text("已批准", timeout=LONG)
    reviewer.page.locator("#do-publish").click()
    expect(reviewer.page.locator("#status")).to_have_text("已发布", timeout=LONG)

    assert located(api, *new.middle)["name"] == "新街坊网格"
    assert located(api, *new.middle)["code"] != grid.code
    assert located(api, *new.middle, at=before)["code"] == grid.code
    public = visit(accounts.administrator)
    lon, lat = new.middle
    public.open(f"#map=16/{lat}/{lon}&at={lon},{lat}")
    expect(public.page.locator("cg-detail-panel .chain li").last).to_contain_text("新街坊网格")
    codes = {found["code"] for found in public.rendered("grids-line")}
    assert located(api, *new.middle)["code"] in codes


def test_a_vertex_moves_for_the_neighbour_too_and_comes_back(editor: Editor) -> None:
    _, grid = at_work(editor, "移动边界点")
    editor.choose(grid)
    editor.take("vertex")
    editor.visit.until("() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']}).length > 2")
    lon, lat = max(grid.polygon.exterior.coords if grid.polygon.geom_type == "Polygon"
                   else grid.polygon.geoms[0].exterior.coords, key=lambda at: (at[1], at[0]))  # fmt: skip
    page = editor.page
    page.locator("#toggle-snap").click()
    expect(page.locator("#toggle-snap")).to_have_attribute("aria-pressed", "false")
    editor.drag((lon, lat), (14, 12), lambda: editor.visit.shoot("editor-vertex-zh"))
    editor.saved("移动边界点")
    moved = editor.grids()
    assert moved[grid.id].polygon.symmetric_difference(grid.polygon).area > 0
    overlaps = [one.polygon.intersection(moved[grid.id].polygon).area
                for one in moved.values() if one.id != grid.id]  # fmt: skip
    assert max(overlaps) < 1e-12
    page.reload()
    editor.visit.wait_drawn()
    expect(page.locator("#undo")).to_contain_text("移动边界点", timeout=LONG)
    expect(page.locator("#unit-name")).to_be_visible(timeout=LONG)
    page.keyboard.press("Control+z")
    expect(page.locator("#redo")).to_contain_text("移动边界点", timeout=LONG)
    editor.look_at(*grid.middle)
    assert editor.grids()[grid.id].polygon.equals(grid.polygon)


def test_a_border_that_crosses_another_is_refused_in_words(editor: Editor) -> None:
    _, grid = at_work(editor, "越界")
    editor.choose(grid)
    editor.take("vertex")
    editor.visit.until("() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']}).length > 2")
    ring = grid.polygon.exterior if grid.polygon.geom_type == "Polygon" else grid.polygon.geoms[0].exterior
    corner = max(ring.coords, key=lambda at: at[0] + at[1])
    remark = editor.page.locator("#remark")
    editor.drag(corner, (-520, 330), lambda: expect(remark).to_be_visible())
    expect(remark).to_contain_text("已放回原处")
    expect(editor.page.locator("#undo")).to_be_disabled()


@pytest.mark.slow
def test_two_grids_become_one_by_clicks_and_by_lasso(editor: Editor) -> None:
    _, grid = at_work(editor, "合并")
    near = beside(editor, grid)
    page = editor.page
    editor.take("merge")
    for one in (grid, near[0]):
        page.mouse.click(*editor.at(*one.middle))
    expect(page.locator("#task input[name=into]")).to_have_count(2)
    page.locator("#do").click()
    editor.saved("合并")
    assert len({grid.id, near[0].id} & set(editor.grids())) == 1
    editor.take("merge")
    start = editor.at(*grid.middle)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*editor.at(*near[1].middle), steps=12)
    page.mouse.up()
    editor.visit.until("() => location.hash.includes('unit=')")
    assert page.locator("#task input[name=into]").count() >= 2


def test_names_and_parents_are_changed_without_drawing(editor: Editor) -> None:
    _, grid = at_work(editor, "改名与迁移")
    page = editor.page
    page.keyboard.press("/")
    page.keyboard.type(str(grid.code))
    page.locator("[role=treeitem]").first.click()
    expect(page.locator("#unit-code")).to_have_text(str(grid.code))
    page.locator("#act-rename").click()
    page.fill("cg-unit-card input[name=name]", "学府网格")
    page.locator("#save-rename").click()
    editor.saved("改名")
    expect(page.locator("#unit-name")).to_have_text("学府网格")
    expect(page.locator("[role=treeitem][aria-selected=true]")).to_contain_text("学府网格")
    page.locator("#act-migrate").click()
    options = page.locator("cg-unit-card select[name=parent] option[value]:not([value=''])")
    expect(options.first).to_be_attached(timeout=LONG)
    parent = options.first.inner_text()
    page.locator("#save-migrate").click()
    editor.saved("迁移")
    expect(page.locator("cg-unit-card .facts")).to_contain_text(parent.split()[-1])
    editor.tab("steps")
    expect(page.locator("cg-step-list")).to_contain_text("换了上级", timeout=LONG)


def test_everything_has_a_name_and_a_key(editor: Editor) -> None:
    at_work(editor, "键盘")
    page = editor.page
    assert editor.visit.nameless() == []
    page.keyboard.press("c")
    expect(page.locator("#tool-split")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#tool-select")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘与操作")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#language").click()
    expect(page.locator("#tool-split")).to_contain_text("Split")
    editor.visit.shoot("editor-en")


def test_a_line_is_drawn_by_keyboard_alone(editor: Editor) -> None:
    _, grid = at_work(editor, "键盘画线")
    page = editor.page
    editor.choose(grid)
    page.keyboard.press("c")
    for lon, lat in (across(grid)[0], across(grid)[-1]):
        editor.look_at(lon, lat)
        page.locator("#map canvas").focus()
        page.keyboard.press("Enter")
    page.locator("#finish").click()
    expect(page.locator("#task form")).to_contain_text("编码留给哪一部分")


@pytest.mark.slow
def test_a_street_sees_and_changes_its_own_grids_only(
    visit: Visitor, accounts: Accounts, api: httpx.Client
) -> None:
    street = located(api, *MIDDLE)["chain"][1]["code"]
    clerk = accounts.settled("赵六", role="street_administrator", reach="area", area=street)
    editor = Editor(visit(clerk))
    editor.open()
    editor.begin("街道内调整")
    editor.look_at(*MIDDLE)
    assert all(str(one.code).startswith(street) for one in editor.grids().values())
    rows = editor.page.locator("[role=treeitem]").all_inner_texts()
    assert rows and not any("学院路" in row for row in rows)


def test_who_is_not_logged_in_is_asked_and_comes_to_the_plans(visit: Visitor, drafter: Account) -> None:
    here = visit(logged_in=False)
    here.page.goto(f"{here.url}/editor")
    here.page.fill("input[name=username]", drafter.username)
    here.page.fill("input[name=password]", drafter.password)
    here.page.locator("cg-login-card .primary").click()
    expect(here.page.locator("#new-plan")).to_be_visible()
    here.wait_drawn()


def test_on_a_phone_plans_are_found_and_grids_touched(visit: Visitor, drafter: Account) -> None:
    editor = Editor(visit(drafter, size=PHONE))
    editor.open()
    expect(editor.page.locator("#new-plan")).to_be_visible()
    editor.visit.shoot("editor-phone-list-zh")
    editor.begin("手机")
    expect(editor.page.locator("#find-unit")).to_be_hidden()
    editor.look_at(*MIDDLE)
    editor.page.touchscreen.tap(*editor.at(*MIDDLE))
    expect(editor.page.locator("#unit-name")).to_be_visible()
    editor.take("vertex")
    editor.visit.shoot("editor-phone-zh")
    assert editor.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

"""Plans beside each other and beside the map: conflicts, what is in force, streets, base maps, files."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from shapely import box, to_geojson

from spatial.geometry.datum import convert
from tests.patience import until
from tests.servers import LiveServer
from tests.tile_platform import MARK, Platform
from tests.web_map.accounts import Accounts
from tests.web_map.conftest import Visitor
from tests.web_map.editing import LONG, MIDDLE, Drawn, Editor, at_work, beside, located

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DENSE = "micro_grids"


@pytest.fixture(scope="module")
def colleague(live_server: LiveServer, accounts: Accounts) -> Iterator[httpx.Client]:
    """Another administrator of the district, at the JSON API."""
    account = accounts.settled("孙同事", role="district_administrator")
    with httpx.Client(base_url=live_server.url, timeout=90) as client:
        form = {"username": account.username, "password": account.password}
        token = client.post("/api/auth/token", data=form).raise_for_status().json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def published(colleague: httpx.Client, reviewer: httpx.Client, *operations: dict[str, Any]) -> int:
    """Have a plan of a colleague drafted, approved and published; gives the version."""

    def good(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()

    plan = good(colleague.post("/api/plans", json={"coverage": "grids", "title": "同事的调整单"}))["id"]
    for operation in operations:
        good(colleague.post(f"/api/plans/{plan}/operations", json=operation))
    for issue in good(colleague.get(f"/api/plans/{plan}/problems"))["issues"]:
        if issue["blocks"]:
            sent = {"issue": issue["id"], "reason": "for the test"}
            good(colleague.post(f"/api/plans/{plan}/waivers", json=sent))
    good(colleague.post(f"/api/plans/{plan}/submit", json={}))
    good(reviewer.post(f"/api/plans/{plan}/approve", json={}))
    done = good(reviewer.post(f"/api/plans/{plan}/publish?wait=30", json={}))

    def is_published() -> bool:
        nonlocal done
        done = good(reviewer.get(f"/api/plans/{plan}"))
        return bool(done["status"] == "published")

    until(is_published)
    return int(done["published_version"])


def square(place: Any, far: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        to_geojson(box(place.x - far, place.y - far, place.x + far, place.y + far))
    )
    return found


def test_a_conflict_is_shown_three_ways_and_one_chooses(
    editor: Editor, api: httpx.Client, colleague: httpx.Client
) -> None:
    number, grid = at_work(editor, "被超越的调整单")
    near = beside(editor, grid)[0]
    place = grid.polygon.intersection(near.polygon).representative_point()
    mine = {"op": "transfer", "from": grid.id, "to": near.id, "polygon": square(place, 0.0006)}
    answer = colleague.post(f"/api/plans/{number}/operations", json=mine)
    assert answer.is_success, answer.text
    theirs = {"op": "transfer", "from": near.id, "to": grid.id, "polygon": square(place, 0.0004)}
    published(colleague, api, theirs, {"op": "rename", "unit": near.id, "name": "同事改的名"})

    page = editor.page
    page.reload()
    editor.visit.wait_drawn()
    editor.tab("review")
    clashes = page.locator("cg-conflict-list fieldset")
    expect(clashes.first).to_be_visible(timeout=LONG)
    expect(clashes.first.locator("table")).to_contain_text("边界")
    for side in ("base", "mine", "published"):
        clashes.first.locator(f"[data-side={side}]").click()
        editor.visit.wait_drawn()
        editor.visit.until("() => citygridMap.queryRenderedFeatures({layers: ['changed-line']}).length > 0")
        colours = {one["properties"]["colour"] for one in editor.features("changed")}
        assert len(colours) == 1, colours
    clashes.first.locator("[data-side=all]").click()
    editor.visit.wait_drawn()
    editor.visit.shoot("editor-conflict-zh")
    assert len({one["properties"]["colour"] for one in editor.features("changed")}) == 3

    def area() -> float:
        return editor.grids()[near.id].polygon.area

    # The list goes before the map has read the grids again.
    mine_at_first = area()
    for one in clashes.all():
        one.locator("input[value=theirs]").check()
    page.locator("#do-rebase").click()
    until(lambda: area() < mine_at_first)
    expect(clashes).to_have_count(0, timeout=LONG)
    expect(page.locator("#do-rebase")).to_have_count(0)
    theirs_now = area()
    page.locator("#undo").click()
    expect(clashes.first).to_be_visible(timeout=LONG)
    for one in clashes.all():
        one.locator("input[value=mine]").check()
    page.locator("#do-rebase").click()
    expect(clashes).to_have_count(0, timeout=LONG)
    until(lambda: area() > theirs_now)


@pytest.mark.slow
def test_what_is_in_force_is_drawn_anew_after_publication(
    editor: Editor, visit: Visitor, accounts: Accounts
) -> None:
    number, grid = at_work(editor, "发布后刷新")
    page = editor.page
    editor.split(grid)
    editor.let_pass("路网为准")
    page.locator("#next").click()
    page.locator("#do-submit").click()
    expect(page.locator("#status")).to_have_text("待审核", timeout=LONG)

    reviewer = Editor(visit(accounts.administrator))
    reviewer.open()
    reviewer.page.locator(f"[data-plan='{number}']").click()
    reviewer.look_at(*grid.middle)
    before = in_force(reviewer)
    reviewer.page.locator("#next").click()
    reviewer.page.locator("#do-approve").click()
    expect(reviewer.page.locator("#status")).to_have_text("已批准", timeout=LONG)
    reviewer.page.locator("#do-publish").click()
    expect(reviewer.page.locator("#status")).to_have_text("已发布", timeout=LONG)
    reviewer.page.wait_for_timeout(2500)
    reviewer.visit.wait_drawn()
    assert in_force(reviewer) - before, "the new grid is not among what is in force"


def in_force(editor: Editor) -> set[str]:
    return set(
        editor.page.evaluate(
            "() => citygridMap.querySourceFeatures('grids', {sourceLayer: 'grids'})"
            ".map((one) => one.properties.code)"
        )
    )


@pytest.mark.slow
def test_streets_are_previewed_as_the_plan_has_them(editor: Editor) -> None:
    _, grid = at_work(editor, "按街道预览")
    page = editor.page
    editor.split(grid)
    page.locator("#streets").click()
    dialog = page.get_by_role("dialog", name="按街道预览此调整单")
    first = dialog.locator("tbody tr").first
    expect(first).to_contain_text("→", timeout=LONG)
    before, after = (int(part.replace(",", "")) for part in first.locator("td").first.inner_text().split("→"))
    assert after == before + 1
    expect(first.locator("td").nth(1)).to_have_text("100 %")
    editor.visit.shoot("editor-streets-zh")
    first.locator("button").click()
    expect(dialog).to_be_hidden()


def marked(editor: Editor) -> tuple[float, float]:
    """Find the cross of the platform on the screen: where its longest row and column meet."""
    pixels = np.asarray(Image.open(io.BytesIO(editor.page.screenshot())).convert("RGB")).astype(int)
    cross = (abs(pixels - MARK) < 40).all(axis=2)
    assert cross.any(), "the mark is not on the screen"
    return float(cross.sum(axis=0).argmax()) + 0.5, float(cross.sum(axis=1).argmax()) + 0.5


@pytest.mark.slow
def test_the_base_map_of_a_platform_lies_where_our_data_lies(editor: Editor, platform: Platform) -> None:
    editor.open()
    page = editor.page
    expect(page.locator("#credit")).to_contain_text("离线底图")
    page.locator("#base-map").click()
    page.get_by_label("街道图").check()
    page.locator("#base-map").click()
    page.evaluate(
        "([lon, lat]) => citygridMap.jumpTo({center: [lon + 0.002, lat - 0.001], zoom: 16})", [*MIDDLE]
    )
    editor.visit.wait_drawn()
    expect(page.locator("#credit")).to_have_text("© 测试图商 · 审图号 GS（2026）0000号")
    page.wait_for_timeout(500)
    x, y = editor.at(*MIDDLE)
    found = marked(editor)
    assert abs(found[0] - x) <= 2 and abs(found[1] - y) <= 2, (found, x, y)
    editor.visit.shoot("editor-base-map-zh")
    page.reload()
    editor.visit.wait_drawn()
    expect(page.locator("#credit")).to_contain_text("测试图商")

    platform.is_down = True
    page.evaluate("() => citygridMap.jumpTo({center: [116.28, 39.95], zoom: 15})")
    expect(page.locator("#base-fails")).to_be_visible(timeout=LONG)
    platform.is_down = False
    roads = "() => citygridMap.queryRenderedFeatures().some((one) => one.source === 'basemap')"
    editor.visit.until(roads)
    editor.visit.shoot("editor-base-map-down-zh")
    editor.visit.forgive(503)
    page.locator("#base-map").click()
    page.get_by_label("离线底图").check()
    expect(page.locator("#credit")).to_contain_text("离线底图")
    assert page.evaluate("() => citygridMap.getLayer('picture-of-base') === undefined")


@pytest.mark.slow
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_coordinates_are_shown_and_read_in_the_chosen_datum(editor: Editor, datum: str) -> None:
    editor.open()
    page = editor.page
    page.locator("#datum").select_option(datum)
    lon, lat = (float(each) for each in convert(*MIDDLE, "wgs84", datum))
    page.locator("#coordinates").fill(f"{lon:.6f}, {lat:.6f}")
    page.locator("#go-there").click()
    editor.visit.until("() => !citygridMap.isMoving() && citygridMap.getZoom() > 16")
    x, y = editor.at(*MIDDLE)
    page.mouse.move(x, y)
    expect(page.locator("#pointer")).to_contain_text(f"{lon:.4f}")
    shown = [float(part) for part in page.locator("#pointer").inner_text().split(",")]
    assert shown == pytest.approx([lon, lat], abs=1e-5)
    page.locator("#coordinates").fill("somewhere")
    page.locator("#go-there").click()
    expect(page.locator("#pointer")).to_have_text("不是坐标。")
    editor.visit.shoot(f"editor-coordinates-{datum}-zh")


def broken(grid: Drawn, near: Drawn, folder: Path) -> Path:
    """Write two grids as a file of a stranger: the second one is drawn a little into the first."""
    too_much = near.polygon.buffer(0.000008).intersection(grid.polygon)
    shapes = [(grid, grid.polygon), (near, near.polygon.union(too_much))]
    features = [
        {"type": "Feature", "properties": {"code": one.code, "name": f"导入 {one.code}"},
         "geometry": json.loads(to_geojson(shape))}
        for one, shape in shapes
    ]  # fmt: skip
    path = folder / "街道.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_a_file_is_repaired_and_every_moved_piece_can_be_seen(editor: Editor, tmp_path: Path) -> None:
    _, grid = at_work(editor, "导入")
    near = beside(editor, grid)[0]
    page = editor.page
    editor.tab("bulk")
    page.locator("#import input[type=file]").set_input_files(broken(grid, near, tmp_path))
    page.locator("#do-import").click()
    report = page.locator("#report")
    expect(report).to_contain_text("已导入", timeout=LONG)
    expect(report.locator("table tbody tr")).to_have_count(2)
    expect(page.locator("#undo")).to_contain_text("导入", timeout=LONG)
    editor.visit.shoot("editor-import-zh")
    places = report.locator("[data-place]")
    expect(places.first).to_be_visible()
    lon, lat = (float(part) for part in str(places.first.get_attribute("data-place")).split(","))
    places.first.click()
    editor.visit.until("() => !citygridMap.isMoving() && citygridMap.getZoom() > 16")
    x, y = editor.at(lon, lat)
    assert 300 < x < 1090 and 56 < y < 870, (x, y)
    with page.expect_download() as download:
        report.locator("a[download]").click()
    assert str(grid.code) in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.locator("#undo").click()
    expect(page.locator("#redo")).to_contain_text("导入", timeout=LONG)
    editor.look_at(*MIDDLE)
    assert editor.grids()[near.id].polygon.equals(near.polygon)


@pytest.mark.slow
def test_micro_grids_are_made_in_a_grid_that_is_picked(editor: Editor, api: httpx.Client) -> None:
    lon, lat = MIDDLE
    editor.open()
    page = editor.page
    page.locator("#new-plan").click()
    page.fill("input[name=title]", "生成微网格")
    page.locator("select[name=coverage]").select_option(DENSE)
    page.locator("#make-plan").click()
    expect(page.locator("#status")).to_have_text("草稿", timeout=LONG)
    page.evaluate("([lon, lat]) => { citygridMap.jumpTo({center: [lon, lat], zoom: 16}); }", [lon, lat])
    editor.visit.wait_drawn()
    editor.tab("bulk")
    page.locator("#pick-grids").click()
    page.mouse.click(*editor.at(lon, lat))
    code = located(api, lon, lat)["code"]
    expect(page.locator("#micro .chip")).to_contain_text(code, timeout=LONG)
    page.locator("#micro input[name=most]").fill("40")
    page.locator("#do-micro").click()
    expect(page.locator("[data-made]")).to_contain_text("个微网格", timeout=LONG)
    editor.visit.wait_drawn()
    editor.visit.shoot("editor-micro-zh")
    page.locator("#undo").click()
    expect(page.locator("#redo")).to_be_enabled(timeout=LONG)

"""The page of the public as citizens meet it: a phone, no account, a bad network, a screen reader."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from spatial.database import connect
from spatial.events.attachments import Store
from spatial.settings import Settings
from tests.servers import serving
from tests.spatial.rights.town import GRIDS, build, middle
from tests.web_map.conftest import Visit, _watched
from web_map import assets

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
AXE = assets.WEB / "node_modules/axe-core/axe.min.js"
MARKUP = "<img src=x onerror=alert(1)>"
HERE = middle(GRIDS[0])
_SHOWN = {("phone", "zh-CN", "light"), ("desk", "en-GB", "dark")}
FORMS = [
    pytest.param(*form, marks=() if form in _SHOWN else pytest.mark.slow)
    for form in product(("phone", "desk"), ("zh-CN", "en-GB"), ("light", "dark"))
]
"""Screens, languages and schemes; a landing sees two of them."""

_COUNT_POSITIONS = """
    globalThis.asked = 0;
    const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
    navigator.geolocation.getCurrentPosition = (...all) => { globalThis.asked += 1; real(...all); };
"""


def _furnish(connection: psycopg.Connection[Any]) -> None:
    build(connection)
    for kind, name, grid, hours in (
        ("toilet", "东门公厕", 0, "24/7"),
        ("toilet", MARKUP, 1, "off"),
        ("park", "小公园", 2, "by appointment"),
    ):
        lon, lat = middle(GRIDS[grid])
        connection.execute(
            "INSERT INTO place (kind, name, name_en, risk_level, geom, unit_code, source, attributes)"
            " VALUES (%s, %s, %s, 4, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test', %s)",
            (kind, name, f"{kind} {grid}", lon, lat, GRIDS[grid], json.dumps({"opening_hours": hours})),
        )


class Town:
    """A server over a small town, and what it keeps."""

    def __init__(self, url: str, database: str, home: Path) -> None:
        self.url, self.database, self.home = url, database, home

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database as its owner."""
        with connect(self.database) as connection:
            return connection.execute(statement, values).fetchall()

    def reports(self, text: str) -> list[Any]:
        """Find the reports with a text: id, title, state."""
        return self.ask(
            "SELECT id, title, state FROM event WHERE source = 'public' AND description = %s", text
        )


@pytest.fixture(scope="module")
def town(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Town]:
    assets.ensure_built()
    home = tmp_path_factory.mktemp("public")
    # All tests come from one address.
    quotas = {
        f"CITYGRID_{name}_PER_MINUTE": "0" for name in ("PUBLIC_REPORTS", "PUBLIC_LOOKUPS", "OPEN_QUOTA")
    }
    with (
        make_city(_furnish) as database,
        socket.create_server(("127.0.0.1", 0), backlog=64) as listener,
        serving(listener, as_app(database), home, master_key, **quotas) as url,
    ):
        yield Town(url, database, home)


Walk = Callable[..., Visit]


@pytest.fixture
def walk(browser: Browser, town: Town) -> Iterator[Walk]:
    """Open the page; afterwards nothing may have been asked elsewhere, logged, or refused by the policy."""
    visits: list[Visit] = []

    def start(
        fragment: str = "",
        size: dict[str, int] = PHONE,
        locale: str = "zh-CN",
        scheme: str = "light",
        at: tuple[float, float] | None = HERE,
    ) -> Visit:
        position = None if at is None else {"longitude": at[0], "latitude": at[1], "accuracy": 20}
        context = browser.new_context(
            viewport=size, locale=locale, color_scheme=scheme, reduced_motion="reduce",
            has_touch=size is PHONE, geolocation=position,
            permissions=["clipboard-write", *(["geolocation"] if at else [])],
        )  # fmt: skip
        context.add_init_script(
            "globalThis.violations = []; addEventListener('securitypolicyviolation',"
            " (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));"
        )
        context.add_init_script(_COUNT_POSITIONS)
        visits.append(_watched(context.new_page(), town.url))
        visits[-1].page.goto(f"{town.url}/public{fragment}")
        return visits[-1]

    yield start
    for done in visits:
        assert done.foreign_hosts() == set()
        assert done.console == []
        assert done.page.evaluate("() => globalThis.violations ?? []") == []
        done.page.context.close()


def check_axe(page: Page) -> None:
    """Let axe-core look; and nothing may stand out of the window."""
    run = "axe.run(document, {resultTypes: ['violations']}).then((all) => all.violations.map("
    run += "(one) => one.id + ': ' + one.nodes.map((node) => node.html).join(' ')))"
    assert page.evaluate(f"{AXE.read_text()}; {run}") == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def take_my_position(page: Page) -> None:
    page.locator("cg-where-picker .ways button").first.click()
    expect(page.locator(".chosen strong")).to_be_visible()


def fill_in(page: Page, text: str, matter: str = "pothole") -> None:
    page.locator("button[data-theme=road]").click()
    page.locator("label.chip", has=page.locator(f"input[value={matter}]")).click()
    take_my_position(page)
    page.locator("#text").fill(text)


def send(page: Page) -> str:
    page.locator("button.send").click()
    expect(page.locator(".big-code")).to_be_visible()
    return "-".join(page.locator(".big-code span").all_inner_texts())


def test_places_near_by_come_after_a_tap_and_not_before(walk: Walk) -> None:
    here = walk()
    expect(here.page.locator(".empty")).to_be_visible()
    assert here.page.evaluate("() => asked") == 0
    assert not any("/places" in url for url in here.requests)
    take_my_position(here.page)
    places = here.page.locator(".places li")
    expect(places).to_have_count(3)
    assert here.page.evaluate("() => asked") == 1
    expect(places.nth(0)).to_contain_text("东门公厕")
    expect(places.nth(0).locator(".state.open")).to_have_text("全天开放")
    expect(places.nth(1).locator("h2")).to_contain_text(MARKUP)
    expect(places.nth(1).locator(".state.closed")).to_have_text("已关闭")
    expect(places.nth(2).locator(".state.unknown")).to_have_text("开放时间不详")
    link = places.nth(0).locator("a.go")
    expect(link).to_have_attribute("href", re.compile(rf"^geo:{HERE[1]:.6f},{HERE[0]:.6f}\?q="))
    here.page.locator("button[data-kind=park]").click()
    expect(places).to_have_count(1)
    assert not any("maplibre" in url for url in here.requests)


def test_without_a_position_there_is_the_address(walk: Walk) -> None:
    here = walk(at=None)
    here.page.locator("cg-where-picker .ways button").first.click()
    expect(here.page.locator(".where .message")).to_contain_text("输入地址")
    here.page.locator("input[type=search]").fill("1 Test Road")
    here.page.keyboard.press("Enter")
    here.page.locator(".results button").first.click()
    expect(here.page.locator(".chosen strong")).to_have_text("1 Test Road")
    expect(here.page.locator(".places li")).to_have_count(3)
    here.page.locator(".chosen button").click()
    here.page.locator("input[type=search]").fill("没有这条路xyz")
    here.page.keyboard.press("Enter")
    expect(here.page.locator(".where .message").first).to_contain_text("没有找到")


def test_the_map_comes_when_it_is_asked_for_and_a_tap_chooses(walk: Walk) -> None:
    here = walk(at=None)
    here.page.locator("cg-where-picker .ways button").nth(1).click()
    expect(here.page.locator("cg-public-map[data-ready]")).to_be_visible()
    assert any("maplibre" in url for url in here.requests)
    lon, lat = HERE
    here.page.evaluate("([x, y]) => citygridMap.jumpTo({center: [x, y], zoom: 15})", [lon, lat])
    box = here.page.locator(".map").bounding_box()
    assert box is not None
    here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(here.page.locator(".places li").first).to_contain_text("东门公厕")
    expect(here.page.locator(".map-marker")).to_be_visible()
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['found-dot']}).length > 0")
    check_axe(here.page)


def test_a_report_with_a_photo_goes_all_the_way_to_its_qr_code(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, f"很深 {MARKUP}")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 20.0)})
    out = io.BytesIO()
    Image.effect_noise((2400, 1600), 80).convert("RGB").save(out, "JPEG", exif=exif)
    files = [{"name": "../a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}]
    here.page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    expect(here.page.locator(".photo")).to_have_count(1)
    code = send(here.page)
    expect(here.page.locator(".sent [role=status]")).to_contain_text("1 张照片已上传")
    check_axe(here.page)
    ((number, title, state),) = town.reports(f"很深 {MARKUP}")
    assert (title, state) == ("路面坑洼破损", "reported")
    ((digest,),) = town.ask("SELECT digest FROM event_attachment WHERE event_id = %s", number)
    with Store.of(Settings(home=town.home)).open(digest) as file, Image.open(file) as kept:
        assert max(kept.size) == 1600
        assert not kept.getexif()
    picture = Image.open(io.BytesIO(here.page.locator("svg.qr").screenshot()))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == f"{town.url}/public#code={code}"
    there = walk(found.text.removeprefix(f"{town.url}/public"))
    expect(there.page.locator(".told .stage")).to_have_text("已收到，等待受理")
    expect(there.page.locator(".told h2")).to_have_text("路面坑洼破损")
    # The code stays neither in the address nor in the history.
    assert code not in there.page.url
    check_axe(there.page)


def test_what_is_missing_is_said_where_it_is_missing(walk: Walk, town: Town) -> None:
    here = walk("#report", locale="en-GB")
    before = town.ask("SELECT count(*) FROM event")[0][0]
    here.page.locator("button.send").click()
    expect(here.page.locator("#matter-problem")).to_have_text("Please choose what is wrong.")
    expect(here.page.locator("#spot-problem")).to_have_text("Please choose where it is.")
    assert here.focused() != ""
    fill_in(here.page, "x")
    here.page.locator("summary").click()
    here.page.locator("#phone").fill("call me")
    here.page.locator("button.send").click()
    expect(here.page.locator("#phone-problem")).to_be_visible()
    check_axe(here.page)
    assert town.ask("SELECT count(*) FROM event")[0][0] == before


def test_a_spot_in_the_sea_is_warned_of_and_not_taken(walk: Walk, town: Town) -> None:
    here = walk("#report", at=(122.5, 36.0))
    fill_in(here.page, "at sea")
    expect(here.page.locator(".where .message.bad")).to_contain_text("不在本市")
    here.page.locator("button.send").click()
    expect(here.page.locator("#trouble")).to_contain_text("不在本市")
    assert town.reports("at sea") == []
    here.forgive(422)


def test_a_double_tap_is_one_report(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, "twice")
    here.page.evaluate(
        "() => { const send = document.querySelector('button.send');"
        " send.click(); send.click(); send.click(); }"
    )
    expect(here.page.locator(".big-code")).to_be_visible()
    assert len(town.reports("twice")) == 1


def test_a_lost_answer_leads_to_the_same_report(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, "lost answer")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    here.page.route("**/api/public/reports", lose)
    here.page.locator("button.send").click()
    expect(here.page.locator("#trouble")).to_contain_text("还没有提交成功")
    assert len(town.reports("lost answer")) == 1
    here.page.unroute("**/api/public/reports")
    assert send(here.page)
    assert len(town.reports("lost answer")) == 1
    here.console.clear()


@pytest.mark.slow
def test_what_was_changed_after_a_lost_answer_becomes_a_report_of_its_own(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, "first words")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    here.page.route("**/api/public/reports", lose)
    here.page.locator("button.send").click()
    expect(here.page.locator("#trouble")).to_contain_text("还没有提交成功")
    here.page.unroute("**/api/public/reports")
    # Over a reload too: what was sent is remembered with the draft.
    here.page.reload()
    here.page.locator("#text").fill("second words")
    first = send(here.page)
    expect(here.page.locator(".sent [role=alert]")).to_contain_text("您修改的内容没有收到")
    assert (len(town.reports("first words")), len(town.reports("second words"))) == (1, 0)
    here.page.locator(".sent [role=alert] button").click()
    expect(here.page.locator("#text")).to_have_value("second words")
    expect(here.page.locator(".chosen")).to_be_visible()
    assert send(here.page) != first
    expect(here.page.locator(".sent [role=alert]")).to_have_count(0)
    assert len(town.reports("second words")) == 1
    here.console.clear()


def test_without_a_network_what_was_written_is_kept(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, "kept for later")
    here.page.context.set_offline(True)
    here.page.locator("button.send").click()
    expect(here.page.locator("#trouble")).to_contain_text("内容已保存在本机")
    here.page.context.set_offline(False)
    here.page.reload()
    expect(here.page.locator("#text")).to_have_value("kept for later")
    expect(here.page.locator(".chosen")).to_be_visible()
    expect(here.page.locator("input[value=pothole]")).to_be_checked()
    assert send(here.page)
    assert len(town.reports("kept for later")) == 1
    here.page.locator(".sent .main").click()
    expect(here.page.locator(".mine li")).to_have_count(1)
    here.page.reload()
    here.page.locator(".mine .row").click()
    expect(here.page.locator(".told")).to_be_visible()
    here.page.locator(".mine button.plain").click()
    expect(here.page.locator(".mine")).to_have_count(0)
    here.console.clear()


def test_wrong_codes_are_said_kindly(walk: Walk) -> None:
    here = walk("#follow")
    here.page.locator("#code").fill("abc")
    here.page.keyboard.press("Enter")
    expect(here.page.locator("#code-message")).to_contain_text("现在是 3 位")
    here.page.locator("#code").fill("aaaaabbbbbcccccddddd")
    here.page.keyboard.press("Enter")
    expect(here.page.locator("#code-message")).to_contain_text("没有这个查询码")
    expect(here.page.locator("#code")).to_have_value("AAAAA-BBBBB-CCCCC-DDDDD")
    here.forgive(404)


def test_a_program_that_fills_in_every_field_is_refused(walk: Walk, town: Town) -> None:
    here = walk("#report")
    fill_in(here.page, "spam")
    here.page.evaluate("() => { document.querySelector('#website').value = 'https://spam.example'; }")
    here.page.locator("button.send").click()
    expect(here.page.locator("#trouble")).to_be_visible()
    assert town.reports("spam") == []
    here.forgive(400)


@pytest.mark.parametrize(("size", "locale", "scheme"), FORMS)
def test_every_view_is_clean_in_every_form(walk: Walk, size: str, locale: str, scheme: str) -> None:
    here = walk(size=PHONE if size == "phone" else DESK, locale=locale, scheme=scheme)
    name = f"public-{size}-{locale[:2]}-{scheme}"
    expect(here.page.locator("cg-near-view h1")).to_be_visible()
    check_axe(here.page)
    take_my_position(here.page)
    expect(here.page.locator(".places li")).to_have_count(3)
    check_axe(here.page)
    here.shoot(f"{name}-near")
    for at, view in ((1, "report"), (2, "follow")):
        here.page.locator("nav a").nth(at).click()
        expect(here.page.locator(f"cg-{view}-view h1")).to_be_visible()
        check_axe(here.page)
        here.shoot(f"{name}-{view}")
    assert here.nameless() == []
    expect(here.page.locator("html")).to_have_attribute("lang", "zh-CN" if locale == "zh-CN" else "en")


def test_the_keyboard_alone_is_enough(walk: Walk) -> None:
    here = walk("#report")
    expect(here.page.locator("form.report")).to_be_visible()
    here.page.keyboard.press("Tab")
    assert here.focused() == "skip"
    here.page.keyboard.press("Enter")
    assert here.focused() == "main"
    here.page.locator("input[type=radio]").first.focus()
    here.page.keyboard.press("Space")
    here.page.keyboard.press("ArrowDown")
    expect(here.page.locator("input[type=radio]").nth(1)).to_be_checked()

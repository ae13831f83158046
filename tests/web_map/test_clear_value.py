"""A duty person's name and phone: masked for all, in clear for a minute to whoever says why, on record."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from spatial.rights.masks import mask_name, mask_phone
from tests.web_map.accounts import Account, Accounts
from tests.web_map.conftest import DESK, NARROW, Grid, Visit, Visitor
from tests.web_map.test_login import SURFACES, shot_name

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PERSON = "cg-detail-panel .person"
CLEAR = "cg-clear-value"
PER_HOUR = 60


@pytest.fixture
def clerk(accounts: Accounts, grid: Grid) -> Account:
    """A street's administrator."""
    return accounts.settled("赵六", role="street_administrator", reach="area", area=grid.street_code)


def open_person(here: Visit, grid: Grid) -> tuple[str, str]:
    """Open the panel of the grid; gives name and phone as everybody sees them."""
    here.enter(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    name = here.page.locator(f"{PERSON} strong").inner_text()
    return name, here.page.locator("cg-detail-panel .facts .mono").first.inner_text()


def ask(here: Visit) -> None:
    """Say the first reason and ask."""
    here.page.locator(f"{CLEAR} .show").click()
    here.page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("size", "locale"), [*SURFACES, pytest.param(NARROW, "zh-CN", marks=pytest.mark.slow)]
)
def test_clear_text_is_shown_for_a_reason(
    visit: Visitor, clerk: Account, grid: Grid, size: dict[str, int], locale: str
) -> None:
    here = visit(clerk, size=size, locale=locale)
    masked_name, masked_phone = open_person(here, grid)
    assert "*" in masked_name and "*" in masked_phone
    here.page.locator(f"{CLEAR} .show").click()
    here.shoot(shot_name("clear-why", size, locale))
    assert here.nameless() == []
    assert here.page.evaluate("() => document.documentElement.scrollWidth") == size["width"]
    here.page.locator(f"{CLEAR} .primary").click()
    phone = here.page.locator(f"{CLEAR} a")
    assert mask_phone(phone.inner_text()) == masked_phone
    assert mask_name(here.page.locator(f"{CLEAR} strong").inner_text()) == masked_name
    expect(phone).to_have_attribute("href", re.compile(r"^tel:\d+$"))
    expect(here.page.locator(f"{CLEAR} [role=status]")).not_to_be_empty()
    here.page.locator(f"{CLEAR} .clear").scroll_into_view_if_needed()
    here.shoot(shot_name("clear", size, locale))


def test_look_is_on_record_with_its_reason(
    visit: Visitor, accounts: Accounts, clerk: Account, grid: Grid
) -> None:
    here = visit(clerk)
    open_person(here, grid)
    here.page.locator(f"{CLEAR} .show").click()
    here.page.locator(f"{CLEAR} input[value=other]").check()
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{CLEAR} input[name=detail]")).to_be_focused()
    here.page.locator(f"{CLEAR} input[name=detail]").fill("居民要求回电")
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{CLEAR} .clear")).to_be_visible()
    looks = accounts.audit(username=clerk.username, action="reveal")
    assert sum("其他原因: 居民要求回电" in (look["reason"] or "") for look in looks) == 2


def test_it_is_masked_again_after_a_minute(visit: Visitor, clerk: Account, grid: Grid) -> None:
    here = visit(clerk)
    here.page.clock.install()
    open_person(here, grid)
    ask(here)
    expect(here.page.locator(f"{CLEAR} .left")).to_contain_text(re.compile("(60|59|58) 秒后隐藏"))
    phone = here.page.locator(f"{CLEAR} a").inner_text()
    here.page.clock.fast_forward(61_000)
    expect(here.page.locator(f"{CLEAR} .show")).to_be_visible()
    expect(here.page.locator(f"{CLEAR} [role=status]")).to_have_text("已重新隐藏。")
    assert phone not in here.page.content() + here.page.locator("cg-detail-panel").inner_text()


@pytest.mark.slow
def test_it_goes_with_its_person(visit: Visitor, clerk: Account, grid: Grid) -> None:
    here = visit(clerk)
    open_person(here, grid)
    ask(here)
    expect(here.page.locator(f"{CLEAR} .clear")).to_be_visible()
    here.wait_drawn()
    here.page.keyboard.press("Escape")
    expect(here.page.locator("cg-detail-panel")).to_have_count(0)
    here.click_map(grid.lon, grid.lat)
    expect(here.page.locator(f"{CLEAR} .show")).to_be_visible()


def test_keyboard_alone_asks_leaves_and_hides(visit: Visitor, clerk: Account, grid: Grid) -> None:
    here = visit(clerk)
    open_person(here, grid)
    here.page.locator(f"{CLEAR} .show").focus()
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{CLEAR} input[value=dispatch]")).to_be_focused()
    here.page.keyboard.press("Escape")
    expect(here.page.locator(f"{CLEAR} .show")).to_be_focused()
    expect(here.page.locator("cg-detail-panel")).to_have_count(1)
    here.page.keyboard.press("Enter")
    here.page.keyboard.press("ArrowDown")
    expect(here.page.locator(f"{CLEAR} input[value=emergency]")).to_be_checked()
    here.page.keyboard.press("Enter")
    assert here.page.locator(f"{CLEAR} .clear").is_visible() or here.page.wait_for_selector(".clear")
    assert here.focused() == "clear"
    here.page.locator(f"{CLEAR} .link").press("Enter")
    expect(here.page.locator(f"{CLEAR} .show")).to_be_focused()


@pytest.mark.slow
def test_viewers_are_not_offered_it(visit: Visitor, accounts: Accounts, grid: Grid) -> None:
    here = visit(accounts.settled("旁观者"))
    here.enter(f"{grid.fragment}&at={grid.lon},{grid.lat}")
    expect(here.page.locator("cg-detail-panel .chain li")).to_have_count(4)
    expect(here.page.locator(CLEAR)).to_have_count(0)


def test_person_who_left_the_reach_is_said(
    visit: Visitor, accounts: Accounts, grid: Grid, api: httpx.Client
) -> None:
    clerk = accounts.settled("调走的人", role="street_administrator", reach="area", area=grid.street_code)
    here = visit(clerk)
    open_person(here, grid)
    elsewhere = {"area": _other_street(api, grid)}
    api.patch(f"/api/accounts/{clerk.id}", json=elsewhere).raise_for_status()
    ask(here)
    expect(here.page.locator(f"{CLEAR} .message")).to_contain_text("没有找到此人")
    here.forgive(404)


def _other_street(api: httpx.Client, grid: Grid) -> str:
    streets = api.get("/ogc/collections/streets/items", params={"limit": 10}).json()["features"]
    codes = [street["properties"]["code"] for street in streets]
    return next(code for code in codes if code != grid.street_code)


@pytest.mark.slow
def test_role_that_was_taken_away_is_said(
    visit: Visitor, accounts: Accounts, grid: Grid, api: httpx.Client
) -> None:
    commander = accounts.settled("降职的人", role="commander")
    here = visit(commander)
    open_person(here, grid)
    api.patch(f"/api/accounts/{commander.id}", json={"role": "viewer"}).raise_for_status()
    ask(here)
    expect(here.page.locator(f"{CLEAR} .message")).to_contain_text("您的账号无权查看")
    here.forgive(403)


@pytest.mark.slow
def test_too_many_looks_are_said(visit: Visitor, accounts: Accounts, grid: Grid) -> None:
    curious = accounts.settled("好奇的人", role="commander")
    here = visit(curious, size=DESK)
    open_person(here, grid)
    _look_too_often(here.url, curious)
    ask(here)
    expect(here.page.locator(f"{CLEAR} .message")).to_contain_text(re.compile(r"过于频繁，请在\d+\D+后再试"))
    here.page.locator(f"{CLEAR} .message").scroll_into_view_if_needed()
    here.shoot("clear-too-many-zh")
    here.forgive(429)


def _look_too_often(url: str, account: Account) -> None:
    form = {"username": account.username, "password": account.password}
    token = httpx.post(f"{url}/api/auth/token", data=form).json()["access_token"]
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
        body = {"relation": "worker", "field": "phone", "value": "13800000000"}
        for _ in range(PER_HOUR):
            assert client.post("/api/personal/search", json=body).status_code == 200

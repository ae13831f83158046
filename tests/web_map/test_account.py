""" "My account": who I am, my password, and every way into my account."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.web_map.accounts import Accounts
from tests.web_map.conftest import NARROW, PHONE, Visit, Visitor, log_in
from tests.web_map.test_login import SURFACES, fill_in, shot_name

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DIALOG = "cg-account-dialog"
KEYS = "cg-key-list"
FORM = "cg-key-form"


def make_key(here: Visit, name: str = "QGIS") -> str:
    """Make a key in the open dialog; gives its secret."""
    here.page.locator(f"{FORM} .open").click()
    here.page.fill(f"{FORM} input[name=name]", name)
    here.page.keyboard.press("Enter")
    return here.page.locator(f"{FORM} input[name=token]").input_value()


@pytest.mark.parametrize(
    ("size", "locale"), [*SURFACES, pytest.param(NARROW, "en-GB", marks=pytest.mark.slow)]
)
def test_every_tab_fits_and_is_named(
    visit: Visitor, accounts: Accounts, size: dict[str, int], locale: str
) -> None:
    here = visit(accounts.settled("欧阳娜娜·买买提"), size=size, locale=locale)
    here.enter()
    here.page.locator("#account-menu").click()
    here.shoot(shot_name("account-menu", size, locale))
    here.page.locator("#my-account").click()
    for tab in ("me", "password", "keys"):
        here.page.locator(f"#tab-{tab}").click()
        expect(here.page.locator(f"{DIALOG} [role=tabpanel] > *").first).to_be_attached()
        if tab == "keys":
            expect(here.page.locator(f"{KEYS} li").first).to_be_visible()
        assert here.nameless() == []
        assert here.page.evaluate("() => document.documentElement.scrollWidth") == size["width"]
        here.shoot(shot_name(f"account-{tab}", size, locale))
    make_key(here)
    here.shoot(shot_name("account-key", size, locale))
    box = here.page.locator(f"{FORM} .made").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= size["width"]


def test_it_says_who_i_am(visit: Visitor, accounts: Accounts) -> None:
    unit = accounts.organisation()
    person = accounts.settled("李四", role="analyst", reach="organisation", organisation_id=unit["id"])
    here = visit(person)
    here.enter()
    here.open_account()
    facts = here.page.locator(f"{DIALOG} [role=tabpanel]")
    for words in ("李四", person.username, "数据分析员", "本单位在各区域的事项", unit["name"]):
        expect(facts).to_contain_text(words)


def test_keyboard_alone_opens_walks_and_closes(visit: Visitor) -> None:
    here = visit()
    here.enter()
    here.page.locator("#account-menu").focus()
    here.page.keyboard.press("Enter")
    assert here.focused() == "my-account"
    here.page.keyboard.press("ArrowDown")
    assert here.focused() == "to-editor"
    here.page.keyboard.press("ArrowDown")
    assert here.focused() == "logout"
    here.page.keyboard.press("Escape")
    assert here.focused() == "account-menu"
    here.page.keyboard.press("Enter")
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{DIALOG} dialog")).to_be_visible()
    here.page.locator("#tab-me").focus()
    here.page.keyboard.press("ArrowRight")
    assert here.focused() == "tab-password"
    here.page.keyboard.press("End")
    assert here.focused() == "tab-keys"
    here.page.keyboard.press("Escape")
    expect(here.page.locator(DIALOG)).to_have_count(0)
    assert here.focused() == "account-menu"


def test_the_map_and_the_editor_lead_to_each_other(visit: Visitor) -> None:
    here = visit()
    here.enter()
    for link, page in (("to-editor", "/editor"), ("to-map", "/")):
        here.page.locator("#account-menu").click()
        here.page.locator(f"#{link}").click()
        expect(here.page).to_have_url(re.compile(f"{re.escape(here.url + page)}(#.*)?$"))
        expect(here.page.locator("#account-menu")).to_be_visible()


def test_password_is_changed_and_other_sessions_end(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("换密码的人")
    here = visit(account, fresh=True)
    here.enter()
    form = {"username": account.username, "password": account.password}
    other = httpx.post(f"{here.url}/api/auth/session", data=form).raise_for_status().cookies
    here.open_account("password")
    for name, text in (("old", account.password), ("new", "Tulip-garden-9"), ("again", "Tulip-garden-9")):
        here.page.fill(f"{DIALOG} input[name={name}]", text)
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{DIALOG} .message.good")).to_contain_text("其他会话已退出")
    assert httpx.get(f"{here.url}/api/me", cookies=other).status_code == 401
    here.page.locator("#tab-keys").click()
    expect(here.page.locator(f"{KEYS} .badge.good")).to_have_text("本次会话")


def test_key_for_qgis_is_shown_once_and_reads_only(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("用 QGIS 的人")
    here = visit(account, fresh=True)
    here.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    here.enter()
    here.open_account("keys")
    secret = make_key(here, "办公室 QGIS")
    assert here.focused() == "made"
    expect(here.page.locator(f"{FORM} input[name=url]")).to_have_value(f"{here.url}/ogc")
    expect(here.page.locator(f"{FORM} ol")).to_contain_text(account.username)
    basic = (account.username, secret)
    assert httpx.get(f"{here.url}/ogc/collections/grids/items?limit=1", auth=basic).status_code == 200
    assert httpx.post(f"{here.url}/api/me/keys", json={"name": "another"}, auth=basic).status_code == 403
    here.page.keyboard.press("Escape")
    expect(here.page.locator(f"{FORM} .said")).to_contain_text("尚未复制")
    assert "copy-key" in here.focused()
    here.page.keyboard.press("Enter")
    expect(here.page.locator(f"{FORM} .said")).to_have_text("已复制")
    assert here.page.evaluate("() => navigator.clipboard.readText()") == secret
    here.page.locator(f"{FORM} .done").click()
    assert secret not in here.page.locator(DIALOG).inner_text()
    expect(here.page.locator(f"{FORM} .open")).to_be_focused()
    row = here.page.locator(f"{KEYS} li", has_text="办公室 QGIS")
    expect(row).to_contain_text("只读")
    expect(row).to_contain_text("尚未使用")
    here.console.clear()


def test_revoking_asks_first_and_can_be_left(visit: Visitor, accounts: Accounts) -> None:
    here = visit(accounts.settled("撤销密钥的人"), fresh=True)
    here.enter()
    here.open_account("keys")
    secret = make_key(here, "旧电脑")
    here.page.locator(f"{FORM} .done").click()
    here.page.locator(f"{FORM} .done").click()
    row = here.page.locator(f"{KEYS} li", has_text="旧电脑")
    row.locator(".revoke").click()
    assert "cancel" in here.focused(), "Enter by habit must change nothing"
    here.shoot("account-revoke-zh")
    here.page.keyboard.press("Escape")
    assert "revoke" in here.focused()
    expect(here.page.locator(f"{DIALOG} dialog")).to_be_visible()
    bearer = {"authorization": f"Bearer {secret}"}
    assert httpx.get(f"{here.url}/api/me", headers=bearer).status_code == 200
    row.locator(".revoke").click()
    here.page.locator(f"{KEYS} .danger").click()
    expect(here.page.locator(f"{KEYS} [role=status]")).to_contain_text("已撤销“旧电脑”")
    expect(row).to_have_count(0)
    assert httpx.get(f"{here.url}/api/me", headers=bearer).status_code == 401


@pytest.mark.slow
def test_revoking_this_session_logs_out(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("撤销自己的人")
    here = visit(account, fresh=True)
    log_in(here.page.context, here.url, account)
    here.enter()
    here.open_account("keys")
    expect(here.page.locator(f"{KEYS} li").nth(1)).to_be_visible()
    mine = here.page.locator(f"{KEYS} li", has_text="本次会话")
    mine.locator(".revoke").click()
    expect(here.page.locator(f"{KEYS} .question")).to_contain_text("您将立即退出")
    here.page.locator(f"{KEYS} .danger").click()
    expect(here.page.locator("cg-login-card .message")).to_contain_text("到期或被撤销")
    expect(here.page.locator(DIALOG)).to_have_count(0)
    fill_in(here, account)
    expect(here.page.locator("#account-menu")).to_be_visible()
    here.forgive(401)


def test_phone_menu_opens_beside_the_buttons(visit: Visitor) -> None:
    here = visit(size=PHONE)
    here.enter()
    here.page.locator("#account-menu").tap()
    box = here.page.locator("cg-account-menu .menu").bounding_box()
    assert box is not None and box["x"] >= 8 and box["x"] + box["width"] <= PHONE["width"]
    here.page.locator("#map").tap(position={"x": 60, "y": 600})
    expect(here.page.locator("cg-account-menu .menu")).to_have_count(0)

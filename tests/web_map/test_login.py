"""Coming in and going out: sessions, what is said when they end, and passwords that must be changed."""

from __future__ import annotations

import re
from contextlib import suppress

import httpx
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Request, expect

from tests.web_map.accounts import Account, Accounts
from tests.web_map.conftest import DESK, PHONE, Visit, Visitor, log_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CARD = "cg-login-card"
FORCED = "cg-password-card"
SURFACES = [
    (DESK, "zh-CN"),
    pytest.param(DESK, "en-GB", marks=pytest.mark.slow),
    pytest.param(PHONE, "zh-CN", marks=pytest.mark.slow),
    (PHONE, "en-GB"),
]
"""Screens and languages; a landing sees one of each."""


def shot_name(what: str, size: dict[str, int], locale: str) -> str:
    """Name a picture after what it shows, on which screen and in which language."""
    screen = {DESK["width"]: "desk", PHONE["width"]: "phone"}.get(size["width"], "narrow")
    return f"{what}-{screen}-{locale[:2]}"


def fill_in(here: Visit, account: Account) -> None:
    here.page.fill("input[name=username]", account.username)
    here.page.fill("input[name=password]", account.password)
    here.page.keyboard.press("Enter")


def test_log_in_by_cookie_alone(visit: Visitor, accounts: Accounts) -> None:
    here = visit(logged_in=False)
    sent: list[Request] = []
    here.page.on("request", lambda request: sent.append(request))
    here.page.goto(here.url)
    expect(here.page.locator(f"{CARD} input[name=username]")).to_be_focused()
    fill_in(here, accounts.administrator)
    here.wait_drawn()
    session = next(one for one in here.page.context.cookies() if "session" in one["name"])
    assert session["httpOnly"] and session["sameSite"] == "Strict"
    assert session["value"] not in here.page.url
    assert session["value"] not in here.page.evaluate(
        "() => JSON.stringify({...localStorage, ...sessionStorage})"
    )
    assert here.page.evaluate("() => document.cookie") == ""
    tiles = [one for one in sent if "/tiles/" in one.url]
    assert tiles and all("authorization" not in one.headers for one in sent)


def test_reload_keeps_the_session(visit: Visitor) -> None:
    here = visit()
    here.open()
    here.page.reload()
    here.wait_drawn()
    assert here.rendered("streets-line")


@pytest.mark.parametrize(("size", "locale"), SURFACES)
def test_wrong_password_is_said(visit: Visitor, size: dict[str, int], locale: str) -> None:
    here = visit(logged_in=False, size=size, locale=locale)
    here.page.goto(here.url)
    here.shoot(shot_name("login", size, locale))
    fill_in(here, Account("nobody.here", "wrong"))
    words = "用户名或密码不正确。" if locale == "zh-CN" else "The user name or password is wrong."
    expect(here.page.locator(f"{CARD} .message")).to_have_text(words)
    assert here.nameless() == []
    here.forgive(401)


def test_too_many_tries_count_down(visit: Visitor) -> None:
    here = visit(logged_in=False)
    here.page.goto(here.url)
    timer = here.page.locator(f"{CARD} [role=timer]")
    for _ in range(10):
        with here.page.expect_response("**/api/auth/session") as answer:
            fill_in(here, Account("locked.out", "wrong"))
        if answer.value.status == 429:
            break
        expect(here.page.locator(f"{CARD} button.primary")).to_be_enabled()
    expect(here.page.locator(f"{CARD} .message")).to_contain_text("尝试次数过多")
    expect(here.page.locator(f"{CARD} button.primary")).to_be_disabled()
    first = timer.inner_text()
    assert re.search(r"\d+:\d\d 后可重试", first)
    expect(timer).not_to_have_text(first)
    here.shoot("login-locked-zh")
    here.forgive(401, 429)


def test_revoked_session_is_said(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("撤销之人")
    here = visit(account, fresh=True)
    here.enter()
    accounts.revoke_all(account)
    with suppress(PlaywrightError):  # the page asks by itself, too: once it knows, the field is gone
        here.page.fill("#search", "110108", timeout=3000)
    expect(here.page.locator(f"{CARD} .message")).to_contain_text("到期或被撤销")
    expect(here.page.locator("#watermark")).to_have_count(0)
    assert here.page.evaluate("() => sessionStorage.length") == 0
    here.forgive(401)


def test_session_that_ended_while_away_is_said(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("撤销之人")
    here = visit(account, fresh=True)
    here.enter()
    here.page.goto("about:blank")  # a page that is open asks by itself, and would say it before it is left
    accounts.revoke_all(account)
    here.page.goto(here.url)
    expect(here.page.locator(f"{CARD} .message")).to_contain_text("到期或被撤销")


@pytest.mark.slow
def test_log_out_ends_the_session_everywhere(visit: Visitor, accounts: Accounts) -> None:
    here = visit(accounts.settled("撤销之人"), fresh=True)
    here.open()
    cookies = {one["name"]: one["value"] for one in here.page.context.cookies()}
    here.page.locator("#account-menu").click()
    here.page.locator("#logout").click()
    expect(here.page.locator(f"{CARD} .message")).to_have_text("您已退出。")
    assert httpx.get(f"{here.url}/api/me", cookies=cookies).status_code == 401
    assert here.page.evaluate("() => sessionStorage.length") == 0
    fill_in(here, accounts.settled("撤销之人"))
    here.wait_drawn()
    assert here.rendered("streets-line"), "a second log-in draws again"


def test_log_out_that_did_not_arrive_is_none(visit: Visitor) -> None:
    here = visit()
    here.enter()
    here.page.context.set_offline(True)
    here.page.locator("#account-menu").click()
    here.page.locator("#logout").click()
    expect(here.page.locator(".toast")).to_contain_text("仍处于登录状态")
    expect(here.page.locator(CARD)).to_have_count(0)
    here.page.context.set_offline(False)
    here.console.clear()


def test_new_session_of_another_tab_is_taken_up(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("两个标签页")
    here = visit(account, fresh=True)
    here.enter()
    log_in(here.page.context, here.url, account)
    here.page.locator("#account-menu").click()
    here.page.locator("#logout").click()
    expect(here.page.locator(f"{CARD} .message")).to_have_text("您已退出。")
    here.forgive(403)


@pytest.mark.slow
def test_other_account_of_another_tab_takes_the_page(visit: Visitor, accounts: Accounts) -> None:
    here = visit(accounts.settled("第一个人"), fresh=True)
    here.enter()
    log_in(here.page.context, here.url, accounts.settled("第二个人"))
    with here.page.expect_navigation():
        here.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(here.page.locator("#account-menu .name")).to_have_text("第二个人")


@pytest.mark.parametrize(
    ("code", "words"), [("unknown", "没有对应账号"), ("token", "没有正确应答"), ("<b>", "单点登录未成功")]
)
def test_failed_sign_on_is_said_once(visit: Visitor, code: str, words: str) -> None:
    here = visit(logged_in=False)
    here.page.goto(f"{here.url}/?login_error={code}#map=12/39.98/116.31")
    expect(here.page.locator(f"{CARD} .message")).to_contain_text(words)
    assert here.page.url == f"{here.url}/#map=12/39.98/116.31"
    here.page.reload()
    expect(here.page.locator(f"{CARD} input[name=username]")).to_be_visible()
    expect(here.page.locator(f"{CARD} .message")).to_have_count(0)


@pytest.mark.parametrize(("size", "locale"), SURFACES)
def test_one_time_password_must_be_changed(
    visit: Visitor, accounts: Accounts, size: dict[str, int], locale: str
) -> None:
    newcomer = accounts.newcomer()
    here = visit(newcomer, fresh=True, size=size, locale=locale)
    here.page.goto(here.url)
    expect(here.page.locator(f"{FORCED} input[name=old]")).to_be_focused()
    expect(here.page.locator(f"{FORCED} .rules li")).to_have_count(5)
    expect(here.page.locator(f"{FORCED} .rules .met")).to_have_count(0)
    here.shoot(shot_name("must-change", size, locale))
    assert here.nameless() == []
    assert here.page.evaluate("() => document.documentElement.scrollWidth") == size["width"]
    assert not [url for url in here.requests if "/tiles/" in url or "/api/city" in url]
    here.page.keyboard.press("Escape")
    expect(here.page.locator(FORCED)).to_be_visible()


def test_password_rules_are_ticked_and_the_server_decides(visit: Visitor, accounts: Accounts) -> None:
    newcomer = accounts.newcomer()
    here = visit(newcomer, fresh=True)
    here.page.goto(here.url)

    def change(old: str, new: str, again: str | None = None) -> None:
        for name, text in (("old", old), ("new", new), ("again", new if again is None else again)):
            here.page.fill(f"{FORCED} input[name={name}]", text)
        here.page.keyboard.press("Enter")

    met = here.page.locator(f"{FORCED} .rules .met")
    message = here.page.locator(f"{FORCED} .message")
    here.page.fill(f"{FORCED} input[name=new]", "abcdefghij")
    expect(met).to_have_count(3)
    here.page.fill(f"{FORCED} input[name=new]", f"A1-{newcomer.username}")
    expect(met).to_have_count(3)
    change(newcomer.password, "Tulip-garden-9", "Tulip-garden-8")
    expect(message).to_contain_text("不一致")
    change("not it", "Tulip-garden-9")
    expect(message).to_contain_text("当前密码不正确")
    change(newcomer.password, "Password123!")
    expect(here.page.locator(f"{FORCED} .rules .refused")).to_contain_text("常见密码")
    here.shoot("must-change-refused-zh")
    change(newcomer.password, "short")
    expect(here.page.locator(f"{FORCED} .rules .refused")).to_have_count(2)
    change(newcomer.password, "Tulip-garden-9")
    here.wait_drawn()
    here.forgive(400)


def test_password_that_an_administrator_reset_leads_back(visit: Visitor, accounts: Accounts) -> None:
    account = accounts.settled("忘记密码的人")
    here = visit(account, fresh=True)
    here.enter()
    again = accounts.reset(account)
    here.page.fill("#search", "110108")
    expect(here.page.locator(f"{CARD} .message")).to_contain_text("到期或被撤销")
    fill_in(here, again)
    expect(here.page.locator(f"{FORCED} input[name=old]")).to_be_focused()
    here.forgive(401)

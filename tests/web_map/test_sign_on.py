"""Single sign-on as its users meet it: the button, the provider's own pages, and the way back."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.sso.cities import PEOPLE, City, issuer_on, real_provider, running_city
from tests.web_map.conftest import SHOTS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

VIEW = "#map=12.5/39.98/116.31"


@pytest.fixture(scope="module")
def city(cluster, as_app, tmp_path_factory) -> Iterator[City]:
    """A city beside a real provider."""
    secret = secrets.token_urlsafe(16)
    home, folder = (tmp_path_factory.mktemp(name) for name in ("city", "provider"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {"issuer": issuer_on(listener), "client_id": "citygrid", "client_secret": secret}
        with (
            running_city(cluster, as_app, home, **settings, title="市统一认证平台") as running,
            real_provider(listener, folder, running, secret),
        ):
            yield running


@pytest.fixture
def page(browser: Browser, city: City) -> Iterator[Page]:
    """The log-in page of that city, opened by a link to a view."""
    context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(f"{city.url}/{VIEW}")
    yield opened
    context.close()


def sign_on(page: Page, username: str) -> None:
    """Go to the provider and log in there."""
    page.get_by_role("link", name="使用市统一认证平台登录").click()
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PEOPLE[username])
    page.click("input[type=submit]")


@pytest.mark.slow
def test_it_comes_back_logged_in_to_the_same_view(page: Page, city: City) -> None:
    expect(page.locator(".sign-on")).to_be_visible()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "login-sign-on-zh.png")
    sign_on(page, "wang")
    page.click("input[name=allow]")
    expect(page.locator("#account-menu")).to_contain_text("王芳")
    assert page.url == f"{city.url}/{VIEW}"
    assert page.evaluate("() => document.cookie") == ""


def test_a_stranger_is_told_why(page: Page, city: City) -> None:
    sign_on(page, "stranger")
    page.click("input[name=allow]")
    expect(page.locator("cg-login-card .message")).to_contain_text("没有对应账号")
    assert page.url.split("#")[0] == f"{city.url}/"


def test_whoever_says_no_is_told_so(page: Page) -> None:
    sign_on(page, "wang")
    page.locator("input[type=submit]:not([name=allow])").first.click()
    expect(page.locator("cg-login-card .message")).to_contain_text("未同意登录")

"""The pages in Debian's Chromium, as an analyst uses them: the form is sent, and our policy lets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.servers import LiveServer

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def page(live_server: LiveServer) -> Iterator[Page]:
    """A page that is logged in; nothing may go wrong on it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(extra_http_headers=live_server.headers, locale="en-GB")
        opened = context.new_page()
        opened.goto(f"{live_server.url}/ogc/collections/places/items?f=html&lang=en")
        yield opened
        browser.close()


@pytest.mark.browser
def test_the_form_filters(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/ogc/collections/places/items?f=html&lang=en")
    page.locator("textarea[name=filter]").fill("risk_level = 1")
    page.locator("select[name=sortby]").select_option("-name")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_selector("table.list")
    assert page.locator("textarea[name=filter]").input_value() == "risk_level = 1"
    levels = page.locator("table.list tbody tr td:nth-child(6)").all_inner_texts()
    assert set(levels) == {"1"}
    page.get_by_role("link", name="Next").first.click()
    page.wait_for_selector("text=/11–20 of/")
    assert page.locator("textarea[name=filter]").input_value() == "risk_level = 1"


@pytest.mark.browser
def test_what_is_wrong_is_said_beside_the_form(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/ogc/collections/places/items?f=html&lang=en")
    page.locator("textarea[name=filter]").fill("risk_levl = 1")
    page.get_by_role("button", name="Apply").click()
    alert = page.get_by_role("alert")
    assert "risk_levl" in alert.inner_text()
    page.get_by_role("link", name="Clear").click()
    page.wait_for_selector("table.list")


@pytest.mark.browser
def test_collections_are_searched(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/ogc/collections?f=html&lang=en")
    page.get_by_role("searchbox").fill("evaluation")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=/1 collections/")
    assert page.locator("tbody tr").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize("path", ["", "/collections", "/collections/places", "/collections/places/items"])
def test_nothing_is_wider_than_a_phone(page: Page, live_server: LiveServer, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/ogc{path}?f=html&lang=zh")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

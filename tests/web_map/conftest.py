"""A real browser on a real server; every page is watched for trouble while a test drives it.

Nobody answers in the server's place: where a test needs trouble it revokes the key, or cuts the line.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.web_map.accounts import Account, Accounts

CHROMIUM = "/usr/bin/chromium"
SHOTS = Path(__file__).parents[2] / "test-results"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 640}
WAIT_SECONDS = 60
# Playwright's own five seconds are too few where everybody computes at once.
expect.set_options(timeout=WAIT_SECONDS * 1000)
# Software WebGL says this of every screenshot; it is no fault of the page.
HARMLESS = re.compile(r"GPU stall due to ReadPixels")

_WATCH_POLICY = """
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', (event) =>
        violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Visit:
    """A page and everything that went wrong on it."""

    page: Page
    url: str
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, fragment: str = "") -> None:
        """Open the map afresh and wait until it is drawn."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/{fragment}")
        self.wait_drawn()

    def enter(self, fragment: str = "") -> None:
        """Open the page as somebody who is logged in, without waiting for the map."""
        self.page.goto(f"{self.url}/{fragment}")
        self.page.wait_for_selector("#account-menu", timeout=WAIT_SECONDS * 1000)

    def wait_drawn(self) -> None:
        """Wait for the map's first idle moment, then for the camera and the tiles to come to rest."""
        self.page.wait_for_selector(":root[data-ready='1']", state="attached", timeout=WAIT_SECONDS * 1000)
        self.until("() => citygridMap.loaded() && citygridMap.areTilesLoaded() && !citygridMap.isMoving()")

    def until(self, condition: str) -> None:
        """Wait until a JavaScript function is true; our policy forbids Playwright's own way of waiting."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, f"never true: {condition}"
            self.page.wait_for_timeout(100)

    def rendered(self, layer: str) -> list[dict[str, Any]]:
        """Return the properties of the features that a style layer draws in the window."""
        return self.page.evaluate(
            "(layer) => citygridMap.queryRenderedFeatures({layers: [layer]}).map((one) => one.properties)",
            layer,
        )

    def click_map(self, lon: float, lat: float) -> None:
        """Click on a place of the map."""
        position = self.page.evaluate(
            "(at) => { const p = citygridMap.project(at); return [p.x, p.y]; }", [lon, lat]
        )
        self.page.mouse.click(*position)

    def foreign_hosts(self) -> set[str]:
        """Name every host that was asked and is not ours."""
        own = urlsplit(self.url).netloc
        asked = {urlsplit(url) for url in self.requests}
        return {
            found.netloc
            for found in asked
            if found.scheme not in ("data", "blob", "about") and found.netloc != own
        }

    def forgive(self, *statuses: int) -> None:
        """Forget the browser's own lines about answers that a test wants; nothing else may be there."""
        unwanted = [line for line in self.console if not any(f" {status} (" in line for status in statuses)]
        assert unwanted == []
        self.console.clear()

    def focused(self) -> str:
        """Name the element that has the focus, through all shadow roots: its id, else its class or tag."""
        return self.page.evaluate("""() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at?.id || at?.className || at?.tagName || '';
        }""")

    def nameless(self) -> list[str]:
        """List the controls that a screen reader could not name."""
        return self.page.evaluate(_NAMELESS)

    def open_account(self, tab: str = "me") -> None:
        """Open "my account" from the menu under the name."""
        self.page.locator("#account-menu").click()
        self.page.locator("#my-account").click()
        self.page.locator(f"#tab-{tab}").click()

    def shoot(self, name: str) -> None:
        """Keep a picture of the page for people to judge."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without a GPU it draws WebGL in software.

    It ends with its module: while it is open, its event loop is this thread's, and no other can run.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


Visitor = Callable[..., Visit]


@pytest.fixture(scope="session")
def accounts(live_server: Any) -> Iterator[Accounts]:
    """Makes accounts of any role and reach, through the server's own routes."""
    with httpx.Client(base_url=live_server.url, timeout=60) as client:
        yield Accounts(client, Account(live_server.username, live_server.password), live_server.token)


@pytest.fixture(scope="session")
def cookies(accounts: Accounts) -> Callable[[Account], list[Any]]:
    """Logs an account in once for all tests that do not care; gives the cookies of that session."""
    return cache(accounts.cookies)


def log_in(context: BrowserContext, url: str, account: Account) -> None:
    """Give a context a session of its own."""
    form = {"username": account.username, "password": account.password}
    answer = context.request.post(f"{url}/api/auth/session", form=form)
    assert answer.ok, answer.text()


@pytest.fixture
def visit(
    browser: Browser, live_server: Any, accounts: Accounts, cookies: Callable[[Account], list[Any]]
) -> Iterator[Visitor]:
    """Open pages; afterwards no page may have asked another host, logged trouble or broken the policy."""
    visits: list[Visit] = []

    def start(
        account: Account | None = None,
        logged_in: bool = True,
        fresh: bool = False,
        size: dict[str, int] = DESK,
        locale: str = "zh-CN",
    ) -> Visit:
        account = account or accounts.administrator
        context = browser.new_context(
            viewport=size,
            locale=locale,
            reduced_motion="reduce",
            has_touch=size is not DESK,
        )
        context.add_init_script(_WATCH_POLICY)
        if logged_in and fresh:
            log_in(context, live_server.url, account)
        elif logged_in:
            context.add_cookies(cookies(account))
        visits.append(_watched(context.new_page(), live_server.url))
        return visits[-1]

    yield start
    for done in visits:
        assert done.foreign_hosts() == set()
        assert done.console == []
        assert done.page.evaluate("() => globalThis.violations ?? []") == []
        done.page.context.close()


def _watched(page: Page, url: str) -> Visit:
    seen = Visit(page, url)

    def log(message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or HARMLESS.search(message.text):
            return
        # The page begins by asking who it is; the browser writes down every 401 by itself.
        if " 401 (" in message.text and message.location["url"] == f"{url}/api/me":
            return
        seen.console.append(f"{message.type}: {message.text}")

    def ask(request: Request) -> None:
        seen.requests.append(request.url)

    page.on("console", log)
    page.on("pageerror", lambda error: seen.console.append(f"pageerror: {error}"))
    page.on("request", ask)
    return seen


@dataclass(frozen=True)
class Grid:
    """A grid of the demo city and a place well inside it."""

    code: str
    street: str
    street_code: str
    lon: float
    lat: float

    @property
    def fragment(self) -> str:
        """Show it close by."""
        return f"#map=16/{self.lat}/{self.lon}"


@pytest.fixture(scope="session")
def api(live_server: Any) -> Iterator[httpx.Client]:
    """The JSON API with the administrator's token."""
    headers = {"authorization": f"Bearer {live_server.token}"}
    with httpx.Client(base_url=live_server.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def grid(api: httpx.Client) -> Grid:
    """Some grid that stands in the middle of the city, where its neighbours are drawn too."""
    west, south, east, north = api.get("/api/city").json()["bbox"]
    for share in (0.5, 0.6, 0.7, 0.4, 0.3):
        at = {"lon": west + (east - west) * share, "lat": south + (north - south) * 0.5}
        found = api.get("/api/grids/locate", params=at).json()["assignments"][0]
        if found["code"]:
            unit = api.get("/api/search", params={"q": found["code"]}).json()["results"][0]
            street = found["chain"][1]
            return Grid(found["code"], street["name"], street["code"], unit["lon"], unit["lat"])
    raise AssertionError("no grid in the middle of the city")


_NAMELESS = """() => {
    const nameless = [];
    const labelled = (element) => element.getAttribute('aria-label') || element.textContent.trim()
        || element.labels?.[0]?.textContent.trim() || element.getAttribute('title');
    const walk = (root) => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) walk(element.shadowRoot);
            if (element.closest('[aria-hidden="true"], [hidden]')) continue;
            if (element.matches('button, a, input, select, canvas, [role=dialog], [role=listbox], [role=img]')
                && !labelled(element)) nameless.push(element.outerHTML.slice(0, 120));
        }
    };
    walk(document);
    return nameless;
}"""

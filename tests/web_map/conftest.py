"""A real browser on a real server; every page is watched for trouble while a test drives it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SHOTS = Path(__file__).parents[2] / "test-results"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
WAIT_SECONDS = 60
# Software WebGL says this of every screenshot; it is no fault of the page.
HARMLESS = re.compile(r"GPU stall due to ReadPixels")

_WATCH_POLICY = """
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', (event) =>
        violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

# about:blank has no storage of its own.
_REMEMBER = "if (location.protocol !== 'about:') sessionStorage.setItem('citygrid.token', '%s');"


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

    def shoot(self, name: str) -> None:
        """Keep a picture of the page for people to judge."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without a GPU it draws WebGL in software."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Visitor]:
    """Open pages; afterwards no page may have asked another host, logged trouble or broken the policy."""
    visits: list[Visit] = []

    def start(logged_in: bool = True, size: dict[str, int] = DESK, locale: str = "zh-CN") -> Visit:
        context = browser.new_context(
            viewport=size, locale=locale, reduced_motion="reduce", has_touch=size is PHONE
        )
        context.add_init_script(_WATCH_POLICY)
        if logged_in:
            context.add_init_script(_REMEMBER % live_server.token)
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
        if message.type in ("error", "warning") and not HARMLESS.search(message.text):
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
            return Grid(found["code"], found["chain"][1]["name"], unit["lon"], unit["lat"])
    raise AssertionError("no grid in the middle of the city")

"""Whose screen it is stands over the whole page, and comes back when somebody takes it away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web_map.accounts import Accounts
from tests.web_map.conftest import Grid, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MARK = "#watermark"


def image(here: Visit) -> str:
    return here.page.evaluate("() => document.querySelector('#watermark').style.backgroundImage")


def look(here: Visit) -> dict[str, object]:
    return here.page.evaluate("""() => {
        const mark = document.querySelector('body > #watermark');
        const style = getComputedStyle(mark);
        const {x, y, width, height} = mark.getBoundingClientRect();
        const kept = ['display', 'visibility', 'opacity', 'position', 'pointerEvents', 'printColorAdjust',
            'zIndex'];
        return {
            fills: x === 0 && y === 0 && width === innerWidth && height === innerHeight,
            drawn: style.backgroundImage.startsWith('url("data:image/png'),
            attributes: mark.attributes.length,
            marks: document.querySelectorAll('#watermark').length,
            ...Object.fromEntries(kept.map((name) => [name, style[name]])),
        };
    }""")


SEEN = {
    "display": "block",
    "visibility": "visible",
    "opacity": "1",
    "position": "fixed",
    "pointerEvents": "none",
    "printColorAdjust": "exact",
    "zIndex": "2147483647",
    "fills": True,
    "drawn": True,
    "attributes": 3,
    "marks": 1,
}


@pytest.mark.slow
def test_it_names_the_account_and_hinders_nobody(visit: Visitor, accounts: Accounts, grid: Grid) -> None:
    here = visit(accounts.settled("张三"))
    here.open(grid.fragment)
    assert look(here) == SEEN
    expect(here.page.locator(MARK)).to_have_attribute("aria-hidden", "true")
    here.click_map(grid.lon, grid.lat)
    expect(here.page.locator("cg-detail-panel .chain li").last).to_contain_text(grid.code)
    other = visit(accounts.settled("李四"))
    other.open(grid.fragment)
    assert image(here) != image(other)
    here.page.emulate_media(media="print")
    assert look(here)["display"] == "block"


TAMPERINGS = [
    "mark.remove()",
    "mark.replaceWith(document.createElement('div'))",
    "document.querySelector('#map').append(mark)",
    "mark.hidden = true",
    "mark.className = 'map-marker'",
    "mark.style.setProperty('display', 'none', 'important')",
    "mark.style.cssText = 'opacity: 0'",
    "mark.removeAttribute('style')",
    "mark.style.backgroundImage = 'none'",
    "document.body.replaceChildren(...[...document.body.children].filter((one) => one !== mark))",
]


def test_it_comes_back(visit: Visitor) -> None:
    here = visit()
    here.enter()
    for tampering in TAMPERINGS:
        here.page.evaluate(f"() => {{ const mark = document.querySelector('{MARK}'); {tampering}; }}")
        assert look(here) == SEEN, tampering


def test_it_follows_minute_window_and_language(visit: Visitor) -> None:
    here = visit()
    here.page.clock.install()
    here.enter()
    first = image(here)
    here.page.clock.fast_forward("01:01")
    here.until("() => document.querySelector('#watermark') !== null")
    assert image(here) != first
    here.page.set_viewport_size({"width": 700, "height": 500})
    here.until("() => document.querySelector('#watermark').getBoundingClientRect().width === 700")
    assert look(here) == SEEN


def test_nobody_is_named_before_the_log_in(visit: Visitor) -> None:
    here = visit(logged_in=False)
    here.page.goto(here.url)
    expect(here.page.locator("cg-login-card")).to_be_visible()
    expect(here.page.locator(MARK)).to_have_count(0)

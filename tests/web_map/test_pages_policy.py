"""Every page that is ours keeps the policy of its own headers, and the policy holds."""

from __future__ import annotations

import httpx
import pytest

from tests.web_map.conftest import Visitor

PAGES = [
    "/ogc?f=html", "/ogc/conformance?f=html", "/ogc/openapi?f=html", "/ogc/collections?f=html",
    "/ogc/collections/grids?f=html", "/ogc/collections/grids/schema?f=html",
    "/ogc/collections/grids/queryables?f=html", "/ogc/collections/events/items?f=html&limit=3&lang=en",
    "/ogc/collections/no-such?f=html",
]  # fmt: skip

_BREAK_THE_POLICY = """async (marked) => {
    const made = document.createElement('script');
    made.textContent = 'globalThis.ran = true';
    const styled = document.createElement('div');
    styled.setAttribute('style', 'color: red');
    const framed = document.createElement('iframe');
    framed.src = '/ogc?f=html';
    document.body.append(made, styled, framed);
    const fetched = await fetch('https://evil.example/').then(() => true, () => false);
    const kinds = () => [...new Set(violations.map((one) => one.split(' ')[0]))].sort();
    // Each of the four is told in its own time: one that comes late would be taken for a fault of the page.
    for (let tries = 0; tries < 600 && kinds().length < 4; tries += 1)
        await new Promise((wake) => setTimeout(wake, 100));
    const found = kinds();
    violations.length = 0;
    return { ran: Boolean(globalThis.ran), fetched, found, framed: framed.contentDocument !== null
        && framed.contentDocument.body.textContent !== '' };
}"""


@pytest.mark.browser
def test_pages_for_people_keep_the_policy(visit: Visitor) -> None:
    here = visit()
    for path in PAGES:
        here.page.goto(here.url + path)
        assert here.page.evaluate("() => violations") == [], path
        assert here.page.evaluate("() => document.styleSheets.length") == 1
        assert here.page.evaluate("() => document.querySelectorAll('script, [style]').length") == 0
        # The pages name no icon, so the browser asks for /favicon.ico; the last page is a 404 itself.
        assert all("404" in line for line in here.console), path
        here.console.clear()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/editor", "/ogc?f=html"])
def test_the_policy_stops_what_was_smuggled_in(visit: Visitor, path: str) -> None:
    here = visit()
    here.page.goto(here.url + path)
    tried = here.page.evaluate(_BREAK_THE_POLICY)
    here.console.clear()
    here.requests.clear()
    assert not (tried["ran"] or tried["fetched"] or tried["framed"]), tried
    assert {"script-src-elem", "style-src-attr", "connect-src", "frame-src"} == set(tried["found"])


@pytest.mark.browser
def test_no_other_page_can_frame_us(visit: Visitor, client: httpx.Client) -> None:
    for path in ("/", "/editor", *PAGES):
        headers = client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]

"""A browser without a window: keeps cookies, follows redirects one by one, fills forms in."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin

import httpx

MOST_STEPS = 12


class _Form(HTMLParser):
    """Reads the inputs of the only form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        if tag == "input" and given.get("type") != "submit" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")


def _moves_on(answer: httpx.Response) -> str | None:
    """Find where a page goes by itself."""
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]*)">', answer.text)
    return unescape(found[1]) if found else None


class Browser:
    """One person's browser."""

    def __init__(self, city: str) -> None:
        self.city = city
        # Nothing stays open between two questions, so that nobody has to close a browser.
        self.client = httpx.Client(timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
        self.visited: list[str] = []
        self.answers: list[httpx.Response] = []

    def open(self, address: str, stop_at: str = "\n") -> httpx.Response:
        """Go to an address and follow redirects, but not to an address that starts with `stop_at`."""
        return self._follow(self._ask("GET", address), stop_at)

    def fill(self, page: httpx.Response, stop_at: str = "\n", **given: str) -> httpx.Response:
        """Send the form of a page."""
        form = _Form(page.text)
        address = urljoin(str(page.url), form.action or str(page.url))
        return self._follow(self._ask("POST", address, data=form.fields | given), stop_at)

    def log_in(
        self, username: str, password: str, following: str = "/", stop_at: str = "\n"
    ) -> httpx.Response:
        """Log in at the provider and let it tell us; give the page where that ended."""
        page = self.open(f"{self.city}/api/auth/oidc/login?{httpx.QueryParams(next=following)}")
        page = self.fill(page, username=username, password=password)
        return self.fill(page, stop_at, allow="Authorize")

    def get(self, path: str) -> httpx.Response:
        """Ask the city for a path, as its page does."""
        return self.client.get(self.city + path)

    def _follow(self, answer: httpx.Response, stop_at: str) -> httpx.Response:
        for _ in range(MOST_STEPS):
            following = answer.headers["location"] if answer.is_redirect else _moves_on(answer)
            if following is None:
                return answer
            address = urljoin(str(answer.url), following)
            self.visited.append(address)
            if address.startswith(stop_at):
                return answer
            answer = self._ask("GET", address)
        raise AssertionError(f"round in circles: {self.visited}")

    def _ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        answer = self.client.request(method, address, **more)
        self.answers.append(answer)
        return answer


def login_error(answer: httpx.Response) -> str:
    """Read what the page is told of a log-in that did not work."""
    assert answer.status_code == 200
    assert answer.url.path == "/"
    return parse_qs(answer.url.query.decode())["login_error"][0]

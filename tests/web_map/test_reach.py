"""An account of one street: its own area in view, nothing of others, and kind words beyond the border."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.web_map.accounts import Account, Accounts
from tests.web_map.conftest import Grid, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PANEL = "cg-detail-panel"


@pytest.fixture(scope="module")
def clerk(accounts: Accounts, grid: Grid) -> Account:
    """A street's administrator."""
    return accounts.settled("赵六", role="street_administrator", reach="area", area=grid.street_code)


def test_own_area_is_in_view(visit: Visitor, clerk: Account, api: httpx.Client) -> None:
    west, south, east, north = api.get("/api/city").json()["bbox"]
    here = visit(clerk)
    here.open()
    across, up = here.page.evaluate(
        "() => { const [[w, s], [e, n]] = citygridMap.getBounds().toArray(); return [e - w, n - s]; }"
    )
    assert across < (east - west) and up < (north - south)
    here.shoot("reach-street-zh")
    here.page.mouse.wheel(0, -600)
    expect(here.page.get_by_label("查看本辖区")).to_be_visible()


def test_nothing_of_others_is_drawn(visit: Visitor, clerk: Account, grid: Grid) -> None:
    here = visit(clerk)
    here.open(f"#map=14/{grid.lat}/{grid.lon}")
    for layer in ("grids-line", "communities-line", "streets-line"):
        codes = {found["code"] for found in here.rendered(layer)}
        assert codes and all(code.startswith(grid.street_code) for code in codes), layer


def test_place_beyond_the_border_is_no_error(visit: Visitor, clerk: Account, api: httpx.Client) -> None:
    lon, lat, name = _elsewhere(api, clerk)
    here = visit(clerk)
    here.open(f"#map=15/{lat}/{lon}&at={lon},{lat}")
    expect(here.page.locator(f"{PANEL} .outside")).to_contain_text("不在您负责的区域内")
    expect(here.page.locator(f"{PANEL} [role=alert]")).to_have_count(0)
    expect(here.page.locator(f"{PANEL} .person")).to_have_count(0)
    assert name not in here.page.locator(PANEL).inner_text()
    here.shoot("reach-outside-zh")


def _elsewhere(api: httpx.Client, clerk: Account) -> tuple[float, float, str]:
    """Find a place in another street of the city."""
    west, south, east, north = api.get("/api/city").json()["bbox"]
    mine = api.get(f"/api/accounts/{clerk.id}").json()["area"]
    for share in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9):
        lon, lat = west + (east - west) * share, south + (north - south) * 0.5
        found = api.get("/api/grids/locate", params={"lon": lon, "lat": lat}).json()["assignments"][0]
        if found["code"] and not found["code"].startswith(mine):
            return lon, lat, found["name"]
    raise AssertionError("the city is one street")


def test_layers_that_are_not_granted_are_not_asked_for(
    visit: Visitor, accounts: Accounts, grid: Grid, api: httpx.Client
) -> None:
    viewer = accounts.settled("旁观者")
    before = api.get("/api/layers/places/grants").raise_for_status().json()
    api.put("/api/layers/places/grants", json={"audience": "granted"}).raise_for_status()
    try:
        here = visit(viewer)
        here.open(grid.fragment)
        expect(here.page.locator("cg-layer-panel input[name=events]")).to_be_visible()
        expect(here.page.locator("cg-layer-panel input[name=places]")).to_have_count(0)
        assert any("/tiles/events/" in url for url in here.requests)
        assert not any(re.search("/tiles/places/", url) for url in here.requests)
    finally:
        api.put("/api/layers/places/grants", json=_grants(before)).raise_for_status()


def _grants(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in ("audience", "accounts", "organisations") if name in shown}

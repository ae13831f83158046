"""Base maps of another platform below the city: switched, shifted, named with their review number."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web_map.conftest import Visitor
from tests.web_map.layers.conftest import PLACE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.slow
def test_one_base_map_at_a_time_with_its_review_number(visit: Visitor) -> None:
    here = visit()
    where = f"#map=14/{PLACE[1]}/{PLACE[0]}"
    here.open(where)
    radios = here.page.locator("cg-layer-tree input[name=base-map]")
    credit = here.page.locator("cg-status-bar .attribution")
    expect(radios).to_have_count(3)
    assert not [url for url in here.requests if "/api/base-maps/" in url], (
        "nothing is asked for before it is chosen"
    )
    with here.page.expect_response(lambda answer: "/api/base-maps/streets/" in answer.url and answer.ok):
        here.page.get_by_role("radio", name="街道图").check()
    here.until("() => citygridMap.areTilesLoaded()")
    expect(credit).to_contain_text("© 测试图商 · 审图号 GS（2026）0000号")
    expect(radios.and_(here.page.locator(":checked"))).to_have_count(1)
    order = here.page.evaluate("() => citygridMap.getLayersOrder()")
    assert order[order.index("+@base") - 1].startswith("base-"), "it lies right above the ground"
    names = "() => citygridMap.getLayoutProperty('base-label-poi', 'visibility')"
    assert here.page.evaluate(names) == "none", "the other map brings its own names"
    assert "@streets" in here.page.url
    here.shoot("layers-base-map-zh")
    # A link brings it along, and the offline map comes back whole.
    here.open(where + "&layers=@streets,police_areas")
    here.until("() => citygridMap.getLayer('+@base') && citygridMap.getLayer('@police_areas-fill')")
    order = here.page.evaluate("() => citygridMap.getLayersOrder()")
    assert order.index("+@base") < order.index("@police_areas-fill") < order.index("grids-line")
    here.page.get_by_role("radio", name="离线底图").check()
    here.until("() => !citygridMap.getLayer('+@base')")
    assert here.page.evaluate(names) == "visible"
    expect(credit).not_to_contain_text("审图号")

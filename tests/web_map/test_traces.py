"""What to shut: a click on a pipe, an answer with valves and customers, and a valve that is stuck."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from lifeline.networks.wish import Wish
from spatial.database import connect
from tests.lifeline.store.brought import bring
from tests.web_map.accounts import Accounts
from tests.web_map.conftest import Grid, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NETWORK = "示范给水"
# West to east, 0.001 degrees apart: a source, then each pipe between two valves.
NODES = ("R", "A", "B", "C", "D", "E")
INP = """[TITLE]
six nodes in a line
[RESERVOIRS]
R 50
[JUNCTIONS]
A 10 0
B 10 0
C 10 5
D 10 0
E 10 5
[PIPES]
P0 R A 85 200 100 0 Open
P1 B C 85 200 100 0 Open
P2 D E 85 200 100 0 Open
[VALVES]
V1 A B 200 TCV 0 0
V2 C D 200 TCV 0 0
[OPTIONS]
Units LPS
Headloss H-W
[COORDINATES]
{places}
[END]
"""


@pytest.fixture(scope="module")
def pipe(
    city_url: str, grid: Grid, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[float, float]]:
    """Bring a network into the grid; gives the middle of the pipe between its valves."""
    places = "\n".join(
        f"{name} {grid.lon + n / 1000 - 0.0025:.6f} {grid.lat}" for n, name in enumerate(NODES)
    )
    path = tmp_path_factory.mktemp("networks") / "line.inp"
    path.write_text(INP.format(places=places), encoding="utf-8")
    with connect(city_url) as connection:
        bring(connection, path, Wish(kind="water", crs="EPSG:4326"), NETWORK)
        connection.commit()
        yield grid.lon, grid.lat
        connection.execute("DELETE FROM network WHERE name = %s", [NETWORK])


def test_a_click_on_a_pipe_says_what_to_shut(visit: Visitor, pipe: tuple[float, float]) -> None:
    lon, lat = pipe
    here = visit()
    page = here.page
    here.open(f"#map=19/{lat}/{lon}&layers=pipes,pipe_devices&at={lon},{lat}")
    section = page.locator("cg-trace #trace")
    button = section.locator(f"[data-network='{NETWORK}']")
    expect(button).to_contain_text("此处断管")
    button.click()
    expect(section.locator(".sum")).to_have_text("关闭 2 个阀门")
    expect(section.locator("[data-valve=V1]")).to_contain_text("必须关闭")
    expect(section.locator("[data-valve=V2]")).to_contain_text("可以不关")
    expect(section).to_contain_text("1 段")
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['trace-line']}).length > 0")
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['trace-valve']}).length === 2")
    assert here.nameless() == []
    here.wait_drawn()
    here.shoot("trace-zh")

    section.locator("[data-valve=V1] button").click()
    expect(section.locator("[data-valve=V1]")).to_contain_text("已扩大范围")
    expect(section).to_contain_text("须停止供给：R")
    here.until("() => citygridMap.getZoom() < 17")
    here.wait_drawn()
    here.shoot("trace-stuck-zh")
    section.locator("[data-valve=V1] button").click()
    expect(section.locator("[data-valve=V1]")).to_contain_text("必须关闭")

    page.locator("cg-detail-panel header > .icon-button").click()
    here.until("() => citygridMap.queryRenderedFeatures({layers: ['trace-line']}).length === 0")


def test_who_may_not_see_pipes_is_not_asked(
    visit: Visitor, accounts: Accounts, pipe: tuple[float, float]
) -> None:
    here = visit(accounts.settled("街道的人", role="viewer"))
    here.open(f"#at={pipe[0]},{pipe[1]}")
    expect(here.page.locator("cg-detail-panel .chain li")).to_have_count(4)
    expect(here.page.locator("cg-trace")).to_have_count(0)

"""Pictures of another platform on the map: MapServer draws them, our own door hands them out."""

from __future__ import annotations

import io
import shutil
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from api.external.worker import ExternalWorker
from api.prepare import make_demo_administrator
from spatial.settings import Secret, Settings
from tests.api.external.conftest import write_ground, write_wells
from tests.api.external.peers import mapserver
from tests.servers import serving
from tests.web_map.accounts import Account
from tests.web_map.conftest import _WATCH_POLICY, DESK, Visit, _watched, log_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CORNER = (116.2, 40.0)
"""North-western corner of what MapServer paints blue."""
STRANGE = "<b>测绘院</b>"


@pytest.fixture(scope="module")
def connected(
    own_city_url: str,
    as_app: Callable[[str], str],
    master_key: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Account]]:
    """A server over the demo city with a layer of MapServer's, and who may see it."""
    home = tmp_path_factory.mktemp("connected")
    key = Path(shutil.copy(master_key, home / "master"))
    login = make_demo_administrator(own_city_url, home)
    data = write_wells(home / "peer.gpkg", range(1))
    write_ground(data)
    settings = Settings(
        home=home,
        database_url=Secret(own_city_url),
        app_database_url=Secret(as_app(own_city_url)),
        master_key_file=key,
        external_networks=(ip_network("127.0.0.0/8"),),
    )
    asked = {"protocol": "wms", "layer": "ground", "name": "影像-1", "title": "影像图", "wait": 30}
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as listener,
        serving(listener, as_app(own_city_url), home, key, CITYGRID_EXTERNAL_NETWORKS="127.0.0.0/8") as url,
        mapserver(home, data) as maps,
        ExternalWorker(settings, "proxy"),
    ):
        about = {"attribution": STRANGE, "review_number": "GS(2026)0001号"}
        answer = httpx.post(
            f"{url}/api/layers/external",
            json={**asked, **about, "url": maps.url},
            headers={"authorization": f"Bearer {login['token']}"},
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        yield url, Account(login["username"], login["password"])


@pytest.fixture
def here(browser: Browser, connected: tuple[str, Account]) -> Iterator[Visit]:
    url, account = connected
    context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
    context.add_init_script(_WATCH_POLICY)
    log_in(context, url, account)
    visit = _watched(context.new_page(), url)
    yield visit
    assert (visit.foreign_hosts(), visit.console) == (set(), [])
    assert visit.page.evaluate("() => globalThis.violations ?? []") == []
    context.close()


def blue(here: Visit, east: int, south: int) -> float:
    """Tell how much bluer than red the map is around a place, some pixels off the corner."""
    x, y = here.page.evaluate("(at) => Object.values(citygridMap.project(at)).slice(0, 2)", CORNER)
    shot = np.asarray(Image.open(io.BytesIO(here.page.screenshot())).convert("RGB")).astype(float)
    at = shot[round(y) + south - 2 : round(y) + south + 3, round(x) + east - 2 : round(x) + east + 3]
    return float(np.median(at[..., 2] - at[..., 0]))


def until_painted(here: Visit, painted: bool) -> None:
    """Wait until the ground begins at its corner, to a few pixels, or is gone: pictures fade in."""
    for _ in range(600):
        inside, *outside = (blue(here, *off) for off in ((5, 5), (-5, 5), (5, -5), (-5, -5)))
        if max(outside) < 60 and (inside > 100) is painted:
            return
        here.page.wait_for_timeout(100)
    raise AssertionError((inside, outside))


@pytest.mark.slow
def test_pictures_of_another_platform_are_switched_on(here: Visit) -> None:
    where = f"#map=12/{CORNER[1]}/{CORNER[0]}"
    here.open(where)
    box = here.page.get_by_role("checkbox", name="影像图")
    credit = here.page.locator("cg-status-bar .attribution")
    expect(box).not_to_be_checked()
    assert not [url for url in here.requests if "/rasters/" in url], "nothing is asked for before it is shown"
    until_painted(here, False)
    box.check()
    until_painted(here, True)
    expect(credit).to_contain_text(f"{STRANGE} · 审图号 GS(2026)0001号")
    order = here.page.evaluate("() => citygridMap.getLayersOrder()")
    at = order.index("+影像-1")
    assert order[at - 1].startswith("base-") and order.index("streets-line") > at
    assert not any(each.startswith("base-") and "label" not in each for each in order[at:])
    here.shoot("map-pictures-zh")
    # The choice is remembered, and taken back.
    here.open(where)
    until_painted(here, True)
    box.uncheck()
    expect(credit).not_to_contain_text("审图号")
    until_painted(here, False)

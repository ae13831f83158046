"""The editor page at 10,000 grids in a real browser: open, pan, drag a vertex; frame times, and what is held.

A durable cluster with the city of `bench.plans_http` and one API worker are started for it in a folder of
their own: `python -m bench.editor`. Debian's Chromium draws without a GPU.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from api.prepare import bring_up_to_date
from bench.plans import GRIDS, polygons
from bench.plans_http import drafts, serving
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.geometry.arcs import build_arcs
from spatial.grids.versions import publish
from spatial.people.accounts import create_account
from spatial.rights.envelope import make_master
from web_map import assets

CHROMIUM = "/usr/bin/chromium"
USER, PASSWORD = "chief", "an unlikely Passw0rd"
PANS = 30

_FRAMES = """() => { globalThis.frames_ms = []; let last = performance.now();
    const next = () => { globalThis.ticking = requestAnimationFrame(tick); };
    const tick = (now) => { frames_ms.push(now - last); last = now; next(); };
    next(); }"""


def main() -> None:
    """Build the city, open the editor in it, measure, and print."""
    assets.ensure_built()
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        url = cluster.ensure()
        try:
            make_master(master)
            bring_up_to_date(url, master=master)
            shapes = polygons(GRIDS)
            start = datetime.now(UTC) - timedelta(days=30)
            with connect(url) as connection:
                publish(connection, "grids", drafts(len(shapes)), build_arcs(shapes), "bench", start)
                create_account(connection, USER, USER, "district_administrator", PASSWORD, "city")
            with connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            with serving(app_url(url, home), url, home, master) as address:
                print(f"{len(shapes)} grids")
                measure(address)
        finally:
            cluster.remove()


def measure(address: str) -> None:
    """Open a browser on the editor."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        context.request.post(f"{address}/api/auth/session", form={"username": USER, "password": PASSWORD})
        page = context.new_page()
        bytes_read: list[int] = []
        page.on("response", lambda answer: bytes_read.append(_length(answer)))
        _open(page, address)
        _tell("read so far, kB", sum(bytes_read) / 1000)
        _pan(page)
        _drag(page)
        browser.close()


def _length(answer: Any) -> int:
    return int(answer.headers.get("content-length", "0"))


def _open(page: Page, address: str) -> None:
    began = time.perf_counter()
    page.goto(f"{address}/editor")
    _rest(page)
    _tell("page drawn, s", time.perf_counter() - began)
    page.locator("#new-plan").click()
    page.fill("input[name=title]", "bench")
    for what in ("plan opened the first time, s", "plan opened again, s"):
        began = time.perf_counter()
        if what.endswith("time, s"):
            page.locator("#make-plan").click()
        else:
            page.reload()
        page.wait_for_selector("[role=treeitem]", timeout=60_000)
        _tell(what, time.perf_counter() - began)
    _rest(page)
    middle = page.evaluate("() => { const at = citygridMap.getCenter(); return [at.lng, at.lat]; }")
    began = time.perf_counter()
    page.evaluate("(center) => citygridMap.jumpTo({center, zoom: 16})", middle)
    _rest(page)
    _until(page, "() => citygridMap.queryRenderedFeatures({layers: ['plan-units-fill']}).length > 0")
    _tell("grids of the window there, s", time.perf_counter() - began)
    _held(page)


def _held(page: Page) -> None:
    for name in ("plan-units", "plan-arcs", "handles"):
        count = "(name) => citygridMap.getSource(name).getData().then((all) => all.features.length)"
        held = page.evaluate(count, name)
        _tell(f"features in the drawing store, {name}", held)
    _tell("rows in the tree", page.locator("[role=treeitem]").count())
    _tell("JavaScript heap, MB", page.evaluate("() => performance.memory.usedJSHeapSize / 1e6"))


def _pan(page: Page) -> None:
    page.evaluate(_FRAMES)
    page.mouse.move(740, 450)
    page.mouse.down()
    for step in range(PANS):
        page.mouse.move(740 - 10 * step, 450 - 5 * step)
        page.wait_for_timeout(16)
    page.mouse.up()
    _frames(page, "pan at zoom 16")
    _rest(page)
    _held(page)


def _drag(page: Page) -> None:
    page.mouse.click(740, 450)
    page.locator("#tool-vertex").click()
    _until(page, "() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']}).length > 2")
    handles = page.evaluate(
        "() => citygridMap.queryRenderedFeatures({layers: ['handles-vertex']})"
        ".filter((one) => one.properties.kind === 'vertex')"
        ".map((one) => citygridMap.project(one.geometry.coordinates))"
    )
    box = page.evaluate("() => citygridMap.getCanvas().getBoundingClientRect().toJSON()")
    x, y = min(((one["x"] + box["x"], one["y"] + box["y"]) for one in handles),
               key=lambda at: abs(at[0] - 740) + abs(at[1] - 450))  # fmt: skip
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(_FRAMES)
    for step in range(PANS):
        page.mouse.move(x + step / 3, y + step / 4)
        page.wait_for_timeout(16)
    _frames(page, "vertex dragged")
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_selector("#undo:not([disabled])", timeout=60_000)
    _tell("vertex saved and checked, s", time.perf_counter() - began)


def _frames(page: Page, what: str) -> None:
    found = page.evaluate("() => { cancelAnimationFrame(ticking); return frames_ms; }")
    times = sorted(found[1:])
    _tell(f"{what}: frames", len(times))
    _tell(f"{what}: median frame, ms", times[len(times) // 2])
    _tell(f"{what}: 95 %, ms", times[int(len(times) * 0.95)])
    _tell(f"{what}: longest, ms", times[-1])


def _rest(page: Page) -> None:
    page.wait_for_selector(":root[data-ready='1']", state="attached", timeout=60_000)
    _until(page, "() => citygridMap.loaded() && citygridMap.areTilesLoaded() && !citygridMap.isMoving()")


def _until(page: Page, condition: str) -> None:
    deadline = time.monotonic() + 60
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise TimeoutError(condition)
        page.wait_for_timeout(50)


def _tell(what: str, value: float) -> None:
    print(f"{what}: {value:.2f}" if isinstance(value, float) else f"{what}: {value}", flush=True)


if __name__ == "__main__":
    main()

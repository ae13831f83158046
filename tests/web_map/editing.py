"""The grid editor in a browser, and what is drawn in it with the mouse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import shapely
from playwright.sync_api import Page, expect
from shapely.geometry import shape

from tests.web_map.conftest import WAIT_SECONDS, Visit

LONG = WAIT_SECONDS * 1000
WORK_ZOOM = 16
MIDDLE = (116.3190, 39.9862)
"""Where the tests work: in the middle of the demo city."""


@dataclass(frozen=True)
class Drawn:
    """A grid as the plan has it, and where it lies."""

    id: str
    code: str | None
    polygon: Any

    @property
    def middle(self) -> tuple[float, float]:
        """A place well inside."""
        point = shapely.point_on_surface(self.polygon)
        return point.x, point.y


class Editor:
    """Somebody at work in the editor."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @property
    def page(self) -> Page:
        """The browser's page."""
        return self.visit.page

    def open(self, fragment: str = "") -> None:
        """Open the editor afresh and wait until its map is drawn."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.visit.url}/editor{fragment}")
        self.visit.wait_drawn()

    def begin(self, title: str) -> int:
        """Make a new plan through the dialog; gives its number."""
        self.page.locator("#new-plan").click()
        self.page.fill("input[name=title]", title)
        self.page.locator("#make-plan").click()
        expect(self.page.locator("#status")).to_have_text("草稿", timeout=LONG)
        self.page.wait_for_selector("[role=treeitem]", state="attached", timeout=LONG)
        return int(self.page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('plan')"))

    def look_at(self, lon: float, lat: float, zoom: float = WORK_ZOOM) -> None:
        """Move the map there and wait for the plan's grids."""
        self.page.evaluate(
            "([lon, lat, zoom]) => { citygridMap.jumpTo({center: [lon, lat], zoom}); }", [lon, lat, zoom]
        )
        self.visit.wait_drawn()
        self.visit.until("() => citygridMap.queryRenderedFeatures({layers: ['plan-units-fill']}).length > 0")

    def grids(self) -> dict[str, Drawn]:
        """Read the plan's grids in the window, by id, whole."""
        return {
            one["properties"]["id"]: Drawn(
                one["properties"]["id"], one["properties"]["code"], shape(one["geometry"])
            )
            for one in self.features("plan-units")
        }

    def features(self, source: str) -> list[dict[str, Any]]:
        """Read what the editor has put into one of its sources."""
        found = self.page.evaluate(
            "(name) => citygridMap.getSource(name).getData().then((all) => JSON.stringify(all))", source
        )
        features: list[dict[str, Any]] = json.loads(found)["features"]
        return features

    def borders(self) -> list[list[tuple[float, float]]]:
        """Read the borders of the plan in the window."""
        return [one["geometry"]["coordinates"] for one in self.features("plan-arcs")]

    def line(self) -> list[tuple[float, float]]:
        """Read the line on the drawing board."""
        drawn = [one["geometry"] for one in self.features("draft")]
        lines = [one["coordinates"] for one in drawn if one["type"] == "LineString"]
        return [(at[0], at[1]) for at in lines[0]] if lines else []

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Say where on the screen a place lies."""
        x, y = self.page.evaluate(
            "(at) => { const p = citygridMap.project(at);"
            " const box = citygridMap.getCanvas().getBoundingClientRect();"
            " return [p.x + box.x, p.y + box.y]; }",
            [lon, lat],
        )
        return x, y

    def choose(self, grid: Drawn) -> None:
        """Click a grid."""
        self.page.mouse.click(*self.at(*grid.middle))
        self.visit.until("() => location.hash.includes('unit=')")

    def take(self, tool: str) -> None:
        """Take a tool in hand by its button."""
        self.page.locator(f"#tool-{tool}").click()

    def draw(self, *places: tuple[float, float]) -> None:
        """Click places one after another; a double click ends it."""
        for place in places[:-1]:
            self.page.mouse.move(*self.at(*place))
            self.page.mouse.click(*self.at(*place))
        self.page.mouse.move(*self.at(*places[-1]))
        self.page.mouse.dblclick(*self.at(*places[-1]))

    def do(self, undo: str) -> None:
        """Do what the tool's form says; it is saved and can be taken back under its name."""
        self.page.locator("#do").click()
        self.saved(undo)

    def split(self, grid: Drawn) -> None:
        """Split a grid in two from south to north."""
        self.choose(grid)
        self.take("split")
        self.draw(*across(grid))
        self.do("拆分")

    def drag(self, start: tuple[float, float], by: tuple[float, float], hold: Callable[[], None]) -> None:
        """Drag what lies at a place by so many pixels; `hold` is asked before it is let go."""
        x, y = self.at(*start)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by[0] / 2, y + by[1] / 2, steps=3)
        self.page.mouse.move(x + by[0], y + by[1], steps=3)
        hold()
        self.page.mouse.up()

    def saved(self, undo: str) -> None:
        """Wait until a step is saved and can be taken back under its name."""
        expect(self.page.locator("#undo")).to_contain_text(undo, timeout=LONG)
        expect(self.page.locator("#saving")).to_have_text("已自动保存", timeout=LONG)
        self.visit.wait_drawn()

    def tab(self, name: str) -> None:
        """Open a panel."""
        self.page.locator(f"#tab-{name}").click()

    def let_pass(self, reason: str) -> None:
        """Let every warning pass for one reason."""
        self.tab("issues")
        self.visit.until(
            "() => !document.querySelector('cg-editor').shadowRoot.querySelector('cg-side-panel')"
            ".shadowRoot.querySelector('cg-issue-list').shadowRoot.querySelector('.spinner')"
        )
        every = self.page.locator("#waive-all")
        if every.count():
            every.click()
        elif self.page.locator("cg-issue-list .fixes .button").count():
            self.page.locator("cg-issue-list .fixes .button", has_text="忽略此提醒").click()
        else:
            return
        self.page.fill("cg-issue-list input[name=reason]", reason)
        self.page.locator("#waive").click()
        expect(self.page.locator("cg-issue-list li:not(.waived)")).to_have_count(0, timeout=LONG)


def across(grid: Drawn, over: float = 0.15) -> list[tuple[float, float]]:
    """A line from south to north through the middle of a grid that begins and ends beyond it."""
    _, south, _, north = grid.polygon.bounds
    lon, _ = grid.middle
    beyond = (north - south) * over
    return [(lon, south - beyond), (lon, (south + north) / 2), (lon, north + beyond)]


def at_work(editor: Editor, title: str) -> tuple[int, Drawn]:
    """Begin a plan and find a grid in the middle of the window that can be seen whole."""
    editor.open()
    number = editor.begin(title)
    editor.look_at(*MIDDLE)
    return number, central(editor)


def central(editor: Editor) -> Drawn:
    """Find the grid nearest to the middle of the screen."""
    return min(editor.grids().values(), key=lambda grid: _off(editor, grid))


def beside(editor: Editor, grid: Drawn) -> list[Drawn]:
    """List the neighbours of a grid, those nearest to the middle of the screen first."""
    touching = [
        one for one in editor.grids().values() if one.polygon.intersection(grid.polygon).length > 1e-4
    ]
    return sorted((one for one in touching if one.id != grid.id), key=lambda one: _off(editor, one))


def located(api: httpx.Client, lon: float, lat: float, **when: str) -> dict[str, Any]:
    """Ask where a point lies."""
    answer = api.get("/api/grids/locate", params={"lon": lon, "lat": lat, **when}).raise_for_status()
    found: dict[str, Any] = answer.json()["assignments"][0]
    return found


def _off(editor: Editor, grid: Drawn) -> float:
    x, y = editor.at(*grid.middle)
    return abs(x - 740) + abs(y - 400)

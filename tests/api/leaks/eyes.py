"""What a probe of the leak matrix stands on: the routes of the application, and the eyes of an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from api.app import Doors
from api.ogc.resources import RESOURCES
from spatial.rights.reader import Reader
from tests.spatial.rights.whose import Row, Rows, allowed

LAYERS = {
    "districts": ("unit_version", 1, "code"),
    "streets": ("unit_version", 2, "code"),
    "communities": ("unit_version", 3, "code"),
    "grids": ("unit_version", 4, "code"),
    "micro_grids": ("unit_version", 1, "code"),
    "unit_grids": ("unit_version", 1, "code"),
    "police_areas": ("unit_version", 1, "code"),
    "school_areas": ("unit_version", 1, "code"),
    "hospital_areas": ("unit_version", 1, "code"),
    "evaluation_grids": ("unit_version", 1, "code"),
    "sanitation_areas": ("unit_version", 1, "code"),
    "places": ("place", None, "id"),
    "components": ("component", None, "id"),
    "resources": ("resource", None, "id"),
    "events": ("event", None, "id"),
    "missed_patrols": ("patrol_missed", None, "id"),
    "pipes": ("network_link", None, "id"),
    "pipe_nodes": ("network_node", None, "id"),
    "pipe_devices": ("network_device", None, "id"),
}
"""Published layer → table, level of units, and the column that its features are named by."""
COVERAGES = {
    "micro_grids": "micro_grids",
    "unit_grids": "unit_grids",
    "police_areas": "police",
    "school_areas": "school",
    "hospital_areas": "hospital",
    "evaluation_grids": "evaluation",
    "sanitation_areas": "sanitation",
}
"""Layer of units → its coverage, where that is not `grids`."""


def routes(app: Any) -> set[str]:
    """Name everything that answers, from the ASGI tree itself: raw doors, ordinary routes and mounts."""
    while not isinstance(app, Doors):
        app = app.app
    found = set(app.exact) - {"/ogc"}
    for prefix in app.under:
        if prefix == "/ogc/":
            found |= {f"/ogc/{pattern}".rstrip("/") for pattern in RESOURCES} | {"/ogc/static/{file}"}
        else:
            found.add(prefix)
    return found | set(_ordinary(app.rest.routes))


def _ordinary(given: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    for route in given:
        if isinstance(route, Mount):
            below = list(_ordinary(route.routes, prefix + route.path)) if route.routes else []
            yield from below or [f"{prefix}{route.path}/…"]
        elif isinstance(route, Route):
            methods = sorted((route.methods or {"GET"}) - {"HEAD"})
            yield from (f"{method} {prefix}{route.path}" for method in methods)
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            assert inner is not None, f"{route!r} is of a kind that this walk does not know"
            yield from _ordinary(inner.routes, prefix)


@dataclass
class Eyes:
    """An account looking at the town through the application."""

    name: str
    reader: Reader
    client: TestClient
    token: str
    rows: Rows
    problems: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request with this account's key."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **options)
        if answer.status_code >= 500:
            self.problems.append(f"{method} {path} answered {answer.status_code}")
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """Ask, and read the JSON."""
        return self.ask("GET", path, **options).json()

    def sees(self, table: str, row: Row) -> bool:
        """Say by hand whether this account may read a row."""
        return allowed(self.reader, table, "read", row, self.rows)

    def own(self, layer: str) -> set[str]:
        """Name the features of a layer that this account may see, worked out by hand."""
        table, _, key = LAYERS[layer]
        return {row[key] for row in self.of(layer) if self.sees(table, row)}

    def of(self, layer: str) -> list[Row]:
        """List the rows behind a layer, everybody's."""
        table, level, _ = LAYERS[layer]
        coverage = COVERAGES.get(layer, "grids")
        return [
            row
            for row in self.rows[table]
            if level is None or (row["level"] == str(level) and row["coverage"] == coverage)
        ]

    def expect(self, what: str, found: Any, wanted: Any) -> None:
        """Note a difference."""
        if found != wanted:
            self.problems.append(f"{self.name}: {what}: {found} in place of {wanted}")

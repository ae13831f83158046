"""Networks and the files they came in."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

IMPORT = "/api/lifeline/networks/imports/{}"


def _named(method: str) -> Callable[[Eyes], None]:
    """A foreign network answers like none, by its name."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["network"]:
            sees = eyes.sees("network", row)
            if method == "GET" or not sees:
                like_nothing(eyes, "/api/lifeline/networks/{}", row["name"], sees, method)

    return probe


def _asked(eyes: Eyes) -> None:
    """A foreign network answers no question."""
    question = {"type": "connected", "start": {"feature": "nothing"}}
    for row in eyes.rows["network"]:
        sees = eyes.sees("network", row)
        like_nothing(eyes, "/api/lifeline/networks/{}/traces", row["name"], sees, "POST", json=question)


def _complained(eyes: Eyes) -> None:
    """A foreign network tells nothing of complaints."""
    question = {"categories": ["01"], "from": "2026-01-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}
    for row in eyes.rows["network"]:
        sees = eyes.sees("network", row)
        like_nothing(eyes, "/api/lifeline/networks/{}/complaints", row["name"], sees, "POST", json=question)


NETWORKS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/lifeline/networks": list_of("network", "/api/lifeline/networks?limit=1000", "networks"),
    "GET /api/lifeline/networks/{name}": _named("GET"),
    "DELETE /api/lifeline/networks/{name}": _named("DELETE"),
    "POST /api/lifeline/networks/{name}/traces": _asked,
    "POST /api/lifeline/networks/{name}/complaints": _complained,
    "GET /api/lifeline/networks/imports": list_of(
        "network_import", "/api/lifeline/networks/imports?limit=1000", "imports"
    ),
    "GET /api/lifeline/networks/imports/{identifier}": row_of("network_import", "GET", IMPORT),
    "DELETE /api/lifeline/networks/imports/{identifier}": row_of("network_import", "DELETE", IMPORT),
    "POST /api/lifeline/networks/imports/{identifier}/confirm": row_of(
        "network_import", "POST", f"{IMPORT}/confirm", {"crs": "EPSG:3547"}
    ),
}

"""Networks and the files they came in."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

SHUT_OFFS = "/api/lifeline/shut-offs"
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


def _planned(eyes: Eyes) -> None:
    """A foreign network is not shut off, and is not there."""
    for row in eyes.rows["network"]:
        if eyes.sees("network", row):
            continue
        body = {"cause": "accidental", "start": {"feature": "link:pipe"}}
        answers = [eyes.ask("POST", SHUT_OFFS, json={**body, "network": name}) for name in (row["name"], "?")]
        eyes.expect("POST of a foreign network", answers[0].status_code, answers[1].status_code)
        eyes.expect("its words", answers[0].text.replace(row["name"], "?"), answers[1].text)


def _conflicts(eyes: Eyes) -> None:
    """Conflicts of a foreign network are those of none."""
    for row in eyes.rows["network"]:
        path = f"{SHUT_OFFS}/conflicts?network={{}}"
        like_nothing(eyes, path, row["name"], eyes.sees("network", row))


def _stated(eyes: Eyes) -> None:
    """The statement of a foreign one is like one of none; signing wants a key, and is tested elsewhere."""
    for row in eyes.rows["shut_off"]:
        if not eyes.sees("shut_off", row):
            like_nothing(eyes, f"{SHUT_OFFS}/{{}}/statement", row["id"], False)


def _of_shut_off(verb: str, sent: object = None) -> Callable[[Eyes], None]:
    return row_of("shut_off", "POST", f"{SHUT_OFFS}/{{}}/{verb}", sent)


NETWORKS: dict[str, Callable[[Eyes], None]] = {
    "GET /api/lifeline/networks": list_of("network", "/api/lifeline/networks?limit=1000", "networks"),
    "GET /api/lifeline/networks/{name}": _named("GET"),
    "DELETE /api/lifeline/networks/{name}": _named("DELETE"),
    "POST /api/lifeline/networks/{name}/traces": _asked,
    "POST /api/lifeline/networks/{name}/complaints": _complained,
    "GET /api/lifeline/shut-offs": list_of("shut_off", f"{SHUT_OFFS}?limit=1000", "shut_offs"),
    "POST /api/lifeline/shut-offs": _planned,
    "GET /api/lifeline/shut-offs/conflicts": _conflicts,
    "GET /api/lifeline/shut-offs/{identifier}": row_of("shut_off", "GET", f"{SHUT_OFFS}/{{}}"),
    "GET /api/lifeline/shut-offs/{identifier}/statement": _stated,
    "POST /api/lifeline/shut-offs/{identifier}/announce": _of_shut_off("announce"),
    "POST /api/lifeline/shut-offs/{identifier}/start": _of_shut_off("start"),
    "POST /api/lifeline/shut-offs/{identifier}/confirm": _of_shut_off("confirm", {"edition": 1}),
    "POST /api/lifeline/shut-offs/{identifier}/done": _of_shut_off("done", {"valves": "opened"}),
    "POST /api/lifeline/shut-offs/{identifier}/cancel": _of_shut_off("cancel"),
    "POST /api/lifeline/shut-offs/{identifier}/valves/{code}": _of_shut_off("valves/valve", {"closed": True}),
    "GET /api/lifeline/networks/imports": list_of(
        "network_import", "/api/lifeline/networks/imports?limit=1000", "imports"
    ),
    "GET /api/lifeline/networks/imports/{identifier}": row_of("network_import", "GET", IMPORT),
    "DELETE /api/lifeline/networks/imports/{identifier}": row_of("network_import", "DELETE", IMPORT),
    "POST /api/lifeline/networks/imports/{identifier}/confirm": row_of(
        "network_import", "POST", f"{IMPORT}/confirm", {"crs": "EPSG:3547"}
    ),
}

"""Many people at once: nobody is refused while the database is well."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

PATHS = [
    "/api/search?q=清华",
    "/api/city",
    "/api/layers",
    "/api/grids/locate?lon=116.33&lat=39.99&at=2026-11-01T00:00:00Z",
    "/tiles/events/12/3372/1551.mvt",
    "/ogc/collections/grids/items?limit=1",
    "/readyz",
    "/healthz",
]


def test_sixty_four_at_once_all_get_an_answer(live_server) -> None:
    """Threads that wait for connections must not starve those that hold one."""

    def visit(number: int) -> list[int]:
        with httpx.Client(base_url=live_server.url, headers=live_server.headers, timeout=60) as client:
            return [client.get(PATHS[(number + step) % len(PATHS)]).status_code for step in range(8)]

    with ThreadPoolExecutor(64) as crowd:
        answers = Counter(status for statuses in crowd.map(visit, range(64)) for status in statuses)
    assert set(answers) <= {200, 204, 404}, answers
    assert answers[200] > 300

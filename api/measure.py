"""Counters that /metrics shows, added up over all processes."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_REQUESTS = Counter("citygrid_requests", "Requests answered.", ["door", "status"])
_SECONDS = Histogram(
    "citygrid_request_seconds",
    "Time from request to answer.",
    ["door"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
_DOORS = ("/api/grids/locate", "/tiles/", "/rasters/", "/ogc", "/api/", "/assets/")


def count_request(path: str, status: int, seconds: float) -> None:
    """Count one request under the door it came through; paths are not labels, they would never end."""
    door = next((door for door in _DOORS if path.startswith(door)), "/")
    requests, took = _counters(door, status)
    requests.inc()
    took.observe(seconds)


@cache
def _counters(door: str, status: int) -> tuple[Counter, Histogram]:
    """Find the counters of a door and an answer; finding them takes longer than counting."""
    return _REQUESTS.labels(door, str(status)), _SECONDS.labels(door)


def exposition(multiprocess_folder: str | None) -> bytes:
    """Write all metrics in the text format of Prometheus."""
    if multiprocess_folder is None:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=multiprocess_folder)
    return generate_latest(registry)

"""The same points through the doors of a running server: Arrow by POST, single GETs on kept connections."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"
_PATH = "/api/grids/locate"
_CONNECTIONS = 8
_GETS = 2_000


def measure(url: str, home: Path, lon: Any, lat: Any) -> Iterator[tuple[str, int, float]]:
    """Give name, points and seconds of each door; the log-in is the one that `make run` wrote.

    The city must run with CITYGRID_QUOTA_PER_MINUTE=0.
    """
    token = json.loads((home / "demo-login.json").read_text())["token"]
    yield "HTTP, Arrow by POST, 1 client", len(lon), min(_post(url, token, lon, lat) for _ in range(5))
    yield (
        "HTTP, Arrow by POST, 2 clients",
        2 * len(lon),
        min(_post_twice(url, token, lon, lat) for _ in range(3)),
    )
    count, seconds = _gets(url, token, lon, lat)
    yield f"HTTP, single GETs, {_CONNECTIONS} connections", count, seconds


def _arrow(lon: Any, lat: Any) -> bytes:
    table = pa.table({"lon": lon, "lat": lat})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _post(url: str, token: str, lon: Any, lat: Any) -> float:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": ARROW}
    body = _arrow(lon, lat)
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        client.get("/healthz")
        began = time.perf_counter()
        answer = client.post(_PATH, content=body)
        rows = pa.ipc.open_stream(answer.raise_for_status().content).read_all().num_rows
        seconds = time.perf_counter() - began
    if rows != len(lon):
        raise RuntimeError(f"{rows} answers for {len(lon)} points")
    return seconds


def _post_twice(url: str, token: str, lon: Any, lat: Any) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: _post(url, token, lon, lat), range(2)))
    return time.perf_counter() - began


def _gets(url: str, token: str, lon: Any, lat: Any) -> tuple[int, float]:
    """Ask on several connections at once, in threads that only write and read bytes."""
    parts = np.array_split(np.arange(min(len(lon), _CONNECTIONS * _GETS)), _CONNECTIONS)
    requests = [[_request(url, token, lon[i], lat[i]) for i in part] for part in parts]
    began = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        answered = sum(pool.map(lambda part: _ask(url, part), requests))
    return answered, time.perf_counter() - began


def _request(url: str, token: str, lon: float, lat: float) -> bytes:
    return (
        f"GET {_PATH}?lon={float(lon)!r}&lat={float(lat)!r} HTTP/1.1\r\n"
        f"Host: {urlsplit(url).netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()


def _ask(url: str, requests: list[bytes]) -> int:
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            connection.sendall(request)
            _read_answer(connection)
    return len(requests)


def _read_answer(connection: socket.socket) -> None:
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 429"):
        raise RuntimeError("the quota is used up: start the city with CITYGRID_QUOTA_PER_MINUTE=0")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode("latin-1").partition("\r\n")[0])
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))

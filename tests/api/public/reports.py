"""Reports of the public as these tests send them, and what stands in the database of them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import httpx
from PIL import Image

from spatial.database import connect
from spatial.events.public_codes import external_id, ticket
from spatial.rights.envelope import public_seed, read_master
from tests.api.town_hall import Hall
from tests.spatial.rights.town import GRIDS, middle

Json = dict[str, Any]
TYPED = 10
"""Seconds that somebody took to fill in a report."""
SEA = (122.5, 36.0)
"""A point that is in no city."""


def seed(hall: Hall) -> bytes:
    """Give the secret that codes and tickets of this town are made with."""
    return public_seed(read_master(hall.master))


def sent(hall: Hall, **given: Any) -> Json:
    """Write the body of a report from the middle of the first grid."""
    lon, lat = middle(GRIDS[0])
    written = datetime.now(UTC) - timedelta(seconds=TYPED)
    body = {
        "ticket": ticket(seed(hall), written), "client_id": secrets.token_urlsafe(18), "matter": "pothole",
        "lon": lon, "lat": lat,
    }  # fmt: skip
    return {**body, **given}


def reported(hall: Hall, somebody: httpx.Client, **given: Any) -> str:
    """Report something; gives the code."""
    answer = somebody.post("/api/public/reports", json=sent(hall, **given))
    assert answer.status_code == 201, answer.text
    return answer.json()["code"]


def event_of(hall: Hall, body: Json) -> Any:
    """Read the one event that a report became."""
    rows = hall.ask(
        "SELECT id, source, state, title, description, ST_X(geom), ST_Y(geom), unit_code, attributes,"
        " reported_by FROM event WHERE external_id = %s",
        external_id(body["client_id"]),
    )
    assert len(rows) == 1
    return rows[0]


def picture(size: tuple[int, int] = (400, 300), form: str = "JPEG", **more: Any) -> bytes:
    """Draw a picture of noise."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, form, **more)
    return out.getvalue()


def one_waits_for_the_other(hall: Hall, first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Any:
    """Do something and, before it is over, something else that has to wait for it; returns what that gave."""

    def wait(ready: Event, pid: list[int]) -> Any:
        with connect(hall.url) as other:
            pid.append(other.info.backend_pid)
            ready.set()
            return second(other)

    ready, pid = Event(), list[int]()
    with ThreadPoolExecutor(1) as pool:
        with connect(hall.url) as one:
            first(one)
            waiting = pool.submit(wait, ready, pid)
            ready.wait()
            while not waiting.done() and hall.ask("SELECT pg_blocking_pids(%s)", pid[0]) == [([],)]:
                pass
        return waiting.result()

"""What is published of the demo city holds no phone in clear and no ciphertext, in whatever form it comes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import httpx
import psycopg
import pytest

LAYERS = ("districts", "streets", "communities", "grids", "places", "components", "events")
CLEAR_PHONE = re.compile(rb"000-\d{4}-\d{4}")
LON, LAT = 116.335, 39.985


@pytest.fixture(scope="module")
def sealed(city_url: str) -> list[bytes]:
    """Ciphertexts and digests, as bytes and as PostgreSQL and JSON would write them."""
    with psycopg.connect(city_url) as connection:
        rows = connection.execute(
            "(SELECT phone_cipher FROM city.worker LIMIT 300)"
            " UNION ALL (SELECT name_digest FROM city.worker LIMIT 300)"
            " UNION ALL (SELECT phone_cipher FROM city.reporter LIMIT 300)"
        ).fetchall()
    parts = [bytes(row[0])[5:17] for row in rows]
    return [*parts, *(part.hex().encode() for part in parts)]


def tile(zoom: int) -> str:
    x = int((LON + 180) / 360 * 2**zoom)
    y = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * 2**zoom)
    return f"{zoom}/{x}/{y}"


def published() -> Iterator[str]:
    yield from ("/api/city", "/api/layers", "/api/categories", "/api/openapi.json", "/api/me")
    yield from (
        f"/api/search?q={text}&limit=50" for text in ("000-0000-0001", "0000", "DEMO-W00001", "演示", "王")
    )
    yield f"/api/grids/locate?lon={LON}&lat={LAT}"
    yield from (f"/api/workers/{key}" for key in range(1, 40))
    yield from (f"/api/events/{key}" for key in range(1, 20))
    yield from (f"/api/events/{key}/reporter" for key in range(1, 60))
    yield from (f"/ogc/collections/{layer}/items?limit=1000" for layer in LAYERS)
    yield from (f"/ogc/collections/{layer}/items?limit=20&f=html" for layer in LAYERS)
    yield from (f"/tiles/{layer}/{tile(zoom)}.mvt" for layer in LAYERS for zoom in (11, 14, 16))
    yield "/ogc/openapi"


def test_nothing_published_holds_clear_text_or_ciphertext(client: httpx.Client, sealed: list[bytes]) -> None:
    found, bytes_read = [], 0
    for path in published():
        answer = client.get(path)
        assert answer.status_code in (200, 204, 404), path
        bytes_read += len(answer.content)
        if CLEAR_PHONE.search(answer.content) or any(part in answer.content for part in sealed):
            found.append(path)
    assert found == []
    assert bytes_read > 1_000_000


def test_the_look_would_have_found_it(city_url: str, sealed: list[bytes]) -> None:
    """The patterns are those of the real data: masked phones differ from clear ones only in their stars."""
    with psycopg.connect(city_url) as connection:
        masked = connection.execute("SELECT phone FROM city.worker LIMIT 1").fetchall()[0][0]
    assert CLEAR_PHONE.fullmatch(masked.replace("****", "0000-").encode())
    assert len(set(sealed)) > 1_000


def test_every_duty_person_is_masked(client: httpx.Client) -> None:
    person = client.get(f"/api/grids/locate?lon={LON}&lat={LAT}").json()["assignments"][0]["duty"]["person"]
    assert re.fullmatch(r"..?\*+", person["name"])
    assert re.fullmatch(r"000-\*{4}\d{4}", person["phone"])
    shown = client.get(f"/api/workers/{person['worker_id']}").json()
    assert (shown["name"], shown["phone"]) == (person["name"], person["phone"])

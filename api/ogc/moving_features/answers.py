"""What every answer about moving features shares: who gets one, its links, and its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from psycopg import Connection

from api.asgi import Headers
from api.ogc import pages
from api.ogc.call import Call, Document, Json, Reply, link
from api.ogc.documents import HTML, JSON
from api.ogc.moving_features.asked import Asked
from spatial.database import session
from spatial.errors import NotFound
from spatial.patrols.moving import reading

MOVERS = "movers"
"""Name of the collection."""
GEOJSON = "application/geo+json"
TITLES = {"zh": "移动目标轨迹", "en": "Tracks of people and vehicles"}
THEMES = {"zh": "移动目标", "en": "Movers"}
KEPT_NOWHERE: Headers = [
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"cache-control", b"no-store"),
]


def check(call: Call) -> None:
    """Let in who may see somebody's track; for all others there is no such collection."""
    if not reading.may_see(call.ask.reader):
        raise NotFound(f"there is no collection '{MOVERS}'")


@contextmanager
def connected(call: Call) -> Iterator[Connection[Any]]:
    """Lend a connection of who asks, as of now: `datetime` is no matter of whose rights hold."""
    check(call)
    with session(call.database, call.ask.reader) as connection:
        yield connection


def address(call: Call, *parts: str) -> str:
    """Write an address below the collection."""
    below = "".join(f"/{quote(part, safe='')}" for part in parts)
    return f"{call.base_url}/collections/{MOVERS}{below}"


def links(
    call: Call, url: str, media_type: str, asked: Asked | None = None, behind: int | None = None
) -> list[Json]:
    """Link to this document, to it as a page, and to the next page from `behind`."""
    given = {} if asked is None else dict(asked.given)

    def turned(**more: Any) -> str:
        query = urlencode({**given, **more}, safe=":/,")
        return f"{url}?{query}" if query else url

    found = [
        link("self", media_type, turned()),
        {**link("alternate", HTML, turned(f="html")), "hreflang": call.language},
    ]
    if behind is not None:
        found.append(link("next", media_type, turned(token=behind)))
    return found


def counted(number: int, is_all: bool) -> Json:
    """Say how many there are on a page; how many in all only where that is known."""
    found: Json = {"numberReturned": number, "timeStamp": _now()}
    return {"numberMatched": number, **found} if is_all else found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def answered(call: Call, body: Json, media_type: str, heading: str) -> Reply:
    """Write an answer as JSON or as a page; nobody on the way keeps where people went."""
    headers = [(b"content-language", call.language.encode()), *KEPT_NOWHERE]
    if call.ask.wants_html:
        document = Document({"heading": heading, "body": body}, JSON, "moving.html")
        return Reply(200, b"text/html; charset=utf-8", headers, pages.page(call.ask, document))
    return Reply(200, media_type.encode(), headers, orjson.dumps(body))

"""OGC API - Features: what it offers, and how features are asked for page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from layers.external.addresses import at_home, with_query
from layers.external.remote import MOST_LAYERS, Json, Remote, box, plain, read_json
from spatial.errors import InvalidInput

PAGE = 1_000


def base_of(url: str) -> str:
    """Give the landing page of an address: that of a collection will do, too."""
    parts = urlsplit(url)
    path = parts.path.partition("/collections")[0].rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def question(url: str) -> str:
    """Write the address of the collections."""
    return with_query(_below(base_of(url), "/collections"), f="json")


def _below(base: str, path: str) -> str:
    parts = urlsplit(base)
    return urlunsplit((parts.scheme, parts.netloc, parts.path + path, parts.query, ""))


def read(body: bytes, url: str) -> list[Remote]:
    """List the collections of features; InvalidInput at `url` for anything else."""
    found = read_json(body)
    collections = found.get("collections")
    if not isinstance(collections, list):
        raise InvalidInput.at("url", "answers no list of collections: is it the landing page of an OGC API?")
    return [made for each in collections[:MOST_LAYERS] if (made := _collection(each, url))]


def _collection(each: Any, url: str) -> Remote | None:
    if (
        not isinstance(each, dict)
        or not isinstance(each.get("id"), str)
        or each.get("itemType", "feature") != "feature"
    ):
        return None
    name = each["id"]
    links = [link for link in each.get("links") or [] if isinstance(link, dict)]
    if links and not any(link.get("rel") == "items" for link in links):
        return None
    items = _below(base_of(url), f"/collections/{quote(name, safe='')}/items")
    title = plain(each.get("title")) or name
    plan: Json = {"kind": "ogcapi", "items": items, "reads": "GEOJSON"}
    return Remote(
        name, title, plain(each.get("description")), plain(each.get("attribution")), _box(each), plan
    )


def _box(each: Json) -> tuple[float, float, float, float] | None:
    try:
        sides = each["extent"]["spatial"]["bbox"][0]
        return box(*(str(side) for side in (sides if len(sides) == 4 else [*sides[:2], *sides[3:5]])))
    except (KeyError, TypeError, IndexError):
        return None


def settle(plan: Json, _: Mapping[str, str | None]) -> Json:
    """Nothing is to be chosen: features come as GeoJSON in degrees."""
    return plan


def page(plan: Json) -> str:
    """Write the request for the first page."""
    return with_query(plan["items"], f="json", limit=PAGE)


def following(body: Json, plan: Json) -> str | None:
    """Find the request for the next page; None after the last one."""
    for link in body.get("links") or []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            kind = str(link.get("type") or "application/geo+json")
            if "json" in kind:
                return at_home(link["href"], plan["items"])
    return None

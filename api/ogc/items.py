"""Features of a collection: a page of them, or one."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from api.ogc.call import Call, Document, Json, Offer, link
from api.ogc.config import DEFAULT_LIMIT
from api.ogc.documents import HTML, JSON, address_of, title_of
from api.ogc.parameters import OPEN, plain
from api.ogc.publication import Published
from layers import features
from layers.catalogue import Layer
from spatial.database import session
from spatial.errors import NotFound
from spatial.types import BBox

GEOJSON = "application/geo+json"

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
)


def items(call: Call, name: str) -> Document:
    """A page of features; a last page that is exactly full has no `next`."""
    layer = call.collection(name).layer
    parameters = plain(call.ask.query, layer)
    selection = selection_of(parameters, layer)
    with session(call.database, call.reader) as connection:
        found = features.features(connection, layer, selection)
        matched = features.count(connection, layer, selection)
    url = f"{address_of(call, layer)}/items"
    body = {
        "type": "FeatureCollection",
        "features": [_finite(each) for each in found],
        "numberMatched": matched,
        "numberReturned": len(found),
        "timeStamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "links": _page_links(call, url, selection, matched),
    }
    return Document(body, GEOJSON, "items.html", layer)


def item(call: Call, name: str, identifier: str) -> Document:
    """One feature; its own address is written with the identifier percent-encoded."""
    layer = call.collection(name).layer
    plain([pair for pair in call.ask.query if pair[0] != "crs"])
    plain([pair for pair in call.ask.query if pair[0] == "crs"], layer)
    if "\x00" in identifier:
        raise NotFound(f"layer '{name}' has no such feature")
    with session(call.database, call.reader) as connection:
        body = _finite(features.feature(connection, layer, identifier))
    url = address_of(call, layer)
    own = f"{url}/items/{quote(identifier, safe='')}"
    body["links"] = [
        link("self", GEOJSON, own),
        link("alternate", HTML, f"{own}?f=html"),
        link("collection", JSON, url),
    ]
    return Document(body, GEOJSON, "item.html", layer)


def selection_of(parameters: dict[str, str], layer: Layer) -> features.Selection:
    """Read checked parameters (see parameters.plain) into a selection."""
    since, until = _span(parameters.get("datetime"))
    sort = [part for part in parameters.get("sortby", "").split(",") if part]
    names = [part for part in parameters.get("properties", "").split(",") if part]
    own = {*layer.field_names} & {*parameters}
    return features.Selection(
        bbox=BBox(*map(float, parameters["bbox"].split(","))) if "bbox" in parameters else None,
        since=since,
        until=until,
        equals={name: parameters[name] for name in layer.field_names if name in own},
        sort=[(part.lstrip("-"), part.startswith("-")) for part in sort],
        limit=int(parameters.get("limit", DEFAULT_LIMIT)),
        offset=int(parameters.get("offset", 0)),
        attributes=names or None,
        geometry=parameters.get("skipGeometry") != "true",
    )


def _page_links(call: Call, url: str, selection: features.Selection, matched: int) -> list[Json]:
    limit = selection.limit or DEFAULT_LIMIT
    query = [pair for pair in call.ask.query if pair[0] not in ("offset", "f")]

    def turned(**more: Any) -> str:
        return f"{url}?{urlencode([*query, *more.items()])}"

    links = [
        link("self", GEOJSON, turned(offset=selection.offset)),
        link("alternate", HTML, turned(f="html")),
    ]
    links.append(link("collection", JSON, url.removesuffix("/items")))
    if selection.offset + limit < matched:
        links.append(link("next", GEOJSON, turned(offset=selection.offset + limit)))
    if selection.offset:
        links.append(link("prev", GEOJSON, turned(offset=max(0, selection.offset - limit))))
    return links


def _span(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Read a plain instant or interval (see parameters.py) into its two inclusive ends."""
    if text is None:
        return None, None
    first, _, last = text.partition("/")
    return _moment(first), _moment(last or first)


def _moment(text: str) -> datetime | None:
    return None if text == OPEN else datetime.fromisoformat(text)


def _finite(feature: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity have no form in JSON; they are published as null."""
    for name, value in feature["properties"].items():
        if isinstance(value, float) and not math.isfinite(value):
            feature["properties"][name] = None
    return feature


def _links(call: Call, published: Published) -> list[Json]:
    url, title = address_of(call, published.layer), title_of(published.layer, call.language)
    return [
        link("items", GEOJSON, f"{url}/items", title),
        link("items", HTML, f"{url}/items?f=html", title),
    ]


OFFER = Offer(
    {
        "collections/{collection}/items": {"GET": items},
        "collections/{collection}/items/{item}": {"GET": item},
    },
    CONFORMANCE,
    collection_links=_links,
)
